"""Standing offers: how long they stand, what finds them, whose pledges come of them."""

from __future__ import annotations

from typing import Any

import pytest

from store.views import members, offers
from store.views.shapes import OfferFilters
from tests.kit.logs import NOW, Author
from tests.kit.views import DAY, Shelf, ask, full_pitch, member, offer, say


class Stand:
    """A giver's node with one offer, and a pitcher's."""

    def __init__(self, **fields: Any) -> None:
        self.a, self.b = Author(1), Author(2)
        self.giver, self.owner = member(self.a), member(self.b)
        content = {"type": "offer.stand", "by": self.giver, "kind": "venue", "text": {"en": "A quiet room"}}
        self.offer = say(self.a, {**content, **fields})

    def shelf(self) -> Shelf:
        return Shelf(self.a).take_all(self.a, self.b)

    def found(self, now: int = NOW, **filters: Any) -> list[str]:
        shelf = self.shelf()
        page = offers.listing(shelf.db, shelf.viewer(self.giver), OfferFilters(**filters), now=now)
        return [item["id"] for item in page.items]


@pytest.mark.parametrize(
    ("fields", "days", "state"),
    [
        ({}, 179, "open"),
        ({}, 180, "lapsed"),
        ({"until": "2027-01-20"}, 5, "open"),
        ({"until": "2027-01-20"}, 7, "lapsed"),
        ({"until": "2028-01-20"}, 300, "open"),
    ],
)
def test_an_offer_stands_until_its_day_or_half_a_year(fields: dict[str, Any], days: int, state: str) -> None:
    world = Stand(**fields)
    shelf = world.shelf()
    page = offers.one(shelf.db, shelf.viewer(world.giver), world.offer, now=NOW + days * DAY)
    assert page is not None and page["state"] == state
    assert world.found(NOW + days * DAY, open=True) == ([world.offer] if state == "open" else [])
    assert world.found(NOW + days * DAY, open=False) == ([] if state == "open" else [world.offer])


def test_closing_ends_it_and_takes_it_out_of_every_filter() -> None:
    world = Stand(topics=["data"])
    say(world.a, {"type": "offer.close", "by": world.giver, "offer": world.offer, "reason": "workload"})
    shelf = world.shelf()
    page = offers.one(shelf.db, shelf.viewer(world.giver), world.offer, now=NOW)
    assert page is not None
    assert (page["state"], page["reason"], page["can"]) == ("closed", "workload", {"close": False})
    assert world.found(open=True) == world.found(topic="data") == world.found(q="room") == []


def test_a_stranger_closes_nothing() -> None:
    world = Stand()
    say(world.b, {"type": "offer.close", "by": world.owner, "offer": world.offer})
    assert world.found(open=True) == [world.offer]


@pytest.mark.parametrize(
    "filters",
    [
        {"kind": "venue"},
        {"topic": "data"},
        {"jurisdiction": "CA-BC"},
        {"jurisdiction": "CA"},
        {"lang": "fr-CA"},
        {"q": "quiet rooms"},
        {"mine": True},
    ],
)
def test_what_finds_an_offer(filters: dict[str, Any]) -> None:
    world = Stand(topics=["data"], jurisdiction="CA-BC", languages=["fr"])
    assert world.found(**filters) == [world.offer]


@pytest.mark.parametrize(
    "filters",
    [{"kind": "data"}, {"topic": "venue"}, {"jurisdiction": "CA-AB"}, {"lang": "en"}, {"q": "loud"}],
)
def test_what_does_not(filters: dict[str, Any]) -> None:
    assert Stand(topics=["data"], jurisdiction="CA-BC", languages=["fr"]).found(**filters) == []


def test_the_page_shows_pledges_of_the_same_person_only() -> None:
    world = Stand()
    pitch = say(world.b, full_pitch(world.owner, asks=[ask("room", "venue", 1, "day")]))
    mine = say(world.a, offer(pitch, world.giver, "room", "venue", 1, "day", offer=world.offer))
    other = member(world.a, "somebody else")
    say(world.a, offer(pitch, other, "room", "venue", 1, "day", offer=world.offer))
    shelf = world.shelf()
    page = offers.one(shelf.db, shelf.viewer(world.giver), world.offer, now=NOW)
    assert page is not None and [pledge["id"] for pledge in page["pledges"]] == [mine]


def test_a_members_page_shows_what_stands() -> None:
    world = Stand(until="2027-01-20")
    shelf = world.shelf()

    def standing(now: int) -> list[str]:
        page = members.one(shelf.db, shelf.viewer(world.owner), world.giver, now=now)
        assert page is not None
        return [item["id"] for item in page["standing"]]

    assert standing(NOW) == [world.offer]
    assert standing(NOW + 30 * DAY) == []


def test_an_offer_for_some_is_seen_where_it_is_held_alone() -> None:
    world = Stand()
    say(
        world.a,
        {"type": "offer.stand", "by": world.giver, "kind": "data", "text": {"en": "Hidden"}},
        audience=[world.a.node],
    )
    away = Shelf(world.b).take_all(world.b)
    away.take((world.a, index) for index in range(world.a.size))
    found = offers.listing(away.db, away.viewer(world.owner), OfferFilters(), now=NOW).items
    assert [item["id"] for item in found] == [world.offer]
