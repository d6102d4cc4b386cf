"""Listeners under strangers who open connections and dawdle."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSMsgType, web

from node.caller import Patience
from node.config import Bind
from node.crowd import Shares
from node.listening import PEER_COMING, Coming, Listener, Rules, address_of, bound, listening
from protocol.errors import Refused
from tests.kit.nodes import logging_to, until
from web.seats import SEAT


async def _hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def _echo(request: web.Request) -> web.WebSocketResponse:
    wire = web.WebSocketResponse()
    await wire.prepare(request)
    async for message in wire:
        await wire.send_bytes(message.data)
    return wire


async def _body(request: web.Request) -> web.Response:
    if request.query.get("as"):
        assert request.app[SEAT](request, int(request.query["as"]))
    return web.Response(text=str(len(await request.read())))


QUICK = Patience(head=0.05, body=0.05, member_body=5, idle=0.05)
LONG = Patience(head=30, body=30, member_body=30, idle=30)
MANY = Shares(100, 100, 100, 100)


@asynccontextmanager
async def door(
    patience: Patience = LONG,
    shares: Shares = MANY,
    proxies: tuple[str, ...] = (),
    coming: Coming = PEER_COMING,
) -> AsyncIterator[tuple[str, Listener]]:
    """Where the listener is, and the listener."""
    app = web.Application()
    app.add_routes([web.get("/", _hello), web.get("/echo", _echo), web.post("/body", _body)])
    sock = bound(Bind("127.0.0.1", 0))
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, lingering_time=0.1)
    async with listening(runner, sock, Rules("test", shares, patience, proxies, coming)) as listener:
        yield address_of(sock), listener


@asynccontextmanager
async def up(patience: Patience = LONG, shares: Shares = MANY) -> AsyncIterator[str]:
    """Where the listener is."""
    async with door(patience, shares) as (address, _):
        yield address


async def dawdle(address: str, *drops: bytes) -> bytes:
    """Say this, then nothing; what comes until the other side hangs up."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for drop in drops:
        writer.write(drop)
        await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


@pytest.mark.parametrize(
    "drops", [(), (b"GET / HTTP/1.1\r\n", b"Host: a\r\n"), (b"GET / HTTP/1.1\r\nHost: a\r\n\r",)]
)
async def test_who_says_no_whole_request_is_hung_up_on(
    drops: tuple[bytes, ...],
) -> None:
    async with up(QUICK) as address:
        assert await dawdle(address, *drops) == b""


async def test_a_request_in_drops_that_ends_in_time_is_answered() -> None:
    async with up() as address:
        answer = await dawdle(address, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r", b"\n\r", b"\n")
        assert answer.endswith(b"hello")


async def test_a_conversation_outlives_the_patience() -> None:
    async with up(QUICK) as address, ClientSession() as session:
        async with session.ws_connect(f"http://{address}/echo") as wire:
            assert await dawdle(address) == b"", "by now the patience is over"
            await wire.send_bytes(b"still here")
            message = await wire.receive(5)
            assert (message.type, message.data) == (WSMsgType.BINARY, b"still here")
        async with session.get(f"http://{address}/") as answer:
            assert await answer.text() == "hello"


async def test_beyond_the_maximum_new_connections_are_closed() -> None:
    async with up(shares=Shares(1, 1, 1, 1)) as address, ClientSession() as session:
        async with session.ws_connect(f"http://{address}/echo"):
            assert await dawdle(address, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == b""
        async with session.get(f"http://{address}/") as answer:
            assert answer.status == 200


def test_an_address_that_is_taken_is_refused() -> None:
    first = bound(Bind("127.0.0.1", 0))
    with first, pytest.raises(Refused, match="address-in-use"):
        bound(Bind(*first.getsockname()))
    with pytest.raises(Refused, match="address-in-use"):
        bound(Bind("192.0.2.1", 0))


@pytest.mark.parametrize("turns", range(4))
async def test_who_comes_while_it_closes_is_hung_up_on(turns: int) -> None:
    async with up(QUICK) as address:
        host, _, port = address.rpartition(":")
        late = socket.create_connection((host, int(port)))
        for _ in range(turns):
            await asyncio.sleep(0)
    late.setblocking(False)
    with late, contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(asyncio.get_running_loop().sock_recv(late, 1), 5) == b""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    """The file of lines a node keeps."""
    with logging_to(tmp_path) as file:
        yield file


async def test_what_cannot_be_read_is_answered_and_not_quoted_in_the_log(kept: Path) -> None:
    async with up() as address:
        said = await dawdle(address, b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer s3cret\x00\r\n\r\n")
    assert said.partition(b" ")[2].startswith(b"400 ")
    (line,) = (await asyncio.to_thread(kept.read_text)).splitlines()
    assert "s3cret" not in line


# ── shares and deadlines ─────────────────────────────────────────────────────────────────────────────────────


async def opened(address: str, said: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(said)
    await writer.drain()
    return reader, writer


async def hello(address: str, headers: str = "") -> bytes:
    """The first line of an answer, whatever else is open."""
    reader, writer = await opened(address, f"GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n".encode())
    try:
        return await asyncio.wait_for(reader.readline(), 10)
    finally:
        writer.close()


UNFINISHED = b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf"
ANSWERED = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize(
    "said", [b"", b"GET / HT", UNFINISHED, ANSWERED], ids=["nothing", "head", "body", "idle"]
)
async def test_c1_who_fills_its_share_leaves_the_listener_open(said: bytes) -> None:
    """Idle keep-alive connections or unfinished bodies from one address: the next request, even from there, is answered."""
    async with door(shares=Shares(50, 10, 20, 10)) as (address, listener):
        writers = [(await opened(address, said))[1] for _ in range(40)]
        await until(lambda: listener.crowd.causes["made-room"] >= 30)
        assert (await hello(address)).startswith(b"HTTP/1.1 200")
        assert len(listener.crowd) <= 10
        for writer in writers:
            writer.close()


@pytest.mark.parametrize(
    ("said", "cause"), [(UNFINISHED, "slow-body"), (ANSWERED, "idle"), (ANSWERED + b"|GE", "slow-head")]
)
async def test_c1_bodies_pauses_and_later_heads_have_deadlines(said: bytes, cause: str) -> None:
    """A deadline for a body, for silence between two requests, and for the second head as for the first."""
    async with door(QUICK) as (address, listener):
        first, _, later = said.partition(b"|")
        reader, writer = await opened(address, first)
        with contextlib.suppress(ConnectionResetError):
            if later:
                await reader.readuntil(b"hello")
                writer.write(later)
            await asyncio.wait_for(reader.read(), 5)
        writer.close()
        await until(lambda: not len(listener.crowd))
        assert listener.crowd.causes[cause] == 1


async def test_c1_a_members_body_may_take_longer_and_counts_for_her() -> None:
    """A signed-in member on a slow line is not a stranger who dawdles."""
    async with door(QUICK) as (address, listener):
        reader, writer = await opened(address, UNFINISHED.replace(b"/body", b"/body?as=7"))
        await until(lambda: any(listener.crowd.is_member(one) for one in listener._callers.values()))
        with contextlib.suppress(ConnectionResetError):
            assert await dawdle(address, UNFINISHED) == b"", "a stranger is hung up on meanwhile"
        writer.write(b"x" * 96)
        assert b" 200 " in await asyncio.wait_for(reader.readline(), 5)
        writer.close()


async def test_c1_a_proxy_in_the_settings_speaks_for_many_and_no_other_does() -> None:
    """X-Forwarded-For counts from configured proxies only: 30 people behind one, each with a share of her own."""
    said = [
        f"POST /body HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.{n}.1\r\nContent-Length: 9\r\n\r\n"
        for n in range(30)
    ]
    async with door(shares=Shares(50, 2, 4, 10), proxies=("127.0.0.1",)) as (address, listener):
        writers = [(await opened(address, one.encode()))[1] for one in said]
        await until(lambda: len(listener.crowd) == 30)
        assert (await hello(address, "X-Forwarded-For: 192.0.99.1\r\n")).startswith(b"HTTP/1.1 200")
        assert not listener.crowd.causes
        for writer in writers:
            writer.close()
    async with door(shares=Shares(50, 2, 4, 10)) as (address, listener):
        writers = [(await opened(address, one.encode()))[1] for one in said]
        await until(lambda: listener.crowd.causes["made-room"] >= 28)
        for writer in writers:
            writer.close()


async def test_c1_without_descriptors_the_listener_waits_a_moment_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Too many open files: the listener rests, once each time, instead of asking again and again."""
    monkeypatch.setattr("node.listening.PAUSE_SECONDS", 0.001)
    async with door() as (address, listener):
        real, fails = listener._sock, iter(range(100))

        class Out:
            def accept(self) -> object:
                if next(fails, None) is not None:
                    raise OSError(errno.EMFILE, "Too many open files")
                return real.accept()

            def __getattr__(self, name: str) -> object:
                return getattr(real, name)

        listener._loop.remove_reader(real)
        listener._sock = Out()  # type: ignore[assignment]
        listener._go_on()
        assert (await hello(address)).startswith(b"HTTP/1.1 200")
        assert listener.crowd.causes["no-descriptors"] == 100
        listener._loop.remove_reader(real)
        listener._sock = real
        listener._go_on()


async def test_c1_what_is_open_is_in_the_metrics() -> None:
    """Connections there are, and hang-ups by cause."""
    async with door(QUICK) as (address, listener):
        assert await dawdle(address) == b""
        told = {metric.name: metric.values for metric in listener.metrics()}
        assert told["test_connections"] == {"": 0}
        assert told["test_hangups_total"]["slow-head"] == 1


async def test_c1_who_opens_connections_without_end_is_slowed_before_anything_is_made_of_them() -> None:
    """Who is cut off and comes back at once, thousands of times a second, takes a bounded part of the loop."""
    slow = Coming(rate=0.001, burst=5, share=1.0)
    async with door(coming=slow) as (address, listener):
        last = ANSWERED.replace(b"Host", b"Connection: close\r\nHost")
        let_in = [await dawdle(address, last) != b"" for _ in range(8)]
        assert let_in == [True] * 6 + [False] * 2
        assert listener.crowd.causes["too-fast"] == 2
    async with door() as (address, listener):
        waited = iter([0.02] * 3)
        listener._share = Waits(waited)  # type: ignore[assignment]
        for _ in range(4):
            assert (await hello(address)).startswith(b"HTTP/1.1 200")
        assert next(waited, None) is None, "it let nobody in while its share was used up, and then went on"


class Waits:
    """A share that is used up so often."""

    def __init__(self, waits: Iterator[float]) -> None:
        self._waits = waits

    def used(self, _seconds: float, _now: float) -> None:
        pass

    def wait(self, _now: float) -> float:
        return next(self._waits, 0.0)
