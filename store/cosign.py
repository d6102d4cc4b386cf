"""Witnessing: our name under other nodes' heads, and theirs under ours.

Law: only a head whose whole tree is here is cosigned, never a smaller one than before, at most one a feed and minute;
what was cosigned is a row before it is sent. A cosignature is verified before it is kept. Source: PROTOCOL section 3.
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from protocol.checkpoint import Head, checkpoint_text
from protocol.crypto import Signer
from protocol.frame_types import Cosigned
from protocol.gossip.signals import Outcome, Verdict
from protocol.ids import Feed, NodeId
from protocol.keyring import witness_name
from protocol.limits import COSIGN_SECONDS, MAX_COSIGNATURES
from protocol.note import Signature, cosign_raw, cosignature, verify_cosignature_raw
from store import keyrings
from store.database import Tx
from store.rows import FeedRow, feed_row


class Cosignature(NamedTuple):
    """A witness's verified cosignature of one head of ours."""

    witness: NodeId
    seconds: int
    signature: bytes


def cosign(tx: Tx, node: NodeId, witness: Signer, feed: Feed) -> Cosigned | None:
    """Cosign the newest head of a feed held here whole; None if it was already, is not due or may not be.

    ``node`` is this node, ``witness`` its witness key. The frame goes to the feed's author if connected.
    """
    row = feed_row(tx.db, feed)
    if row is None or row.head is None or row.head.size <= last(tx.db, row.no):
        return None
    return cosign_head(tx, node, witness, row, row.head)


def cosign_head(tx: Tx, node: NodeId, witness: Signer, row: FeedRow, head: Head) -> Cosigned | None:
    """Cosign a head whose whole tree is here, which is the caller's to know; None if it is not due or may not be.

    The head cosigned last may be cosigned again, once a minute by the clock of its first time; that is not written
    down, so it takes nothing from the next head. A smaller one never.
    """
    if row.standing not in {"live", "closed"} or row.feed.node == node:
        return None
    seconds, feed = tx.now // 1000, row.feed
    before = tx.db.execute("SELECT size, seconds FROM cosigned WHERE feed = ?", (row.no,)).fetchone()
    if before is not None and head.size == before[0]:
        since, each = max(0, seconds - before[1]), max(1, COSIGN_SECONDS)
        return _signed(node, witness, feed, head, before[1] + since // each * each)
    if before is not None and (head.size < before[0] or seconds < before[1] + COSIGN_SECONDS):
        return None
    tx.db.execute(
        "INSERT INTO cosigned (feed, size, seconds) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET size = excluded.size, seconds = excluded.seconds",
        (row.no, head.size, seconds),
    )
    return _signed(node, witness, feed, head, seconds)


def _signed(node: NodeId, witness: Signer, feed: Feed, head: Head, seconds: int) -> Cosigned:
    signature = cosign_raw(witness, checkpoint_text(feed, head.size, head.root), seconds)
    return Cosigned(feed, head.size, head.root, node, seconds, signature)


def last(db: sqlite3.Connection, no: int) -> int:
    """Size of the largest head of a feed that this node has cosigned; 0: none."""
    row = db.execute("SELECT size FROM cosigned WHERE feed = ?", (no,)).fetchone()
    return int(row[0]) if row else 0


def due(db: sqlite3.Connection, node: NodeId, now: int, limit: int = 100) -> list[Feed]:
    """Feeds of others whose newest head may be cosigned at ``now`` (POSIX ms)."""
    rows = db.execute(
        "SELECT f.node, f.epoch FROM feeds f LEFT JOIN cosigned c ON c.feed = f.no"
        " WHERE f.node <> ? AND f.standing IN ('live', 'closed') AND f.head_size > coalesce(c.size, 0)"
        " AND ? >= coalesce(c.seconds, 0) + ? ORDER BY f.stamp LIMIT ?",
        (node, now // 1000, COSIGN_SECONDS, limit),
    )
    return [Feed(NodeId(author), epoch) for author, epoch in rows]


_KEEP: Final = (
    "INSERT INTO cosignatures (feed, size, root, witness, seconds, signature) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)


def receive(tx: Tx, own_node: NodeId, frame: Cosigned) -> Outcome:
    """A witness's cosignature of a head of ours: STORED, BAD_SIGNATURE, or not ours to keep."""
    row = feed_row(tx.db, frame.feed)
    if row is None or frame.feed.node != own_node:
        return Outcome(Verdict.NOT_REPLICATED, frame.feed, row.state if row else None)
    known = tx.db.execute(
        "SELECT root FROM heads WHERE feed = ? AND size = ?", (row.no, frame.size)
    ).fetchone()
    held = keyrings.held(tx, frame.witness)
    if known is None or known[0] != frame.root or held is None:
        return Outcome(
            Verdict.NOTHING_NEW, frame.feed, row.state, "not a head of ours, or the witness is unknown"
        )
    text = checkpoint_text(frame.feed, frame.size, frame.root)
    if not verify_cosignature_raw(held.keyring.witness, text, frame.seconds, frame.signature):
        judged_by = (frame.witness, held.keyring.tag)
        return Outcome(Verdict.BAD_SIGNATURE, frame.feed, row.state, judged_by=judged_by)
    tx.db.execute(_KEEP, (row.no, frame.size, frame.root, frame.witness, frame.seconds, frame.signature))
    return Outcome(Verdict.STORED, frame.feed, row.state)


def of_head(db: sqlite3.Connection, no: int, head: Head) -> list[Cosignature]:
    """Cosignatures kept of one head, the earliest first; as many as a receipt holds."""
    rows = db.execute(
        "SELECT witness, seconds, signature FROM cosignatures WHERE feed = ? AND size = ? AND root = ?"
        " ORDER BY seconds, witness LIMIT ?",
        (no, head.size, head.root, MAX_COSIGNATURES),
    )
    return [Cosignature(NodeId(witness), seconds, signature) for witness, seconds, signature in rows]


def lines(db: sqlite3.Connection, no: int, head: Head) -> list[Signature]:
    """The same as lines of a note, for those whose witness's keyring is here."""
    found = [(one, keyrings.get(db, one.witness)) for one in of_head(db, no, head)]
    return [
        cosignature(witness_name(one.witness), keyring.witness, one.seconds, one.signature)
        for one, keyring in found
        if keyring is not None
    ]
