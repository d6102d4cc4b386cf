"""Two histories of one feed: proven, kept, and the end of the feed's growth here.

Law: a head that does not continue our tree convicts only with a proof; without one it is an open dispute, no offence.
Source: PROTOCOL sections 3 and 5.
"""

from __future__ import annotations

import sqlite3

from protocol.checkpoint import Head, verify_head
from protocol.errors import LocalError
from protocol.evidence import Evidence, convicts, lifted
from protocol.frame_types import EvidenceFrame
from protocol.frames import decode, encode
from protocol.gossip.signals import Conviction, Outcome, Verdict
from protocol.ids import Feed
from protocol.merkle import subtree_proof
from store import journal, keyrings
from store.database import Tx
from store.rows import FeedRow, ensure_feed, feed_row
from store.tiles import getter, root_at


def dispute(tx: Tx, row: FeedRow, head: Head) -> Outcome:
    """A head that its feed signed and that does not continue our tree. CONVICTED if ours is as long, else UNJOINED."""
    if row.head is None or row.head.size < head.size:
        return Outcome(Verdict.UNJOINED, row.feed, row.state)
    get = getter(tx.db, row.no)
    proof = tuple(subtree_proof(0, head.size, row.head.size, get))
    own_root = root_at(tx.db, row.no, head.size)
    return _convict(tx, row, EvidenceFrame(row.feed, head, row.head, own_root, proof))


def receive(tx: Tx, frame: EvidenceFrame) -> Outcome:
    """Evidence a peer passes on: CONVICTED if it is new and holds, BAD_PROOF or BAD_SIGNATURE if it does not."""
    held = keyrings.held(tx, frame.feed.node)
    if held is None:
        return Outcome(Verdict.NOT_REPLICATED, frame.feed, detail="the keyring is not here")
    row = feed_row(tx.db, frame.feed)
    if (row is not None and of(tx.db, row.no) is not None) or lifted(frame.feed, held.keyring):
        return Outcome(Verdict.NOTHING_NEW, frame.feed, row.state if row else None)
    key = held.keyring.feed_key(frame.feed.epoch)
    if key is None:
        return Outcome(Verdict.NOT_REPLICATED, frame.feed, detail="the keyring here has not opened the epoch")
    parts = (frame.feed, frame.a, frame.b, frame.b_root_at_a, frame.proof)
    if not convicts(Evidence(*parts), held.keyring):
        # A head that does not hold may be signed under a keyring not seen here; a proof that does not hold may not.
        signed = all(verify_head(frame.feed, head, key) for head in (frame.a, frame.b))
        verdict = Verdict.BAD_PROOF if signed else Verdict.BAD_SIGNATURE
        judged_by = (frame.feed.node, held.keyring.tag)
        return Outcome(
            verdict, frame.feed, row.state if row else None, "evidence that does not convict", judged_by
        )
    return _convict(tx, row or ensure_feed(tx.db, frame.feed), frame)


def _convict(tx: Tx, row: FeedRow, frame: EvidenceFrame) -> Outcome:
    tx.db.execute("INSERT INTO evidence (feed, frame) VALUES (?, ?)", (row.no, encode(frame)))
    tx.db.execute("UPDATE feeds SET standing = 'convicted' WHERE no = ?", (row.no,))
    journal.stamp(tx, row.no)
    tx.events.append(Conviction(frame, keyrings.notes_of(tx.db, row.feed.node)))
    tx.topics.add("network")
    return Outcome(Verdict.CONVICTED, row.feed, row._replace(standing="convicted").state)


def of(db: sqlite3.Connection, no: int) -> EvidenceFrame | None:
    """The evidence against a feed by its local number; None if there is none."""
    row = db.execute("SELECT frame FROM evidence WHERE feed = ?", (no,)).fetchone()
    if row is None:
        return None
    frame = decode(row[0])
    if not isinstance(frame, EvidenceFrame):
        raise LocalError("a row of evidence that is none")
    return frame


def convicted(db: sqlite3.Connection) -> list[Feed]:
    """Feeds that showed two histories."""
    return [
        Feed(*row)
        for row in db.execute("SELECT node, epoch FROM feeds WHERE standing = 'convicted' ORDER BY no")
    ]
