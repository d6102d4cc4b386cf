"""Values as people read them: dates, money, amounts, names, texts, in one language, zone and moment.

Law: nothing here reads a clock or a setting; a Formats is made per request from what the request knows. A value that
cannot be read is shown as it was written: a page never fails for what a stranger put into a record.
Source: WEB "Languages", DOMAIN section 3 (money in minor units, RFC 3339 times), section 1 "A bare date".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from gettext import NullTranslations
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_time, format_timedelta, get_timezone_name
from babel.lists import format_list
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_name,
    get_currency_precision,
)
from markupsafe import Markup, escape

from web import zones
from web.i18n import Amount, Day, Labelled, Language, Message, Text, pick, primary, typeset
from web.labels import LISTS, SUBDIVISIONS, UNITS
from web.markdown import plain_words, render_markdown

_MINUTE: Final = dt.timedelta(minutes=1)
_FIRST: Final = re.compile(r"\b1 (?=[^\W\d])")  # French counts the first day of a month, and no other
_TWO_PLACES: Final = re.compile(r"\d+\.\d\d", re.ASCII)
_LOCALES: Final[Mapping[Language, Locale]] = {"en": Locale("en", "CA"), "fr": Locale("fr", "CA")}
Moment = (
    str | int | dt.date | dt.datetime
)  # RFC 3339 text, ISO date, milliseconds since 1970, or the value itself


def is_currency(unit: str) -> bool:
    """Whether a unit is an ISO 4217 code, so that the quantity is money in minor units."""
    return len(unit) == 3 and unit.isascii() and unit.isalpha() and unit.isupper()


def parse_moment(value: Moment) -> dt.date | dt.datetime | None:
    """A bare date or an aware instant; None for what is neither."""
    if isinstance(value, int):
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=min(max(value, 0), 2**47))
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value) if len(value) == 10 else _aware(dt.datetime.fromisoformat(value))
    except ValueError:
        return None


def machine(moment: dt.date | dt.datetime) -> str:
    """A moment as ``<time datetime>`` may have it: no finer than a thousandth of a second."""
    if isinstance(moment, dt.datetime) and moment.microsecond:
        return moment.isoformat(timespec="milliseconds")
    return moment.isoformat()


def _aware(value: dt.datetime) -> dt.datetime:
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def _beginning(words: str, most: int) -> str:
    """The first words, as many as fit; all of them without a limit."""
    return words if not most or len(words) <= most else f"{words[: most + 1].rsplit(' ', 1)[0][:most]}…"


def _day_of(moment: dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment


@dataclass(frozen=True, slots=True)
class Formats:
    """One reader's way of writing values: ``language``, ``catalogue`` of it, ``zone`` and ``now``."""

    language: Language
    catalogue: NullTranslations
    zone: ZoneInfo
    now: dt.datetime

    @property
    def locale(self) -> Locale:
        return _LOCALES[self.language]

    # Words

    def gettext(self, message: str) -> str:
        return self.catalogue.gettext(message)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        return self.catalogue.ngettext(singular, plural, count)

    def pgettext(self, context: str, message: str) -> str:
        return self.catalogue.pgettext(context, message)

    def npgettext(self, context: str, singular: str, plural: str, count: int) -> str:
        return self.catalogue.npgettext(context, singular, plural, count)

    def say(self, message: Message) -> str:
        """A stored message in the reader's language; amounts, days and labels among its parameters too."""
        said = self.gettext(message.id)
        return (
            said % {name: self._told(value) for name, value in message.params.items()}
            if message.params
            else said
        )

    def _told(self, value: object) -> object:
        if isinstance(value, Amount):
            return self.money(value.minor, value.currency)
        if isinstance(value, Day):
            return self.date(value.iso)
        return self.label(value.value, value.list_name) if isinstance(value, Labelled) else value

    def label(self, value: str, list_name: str) -> str:
        """The label of an open-list value; an unknown value as it was written."""
        known = LISTS[list_name].get(value)
        return self.pgettext(*known) if known else value

    # Texts

    def text(self, field: Text | str, original: str | None = None) -> Markup:
        """A text in the reader's language if there is one, escaped, with ``lang`` when it is another."""
        if isinstance(field, str):
            return escape(typeset(field, self.language))
        picked = pick(field, self.language, original)
        shown = escape(typeset(picked.text, picked.tag))
        if primary(picked.tag) == self.language:
            return shown
        return Markup('<span lang="{}">{}</span>').format(picked.tag, shown)

    def plain(self, field: Text | str, original: str | None = None) -> str:
        """The same words without mark-up, for titles and attributes."""
        if isinstance(field, str):
            return field
        picked = pick(field, self.language, original)
        return typeset(picked.text, picked.tag)

    def markdown(self, field: Text | str, original: str | None = None, shift: int = 2) -> Markup:
        """A Markdown text as sanitised blocks; its headings start ``shift`` levels down."""
        if isinstance(field, str):
            return Markup('<div class="prose">{}</div>').format(render_markdown(field, self.language, shift))
        picked = pick(field, self.language, original)
        body = render_markdown(picked.text, picked.tag, shift)
        if primary(picked.tag) == self.language:
            return Markup('<div class="prose">{}</div>').format(body)
        return Markup('<div class="prose" lang="{}">{}</div>').format(picked.tag, body)

    def gist(self, field: Text | str, original: str | None = None, most: int = 0) -> Markup:
        """A Markdown text as bare words, for the beginning of it in a list: at most so many characters of whole words.

        They are cut before they are marked up: half an element would spoil the page.
        """
        if isinstance(field, str):
            return escape(_beginning(plain_words(field), most))
        picked = pick(field, self.language, original)
        return self.text({picked.tag: _beginning(plain_words(picked.text), most)})

    def foreign(self, field: Text | str, original: str | None = None) -> str:
        """The tag a text is shown in when that is not the reader's language, else empty."""
        if isinstance(field, str):
            return ""
        tag = pick(field, self.language, original).tag
        return "" if primary(tag) == self.language else tag

    # Numbers

    def number(self, value: int | float | Decimal) -> str:
        if isinstance(value, int) and 0 <= value < 1000:
            return str(value)  # the same in both languages, and most numbers of a list
        return format_decimal(value, locale=self.locale)

    def percent(self, share: float) -> str:
        return format_percent(share, locale=self.locale)

    def money(self, minor: int, currency: str) -> str:
        """An amount in minor units: (61250, "CAD") → $612.50."""
        exponent = get_currency_precision(currency)
        return format_currency(Decimal(minor).scaleb(-exponent), currency, locale=self.locale)

    def in_field(self, amount: str) -> str:
        """An amount in a form's field with the reader's sign before the cents; anything else as it was typed."""
        return amount.replace(".", ",") if self.language == "fr" and _TWO_PLACES.fullmatch(amount) else amount

    def quantity(self, count: int, unit: str) -> str:
        """A quantity in its own unit: money, a known noun counted, or the unit as written."""
        if is_currency(unit):
            return self.money(count, unit)
        noun = UNITS.get(unit)
        if noun is None:
            return f"{self.number(count)} {unit}".rstrip()
        return self.ngettext(*noun, count) % {"count": self.number(count)}

    def progress(self, have: int, want: int, unit: str) -> str:
        """How far an ask is: ``$367.50 of $612.50``, ``0 of 1 person``."""
        left = self.money(have, unit) if is_currency(unit) else self.number(have)
        return self.gettext("%(have)s of %(want)s") % {"have": left, "want": self.quantity(want, unit)}

    def filesize(self, size: int) -> str:
        """A number of bytes as people read it, powers of 1000."""
        for factor, template in (
            (10**9, self.gettext("%(count)s GB")),
            (10**6, self.gettext("%(count)s MB")),
            (10**3, self.gettext("%(count)s kB")),
        ):
            if size >= factor:
                return template % {"count": self.number(round(size / factor, 1))}
        return self.ngettext("%(count)s byte", "%(count)s bytes", size) % {"count": self.number(size)}

    def join(self, items: Sequence[str]) -> str:
        """``a, b and c`` in the reader's language; links among them stay links."""
        if any(isinstance(item, Markup) for item in items):
            listed = format_list([str(escape(item)) for item in items], locale=self.locale)
            return Markup(listed)  # noqa: S704 - every item is escaped above, and the words between them are Babel's
        return format_list(list(items), locale=self.locale) if items else ""

    # Times

    def date(self, value: Moment, style: str = "long") -> str:
        """A day: a bare date as it is, an instant as the reader's zone has it."""
        moment = parse_moment(value)
        if moment is None:
            return str(value)
        day = moment.astimezone(self.zone).date() if isinstance(moment, dt.datetime) else moment
        shown = format_date(day, style, locale=self.locale)
        return _FIRST.sub("1er ", shown, count=1) if self.language == "fr" else shown

    def datetime(self, value: Moment, zone: str = "") -> str:
        """Day, hour and zone of an instant, in the reader's zone or the one named."""
        moment = parse_moment(value)
        if not isinstance(moment, dt.datetime):
            return self.date(value)
        there = moment.astimezone(zones.zone(zone) if zone else self.zone)
        hour = self._clock(there)
        return f"{self.date(there.date())}, {hour} {get_timezone_name(there, 'short', locale=self.locale)}"

    def span(self, start: Moment, end: Moment | None = None, zone: str = "") -> str:
        """From when to when, with the day of the week: a day is named once, whole days have no hour.

        In the reader's zone, or the one named, which is named with the hours.
        """
        there = zones.zone(zone) if zone else self.zone
        first, last = self._there(start, there), self._there(end, there) if end else None
        if first is None:
            return str(start)
        begins, zoned = f"{self._day(first)}{self._hour(first)}", self._zone_of(first, last)
        if last is None or last == first:
            return f"{begins}{zoned}"
        if _day_of(first) != _day_of(last):
            return f"{begins} – {self._day(last)}{self._hour(last)}{zoned}"
        until = self._hour(last).removeprefix(", ")
        return f"{begins} – {until}{zoned}" if until else f"{begins}{zoned}"

    @staticmethod
    def _there(value: Moment, there: ZoneInfo) -> dt.date | dt.datetime | None:
        moment = parse_moment(value)
        return moment.astimezone(there) if isinstance(moment, dt.datetime) else moment

    def _day(self, moment: dt.date) -> str:
        return self.date(_day_of(moment), "full")

    def _hour(self, moment: dt.date) -> str:
        return f", {self._clock(moment)}" if isinstance(moment, dt.datetime) else ""

    def _clock(self, moment: dt.datetime, style: Literal["short", "medium"] = "short") -> str:
        """The hour, on one line: ``12 h 30`` does not break."""
        return format_time(moment, style, locale=self.locale).replace(" ", "\u00a0")

    def _zone_of(self, *moments: dt.date | None) -> str:
        timed = [moment for moment in moments if isinstance(moment, dt.datetime)]
        return f" {get_timezone_name(timed[0], 'short', locale=self.locale)}" if timed else ""

    def date_range(self, start: Moment, end: Moment) -> str:
        """Two days as one: ``Mar 9–11, 2027``."""
        days = [
            moment.date() if isinstance(moment, dt.datetime) else moment
            for moment in map(parse_moment, (start, end))
        ]
        first, last = days
        if first is None or last is None:
            return self.join([str(start), str(end)])
        if first == last:
            return self.date(first)
        return format_interval(first, last, "yMMMd", locale=self.locale)

    def relative(self, value: Moment) -> str:
        """How long ago or ahead: ``3 days ago``, ``just now`` within a minute; days for a bare date."""
        moment = parse_moment(value)
        if moment is None:
            return str(value)
        if not isinstance(moment, dt.datetime):
            return self._days(moment)
        away = moment - self.now
        if abs(away) < _MINUTE:
            return self.gettext("just now")
        return format_timedelta(away, add_direction=True, locale=self.locale)

    def _days(self, day: dt.date) -> str:
        away = day - self.now.astimezone(self.zone).date()
        if not away:
            return self.gettext("today")
        return format_timedelta(away, granularity="day", threshold=7, add_direction=True, locale=self.locale)

    def when(self, value: Moment) -> Markup:
        """A ``<time>``: relative in words, exact in its title."""
        moment = parse_moment(value)
        if moment is None:
            return escape(str(value))
        told = (machine(moment), self.datetime(value), self.relative(value))
        return Markup('<time datetime="%s" title="%s">%s</time>') % told

    def exact(self, value: Moment) -> Markup:
        """A ``<time>`` to the second, in the reader's zone; the day too when it is not today."""
        moment = parse_moment(value)
        if not isinstance(moment, dt.datetime):
            return escape(self.date(value))
        there = moment.astimezone(self.zone)
        hour = self._clock(there, "medium")
        day = "" if there.date() == self.now.astimezone(self.zone).date() else f"{self.date(there.date())}, "
        return Markup('<time datetime="{}">{}{}</time>').format(machine(moment), day, hour)

    # Names

    def language_name(self, tag: str) -> str:
        """The name of a language in the reader's, capital as in a list; an unknown tag as it is."""
        try:
            name = Locale(primary(tag)).get_language_name(self.locale)
        except (UnknownLocaleError, ValueError):
            return tag
        return name or tag

    def currency_name(self, code: str) -> str:
        """The name of an ISO 4217 currency; an unknown code as it is."""
        return str(get_currency_name(code, locale=self.locale))

    def jurisdiction(self, code: str) -> str:
        """The name of an ISO 3166-1 or -2 code; an unknown code as it is."""
        named = SUBDIVISIONS.get(code)
        if named:
            return named[self.language]
        return str(self.locale.territories.get(code, code))
