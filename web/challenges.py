"""Challenges of passkeys that wait for their answer.

Law: a challenge is answered once, by the browser it was made for, for the purpose it was made for, within five
minutes. In memory only, the time is an argument, the table never outgrows its maximum: after a restart a member
presses the button again. Source: W3C Web Authentication Level 3, section 13.4.3.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import Final, NamedTuple

MAX_CHALLENGES: Final = 5_000  # a stranger may ask for them; under 2 MB
LIFE_MS: Final = 5 * 60 * 1000  # to find the phone and touch it
SIZE: Final = 32


class Challenge(NamedTuple):
    """``challenge`` and ``handle`` are random bytes, ``purpose`` and ``bound`` say what it may be used for."""

    challenge: bytes
    handle: bytes
    purpose: str
    bound: bytes
    expires: int


class Challenges:
    """Waiting challenges by the hash of the secret in the browser's cookie."""

    def __init__(self, most: int = MAX_CHALLENGES) -> None:
        self._most = most
        self._waiting: OrderedDict[bytes, Challenge] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def make(
        self, holder: bytes, purpose: str, bound: bytes, now: int, handle: bytes | None = None
    ) -> Challenge:
        """A fresh one for this holder; the one it had is void."""
        self._waiting.pop(holder, None)
        made = Challenge(
            secrets.token_bytes(SIZE), handle or secrets.token_bytes(SIZE), purpose, bound, now + LIFE_MS
        )
        self._waiting[holder] = made
        while len(self._waiting) > self._most:
            self._waiting.popitem(last=False)
        return made

    def take(self, holder: bytes, purpose: str, bound: bytes, now: int) -> Challenge | None:
        """The holder's challenge, used up; None when there is none for this purpose, or it is too old."""
        found = self._waiting.pop(holder, None)
        if found is None or found.expires <= now or (found.purpose, found.bound) != (purpose, bound):
            return None
        return found
