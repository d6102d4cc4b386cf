"""When the engine wants to be woken, and when it asks a peer anew.

Law: deadlines are looked at once a TICK while anything is under way; else only the next resync wakes anybody.
Source: PROTOCOL sections 6 and 7.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from protocol.frame_types import Since
from protocol.gossip.peer import Peer
from protocol.limits import FULL_RESYNC_SECONDS, RESYNC_SECONDS, TICK_SECONDS


class Calendar:
    """``chance()`` gives [0, 1): which peer is asked."""

    __slots__ = ("_chance", "_full_at", "_resync_at", "_wake_at")

    def __init__(self, chance: Callable[[], float], now: float) -> None:
        self._chance = chance
        self._resync_at = now + RESYNC_SECONDS
        self._full_at = now + FULL_RESYNC_SECONDS
        self._wake_at = 0.0

    def resync(self, peers: Sequence[Peer], now: float) -> tuple[Peer, Since] | None:
        """Whom to ask what changed, if it is time: one random peer, once a day from the beginning."""
        idle = [peer for peer in peers if not peer.awaits(Since)]
        if not idle or now < min(self._resync_at, self._full_at):
            return None
        peer = idle[int(self._chance() * len(idle))]
        self._resync_at = now + RESYNC_SECONDS
        if now < self._full_at:
            return peer, Since(peer.generation, peer.cursor)
        self._full_at = now + FULL_RESYNC_SECONDS
        return peer, Since(None, 0)

    def wake(self, now: float, *, busy: bool) -> float | None:
        """A new time to be woken at, if the one planned does not serve."""
        at = now + TICK_SECONDS if busy else max(min(self._resync_at, self._full_at), now + TICK_SECONDS)
        if now < self._wake_at <= at:
            return None
        self._wake_at = at
        return at
