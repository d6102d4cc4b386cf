"""Forms: what was typed, what it means, and what is wrong with it.

Law: whatever a reader posted is kept and shown again as it was typed; reading a field never raises but notes an error
on the form; a page shows the form again while it has errors. Sentences are English ids, translated where shown.
Fields of records are named by their dotted path (``cost.own``, ``asks.0.kind``), texts by path and language
(``why.en``), so that a rule's refusal finds its field.
Source: WEB "Live parts" (error summary first), "Languages" (the switch keeps what was typed), DOMAIN section 3.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple, Protocol, TypeVar

from babel.numbers import get_currency_precision

from protocol.limits import MAX_INT
from web import zones
from web.bodies import whole_text
from web.i18n import LANGUAGES, N_, Language, Message, is_language

Value = TypeVar("Value")

MAX_LINE: Final = 300  # a title or a name; longer is a text
MAX_TEXT: Final = 20_000  # leaves room for two languages in one envelope of 32,768 bytes
SECRET_MOST: Final = 1_000  # more than any phrase or password manager; it is looked through many times
SWITCH: Final = "language"  # the submit button that changes language inside a form
_AMOUNT_MOST: Final = 64  # characters, asked first: the expressions below go back over blanks
_AMOUNT = re.compile(r"\d{1,13}(?:[.,]\d{1,4})?", re.ASCII)
_GROUPS = re.compile(r"(?<=\d)[ \u00a0\u202f'’](?=\d{3})|(?<=\d),(?=\d{3}(?:\D|$))", re.ASCII)
_CURRENCY_SIGNS = re.compile(r"^(?:C?\$|€|£|[A-Z]{3})\s*|\s*(?:\$(?:\s?CA)?|€|£|[A-Z]{3})$")


class Posted(Protocol):
    """The part of a multi-dict that reading needs (aiohttp's, or one of a test)."""

    def getall(self, key: str, default: list[str]) -> list[object]: ...

    def __iter__(self) -> Iterator[str]: ...


class Choice(NamedTuple):
    """One option of a select, radio or checkbox group."""

    value: str
    label: str
    hint: str = ""


class Mark(NamedTuple):
    """Something in a text that should not leave the organisation: dotted field, code, the words themselves."""

    field: str
    code: str
    words: str


@dataclass(slots=True)
class Form:
    """Values by field name as typed, and errors by field name; "" holds what concerns the whole form.

    ``marks``: what R13 asks about on a page that has no place of its own for the question.
    """

    values: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, list[Message]] = field(default_factory=dict)
    labels: dict[str, str] = field(
        default_factory=dict
    )  # as the page names its fields, for the summary of errors
    marks: list[Mark] = field(default_factory=list)

    @classmethod
    def posted(cls, data: Posted) -> Form:
        """A form as it came in; files are left out (they are read where they are stored)."""
        values = {key: [item for item in data.getall(key, []) if isinstance(item, str)] for key in data}
        return cls({whole_text(key): list(map(_newlines, items)) for key, items in values.items() if items})

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Form:
        """A form filled from what is known: nested mappings and lists become dotted names."""
        form = cls()
        for name, value in _flatten("", values):
            form.values.setdefault(name, []).append(value)
        return form

    @property
    def switch(self) -> Language | None:
        """The language asked for by the switch inside the form: show it again in that one, check nothing."""
        asked = self.typed(SWITCH)
        return asked if is_language(asked) else None

    # What was typed

    def typed(self, name: str) -> str:
        """The first value as typed, else empty."""
        return self.values.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        """Every value of a repeated field."""
        return self.values.get(name, [])

    def rows(self, prefix: str) -> list[int]:
        """Numbers of the rows typed under ``prefix.N.…``, in order, empty rows left out."""
        found = {
            int(number)
            for key, items in self.values.items()
            if key.startswith(f"{prefix}.") and any(items)
            for number in [key.removeprefix(f"{prefix}.").partition(".")[0]]
            if number.isascii() and number.isdigit() and len(number) < 4
        }
        return sorted(found)

    # Errors

    def wrong(self, name: str, message: str, **params: object) -> None:
        """Note an error: ``message`` is an English id marked for extraction."""
        self.errors.setdefault(name, []).append(Message(message, params))

    def error(self, name: str) -> Message | None:
        """The first error of a field."""
        return self.errors.get(name, [None])[0]

    def errors_in_order(self) -> list[tuple[str, list[Message]]]:
        """Errors as their fields stand on the page; first what concerns the whole form."""
        places = {name: place for place, name in enumerate(self.labels)}
        return sorted(self.errors.items(), key=lambda noted: places.get(noted[0], -1))

    # What it means

    def line(self, name: str, *, required: bool = False, longest: int = MAX_LINE) -> str:
        """One line of text, spaces trimmed."""
        return self._words(name, " ".join(self.typed(name).split()), required, longest)

    def text(self, name: str, *, required: bool = False, longest: int = MAX_TEXT) -> str:
        """Text of several lines."""
        return self._words(name, self.typed(name).strip(), required, longest)

    def secret(self, name: str, *, shortest: int = 0) -> str:
        """A password: as typed to the last space."""
        typed = self.typed(name)
        if not typed:
            self.wrong(name, N_("Fill this in."))
        elif len(typed) < shortest:
            self.wrong(name, N_("Use at least %(count)s characters."), count=shortest)
        elif len(typed) > SECRET_MOST:
            self.wrong(
                name,
                N_("Use at most %(count)s characters; this has %(now)s."),
                count=SECRET_MOST,
                now=len(typed),
            )
        return typed

    def bilingual(self, name: str, *, required: bool = False, longest: int = MAX_TEXT) -> dict[str, str]:
        """A text in one or both languages, from ``name.en`` and ``name.fr``."""
        read = {tag: self.text(f"{name}.{tag}", longest=longest) for tag in LANGUAGES}
        texts: dict[str, str] = {tag: words for tag, words in read.items() if words}
        if required and not texts:
            self.wrong(name, N_("Write this in at least one language."))
        return texts

    def choice(self, name: str, allowed: Collection[str], *, required: bool = False) -> str:
        """One of ``allowed``, or empty."""
        value = self.typed(name)
        if not value and required:
            self.wrong(name, N_("Choose one."))
        elif value and value not in allowed:
            self.wrong(name, N_("Choose one of the list."))
            return ""
        return value

    def choices(self, name: str, allowed: Collection[str], *, required: bool = False) -> list[str]:
        """Any of ``allowed``."""
        values = list(dict.fromkeys(value for value in self.all(name) if value))
        if required and not values:
            self.wrong(name, N_("Choose at least one."))
        if any(value not in allowed for value in values):
            self.wrong(name, N_("Choose from the list only."))
        return [value for value in values if value in allowed]

    def ticked(self, name: str) -> bool:
        """Whether a single checkbox is ticked."""
        return bool(self.typed(name))

    def integer(
        self, name: str, *, required: bool = False, least: int = 0, most: int = MAX_INT
    ) -> int | None:
        """A whole number, grouping spaces allowed."""
        return self._read(name, required, lambda typed: self._whole(name, typed, least, most))

    def money(self, name: str, currency: str, *, required: bool = False) -> int | None:
        """An amount as either language writes it, in minor units: ``1 234,50 $`` → 123450."""
        return self._read(name, required, lambda typed: self._amount(name, typed, currency))

    def date(self, name: str, *, required: bool = False) -> str:
        """A bare date, ``2027-02-01``; empty when absent or wrong."""
        return self._read(name, required, lambda typed: self._date(name, typed)) or ""

    def moment(self, name: str, zone: str, *, required: bool = False) -> str:
        """Date and hour of a ``datetime-local`` field in ``zone``, as RFC 3339 with its offset."""
        return self._read(name, required, lambda typed: self._moment(name, typed, zone)) or ""

    def _words(self, name: str, words: str, required: bool, longest: int) -> str:
        if required and not words:
            self.wrong(name, N_("Fill this in."))
        elif len(words) > longest:
            self.wrong(
                name, N_("Use at most %(count)s characters; this has %(now)s."), count=longest, now=len(words)
            )
        elif any(_unwelcome(sign) for sign in words):
            self.wrong(name, N_("Remove the control characters; they may come from copying."))
        return words

    def _read(self, name: str, required: bool, read: Callable[[str], Value | None]) -> Value | None:
        typed = self.typed(name).strip()
        if typed:
            return read(typed)
        if required:
            self.wrong(name, N_("Fill this in."))
        return None

    def _whole(self, name: str, typed: str, least: int, most: int) -> int | None:
        digits = _GROUPS.sub("", typed)
        if not re.fullmatch(r"\d{1,16}", digits, re.ASCII):
            self.wrong(name, N_("Use a whole number, such as 12."))
            return None
        value = int(digits)
        if not least <= value <= most:
            self.wrong(name, N_("Use a number from %(least)s to %(most)s."), least=least, most=most)
            return None
        return value

    def _amount(self, name: str, typed: str, currency: str) -> int | None:
        try:
            return parse_amount(typed, currency)
        except ValueError:
            self.wrong(name, N_("Use an amount, such as 612.50 or 612,50."))
            return None

    def _date(self, name: str, typed: str) -> str | None:
        try:
            return dt.datetime.strptime(typed, "%Y-%m-%d").replace(tzinfo=dt.UTC).date().isoformat()
        except ValueError:
            self.wrong(name, N_("Use a date as year-month-day, such as 2027-02-01."))
            return None

    def _moment(self, name: str, typed: str, zone: str) -> str | None:
        try:
            local = dt.datetime.fromisoformat(typed)
        except ValueError:
            self.wrong(name, N_("Use a date and an hour, such as 2027-02-01 09:30."))
            return None
        return (local if local.tzinfo else local.replace(tzinfo=zones.zone(zone))).isoformat(
            timespec="seconds"
        )


def parse_amount(typed: str, currency: str) -> int:
    """Minor units of an amount as English or French writes it; ValueError for anything else or too fine."""
    typed = typed.strip()
    if len(typed) > _AMOUNT_MOST:
        raise ValueError("longer than any amount")
    bare = _GROUPS.sub("", _CURRENCY_SIGNS.sub("", typed))
    if not _AMOUNT.fullmatch(bare):
        raise ValueError("not an amount")
    try:
        minor = Decimal(bare.replace(",", ".")).scaleb(get_currency_precision(currency))
    except InvalidOperation as error:
        raise ValueError("not an amount") from error
    if minor != minor.to_integral_value() or minor > MAX_INT:
        raise ValueError("finer than the currency, or too large")
    return int(minor)


def typed_amount(minor: int, currency: str) -> str:
    """Minor units as a form field holds them: (61250, "CAD") → ``612.50``."""
    return str(Decimal(minor).scaleb(-get_currency_precision(currency)))


def _newlines(text: str) -> str:
    """Browsers send CRLF and whole characters; records hold LF and nothing else."""
    return whole_text(text).replace("\r\n", "\n").replace("\r", "\n")


def _unwelcome(sign: str) -> bool:
    return (sign < " " and sign not in "\n\t") or sign == "\x7f"


def _flatten(prefix: str, value: object) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flatten(f"{prefix}.{key}" if prefix else str(key), item)
    elif isinstance(value, list | tuple):
        for position, item in enumerate(value):
            plain = not isinstance(item, Mapping | list | tuple)
            yield from _flatten(prefix if plain else f"{prefix}.{position}", item)
    elif isinstance(value, bool):
        if value:
            yield prefix, "yes"
    elif value is not None:
        yield prefix, str(value)
