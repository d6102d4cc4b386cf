"""R10: a member who changes employer goes on with what is hers, at the new node, once both nodes have said so."""

from __future__ import annotations

from itertools import permutations

import pytest

from protocol.errors import Refused
from protocol.records import NotAcceptable
from store.views import artifacts, members, pitches, pledges
from store.views.shapes import MemberFilters, PitchFilters
from tests.kit.logs import NOW, Author
from tests.kit.views import DAY, Shelf, full_pitch, member, offer, say
from tests.store.test_publishing import House, house  # noqa: F401  # a fixture

HOUR = 3_600_000


class Career:
    """She pitches at A, is pledged to by somebody at C, and goes to B."""

    def __init__(self) -> None:
        self.a, self.b, self.c = Author(1), Author(2), Author(3)
        self.old, self.giver = member(self.a), member(self.c, "giver")
        self.pitch = say(self.a, full_pitch(self.old))
        self.pledge = say(self.c, offer(self.pitch, self.giver, "intro", "introduction", 1, "person"))
        self.artifact = say(
            self.a,
            {
                "type": "artifact.publish",
                "by": self.old,
                "kind": "post",
                "title": {"en": "First notes"},
                "licence": "CC0-1.0",
                "pitch": self.pitch,
            },
        )
        self.new = member(self.b, "policy analyst", was=self.old)

    def leave(self) -> None:
        say(self.a, {"type": "member.move", "by": self.old, "to": self.new}, at=NOW + HOUR)

    def revise(self, author: Author, by: str, title: str) -> None:
        content = {"type": "pitch.revise", "by": by, "pitch": self.pitch, "title": {"en": title}}
        say(author, content, at=NOW + 2 * HOUR)

    def shelf(self) -> Shelf:
        shelf = Shelf(self.c)
        shelf.now = NOW + DAY
        return shelf.take_all(self.a, self.b, self.c)

    def title(self, shelf: Shelf) -> str:
        page = pitches.one(shelf.db, shelf.viewer(self.giver), self.pitch, now=NOW)
        assert page is not None
        return page["title"]["en"]


def test_one_side_alone_changes_nothing() -> None:
    career = Career()
    career.revise(career.b, career.new, "Taken over")
    shelf = career.shelf()
    assert career.title(shelf) == "Service design lab, Halifax"
    assert shelf.one("SELECT count(*) FROM moves") == 0
    assert shelf.one("SELECT detail FROM verdicts WHERE verdict = 'not-applicable'") is not None


def test_a_card_that_names_another_is_no_heir() -> None:
    career = Career()
    stranger = member(career.b, "somebody")
    say(career.a, {"type": "member.move", "by": career.old, "to": stranger})
    career.revise(career.b, stranger, "Taken over")
    assert career.title(career.shelf()) == "Service design lab, Halifax"


def test_what_the_old_card_owned_the_new_one_changes() -> None:
    career = Career()
    career.leave()
    career.revise(career.b, career.new, "Lab, from my new desk")
    accept = {"type": "pledge.accept", "by": career.new, "pledge": career.pledge, "quantity": 1}
    say(career.b, accept, at=NOW + 3 * HOUR)
    say(
        career.b,
        {"type": "artifact.revise", "by": career.new, "artifact": career.artifact, "title": {"en": "Notes"}},
    )
    shelf = career.shelf()
    hers, viewer = shelf.viewer(career.new), shelf.viewer(career.giver)
    assert career.title(shelf) == "Lab, from my new desk"
    mine = pitches.listing(shelf.db, hers, PitchFilters(mine=True), now=NOW).items
    assert [item["id"] for item in mine] == [career.pitch]
    assert mine[0]["owner"]["you"]
    page = pledges.one(shelf.db, viewer, career.pledge, now=NOW)
    assert page is not None and page["state"] == "accepted"
    artifact = artifacts.one(shelf.db, viewer, career.artifact, now=NOW)
    assert artifact is not None and artifact["title"] == {"en": "Notes"}
    assert artifact["publisher"]["id"] == career.new


def test_after_her_move_the_old_node_says_nothing_more_in_her_name() -> None:
    career = Career()
    career.revise(career.a, career.old, "Before")
    career.leave()
    career.revise(career.a, career.old, "Forged by the old node")
    assert career.title(career.shelf()) == "Before"


def test_the_old_feed_up_to_the_move_comes_before_the_new_one_whenever_it_was_said() -> None:
    """The new node said its word a year earlier, by its own clock: it is the later one all the same."""
    career = Career()
    content = {"type": "pitch.revise", "by": career.new, "pitch": career.pitch, "title": {"en": "New"}}
    say(career.b, content, at=NOW - 365 * DAY)
    career.revise(career.a, career.old, "Old")
    career.leave()
    assert career.title(career.shelf()) == "New"


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_it_is_the_same_in_whatever_order_the_feeds_come(order: tuple[str, ...]) -> None:
    career = Career()
    career.leave()
    career.revise(career.b, career.new, "New desk")
    shelf = Shelf(career.c)
    for name in order:
        shelf.take_all(getattr(career, name))
    assert shelf.hash() == career.shelf().hash()


def test_of_two_moves_the_first_that_is_confirmed_counts_even_if_it_comes_last() -> None:
    career = Career()
    career.leave()
    other = Author(4)
    third = member(other, "policy analyst", was=career.old)
    say(career.a, {"type": "member.move", "by": career.old, "to": third}, at=NOW + 2 * HOUR)
    shelf = Shelf(career.c).take_all(career.a, other, career.c)
    assert shelf.one("SELECT heir FROM moves") == third
    shelf.take_all(career.b)
    assert shelf.one("SELECT heir FROM moves") == career.new


def test_the_directory_shows_her_once_and_each_card_leads_to_the_other() -> None:
    career = Career()
    career.leave()
    shelf = career.shelf()
    viewer = shelf.viewer(career.giver)
    listed = members.listing(shelf.db, viewer, MemberFilters(), now=NOW).items
    assert {item["id"] for item in listed} == {career.new, career.giver}
    old = members.one(shelf.db, viewer, career.old, now=NOW)
    new = members.one(shelf.db, viewer, career.new, now=NOW)
    assert old is not None and (old["was"], old["now"]) == (None, career.new)
    assert new is not None and (new["was"], new["now"]) == (career.old, None)


def test_nobody_pledges_to_her_own_pitch_by_moving() -> None:
    career = Career()
    content = offer(career.pitch, career.new, "tester", "testing", 1, "hour")
    mine = say(career.b, content)
    career.leave()
    shelf = career.shelf()
    assert shelf.one("SELECT applies FROM pledges WHERE id = ?", mine) == 0


def test_the_old_node_signs_no_more_for_who_moved(house: House) -> None:  # noqa: F811
    new = Author(2)
    card = member(new, "owner", was=str(house.owner.member))
    with pytest.raises(NotAcceptable) as refused:
        house.say(house.owner, {"type": "member.move", "to": house.giver.member})
    assert [(found.field, found.code) for found in refused.value.problems] == [("to", "not-your-card")]
    pitch = house.pitch()
    house.say(house.owner, {"type": "member.move", "to": card})
    assert house.say(house.owner, {"type": "pitch.update", "pitch": pitch, "text": {"en": "Still here"}}).id
    shelf = Shelf(new).take_all(new)
    assert shelf.one("SELECT count(*) FROM moves") == 0, "a claim, until both sides are at one place"


def test_who_retired_says_nothing_more(house: House) -> None:  # noqa: F811
    house.say(house.other, {"type": "member.retire"})
    with pytest.raises(Refused, match="retired"):
        house.say(house.other, full_pitch(None))
    listed = house.read(members.listing, house.viewer(house.owner), MemberFilters(), now=house.clock.now)
    assert house.other.member not in {item["id"] for item in listed.items}


def test_what_is_not_said_to_the_network_moves_nobody() -> None:
    """A person is the same on every node, so a move or a card for some makes none."""
    career = Career()
    both = sorted((career.a.node, career.b.node))
    say(career.a, {"type": "member.move", "by": career.old, "to": career.new}, audience=both)
    career.revise(career.b, career.new, "Taken over")
    insider = Shelf(career.b).take_all(career.a, career.b, career.c)
    assert insider.one("SELECT count(*) FROM moves") == 0
    assert insider.hash() == career.shelf().hash()


def test_a_retirement_for_some_retires_nobody_for_others() -> None:
    career = Career()
    both = sorted((career.a.node, career.b.node))
    say(career.a, {"type": "member.retire", "by": career.old}, audience=both)
    insider = Shelf(career.b).take_all(career.a, career.b, career.c)
    assert insider.hash() == career.shelf().hash()


def test_a_step_that_takes_an_object_for_one_of_another_kind_changes_nothing() -> None:
    career = Career()
    career.leave()
    content = {"type": "event.cancel", "by": career.new, "event": career.artifact}
    say(career.b, content)
    say(career.b, {"type": "artifact.withdraw", "by": career.new, "artifact": career.pitch})
    orders = [Shelf(career.c).take_all(*authors) for authors in permutations((career.a, career.b, career.c))]
    assert len({shelf.hash() for shelf in orders}) == 1
    assert all(shelf.one("SELECT count(*) FROM objects WHERE ended IS NOT NULL") == 0 for shelf in orders)
