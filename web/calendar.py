"""Events as calendars take them: one VEVENT for each, one VCALENDAR around some.

Law: an entry says what the page says to the same reader and names the link that opens at home; nothing here decides who
may read what. Hours are UTC: every calendar shows them in the zone of whoever looks. The same event gives the same
bytes, so a feed that did not change is not fetched twice. Source: RFC 5545, RFC 7986, WEB "Feeds".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final, Protocol

import icalendar

from protocol.ids import parse_entry
from store.views.shapes import Event, EventItem, PitchItem
from web.formats import parse_moment
from web.i18n import Text
from web.markdown import plain_words

TYPE: Final = "text/calendar"
DAY: Final = dt.timedelta(days=1)
PRODUCT: Final = "-//Barnraise//Barnraise//EN"


class Words(Protocol):
    """How texts are told to the reader: ``web.formats.Formats``."""

    def plain(self, field: Text | str, original: str | None = None) -> str: ...

    def label(self, value: str, list_name: str) -> str: ...

    def jurisdiction(self, code: str) -> str: ...


def calendar(entries: Iterable[icalendar.Event], name: str = "") -> bytes:
    """A VCALENDAR around entries of ``vevent``; ``name`` is what a subscribed calendar is called."""
    made = icalendar.Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    if name:
        made.add("name", name)
        made.add("x-wr-calname", name)
    for entry in entries:
        made.add_component(entry)
    return bytes(made.to_ical())


def vevent(event: EventItem | Event, words: Words, url: str) -> icalendar.Event:
    """One event in the reader's words. ``url`` is where a node's pages are; the entry links to ``/go/{id}`` there.

    Of an ``Event`` also its text and access are told; an ``EventItem`` has neither.
    """
    link = f"{url}/go/{event['id']}"
    entry = icalendar.Event()
    entry.add("uid", event["id"])
    entry.add("dtstamp", _utc(event["time"]))
    entry.add("sequence", _sequence(event))
    entry.add("summary", words.plain(event["title"], event["lang"]))
    entry.add("dtstart", _start(event))
    if (end := _end(event)) is not None:
        entry.add("dtend", end)
    entry.add("status", "CANCELLED" if event["state"] == "cancelled" else "CONFIRMED")
    if place := _place(event, words):
        entry.add("location", place)
    if event["topics"]:
        entry.add("categories", [words.label(topic, "topic") for topic in event["topics"]])
    entry.add("description", "\n\n".join([*_told(event, words), link]))
    entry.add("url", link)
    return entry


def pitch_days(item: PitchItem, words: Words, url: str) -> icalendar.Event | None:
    """The days of a pitch as an entry of whole days; None where it says none."""
    when = item["when"] or {}
    start, end = (_day(when.get(name)) for name in ("start", "end"))
    if start is None:
        return None
    link = f"{url}/go/{item['id']}"
    entry = icalendar.Event()
    entry.add("uid", f"{item['id']}-days")
    entry.add("dtstamp", _utc(item["time"]))
    entry.add("summary", words.plain(item["title"], item["lang"]))
    entry.add("dtstart", start)
    entry.add("dtend", max(end or start, start) + DAY)
    entry.add("description", link)
    entry.add("url", link)
    return entry


def _day(value: object) -> dt.date | None:
    """The day a moment names where it happens."""
    moment = parse_moment(value) if isinstance(value, str) else None
    return moment.date() if isinstance(moment, dt.datetime) else moment


def _utc(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds // 1000, dt.UTC)


def _sequence(event: EventItem | Event) -> int:
    """Grows with each revision: how far behind its first record the last one stands in the log."""
    version = event.get("version")
    if not isinstance(version, str) or version == event["id"]:
        return 0
    first, last = parse_entry(event["id"]), parse_entry(version)
    return max(1, last.index - first.index) if last.feed == first.feed else last.index + 1


def _start(event: EventItem | Event) -> dt.date:
    return _moment(event["start"]) or _utc(event["starts"])


def _end(event: EventItem | Event) -> dt.date | None:
    """As RFC 5545 has it: of the kind the start is, and the day after the last for whole days."""
    if not event["end"]:
        return None
    end, start = _moment(event["end"]), _start(event)
    if isinstance(start, dt.datetime):
        return end if isinstance(end, dt.datetime) else _utc(event["ends"])
    day = end.date() if isinstance(end, dt.datetime) else end
    return day + DAY if day is not None and day >= start else None


def _moment(value: str) -> dt.date | None:
    moment = parse_moment(value)
    return moment.astimezone(dt.UTC) if isinstance(moment, dt.datetime) else moment


def _place(event: EventItem | Event, words: Words) -> str:
    where = event["where"] or {}
    parts = [
        where.get("place"),
        words.jurisdiction(where["jurisdiction"]) if where.get("jurisdiction") else "",
    ]
    return ", ".join(part for part in parts if part) or (event["online"] or "")


def _told(event: EventItem | Event, words: Words) -> list[str]:
    """The bare words of the text, where to come online, and how it is made accessible."""
    fields = [event.get(name) for name in ("text", "access")]
    told = [plain_words(words.plain(field, event["lang"])) for field in fields if isinstance(field, dict)]
    return [*told, *([event["online"]] if event["online"] else [])]
