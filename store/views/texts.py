"""The words an object is found by: folded, and stemmed in the language each text is written in.

Law: pure functions of the texts, so that what was put into the index can be worked out again to take it out. Stemming
knows English and French; a text in another language is found by its folded words. Source: WEB "Languages".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple

from Stemmer import Stemmer

from protocol.records.base import Part

STEMMERS: Final[Mapping[str, str]] = {"en": "english", "fr": "french"}
"""Primary language subtag to snowball algorithm."""
_WORD: Final = re.compile(r"\w+")

Texts = list[tuple[str, str]]
"""(language tag, text) pairs."""


class Doc(NamedTuple):
    """One row of the index."""

    key: int
    kind: str
    title: str
    words: str
    title_stems: str
    stems: str


def folded(text: str) -> str:
    """Lower case, accents taken off: what the index compares."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in apart if not unicodedata.combining(mark))


def words_of(text: str) -> list[str]:
    """The folded words of a text."""
    return _WORD.findall(folded(text))


class _Stemmed(dict[str, str]):
    """Words met so far and their stems in one language; the others are worked out when they are asked for."""

    def __init__(self, algorithm: str) -> None:
        super().__init__()
        self._stem = Stemmer(algorithm, 0).stemWord

    def __missing__(self, word: str) -> str:
        stem: str = self._stem(word)
        self[word] = stem
        return stem


class Stems:
    """What was stemmed, by language; one for a batch or a query, never shared between threads."""

    def __init__(self) -> None:
        self._known: dict[str, _Stemmed | None] = {}

    def of(self, tag: str, words: list[str]) -> list[str]:
        """The stems of folded words; the words themselves in a language without a stemmer."""
        if tag not in self._known:
            algorithm = STEMMERS.get(tag.partition("-")[0].lower())
            self._known[tag] = _Stemmed(algorithm) if algorithm else None
        known = self._known[tag]
        return words if known is None else list(map(known.__getitem__, words))


def doc(key: int, kind: str, title: Texts, texts: Texts, stems: Stems) -> Doc:
    """The row of an object with this title and these other texts."""
    titles, title_stems = _both(title, stems)
    words, word_stems = _both(texts, stems)
    return Doc(key, kind, titles, words, title_stems, word_stems)


def _both(texts: Texts, stems: Stems) -> tuple[str, str]:
    """The words of some texts, and their stems."""
    split = [(tag, words_of(text)) for tag, text in texts]
    return _joined([words for _, words in split]), _joined([stems.of(tag, words) for tag, words in split])


def _joined(some: list[list[str]]) -> str:
    return " ".join([" ".join(words) for words in some])


def texts_in(value: object) -> Texts:
    """Every text in some languages inside a field of a record, at whatever depth."""
    found: Texts = []
    _gather(value, found)
    return found


def _gather(value: object, found: Texts) -> None:
    if isinstance(value, dict):  # in a record only a text is a dict; parts are models
        found.extend(value.items())
    elif isinstance(value, tuple):
        for inner in value:
            _gather(inner, found)
    elif isinstance(value, Part):
        for inner in value.__dict__.values():
            _gather(inner, found)


MAX_WORDS: Final = 12
"""Words of a query that are looked for; what is typed beyond them narrows nothing more."""


def match(typed: str, kind: str | None = None) -> str | None:
    """What people typed as an FTS5 expression: every word, as written or by its stem, the last also as a beginning.

    ``kind`` narrows to one kind of object. None when nothing was typed that could be found.
    """
    words = words_of(typed)[:MAX_WORDS]
    if not words:
        return None
    stems = Stems()
    stemmed = [stems.of(tag, words) for tag in STEMMERS]
    last = len(words) - 1
    found = [_one(word, {forms[at] for forms in stemmed}, begins=at == last) for at, word in enumerate(words)]
    return " AND ".join([f'kind : "{kind}"', *found] if kind else found)


def _one(word: str, stems: set[str], *, begins: bool) -> str:
    forms = [
        f'{{title words}} : "{word}"{" *" if begins else ""}',
        *(f'{{title_stems stems}} : "{stem}"' for stem in sorted(stems)),
    ]
    return f"({' OR '.join(f'({form})' for form in forms)})"
