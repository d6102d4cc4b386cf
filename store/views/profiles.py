"""What a node says of itself, and whether it can be reached by that.

Law: the last profile counts; an address is where the node says it is, which may be wrong. Source: DOMAIN section 3,
PROTOCOL section 9.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from protocol.records import read
from protocol.records.network import NodeProfile
from store.views.ground import as_a, said

_NAMED: Final = "SELECT addresses <> '[]' FROM peers WHERE node = ?"
_OWED: Final = "SELECT 1 FROM owed WHERE node = ? LIMIT 1"


def profile_at(db: sqlite3.Connection, key: int | None) -> NodeProfile | None:
    """The profile in the record at a row key."""
    return None if key is None else as_a(NodeProfile, read(said(db, [key])[key].content))


def profile(db: sqlite3.Connection, node: str) -> NodeProfile | None:
    """What a node last said of itself; None while that is not here."""
    row = db.execute("SELECT key FROM profiles WHERE node = ?", (node,)).fetchone()
    return profile_at(db, row[0]) if row else None


def addresses(db: sqlite3.Connection, node: str) -> list[str]:
    """Where a node says its peers reach it; empty while its profile is not here."""
    said_of_itself = profile(db, node)
    return list(said_of_itself.addresses) if said_of_itself else []


def is_unreached(db: sqlite3.Connection, node: str) -> bool:
    """Whether this node owes a node something and knows no address of it: neither by a pairing nor by its profile."""
    if db.execute(_OWED, (node,)).fetchone() is None:
        return False
    named = db.execute(_NAMED, (node,)).fetchone()
    return not (named and named[0]) and not addresses(db, node)
