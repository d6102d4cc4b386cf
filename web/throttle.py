"""How often somebody may try: a bounded table of recent tries by key.

Law: in memory only, the time is an argument, the table never outgrows its maximum. When it is full the key tried
longest ago is forgotten: who fills it from many addresses gains a few more tries at passwords of twelve characters.
Source: QUALITY "Threats" (password guessing).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

MAX_KEYS: Final = 10_000  # accounts and addresses remembered: under 2 MB


class Rate(NamedTuple):
    """``tries`` at once, then one more every ``seconds``."""

    tries: int
    seconds: int


SIGN_IN_ACCOUNT: Final = Rate(8, 60)  # a person mistypes; a guesser gets 1,440 a day
SIGN_IN_ADDRESS: Final = Rate(40, 10)  # an office behind one address signs in on Monday morning
JOIN_ADDRESS: Final = Rate(20, 30)  # links are 128 bits: this only bounds the hashing they can cause
PASSKEY_ADDRESS: Final = Rate(40, 10)  # as signing in: a challenge is made before it is known for whom
GUEST_ADDRESS: Final = Rate(5, 600)  # each shows something to a member
UPLOAD_ACCOUNT: Final = Rate(100, 10)  # a library is filled by hand


class Throttle:
    """Token buckets by key."""

    def __init__(self, most: int = MAX_KEYS) -> None:
        self._most = most
        self._buckets: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def allow(self, what: str, key: str, rate: Rate, now: int) -> bool:
        """Count one try at ``now`` (ms); False when it is one too many."""
        left, then = self._buckets.pop((what, key), (float(rate.tries), now))
        left = min(float(rate.tries), left + max(0, now - then) / 1000 / rate.seconds)
        allowed = left >= 1
        self._buckets[what, key] = (left - 1 if allowed else left, now)
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return allowed

    def forget(self, what: str, key: str) -> None:
        """Start afresh: who has signed in did not guess."""
        self._buckets.pop((what, key), None)
