"""What the parts below cost by themselves, measured in the same run as what is built on them."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, NamedTuple

from aiohttp import ClientSession, WSMsgType, web

from protocol.crypto import Ed25519Signer, verify
from protocol.records.knowledge import ArtifactPublish
from protocol.records.people import MemberIntroduce
from protocol.records.pitches import PitchOpen
from protocol.rules.pitches import fold
from store.opening import open_writer
from store.payloads import Item, every
from store.views import artifacts, member_rows, pitch_settled
from store.views.texts import Doc, Stems, doc

_SEARCH: Final = (
    f"INSERT INTO search (rowid, {', '.join(Doc._fields[1:])})"  # noqa: S608 - names of our own columns
    f" VALUES ({', '.join('?' * len(Doc._fields))})"
)


class Spent(NamedTuple):
    """Seconds by the wall and of the processor; the second is what a busy machine does not change much."""

    wall: float
    cpu: float


def bare(source: Path, target: Path, tables: Sequence[str], *, search: bool = False) -> Spent:
    """What one transaction with one ``executemany`` a table takes for these rows of the source, durable."""
    held = sqlite3.connect(source)
    wanted = [(table, held.execute(f"SELECT * FROM {table}").fetchall()) for table in tables]  # noqa: S608
    docs = _docs(held) if search else []
    held.close()
    db = open_writer(target)
    began = Spent(time.perf_counter(), time.process_time())
    db.execute("BEGIN IMMEDIATE")
    for table, rows in wanted:
        marks = ", ".join("?" * len(rows[0])) if rows else ""
        if rows:
            db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
    db.executemany(_SEARCH, docs)
    db.execute("COMMIT")
    spent = Spent(time.perf_counter() - began.wall, time.process_time() - began.cpu)
    db.close()
    for file in target.parent.glob(f"{target.name}*"):
        file.unlink()
    return spent


def _docs(db: sqlite3.Connection) -> list[Doc]:
    """The rows of the search index, which keeps no text, worked out again from the log."""
    stems, found = Stems(), []
    for no, node in db.execute("SELECT no, node FROM feeds").fetchall():
        for _, item in every(db, node, no):
            if isinstance(item, Item) and (row := _doc(item, stems)) is not None:
                found.append(row)
    return found


def _doc(item: Item, stems: Stems) -> Doc | None:
    match item.record:
        case PitchOpen() as pitch:
            return pitch_settled.document(item.key, fold(None, pitch, item.time), stems)
        case ArtifactPublish() as artifact:
            return doc(
                item.key, "artifact", list(artifact.title.items()), artifacts.other_texts(artifact), stems
            )
        case MemberIntroduce() as card:
            return member_rows.document(item.key, card, stems)
    return None


def signatures(count: int) -> float:
    """Signatures verified a second, one at a time, each over a line as long as a header."""
    signer = Ed25519Signer.from_seed(bytes(32))
    signed = [(data, signer.sign(data)) for data in (index.to_bytes(46, "big") for index in range(count))]
    began = time.perf_counter()
    good = sum(verify(signer.public, data, signature) for data, signature in signed)
    return good / (time.perf_counter() - began)


def fsync(path: Path) -> float:
    """Seconds until a few hundred bytes appended to a file are on the disk."""
    with path.open("ab") as file:
        began = time.perf_counter()
        file.write(bytes(512))
        file.flush()
        os.fsync(file.fileno())
        return time.perf_counter() - began


async def echoes(port: int, count: int, size: int) -> list[float]:
    """Seconds of each of ``count`` round trips of ``size`` bytes over a WebSocket to ``echo`` on loopback."""
    found = []
    async with ClientSession() as session, session.ws_connect(f"ws://127.0.0.1:{port}/") as wire:
        for _ in range(count):
            began = time.perf_counter()
            await wire.send_bytes(bytes(size))
            await wire.receive()
            found.append(time.perf_counter() - began)
    return found


def echo(pipe: Connection) -> None:
    """The process that answers ``echoes``: sends its port, ends with the pipe."""
    asyncio.run(_echo(pipe))


async def _echo(pipe: Connection) -> None:
    runner = web.AppRunner(_echo_app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send(runner.addresses[0][1])
    await asyncio.to_thread(pipe.poll, None)
    await runner.cleanup()


def _echo_app() -> web.Application:
    async def echo(request: web.Request) -> web.WebSocketResponse:
        wire = web.WebSocketResponse(compress=False)
        await wire.prepare(request)
        async for message in wire:
            if message.type is WSMsgType.BINARY:
                await wire.send_bytes(message.data)
        return wire

    app = web.Application()
    app.add_routes([web.get("/", echo)])
    return app
