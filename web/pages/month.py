"""A month as a table of weeks, and the way from one month to the next.

Law: a day is the reader's: an event stands on each day it lasts in her zone. Weeks begin as her language's calendar has
them. Nothing here reads a clock. Source: WEB "Pages" (events).
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import Calendar
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, get_day_names, get_month_names

from store.views.shapes import EventItem
from web.formats import Formats, parse_moment

FIRST_YEAR, LAST_YEAR = 2000, 2199  # what a link may name
DAYS_SHOWN: Final = 14  # of one event: a longer one stands on its first days
_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


class Day(NamedTuple):
    """A day of the table; days of the months beside are there to fill the weeks."""

    day: dt.date
    inside: bool
    today: bool
    events: list[EventItem]


class Month(NamedTuple):
    """``name`` as in "March 2027", ``weekdays`` short and long in the order of the table; ``key`` as in ``2027-03``.

    ``previous`` and ``following``: key and name without the year.
    """

    key: str
    name: str
    weekdays: list[tuple[str, str]]
    weeks: list[list[Day]]
    previous: tuple[str, str]
    following: tuple[str, str]

    @property
    def days(self) -> list[Day]:
        """The days of the month something is on."""
        return [day for week in self.weeks for day in week if day.inside and day.events]


def first_of(typed: str, today: dt.date) -> dt.date:
    """The first day of the month named, else of this one."""
    found = _MONTH.fullmatch(typed)
    year, month = (int(found[1]), int(found[2])) if found else (today.year, today.month)
    return dt.date(min(max(year, FIRST_YEAR), LAST_YEAR), month, 1)


def bounds(first: dt.date, zone: ZoneInfo) -> tuple[int, int]:
    """From when to when a month lasts in a zone, POSIX ms."""
    ends = (dt.datetime.combine(day, dt.time(), zone) for day in (first, _shifted(first, 1)))
    since, until = (int(end.timestamp() * 1000) for end in ends)
    return since, until


def month_of(first: dt.date, items: Iterable[EventItem], formats: Formats) -> Month:
    """The table of a month with what is on."""
    on = _by_day(items, formats.zone)
    today = formats.now.astimezone(formats.zone).date()
    starts = formats.locale.first_week_day
    weeks = [
        [Day(day, day.month == first.month, day == today, on.get(day, [])) for day in week]
        for week in Calendar(starts).monthdatescalendar(first.year, first.month)
    ]
    names = get_month_names("wide", "stand-alone", formats.locale)
    before, after = (_shifted(first, months) for months in (-1, 1))
    return Month(
        _key(first),
        format_skeleton("yMMMM", first, locale=formats.locale),
        _weekdays(formats, starts),
        weeks,
        (_key(before), names[before.month]),
        (_key(after), names[after.month]),
    )


def _weekdays(formats: Formats, starts: int) -> list[tuple[str, str]]:
    short, long = (get_day_names(width, locale=formats.locale) for width in ("abbreviated", "wide"))
    return [(short[day % 7], long[day % 7]) for day in range(starts, starts + 7)]


def _by_day(items: Iterable[EventItem], zone: ZoneInfo) -> dict[dt.date, list[EventItem]]:
    found: dict[dt.date, list[EventItem]] = {}
    for item in items:
        for day in days_of(item, zone):
            found.setdefault(day, []).append(item)
    return found


def days_of(item: EventItem, zone: ZoneInfo) -> Sequence[dt.date]:
    """The days an event is on: of one that says no end only the first."""
    first = _day(item["start"], zone)
    if first is None:
        return []
    last = (_day(item["end"], zone) if item["end"] else None) or first
    length = min(max((last - first).days, 0) + 1, DAYS_SHOWN)
    return [first + dt.timedelta(days=ahead) for ahead in range(length)]


def _day(value: str, zone: ZoneInfo) -> dt.date | None:
    moment = parse_moment(value)
    return moment.astimezone(zone).date() if isinstance(moment, dt.datetime) else moment


def _shifted(first: dt.date, months: int) -> dt.date:
    at = first.year * 12 + first.month - 1 + months
    return dt.date(at // 12, at % 12 + 1, 1)


def _key(first: dt.date) -> str:
    return f"{first:%Y-%m}"
