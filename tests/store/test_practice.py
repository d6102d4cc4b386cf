"""What a pitch's row keeps of check-ins and of what others saw of them, whatever comes first. DOMAIN R6, R7, R10."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from tests.kit.logs import Author
from tests.kit.views import Shelf, full_pitch, member, say


class Field:
    """A pitch of C's member; a peer at A and one at B."""

    def __init__(self, **pitch: Any) -> None:
        self.a, self.b, self.c = Author(1), Author(2), Author(3)
        self.peer, self.other, self.owner = (member(author) for author in (self.a, self.b, self.c))
        self.pitch = say(self.c, full_pitch(self.owner, **pitch))

    def check_in(
        self, applied: str, day: int | None = None, *, author: Author | None = None, **to: Any
    ) -> str:
        content = {
            "type": "check_in",
            "by": to.get("by", self.owner),
            "pitch": self.pitch,
            "applied": applied,
        }
        return say(
            author or self.c, {**content, **({"day": day} if day else {})}, audience=to.get("audience")
        )

    def saw(self, author: Author, by: str, check_in: str, saw: str, audience: Any = None) -> str:
        content = {"type": "check_in.attest", "by": by, "check_in": check_in, "saw": saw}
        return say(author, content, audience=audience)

    def shelf(self) -> Shelf:
        return Shelf(self.a).take_all(self.a, self.b, self.c)

    def kept(self, shelf: Shelf | None = None) -> Any:
        """(applied, attested) of the row."""
        query = "SELECT applied, attested FROM pitches WHERE id = ?"
        return (shelf or self.shelf()).one(query, self.pitch)


def test_pitch_check_in_and_attest_may_come_in_any_order() -> None:
    field = Field()
    check_in = field.check_in("yes", 30)
    field.saw(field.a, field.peer, check_in, "yes")
    entries = [(field.c, 0), (field.c, 1), (field.c, 2), (field.a, 0), (field.a, 1)]
    for order in permutations(entries):
        shelf = Shelf(field.a)
        for entry in order:
            shelf.take([entry])
        assert field.kept(shelf) == (3, 1)
        assert shelf.one("SELECT count(*) FROM phases WHERE state = 'applied'") == 1


def test_a_later_answer_for_the_same_day_replaces_the_earlier_and_takes_what_was_seen_with_it() -> None:
    field = Field()
    field.saw(field.a, field.peer, field.check_in("yes", 30), "yes")
    assert field.kept() == (3, 1)
    field.check_in("no", 30)
    assert field.kept() == (1, 0)
    assert field.shelf().one("SELECT count(*) FROM phases WHERE state = 'applied'") == 0
    field.check_in("partly")
    assert field.kept() == (2, 0)


def test_the_last_word_of_a_peer_counts_and_the_pitchers_own_does_not() -> None:
    field = Field()
    check_in = field.check_in("yes")
    field.saw(field.c, field.owner, check_in, "yes")
    assert field.kept() == (3, 0)
    field.saw(field.a, field.peer, check_in, "yes")
    field.saw(field.b, field.other, check_in, "no")
    assert field.kept() == (3, 1), "differing answers stand side by side"
    field.saw(field.a, field.peer, check_in, "partly")
    assert field.kept() == (3, 0)


def test_what_is_said_to_some_changes_nothing_for_all() -> None:
    field = Field()
    field.check_in("yes", audience=[field.c.node])
    assert field.kept(Shelf(field.c).take_all(field.a, field.b, field.c)) == (0, 0)
    check_in = field.check_in("yes")
    field.saw(field.a, field.peer, check_in, "yes", audience=[field.a.node])
    assert field.kept() == (3, 0)


def test_nobody_but_the_owner_checks_in() -> None:
    field = Field()
    field.check_in("yes", author=field.a, by=field.peer)
    colleague = member(field.c, "colleague")
    field.check_in("yes", by=colleague)
    shelf = field.shelf()
    assert field.kept(shelf) == (0, 0)
    assert shelf.one("SELECT count(*) FROM verdicts WHERE verdict = 'not-applicable'") == 2


@pytest.mark.parametrize("late", [False, True])
def test_the_days_are_those_of_the_policy_even_when_it_comes_late(late: bool) -> None:
    a, c = Author(1), Author(3)
    owner = member(c)
    say(c, {"type": "node.policy", "check_ins": [60]})
    pitch = say(c, full_pitch(owner))
    for day in (30, 60):
        content = {"type": "check_in", "by": owner, "pitch": pitch, "day": day}
        say(c, {**content, "applied": "yes" if day == 30 else "no"})
    order = [0, 2, 3, 4, 1] if late else range(5)
    shelf = Shelf(a)
    for index in order:
        shelf.take([(c, index)])
    assert shelf.one("SELECT applied FROM pitches") == 1, "30 days are none of this pitch's"


def test_an_owner_who_moved_answers_on_and_may_not_attest_herself() -> None:
    field = Field()
    here = field.check_in("yes")
    new = member(field.b, was=field.owner)
    field.saw(field.b, new, here, "yes")
    assert field.kept() == (3, 1), "so far somebody else"
    say(field.c, {"type": "member.move", "by": field.owner, "to": new})
    assert field.kept() == (3, 0)
    field.check_in("no", 30, author=field.b, by=new)
    entries = [(who, at) for who in (field.c, field.b, field.a) for at in range(who.size)]
    for order in (entries, entries[::-1]):
        shelf = Shelf(field.a)
        for entry in order:
            shelf.take([entry])
        assert field.kept(shelf) == (1, 0)


def test_a_peer_who_moved_has_one_last_word() -> None:
    field = Field()
    check_in = field.check_in("yes")
    field.saw(field.a, field.peer, check_in, "yes")
    new = member(field.b, was=field.peer)
    field.saw(field.b, new, check_in, "no")
    assert field.kept() == (3, 1)
    say(field.a, {"type": "member.move", "by": field.peer, "to": new})
    shelf = Shelf(field.c).take_all(field.c, field.b)
    for index in range(field.a.size):
        shelf.take([(field.a, index)])
    assert field.kept(shelf) == field.kept() == (3, 0)
