"""How far a record has travelled.

Law: only what nodes have said counts; a restricted record is held where its audience acknowledged it.
Source: PROTOCOL sections 6 and 9, WEB "Held by".
"""

from __future__ import annotations

import sqlite3
from typing import Final

from store.rows import split
from store.views.ground import as_a
from store.views.people import Names
from store.views.shapes import HeldBy, NodeRef

_HOLDERS: Final = "SELECT node FROM holders WHERE feed = ? AND size > ? ORDER BY node"
_KNOWN: Final = """
SELECT count(*) FROM (SELECT node FROM feeds UNION SELECT node FROM peers WHERE blocked = 0 UNION SELECT ?)
"""
_AUDIENCE: Final = "SELECT node FROM audiences WHERE key = ? ORDER BY node"
_OWED: Final = "SELECT node FROM owed WHERE key = ? ORDER BY node"


def held_by(db: sqlite3.Connection, names: Names, key: int, author: str, *, restricted: bool) -> HeldBy:
    """Nodes known to hold the record at a row key, of how many."""
    here: str = names.viewer.node
    if restricted:
        return _restricted(db, names, key, author)
    no, index = split(key)
    held = {here, author} | {node for (node,) in db.execute(_HOLDERS, (no, index))}
    known = as_a(int, db.execute(_KNOWN, (here,)).fetchone()[0])
    return {"nodes": _refs(names, held), "of": max(known, len(held)), "not_yet_at": []}


def _restricted(db: sqlite3.Connection, names: Names, key: int, author: str) -> HeldBy:
    here: str = names.viewer.node
    audience = {node for (node,) in db.execute(_AUDIENCE, (key,))} | {author}
    owed = {node for (node,) in db.execute(_OWED, (key,))}
    held = audience - owed if here == author else {here, author}
    return {"nodes": _refs(names, held), "of": len(audience), "not_yet_at": _refs(names, owed)}


def audience_of(db: sqlite3.Connection, names: Names, key: int) -> list[NodeRef] | None:
    """The nodes a record is for, None: the network."""
    return [names.ref(node) for (node,) in db.execute(_AUDIENCE, (key,))] or None


def _refs(names: Names, nodes: set[str]) -> list[NodeRef]:
    return [names.ref(node) for node in sorted(nodes)]
