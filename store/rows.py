"""Row keys: how a feed and an index become one integer, and back.

Law: an entry's key is its feed's local number times 2^40 plus its index, so entries of a feed lie side by side and in
order in every table keyed by it. Local numbers never leave this store. Source: ARCHITECTURE "Scale".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from protocol.checkpoint import Head
from protocol.errors import LocalError
from protocol.gossip.signals import FeedState
from protocol.ids import EntryId, Feed, NodeId
from protocol.limits import MAX_INDEX
from protocol.merkle import Frontier

INDEX_BITS: Final = MAX_INDEX.bit_length() - 1
_INDEX_MASK: Final = MAX_INDEX - 1


class FeedRow(NamedTuple):
    """A feed as it stands: ``size`` entries kept under ``frontier``; heads are None until there is one."""

    no: int
    feed: Feed
    frontier: Frontier
    head: Head | None
    joined: Head | None
    standing: str
    stamp: int

    @property
    def size(self) -> int:
        return self.frontier.size

    @property
    def head_size(self) -> int:
        """Size of the head announced; 0: none."""
        return self.head.size if self.head else 0

    @property
    def state(self) -> FeedState:
        """What the engine knows of it."""
        return FeedState(self.frontier.size, self.head, self.standing == "live")


def key_of(feed_no: int, index: int) -> int:
    """Row key of an entry, or of the end of a range. LocalError for an index that would reach into another feed."""
    if not 0 <= index <= MAX_INDEX:
        raise LocalError(f"no feed has an entry {index}")
    return feed_no << INDEX_BITS | index


def split(key: int) -> tuple[int, int]:
    """(feed number, index) of a row key."""
    return key >> INDEX_BITS, key & _INDEX_MASK


def feed_no(db: sqlite3.Connection, feed: Feed) -> int | None:
    """Local number of a feed; None if it is not here."""
    row = db.execute("SELECT no FROM feeds WHERE node = ? AND epoch = ?", feed).fetchone()
    return row[0] if row else None


def feed_of(db: sqlite3.Connection, no: int) -> Feed:
    """The feed of a local number. LocalError if there is none."""
    row = db.execute("SELECT node, epoch FROM feeds WHERE no = ?", (no,)).fetchone()
    if row is None:
        raise LocalError(f"no feed has the number {no}")
    return Feed(NodeId(row[0]), row[1])


def entry_of(db: sqlite3.Connection, key: int) -> EntryId:
    """The entry id of a row key."""
    no, index = split(key)
    return EntryId(*feed_of(db, no), index)


def entry_key(db: sqlite3.Connection, entry: EntryId) -> int | None:
    """Row key of an entry id; None if its feed is not here or has no room for such an index."""
    no = feed_no(db, entry.feed)
    return None if no is None or entry.index >= MAX_INDEX else key_of(no, entry.index)


_FEED_COLUMNS: Final = (
    "no, node, epoch, size, frontier, head_size, head_root, head_signature,"
    " joined_size, joined_root, joined_signature, standing, stamp"
)


def feed_row(db: sqlite3.Connection, feed: Feed) -> FeedRow | None:
    """The feed as it stands; None if it is not here."""
    row = db.execute(f"SELECT {_FEED_COLUMNS} FROM feeds WHERE node = ? AND epoch = ?", feed).fetchone()  # noqa: S608
    return _feed_row(row) if row else None


def feed_or_empty(db: sqlite3.Connection, feed: Feed) -> FeedRow:
    """The feed as it stands; one that is not here has number 0 and no entries."""
    return feed_row(db, feed) or FeedRow(0, feed, Frontier.empty(), None, None, "live", 0)


def all_feeds(db: sqlite3.Connection) -> list[FeedRow]:
    """Every feed here, in order of local numbers."""
    return [_feed_row(row) for row in db.execute(f"SELECT {_FEED_COLUMNS} FROM feeds ORDER BY no")]  # noqa: S608


def feeds_after(db: sqlite3.Connection, no: int, limit: int) -> list[FeedRow]:
    """Feeds with higher local numbers, in their order, so many at most."""
    rows = db.execute(f"SELECT {_FEED_COLUMNS} FROM feeds WHERE no > ? ORDER BY no LIMIT ?", (no, limit))  # noqa: S608
    return [_feed_row(row) for row in rows]


def feeds_of(db: sqlite3.Connection, node: NodeId) -> list[FeedRow]:
    """The feeds of one node here, oldest epoch first."""
    rows = db.execute(f"SELECT {_FEED_COLUMNS} FROM feeds WHERE node = ? ORDER BY epoch", (node,))  # noqa: S608
    return [_feed_row(row) for row in rows]


def ensure_feed(db: sqlite3.Connection, feed: Feed) -> FeedRow:
    """The feed as it stands, made empty if it is not here."""
    db.execute(
        "INSERT INTO feeds (node, epoch, size, frontier, head_size, joined_size, standing, stamp)"
        " VALUES (?, ?, 0, x'', 0, 0, 'live', 0) ON CONFLICT DO NOTHING",
        feed,
    )
    row = feed_row(db, feed)
    if row is None:
        raise LocalError(f"feed {feed} cannot be made")
    return row


def _feed_row(row: Sequence[object]) -> FeedRow:
    no, node, epoch, size, frontier, *rest = row
    head, joined = _head(rest[0:3]), _head(rest[3:6])
    return FeedRow(no, Feed(node, epoch), Frontier.from_bytes(size, frontier), head, joined, rest[6], rest[7])  # type: ignore[arg-type]


def _head(columns: Sequence[object]) -> Head | None:
    return Head(*columns) if columns[0] else None  # type: ignore[arg-type]
