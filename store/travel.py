"""When which node said that it holds what: the travel of a record, as far as this node was told.

Law: a time is the moment at which a node's own word came; what it already held when it first spoke of a feed has none.
The oldest are forgotten beyond a number, and then have no time either. Source: PROTOCOL sections 6 and 9.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Final

from protocol.ids import NodeId
from protocol.limits import MAX_HEARD, MAX_INDEX
from store.database import Tx
from store.rows import key_of, split

_SIZE: Final = "SELECT size FROM holders WHERE feed = ? AND node = ?"
_HOLDS: Final = """
INSERT INTO holders (node, feed, size) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET size = excluded.size
"""
_HEARD: Final = """
INSERT INTO heard (feed, node, private, first, size, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_OPEN: Final = "SELECT 1 FROM entries WHERE key >= ? AND key < ? AND substr(header, 2, 1) = x'00' LIMIT 1"
"""Entries whose headers carry no flag: unrestricted ones."""
_FORGET: Final = "DELETE FROM heard WHERE id <= (SELECT max(id) FROM heard) - ?"
_TOLD: Final = """
SELECT h.node, (
  SELECT iif(t.first <= :index, t.at, NULL) FROM heard AS t
  WHERE t.feed = h.feed AND t.node = h.node AND t.private = 0 AND t.size > :index ORDER BY t.size LIMIT 1)
FROM holders AS h WHERE h.feed = :feed AND h.size > :index
"""
_TOLD_PRIVATELY: Final = """
SELECT a.node, t.at FROM audiences AS a
LEFT JOIN heard AS t ON t.feed = :feed AND t.node = a.node AND t.private = 1 AND t.size = :index + 1
WHERE a.key = :key AND a.node NOT IN (SELECT node FROM owed WHERE key = :key)
"""


def holds(tx: Tx, node: NodeId, feed: int, size: int) -> bool:
    """The node says that it holds so much of a feed; whether it had not said so of an entry that all may read."""
    row = tx.db.execute(_SIZE, (feed, node)).fetchone()
    held = row[0] if row is not None else 0
    if row is not None and held >= size:
        return False
    tx.db.execute(_HOLDS, (node, feed, size))
    if row is not None:
        tx.db.execute(_HEARD, (feed, node, 0, held, size, tx.now))
        tx.db.execute(_FORGET, (MAX_HEARD,))
    return (
        tx.db.execute(_OPEN, (key_of(feed, held), key_of(feed, min(size, MAX_INDEX)))).fetchone() is not None
    )


def acknowledged(tx: Tx, node: NodeId, keys: Iterable[int]) -> None:
    """The node has said that it holds these restricted envelopes of ours, and had not before."""
    rows = [(feed, node, 1, index, index + 1, tx.now) for feed, index in map(split, keys)]
    tx.db.executemany(_HEARD, rows)
    tx.db.execute(_FORGET, (MAX_HEARD,))


def told(db: sqlite3.Connection, key: int) -> dict[str, int | None]:
    """Nodes that have said they hold the record at a row key; POSIX ms at which that was heard, None: not known."""
    feed, index = split(key)
    return dict(db.execute(_TOLD, {"feed": feed, "index": index}).fetchall())


def told_privately(db: sqlite3.Connection, key: int) -> dict[str, int | None]:
    """The same of a restricted record of ours: nodes of its audience that are owed it no longer."""
    feed, index = split(key)
    return dict(db.execute(_TOLD_PRIVATELY, {"feed": feed, "index": index, "key": key}).fetchall())


def owed_of(db: sqlite3.Connection, node: NodeId, keys: Iterable[int]) -> list[int]:
    """Those of these row keys that the node is still owed."""
    wanted = json.dumps(list(keys))
    rows = db.execute(
        "SELECT key FROM owed WHERE node = ? AND key IN (SELECT value FROM json_each(?)) ORDER BY key",
        (node, wanted),
    )
    return [key for (key,) in rows]
