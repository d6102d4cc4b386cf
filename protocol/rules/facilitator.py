"""The manager named on a pitch: what she stands for, and until when.

Law: only the last attest of the member the owner named counts, and only while she is named. She gates nothing.
Sources: DOMAIN R9, R16.
"""

from __future__ import annotations

from typing import Final

from protocol.rules.moments import DAY, lasts_until

ATTEST_DAYS: Final = 14  # from being asked; then it is shown as not attested
STATES: Final = ("asked", "attested", "not-attested", "attest-lapsed")


def due_at(asked_at: int) -> int:
    """By when she should have said something, POSIX ms."""
    return asked_at + ATTEST_DAYS * DAY


def facilitator_state(asked_at: int, now: int, *, attests: bool = False, until: str | None = None) -> str:
    """One of STATES. ``attests``: her last attest stands for something; one that stands for nothing takes it back.

    ``asked_at`` is when the owner named her, POSIX ms; ``until`` a date of her last attest.
    """
    if attests:
        return "attest-lapsed" if until is not None and now >= lasts_until(until) else "attested"
    return "not-attested" if now >= due_at(asked_at) else "asked"
