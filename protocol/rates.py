"""How fast a peer may push: a token bucket whose clock is given to it.

Law: being over a rate is never an offence, it is a time to wait; reading stops for that long and nothing is lost.
Source: PROTOCOL section 12.
"""

from __future__ import annotations

from collections import deque

from protocol.limits import (
    BURST,
    BYTES_PER_SECOND,
    FRAMES_PER_SECOND,
    FRAMES_SHARE,
    NAMES_BURST,
    NAMES_PER_SECOND,
    PINNED_FACTOR,
    SHARE_WINDOW,
)


class Bucket:
    """Holds up to ``burst`` and fills at ``rate`` a second; begins full.

    What is taken is always taken: more than is there leaves a debt, and the wait is the time that pays it. So one
    frame larger than the burst still passes, and nothing starves.
    """

    __slots__ = ("_at", "_burst", "_level", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at: float | None = None

    def take(self, amount: float, now: float) -> float:
        """Take ``amount`` at ``now`` seconds; the seconds to wait before the next, 0 if none.

        A clock that steps back fills nothing and costs nothing.
        """
        passed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._at = now
        self._level = min(self._burst, self._level + passed * self._rate) - amount
        return max(0.0, -self._level / self._rate)


class Rates:
    """The buckets of one direction of a connection: frames, bytes, names.

    Pinned peers have ten times the frames and bytes; a name is work for whoever says it.
    """

    __slots__ = ("_bytes", "_frames", "_names")

    def __init__(self, *, pinned: bool) -> None:
        factor = PINNED_FACTOR if pinned else 1
        frames, size = FRAMES_PER_SECOND * factor, BYTES_PER_SECOND * factor
        self._frames = Bucket(frames, frames * BURST)
        self._bytes = Bucket(size, size * BURST)
        self._names = Bucket(NAMES_PER_SECOND, NAMES_BURST)

    def frame(self, length: int, names: int, now: float) -> float:
        """Count one frame of ``length`` bytes that names so many feeds or entries; seconds to wait before the next."""
        return max(self._frames.take(1, now), self._bytes.take(length, now), self._names.take(names, now))


class Share:
    """Time that one kind of work may take: ``most`` seconds of any stretch of ``window``, in the long run too.

    Work is measured after it was done, so a piece longer than what was left passes and is waited for afterwards.
    """

    __slots__ = ("_bucket", "_done", "_most", "_ready", "_used", "_window")

    def __init__(self, most: float = FRAMES_SHARE, window: float = SHARE_WINDOW) -> None:
        self._most, self._window = most, window
        self._bucket = Bucket(most / window, most)
        self._ready = 0.0
        self._done: deque[tuple[float, float, float]] = deque()  # first and last end, time taken in all
        self._used = 0.0

    def used(self, seconds: float, now: float) -> None:
        """Count work that has just taken so long."""
        first, took = now, seconds
        if self._done and now - self._done[-1][0] < self._window / 20:  # kept together: a bounded table
            first, _, before = self._done.pop()
            took += before
        self._done.append((first, now, took))
        self._used += seconds
        self._ready = now + self._bucket.take(seconds, now)

    def wait(self, now: float) -> float:
        """Seconds until more may be done, 0 if now. The clock never goes back."""
        while (
            self._done and self._done[0][1] + self._window <= now
        ):  # as ``full`` is worked out, to the last bit
            self._used -= self._done.popleft()[2]
        if not self._done:
            self._used = 0.0
        owed = self._ready - now
        full = self._done[0][1] + self._window - now if self._used >= self._most else 0.0
        return max(owed, full, 0.0)
