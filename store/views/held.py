"""How far a record has travelled.

Law: only what nodes have said counts; a restricted record is held where its audience acknowledged it, and only its
author's node is told that. Source: PROTOCOL sections 6 and 9, WEB "Held by".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from protocol.records import BlobRef
from store.travel import told, told_privately
from store.views.ground import as_a, claimed_in
from store.views.people import Names
from store.views.profiles import is_unreached
from store.views.shapes import HeldBy, Leg, NodeRef

_KNOWN: Final = """
SELECT count(*) FROM (SELECT node FROM feeds UNION SELECT node FROM peers WHERE blocked = 0 UNION SELECT ?)
"""
_AUDIENCE: Final = "SELECT node FROM audiences WHERE key = ? ORDER BY node"
_OWED: Final = "SELECT node FROM owed WHERE key = ? ORDER BY node"
_HAVING: Final = "SELECT node FROM blob_holders WHERE hash = ? AND size = ?"
_WHOLE: Final = "SELECT 1 FROM blobs WHERE hash = ? AND size = ? AND complete = 1"
_CAME: Final = "SELECT header, first_seen FROM entries WHERE key = ?"
LATER: Final = 2**63
"""Where a time that is not known stands among those that are."""


def held_by(
    db: sqlite3.Connection,
    names: Names,
    key: int,
    author: str,
    *,
    restricted: bool,
    files: Sequence[BlobRef] = (),
) -> HeldBy:
    """Nodes known to hold the record at a row key, of how many; with ``files``, which of them have those too."""
    found = _restricted(db, names, key, author) if restricted else _open(db, names, key, author)
    if files:
        known = set.intersection(*(_having(db, names, file) for file in files))
        found["files"] = [node for node in found["nodes"] if node["node"] in known]
    return found


def _having(db: sqlite3.Connection, names: Names, file: BlobRef) -> set[str]:
    """Nodes known to have a file of this size whole."""
    nodes = {node for (node,) in db.execute(_HAVING, (file.hash, file.size))}
    here = db.execute(_WHOLE, (file.hash, file.size)).fetchone() is not None
    return nodes | {names.viewer.node} if here else nodes


def _open(db: sqlite3.Connection, names: Names, key: int, author: str) -> HeldBy:
    here: str = names.viewer.node
    said = told(db, key)
    held = {here, author} | said.keys()
    known = as_a(int, db.execute(_KNOWN, (here,)).fetchone()[0])
    return {
        "nodes": _refs(names, held),
        "of": max(known, len(held)),
        "not_yet_at": [],
        "no_address": [],
        "files": None,
        "travel": _travel(db, names, key, author, said),
    }


def _restricted(db: sqlite3.Connection, names: Names, key: int, author: str) -> HeldBy:
    here: str = names.viewer.node
    audience = {node for (node,) in db.execute(_AUDIENCE, (key,))} | {author}
    owed = {node for (node,) in db.execute(_OWED, (key,))}
    held = audience - owed if here == author else {here, author}
    said = told_privately(db, key) if here == author else {}
    return {
        "nodes": _refs(names, held),
        "of": len(audience),
        "not_yet_at": _refs(names, owed),
        "files": None,
        "no_address": _refs(names, {node for node in audience - {here} if is_unreached(db, node)}),
        "travel": _travel(db, names, key, author, said),
    }


def audience_of(db: sqlite3.Connection, names: Names, key: int) -> list[NodeRef] | None:
    """The nodes a record is for, None: the network."""
    return [names.ref(node) for (node,) in db.execute(_AUDIENCE, (key,))] or None


def _travel(
    db: sqlite3.Connection, names: Names, key: int, author: str, said: Mapping[str, int | None]
) -> list[Leg]:
    here: str = names.viewer.node
    header, came = db.execute(_CAME, (key,)).fetchone()
    onward: list[Leg] = [
        {**names.ref(node), "how": "told", "at": at}
        for node, at in said.items()
        if node not in {here, author}
    ]
    if here != author:
        onward.append({**names.ref(here), "how": "here", "at": came})
    onward.sort(key=lambda leg: (LATER if leg["at"] is None else leg["at"], leg["node"]))
    first: Leg = (
        {**names.ref(here), "how": "here", "at": came}
        if here == author
        else {**names.ref(author), "how": "signed", "at": claimed_in(header)}
    )
    return [first, *onward]


def _refs(names: Names, nodes: set[str]) -> list[NodeRef]:
    return [names.ref(node) for node in sorted(nodes)]
