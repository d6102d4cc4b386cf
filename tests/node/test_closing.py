"""A running node closes its members' polls by its own clock, though nobody writes anything."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from node.closing import Closing
from node.founding import Profile, found
from node.house import House, open_house
from protocol.limits import SALT
from store import standing
from store.database import Tx
from store.publishing import Author, publish
from tests.web.world import FULL

ASKED = {
    "type": "poll.open",
    "question": {"en": "Which form first?"},
    "kind": "choose-one",
    "options": [{"key": "a", "text": {"en": "Intake"}}, {"key": "b", "text": {"en": "Renewal"}}],
    "closes": "2027-01-10T00:00:00Z",
}


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    file = tmp_path / "clock"
    file.write_text("2027-01-01T00:00:00Z")
    return file


@pytest.fixture
def house(tmp_path: Path, clock: Path) -> Iterator[House]:
    data = tmp_path / "node"
    found(data, Profile("City of Halifax", "CA-NS", "municipality", None, ("en", "fr")))
    with open_house(data, {}, clock_file=clock) as house:
        yield house


def say(house: House, member: str | None, content: dict[str, Any]) -> str:
    author = Author(None, member, "member")
    own, salt = house.own, secrets.token_bytes(SALT)
    made = house.store.database.write(lambda tx: publish(tx, own, author, content, salt=salt)).result()
    return str(made.id)


def closed(house: House) -> int:
    def count(db: sqlite3.Connection) -> int:
        return int(db.execute("SELECT count(*) FROM objects WHERE ended IS NOT NULL").fetchone()[0])

    return house.store.database.read(count).result()


async def test_a_poll_is_closed_by_the_clock_alone(house: House, clock: Path) -> None:
    async def at(moment: str) -> bool:
        await asyncio.to_thread(clock.write_text, moment)
        return await Closing(house).once()

    def write(change: Callable[[Tx], None]) -> Any:
        return asyncio.wrap_future(house.store.database.write(change))

    card = await asyncio.to_thread(say, house, None, {"type": "member.introduce", "name": "analyst"})
    await asyncio.to_thread(say, house, card, ASKED)
    await write(lambda tx: standing.stop(tx, house.node, standing.OWN_HEAD))
    assert not await at("2027-01-11T00:00:00Z"), "signing stands still"
    assert not await at("2027-01-10T23:59:59Z"), "not yet"
    await write(lambda tx: standing.resume(tx, house.node))
    assert await asyncio.to_thread(closed, house) == 0
    assert await at("2027-01-11T00:00:00+00:00")
    assert await asyncio.to_thread(closed, house) == 1
    assert not await at("2027-01-12T00:00:00Z"), "once is enough"


async def test_b3_a_round_comes_by_the_clock_alone(house: House, clock: Path) -> None:
    """B3: the sum of private pledges is told when its round has come, though nobody writes anything."""

    def given() -> None:
        owner, giver = (
            say(house, None, {"type": "member.introduce", "name": name}) for name in ("owner", "giver")
        )
        pitch = say(house, owner, FULL)
        gift = {
            "pitch": pitch,
            "ask": "travel",
            "kind": "money",
            "quantity": 100,
            "unit": "CAD",
            "conflict": "none",
        }
        pledge = say(house, giver, {"type": "pledge.offer", "text": {"en": "x"}, **gift})
        say(house, owner, {"type": "pledge.accept", "pledge": pledge, "quantity": 100})

    def told() -> int:
        query = "SELECT count(*) FROM steps WHERE type = 'pitch.tally'"
        return int(house.store.database.read(lambda db: db.execute(query).fetchone()[0]).result())

    await asyncio.to_thread(clock.write_text, "2027-01-01T00:20:00Z")
    await asyncio.to_thread(given)
    assert not await Closing(house).once() and await asyncio.to_thread(told) == 0
    await asyncio.to_thread(clock.write_text, "2027-01-01T01:00:00+00:00")
    assert await Closing(house).once() and await asyncio.to_thread(told) == 1
    assert not await Closing(house).once()
