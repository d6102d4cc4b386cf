"""A log taken in without reading it, and rebuilt after, is what reading it as it came would have made of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from protocol.frame_types import KeyringNotes
from store import views
from store.store import Store
from tests.kit.logs import NOW, Author, introduce
from tests.kit.views import full_pitch, member, say

DAY = 86_400_000
BLOB = {"hash": "ab" * 32, "size": 9, "media_type": "text/plain", "name": "notes.txt"}
WORKED_OUT = (
    "verdicts",
    "gaps",
    "audiences",
    "blob_refs",
    "envelopes",
    "arrivals",
    "members",
    "pitches",
    "objects",
)


def history(reader: Author) -> Author:
    """Something of everything: shown, with a file, unknown, wrong, ahead of its time, for us and not for us."""
    author = Author(1)
    owner = member(author)
    pitch = say(author, full_pitch(owner))
    what = {
        "type": "artifact.publish",
        "by": owner,
        "kind": "guide",
        "title": {"en": "Notes"},
        "licence": "CC-BY-4.0",
    }
    say(author, {**what, "blobs": [BLOB]}, at=NOW + DAY)
    say(author, {"type": "pitch.dance", "by": owner})
    author.say(b"[]")
    note = {"type": "comment", "by": owner, "on": pitch, "text": {"en": "to you"}}
    say(author, note, audience=[reader.node])
    say(author, note, audience=[Author(9).node])
    author.say(introduce(7))
    return author


def taken(folder: Path, reader: Author, author: Author, *, shown: bool) -> dict[str, Any]:
    """The rows a store has in the end."""
    store = Store.open(folder, reader.own, lambda: NOW)
    store.shown = shown
    frames = [KeyringNotes(author.node, author.keyring.notes), *author.chunks()]
    store.database.write(lambda tx: store.take_all(tx, frames, author.node)).result()
    if not shown:
        assert store.database.read(_count).result() == 0
        store.database.write(lambda tx: views.rebuild(tx, reader.node)).result()
    found = store.database.read(_rows).result()
    store.close()
    return found


def _count(db: sqlite3.Connection) -> int:
    count: int = db.execute(
        "SELECT (SELECT count(*) FROM members) + (SELECT count(*) FROM pitches)"
    ).fetchone()[0]
    return count


def _rows(db: sqlite3.Connection) -> dict[str, Any]:
    rows = {table: sorted(db.execute(f"SELECT * FROM {table}"), key=repr) for table in WORKED_OUT}  # noqa: S608
    return rows | {"hash": views.state_hash(db)}


def test_read_later_is_read_all_the_same(tmp_path: Path) -> None:
    reader = Author(2)
    author = history(reader)
    at_once = taken(tmp_path / "at-once", reader, author, shown=True)
    later = taken(tmp_path / "later", reader, author, shown=False)
    assert later == at_once
    assert {verdict for _, verdict, _ in at_once["verdicts"]} == {
        "future-dated",
        "unknown-type",
        "invalid",
        "not-for-us",
    }
    assert len(at_once["blob_refs"]) == 1
