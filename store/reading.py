"""What the log holds, read.

Law: reads only; an entry is told with its verdict, never with a guess. Source: PROTOCOL sections 2, 3 and 6.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final, NamedTuple

from protocol.checkpoint import Head, checkpoint_note
from protocol.frame_types import MISSING, RESTRICTED, Payload
from protocol.gossip.signals import FeedState
from protocol.ids import EntryId, Feed, NodeId
from protocol.limits import MAX_FETCH
from store import keyrings
from store.rows import all_feeds, entry_key, feed_no, feed_of, feed_row, key_of, split


class StoredEntry(NamedTuple):
    """An entry as it is here: ``payload`` the envelope or its state, ``first_seen`` POSIX ms, its verdict if any."""

    entry: EntryId
    header: bytes
    payload: Payload
    first_seen: int
    verdict: str | None
    detail: str | None


_ENTRY: Final = """
    SELECT e.header, v.envelope, g.state, e.first_seen, d.verdict, d.detail FROM entries e
    LEFT JOIN envelopes v ON v.key = e.key LEFT JOIN gaps g ON g.key = e.key LEFT JOIN verdicts d ON d.key = e.key
    WHERE e.key = ?
"""


def read_entry(db: sqlite3.Connection, entry: EntryId) -> StoredEntry | None:
    """The entry; None if it is not here."""
    key = entry_key(db, entry)
    row = db.execute(_ENTRY, (key,)).fetchone() if key is not None else None
    if row is None:
        return None
    header, envelope, state, first_seen, verdict, detail = row
    payload = envelope if envelope is not None else MISSING if state is None else state
    return StoredEntry(entry, header, payload, first_seen, verdict, detail)


def head_of(db: sqlite3.Connection, feed: Feed) -> Head | None:
    """The largest signed head whose whole tree is here."""
    row = feed_row(db, feed)
    return row.head if row else None


def feed_states(db: sqlite3.Connection) -> dict[Feed, FeedState]:
    """Every feed held here, for the engine; feeds of which only the keyring is here have size 0."""
    return {row.feed: row.state for row in all_feeds(db)}


def checkpoint(db: sqlite3.Connection, feed: Feed) -> str | None:
    """The feed's checkpoint as a signed note (audit endpoint); None if there is none."""
    head, keyring = head_of(db, feed), keyrings.get(db, feed.node)
    key = keyring.feed_key(feed.epoch) if keyring else None
    return checkpoint_note(feed, head, key) if head and key else None


def gaps_for(
    db: sqlite3.Connection, node: NodeId, feeds: Iterable[Feed] | None = None, limit: int = MAX_FETCH
) -> list[tuple[Feed, tuple[int, ...]]]:
    """Entries worth asking this node for: missing ones, and restricted ones of its own it has not answered yet.

    At most ``limit`` indexes a feed. ``feeds`` None: of all.
    """
    numbers = (
        None if feeds is None else [no for no in (feed_no(db, feed) for feed in feeds) if no is not None]
    )
    own = {no for (no,) in db.execute("SELECT no FROM feeds WHERE node = ?", (node,))}
    found: dict[int, list[int]] = {}
    for no in own if numbers is None else own & set(numbers):
        found[no] = _gaps(db, RESTRICTED, no, limit)
    lacking = numbers
    if lacking is None:
        lacking = [
            no for (no,) in db.execute("SELECT DISTINCT key >> 40 FROM gaps WHERE state = 2 AND asked = 0")
        ]
    for no in lacking:
        found[no] = found.get(no, []) + _gaps(db, MISSING, no, limit)
    return [(feed_of(db, no), tuple(sorted(some)[:limit])) for no, some in sorted(found.items()) if some]


def _gaps(db: sqlite3.Connection, state: int, no: int, limit: int) -> list[int]:
    rows = db.execute(
        "SELECT key FROM gaps WHERE asked = 0 AND state = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?",
        (state, key_of(no, 0), key_of(no + 1, 0), limit),
    )
    return [split(key)[1] for (key,) in rows]
