"""Who attacks the besieged node: each in a process of its own, with its own open files, until it is told to stop.

Law: nothing a stranger, a peer or a member of bad will could not do over a socket; bounded in number, and as fast as
the node lets it. What came of it is told at the end. Source: QUALITY "Threats".
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import resource
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from aiohttp import WSMsgType

from node.bench.besieged import Aim
from node.bench.nodes import Neighbour
from node.link import Link
from node.openfiles import raise_limit
from node.transport import MeetingFailed, Place
from protocol.frame_types import Fetch, Frame, Note, Seen, Want
from protocol.frames import encode
from protocol.ids import Feed, node_id
from protocol.limits import MAX_CHANGES, MAX_FETCH, MIB

IDLE: Final = 1_024
BODIES: Final = 2_000
PAGES: Final = 2_100
AGAIN_SECONDS: Final = 3.0  # a browser comes back to its stream after so long
FILE: Final = 8 * MIB
_HOST: Final = "127.0.0.1"

Told = Counter[str]
Attack = Callable[[Aim, Path, Told], Awaitable[None]]


def attacker(pipe: Connection, name: str, aim: Aim, folder: Path) -> None:
    """The process: says when it has begun, ends at a word, and tells what it counted."""
    raise_limit()
    asyncio.run(_attacker(pipe, name, aim, folder))


async def _attacker(pipe: Connection, name: str, aim: Aim, folder: Path) -> None:
    told: Told = Counter({"files": resource.getrlimit(resource.RLIMIT_NOFILE)[0]})
    work = asyncio.ensure_future(ATTACKS[name](aim, folder, told))
    pipe.send("begun")
    with contextlib.suppress(EOFError):
        await asyncio.to_thread(pipe.recv)
    work.cancel()
    ended = await asyncio.gather(work, return_exceptions=True)
    if isinstance(ended[0], Exception):
        told[repr(ended[0])[:200]] += 1
    pipe.send(dict(told))


# ── connections ──────────────────────────────────────────────────────────────────────────────────────────────


async def _hold(port: int, said: bytes, told: Told, after: float = 0.0) -> None:
    """Open a connection, say this, keep it as long as it lasts; then open the next."""
    while True:
        try:
            reader, writer = await asyncio.open_connection(_HOST, port)
        except OSError:
            told["not let in"] += 1
            await asyncio.sleep(1)
            continue
        told["opened"] += 1
        try:
            writer.write(said)
            first = await reader.readline()
            told[f"answer {first[9:12].decode('ascii', 'replace')}"] += bool(first)
            while await reader.read(65_536):
                pass
        except OSError:
            told["cut off"] += 1
        finally:
            writer.close()
        await asyncio.sleep(after)


async def _many(count: int, port: int, said: Callable[[int], bytes], told: Told, after: float) -> None:
    await asyncio.gather(*(_hold(port, said(number), told, after) for number in range(count)))


async def _idle(aim: Aim, _folder: Path, told: Told) -> None:
    said = b"GET /log/0/checkpoint HTTP/1.1\r\nHost: localhost\r\n\r\n"
    await _many(IDLE, aim.peer, lambda _: said, told, 0.1)


async def _bodies(aim: Aim, _folder: Path, told: Told) -> None:
    said = b"POST /add-checkpoint HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\nold 0\n"
    await _many(BODIES, aim.peer, lambda _: said, told, 0.1)


def _get(path: str, cookie: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode()


async def _pages(aim: Aim, _folder: Path, told: Told) -> None:
    cookies = itertools.cycle(aim.cookies)
    each = [_get("/live?topics=pitches,library", next(cookies)) for _ in range(PAGES)]
    await _many(PAGES, aim.web, lambda number: each[number], told, AGAIN_SECONDS)


async def _office(aim: Aim, _folder: Path, told: Told) -> None:
    """Members behind one address: each has a stream open, and reads a page now and then."""
    await asyncio.gather(*(_member(aim, cookie, told) for cookie in aim.cookies))


async def _member(aim: Aim, cookie: str, told: Told) -> None:
    stream = asyncio.ensure_future(_hold(aim.web, _get("/live?topics=pitches", cookie), told, AGAIN_SECONDS))
    rng = random.Random(cookie)  # noqa: S311 - the same times every time
    try:
        while True:
            await asyncio.sleep(60 * rng.random())
            reader, writer = await asyncio.open_connection(_HOST, aim.web)
            writer.write(_get("/pitches", cookie).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            told[f"page {(await reader.read())[9:12].decode('ascii', 'replace')}"] += 1
            writer.close()
    finally:
        stream.cancel()


async def _upload(aim: Aim, _folder: Path, told: Told) -> None:
    """Another file each time, without end."""
    head = (
        f"POST /api/v1/blobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {aim.token}\r\n"
        f"Content-Type: video/mp4\r\nContent-Length: {FILE}\r\nConnection: close\r\n\r\n"
    ).encode()
    for number in itertools.count():
        try:
            reader, writer = await asyncio.open_connection(_HOST, aim.web)
            writer.write(head + number.to_bytes(8, "big") + bytes(FILE - 8))
            told[f"answer {(await reader.readline())[9:12].decode('ascii', 'replace')}"] += 1
            writer.close()
        except OSError:
            told["cut off"] += 1
        await asyncio.sleep(0.01)


# ── frames ───────────────────────────────────────────────────────────────────────────────────────────────────


async def _flood(aim: Aim, folder: Path, told: Told, frames: Callable[[random.Random], Frame]) -> None:
    """Say frames as fast as they are read; come back when let go."""
    neighbour = await asyncio.to_thread(Neighbour, folder)
    rng = random.Random(1)  # noqa: S311 - the same names every time
    ready = [encode(frames(rng)) for _ in range(64)]
    async with neighbour.up():
        while True:
            try:
                link = await neighbour.network.transport.dial(aim.node, Place(_HOST, aim.peer))
                told["met"] += 1
                await _talk(link, ready, told)
            except (OSError, RuntimeError, MeetingFailed) as error:
                told[f"let go: {str(error)[:40]}"] += 1
            await asyncio.sleep(1)


async def _talk(link: Link, ready: list[bytes], told: Told) -> None:
    wire, session = link._wire, link.session

    async def read() -> None:
        while (message := await wire.receive()).type in {WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG}:
            if message.type is WSMsgType.PING:
                await wire.pong(message.data)
            told["frames heard"] += message.type is WSMsgType.BINARY

    reading = asyncio.ensure_future(read())
    try:
        for data in itertools.cycle(ready):
            await wire.send_bytes(session.send.encrypt(data))
            told["frames said"] += 1
            if reading.done():
                return
    finally:
        reading.cancel()
        await wire.close()


def _note(rng: random.Random) -> Note:
    names = (Feed(node_id(rng.randbytes(20)), rng.randrange(16)) for _ in range(MAX_CHANGES))
    return Note(
        tuple(Seen(feed, rng.randrange(1, 2**40), rng.randbytes(8), rng.randbytes(4)) for feed in names)
    )


async def _notes(aim: Aim, folder: Path, told: Told) -> None:
    await _flood(aim, folder, told, _note)


async def _wants(aim: Aim, folder: Path, told: Told) -> None:
    own = Feed(aim.node, 0)

    def one(rng: random.Random) -> Frame:
        start = rng.randrange(1_000)
        if rng.random() < 0.5:
            return Want(own, start, 1)
        return Fetch(own, tuple(rng.randrange(2_000) for _ in range(MAX_FETCH)))

    await _flood(aim, folder, told, one)


ATTACKS: Final[Mapping[str, Attack]] = {
    "1,024 idle connections from one address": _idle,
    "2,000 unfinished bodies from one address": _bodies,
    "NOTE as fast as it goes, from a stranger": _notes,
    "NOTE as fast as it goes, from a pinned peer": _notes,
    "WANT and FETCH as fast as it goes, from a stranger": _wants,
    "WANT and FETCH as fast as it goes, from a pinned peer": _wants,
    "2,100 open pages": _pages,
    "a member who sends files without end": _upload,
    "300 members behind one address": _office,
}
"""By what the row is called; frames come from the node whose keys lie in the folder."""
