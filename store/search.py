"""Search: ranked hits with the words found marked.

Law: restricted text never enters the index, so every hit may be shown to everyone here. What people type is words,
never query language: quotes and operators are looked for like anything else. Source: WEB "Languages", "HTTP API".
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from protocol.records import Record, read
from protocol.records.network import NodeProfile
from protocol.records.people import MemberIntroduce
from protocol.rules.pitches import PitchState
from store.views import member_rows, object_rows, pitch_rows
from store.views.areas import BY_NAME
from store.views.ground import Said, as_a, said
from store.views.listing import limited
from store.views.object_rows import ObjectRow
from store.views.people import Names
from store.views.shapes import Fragment, Hit, Viewer
from store.views.texts import MAX_WORDS, STEMMERS, Stems, Texts, folded, match, texts_in, words_of

KINDS: Final = ("pitch", *(name for name in BY_NAME if name != "idp"), "member", "node")
AROUND: Final = 160
"""Characters of a text shown around its first match."""
_WORD: Final = re.compile(r"\w+")
_BLOCK: Final = re.compile(r"(?:(?:#{1,6}|>|[-*+]|\d{1,3}[.)])(?:\s+|$))+")
"""The beginning of a heading, of an item of a list, of a quotation."""
_RULE: Final = re.compile(r"[|:\s]*-[-|:\s]+|`{3,}.*|~{3,}.*")
"""A line that is all mark-up: between the head of a table and its rows, around code, across the page."""
_INLINE: Final = re.compile(
    r"\\([^\w\s])"  # an escaped mark stays
    r"|!?\[(?=[^\]\[]{0,300}\]\()|(?<!\\)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)"  # around the words of a link
    r"|`+|~~|(?<!\w)\*{1,3}(?=\S)|(?<=\S)\*{1,3}(?!\w)|(?<![^\W_])_{1,3}(?=\S)|(?<=\S)_{1,3}(?![^\W_])"
)
_RANKED: Final = """
SELECT rowid FROM search WHERE search MATCH ? ORDER BY bm25(search, 0.0, 8.0, 1.0, 6.0, 1.0), rowid LIMIT ?
"""


class Sought:
    """What a query looks for: its words, the last also as a beginning, and their stems."""

    def __init__(self, q: str) -> None:
        self._stems = Stems()
        words = words_of(q)[:MAX_WORDS]
        self._words = frozenset(words)
        self._begins = words[-1] if words else None
        self._by_tag = {tag: frozenset(self._stems.of(tag, words)) for tag in STEMMERS}

    def is_match(self, tag: str, word: str) -> bool:
        """Whether a word of a text in some language is one that was looked for."""
        plain = folded(word)
        if plain in self._words or (self._begins is not None and plain.startswith(self._begins)):
            return True
        stems = self._by_tag.get(tag.partition("-")[0].lower())
        return stems is not None and self._stems.of(tag, [plain])[0] in stems

    def first(self, tag: str, text: str) -> int | None:
        """Where the first match stands in a text."""
        return next((found.start() for found in _WORD.finditer(text) if self.is_match(tag, found[0])), None)


def find(
    db: sqlite3.Connection,
    viewer: Viewer,
    q: str,
    *,
    limit: int = 20,
    lang: str | None = None,
    kinds: Sequence[str] = (),
) -> list[Hit]:
    """What the words are found in, best first; ``kinds`` narrows, ``lang`` is the reader's language."""
    keys = ranked(db, q, limited(limit), [kind for kind in kinds if kind in KINDS])
    names, sought, objects = Names(db, viewer), Sought(q), _objects(db, keys)
    return [_hit(names, objects[key], sought, lang) for key in keys if key in objects]


def ranked(db: sqlite3.Connection, q: str, limit: int, kinds: Sequence[str] = ()) -> list[int]:
    """Keys of what the words are found in, best first: the query of the index and nothing else."""
    expression = match(q)
    if expression is None:
        return []
    if kinds:
        expression = f"({' OR '.join(f'kind : {kind}' for kind in kinds)}) AND {expression}"
    return [key for (key,) in db.execute(_RANKED, (expression, limit))]


# ── what the keys stand for ──────────────────────────────────────────────────────────────────────────────────


class _Object(NamedTuple):
    """Something the index gave, with the texts it was found by."""

    id: str
    kind: str
    record: Said
    title: Texts
    texts: Texts


def _objects(db: sqlite3.Connection, keys: Iterable[int]) -> dict[int, _Object]:
    records = said(db, keys)
    ids = [record.id for record in records.values()]
    states = pitch_rows.states(db, list(pitch_rows.rows(db, ids).values()))
    cards = member_rows.cards(db, list(member_rows.rows(db, ids).values()))
    rows = object_rows.rows(db, ids)
    now = object_rows.records(db, list(rows.values()))
    found = {}
    for key, record in records.items():
        if record.id in states:
            found[key] = _pitch(record, states[record.id])
        elif record.id in cards:
            found[key] = _member(record, cards[record.id])
        elif record.id in rows:
            found[key] = _object(record, rows[record.id], now[record.id])
        else:
            found[key] = _node(record)
    return found


def _pitch(record: Said, state: PitchState) -> _Object:
    return _Object(record.id, "pitch", record, list(state.pitch.title.items()), pitch_rows.other_texts(state))


def _member(record: Said, card: MemberIntroduce) -> _Object:
    return _Object(record.id, "member", record, [("", card.name)], texts_in((card.organisation, card.offers)))


def _object(record: Said, row: ObjectRow, now: Record) -> _Object:
    title, texts = BY_NAME[row.area].texts(now) or ([], [])
    return _Object(record.id, row.area, record, title, texts)


def _node(record: Said) -> _Object:
    profile = as_a(NodeProfile, read(record.content))
    return _Object(record.node, "node", record, list(profile.name.items()), [])


# ── what is shown of them ────────────────────────────────────────────────────────────────────────────────────


def _hit(names: Names, found: _Object, sought: Sought, lang: str | None) -> Hit:
    tag, title = _shown(found.title, sought, lang)
    text_tag, text = _shown(found.texts, sought, lang)
    if text_tag:  # what has no language is a name, shown as it is
        text = _plain(text)
    return {
        "id": found.id,
        "kind": found.kind,
        "title": fragments(sought, tag, title),
        "excerpt": fragments(sought, text_tag, _around(sought, text_tag, text)),
        "lang": tag,
        "node": found.record.node,
        "node_name": names.node(found.record.node),
        "time": found.record.at,
    }


def _shown(texts: Texts, sought: Sought, lang: str | None) -> tuple[str, str]:
    """The text to show: of those with a match, if any, the one in the reader's language, if any."""
    if not texts:
        return "", ""
    some = [text for text in texts if sought.first(*text) is not None] or texts
    return next((text for text in some if lang and text[0].partition("-")[0].lower() == lang), some[0])


def _plain(text: str) -> str:
    """The words of a Markdown text on one line, its headings, items and rows set apart by dots."""
    said, apart = "", False
    for line in text.splitlines():
        words, alone = _plain_line(line.strip())
        if words:
            said += (" · " if alone or apart else " ") + words if said else words
            apart = alone
    return said


def _plain_line(line: str) -> tuple[str, bool]:
    """The words of a line, and whether they stand alone rather than in a paragraph."""
    if _RULE.fullmatch(line):
        return "", False
    start = _BLOCK.match(line)
    words = _INLINE.sub(lambda mark: mark[1] or "", line[start.end() :] if start else line)
    if words.startswith("|"):
        return " · ".join(cell.strip() for cell in words.split("|") if cell.strip()), True
    return words, start is not None


def _around(sought: Sought, tag: str, text: str) -> str:
    """So much of a text as surrounds its first match, cut between words."""
    if len(text) <= AROUND:
        return text
    start = max(0, (sought.first(tag, text) or 0) - AROUND // 3)
    cut = text[start : start + AROUND]
    if start > 0:
        cut = "…" + cut[cut.find(" ") :].rstrip()
    return cut if start + AROUND >= len(text) else cut[: cut.rfind(" ")].rstrip(" ·") + "…"


def fragments(sought: Sought, tag: str, text: str) -> list[Fragment]:
    """A text in pieces, the matches apart."""
    pieces: list[Fragment] = []
    at = 0
    for word in _WORD.finditer(text):
        if sought.is_match(tag, word[0]):
            if word.start() > at:
                pieces.append(Fragment(text[at : word.start()], match=False))
            pieces.append(Fragment(word[0], match=True))
            at = word.end()
    if at < len(text):
        pieces.append(Fragment(text[at:], match=False))
    return pieces
