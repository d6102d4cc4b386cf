"""Records that take one thing for another, or tell some what changes a thing for all: the same rows in any order."""

from __future__ import annotations

from itertools import permutations

from store.views import circle_page
from store.views.circle_keeping import MAX_EVENTS
from tests.kit.logs import NOW, Author
from tests.kit.views import Shelf, full_pitch, member, offer, say
from tests.store.test_state_hash import contents


def _same_in_any_batches(*authors: Author) -> Shelf:
    """All at once, each alone forwards, each alone backwards, author by author in every order."""
    every = [(author, index) for author in authors for index in range(author.size)]
    straight = Shelf(authors[0]).take_all(*authors)
    orders = [[[one] for one in every], [[one] for one in reversed(every)]]
    for order in permutations(authors):
        orders.append([[(author, index) for index in range(author.size)] for author in order])
    for batches in orders:
        shelf = Shelf(authors[0])
        for batch in batches:
            shelf.take(batch)
        assert contents(shelf) == contents(straight)
    return straight


def test_a_revise_of_an_artifact_changes_no_poll() -> None:
    author = Author(1)
    by = member(author)
    options = [{"key": key, "text": {"en": key}} for key in "ab"]
    asked = {"type": "poll.open", "by": by, "question": {"en": "Which?"}, "kind": "rank", "options": options}
    poll = say(author, {**asked, "closes": "2027-02-20T00:00:00Z", "eligible": "network"})
    made = {"type": "artifact.publish", "by": by, "kind": "post", "title": {"en": "T"}, "licence": "CC0-1.0"}
    artifact = say(author, made)
    say(author, {"type": "artifact.revise", "by": by, "artifact": artifact, "kind": "how-to"})
    say(author, {"type": "artifact.revise", "by": by, "artifact": poll, "kind": "how-to"})
    shelf = _same_in_any_batches(author)
    assert shelf.one("SELECT state FROM objects WHERE id = ?", poll) is None


def test_a_voice_on_a_pledge_is_no_step_of_it() -> None:
    owner, giver, other = Author(1), Author(2), Author(3)
    pitch = say(owner, full_pitch(member(owner)))
    pledge = say(giver, offer(pitch, member(giver), "intro", "introduction", 1, "person"))
    say(other, {"type": "reuse", "by": member(other), "artifact": pledge, "result": "worked"})
    shelf = _same_in_any_batches(owner, giver, other)
    assert shelf.one("SELECT applies FROM steps WHERE type = 'reuse'") == 1


def test_a_step_of_another_kind_is_a_strangers_wherever_the_owner_moved() -> None:
    old, new = Author(1), Author(2)
    by = member(old)
    pitch = say(old, full_pitch(by))
    heir = member(new, was=by)
    say(old, {"type": "member.move", "by": by, "to": heir})
    say(new, {"type": "pitch.revise", "by": heir, "pitch": pitch, "title": {"en": "Hers"}})
    say(new, {"type": "offer.close", "by": heir, "offer": pitch})
    say(new, {"type": "member.revise", "by": heir, "member": pitch, "name": "a pitch"})
    shelf = _same_in_any_batches(old, new)
    assert shelf.one("SELECT applies FROM steps WHERE type = 'pitch.revise'") == 1
    assert shelf.one("SELECT applies FROM steps WHERE type = 'offer.close'") == -1


def test_what_only_some_are_told_neither_retires_nor_moves_a_member_for_all() -> None:
    old, new, other = Author(1), Author(2), Author(3)
    by, second = member(old), member(old, "clerk")
    both = [old.node, new.node]
    say(old, {"type": "member.retire", "by": second}, audience=both)
    heir = say(new, {"type": "member.introduce", "name": "analyst", "was": by}, audience=both)
    say(old, {"type": "member.move", "by": by, "to": heir})
    third = member(new, was=second)
    say(old, {"type": "member.move", "by": second, "to": third}, audience=both)
    _same_in_any_batches(old, new)
    shelves = [Shelf(author).take_all(old, new) for author in (old, new, other)]
    assert len({shelf.hash() for shelf in shelves}) == 1
    for shelf in shelves:
        assert shelf.one("SELECT count(*) FROM moves") == 0
        assert shelf.one("SELECT count(*) FROM members WHERE retired") == 0


def test_a_circle_stays_its_owners_who_moved_twice_in_one_batch() -> None:
    """First one move is confirmed, then, in one batch, a second and a first one that comes before both."""
    old, *others = (Author(number) for number in (1, 2, 3, 4))
    by = member(old)
    circle = say(old, {"type": "circle.found", "by": by, "name": {"en": "Forms"}})
    heirs = [member(author, was=by) for author in others]
    for heir in heirs:
        say(old, {"type": "member.move", "by": by, "to": heir})
    first, second, third = others
    shelf = Shelf(old)
    shelf.take([(old, 0), (old, 1), (old, 3), (old, 4), (third, 0), (first, 0)])
    shelf.take([(second, 0), (old, 2)])
    assert contents(shelf) == contents(Shelf(old).take_all(old, *others))
    assert shelf.one("SELECT member FROM seats WHERE circle = ?", circle) == heirs[0]


def test_a_pledge_that_applies_after_all_has_nothing_held_against_it() -> None:
    """Two cards taken for one person's are two again, because she had moved elsewhere before."""
    old, new, other = Author(1), Author(2), Author(3)
    by = member(old)
    pitch = say(old, full_pitch(by))
    elsewhere, giver = member(other, was=by), member(new, was=by)
    say(old, {"type": "member.move", "by": by, "to": elsewhere})
    say(old, {"type": "member.move", "by": by, "to": giver})
    say(new, offer(pitch, giver, "intro", "introduction", 1, "person"))
    shelf = Shelf(old)
    shelf.take([(old, 0), (old, 1), (old, 3), (new, 0), (new, 1)])
    assert shelf.one("SELECT count(*) FROM verdicts") == 1
    shelf.take_all(old, new, other)
    assert contents(shelf) == contents(Shelf(old).take_all(old, new, other))
    assert shelf.one("SELECT count(*) FROM verdicts") == 0


def test_no_talk_makes_a_steward_forgotten() -> None:
    owner, named, other = Author(1), Author(2), Author(3)
    by, steward, loud = member(owner), member(named), member(other)
    circle = say(owner, {"type": "circle.found", "by": by, "name": {"en": "Forms"}})
    say(owner, {"type": "circle.role", "by": by, "circle": circle, "member": steward, "role": "steward"})
    for _ in range(MAX_EVENTS):
        say(other, {"type": "encourage", "by": loud, "on": circle})
    for authors in permutations((owner, named, other)):
        shelf = Shelf(owner).take_all(*authors)
        shown = circle_page.one(shelf.db, shelf.viewer(by), circle, now=NOW)
        assert shown is not None
        assert {keeper["how"] for keeper in shown["stewards"]} == {"owner", "named"}
