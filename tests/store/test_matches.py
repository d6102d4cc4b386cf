"""Matches: what is found for whom, in what order, and what is left out."""

from __future__ import annotations

from typing import Any

from store.views import matches
from tests.kit.logs import NOW, Author
from tests.kit.views import DAY, Shelf, ask, full_pitch, member, offer, say


class Fair:
    """A member of A who offers reviews; pitches at B."""

    def __init__(self, **card: Any) -> None:
        self.a, self.b = Author(1), Author(2)
        for author, place in ((self.a, "CA-BC"), (self.b, "CA-AB")):
            profile = {"type": "node.profile", "name": {"en": "x"}, "jurisdiction": place}
            say(author, {**profile, "level": "provincial-territorial"})
        self.me = member(self.a, offers=[{"kind": "review", "topics": ["data"]}], languages=["en"], **card)
        self.owner = member(self.b)

    def pitch(
        self, kind: str = "review", *, author: Author | None = None, by: str = "", **fields: Any
    ) -> str:
        content = full_pitch(by or self.owner, asks=[ask("it", kind, 1, "hour")], where=None, cost=None)
        return say(author or self.b, {**content, **fields})

    def found(self, now: int = NOW) -> list[tuple[str, list[str]]]:
        shelf = Shelf(self.a).take_all(self.a, self.b)
        items = matches.of_viewer(shelf.db, shelf.viewer(self.me), now=now)
        return [(item["pitch"]["id"], [reason["code"] for reason in item["reasons"]]) for item in items]


def test_what_fits_is_found_with_its_reasons() -> None:
    fair = Fair()
    pitch = fair.pitch(topics=["data"])
    fair.pitch("testing")
    assert fair.found() == [(pitch, ["kind", "topics", "language", "level"])]


def test_more_reasons_go_first_whatever_the_dates() -> None:
    fair = Fair()
    soon = fair.pitch(topics=[], asks=[ask("it", "review", 1, "hour", needed_by="2027-01-20")])
    dear = fair.pitch(
        topics=["data"],
        where={"jurisdiction": "CA-BC"},
        asks=[ask("it", "review", 1, "hour"), ask("cash", "money", 9_000_000, "CAD")],
    )
    later = fair.pitch(topics=[])
    assert [pitch for pitch, _ in fair.found()] == [dear, soon, later]


def test_what_was_met_pledged_ended_or_is_ones_own_is_left_out() -> None:
    fair = Fair()
    mine = fair.pitch(author=fair.a, by=fair.me)
    pledged, withdrawn, met, here = fair.pitch(), fair.pitch(), fair.pitch(), fair.pitch()
    say(fair.a, offer(pledged, fair.me, "it", "review", 1, "hour"))
    say(fair.b, {"type": "pitch.advance", "by": fair.owner, "pitch": withdrawn, "to": "withdrawn"})
    other = member(fair.a, "somebody else")
    pledge = say(fair.a, offer(met, other, "it", "review", 1, "hour"))
    say(fair.b, {"type": "pledge.accept", "by": fair.owner, "pledge": pledge, "quantity": 1})
    found = [pitch for pitch, _ in fair.found()]
    assert found == [here] and mine not in found
    assert fair.found(NOW + 400 * DAY) == [], "what lapsed takes nothing any more"


def test_the_offer_that_fits_best_is_named() -> None:
    fair = Fair()
    fair.pitch(topics=["policy"])
    stand = {"type": "offer.stand", "by": fair.me, "kind": "review", "text": {"en": "A careful reading"}}
    plain, fitting = (say(fair.a, {**stand, "topics": topics}) for topics in (["data"], ["policy"]))
    shelf = Shelf(fair.a).take_all(fair.a, fair.b)
    [match] = matches.of_viewer(shelf.db, shelf.viewer(fair.me), now=NOW)
    assert match["offer"]["id"] == fitting != plain
    assert [reason["params"] for reason in match["reasons"] if reason["code"] == "topics"] == [
        {"topics": ["policy"]}
    ]


def test_who_has_no_card_or_offers_nothing_finds_nothing() -> None:
    fair = Fair()
    fair.pitch()
    shelf = Shelf(fair.a).take_all(fair.a, fair.b)
    assert matches.of_viewer(shelf.db, shelf.viewer(None), now=NOW) == []
    assert matches.of_viewer(shelf.db, shelf.viewer(fair.owner), now=NOW) == []
