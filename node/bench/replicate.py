"""Rows 1 and 2: a log fetched from a peer over a real socket, against a bare ``executemany`` of the same rows.

Law: two processes and a loopback socket; the clock runs from the end of the handshake to the commit that makes the last
entry durable. "The same rows" are all the rows the replica holds in the end: log, views and search; in row 2 those of
the log. They are inserted by one statement a table, in one transaction, into the same schema with the same pragmas.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from node import memory
from node.bench import samples
from node.bench.nodes import Met, Neighbour, grown, host, peak_bytes, pin, process
from node.bench.table import MIB, Plan, Row, Step, median_of
from node.bench.yardsticks import Spent, bare
from protocol.gossip import signals as s
from store import views
from store.store import DATABASE

LOG: Final = ("feeds", "entries", "envelopes", "arrivals", "tiles", "heads")
VIEWS: Final = tuple(views.TABLES)


def rows(plan: Plan, step: Step) -> Iterator[Row]:
    """Both rows."""
    source = plan.folder / "source"
    step(f"a log of {plan.entries} entries of {samples.ENVELOPE} bytes")
    _prepare(source, plan.entries)
    with process(host, source) as pipe:
        for shown in (True, False):
            runs = []
            for number in range(plan.runs):
                step(f"replicate {plan.entries} entries{'' if shown else ', log only'}: run {number + 1}")
                runs.append(_run(plan, pipe, shown=shown))
            yield _row(plan, median_of(runs), shown=shown)


def _prepare(folder: Path, count: int) -> None:
    neighbour = Neighbour(folder)
    for indexes in samples.batches(count):
        neighbour.store.database.write(
            partial(samples.fill, own=neighbour.house.own, indexes=indexes)
        ).result()
    neighbour.store.close()


def _run(plan: Plan, source: Connection, *, shown: bool) -> dict[str, float]:
    """One replica in a process of its own, then the yardstick on what it wrote."""
    folder = plan.folder / "replica"
    source.send(None)
    with process(_replica, folder, source.recv(), plan.entries, shown) as pipe:
        found: dict[str, float] = pipe.recv()
    log = bare(folder / DATABASE, plan.folder / "bare.db", LOG)
    tables = (*LOG, *VIEWS) if shown else LOG
    whole = bare(folder / DATABASE, plan.folder / "bare.db", tables, search=shown)
    shutil.rmtree(folder)
    rate = plan.entries / found["seconds"]
    return {
        **found,
        "entries_per_second": rate,
        "bare_entries_per_second": plan.entries / whole.wall,
        "ratio": whole.wall / found["seconds"],
        "ratio_to_log_rows": log.wall / found["seconds"],
        "ratio_of_cpu": whole.cpu / found["cpu_seconds"],
    }


def _replica(pipe: Connection, folder: Path, source: Met, size: int, shown: bool) -> None:
    memory.settle()
    pipe.send(asyncio.run(_fetch(folder, source, size, shown=shown)))


async def _fetch(folder: Path, source: Met, size: int, *, shown: bool) -> dict[str, float]:
    neighbour = await asyncio.to_thread(Neighbour, folder, shown=shown)
    async with neighbour.up():
        await pin(neighbour, source)
        began = Spent(0.0, 0.0)

        def whole(event: s.Event, outputs: list[s.Output]) -> bool:
            nonlocal began
            if isinstance(event, s.PeerUp):
                began = Spent(asyncio.get_running_loop().time(), time.process_time())
            return done(event, outputs)

        done = grown(source.feed, size)
        ended = asyncio.create_task(neighbour.seen(whole))
        await asyncio.sleep(0)
        await neighbour.network.meet(source.node)
        seconds = await ended - began.wall
        cpu = time.process_time() - began.cpu
        found = {"seconds": seconds, "cpu_seconds": cpu, "peak_bytes": float(peak_bytes())}
    if not shown:
        found["rebuild_seconds"] = await _rebuild(neighbour)
    await asyncio.to_thread(neighbour.store.close)
    return found


async def _rebuild(neighbour: Neighbour) -> float:
    began = time.perf_counter()
    await neighbour.write(lambda tx: views.rebuild(tx, neighbour.node))
    return time.perf_counter() - began


def _row(plan: Plan, found: dict[str, float], *, shown: bool) -> Row:
    peak, ratio = found["peak_bytes"], found["ratio"]
    goal = 0.5 if shown else 0.8
    return Row(
        what=f"replicate {plan.entries:,} entries of 500 B" + ("" if shown else ", log only"),
        measured=f"{found['entries_per_second']:,.0f}/s, {peak / MIB:.0f} MiB",
        yardstick=f"{found['bare_entries_per_second']:,.0f}/s bare executemany",
        goal=f"≥ {goal}" + (", ≤ 150 MB" if shown else ""),
        ratio=ratio,
        met=ratio >= goal and (not shown or peak <= 150e6),
        figures=found,
    )
