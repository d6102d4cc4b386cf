"""Dates and times of records as points on one line: POSIX milliseconds.

Law: a bare date is that day wherever one may be on Earth: it begins with noon UTC of the day and lasts until
noon UTC of the next, when it has ended everywhere (DOMAIN R16). The texts were checked when read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

DAY: Final = 86_400_000
_NOON: Final = 12
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


def day_of(moment: str) -> date:
    """The calendar day a date or an instant names, in the zone it is written in."""
    return date.fromisoformat(moment[:10])


def begins(moment: str) -> int:
    """When a date begins, or the instant itself."""
    if len(moment) > 10:
        return (datetime.fromisoformat(moment) - _EPOCH) // _MS
    day = day_of(moment)
    return (datetime(day.year, day.month, day.day, _NOON, tzinfo=UTC) - _EPOCH) // _MS


def lasts_until(moment: str) -> int:
    """When a date has ended everywhere, or the instant itself."""
    return begins(moment) if len(moment) > 10 else begins(moment) + DAY
