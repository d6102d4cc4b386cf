"""Polls through publishing and the HTTP API: what is refused, what a secret ballot says, who closes a poll and when."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import Refused
from protocol.records import NotAcceptable
from store import ballots, reading, standing
from store.views import ground, polls
from store.views.ground import content_of
from tests.kit.web import DAY, House, Member, visit

CLOSES = "2027-01-10T00:00:00Z"
OPEN_FOR = 20 * DAY  # from the house's first day to past the close
ASKED: dict[str, Any] = {
    "type": "poll.open",
    "question": {"en": "Which form first?", "fr": "Quel formulaire d’abord?"},
    "kind": "choose-one",
    "options": [{"key": "a", "text": {"en": "Intake"}}, {"key": "b", "text": {"en": "Renewal"}}],
    "closes": CLOSES,
}


@pytest.fixture
def owner(house: House) -> Member:
    return house.member("Policy analyst")


@pytest.fixture
def voter(house: House) -> Member:
    return house.member("Data analyst")


def opened(house: House, owner: Member, **fields: Any) -> str:
    return str(house.publish_now(owner, {**ASKED, **fields}).id)


def ballot(poll: str, choice: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"type": "ballot", "poll": poll, "choice": {"a": 1} if choice is None else choice, **fields}


def said(house: House, entry: Any) -> dict[str, Any]:
    found = house.read_now(reading.read_entry, entry)
    content: dict[str, Any] = content_of(found.payload)
    return content


def faults(house: House, who: Member, content: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(NotAcceptable) as refused:
        house.publish_now(who, content)
    return [(fault.field, fault.code) for fault in refused.value.problems]


async def test_a_poll_is_listed_and_read(house: House, owner: Member, voter: Member) -> None:
    poll = str((await house.publish(owner.author, ASKED)).id)
    await house.publish(voter.author, ballot(poll))
    async with visit(house) as site:
        program = await site.program(voter)
        for query in ("", "?state=open", "?kind=choose-one", "?q=formulaires", f"?member={owner.member}"):
            items = (await program.get(f"/api/v1/polls{query}")).json()["items"]
            assert [item["id"] for item in items] == [poll], query
        for query in ("?state=closed", "?mine=yes", f"?subject={poll}", f"?circle={poll}"):
            assert (await program.get(f"/api/v1/polls{query}")).json()["items"] == [], query
        assert (await program.get("/api/v1/polls?state=dusty")).status == 422
        page = (await program.get(f"/api/v1/polls/{poll}")).json()
        assert [(option["key"], option["counts"]) for option in page["options"]] == [("a", 1), ("b", 0)]
        told = {name: page[name] for name in ("ballots", "spoiled", "late", "could_vote", "final")}
        assert told == {"ballots": 1, "spoiled": 0, "late": 0, "could_vote": 2, "final": False}
        assert page["mine"]["choice"] == {"a": 1} and page["can"] == {"vote": True, "why": []}
        assert (await program.get(f"/api/v1/polls/{owner.member}")).status == 404


def test_a_secret_ballot_names_nobody_and_its_voter_finds_it_again(
    house: House, owner: Member, voter: Member, tmp_path: Path
) -> None:
    poll = opened(house, owner, secret=True)
    first = house.publish_now(voter, ballot(poll))
    again = house.publish_now(voter, ballot(poll, {"b": 1}))
    contents = [said(house, made.id) for made in (first, again)]
    assert all("by" not in content and len(content["token"]) == 64 for content in contents)
    assert contents[0]["token"] == contents[1]["token"] != _token(house, owner, poll)
    page = house.read_now(_one, house.viewer(voter), poll, now=house.now)
    assert (page["ballots"], page["replaced"]) == (1, 1)
    assert page["mine"]["id"] == str(again.id)
    assert house.read_now(_one, house.viewer(owner), poll, now=house.now)["mine"] is None
    other = House.open(tmp_path, number=2)
    stranger = other.member("Elsewhere")
    house.carry(other)
    assert other.read_now(_one, other.viewer(stranger), poll, now=other.now)["mine"] is None
    theirs = opened(house, owner, secret=True)
    assert said(house, house.publish_now(voter, ballot(theirs)).id)["token"] != contents[0]["token"]
    other.close()


def test_the_ballot_secret_stays_over_a_restart_and_is_never_the_same_elsewhere(
    house: House, owner: Member, tmp_path: Path
) -> None:
    poll = opened(house, owner, secret=True)
    before = _token(house, owner, poll)
    house.close()
    again, other = House.open(tmp_path), House.open(tmp_path, number=3)
    assert _token(again, owner, poll) == before != _token(other, owner, poll)
    again.close()
    other.close()


def test_what_would_count_for_nothing_is_refused(house: House, owner: Member, voter: Member) -> None:
    poll, secret = opened(house, owner), opened(house, owner, secret=True)
    for of in (poll, secret):
        assert faults(house, voter, ballot(of, token="0" * 64)) == [("token", "made-by-the-node")]
    assert faults(house, voter, ballot(poll, {"x": 1, "a": 2})) == [
        ("choice.x", "option-unknown"),
        ("choice.a", "mark-one"),
    ]
    assert faults(house, voter, ballot(str(owner.member))) == [("poll", "not-here")]
    others = opened(house, owner, eligible={"nodes": ["a" * 32]})
    assert faults(house, voter, ballot(others)) == [("poll", "not-eligible")]
    assert faults(house, voter, ballot(poll, audience="here")) == [("audience", "not-the-object-s")]
    close = {"type": "poll.close", "poll": poll, "cut": {}, "counts": {}}
    with pytest.raises(Refused, match="made-by-the-node"):
        house.publish_now(owner, close)
    house.later(OPEN_FOR)
    assert faults(house, voter, ballot(poll)) == [("poll", "poll-over")]


def test_what_a_poll_may_not_be(house: House, owner: Member) -> None:
    passed = {**ASKED, "closes": "2026-12-01T00:00:00Z", "limits": {"dots": 3}}
    assert faults(house, owner, passed) == [("closes", "date-passed"), ("limits.dots", "not-this-kind")]
    circle = {"circle": f"{house.node}-0-999"}
    assert faults(house, owner, {**ASKED, "eligible": circle}) == [("eligible.circle", "not-here")]


def test_a_restricted_poll_and_its_ballots_stay_with_its_nodes(
    house: House, owner: Member, voter: Member
) -> None:
    poll = opened(house, owner, audience="here")
    made = house.publish_now(voter, ballot(poll))
    assert said(house, made.id)["audience"] == [house.node]
    house.later(OPEN_FOR + DAY)
    house.write_now(lambda _: None)
    page = house.read_now(_one, house.viewer(voter), poll, now=house.now)
    assert (page["state"], page["ballots"], page["options"][0]["declared"]) == ("closed", 1, 1)
    closes = house.read_now(_closes)
    assert [content["audience"] for content in closes] == [[house.node]]


def test_the_owner_s_node_closes_once_a_day_after_and_every_node_agrees(
    house: House, owner: Member, voter: Member, tmp_path: Path
) -> None:
    other = House.open(tmp_path, number=2)
    guest = other.member("Intake lead")
    poll = opened(house, owner)
    house.carry(other)
    other.publish_now(guest, ballot(poll, {"b": 1}))
    house.publish_now(voter, ballot(poll))
    for one in (house, other):
        one.now = 1_799_539_200_000 + DAY - 1  # CLOSES and a day, not quite
        one.write_now(lambda _: None)
    assert house.read_now(_closes) == []
    other.carry(house)
    house.later(1)
    other.later(DAY)
    other.write_now(lambda _: None)
    assert other.read_now(_closes) == [], "the owner's node says it, nobody else"
    house.write_now(lambda _: None)
    house.write_now(lambda _: None)
    (close,) = house.read_now(_closes)
    assert close["counts"] == {"a": 1, "b": 1}
    assert set(close["cut"]) == {f"{house.node}-0", f"{other.node}-0"}
    house.carry(other)
    pages = [one.read_now(_one, one.viewer(None), poll, now=one.now) for one in (house, other)]
    assert [(page["state"], page["final"], page["ballots"]) for page in pages] == [("closed", True, 2)] * 2
    other.close()


def test_nothing_is_closed_while_signing_stands_still(house: House, owner: Member) -> None:
    poll = opened(house, owner)
    house.write_now(lambda tx: standing.stop(tx, house.node, standing.OWN_HEAD))
    house.later(OPEN_FOR + 2 * DAY)
    house.write_now(lambda _: None)
    assert house.read_now(_closes) == []
    house.write_now(lambda tx: standing.resume(tx, house.node))
    assert [close["poll"] for close in house.read_now(_closes)] == [poll]


def test_after_a_restart_what_was_due_meanwhile_is_closed(
    house: House, owner: Member, tmp_path: Path
) -> None:
    poll = opened(house, owner)
    house.close()
    again = House.open(tmp_path)
    again.later(OPEN_FOR + 2 * DAY)
    again.write_now(lambda _: None)
    assert [close["poll"] for close in again.read_now(_closes)] == [poll]
    again.close()


def _token(house: House, who: Member, poll: str) -> str:
    return str(house.read_now(ballots.token_of, who.member, poll))


def _closes(db: sqlite3.Connection) -> list[dict[str, Any]]:
    keys = [key for (key,) in db.execute("SELECT key FROM steps WHERE type = 'poll.close'")]
    return [record.content for record in ground.said(db, keys).values()]


_one = polls.one
