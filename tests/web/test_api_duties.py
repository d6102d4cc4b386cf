"""Standing offers, what waits, matches and figures through the HTTP API."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from protocol.records import NotAcceptable
from store.views import impact
from store.views.shapes import ImpactFilters
from tests.kit.web import DAY, House, Member, visit
from web.api.impact import table

PITCH = {
    "type": "pitch.open",
    "title": {"en": "A reading room for data people"},
    "why": {"en": "Nobody reads alone."},
    "opportunity": "reading-group",
    "topics": ["data"],
    "asks": [{"key": "room", "kind": "venue", "text": {"en": "A room"}, "quantity": 1, "unit": "day"}],
}
STAND = {"type": "offer.stand", "kind": "venue", "text": {"en": "A quiet room", "fr": "Une salle calme"}}


@pytest.fixture
def owner(house: House) -> Member:
    return house.member("Policy analyst")


@pytest.fixture
def giver(house: House) -> Member:
    return house.member("Facilities lead", languages=["en"])


@pytest.fixture
def pitch(house: House, owner: Member) -> str:
    return str(house.publish_now(owner, PITCH).id)


@pytest.fixture
def offer(house: House, giver: Member) -> str:
    return str(house.publish_now(giver, STAND | {"topics": ["data"]}).id)


def pledge(pitch: str, **fields: Any) -> dict[str, Any]:
    content = {"type": "pledge.offer", "pitch": pitch, "ask": "room", "kind": "venue", "quantity": 1}
    return {**content, "unit": "day", **fields}


async def test_offers_are_listed_and_one_is_read(house: House, giver: Member, offer: str, pitch: str) -> None:
    made = await house.publish(giver.author, pledge(pitch, offer=offer))
    async with visit(house) as site:
        program = await site.program(giver)
        for query in ("", "?kind=venue", "?topic=data", "?mine=yes", "?open=yes", "?lang=fr", "?q=salle"):
            items = (await program.get(f"/api/v1/offers{query}")).json()["items"]
            assert [item["id"] for item in items] == [offer], query
        assert (await program.get("/api/v1/offers?open=no")).json() == {"items": [], "next": None}
        page = (await program.get(f"/api/v1/offers/{offer}")).json()
        assert [one["id"] for one in page["pledges"]] == [str(made.id)]
        assert page["can"] == {"close": True} and page["due"] == house.now + 180 * DAY
        assert (await program.get(f"/api/v1/offers/{pitch}")).status == 404
        assert (await program.get("/api/v1/offers?colour=red")).status == 422
        hits = (await program.get("/search?q=quiet")).text
        assert f"/go/{offer}" in hits
        assert (await program.get(f"/go/{offer}")).location == f"/offers/{offer}"
        assert "A quiet room" in (await program.get(f"/people/{giver.member}")).text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"offer": "a" * 32 + "-0-0"}, "not-here"),
        ({"kind": "data", "ask": None}, "not-the-offer-s"),
        ({"show": "anonymous"}, "offer-names-you"),
    ],
)
def test_a_pledge_names_an_offer_that_fits(
    house: House, giver: Member, pitch: str, fields: dict[str, Any], code: str
) -> None:
    offer = str(house.publish_now(giver, STAND).id)
    content = pledge(pitch) | {"offer": offer} | fields
    with pytest.raises(NotAcceptable) as refused:
        house.publish_now(giver, {name: value for name, value in content.items() if value})
    assert [problem.code for problem in refused.value.problems] == [code]


def test_a_pledge_comes_of_an_offer_of_ones_own(house: House, offer: str, pitch: str) -> None:
    with pytest.raises(NotAcceptable, match="not-yours"):
        house.publish_now(house.member("Another"), pledge(pitch, offer=offer))


def test_an_offer_that_is_over_begins_nothing(house: House, giver: Member, offer: str, pitch: str) -> None:
    house.later(181 * DAY)
    with pytest.raises(NotAcceptable, match="offer-over"):
        house.publish_now(giver, pledge(pitch, offer=offer))
    close = {"type": "offer.close", "offer": offer}
    house.publish_now(giver, close)
    with pytest.raises(NotAcceptable, match="offer-over"):
        house.publish_now(giver, close)
    with pytest.raises(NotAcceptable, match="date-passed"):
        house.publish_now(giver, STAND | {"until": "2026-12-01"})


def test_only_the_giver_closes_her_offer(house: House, owner: Member, offer: str) -> None:
    with pytest.raises(Exception, match="not-yours"):
        house.publish_now(owner, {"type": "offer.close", "offer": offer})


async def test_matches_say_why(house: House, pitch: str, giver: Member, offer: str) -> None:
    async with visit(house) as site:
        program = await site.program(giver)
        [match] = (await program.get("/api/v1/matches")).json()["items"]
        assert (match["pitch"]["id"], match["ask"]["key"], match["offer"]["id"]) == (pitch, "room", offer)
        texts = {reason["code"]: reason["text"] for reason in match["reasons"]}
        assert set(texts) == {"kind", "topics", "language", "jurisdiction"}
        assert texts["topics"] == "You share the topic: Data."
        assert (await program.get("/api/v1/matches?limit=0")).status == 422


async def test_a_report_waits_on_the_desk_alone(
    house: House, owner: Member, giver: Member, pitch: str
) -> None:
    house_desk = [await _account(house, role) for role in ("steward", "operator")]
    report = {"type": "report", "on": pitch, "reason": "personal-information"}
    await house.publish(giver.author, report)
    async with visit(house) as site:
        steward, operator, bystander = [await site.program(who) for who in (*house_desk, owner)]

        async def told(program: Any) -> list[tuple[str, bool]]:
            on_me = (await program.get("/api/v1/waiting")).json()["on_me"]
            return [(wait["id"], wait["overdue"]) for wait in on_me if wait["reason"] == "reported"]

        assert await told(steward) == [(pitch, False)]
        assert await told(operator) == await told(bystander) == []
        mine = (await (await site.program(giver)).get("/api/v1/waiting")).json()
        assert [wait["what"] for wait in mine["on_others"]] == ["answer-report"]
        house.later(7 * DAY)
        assert await told(steward) == await told(operator) == [(pitch, True)]


async def _account(house: House, role: str) -> Member:
    return await asyncio.to_thread(house.member, f"The {role}", role)


async def test_impact_is_told_as_json_and_as_a_table(
    house: House, giver: Member, offer: str, pitch: str
) -> None:
    async with visit(house) as site:
        program = await site.program(giver)
        told = (await program.get("/api/v1/impact?from=2026-12-31&to=&topic=data")).json()
        assert told["min_group"] == 5
        assert told["asks"]["total"] == {"value": None, "suppressed": True}
        assert told["gap"] == [
            {
                "kind": "venue",
                "asked": {"value": None, "suppressed": True},
                "offered": {"value": None, "suppressed": True},
            }
        ]
        later = (await program.get("/api/v1/impact?from=2027-01-01")).json()
        assert later["asks"]["total"] == {"value": 0, "suppressed": False}
        by_word = await program.get("/api/v1/impact?format=csv")
        by_header = await program.get("/api/v1/impact", headers={"Accept": "text/csv"})
        assert by_word.text == by_header.text
        assert by_word.headers["Content-Type"] == "text/csv; charset=utf-8"
        lines = by_word.text.splitlines()
        assert lines[0] == "figure,group,from,to,value,suppressed,share"
        assert "gap_asked,venue,,,,yes," in lines and "returns,met,,,0,no," in lines
        assert (await program.get("/api/v1/impact?from=soon")).status == 422


def test_a_table_holds_no_formula(house: House, giver: Member) -> None:
    house.publish_now(giver, STAND | {"kind": "=1+1"})
    found = house.read_now(impact.figures, house.viewer(giver), ImpactFilters(), now=house.now)
    assert "gap_offered,'=1+1,,,,yes," in table(found).splitlines()
