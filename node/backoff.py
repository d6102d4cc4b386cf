"""How long to wait before the next dial.

Law: a plain machine, chance given; refusals and losses double a short wait, offences a long one, and a conversation
that lasted forgives both. Source: PROTOCOL section 4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from protocol.limits import OFFENCE_FIRST, OFFENCE_MAX, REDIAL_FIRST, REDIAL_MAX

SETTLED: Final = 60.0  # a connection that lasted this many seconds was not the peer's trouble
JITTER: Final = (
    0.5  # of the wait is left to chance, so that nodes that lost each other together do not meet together
)


class Backoff:
    """The waits of one address book entry; ``chance()`` gives [0, 1)."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._lost = 0
        self._offended = 0

    def forgive(self) -> None:
        """Begin anew: something changed, or the peer was well behaved for long enough."""
        self._lost = self._offended = 0

    def after(self, *, lasted: float, offence: bool) -> float:
        """Seconds to wait after a connection that lasted so long (0: it never stood)."""
        if lasted >= SETTLED and not offence:
            self.forgive()
        if offence:
            wait = min(OFFENCE_FIRST << min(self._offended, 16), OFFENCE_MAX)
            self._offended += 1
        else:
            wait = min(REDIAL_FIRST << min(self._lost, 16), REDIAL_MAX)
            self._lost += 1
        return wait * (1 - JITTER * self._chance())
