"""Everything a member may read and everything of her own, as lines, in pages.

Law: what she may read is asked of ``store.views.access``, as everywhere; of what others keep private here nothing is
told, of secrets not even the hash. A page is bounded in lines and bytes, so that an export of any length runs in the
memory of one page. Read-only. Source: WEB "Pages" (my barn), DOMAIN R9, R12, "Not named means not signed", "Stays on
the node".
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from protocol.errors import Refused
from protocol.ids import parse_entry
from protocol.records import known
from store import accounts, tokens
from store.reading import read_entry
from store.rows import entry_of
from store.views import members
from store.views.access import content_in, is_author
from store.views.entries import entry_answer
from store.views.shapes import Viewer

FORMAT: Final = 1
LINES: Final = 500  # rows one page looks at
BYTES: Final = 1_000_000  # and at most so much text, plus one line
Line = dict[str, Any]
Found = Iterator[tuple[int, tuple[Line, ...]]]
"""(where it stands in its part, the lines it makes: none where it is not hers or not for her)."""


class Place(NamedTuple):
    """Where an export goes on: the part, and what of it was told."""

    part: int
    after: int


START: Final = Place(0, -1)


class Asked(NamedTuple):
    """For whom and when (POSIX ms)."""

    db: sqlite3.Connection
    viewer: Viewer
    now: int


def page(
    db: sqlite3.Connection, viewer: Viewer, place: Place, *, now: int
) -> tuple[list[Line], Place | None]:
    """The lines from a place on, and the place after them; None at the end. Refused("cursor") for no place of ours."""
    if not 0 <= place.part < len(_PARTS):
        raise Refused("cursor")
    lines: list[Line] = []
    size = 0
    found = _PARTS[place.part](Asked(db, viewer, now), place.after)
    for looked, (at, made) in enumerate(found, 1):
        lines += made
        size += sum(len(json.dumps(line, ensure_ascii=False)) for line in made)
        if looked == LINES or size > BYTES:
            return lines, Place(place.part, at)
    onward = place.part + 1
    return lines, Place(onward, -1) if onward < len(_PARTS) else None


def _account(asked: Asked, after: int) -> Found:
    """What was asked, and the account: never a hash."""
    viewer = asked.viewer
    found = accounts.by_id(asked.db, viewer.account) if viewer.account is not None else None
    if after >= 0 or found is None:
        return
    yield 0, ({"kind": "export", "format": FORMAT, "node": viewer.node, "time": asked.now},)
    told = {name: getattr(found, name) for name in ("name", "language", "role", "member", "created")}
    yield 0, ({"kind": "account", **told},)
    card = members.one(asked.db, viewer, found.member, now=asked.now) if found.member else None
    if card is not None:
        yield 0, ({"kind": "card", **card},)
    yield 1, tuple(_signed_in(asked.db, found.id, asked.now))


def _signed_in(db: sqlite3.Connection, account: int, now: int) -> Iterator[Line]:
    for session in accounts.sessions(db, account, now):
        yield {
            "kind": "session",
            **{name: value for name, value in session._asdict().items() if name not in ("hash", "proved")},
        }
    for token in tokens.of_account(db, account):
        yield {"kind": "token", **{name: value for name, value in token._asdict().items() if name != "hash"}}


_DRAFTS: Final = "SELECT id, kind, updated, body FROM drafts WHERE account = ? AND id > ? ORDER BY id"


def _drafts(asked: Asked, after: int) -> Found:
    for number, kind, updated, body in asked.db.execute(_DRAFTS, (asked.viewer.account, after)):
        yield (
            number,
            ({"kind": "draft", "id": number, "type": kind, "updated": updated, "body": json.loads(body)},),
        )


_UNNAMED: Final = "SELECT rowid, entry FROM unnamed WHERE rowid > ? AND member = ? ORDER BY rowid"


def _unnamed(asked: Asked, after: int) -> Found:
    """Records of hers that name nobody."""
    for number, entry in asked.db.execute(_UNNAMED, (after, asked.viewer.member)):
        yield number, ({"kind": "unnamed", "entry": entry, "member": asked.viewer.member},)


_PRIVATES: Final = "SELECT rowid, entry, json FROM privates WHERE rowid > ? ORDER BY rowid"


def _privates(asked: Asked, after: int) -> Found:
    """What she said beside records of hers, for this node alone."""
    for number, entry, text in asked.db.execute(_PRIVATES, (after,)):
        line = {"kind": "private", "entry": entry, "private": json.loads(text)}
        yield number, (line,) if _is_hers(asked, entry) else ()


def _is_hers(asked: Asked, entry: str) -> bool:
    found = read_entry(asked.db, parse_entry(entry))
    content = content_in(found) if found else None
    return content is not None and is_author(asked.db, asked.viewer, entry, content)


_ENTRIES: Final = "SELECT key FROM envelopes WHERE key > ? ORDER BY key"


def _records(asked: Asked, after: int) -> Found:
    """Records she may read, each followed by the files it refers to."""
    for (key,) in asked.db.execute(_ENTRIES, (after,)):
        found = entry_answer(asked.db, asked.viewer, entry_of(asked.db, key))
        if found is None or found["state"] != "here" or found["content"] is None:
            yield key, ()
            continue
        mine = is_author(asked.db, asked.viewer, found["id"], found["content"])
        files = tuple(_file(found["id"], blob) for blob in known(found["content"]).get("blobs") or ())
        yield key, ({"kind": "record", "mine": mine, **found}, *files)


def _file(entry: str, blob: Line) -> Line:
    told = {name: blob[name] for name in ("hash", "size", "media_type", "name")}
    return {"kind": "file", "entry": entry, **told, "address": f"/blobs/{blob['hash']}?of={entry}"}


def _end(_asked: Asked, after: int) -> Found:
    """The last line: an export without it was cut off."""
    if after < 0:
        yield 0, ({"kind": "end"},)


_PARTS: Final[tuple[Callable[[Asked, int], Found], ...]] = (
    _account,
    _drafts,
    _unnamed,
    _privates,
    _records,
    _end,
)
