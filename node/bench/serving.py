"""A node's pages in a process of their own, and a client that asks for them as fast as they come.

Law: pages and yardstick are served by one process, one loop; the client takes no more than it must, so that what is
measured is the server. Every answer is looked at: one that is not the page is an error, never a quick page.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, NamedTuple

from aiohttp import web

from node import memory
from node.bench import town
from node.bench.nodes import Neighbour
from node.config import Bind
from node.listening import bound, listening
from node.port import NodePort
from protocol.errors import LocalError
from store import accounts
from store.database import Tx
from web.app import create_app, make_runner
from web.guards import cookie_name
from web.topics import Hub

SECRET: Final = "a-session-of-the-bench"  # noqa: S105 - opens a store that is thrown away
CONNECTIONS: Final = 4  # at once, where a rate is measured
_HOST: Final = "127.0.0.1"


class Standing:
    """A clock that stands still, or where it is told to."""

    shown: str | None = None

    def __init__(self, now: int) -> None:
        self.now = now

    def set(self, now: int) -> None:
        """Let it be another time."""
        self.now = now

    def ms(self) -> int:
        """POSIX milliseconds."""
        return self.now

    def monotonic(self) -> float:
        """The machine's own."""
        return time.monotonic()


class Sites(NamedTuple):
    """Ports of the pages and of the trivial handler, and the header that signs in."""

    pages: int
    trivial: int
    cookie: str


# ── the process that serves ──────────────────────────────────────────────────────────────────────────────────


def site(pipe: Connection, folder: Path, member: str) -> None:
    """The process: sends its Sites, then the processor time it has used for every word it gets; ends with the pipe."""
    memory.settle()
    asyncio.run(_site(pipe, folder, member))


async def _site(pipe: Connection, folder: Path, member: str) -> None:
    neighbour = await asyncio.to_thread(Neighbour, folder, clock=Standing(town.NOW))
    await neighbour.write(lambda tx: _sign_in(tx, member))
    async with neighbour.up(), AsyncExitStack() as up:
        pages = await up.enter_async_context(_pages(neighbour))
        trivial = await up.enter_async_context(_trivial())
        pipe.send(Sites(pages, trivial, f"{cookie_name(neighbour.node, secure=False)}={SECRET}"))
        while await asyncio.to_thread(_next, pipe):
            pipe.send(time.process_time())
    await asyncio.to_thread(neighbour.store.close)


def _sign_in(tx: Tx, member: str) -> None:
    account = accounts.by_name(tx.db, "reader") or accounts.add(tx, "reader", language="en")
    accounts.set_member(tx, account.id, member)
    hash_ = hashlib.sha256(SECRET.encode()).digest()
    accounts.end_sessions(tx, account.id)
    accounts.begin_session(tx, account.id, hash_, expires=tx.now + town.AGE, agent="bench")


@asynccontextmanager
async def _pages(neighbour: Neighbour) -> AsyncIterator[int]:
    port = NodePort(neighbour.house, neighbour.network, Hub())
    await port.refresh()
    app = await asyncio.to_thread(create_app, port)
    sock = bound(Bind(_HOST, 0))
    async with listening(make_runner(app), sock):
        yield sock.getsockname()[1]


@asynccontextmanager
async def _trivial() -> AsyncIterator[int]:
    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.add_routes([web.get("/", hello)])
    sock = bound(Bind(_HOST, 0))
    async with listening(web.AppRunner(app, access_log=None), sock):
        yield sock.getsockname()[1]


def _next(pipe: Connection) -> bool:
    try:
        pipe.recv()
    except EOFError:
        return False
    return True


# ── the client ───────────────────────────────────────────────────────────────────────────────────────────────


async def ask(port: int, paths: Iterable[str], cookie: str = "") -> list[float]:
    """Seconds of each answer, asked for one after the other on one connection."""
    reader, writer = await asyncio.open_connection(_HOST, port)
    found = []
    for path in paths:
        began = time.perf_counter()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {_HOST}\r\nCookie: {cookie}\r\n\r\n".encode())
        await answered(reader, path)
        found.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()
    return found


async def answered(reader: asyncio.StreamReader, path: str) -> None:
    """Take one answer whole. LocalError if it is not the page."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200 "):
        raise LocalError(f"no page: {path}: {head[:40]!r}")
    await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]))


async def rate(port: int, paths: Sequence[str], cookie: str = "") -> float:
    """Answers a second, asked for on several connections at once."""
    began = time.perf_counter()
    await asyncio.gather(*(ask(port, paths[at::CONNECTIONS], cookie) for at in range(CONNECTIONS)))
    return len(paths) / (time.perf_counter() - began)
