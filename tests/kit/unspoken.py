"""Words of a page that no catalogue said: what is left of its HTML when all that may stand there is taken away.

``Marked`` is a catalogue whose every sentence stands between two signs; a page rendered with it shows by itself which
words came from it. ``unspoken(html, known)`` takes those away, and what has a language of its own, code, and what is
``known(data)`` (names, texts, what Babel says); letters that remain were written into a template or a module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from gettext import NullTranslations
from typing import Final

from babel import Locale

from tests.kit.html import Element, Page
from web.i18n import french_spaces
from web.labels import SUBDIVISIONS

OPEN, CLOSE = "⟦", "⟧"
READ: Final = (
    "title",
    "alt",
    "aria-label",
    "aria-description",
    "aria-valuetext",
    "placeholder",
    "label",
    "summary",
)
"""Attributes somebody reads or hears; besides them every ``data-`` attribute that holds a sentence."""
INSIDE: Final = frozenset({"strong", "em", "b", "i", "a", "bdi", "time", "mark", "small"})
CODE: Final = frozenset({"code", "pre", "kbd", "samp", "script", "style", "textarea"})
PRESSED: Final = frozenset({"submit", "button", "reset"})
SPOKEN: Final = frozenset({"description", "og:title", "og:description"})
WORD: Final = re.compile(r"[^\W\d_]{2,}")
SENTENCE: Final = re.compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}")
CROWDED: Final = re.compile(r"[^\W_][:;?!]+(?=\s|$)")
TECHNICAL: Final = re.compile(r"https?://\S+|\b[a-z2-7]{32}\b\S*|\b[0-9a-f]{12,}\b|\S+@\S+|(?<!\S)/[\w./-]+")


class Marked(NullTranslations):
    """Every sentence as it is, between the two signs."""

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message}{CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n < 2 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return self.ngettext(msgid1, msgid2, n)


def unspoken(html: str, known: re.Pattern[str]) -> list[str]:
    """What a French page says of its own: in no catalogue, in no language of its own, and not ``known``."""
    return [left for said in _Read(html).said if (left := _left(said, known))]


def crowded(html: str) -> list[str]:
    """Where a page puts : ; ? or ! against a word itself: in French a space that does not break stands between."""
    return [said for said in _Read(html).said if CROWDED.search(unmarked(said, "x").replace("\n", " "))]


def _left(said: str, known: re.Pattern[str]) -> str:
    rest = " ".join(unmarked(said).split())
    if not WORD.search(rest):
        return ""
    rest = TECHNICAL.sub(" ", known.sub(" ", rest))
    return " ".join(rest.split()) if WORD.search(rest) else ""


def unmarked(said: str, instead: str = "") -> str:
    """A text without what stands between the signs, however deep; ``instead`` stands for it."""
    kept, depth = [], 0
    for part in re.split(f"([{OPEN}{CLOSE}])", said):
        depth += (part == OPEN) - (part == CLOSE)
        if not depth:
            kept.append(instead if part == CLOSE else part)
    return "".join(kept)


def known(data: Iterable[str] = ()) -> re.Pattern[str]:
    """Texts that may stand on a page, and what Babel says: the longest first, as whole words only."""
    data = [*data, *babel()]
    words = {" ".join(text.split()) for text in data} | {
        " ".join(french_spaces(text).split()) for text in data
    }
    ranked = sorted((word for word in words if len(word) > 1), key=len, reverse=True)
    return re.compile(r"(?<![^\W\d_])(?:" + "|".join(map(re.escape, ranked)) + r")(?![^\W\d_])")


def babel() -> Iterator[str]:
    """What Babel and ISO say in French: days, months, hours, how long ago, countries, languages, currencies."""
    locale = Locale("fr", "CA")
    for table in (*locale.days["format"].values(), *locale.months["format"].values()):
        yield from table.values()
        yield from map(str.capitalize, table.values())
    yield from (name["fr"] for name in SUBDIVISIONS.values())
    yield from filter(None, (locale.territories.get(code) for code in ("CA", "US", "FR")))
    yield from filter(None, (locale.languages.get(tag) for tag in ("en", "fr")))
    yield from (currency.casefold() for currency in (locale.currencies["CAD"], locale.currencies["USD"]))
    yield from (
        "dans",
        "il y a",
        "jour",
        "jours",
        "heure",
        "heures",
        "minute",
        "minutes",
        "semaine",
        "semaines",
        "mois",
    )
    yield from ("1er", "h", "min", "et", "HNP", "HAP", "HNR", "HAR", "HNA", "HAA", "HNE", "HAE", "UTC")


class _Read(Page):
    """The texts of a page, one for each block, and what its attributes say."""

    def __init__(self, html: str) -> None:
        self.said: list[str] = []
        self._text: list[str] = []
        super().__init__(html)
        self._end()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        element = self.elements[-1]
        self._between(tag)
        if not self._apart([*element.path, element]):
            self.said += [value for _, value in _heard(element)]

    def handle_endtag(self, tag: str) -> None:
        self._between(tag)
        super().handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        self._text.append(" " if self._apart(self._open) else data)

    def _between(self, tag: str) -> None:
        """An element inside a sentence does not end it; a span may stand beside another without a space."""
        if tag == "span":
            self._text.append(" ")
        elif tag not in INSIDE:
            self._end()

    def _end(self) -> None:
        self.said.append("".join(self._text))
        self._text.clear()

    @staticmethod
    def _apart(path: Iterable[Element]) -> bool:
        return any(
            outer.tag in CODE or (outer.tag != "html" and "lang" in outer.attributes) for outer in path
        )


def _heard(element: Element) -> Iterator[tuple[str, str]]:
    """Attributes of an element that are read out or shown."""
    for name, value in element.attributes.items():
        if name in READ or (name.startswith("data-") and name != "data-topics" and SENTENCE.search(value)):
            yield name, value
    if element.tag == "input" and element.get("type") in PRESSED:
        yield "value", element.get("value")
    if element.tag == "meta" and (element.get("name") or element.get("property")) in SPOKEN:
        yield "content", element.get("content")
