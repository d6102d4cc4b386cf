"""Events as calendars take them: UTC hours, whole days, revisions that count, words that stay words."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import icalendar

from store.views.shapes import Event
from web import zones
from web.calendar import calendar, vevent
from web.formats import Formats
from web.i18n import Language, catalogues

NODE = "a" * 32
HOME = "https://barn.example.org"
CATALOGUES = catalogues()


def _words(language: Language = "en") -> Formats:
    return Formats(
        language,
        CATALOGUES[language],
        zones.zone("America/Vancouver"),
        dt.datetime(2027, 1, 1, tzinfo=dt.UTC),
    )


def _event(**changes: Any) -> Event:
    base = {
        "id": f"{NODE}-0-7",
        "title": {"en": "What Halifax changed", "fr": "Ce que Halifax a changé"},
        "lang": "en",
        "start": "2027-03-25T12:00:00-07:00",
        "end": "2027-03-25T13:00:00-07:00",
        "starts": 1_806_001_200_000,
        "ends": 1_806_004_800_000,
        "state": "scheduled",
        "online": "https://example.org/room",
        "where": None,
        "topics": ["citizen-services"],
        "text": {"en": "Bring **one** form; and a question, please."},
        "access": {"en": "Live captions"},
        "time": 1_797_854_400_000,
        "version": f"{NODE}-0-7",
    }
    return cast(Event, base | changes)


def _read(event: Event, language: Language = "en") -> Any:
    whole = icalendar.Calendar.from_ical(calendar([vevent(event, _words(language), HOME)], "Barnraise"))
    [entry] = whole.walk("VEVENT")
    return entry


def test_an_event_says_what_the_page_says() -> None:
    entry = _read(_event())
    assert entry["summary"] == "What Halifax changed"
    assert entry.decoded("dtstart") == dt.datetime(2027, 3, 25, 19, tzinfo=dt.UTC)
    assert entry.decoded("dtend") == dt.datetime(2027, 3, 25, 20, tzinfo=dt.UTC)
    assert entry["location"] == "https://example.org/room"
    assert entry["url"] == f"{HOME}/go/{NODE}-0-7" and entry["uid"] == f"{NODE}-0-7"
    assert entry["status"] == "CONFIRMED" and entry["sequence"] == 0
    assert "Bring one form; and a question, please." in entry["description"]
    assert "Live captions" in entry["description"] and entry["url"] in entry["description"]
    assert _read(_event(), "fr")["summary"] == "Ce que Halifax a changé"


def test_whole_days_end_the_day_after_the_last() -> None:
    entry = _read(_event(start="2027-03-25", end="2027-03-26"))
    assert entry.decoded("dtstart") == dt.date(2027, 3, 25)
    assert entry.decoded("dtend") == dt.date(2027, 3, 27)
    assert "dtend" not in _read(_event(end=None))
    mixed = _read(_event(start="2027-03-25", end="2027-03-26T12:00:00Z"))
    assert mixed.decoded("dtend") == dt.date(2027, 3, 27)


def test_a_revision_counts_and_a_cancelled_event_says_so() -> None:
    assert _read(_event(version=f"{NODE}-0-12"))["sequence"] == 5
    assert _read(_event(version=f"{'b' * 32}-0-3"))["sequence"] == 4
    assert _read(_event(state="cancelled"))["status"] == "CANCELLED"


def test_words_never_become_lines_of_the_calendar() -> None:
    title = "One\r\nEND:VEVENT\r\nBEGIN:VALARM; a, b \\ c"
    raw = calendar([vevent(_event(title={"en": title}), _words(), HOME)])
    assert raw.count(b"\r\nEND:VEVENT") == 1 and b"\r\nBEGIN:VALARM" not in raw
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert "BEGIN:VALARM; a, b \\ c" in _read(_event(title={"en": title}))["summary"]


def test_the_same_event_gives_the_same_bytes() -> None:
    once, twice = (calendar([vevent(_event(), _words(), HOME)], "Mine") for _ in range(2))
    assert once == twice
