"""The whole node in this process, watched for blocking calls: pages, peers, commands, start and stop in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from node import control
from node.founding import Profile, found
from node.house import House, open_house
from node.runner import running
from tests.node.test_pairing import do

LOOPBACK = {"web": "127.0.0.1:0", "peer": "127.0.0.1:0", "discovery": False}


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[list[House]]:
    """Two founded and opened, one of them with its time from a file."""
    clock = tmp_path / "now"
    clock.write_text("2027-02-01T09:30:00-05:00")
    with ExitStack() as opened:
        made = []
        for name, file in (("Ministry of Jobs", None), ("City of Halifax", clock)):
            data = tmp_path / name
            found(data, Profile(name, "CA-NS", "ministry", None, ("en", "fr")))
            made.append(opened.enter_context(open_house(data, LOOPBACK, clock_file=file)))
        yield made


@asynccontextmanager
async def both(houses: list[House]) -> AsyncIterator[list[dict[str, Any]]]:
    async with running(houses[0]) as one, running(houses[1]) as two:
        yield [one, two]


def command(house: House, name: str, /, **arguments: Any) -> Any:
    """Over the control socket, as the shell does it."""
    facts = control.running(house.data)
    assert facts is not None
    return control.ask(facts, name, arguments)


async def test_two_nodes_in_one_process_without_a_blocking_call(houses: list[House]) -> None:
    here, there = houses
    async with both(houses) as (facts, _), ClientSession(f"http://{facts['web']}") as browser:
        code = (await do(lambda: command(here, "peer.invite")))["code"]
        assert (await do(lambda: command(there, "peer.add", code=code)))["state"] == "paired"
        member = (await do(lambda: command(there, "member.add", name="clerk, Halifax")))["id"]
        token = (await do(lambda: command(here, "token.create", member=a_member(here))))["token"]
        headers = {"Authorization": f"Bearer {token}"}

        async def person() -> int:
            async with browser.get(f"/api/v1/people/{member}", headers=headers) as answer:
                return answer.status

        for _ in range(400):
            if await person() == 200:
                break
            await asyncio.sleep(0.01)
        assert await person() == 200
        async with browser.get("/metrics") as answer:
            assert "barnraise_peers_connected 1" in await answer.text()
        async with browser.get("/healthz") as answer:
            assert (answer.status, (await answer.json())["healthy"]) == (200, True)


def a_member(house: House) -> str:
    return str(command(house, "member.add", name="analyst")["id"])


async def test_open_pages_hear_what_a_peer_said(houses: list[House]) -> None:
    here, there = houses
    async with both(houses) as (facts, _), ClientSession(f"http://{facts['web']}") as browser:
        code = (await do(lambda: command(here, "peer.invite")))["code"]
        await do(lambda: command(there, "peer.add", code=code))
        member = await do(a_member, here)
        token = (await do(lambda: command(here, "token.create", member=member)))["token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with browser.get("/live?topics=members", headers=headers) as stream:
            assert stream.status == 200
            await do(lambda: command(there, "member.add", name="clerk"))
            async with asyncio.timeout(10):
                while b"members" not in await stream.content.readline():
                    continue


async def test_stop_leaves_nothing_behind(houses: list[House]) -> None:
    before = asyncio.all_tasks()
    async with both(houses):
        assert (houses[0].data / "run.json").exists()
    assert not (houses[0].data / "run.json").exists()
    assert asyncio.all_tasks() == before
