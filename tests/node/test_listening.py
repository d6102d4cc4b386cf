"""Listeners under strangers who open connections and dawdle."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSMsgType, web

from node import listening as module
from node.config import Bind
from node.listening import address_of, bound, listening
from protocol.errors import Refused
from tests.kit.nodes import logging_to


async def _hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def _echo(request: web.Request) -> web.WebSocketResponse:
    wire = web.WebSocketResponse()
    await wire.prepare(request)
    async for message in wire:
        await wire.send_bytes(message.data)
    return wire


@asynccontextmanager
async def up() -> AsyncIterator[str]:
    """Where the listener is."""
    app = web.Application()
    app.add_routes([web.get("/", _hello), web.get("/echo", _echo)])
    sock = bound(Bind("127.0.0.1", 0))
    async with listening(web.AppRunner(app, access_log=None, handler_cancellation=True), sock):
        yield address_of(sock)


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
    monkeypatch: pytest.MonkeyPatch, drops: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(module, "FIRST_REQUEST_SECONDS", 0.05)
    async with up() as address:
        assert await dawdle(address, *drops) == b""


async def test_a_request_in_drops_that_ends_in_time_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    async with up() as address:
        answer = await dawdle(address, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r", b"\n\r", b"\n")
        assert answer.endswith(b"hello")


async def test_a_conversation_outlives_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_REQUEST_SECONDS", 0.05)
    async with up() as address, ClientSession() as session:
        async with session.ws_connect(f"http://{address}/echo") as wire:
            assert await dawdle(address) == b"", "by now the patience is over"
            await wire.send_bytes(b"still here")
            message = await wire.receive(5)
            assert (message.type, message.data) == (WSMsgType.BINARY, b"still here")
        async with session.get(f"http://{address}/") as answer:
            assert await answer.text() == "hello"


async def test_beyond_the_maximum_new_connections_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_OPEN", 1)
    async with up() as address, ClientSession() as session:
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
async def test_who_comes_while_it_closes_is_hung_up_on(monkeypatch: pytest.MonkeyPatch, turns: int) -> None:
    monkeypatch.setattr(module, "FIRST_REQUEST_SECONDS", 0.05)
    async with up() as address:
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
