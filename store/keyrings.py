"""Keyrings of every node known here.

Law: a chain is taken only as ``protocol.keyring.compare`` says; every revision stays as a row of its own. A node whose
chain is contradicted with equal authority is frozen: kept, shown, and taken no further. What contradicts it is kept
beside it, because whoever hears of one must hear of both.
Source: PROTOCOL section 1 "Conflicts".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from protocol import cbor
from protocol.checkpoint import Head
from protocol.errors import LocalError, RemoteError
from protocol.frame_types import Chunk, Frame, KeyringNotes
from protocol.frames import decode, encode
from protocol.gossip.signals import KeyringChanged, Outcome, Verdict
from protocol.ids import Feed, NodeId
from protocol.keyring import Comparison, Keyring, compare, parse_keyring, take
from protocol.limits import MAX_FEEDS
from protocol.merkle import EMPTY
from store import journal, standing
from store.database import Memory, Tx
from store.rows import FeedRow, ensure_feed, feed_row, feeds_of
from store.tiles import root_at


class Held(NamedTuple):
    """A keyring as it is held: ``frozen`` if a chain of equal authority contradicts it."""

    keyring: Keyring
    frozen: bool


def notes_of(db: sqlite3.Connection, node: NodeId) -> tuple[bytes, ...]:
    """The notes of the chain that counts, as KEYRING carries them; none if it is not here."""
    row = _newest(db, node)
    return cbor.load(row[0]) if row else ()


def get(db: sqlite3.Connection, node: NodeId) -> Keyring | None:
    """The chain that counts; None if it is not here."""
    notes = notes_of(db, node)
    return parse_keyring(notes) if notes else None


def held(tx: Tx, node: NodeId) -> Held | None:
    """The chain that counts and whether it is frozen; a chain read before is not verified again."""
    row = _newest(tx.db, node)
    if row is None:
        return None
    keyring = tx.memory.keyrings.get(row[0])
    if keyring is None:
        keyring = parse_keyring(cbor.load(row[0]))
        Memory.keep(tx.memory.keyrings, row[0], keyring)
    return Held(keyring, bool(row[1]))


def tags(db: sqlite3.Connection) -> dict[NodeId, bytes]:
    """The 4-byte tag of every node's chain here, for the engine."""
    rows = db.execute(
        "SELECT node, tag FROM keyrings WHERE revision IN (SELECT max(revision) FROM keyrings GROUP BY node)"
    )
    return {NodeId(node): tag for node, tag in rows}


def put(tx: Tx, keyring: Keyring, *, rival: Frame | None = None) -> None:
    """Make this chain the one that counts and stamp its newest feed; with a ``rival`` the node is frozen."""
    blob = cbor.dump(list(keyring.notes))
    revision = tx.db.execute(
        "INSERT INTO keyrings (node, notes, tag, epoch, frozen) VALUES (?, ?, ?, ?, ?)",
        (keyring.node, blob, keyring.tag, keyring.epoch, int(rival is not None)),
    ).lastrowid
    if rival is not None:
        tx.db.execute("INSERT INTO rivals (revision, frame) VALUES (?, ?)", (revision, encode(rival)))
    journal.stamp(tx, ensure_feed(tx.db, Feed(keyring.node, keyring.epoch)).no)


def receive(tx: Tx, node: NodeId, notes: Sequence[bytes], *, own_node: NodeId) -> Outcome:
    """What a peer says a node's chain is. BAD_KEYRING for one that does not hold or is another's."""
    try:
        other = parse_keyring(notes)
    except RemoteError as error:
        return Outcome(Verdict.BAD_KEYRING, detail=str(error))
    if other.node != node:
        return Outcome(Verdict.BAD_KEYRING, detail="the keyring of another node")
    now = held(tx, node)
    if now is None:
        return _first(tx, other)
    return _another(tx, now, other, own=node == own_node)


def _first(tx: Tx, keyring: Keyring) -> Outcome:
    (feeds,) = tx.db.execute("SELECT count(*) FROM feeds").fetchone()
    if feeds >= MAX_FEEDS:
        return Outcome(Verdict.NOT_REPLICATED, detail=f"{MAX_FEEDS} feeds are held already")
    put(tx, keyring)
    _tell(tx, keyring, None)
    return Outcome(Verdict.STORED)


def _another(tx: Tx, now: Held, other: Keyring, *, own: bool) -> Outcome:
    meaning = compare(now.keyring, other)
    if meaning in {Comparison.SAME, Comparison.PREFIX, Comparison.LOSES}:
        return Outcome(Verdict.NOTHING_NEW)
    if own:
        standing.stop(tx, other.node, standing.OWN_KEYRING)
        return Outcome(Verdict.STANDSTILL, detail="a keyring of this node that was not made here")
    if meaning is Comparison.FROZEN:
        return _conflict(tx, now, other)
    if now.frozen and meaning is not Comparison.REPLACES:
        return Outcome(Verdict.STANDSTILL, detail="the node is frozen")
    return _take(tx, now, other)


def _conflict(tx: Tx, now: Held, other: Keyring) -> Outcome:
    if now.frozen:
        return Outcome(Verdict.STANDSTILL, detail="the node is frozen already")
    freeze(tx, now.keyring, KeyringNotes(other.node, other.notes))
    return Outcome(Verdict.STANDSTILL, detail="two keyrings of equal authority: the node is frozen")


def freeze(tx: Tx, keyring: Keyring, rival: KeyringNotes | Chunk) -> None:
    """Keep this chain, take nothing more of its node, and tell every peer: the chain first, then what contradicts it.

    ``rival`` is the other chain, or a head that its feed signed past the close the chain names (a CHUNK without
    entries).
    """
    put(tx, keyring, rival=rival)
    _stand(tx, keyring.node, "live", "frozen")
    _tell(tx, keyring, rival)
    tx.topics.add("network")


def _take(tx: Tx, now: Held, other: Keyring) -> Outcome:
    keyring = take(now.keyring, other)
    rival = _unsettled(tx, now, keyring) or _past_a_close(tx, keyring)
    if rival is not None:
        freeze(tx, keyring, rival)
        return Outcome(Verdict.STANDSTILL, detail="the chain does not settle what contradicts it")
    put(tx, keyring)
    _stand(tx, other.node, "frozen", "live")
    for epoch in keyring.closes:
        close_if_done(tx, ensure_feed(tx.db, Feed(keyring.node, epoch)))
    _tell(tx, keyring, None)
    tx.topics.add("network")
    return Outcome(Verdict.STORED)


def _tell(tx: Tx, keyring: Keyring, rival: Frame | None) -> None:
    states = tuple((row.feed, row.state) for row in feeds_of(tx.db, keyring.node))
    tx.events.append(KeyringChanged(keyring.node, keyring.tag, keyring.notes, rival, states))


def _unsettled(tx: Tx, now: Held, keyring: Keyring) -> KeyringNotes | Chunk | None:
    """What froze the node, if this chain leaves it standing: it must replace that too."""
    found = rival(tx.db, keyring.node) if now.frozen else None
    if isinstance(found, KeyringNotes):
        settled = compare(parse_keyring(found.notes), keyring) is Comparison.REPLACES
    elif isinstance(found, Chunk):
        settled = not past_close(keyring, found.feed, found.head)
    else:
        return None
    return None if settled else found


def past_close(keyring: Keyring, feed: Feed, head: Head) -> bool:
    """Whether a head that the feed signed goes on where a close signed only by the feed key says it ended."""
    close = keyring.closes.get(feed.epoch)
    return (
        close is not None
        and not close.by_recovery
        and head.size >= close.size
        and (head.size, head.root) != (close.size, close.root)
    )


def _past_a_close(tx: Tx, keyring: Keyring) -> Chunk | None:
    """A verified head held here of an epoch that this chain closes before it."""
    for epoch in keyring.closes:
        row = feed_row(tx.db, Feed(keyring.node, epoch))
        for head in (row.joined, row.head) if row else ():
            if row is not None and head is not None and past_close(keyring, row.feed, head):
                return Chunk(row.feed, head.size, head, (), ())
    return None


def rival(db: sqlite3.Connection, node: NodeId) -> KeyringNotes | Chunk | None:
    """What contradicts the chain that counts, as it travels; None while nothing does, or it was not kept."""
    row = db.execute(
        "SELECT r.frame FROM keyrings k JOIN rivals r ON r.revision = k.revision"
        " WHERE k.revision = (SELECT max(revision) FROM keyrings WHERE node = ?)",
        (node,),
    ).fetchone()
    if row is None:
        return None
    frame = decode(row[0])
    if not isinstance(frame, KeyringNotes | Chunk):
        raise LocalError("a row of rivals that is none")
    return frame


def told(db: sqlite3.Connection, node: NodeId) -> tuple[Frame, ...]:
    """What a peer is told of a node's keyring: the chain that counts, then what contradicts it."""
    other = rival(db, node)
    chain = KeyringNotes(node, notes_of(db, node))
    return (chain,) if other is None else (chain, other)


def frozen(db: sqlite3.Connection) -> set[NodeId]:
    """Nodes whose chain is contradicted."""
    rows = db.execute(
        "SELECT node FROM keyrings k WHERE frozen = 1"
        " AND revision = (SELECT max(revision) FROM keyrings WHERE node = k.node)"
    )
    return {NodeId(node) for (node,) in rows}


def close_if_done(tx: Tx, row: FeedRow) -> FeedRow:
    """The feed, closed for good if its epoch is and the closing head's whole tree is here.

    A note of recovery authority also ends a conviction; a tree without the closing root stays as it stands.
    """
    now = held(tx, row.feed.node)
    close = now.keyring.closes.get(row.feed.epoch) if now else None
    if close is None or row.size < close.size or (row.standing == "convicted" and not close.by_recovery):
        return row
    if (root_at(tx.db, row.no, close.size) if close.size else EMPTY) != close.root:
        return row
    tx.db.execute("UPDATE feeds SET standing = 'closed' WHERE no = ?", (row.no,))
    return row._replace(standing="closed")


def _stand(tx: Tx, node: NodeId, before: str, after: str) -> None:
    tx.db.execute("UPDATE feeds SET standing = ? WHERE node = ? AND standing = ?", (after, node, before))


def _newest(db: sqlite3.Connection, node: NodeId) -> tuple[bytes, int] | None:
    row = db.execute(
        "SELECT notes, frozen FROM keyrings WHERE node = ? ORDER BY revision DESC LIMIT 1", (node,)
    ).fetchone()
    if row is None:
        return None
    if not isinstance(row[0], bytes):
        raise LocalError("a keyring row that holds no bytes")
    return row[0], row[1]
