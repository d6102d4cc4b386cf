"""A private record reaches the node it names, neighbour or not; who cannot be reached is named; strangers' hints are judged.

Whole nodes in this process: only ``init``, ``run``, ``peer invite --at``, ``peer add`` and what their members publish.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from node import commands
from node.founding import Profile, found
from node.house import House, open_house
from node.runner import running
from protocol.errors import Refused
from protocol.ids import parse_entry
from store import peers
from store.reading import read_entry
from store.views import pledges, profiles
from store.views.shapes import Viewer
from tests.node.test_pairing import do

LOOPBACK: dict[str, Any] = {"web": "127.0.0.1:0", "peer": "127.0.0.1:0", "discovery": False, "readers": 1}
PITCH: dict[str, Any] = {
    "type": "pitch.open",
    "title": {"en": "Service design lab"},
    "why": {"en": "Our form loses one applicant in three."},
    "opportunity": "change-lab",
    "asks": [
        {"key": "travel", "kind": "money", "text": {"en": "Train"}, "quantity": 61250, "unit": "CAD", "split": True}
    ],
    "cost": {"currency": "CAD", "total": 122500, "own": 61250, "employer": 0},
}  # fmt: skip


class Organisation:
    """A node of the ring and a member of it."""

    def __init__(self, house: House, facts: dict[str, Any]) -> None:
        self.house, self.address = house, str(facts["peer"])
        self.node = house.node

    async def run(self, command: str, **arguments: Any) -> Any:
        return await do(lambda: commands.run(self.house, command, arguments))

    async def read(self, query: Any) -> Any:
        return await asyncio.wrap_future(self.house.store.database.read(query))

    async def join(self) -> None:
        self.member = (await self.run("member.add", name="Analyst"))["id"]

    async def says(self, **content: Any) -> str:
        return str((await self.run("publish", member=self.member, content=content))["id"])

    async def published(self) -> list[str]:
        return list(await self.read(lambda db: profiles.addresses(db, self.node)))

    async def codes(self) -> dict[str, str]:
        return {finding["code"]: finding["says"] for finding in await self.run("doctor")}


@asynccontextmanager
async def organisations(folder: Path, count: int, **flags: Any) -> AsyncIterator[list[Organisation]]:
    """So many nodes, up, nobody paired, each with one member."""
    opened = ExitStack()

    def make(number: int) -> House:
        found(folder / str(number), Profile(str(number), "CA-NS", "ministry", None, ("en",)))
        return opened.enter_context(open_house(folder / str(number), LOOPBACK | flags))

    houses = [await do(lambda number=number: make(number)) for number in range(count)]
    try:
        async with AsyncExitStack() as up:
            made = [Organisation(house, await up.enter_async_context(running(house))) for house in houses]
            for one in made:
                await one.join()
            yield made
    finally:
        await do(opened.close)


async def pair(host: Organisation, guest: Organisation) -> None:
    """By a code that names where the host is."""
    code = (await host.run("peer.invite", at=host.address))["code"]
    assert (await guest.run("peer.add", code=code))["state"] == "paired"


async def eventually(true: Any, what: str) -> None:
    """Until an awaited question is answered yes."""
    for _ in range(2_000):
        if await true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(what)


async def holds(one: Organisation, id_: str) -> bool:
    """Whether the record is here with its text."""
    entry = await one.read(lambda db: read_entry(db, parse_entry(id_)))
    return entry is not None and isinstance(entry.payload, bytes)


async def test_e4_private_pledges_arrive_between_any_two_members_of_a_ring_of_six(tmp_path: Path) -> None:
    """A private pledge to an organisation that is no neighbour arrives: ten of ten in a ring of six."""
    chance = random.Random(4)
    async with organisations(tmp_path, 6) as ring:
        for host, guest in zip(ring, [*ring[1:], ring[0]], strict=True):
            await pair(host, guest)
        pitches = {one.node: await one.says(**PITCH) for one in ring}

        for one in ring:
            for pitch in pitches.values():
                await eventually(lambda one=one, pitch=pitch: holds(one, pitch), "pitches reach everybody")
        pairs = [chance.sample(ring, 2) for _ in range(7)] + [[ring[n], ring[n + 3]] for n in range(3)]
        pledges = [
            (giver, owner, await giver.says(
                type="pledge.offer", pitch=pitches[owner.node], ask="travel", kind="money", quantity=100 + number,
                unit="CAD", conflict="none", show="named",
            ))
            for number, (giver, owner) in enumerate(pairs)
        ]  # fmt: skip
        for giver, owner, pledge in pledges:
            await eventually(lambda owner=owner, pledge=pledge: holds(owner, pledge), "the pledge arrives")

            async def acknowledged(giver: Organisation = giver) -> bool:
                return not await giver.read(peers.creditors)

            await eventually(acknowledged, "and its giver is told so")
        for one in ring:
            assert await one.published() == [one.address]
            for giver, owner, pledge in pledges:
                assert await holds(one, pledge) == (one in (giver, owner))


async def test_e4_who_cannot_be_reached_is_named_until_an_address_is_published(tmp_path: Path) -> None:
    """The giver's page and doctor say that no address is known; the operator sees what is published and may refuse."""
    async with organisations(tmp_path, 3) as (giver, between, owner):
        for guest in (giver, owner):
            await pair(between, guest)
        assert await owner.published() == [owner.address]
        shown = (await owner.run("peer.addresses", withhold=owner.address))["addresses"]
        assert shown == [
            {"address": owner.address, "source": "listener", "published": False, "withheld": True}
        ]
        assert await owner.published() == []
        pitch = await owner.says(**PITCH)
        await eventually(lambda: holds(giver, pitch), "the pitch reaches the giver")
        pledge = await giver.says(
            type="pledge.offer", pitch=pitch, ask="travel", kind="money", quantity=100, unit="CAD", conflict="none",
            show="named",
        )  # fmt: skip
        await eventually(lambda: heard_of(giver, owner, []), "the giver hears that no address is left")
        viewer = Viewer(None, giver.member, giver.node, "member")

        async def page() -> Any:
            return await giver.read(lambda db: pledges.one(db, viewer, pledge, now=giver.house.clock.ms()))

        assert [one["node"] for one in (await page())["held_by"]["no_address"]] == [owner.node]
        said = (await giver.codes())["unreachable"]
        assert (
            said == f"{owner.node[:8]} cannot be reached: no address known. 1 private deliveries wait for it."
        )
        await owner.run("peer.addresses", publish=owner.address)
        assert (await owner.run("status"))["addresses"][0]["published"]
        await eventually(lambda: holds(owner, pledge), "it goes by itself once there is one")
        assert (await page())["held_by"]["no_address"] == []
        assert "unreachable" not in await giver.codes()


async def heard_of(one: Organisation, other: Organisation, addresses: list[str]) -> bool:
    """Whether these are the addresses one knows of the other."""
    return list(await one.read(lambda db: profiles.addresses(db, other.node))) == addresses


async def test_e4_only_settings_are_published_where_the_operator_says_so(tmp_path: Path) -> None:
    """``publish_addresses = false`` keeps invites and the listener out of the profile; a refusal names what to do."""
    async with organisations(tmp_path, 2, publish_addresses=False, addresses=("barn.example.org:7401",)) as (
        a,
        b,
    ):
        await pair(a, b)
        assert await a.published() == await b.published() == ["barn.example.org:7401"]
        for address, code in (
            ("barn.example.org:7401", "address-set"),
            ("192.0.2.1:7401", "address-unknown"),
        ):
            with pytest.raises(Refused) as refused:
                await a.run("peer.addresses", withhold=address)
            assert refused.value.code == code
