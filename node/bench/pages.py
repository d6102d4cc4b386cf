"""Pages and search out of a town of 100,000 pitches and a million records.

Law: asked over a socket as a signed-in member, each page at many addresses, so that nothing is measured that was just
made. Rates are taken on a few connections at once, beside a trivial handler of the same process right before; delays on
one, as a reader sees them. Search is held against its own FTS5 query on the same file. Source: QUALITY "Benchmarks".
"""

from __future__ import annotations

import asyncio
import itertools
import random
import sqlite3
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, NamedTuple

from node.bench import samples, serving, town
from node.bench.nodes import Neighbour, process
from node.bench.serving import Sites, Standing
from node.bench.table import Plan, Row, Step, median_of, percentile
from protocol.records.lists import KINDS, OPPORTUNITIES, TOPICS
from store import search
from store.opening import open_reader
from store.store import DATABASE
from store.views.listing import encode

_SHARE: Final = 1 / 20  # of the trivial handler's rate
_P99_MS: Final = 50.0
_SEARCH: Final = 2.0  # times the query alone
_DEEP: Final = 50  # different places in the middle of the list
_HITS: Final = 20  # of a search by API that says nothing else


class Town(NamedTuple):
    """What addresses are made of: pitches with all there is on a page, cursors far down the list, words to look for."""

    reader: str
    pitches: list[str]
    cursors: list[str]
    words: list[str]


def rows(plan: Plan, step: Step) -> Iterator[Row]:
    """Lists, a pitch, the other rooms; then search."""
    folder = plan.folder / "town"
    step(f"a town of {plan.records} records")
    found = _build(folder, plan.records)
    with process(serving.site, folder, found.reader) as pipe:
        sites = pipe.recv()
        for name, paths in _paths(found).items():
            asked = partial(_page_run, pipe, sites, list(itertools.islice(paths, plan.asked)))
            yield _page_row(plan, step, name, asked)
        yield _search_row(plan, sites, step, folder, found.words)


def _build(folder: Path, count: int) -> Town:
    clock = Standing(town.NOW)
    neighbour = Neighbour(folder, clock=clock)
    try:
        town.fill(neighbour.store, neighbour.house.own, count, clock.set)
        lives = list(town.pitches(neighbour.node, count))
        cursors = neighbour.store.database.read(_cursors).result()
    finally:
        neighbour.store.close()
    rng = random.Random(count)  # noqa: S311 - the same words every time
    words = [word for word in samples.text(rng, 20_000).split() if len(word) > len("with")]
    return Town(lives[len(lives) // 2][0], [pitch for _, pitch in lives], cursors, words)


def _cursors(db: sqlite3.Connection) -> list[str]:
    """Places in the middle half of the list, among pitches that wait for nothing."""
    (count,) = db.execute("SELECT count(*) FROM pitches").fetchone()
    steps = range(count // 4, 3 * count // 4, max(count // 2 // _DEEP, 1))
    found = (
        db.execute("SELECT fresh, id FROM pitches ORDER BY fresh, id LIMIT 1 OFFSET ?", (at,)) for at in steps
    )
    return [
        encode(1, town.NOW, -(2**62), fresh, id_) for ((fresh, id_),) in (rows.fetchall() for rows in found)
    ]


def _paths(found: Town) -> Mapping[str, Iterator[str]]:
    """Addresses of each row, without end."""
    rng = random.Random(1)  # noqa: S311 - the same addresses every time

    def each(make: Callable[[], str]) -> Iterator[str]:
        return iter(make, None)

    return {
        "page of 25 pitches": itertools.repeat("/pitches"),
        "page of 25 pitches, far down": (f"/pitches?cursor={at}" for at in itertools.cycle(found.cursors)),
        "page of 25 pitches, of a topic": (f"/pitches?topic={topic}" for topic in itertools.cycle(TOPICS)),
        "page of 25 pitches, three filters": each(
            lambda: (
                f"/pitches?state=open&asks={rng.choice(KINDS[1:])}&opportunity={rng.choice(OPPORTUNITIES)}"
            )
        ),
        "page of 25 pitches, with a word": (f"/pitches?q={word}" for word in itertools.cycle(found.words)),
        "a pitch page": each(lambda: f"/pitches/{rng.choice(found.pitches)}"),
        "page of hits": (f"/search?q={word}" for word in itertools.cycle(found.words)),
        "Home": itertools.repeat("/"),
        "My barn": itertools.repeat("/mine"),
        "Library": itertools.repeat("/library"),
        "Events": itertools.repeat("/events"),
        "Circles": itertools.repeat("/circles"),
        "People": itertools.repeat("/people"),
        "Impact": itertools.repeat("/impact"),
    }


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────


def _page_row(
    plan: Plan, step: Step, name: str, asked: Callable[[], Coroutine[Any, Any, dict[str, float]]]
) -> Row:
    runs = []
    for number in range(plan.runs):
        step(f"{name}: run {number + 1}")
        runs.append(asyncio.run(asked()))
    found = median_of(runs)
    return Row(
        what=f"{name}, of {plan.records // 10:,} pitches",
        measured=f"{found['pages_per_second']:,.0f}/s, p99 {found['p99_ms']:.0f} ms",
        yardstick=f"{found['trivial_per_second']:,.0f}/s, a trivial handler",
        goal=f"≥ 1/{1 / _SHARE:.0f}, p99 ≤ {_P99_MS:.0f} ms",
        ratio=found["ratio"],
        met=found["ratio"] >= _SHARE and found["p99_ms"] <= _P99_MS,
        figures=found,
    )


async def _page_run(pipe: Connection, sites: Sites, paths: Sequence[str]) -> dict[str, float]:
    trivial = await serving.rate(sites.trivial, ["/"] * (10 * len(paths)))
    used = _used(pipe)
    delays = await serving.ask(sites.pages, paths, sites.cookie)
    used = _used(pipe) - used
    pages = await serving.rate(sites.pages, paths, sites.cookie)
    return {
        "pages_per_second": pages,
        "trivial_per_second": trivial,
        "ratio": pages / trivial,
        "p50_ms": 1000 * percentile(delays, 0.5),
        "p99_ms": 1000 * percentile(delays, 0.99),
        "cpu_ms": 1000 * used / len(paths),
    }


def _used(pipe: Connection) -> float:
    """Processor seconds the serving process has used."""
    pipe.send(None)
    used: float = pipe.recv()
    return used


# ── search ───────────────────────────────────────────────────────────────────────────────────────────────────


def _search_row(plan: Plan, sites: Sites, step: Step, folder: Path, words: Sequence[str]) -> Row:
    runs = []
    for number in range(plan.runs):
        step(f"search: run {number + 1}")
        some = words[number * plan.asked : (number + 1) * plan.asked]
        runs.append(asyncio.run(_search_run(sites, folder / DATABASE, some)))
    found = median_of(runs)
    return Row(
        what=f"search among {plan.records:,} records",
        measured=f"{found['search_ms']:.1f} ms, p99 {found['p99_ms']:.0f} ms",
        yardstick=f"{found['query_ms']:.1f} ms, the FTS5 query alone",
        goal=f"≤ {_SEARCH:g}",
        ratio=found["ratio"],
        met=found["ratio"] <= _SEARCH,
        figures=found,
    )


async def _search_run(sites: Sites, path: Path, words: Sequence[str]) -> dict[str, float]:
    alone = await asyncio.to_thread(_queries, path, words)
    delays = await serving.ask(sites.pages, [f"/api/v1/search?q={word}" for word in words], sites.cookie)
    return {
        "search_ms": 1000 * sum(delays) / len(words),
        "query_ms": 1000 * sum(alone) / len(words),
        "ratio": sum(delays) / sum(alone),
        "p99_ms": 1000 * percentile(delays, 0.99),
    }


def _queries(path: Path, words: Sequence[str]) -> list[float]:
    """Seconds each word takes FTS5 alone: the rows it ranks first, and nothing of them."""
    found = []
    with closing(open_reader(path)) as db:
        for word in words:
            began = time.perf_counter()
            search.ranked(db, word, _HITS)
            found.append(time.perf_counter() - began)
    return found
