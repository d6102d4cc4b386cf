"""Check-ins, attests, facilitator, catalysts, invitations and events: published, refused, shown. DOMAIN R4, R6, R7, R9."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protocol.records import NotAcceptable
from protocol.rules.moments import lasts_until
from store.views import events, pitches
from store.views.shapes import Event, EventFilters, Pitch
from tests.kit.web import DAY, Member, visit
from tests.web.test_pages_forms import page_of, send
from tests.web.world import World

END = lasts_until("2027-03-11T16:00:00-04:00")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path, meets=False)
    yield world
    world.close()


def seen(world: World, who: Member, pitch: str = "pitch") -> Pitch:
    house = world.away if who in (world.giver, world.adviser) else world.home
    found = house.read_now(pitches.one, house.viewer(who), world.ids[pitch], now=house.now)
    assert found is not None
    return found  # type: ignore[no-any-return]


def event_seen(world: World, who: Member, event: str) -> Event:
    house = world.away if who in (world.giver, world.adviser) else world.home
    found = house.read_now(events.one, house.viewer(who), event, now=house.now)
    assert found is not None
    return found  # type: ignore[no-any-return]


def refused(world: World, who: Member, content: dict[str, Any]) -> list[tuple[str, str]]:
    """(field, code) of everything a record is refused for."""
    with pytest.raises(NotAcceptable) as error:
        world.make(who, content)
    return [(problem.field, problem.code) for problem in error.value.problems]


def underway(world: World, at: int = END) -> str:
    """The pitch goes ahead and the clock stands at a time; its id."""
    pitch = world.ids["pitch"]
    world.make(world.owner, {"type": "pitch.advance", "pitch": pitch, "to": "underway"})
    go_to(world, at)
    return pitch


def go_to(world: World, at: int) -> None:
    for house in (world.home, world.away):
        house.later(at - house.now)


# ── check-ins ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_check_in_begins_with_the_learning_and_names_a_day_of_the_policy(world: World) -> None:
    pitch = world.ids["pitch"]
    check_in = {"type": "check_in", "pitch": pitch, "applied": "yes"}
    assert seen(world, world.owner)["can"]["check_in"] is False
    assert refused(world, world.owner, {**check_in, "day": 31, "asks": [world.owner.member, pitch]}) == [
        ("pitch", "not-begun"),
        ("day", "day-unknown"),
        ("asks.0", "your-own"),
        ("asks.1", "not-here"),
    ]
    underway(world)
    assert seen(world, world.owner)["can"]["check_in"] is True
    assert seen(world, world.other)["can"]["check_in"] is False
    world.make(world.owner, check_in)
    world.make(world.owner, {"type": "pitch.advance", "pitch": pitch, "to": "closed"})
    assert seen(world, world.owner)["outcome"] == "applied-self-reported"
    world.make(world.owner, {**check_in, "applied": "no", "day": 30, "obstacle": {"en": "Form freeze"}})
    shown = seen(world, world.giver)
    assert shown["outcome"] == "not-applied" and shown["reason"] == {"en": "Form freeze"}


def test_the_page_says_what_is_due_answered_and_seen(world: World) -> None:
    pitch = underway(world, END + 100 * DAY)
    assert [(one["day"], one["state"]) for one in seen(world, world.giver)["check_ins"]] == [
        (30, "no-answer"),
        (90, "overdue"),
        (180, "due"),
    ]
    assert seen(world, world.giver)["state"] == "sharing" and seen(world, world.giver)["outcome"] is None
    check_in = world.make(
        world.owner,
        {
            "type": "check_in",
            "pitch": pitch,
            "day": 90,
            "applied": "yes",
            "evidence": {"en": "The form is live"},
            "level": 3,
            "asks": [world.giver.member, world.adviser.member],
        },
    )
    word = {"type": "check_in.attest", "check_in": check_in}
    assert refused(world, world.owner, {**word, "saw": "yes"}) == [("check_in", "your-own")]
    assert refused(world, world.other, {**word, "saw": "yes", "audience": "here"}) == [
        ("audience", "not-the-object-s")
    ]
    world.make(world.other, {**word, "saw": "no"})
    assert seen(world, world.adviser)["outcome"] == "applied-self-reported"
    world.make(world.giver, {**word, "saw": "partly"})
    world.make(world.giver, {**word, "saw": "yes", "note": {"en": "In our office too"}})
    shown = seen(world, world.adviser)
    assert shown["outcome"] == "applied-attested" and shown["state"] == "applied"
    (answer,) = [one for one in shown["check_ins"] if one["day"] == 90]
    assert answer["evidence"] == {"en": "The form is live"} and answer["level"] == 3
    assert {(one["who"]["id"], one["saw"]) for one in answer["attests"]} == {
        (world.other.member, "no"),
        (world.giver.member, "yes"),
    }
    assert [one["state"] for one in answer["asked"]] == ["attested", "asked"]
    go_to(world, END + 114 * DAY)
    later = seen(world, world.adviser)["check_ins"][1]
    assert [one["state"] for one in later["asked"]] == ["attested", "not-attested"]


# ── facilitator, catalysts, invitations ──────────────────────────────────────────────────────────────────────


def test_only_the_facilitator_named_attests_and_her_last_word_counts(world: World) -> None:
    pitch = world.ids["pitch"]
    attest = {"type": "attest", "pitch": pitch, "what": ["time"]}
    assert refused(world, world.other, attest) == [("pitch", "not-facilitator")]
    world.make(world.owner, {"type": "pitch.revise", "pitch": pitch, "facilitator": world.other.member})
    named = seen(world, world.other)
    assert named["can"]["attest"] and not seen(world, world.giver)["can"]["attest"]
    assert named["facilitator"] is not None and named["facilitator"]["state"] == "asked"
    world.home.later(14 * DAY)
    silent = seen(world, world.owner)["facilitator"]
    assert silent is not None and silent["state"] == "not-attested"
    assert refused(world, world.other, {**attest, "until": "2020-01-01"}) == [("until", "date-passed")]
    world.make(world.other, {**attest, "what": ["no-objection"]})
    world.make(world.other, {**attest, "until": "2027-06-30"})
    word = seen(world, world.owner)["facilitator"]
    assert word is not None and (word["state"], word["what"]) == ("attested", ["time"])
    go_to(world, lasts_until("2027-06-30"))
    lapsed = seen(world, world.owner)["facilitator"]
    assert lapsed is not None and lapsed["state"] == "attest-lapsed"
    world.make(world.other, {**attest, "what": []})
    taken = seen(world, world.owner)["facilitator"]
    assert taken is not None and taken["state"] == "not-attested"


def test_one_carries_and_encourages_what_others_do(world: World) -> None:
    pitch = world.ids["pitch"]
    carry, word = {"type": "catalyse", "pitch": pitch}, {"type": "encourage", "on": pitch}
    assert refused(world, world.owner, carry) == [("pitch", "your-own")]
    assert refused(world, world.owner, word) == [("on", "your-own")]
    own_pledge = {"type": "encourage", "on": world.ids["public"]}
    assert refused(world, world.giver, own_pledge) == [("on", "your-own")]
    assert refused(world, world.other, {"type": "encourage", "on": world.other.member}) == [
        ("on", "your-own")
    ]
    world.make(world.owner, own_pledge)
    for _ in range(2):
        world.make(world.other, carry)
        world.make(world.other, word)
    world.make(world.giver, word)
    shown = seen(world, world.other)
    assert [one["id"] for one in shown["catalysts"]] == [world.other.member]
    assert shown["encouragements"] == 2
    assert not shown["can"]["catalyse"] and not shown["can"]["encourage"]
    assert seen(world, world.adviser)["can"]["catalyse"]


def test_an_invitation_is_between_two(world: World) -> None:
    pitch = world.ids["pitch"]
    invite = {"type": "invite", "pitch": pitch, "text": {"en": "Look at this"}}
    assert refused(world, world.other, {**invite, "to": pitch}) == [("to", "not-here")]
    assert refused(world, world.other, {**invite, "to": world.other.member}) == [("to", "your-own")]
    assert refused(world, world.other, {**invite, "to": world.owner.member}) == [("to", "owner-invited")]
    to = {**invite, "to": world.adviser.member}
    assert refused(world, world.other, {**to, "audience": "network"}) == [("audience", "wider-than-object")]
    world.make(world.other, to)
    for who, count in ((world.other, 1), (world.adviser, 1), (world.giver, 0), (world.owner, 0)):
        shown = seen(world, who)
        assert len(shown["invites"]) == count, who
        assert not [one for one in shown["steps"] if one["type"] == "invite"]
    assert seen(world, world.adviser)["invites"][0]["state"] == "open"
    world.away.later(30 * DAY)
    assert seen(world, world.adviser)["invites"][0]["state"] == "lapsed"


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────

TALK = {
    "type": "event.schedule",
    "kind": "webinar",
    "title": {"en": "What Halifax changed"},
    "start": "2027-03-15T12:00:00-03:00",
    "end": "2027-03-15T13:00:00-03:00",
    "zone": "America/Halifax",
    "languages": ["en", "fr"],
}


def test_an_event_is_scheduled_for_an_own_promise_and_ends_after_it_begins(world: World) -> None:
    pitch = world.ids["pitch"]
    assert refused(world, world.owner, {**TALK, "end": TALK["start"]}) == [("end", "end-before-start")]
    assert refused(world, world.owner, {**TALK, "fulfils": ["talk"]}) == [("pitch", "missing")]
    stranger = {**TALK, "pitch": pitch, "fulfils": ["walk"], "circle": world.ids["giver"]}
    assert refused(world, world.giver, stranger) == [
        ("circle", "not-here"),
        ("fulfils", "not-yours"),
        ("fulfils.0", "key-unknown"),
    ]
    event = world.make(world.owner, {**TALK, "pitch": pitch, "fulfils": ["talk"]})
    revise = {"type": "event.revise", "event": event}
    assert refused(world, world.owner, {**revise, "end": "2027-03-14"}) == [("end", "end-before-start")]


def test_sharing_follows_its_event(world: World) -> None:
    pitch = underway(world, END)

    def state() -> str:
        return seen(world, world.adviser)["sharing"][0]["state"]

    assert state() == "promised"
    event = world.make(world.owner, {**TALK, "pitch": pitch, "fulfils": ["talk"]})
    world.make(world.giver, {**TALK, "pitch": pitch, "title": {"en": "Another"}})
    assert state() == "scheduled"
    assert [one["id"] for one in seen(world, world.owner)["sharing"][0]["events"]] == [event]
    go_to(world, lasts_until(TALK["end"]))  # type: ignore[arg-type]
    assert state() == "to-report"
    update = {"type": "pitch.update", "pitch": pitch, "text": {"en": "24 came"}, "fulfils": ["talk"]}
    world.make(world.owner, update)
    assert state() == "delivered"


def test_a_cancelled_event_carries_nothing_and_takes_no_answer(world: World) -> None:
    pitch = underway(world, END)
    event = world.make(world.owner, {**TALK, "pitch": pitch, "fulfils": ["talk"]})
    world.make(world.owner, {"type": "event.cancel", "event": event, "note": {"en": "Storm"}})
    assert seen(world, world.owner)["sharing"][0]["state"] == "promised"
    shown = event_seen(world, world.giver, event)
    assert shown["state"] == "cancelled" and shown["note"] == {"en": "Storm"} and not shown["can"]["rsvp"]
    rsvp = {"type": "rsvp", "event": event, "answer": "yes"}
    assert refused(world, world.giver, rsvp) == [("event", "event-over")]
    listed = world.home.read_now(
        events.listing, world.home.viewer(world.owner), EventFilters(), now=world.home.now
    )
    assert listed.items == []


def test_one_answer_a_person_and_the_last_counts(world: World) -> None:
    event = world.make(world.owner, TALK)
    rsvp = {"type": "rsvp", "event": event}
    world.make(world.giver, {**rsvp, "answer": "no"})
    world.make(world.giver, {**rsvp, "answer": "yes"})
    world.make(world.adviser, {**rsvp, "answer": "maybe"})
    world.make(world.other, {**rsvp, "answer": "yes"})
    world.make(world.other, {**rsvp, "answer": "no"})
    shown = event_seen(world, world.giver, event)
    assert shown["coming"] == {"yes": 1, "maybe": 1, "no": 1} and shown["answer"] == "yes"
    assert [(one["who"]["id"], one["answer"]) for one in shown["guests"]] == [
        (world.giver.member, "yes"),
        (world.adviser.member, "maybe"),
    ]
    assert (shown["start"], shown["zone"]) == (TALK["start"], TALK["zone"])

    def mine(who: Member) -> int:
        house = world.away if who in (world.giver, world.adviser) else world.home
        found = house.read_now(events.listing, house.viewer(who), EventFilters(mine=True), now=house.now)
        return len(found.items)

    assert [mine(who) for who in (world.owner, world.giver, world.adviser, world.other)] == [1, 1, 1, 0]
    go_to(world, lasts_until(TALK["end"]))  # type: ignore[arg-type]
    assert refused(world, world.adviser, {**rsvp, "answer": "yes"}) == [("event", "event-over")]
    assert event_seen(world, world.giver, event)["state"] == "over"


def test_events_to_come_are_soonest_first_and_past_ones_last_first(world: World) -> None:
    days = ("2027-03-20", "2027-03-12", "2027-03-05", "2027-04-02", "2027-02-20")
    where = {"place": "Halifax", "jurisdiction": "CA-NS", "online": False}
    for day in days:
        more = {"start": day, "end": None, "where": where, "topics": ["data"]}
        content = {**TALK, **more, "title": {"en": f"Talk {day}"}}
        world.make(world.owner, {name: value for name, value in content.items() if value is not None})
    go_to(world, lasts_until("2027-03-10"))

    def listed(**filters: Any) -> list[str]:
        found, cursor = [], None
        while True:
            page = world.home.read_now(
                events.listing,
                world.home.viewer(world.other),
                EventFilters(**filters),
                now=world.home.now,
                cursor=cursor,
                limit=2,
            )
            found += [item["start"] for item in page.items]
            cursor = page.next
            if cursor is None:
                return found

    assert listed() == ["2027-03-12", "2027-03-20", "2027-04-02"]
    assert listed(past=True) == ["2027-03-05", "2027-02-20"]
    assert listed(jurisdiction="CA", topic="data", lang="fr", kind="webinar", q="talk 2027-04") == [
        "2027-04-02"
    ]
    assert listed(lang="de") == listed(pitch=world.ids["pitch"]) == listed(topic="policy") == []


async def test_the_api_lists_events_and_narrows_them(world: World) -> None:
    def make() -> str:
        return world.make(world.owner, {**TALK, "pitch": world.ids["pitch"], "fulfils": ["talk"]})

    event = await asyncio.to_thread(make)
    async with visit(world.home) as site:
        program = await site.program(world.other)
        (item,) = (await program.get(f"/api/v1/events?pitch={world.ids['pitch']}")).json()["items"]
        assert item["id"] == event and item["pitch"]["title"]["en"] == "Service design lab, Halifax"
        assert (await program.get("/api/v1/events?circle=x")).status == 422
        assert (await program.get("/api/v1/events?mine=yes")).json()["items"] == []
        answer = await program.post(
            "/api/v1/records", json={"type": "rsvp", "event": event, "answer": "maybe"}
        )
        assert answer.status == 201
        assert (await program.get(f"/api/v1/events/{event}")).json()["answer"] == "maybe"
        assert (await program.get("/api/v1/events?mine=yes")).json()["items"][0]["id"] == event
        assert (await program.get(f"/api/v1/events/{world.ids['pitch']}")).status == 404
        search = (await program.get("/api/v1/search?q=Halifax%20changed&kind=event")).json()["items"]
        assert event in [hit["id"] for hit in search]


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_owner_answers_and_a_peer_says_what_she_saw(world: World) -> None:
    pitch = await asyncio.to_thread(underway, world, END + DAY)
    path = f"/pitches/{pitch}"
    async with visit(world.home) as site:
        owner, peer = await site.browser(world.owner), await site.browser(world.other)
        status, page, _ = await send(owner, f"{path}/check-in", {"evidence": "Live"}, at=path)
        assert status == 422 and "Choose one." in page.text and "Live" in page.text
        said = {"applied": "yes", "evidence": "The form is live", "level": "3"}
        status, _page, to = await send(owner, f"{path}/check-in", said, at=path)
        assert status == 303
        shown = await page_of(owner, to)
        assert "Applied, as the pitcher says" in shown.text and "The form is live" in shown.text
        check_in = (await asyncio.to_thread(seen, world, world.other))["check_ins"][0]["id"]
        assert check_in is not None
        words = {"check_in": check_in, "saw": "yes", "witness": "In our office too"}
        status, _page, to = await send(peer, f"{path}/witness", words, at=path)
        assert status == 303
        shown = await page_of(peer, to)
        assert "Applied, and somebody else saw it" in shown.text and "In our office too" in shown.text


async def test_the_facilitator_gives_her_word_and_members_carry_it_further(world: World) -> None:
    pitch = world.ids["pitch"]
    revise = {"type": "pitch.revise", "pitch": pitch, "facilitator": world.other.member}
    await asyncio.to_thread(world.make, world.owner, revise)
    path = f"/pitches/{pitch}"
    async with visit(world.home) as site:
        for language, stands in (("en", "Time is given"), ("fr", "Le temps est accordé")):
            browser = await site.browser(world.other, language=language)
            words = {"what": "time", "until": "2027-06-30", "note": "Gladly"}
            status, _page, _to = await send(browser, f"{path}/facilitator", words)
            assert status == 303
            shown = await page_of(browser, path)
            assert stands in shown.text and "Gladly" in shown.text
        browser = await site.browser(world.other)
        for step in ("catalyse", "encourage"):
            status, _page, _to = await send(browser, f"{path}/{step}", {}, at=path)
            assert status == 303
        shown = await page_of(browser, path)
        assert "1 person encourages it" in shown.text and "I carry it further" not in shown.text
