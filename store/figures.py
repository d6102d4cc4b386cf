"""Counts for those who look after a node: network page, status, doctor, metrics.

Law: reads only, numbers and ids only, never content.
Source: PROTOCOL section 6 "gaps are counted and shown", OPERATIONS.
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from protocol.ids import EntryId, Feed, NodeId
from store.rows import INDEX_BITS, FeedRow, all_feeds, entry_of, feeds_after, feeds_of, key_of

MISSING_STATE: Final = 2


class FeedFigures(NamedTuple):
    """A feed as it stands here.

    ``size`` entries are kept, ``held`` of their envelopes too, ``gaps`` are missing and wanted, ``private`` are
    restricted and not for this node; ``refused`` payloads are kept and shown to nobody. ``standing`` says why it takes
    nothing more.
    """

    feed: Feed
    size: int
    held: int
    gaps: int
    private: int
    refused: int
    standing: str


class Verdicts(NamedTuple):
    """How many entries have this verdict, with one of them and what was said of it."""

    verdict: str
    entries: int
    example: EntryId
    detail: str


class Totals(NamedTuple):
    """Of the whole store."""

    feeds: int
    entries: int
    envelopes: int
    gaps: int
    owed: int
    blobs: int
    blobs_wanted: int


def _by_feed(db: sqlite3.Connection, sql: str) -> dict[int, int]:
    return dict(db.execute(sql).fetchall())


def feeds(db: sqlite3.Connection) -> list[FeedFigures]:
    """Every feed here, in order of local numbers."""
    by = f"key >> {INDEX_BITS}"
    absent = _by_feed(db, f"SELECT {by}, count(*) FROM gaps GROUP BY 1")  # noqa: S608
    missing = _by_feed(db, f"SELECT {by}, count(*) FROM gaps WHERE state = {MISSING_STATE} GROUP BY 1")  # noqa: S608
    private = _by_feed(db, f"SELECT {by}, count(*) FROM gaps WHERE state = 0 GROUP BY 1")  # noqa: S608
    refused = _by_feed(db, f"SELECT {by}, count(*) FROM verdicts GROUP BY 1")  # noqa: S608
    return [
        FeedFigures(
            row.feed,
            row.size,
            row.size - absent.get(row.no, 0),
            missing.get(row.no, 0),
            private.get(row.no, 0),
            refused.get(row.no, 0),
            row.standing,
        )
        for row in all_feeds(db)
    ]


def page(db: sqlite3.Connection, after: int, limit: int) -> tuple[list[FeedFigures], int | None]:
    """So many feeds after this local number, and the number to go on from (None: these were the last).

    Costs by what is shown: each feed's own gaps and verdicts, never those of all.
    """
    rows = feeds_after(db, after, limit + 1)
    shown = rows[:limit]
    return [_one(db, row) for row in shown], shown[-1].no if len(rows) > limit else None


def of_node(db: sqlite3.Connection, node: NodeId) -> list[FeedFigures]:
    """The feeds of one node."""
    return [_one(db, row) for row in feeds_of(db, node)]


def _one(db: sqlite3.Connection, row: FeedRow) -> FeedFigures:
    span = (key_of(row.no, 0), key_of(row.no + 1, 0))
    states = dict(
        db.execute("SELECT state, count(*) FROM gaps WHERE key >= ? AND key < ? GROUP BY state", span)
    )
    (refused,) = db.execute("SELECT count(*) FROM verdicts WHERE key >= ? AND key < ?", span).fetchone()
    here = row.size - sum(states.values())
    missing, private = states.get(MISSING_STATE, 0), states.get(0, 0)
    return FeedFigures(row.feed, row.size, here, missing, private, refused, row.standing)


def verdicts(db: sqlite3.Connection) -> list[Verdicts]:
    """Payloads kept and not shown, by verdict, the most frequent first."""
    rows = db.execute(
        "SELECT verdict, count(*), max(key), detail FROM verdicts GROUP BY verdict ORDER BY count(*) DESC, verdict"
    )
    return [Verdicts(verdict, number, entry_of(db, key), detail) for verdict, number, key, detail in rows]


def totals(db: sqlite3.Connection) -> Totals:
    """Counts of the whole store; entries from the feeds' sizes, so that a large log is not walked."""
    (numbers,) = db.execute(
        "SELECT count(*), coalesce(sum(size), 0), (SELECT count(*) FROM gaps), "
        " (SELECT count(*) FROM gaps WHERE state = 2), (SELECT count(*) FROM owed),"
        " (SELECT count(*) FROM blobs WHERE complete = 1), (SELECT count(*) FROM blobs b WHERE complete = 0 AND"
        " NOT EXISTS (SELECT 1 FROM blobs w WHERE w.hash = b.hash AND w.complete = 1)) FROM feeds"
    ).fetchall()
    count, entries, absent, missing, owed, whole, partial = numbers
    return Totals(count, entries, entries - absent, missing, owed, whole, partial)


def invites_open(db: sqlite3.Connection, now: int) -> int:
    """Invite codes for peers that are out and not used; ``now`` is POSIX ms."""
    (count,) = db.execute(
        "SELECT count(*) FROM invites WHERE used_by IS NULL AND expires > ?", (now,)
    ).fetchone()
    return int(count)


class Holding(NamedTuple):
    """What another node has said it holds of ours: so many entries, the last word ``at`` POSIX ms (None: not known).

    ``owed`` are restricted envelopes for it that it has not acknowledged.
    """

    node: NodeId
    entries: int
    owed: int
    at: int | None


_HOLDING: Final = """
SELECT h.node, sum(h.size), (SELECT count(*) FROM owed AS o WHERE o.node = h.node), max((
  SELECT max(t.at) FROM heard AS t WHERE t.feed = h.feed AND t.node = h.node))
FROM holders AS h JOIN feeds AS f ON f.no = h.feed WHERE f.node = ? AND h.node <> f.node
GROUP BY h.node ORDER BY sum(h.size) DESC, h.node
"""


def holding(db: sqlite3.Connection, own: NodeId) -> list[Holding]:
    """Who holds what of ours, who holds most first."""
    return [Holding(NodeId(node), *rest) for node, *rest in db.execute(_HOLDING, (own,))]


def held_by(db: sqlite3.Connection, feed: Feed) -> dict[NodeId, int]:
    """How far each node has said it holds a feed."""
    rows = db.execute(
        "SELECT h.node, h.size FROM holders h JOIN feeds f ON f.no = h.feed WHERE f.node = ? AND f.epoch = ?",
        feed,
    )
    return {NodeId(node): size for node, size in rows}
