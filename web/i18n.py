"""Two languages: which one a reader gets, and the sentences in it.

Law: message ids are the English sentences, so English needs no catalogue to be complete; French is complete or the
tests fail. Translators type plain spaces; the non-breaking ones of French typography are put here and nowhere else.
Source: WEB "Languages", DOMAIN section 5 for the words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Final, Literal, NamedTuple, TypeGuard

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["en", "fr"]
Text = Mapping[str, str]  # BCP 47 tag → text, as records hold it (DOMAIN section 3)

LANGUAGES: Final[tuple[Language, ...]] = ("en", "fr")
LANGUAGE_COOKIE: Final = "barnraise-language"
DOMAIN: Final = "barnraise"

_NARROW = "\u202f"
_NBSP = "\u00a0"
_SPACES = "[ \u00a0\u202f\u2009]*"
_BEFORE_HIGH = re.compile(rf"(?<=[\w)»”’%\]]){_SPACES}([;?!]+)(?=[\s»”)\]]|$)")
_BEFORE_COLON = re.compile(rf"(?<=[\w)»”’%\]]){_SPACES}:(?=\s|$)")
_BEFORE_CLOSE = re.compile(rf"(?<=\S){_SPACES}»")
_BEFORE_PERCENT = re.compile(r"(?<=\d|s)[ \u00a0\u202f]%(?![(\w])")  # after a number, or one to be put in
_AFTER_OPEN = re.compile(rf"«{_SPACES}(?=\S)")


class Picked(NamedTuple):
    """One language of a text: the tag it was written under, and the words."""

    tag: str
    text: str


class Message(NamedTuple):
    """A sentence to be said later, in whatever language the reader has: English id and its parameters."""

    id: str
    params: Mapping[str, object] = {}


class Amount(NamedTuple):
    """A parameter of a Message that is money: minor units of a currency."""

    minor: int
    currency: str


class Day(NamedTuple):
    """A parameter of a Message that is a day: ``2027-02-01``."""

    iso: str


class Labelled(NamedTuple):
    """A parameter of a Message that is a value of an open list."""

    value: str
    list_name: str


def N_(message: str) -> str:  # noqa: N802 - the name every gettext tool knows
    """Mark a sentence for extraction; it is translated where it is shown."""
    return message


def is_language(value: object) -> TypeGuard[Language]:
    """Whether a string from outside names a language of the interface."""
    return value in LANGUAGES


def french_spaces(text: str) -> str:
    """French text with its non-breaking spaces: narrow before ; ? !, full before : and % and inside « ».

    A sign inside a word (a URL, 12:30, a&b;c) is left alone: it must end a word to count.
    """
    text = _BEFORE_HIGH.sub(rf"{_NARROW}\1", text)
    text = _BEFORE_COLON.sub(f"{_NBSP}:", text)
    text = _BEFORE_CLOSE.sub(f"{_NBSP}»", text)
    text = _BEFORE_PERCENT.sub(f"{_NBSP}%", text)
    return _AFTER_OPEN.sub(f"«{_NBSP}", text)


def typeset(text: str, tag: str) -> str:
    """Text as it is shown in the language of its tag."""
    return french_spaces(text) if primary(tag) == "fr" else text


def primary(tag: str) -> str:
    """The language of a BCP 47 tag, lower case: ``fr-CA`` → ``fr``."""
    return tag.split("-", 1)[0].lower()


def pick(text: Text, language: str, original: str | None = None) -> Picked:
    """The reader's language of a text, else its original, else the first written (DOMAIN section 3)."""
    exact = text.get(language)
    if exact:
        return Picked(language, exact)
    for tag, words in text.items():
        if words and primary(tag) == primary(language):
            return Picked(tag, words)
    if original and text.get(original):
        return Picked(original, text[original])
    return next((Picked(tag, words) for tag, words in text.items() if words), Picked(language, ""))


def negotiate(cookie: str | None, account: str | None, accept: str | None, default: Language) -> Language:
    """The interface language: what was chosen here, else in the account, else in the browser, else by the node."""
    for chosen in (cookie, account):
        if is_language(chosen):
            return chosen
    for tag in accepted(accept or ""):
        if is_language(primary(tag)):
            return "fr" if primary(tag) == "fr" else "en"
    return default


def accepted(header: str) -> list[str]:
    """Tags of an Accept-Language header, most wanted first; unreadable parts count for nothing."""
    ranked = []
    for position, part in enumerate(header.split(",")[:20]):
        tag, _, rest = part.partition(";")
        quality = _quality(rest.strip())
        if tag.strip() and quality > 0:
            ranked.append((-quality, position, tag.strip()))
    return [tag for _, _, tag in sorted(ranked)]


def _quality(parameter: str) -> float:
    if not parameter:
        return 1.0
    found = re.fullmatch(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", parameter, re.ASCII)
    return float(found.group(1)) if found else 0.0


def catalogues() -> Mapping[Language, NullTranslations]:
    """Both catalogues, read once at start from the .po files: there is no compiled copy to forget."""
    return {language: _load(language) for language in LANGUAGES}


def _load(language: Language) -> NullTranslations:
    path = files("web") / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language, domain=DOMAIN)
    if language == "fr":
        _typeset_catalogue(catalogue)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _typeset_catalogue(catalogue: Catalog) -> None:
    for message in catalogue:
        if not message.id:
            continue
        if isinstance(message.string, str):
            message.string = french_spaces(message.string)
        elif message.string:
            message.string = tuple(french_spaces(form) for form in message.string)
