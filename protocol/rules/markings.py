"""Warnings about text that should not leave the organisation, or speaks of others' whereabouts (R13).

Law: a warning, never a refusal; it says what was seen and where, in a form that fits the text it was given.
Sources: DOMAIN R13; the marks of the Directive on Security Management (Canada); Luhn, ISO/IEC 7812-1; ITU-T E.123 and
the North American Numbering Plan for telephone numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

# The letter must be a capital unless the mark is one nobody writes by accident ("protected a route" is prose).
_MARK: Final = re.compile(
    r"\b(?:(?i:protected|prot[eé]g(?:é|e\u0301|e)e?|prote\u0301ge\u0301e?))[\s\u00a0-]{1,3}(?:[ABC]|b)(?![\w'’])"
)
# Groups of three for a SIN, of any size for a card; not a part of a longer number, an amount or a word.
_BEFORE: Final = r"(?<![\w.,-])(?<![0-9][ \u00a0])"
_AFTER: Final = r"(?![\w-]|[.,][0-9]|[ \u00a0][0-9]{3}(?![0-9]))"
_SIN: Final = re.compile(_BEFORE + r"[0-9]{3}([ \u00a0-]?)[0-9]{3}\1[0-9]{3}" + _AFTER)
_CARD: Final = re.compile(_BEFORE + r"[2-6](?:[ \u00a0-]?[0-9]){12,18}" + _AFTER)

# An address somebody can be written to at; a part of a longer one, of a path or of a password in one is none.
_EMAIL: Final = re.compile(
    r"(?<![\w.+%'’/@-])(?:mailto:)?(?P<name>\w[\w.+%'’-]{0,63})@(?:[^\W_](?:[\w-]{0,62}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w@-])"
)
_ROLES: Final = frozenset(
    {
        *(
            "info",
            "infos",
            "contact",
            "contacts",
            "help",
            "support",
            "office",
            "admin",
            "team",
            "service",
            "services",
        ),
        *(
            "accessibility",
            "accessibilite",
            "privacy",
            "media",
            "enquiries",
            "inquiries",
            "reception",
            "bureau",
        ),
        *("communications", "communication", "renseignements", "soutien", "aide", "accueil", "equipe"),
    }
)
"""Names of mailboxes that are an office's and nobody's in particular."""
_GAP: Final = r"[ \u00a0\u2009\u202f.\u2010\u2011-]"
_PHONE: Final = re.compile(
    r"(?<![\w/@.=#-])(?<![0-9][ \u00a0])(?:"
    # with the sign of a country: nine to fifteen digits, grouped as one likes
    rf"\+[1-9](?:{_GAP}?\(?[0-9]\)?){{8,14}}"
    # North America: an area and an exchange begin with 2 to 9, and something stands between the groups
    rf"|(?:1{_GAP})?(?:\([2-9][0-9]{{2}}\){_GAP}?|[2-9][0-9]{{2}}{_GAP})[2-9][0-9]{{2}}{_GAP}[0-9]{{4}}"
    r")(?![\w/@-]|[.,][0-9]|[ \u00a0](?:[0-9]{3}(?![0-9])|[$€]))"
)


class Marking(NamedTuple):
    """Something seen in a text: ``code`` is protected, sin, card, email or phone; characters [start, end) of it."""

    code: str
    start: int
    end: int


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others."""
    doubled = [int(digit) * (1 + odd % 2) for odd, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def markings(text: str) -> tuple[Marking, ...]:
    """Everything in a text a form warns about, in the order it stands there."""
    marks = [Marking("protected", *found.span()) for found in _MARK.finditer(text)]
    numbers = [
        Marking(code, *found.span())
        for code, shape in (("sin", _SIN), ("card", _CARD))
        for found in shape.finditer(text)
        if luhn(re.sub("[^0-9]", "", found[0]))
    ]
    return tuple(sorted(marks + numbers, key=lambda marking: marking.start))


def contacts(text: str) -> tuple[Marking, ...]:
    """Addresses and numbers somebody can be reached at, in the order they stand there; an office's mailbox is none."""
    mails = [
        Marking("email", *found.span())
        for found in _EMAIL.finditer(text)
        if found["name"].lower() not in _ROLES
    ]
    phones = [Marking("phone", *found.span()) for found in _PHONE.finditer(text)]
    return tuple(sorted(mails + phones, key=lambda marking: marking.start))


def markings_of(content: Mapping[str, Any]) -> Iterator[tuple[str, Marking]]:
    """(dotted path of the text, marking or contact) for every text in a record's content."""
    for path, text in _texts("", content):
        yield from (
            (path, found) for found in sorted(markings(text) + contacts(text), key=lambda one: one.start)
        )


def _texts(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
        return
    items = (
        value.items()
        if isinstance(value, Mapping)
        else enumerate(value)
        if isinstance(value, list | tuple)
        else ()
    )
    for key, inner in items:
        yield from _texts(f"{path}.{key}" if path else str(key), inner)
