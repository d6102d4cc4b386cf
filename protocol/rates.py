"""How fast a peer may push: a token bucket whose clock is given to it.

Law: being over a rate is never an offence, it is a time to wait; reading stops for that long and nothing is lost.
Source: PROTOCOL section 12.
"""

from __future__ import annotations

from protocol.limits import BURST, BYTES_PER_SECOND, FRAMES_PER_SECOND, PINNED_FACTOR


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
    """Both buckets of one direction of a connection: frames and bytes; pinned peers have ten times as much."""

    __slots__ = ("_bytes", "_frames")

    def __init__(self, *, pinned: bool) -> None:
        factor = PINNED_FACTOR if pinned else 1
        frames, size = FRAMES_PER_SECOND * factor, BYTES_PER_SECOND * factor
        self._frames = Bucket(frames, frames * BURST)
        self._bytes = Bucket(size, size * BURST)

    def frame(self, length: int, now: float) -> float:
        """Count one frame of ``length`` bytes at ``now`` seconds; the seconds to wait before the next."""
        return max(self._frames.take(1, now), self._bytes.take(length, now))
