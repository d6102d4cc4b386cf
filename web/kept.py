"""Figures that are slow to count, kept for a while: nobody waits for what was counted a moment ago.

Law: what is quickly counted is never kept, so a small node always tells the numbers of now. What is slow is told again
for a hundred times as long as it took, then once more while it is counted anew: counting takes one part in a hundred of
a processor, and never a reader's patience. The same for every member, so one count serves all. Lives on the event loop.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from protocol.ids import NodeId
from store.views import impact, state_hash
from store.views.shapes import Impact, ImpactFilters, Viewer
from web.port import Port

QUICK: Final = 0.05  # seconds: what takes less is counted whenever it is asked for
TIMES: Final = 100  # what took a second is told for a hundred
DIGEST_TIMES: Final = 10  # what took a second is not done again for ten
LONGEST: Final = 3_600.0  # seconds: older figures are not shown, whoever waits
PATIENCE: Final = 30.0  # seconds a count may take: half of what a request may
MOST: Final = 100  # choices of filters kept, 2 MB; the one asked for longest ago is forgotten


class Counted(NamedTuple):
    """Figures, the POSIX ms they are of, what they cost in seconds and when that was, by a clock that only goes on."""

    figures: Impact
    at: int
    cost: float
    done: float


Counting = asyncio.Future[Counted]


class KeptFigures:
    """Impact by the filters it is narrowed with."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._kept: OrderedDict[ImpactFilters, Counted] = OrderedDict()
        self._counting: dict[ImpactFilters, Counting] = {}

    def __len__(self) -> int:
        return len(self._kept)

    async def get(self, filters: ImpactFilters) -> Counted:
        """The figures; counted now if they are not kept or older than LONGEST."""
        kept = self._kept.get(filters)
        age = time.monotonic() - kept.done if kept else LONGEST
        if kept is None or age >= LONGEST:
            return await asyncio.shield(self.begin(filters))
        self._kept.move_to_end(filters)
        if age > kept.cost * TIMES:
            self.begin(filters)
        return kept

    def begin(self, filters: ImpactFilters) -> Counting:
        """Count, unless that has begun; what comes of it is kept."""
        counting = self._counting.get(filters)
        if counting is None:
            job = partial(_count, node=self._port.node, filters=filters, clock=self._port.clock)
            work = self._port.store.database.read(job, seconds=PATIENCE)
            counting = self._counting[filters] = asyncio.wrap_future(work)
            counting.add_done_callback(partial(self._done, filters))
        return counting

    def _done(self, filters: ImpactFilters, counting: Counting) -> None:
        del self._counting[filters]
        if counting.cancelled() or counting.exception() is not None:
            return
        found = counting.result()
        self._kept.pop(filters, None)
        if found.cost >= QUICK:
            self._kept[filters] = found
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)


class KeptDigest:
    """The hash of all that is shown: walked through once after each change, by one at a time, and seldom if it is long.

    Whoever asks is told of the state when she asked or of a later one, never of an earlier.
    """

    def __init__(self, port: Port) -> None:
        self._port = port
        self._kept: tuple[int, str] = (-1, "")
        self._line = asyncio.Lock()
        self._rested = 0.0

    async def get(self) -> str:
        """The digest."""
        database = self._port.store.database
        wanted = database.commits
        async with self._line:
            if self._kept[0] < wanted:
                await asyncio.sleep(max(0.0, self._rested - time.monotonic()))
                began, seen = time.monotonic(), database.commits
                found = await asyncio.wrap_future(database.read(state_hash, seconds=PATIENCE))
                self._kept, done = (seen, found), time.monotonic()
                self._rested = done + DIGEST_TIMES * (done - began) if done - began >= QUICK else 0.0
            return self._kept[1]


def _count(
    db: sqlite3.Connection, *, node: NodeId, filters: ImpactFilters, clock: Callable[[], int]
) -> Counted:
    """In a reader's thread: the time may come from a file."""
    began, now = time.monotonic(), clock()
    found = impact.figures(db, Viewer(None, None, node, "guest"), filters, now=now)
    done = time.monotonic()
    return Counted(found, now, done - began, done)
