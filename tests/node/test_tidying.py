"""A running node throws away by its own clock what has run out, though nobody signs in."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.founding import Profile, found
from node.house import House, open_house
from node.tidying import Tidying
from store import accounts, guests
from store.database import Tx

DAY = 24 * 3600 * 1000
LEFT = (
    "SELECT 'session', hash FROM sessions UNION ALL SELECT 'link', hash FROM links"
    " UNION ALL SELECT 'request', hash FROM guest_requests"
)


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


def fill(tx: Tx) -> None:
    """A session, a link and a request for a place, by how many days they last."""
    member = accounts.add(tx, "Analyst", language="en", role="member")
    for days in (1, 30):
        name, expires = f"{days}".encode(), tx.now + days * DAY
        accounts.begin_session(tx, member.id, name, expires=expires, agent="")
        accounts.add_link(tx, name, "member-invite", expires=expires)
    guests.ask(tx, b"14", member.id, "a-0-0", name="Lee", organisation="Village", words="")


def left(db: sqlite3.Connection) -> list[tuple[str, bytes]]:
    return sorted(db.execute(LEFT))


async def test_what_ran_out_is_thrown_away_by_the_clock_alone(house: House, clock: Path) -> None:
    async def at(moment: str) -> list[tuple[str, bytes]]:
        await asyncio.to_thread(clock.write_text, moment)
        await Tidying(house).once()
        return await asyncio.wrap_future(house.store.database.read(left))

    await asyncio.wrap_future(house.store.database.write(fill))
    long = [("link", b"30"), ("session", b"30")]
    assert await at("2027-01-01T23:59:59Z") == sorted(
        [("link", b"1"), ("session", b"1"), ("request", b"14"), *long]
    )
    assert await at("2027-01-02T00:00:00Z") == sorted([("request", b"14"), *long])
    assert await at("2027-01-15T00:00:00Z") == long
    assert await at("2027-01-31T00:00:00Z") == []
