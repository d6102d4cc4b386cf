"""The whole node in this process, watched for blocking calls: pages, peers, commands, start and stop in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar

from node import asking
from node.founding import Profile, found
from node.house import House, open_house
from node.runner import running
from store import accounts
from store.database import Tx
from tests.kit.nodes import barnraise
from tests.node.test_pairing import do

WORDS = "four unrelated brown words"
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
    facts = asking.running(house.data)
    assert facts is not None
    return asking.ask(facts, name, arguments)


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


async def test_what_ran_out_is_thrown_away_at_the_start(houses: list[House]) -> None:
    def ran_out(tx: Tx) -> None:
        accounts.add_link(tx, b"yesterday", "member-invite", expires=tx.now - 1)

    database = houses[0].store.database
    await asyncio.wrap_future(database.write(ran_out))
    async with running(houses[0]):
        await asyncio.wrap_future(database.write(lambda _tx: None))  # after what the node has begun
        left = database.read(
            lambda db: db.execute("SELECT 1 FROM links WHERE hash = ?", (b"yesterday",)).fetchone()
        )
        assert await asyncio.wrap_future(left) is None


async def test_a_member_reset_from_the_shell_comes_back_by_one_link(houses: list[House]) -> None:
    here = houses[0]
    async with running(here) as facts:
        web, data = facts["url"], here.data
        link = (await do(lambda: barnraise("member", "invite", data=data))).strip()
        async with _browser(web) as before:
            typed = {"name": "Clerk", "interface": "en", "password": WORDS}
            assert (await _asked(before, "POST", link, data=typed))[1].endswith("/card")
            token = (await do(lambda: barnraise("token", "create", "--member", "Clerk", data=data))).strip()
            program = {"Authorization": f"Bearer {token}"}
            assert (await _asked(before, "GET", f"{web}/settings"))[0] == 200
            assert (await _asked(before, "GET", f"{web}/api/v1/state_hash", headers=program))[0] == 200
            async with before.get(f"{web}/live?topics=members") as stream:
                link = (await do(lambda: barnraise("member", "reset", "Clerk", data=data))).strip()
                async with asyncio.timeout(10):
                    await stream.read()  # it ends
            assert (await _asked(before, "GET", f"{web}/settings"))[0] == 303
            assert (await _asked(before, "GET", f"{web}/api/v1/state_hash", headers=program))[0] == 401
            known = {"name": "Clerk", "password": WORDS, "to": "/"}
            assert (await _asked(before, "POST", f"{web}/sign-in", data=known))[0] == 422
            assert (await _asked(before, "GET", link))[0] == 200, "looking spends nothing"
            assert await _asked(before, "POST", link) == (303, "/settings"), (
                "there she makes a way in of her own"
            )
            assert (await _asked(before, "POST", f"{web}/settings/password", data={"new": WORDS}))[0] == 303
            assert (await _asked(before, "POST", link))[0] == 410, "once"
        async with _browser(web) as after:
            assert (await _asked(after, "POST", f"{web}/sign-in", data=known)) == (303, "/")


def _browser(web: str) -> ClientSession:
    return ClientSession(headers={"Origin": web}, cookie_jar=CookieJar(unsafe=True))


async def _asked(browser: ClientSession, method: str, url: str, **sent: Any) -> tuple[int, str]:
    """Status, and where it leads."""
    async with browser.request(method, url, allow_redirects=False, **sent) as answer:
        return answer.status, answer.headers.get("Location", "")
