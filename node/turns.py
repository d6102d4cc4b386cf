"""Whose frame is looked at next, so that what peers say never takes the loop away from members' pages.

Law: frames of all connections together have one share of the loop's time; who waits for it waits in line, one frame a
turn, so a connection that floods delays itself and not another one's next frame. Source: PROTOCOL section 12.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from protocol.rates import Share

_MOST_WAITS: Final = 1_000  # sleeps for one turn: only own work that fills the loop by itself makes so many


class Turns:
    """The line of a node's connections, in front of the loop."""

    def __init__(self) -> None:
        self.waited = 0  # how often a frame had to wait, for metrics
        self._share = Share()
        self._line = asyncio.Lock()  # gives turns in the order they were asked for
        self._within = False

    async def turn(self) -> None:
        """Wait until a frame may be looked at."""
        if not self._line.locked() and self._share.wait(time.monotonic()) <= 0:
            return
        self.waited += 1
        async with self._line:
            wait = self._share.wait(time.monotonic())
            for _ in range(_MOST_WAITS):
                if wait <= 0:
                    return
                await asyncio.sleep(wait)
                wait = self._share.wait(time.monotonic())

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Count what is done inside, without a wait, as time of frames; what is inside of it counts once."""
        if self._within:
            yield
            return
        began = time.monotonic()
        self._within = True
        try:
            yield
        finally:
            self._within = False
            now = time.monotonic()
            self._share.used(now - began, now)
