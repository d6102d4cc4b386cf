"""What an object said at each of its versions: as it was opened, and after each revise of its owner.

Law: a version is the entry id of the record that made it; a revise restates whole each field it names. Read from the
log when asked for, nothing is kept. Source: DOMAIN section 2, "A revise restates whole".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from protocol.errors import Malformed
from protocol.ids import NodeId, parse_entry
from protocol.records import REGISTER, Record, read
from protocol.rules.objects import revised
from protocol.rules.people import node_turn
from store.payloads import UNREAD
from store.rows import entry_key
from store.views.ground import Said, said
from store.views.shapes import Version
from store.views.succession import People

REVISES: Final = tuple(sorted(kind for kind in REGISTER if kind.endswith(".revise")))
MAX_VERSIONS: Final = 200  # of one object, the newest


class Told(NamedTuple):
    """A version: the record that made it, and the whole object as it then was."""

    said: Said
    record: Record


_REVISES: Final = f"""
SELECT key FROM steps
WHERE about = ? AND applies = 1 AND applies IS NOT -1 AND type IN ({", ".join("?" * len(REVISES))})
ORDER BY key DESC LIMIT ?
"""  # noqa: S608


def key_of(db: sqlite3.Connection, entry: str) -> int | None:
    """Row key of an entry id as text; None if there is no such feed here."""
    try:
        return entry_key(db, parse_entry(entry))
    except Malformed:
        return None


def one(db: sqlite3.Connection, entry: str) -> Said | None:
    """The record of an entry id; None if it is not here or is no record of a type known here."""
    key = key_of(db, entry)
    if key is None:
        return None
    row = db.execute("SELECT verdict FROM verdicts WHERE key = ?", (key,)).fetchone()
    return None if row is not None and row[0] in UNREAD else said(db, [key]).get(key)


def versions(db: sqlite3.Connection, object_id: str) -> list[Told]:
    """The versions of an object, oldest first; [] if its first record is not here. Who may see it is asked before."""
    first = one(db, object_id)
    if first is None:
        return []
    keys = [key for (key,) in db.execute(_REVISES, (object_id, *REVISES, MAX_VERSIONS))]
    found = [Told(first, read(first.content))]
    for step in _in_turn(db, first, list(said(db, keys).values())):
        found.append(Told(step, revised(found[-1].record, read(step.content))))
    return found


def _in_turn(db: sqlite3.Connection, first: Said, steps: Sequence[Said]) -> list[Said]:
    """Revises in the order in which their author made them, at whatever node."""
    person = People(db).person(first.node, first.content.get("by"))
    turns = {step.key: node_turn(person, NodeId(step.node), step.order) for step in steps}
    return sorted(steps, key=lambda step: turns[step.key] or (0, *step.order))


_UNSAID: Final = frozenset({"type", "by", "lang", "audience"})


def listed(some: Sequence[Told]) -> list[Version]:
    """Versions as a page shows them; ``fields`` is what a revise restated."""
    return [
        {"id": told.said.id, "time": told.said.at, "fields": _fields(told.said) if at else []}
        for at, told in enumerate(some)
    ]


def _fields(revise: Said) -> list[str]:
    subject = REGISTER[revise.content["type"]].SUBJECT
    return sorted(revise.content.keys() - _UNSAID - {subject})
