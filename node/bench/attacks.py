"""What members feel while somebody attacks: eight readers ask for pages before, during and after, an honest peer syncs.

Law: one node, one attack at a time, readers and attackers in processes of their own. The yardstick is the same node a
moment before; the goal is a p99 within three times of it. Source: QUALITY "Threats" and "Benchmarks".
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, NamedTuple

from node import memory
from node.bench.attackers import ATTACKS, attacker
from node.bench.besieged import Aim, Known, State, besieged
from node.bench.nodes import Met, Neighbour, pin, process
from node.bench.serving import answered
from node.bench.table import Plan, Row, Step, median_of, percentile
from node.identity import create
from node.transport import Place
from protocol.gossip import signals as s
from protocol.ids import Feed

READERS: Final = 8
PATHS: Final = ("/pitches", "/", "/library", "/people")
SECONDS: Final = 12.0  # of each phase at scale 1: some hundreds of pages
STRENGTH_SECONDS: Final = 8.0  # thousands of connections are open by then
LEAST_SECONDS: Final = 0.6
RECORDS: Final = 4_000  # of the town: a node in use
MOST_TIMES: Final = 3.0  # of the quiet p99
SETTLE_SECONDS: Final = 0.2  # what was said last may still be on its way
SAID_EVERY: Final = 0.5  # seconds between two records the honest peer has to get
_HOST: Final = "127.0.0.1"


class Felt(NamedTuple):
    """What readers and the honest peer met in one phase: seconds."""

    pages: list[float]
    synced: list[float]


def rows(plan: Plan, step: Step) -> Iterator[Row]:
    """A row an attack."""
    seconds = max(LEAST_SECONDS, SECONDS * min(1.0, plan.asked / 200))
    strangers, pinned = plan.folder / "stranger", plan.folder / "peer"
    known = tuple(Known(create(folder).keyring.notes, folder is pinned) for folder in (strangers, pinned))
    with ExitStack() as up:
        node = up.enter_context(process(besieged, plan.folder / "node", min(plan.records, RECORDS), known))
        aim: Aim = node.recv()
        honest = up.enter_context(process(honest_peer, plan.folder / "honest", aim))
        honest.recv()
        _phase(node, honest, aim, min(5.0, seconds))  # what is made at the first look is made
        for name in ATTACKS:
            folder = pinned if "pinned" in name else strangers
            runs = []
            for number in range(plan.runs):
                step(f"{name}: run {number + 1}")
                runs.append(_run(node, honest, aim, name, folder, seconds))
            yield _row(name, median_of(runs))


def _run(  # noqa: PLR0917 - what a run is made of
    node: Connection, honest: Connection, aim: Aim, name: str, folder: Path, seconds: float
) -> dict[str, float]:
    quiet, _ = _phase(node, honest, aim, seconds)
    with process(attacker, name, aim, folder) as attack:
        attack.recv()
        _phase(node, honest, aim, min(STRENGTH_SECONDS, seconds))  # until it has its full strength
        during, state = _phase(node, honest, aim, seconds)
        attack.send("stop")
        attack.recv()
    after, _ = _phase(node, honest, aim, seconds)
    figures = {"p99_times_quiet": percentile(during.pages, 0.99) / percentile(quiet.pages, 0.99)}
    for phase, felt in (("before", quiet), ("during", during), ("after", after)):
        figures[f"p50_ms_{phase}"] = 1000 * percentile(felt.pages, 0.5)
        figures[f"p99_ms_{phase}"] = 1000 * percentile(felt.pages, 0.99)
        figures[f"synced_{phase}"] = float(len(felt.synced))
        figures[f"synced_p99_ms_{phase}"] = 1000 * percentile(felt.synced, 0.99) if felt.synced else 0.0
    return figures | {"memory_mib": state.memory / 2**20, "descriptors": float(state.descriptors)}


def _row(name: str, found: dict[str, float]) -> Row:
    ratio = found["p99_times_quiet"]
    return Row(
        what=name,
        measured=f"pages p50 {found['p50_ms_during']:.0f}, p99 {found['p99_ms_during']:.0f} ms",
        yardstick=f"p50 {found['p50_ms_before']:.0f}, p99 {found['p99_ms_before']:.0f} ms, quiet",
        goal=f"≤ {MOST_TIMES:g}",
        ratio=ratio,
        met=ratio <= MOST_TIMES and found["synced_during"] > 0,
        figures=found,
    )


# ── readers ──────────────────────────────────────────────────────────────────────────────────────────────────


def _phase(node: Connection, honest: Connection, aim: Aim, seconds: float) -> tuple[Felt, State]:
    pages, said = asyncio.run(_ask(aim, seconds))
    node.send("state")
    state: State = node.recv()
    honest.send(None)
    held: dict[int, float] = honest.recv()
    return Felt(pages, [held[size] - at for size, at in said.items() if size in held]), state


async def _ask(aim: Aim, seconds: float) -> tuple[list[float], dict[int, float]]:
    end = time.monotonic() + seconds
    said: dict[int, float] = {}
    saying = asyncio.ensure_future(_say(aim, said))
    found = await asyncio.gather(*(_reader(aim, number, end) for number in range(READERS)))
    saying.cancel()
    await asyncio.gather(saying, return_exceptions=True)
    return [one for delays in found for one in delays], said


async def _reader(aim: Aim, number: int, end: float) -> list[float]:
    """Pages one after the other, as somebody who clicks on at once; a lost connection is opened again and counts."""
    found: list[float] = []
    cookie = aim.cookies[number]
    wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    for path in itertools.islice(itertools.cycle(PATHS), number, None):
        if time.monotonic() >= end:
            break
        began = time.perf_counter()
        while True:
            try:
                wire = wire or await asyncio.open_connection(_HOST, aim.web)
                wire[1].write(f"GET {path} HTTP/1.1\r\nHost: {_HOST}\r\nCookie: {cookie}\r\n\r\n".encode())
                await answered(wire[0], path)
                break
            except (OSError, asyncio.IncompleteReadError):
                if wire is not None:
                    wire[1].close()
                wire = None
                await asyncio.sleep(0.01)
        found.append(time.perf_counter() - began)
    if wire is not None:
        wire[1].close()
    return found


async def _say(aim: Aim, said: dict[int, float]) -> None:
    """Publish a record now and then by the API: how long is the log after each, and when that was."""
    for number in itertools.count():
        await asyncio.sleep(SAID_EVERY)
        body = json.dumps(
            {
                "type": "pitch.open",
                "title": {"en": f"While besieged {number} {time.time()}"},
                "why": {"en": "To see it go."},
                "opportunity": "course",
            }
        )
        began = time.time()
        answer = await _posted(aim, body)
        if b" 201 " in answer[:20]:
            entry = json.loads(answer.partition(b"\r\n\r\n")[2])["id"]
            said[int(entry.rpartition("-")[2]) + 1] = began


async def _posted(aim: Aim, body: str) -> bytes:
    """The whole answer to a record sent."""
    reader, writer = await asyncio.open_connection(_HOST, aim.web)
    try:
        writer.write(
            f"POST /api/v1/records HTTP/1.1\r\nHost: {_HOST}\r\nAuthorization: Bearer {aim.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
        )
        return await reader.read()
    finally:
        writer.close()


# ── the honest peer ──────────────────────────────────────────────────────────────────────────────────────────


def honest_peer(pipe: Connection, folder: Path, aim: Aim) -> None:
    """The process of a pinned peer: tells for every word when it came to hold which size of the node's log."""
    memory.settle()
    asyncio.run(_honest(pipe, folder, aim))


async def _honest(pipe: Connection, folder: Path, aim: Aim) -> None:
    neighbour = await asyncio.to_thread(Neighbour, folder)
    held: dict[int, float] = {}
    own = Feed(aim.node, 0)

    def watch(event: s.Event, _outputs: list[s.Output]) -> None:
        if isinstance(event, s.Grew) and event.feed == own and event.state.head is not None:
            held.update(dict.fromkeys(range(event.start + 1, event.state.head.size + 1), time.time()))

    neighbour.watch = watch
    async with neighbour.up():
        await pin(neighbour, Met(aim.node, own, Place(_HOST, aim.peer), aim.invite))
        await neighbour.network.meet(aim.node)
        pipe.send("met")
        while await asyncio.to_thread(_next, pipe):
            await asyncio.sleep(SETTLE_SECONDS)
            pipe.send(dict(held))
            held.clear()
    await asyncio.to_thread(neighbour.store.close)


def _next(pipe: Connection) -> bool:
    try:
        pipe.recv()
    except EOFError:
        return False
    return True
