"""When an event is, and whether it is still to come. Source: DOMAIN section 3, area *events*.

Law: the clock is given. An event that says no end is taken to be over a day after it began.
"""

from __future__ import annotations

from typing import Final

from protocol.rules.moments import DAY, begins, lasts_until

STATES: Final = ("scheduled", "running", "over", "cancelled")


def over_at(start: str, end: str | None) -> int:
    """When an event is over, POSIX ms."""
    return lasts_until(end) if end is not None else begins(start) + DAY


def event_state(starts: int, ends: int, now: int, *, cancelled: bool) -> str:
    """One of STATES."""
    if cancelled:
        return "cancelled"
    if now >= ends:
        return "over"
    return "running" if now >= starts else "scheduled"


def is_orderly(start: str, end: str | None) -> bool:
    """Whether an event ends after it begins."""
    return end is None or begins(start) < lasts_until(end)
