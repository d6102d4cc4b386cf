"""What changed here and in which order: the journal of feeds and the run of arrivals.

Law: one counter stamps feeds; a feed keeps only its last stamp, so catching up costs what changed, not what happened.
The generation says whose counter it is. Source: PROTOCOL section 6 "Journal cursor".
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from protocol.errors import LocalError
from protocol.frame_types import Changes, Seen
from protocol.ids import Feed, NodeId
from protocol.limits import MAX_CHANGES
from store.database import Tx

GENERATION: Final = 16
NO_ROOT: Final = b"\0" * 8  # the root tag of a feed of which only the keyring is here


class Arrival(NamedTuple):
    """An entry that became readable here: its local position and its row key."""

    seq: int
    key: int


def stamp(tx: Tx, no: int) -> None:
    """Give the feed the next value of the counter: it will be named to every peer that asks."""
    tx.db.execute("UPDATE feeds SET stamp = 1 + (SELECT max(stamp) FROM feeds) WHERE no = ?", (no,))


def generation(db: sqlite3.Connection) -> bytes:
    """The 16 bytes that name this counter. LocalError before the store was given one."""
    row = db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
    if row is None:
        raise LocalError("the store has no generation yet")
    return bytes(row[0])


def set_generation(tx: Tx, value: bytes) -> None:
    """Begin a new generation (restore, rebuild, recovery): every peer will ask for everything once."""
    if len(value) != GENERATION:
        raise LocalError(f"a generation is {GENERATION} bytes")
    tx.db.execute(
        "INSERT INTO meta (key, value) VALUES ('generation', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (value,),
    )


_CHANGED: Final = """
    SELECT f.stamp, f.node, f.epoch, f.head_size, f.head_root,
           (SELECT tag FROM keyrings k WHERE k.node = f.node ORDER BY revision DESC LIMIT 1)
    FROM feeds f WHERE f.stamp > ? ORDER BY f.stamp LIMIT ?
"""


def changes(db: sqlite3.Connection, known: bytes | None, cursor: int, limit: int = MAX_CHANGES) -> Changes:
    """Answer to SINCE: feeds stamped after the cursor; everything for another generation or a cursor beyond."""
    own = generation(db)
    (last,) = db.execute("SELECT coalesce(max(stamp), 0) FROM feeds").fetchone()
    start = cursor if known == own and cursor <= last else 0
    rows = db.execute(_CHANGED, (start, limit + 1)).fetchall()
    more, rows = len(rows) > limit, rows[:limit]
    return Changes(own, rows[-1][0] if rows else start, tuple(_seen(*row[1:]) for row in rows), more)


def _seen(node: str, epoch: int, size: int, root: bytes | None, tag: bytes | None) -> Seen:
    return Seen(Feed(NodeId(node), epoch), size, root[:8] if root else NO_ROOT, tag or b"\0" * 4)


def arrived(tx: Tx, keys: list[int]) -> None:
    """Note that these entries became readable, in this order; runs of neighbours share a row."""
    (last,) = tx.db.execute(
        "SELECT coalesce(max(seq + count), 1) FROM (SELECT seq, count FROM arrivals ORDER BY seq DESC LIMIT 1)"
    ).fetchone()
    runs: list[tuple[int, int, int]] = []
    at = 0
    while at < len(keys):
        end = at + 1
        while end < len(keys) and keys[end] == keys[at] + end - at:
            end += 1
        runs.append((last + at, keys[at], end - at))
        at = end
    tx.db.executemany("INSERT INTO arrivals (seq, key, count) VALUES (?, ?, ?)", runs)


def arrivals(db: sqlite3.Connection, cursor: int, limit: int) -> list[Arrival]:
    """Entries that became readable after the cursor, in order; the last one's ``seq`` is the next cursor."""
    first = cursor + 1
    rows = db.execute(
        "SELECT seq, key, count FROM arrivals"
        " WHERE seq >= (SELECT coalesce(max(seq), 0) FROM arrivals WHERE seq <= ?) ORDER BY seq LIMIT ?",
        (first, limit + 1),
    )
    found: list[Arrival] = []
    for seq, key, count in rows:
        skip = max(first - seq, 0)
        found += [Arrival(seq + i, key + i) for i in range(skip, min(count, skip + limit - len(found)))]
        if len(found) >= limit:
            break
    return found
