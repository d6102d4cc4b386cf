"""What carries a pitch beyond its page: a letter in either language, its days for a calendar, its link as a picture.

Law: pure functions of the page and of the reader's words; nothing says more than the page says to the same reader, and
every one of them ends in the link that opens at home. Source: WEB "Pages" (share kit), "A link opens at home".
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import icalendar
import segno

from store.views.shapes import Pitch
from web.calendar import DAY
from web.formats import Formats, parse_moment
from web.i18n import N_, Labelled, Message
from web.markdown import plain_words

WHY_MOST: Final = 400  # characters of the reason told in a letter: mail programs cut long addresses
NEEDS_MOST: Final = 6  # asks named in a letter


class Dated(NamedTuple):
    """A day of a pitch: a key that stays, what it is, and from when until when as the record has it."""

    key: str
    what: Message
    start: str
    end: str | None = None


class Letter(NamedTuple):
    """An e-mail as it is copied or handed to a mail program."""

    language: str
    subject: str
    body: str

    @property
    def href(self) -> str:
        """The address that opens it in the reader's mail program."""
        return f"mailto:?subject={quote(self.subject, safe='')}&body={quote(self.body, safe='')}"


# ── the link as a picture ────────────────────────────────────────────────────────────────────────────────────


def qr_svg(link: str) -> bytes:
    """A QR code as SVG without style or script; black on white, whatever the page's colours."""
    made = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        made, kind="svg", border=3, light="#fff", svgclass=None, lineclass=None, omitsize=True
    )
    return made.getvalue()


# ── the days ─────────────────────────────────────────────────────────────────────────────────────────────────


def dates_of(pitch: Pitch) -> list[Dated]:
    """The days a pitch names, soonest first: the learning, pledges until, what is shared, first applied."""
    return sorted(_dates(pitch), key=lambda date: date.start)


def _dates(pitch: Pitch) -> Iterator[Dated]:
    when, window, plan = pitch["when"] or {}, pitch["window"] or {}, pitch["application"] or {}
    if start := when.get("start") or when.get("end"):
        yield Dated("learning", Message(N_("The learning itself")), start, when.get("end"))
    if closes := window.get("closes"):
        yield Dated("pledges", Message(N_("Last day for pledges")), closes)
    for item in pitch["sharing"]:
        if item["due"]:
            way = Labelled(item["avenue"] or "other", "avenue")
            yield Dated(f"sharing-{item['key']}", Message(N_("Shared: %(way)s"), {"way": way}), item["due"])
    if first := plan.get("first_date"):
        yield Dated("application", Message(N_("First day it is applied")), first)


def working_days(when: Mapping[str, Any] | None) -> int:
    """Mondays to Fridays from the first day to the last; 0 while one of them is not known."""
    first, last = (_day(value) for value in ((when or {}).get("start"), (when or {}).get("end")))
    if first is None or last is None or last < first:
        return 0
    span = (first + dt.timedelta(days=number) for number in range(min((last - first).days, 3_660) + 1))
    return sum(day.weekday() < 5 for day in span)


def _day(value: str | None) -> dt.date | None:
    moment = parse_moment(value) if value else None
    return moment.date() if isinstance(moment, dt.datetime) else moment


def entries(pitch: Pitch, formats: Formats, link: str) -> list[icalendar.Event]:
    """A calendar entry for each day."""
    return [_entry(pitch, date, formats, link) for date in dates_of(pitch)]


def _entry(pitch: Pitch, date: Dated, formats: Formats, link: str) -> icalendar.Event:
    title = formats.plain(pitch["title"], pitch["lang"])
    summary = title if date.key == "learning" else f"{formats.say(date.what)} · {title}"
    made = icalendar.Event()
    made.add("uid", f"{pitch['id']}/{date.key}")
    made.add("dtstamp", dt.datetime.fromtimestamp(pitch["time"] // 1000, dt.UTC))
    made.add("sequence", max(0, len(pitch["versions"]) - 1))
    made.add("summary", summary)
    for name, moment in zip(("dtstart", "dtend"), _span(date), strict=False):
        made.add(name, moment)
    if date.key == "learning" and (place := _place(pitch, formats)):
        made.add("location", place)
    made.add("description", link)
    made.add("url", link)
    return made


def _span(date: Dated) -> tuple[dt.date, ...]:
    """Start and end as RFC 5545 has them: hours in UTC, or whole days with the day after the last."""
    start = parse_moment(date.start)
    end = parse_moment(date.end) if date.end else None
    if isinstance(start, dt.datetime):
        hours = (start, end) if isinstance(end, dt.datetime) and end > start else (start,)
        return tuple(hour.astimezone(dt.UTC) for hour in hours)
    first = _day(date.start)
    last = _day(date.end) or first
    return (first, max(first, last) + DAY) if first and last else ()


def _place(pitch: Pitch, formats: Formats) -> str:
    where = pitch["where"] or {}
    parts = [
        where.get("place"),
        formats.jurisdiction(where["jurisdiction"]) if where.get("jurisdiction") else "",
    ]
    return ", ".join(part for part in parts if part)


# ── letters ──────────────────────────────────────────────────────────────────────────────────────────────────


def letter(pitch: Pitch, formats: Formats, link: str) -> Letter:
    """What a colleague is told in a mail: who looks for what, why, until when, and where it opens."""
    title = formats.plain(pitch["title"], pitch["lang"])
    why = plain_words(formats.plain(pitch["why"], pitch["lang"]))
    lines = [
        formats.say(Message(N_("Hello,"))),
        "",
        formats.say(Message(N_("%(who)s is looking for help with this:"), {"who": _owner(pitch, formats)})),
        "",
        title,
        why if len(why) <= WHY_MOST else f"{why[:WHY_MOST].rstrip()}…",
        *_needs(pitch, formats),
        *_days(pitch, formats),
        "",
        formats.say(Message(N_("An hour, an introduction or a room weighs as much as money."))),
        formats.say(Message(N_("This link opens at your own organisation:"))),
        link,
    ]
    subject = formats.say(Message(N_("Could you help with this? %(title)s"), {"title": title}))
    return Letter(formats.language, subject, "\n".join(lines))


def to_facilitator(pitch: Pitch, formats: Formats, link: str) -> Letter:
    """What the member tells her facilitator when she asks for her word."""
    title = formats.plain(pitch["title"], pitch["lang"])
    lines = [
        formats.say(Message(N_("Hello,"))),
        "",
        formats.say(Message(N_("I named you as facilitator of this pitch:"))),
        title,
        *_days(pitch, formats),
        "",
        formats.say(
            Message(N_("You can say that we talked, that I have the time, that the employer pays its part."))
        ),
        formats.say(Message(N_("You change nothing in it, and you do not see private pledges."))),
        link,
    ]
    subject = formats.say(Message(N_("Your attestation: %(title)s"), {"title": title}))
    return Letter(formats.language, subject, "\n".join(lines))


def _owner(pitch: Pitch, formats: Formats) -> str:
    owner = pitch["owner"]
    name = owner["name"] or formats.say(Message(N_("A member")))
    return f"{name} ({formats.plain(owner['node_name'])})" if owner["node_name"] else name


def _needs(pitch: Pitch, formats: Formats) -> list[str]:
    wanted = [ask for ask in pitch["asks"] if not ask["met"]][:NEEDS_MOST]
    if not wanted:
        return []
    said = [
        f"- {formats.plain(ask['text'], pitch['lang'])}"
        f" ({formats.progress(ask['accepted'], ask['quantity'], ask['unit'])})"
        for ask in wanted
    ]
    return ["", formats.say(Message(N_("Still needed:"))), *said]


def _days(pitch: Pitch, formats: Formats) -> list[str]:
    when = pitch["when"] or {}
    start, end = when.get("start"), when.get("end")
    days = formats.date_range(start, end) if start and end else formats.date(end) if end else ""
    told = [part for part in (days, _place(pitch, formats)) if part]
    return (
        ["", formats.say(Message(N_("When and where: %(told)s"), {"told": ", ".join(told)}))] if told else []
    )
