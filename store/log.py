"""The log: the only module that inserts into ``entries``.

Law: check, insert and effects in one transaction, against what was read inside it; every offer ends in exactly one
Verdict; nothing is shown that was not verified. Cheap checks first. Source: PROTOCOL sections 2, 5 and 12.

The rungs of ``ingest``, in this order:

    1  membership: author not blocked, keyring here, epoch opened, room for the feed  → NOT_REPLICATED, AHEAD
    2  standing: the feed takes entries at all                                        → STANDSTILL
    3  Merkle: ``protocol.joining.judge``                                             → AHEAD, BAD_PROOF, …
    4  signature of the head, unless it was verified before                           → BAD_SIGNATURE
    5  envelopes have the length and hash their headers commit to                     → BAD_ENVELOPE
    6  rows, tiles, frontier, head, journal                                           → STORED, JOINED, CONVICTED
    7  payloads: no verdict of theirs stops a feed
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from protocol.checkpoint import Head, sign_head, verify_head
from protocol.entry import check_envelope, make_entry
from protocol.errors import LocalError, Refused
from protocol.frame_types import Chunk, Entry, Envelopes
from protocol.gossip.signals import Grew, Outcome, Owing, Verdict
from protocol.ids import EntryId, Feed, NodeId
from protocol.joining import Judgement, Tree, judge
from protocol.keyring import Keyring
from protocol.limits import MAX_EPOCHS, MAX_FEEDS, MAX_INDEX
from protocol.merkle import Frontier, leaf_hash
from store import evidence, intake, journal, keyrings, peers, standing, tiles
from store.database import Memory, Tx
from store.intake import Arriving, Offer
from store.own import Own
from store.rows import FeedRow, ensure_feed, feed_row, key_of

_SIGNED: Final = frozenset({Verdict.STORED, Verdict.JOINED, Verdict.UNJOINED})


class Appended(NamedTuple):
    """An own entry, by index, that waits for the seal; ``audience`` None: the network."""

    position: int
    header: bytes
    envelope: bytes
    audience: frozenset[NodeId] | None


# What peers send


def ingest(tx: Tx, offer: Offer, chunk: Chunk) -> Outcome:
    """Verify and keep a CHUNK; on STORED a Grew event follows the commit. The views are the caller's."""
    row = feed_row(tx.db, chunk.feed)
    held = keyrings.held(tx, chunk.feed.node)
    refused = _membership(tx, offer, chunk, row, held) or _standing(row, held)  # 1, 2
    if refused is not None or held is None:
        return refused or Outcome(Verdict.AHEAD, chunk.feed, detail="the keyring is not here")
    row = row or ensure_feed(tx.db, chunk.feed)
    if chunk.feed.node == offer.own_node and standing.alarm(tx.db) not in standing.FETCHING:
        return _own_head(tx, row, held.keyring, chunk.head)
    found = judge(_tree(tx.db, row), chunk)  # 3
    if found.verdict in {Verdict.AHEAD, Verdict.BAD_PROOF}:
        return Outcome(found.verdict, chunk.feed, row.state)
    signed = found.verdict in _SIGNED or _completes(row, chunk.head, found)
    if signed and not _signed(tx, row, held.keyring, chunk.head):  # 4
        return _unsigned(row, held.keyring)
    if not _envelopes_fit(chunk.entries):  # 5
        return Outcome(Verdict.BAD_ENVELOPE, chunk.feed, row.state)
    return _effect(tx, offer, row, chunk, found)  # 6, 7


def _membership(
    tx: Tx, offer: Offer, chunk: Chunk, row: FeedRow | None, held: keyrings.Held | None
) -> Outcome | None:
    feed = chunk.feed
    if peers.is_blocked(tx.db, feed.node):
        return Outcome(Verdict.NOT_REPLICATED, feed, detail="its node is blocked here")
    if held is None or feed.epoch > held.keyring.epoch:
        return Outcome(Verdict.AHEAD, feed, row and row.state, "the keyring is not here")
    close = held.keyring.closes.get(feed.epoch)
    if close is not None and (chunk.head.size, chunk.head.root) != (close.size, close.root):
        return _past_the_close(tx, offer, chunk, row, held)
    if row is None and (feed.epoch >= MAX_EPOCHS or _feeds(tx.db) >= MAX_FEEDS):
        return Outcome(Verdict.NOT_REPLICATED, feed, detail="no room for another feed")
    return None


def _past_the_close(tx: Tx, offer: Offer, chunk: Chunk, row: FeedRow | None, held: keyrings.Held) -> Outcome:
    """Another head of a closed epoch: none that counts, unless the feed signed it and only its key closed before it.

    Then the feed's own words contradict each other, and the node is frozen as by two chains.
    """
    feed, head, keyring = chunk.feed, chunk.head, held.keyring
    outcome = Outcome(
        Verdict.NOT_REPLICATED, feed, row and row.state, "the epoch is closed with another head"
    )
    if held.frozen or feed.node == offer.own_node or not _contradicts_close(tx, keyring, row, feed, head):
        return outcome
    key = keyring.feed_key(feed.epoch)
    tx.memory.signature_checks += 1
    if key is None or not verify_head(feed, head, key):
        return outcome
    keyrings.freeze(tx, keyring, Chunk(feed, head.size, head, (), ()))
    after = feed_row(tx.db, feed)
    return Outcome(Verdict.STANDSTILL, feed, after and after.state, "a head past the close of its epoch")


def _contradicts_close(tx: Tx, keyring: Keyring, row: FeedRow | None, feed: Feed, head: Head) -> bool:
    close = keyring.closes[feed.epoch]
    if close.by_recovery or head.size >= close.size or row is None or row.standing != "closed":
        return keyrings.past_close(keyring, feed, head)
    return tiles.root_at(tx.db, row.no, head.size) != head.root


def _feeds(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM feeds").fetchone()[0])


def _standing(row: FeedRow | None, held: keyrings.Held | None) -> Outcome | None:
    if held is not None and held.frozen:
        return Outcome(Verdict.STANDSTILL, row.feed if row else None, row.state if row else None, "frozen")
    if row is None or row.standing in {"live", "stopped"}:
        return None
    return Outcome(Verdict.STANDSTILL, row.feed, row.state, row.standing)


def _tree(db: sqlite3.Connection, row: FeedRow) -> Tree:
    return Tree(
        frontier=row.frontier,
        left=lambda start, end: tiles.hashes(db, row.no, 0, start, end),
        root_at=lambda size: tiles.root_at(db, row.no, size),
        joined=row.joined,
    )


def _signed(tx: Tx, row: FeedRow, keyring: Keyring, head: Head) -> bool:
    """Whether the feed's key signed the head; of a closed epoch the keyring itself vouches for the one head."""
    known, memory = (row.feed, head), tx.memory
    if head in {row.head, row.joined} or known in memory.heads or row.feed.epoch in keyring.closes:
        return True
    memory.signature_checks += 1
    key = keyring.feed_key(row.feed.epoch)
    if key is None or not verify_head(row.feed, head, key):
        return False
    Memory.keep(memory.heads, known, None)
    return True


def _unsigned(row: FeedRow, keyring: Keyring) -> Outcome:
    """A head that does not hold under the keyring that is here: the engine asks by which one its sender goes."""
    return Outcome(Verdict.BAD_SIGNATURE, row.feed, row.state, judged_by=(keyring.node, keyring.tag))


def _envelopes_fit(entries: Sequence[Entry]) -> bool:
    return all(isinstance(payload, int) or check_envelope(header, payload) for header, payload in entries)


def _own_head(tx: Tx, row: FeedRow, keyring: Keyring, head: Head) -> Outcome:
    """A head of our own feed: nothing new, or signed under our key elsewhere, which stops signing (case 5)."""
    if head.size <= row.size and tiles.root_at(tx.db, row.no, head.size) == head.root:
        return Outcome(Verdict.NOTHING_NEW, row.feed, row.state)
    if not _signed(tx, row, keyring, head):
        return _unsigned(row, keyring)
    standing.stop(tx, row.feed.node, standing.OWN_HEAD)
    detail = "a head under our own key that was not signed here: signing has stopped"
    return Outcome(Verdict.STANDSTILL, row.feed, row._replace(standing="stopped").state, detail)


def _contradicted(tx: Tx, row: FeedRow) -> Outcome:
    """What was fetched back does not continue what is here: two histories were signed under this key."""
    standing.stop(tx, row.feed.node, standing.CONTRADICTION)
    detail = "a peer holds another history under our own key: signing has stopped"
    return Outcome(Verdict.STANDSTILL, row.feed, row._replace(standing="stopped").state, detail)


def _completes(row: FeedRow, head: Head, found: Judgement) -> bool:
    """Whether a head covers exactly the entries kept, which no head here does yet: a pull under a larger one broke."""
    return found.verdict is Verdict.NOTHING_NEW and head.size == row.size and row.head_size < row.size


def _effect(tx: Tx, offer: Offer, row: FeedRow, chunk: Chunk, found: Judgement) -> Outcome:
    """What a judged, signed and checked chunk does."""
    if found.verdict is Verdict.STORED:
        return _store(tx, offer, row, chunk, found)
    if _completes(row, chunk.head, found):
        _fill(tx, offer, row, chunk)
        row = _set_tree(tx, row, row.frontier, chunk.head)
        tx.events.append(Grew(row.feed, row.size, row.state))
        return Outcome(Verdict.STORED, row.feed, row.state)
    if found.verdict is Verdict.JOINED:
        row = _set_tree(tx, row, row.frontier, chunk.head)
    elif found.verdict is Verdict.UNJOINED:
        own = row.feed.node == offer.own_node
        return _contradicted(tx, row) if own else evidence.dispute(tx, row, chunk.head)
    elif found.verdict is Verdict.NOTHING_NEW and _fill(tx, offer, row, chunk):
        return Outcome(Verdict.STORED, row.feed, row.state)
    return Outcome(found.verdict, row.feed, row.state)


def _store(tx: Tx, offer: Offer, row: FeedRow, chunk: Chunk, found: Judgement) -> Outcome:
    new, start = chunk.entries[found.skip :], row.size
    _insert(tx, row.no, start, [header for header, _ in new])
    tiles.grow(tx.db, row.no, start, found.leaves)
    _fill(tx, offer, row, chunk)
    row = _set_tree(tx, row, found.frontier or row.frontier, chunk.head)
    row = keyrings.close_if_done(tx, row)
    batch = [Arriving(index, header, payload, tx.now) for index, (header, payload) in enumerate(new, start)]
    taken = intake.take(tx, offer, row, batch)
    if taken.states:
        new = tuple((one.header, taken.states.get(one.position, one.payload)) for one in batch)
    peers.pulled(tx, row.feed, row.head.size if row.head else 0)
    tx.events.append(Grew(row.feed, start, row.state, new, taken.audiences))
    return Outcome(Verdict.STORED, row.feed, row.state)


def _insert(tx: Tx, no: int, start: int, headers: Sequence[bytes]) -> None:
    rows = [(key, header, tx.now) for key, header in enumerate(headers, key_of(no, start))]
    tx.db.executemany("INSERT INTO entries (key, header, first_seen) VALUES (?, ?, ?)", rows)


def _set_tree(tx: Tx, row: FeedRow, frontier: Frontier, head: Head) -> FeedRow:
    """The feed with these leaves under this head: announced once all of them are here, joined until then.

    Leaves stored under one head un-join any other: nobody has shown that it continues them.
    """
    whole = frontier.size == head.size
    joined = (row.joined if frontier.size == row.size else None) if whole else head
    if whole:
        tx.db.execute(
            "UPDATE feeds SET size = ?, frontier = ?, head_size = ?, head_root = ?, head_signature = ?,"
            " joined_size = ?, joined_root = ?, joined_signature = ? WHERE no = ?",
            (frontier.size, frontier.to_bytes(), *head, *(joined or (0, None, None)), row.no),
        )
        tx.db.execute(
            "INSERT INTO heads (feed, size, root, signature) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (row.no, *head),
        )
        journal.stamp(tx, row.no)
    else:
        tx.db.execute(
            "UPDATE feeds SET size = ?, frontier = ?, joined_size = ?, joined_root = ?, joined_signature = ?"
            " WHERE no = ?",
            (frontier.size, frontier.to_bytes(), *head, row.no),
        )
    return row._replace(frontier=frontier, head=head if whole else row.head, joined=joined)


def _fill(tx: Tx, offer: Offer, row: FeedRow, chunk: Chunk) -> int:
    """Take missing envelopes of entries that are here already; how many were kept."""
    old = chunk.entries[: max(row.size - chunk.start, 0)]
    offered = {chunk.start + at: payload for at, (_, payload) in enumerate(old) if isinstance(payload, bytes)}
    taken = intake.fill(tx, offer, row, offered)
    return taken.kept if taken else 0


def ingest_envelopes(tx: Tx, offer: Offer, frame: Envelopes) -> Outcome:
    """Take envelopes of entries whose headers are here; all that do not fit them is an offence."""
    row = feed_row(tx.db, frame.feed)
    if row is None or peers.is_blocked(tx.db, frame.feed.node):
        return Outcome(Verdict.NOT_REPLICATED, frame.feed)
    taken = intake.fill(tx, offer, row, {index: one for index, one in frame.items if index < row.size})
    if taken is None:
        return Outcome(Verdict.BAD_ENVELOPE, row.feed, row.state)
    if taken.kept:
        return Outcome(Verdict.STORED, row.feed, row.state)
    return Outcome(Verdict.NOT_FOR_US if taken.dropped else Verdict.NOTHING_NEW, row.feed, row.state)


# What this node says


def may_sign(db: sqlite3.Connection, own: Own) -> bool:
    """Whether this node may add to its own feed now."""
    row = feed_row(db, own.feed)
    return row is not None and row.standing == "live" and standing.alarm(db) is None


def append_own(
    tx: Tx, own: Own, content: bytes, *, restricted: bool, audience: frozenset[NodeId] | None, salt: bytes
) -> EntryId:
    """Make an entry of a record and append it to the own feed.

    ``content`` is the JSON, ``audience`` who may have it besides us (None: the network), ``salt`` 16 fresh bytes.
    Refused "record-too-long", and as ``append_entry``.
    """
    return append_entry(tx, own, *make_entry(content, salt, tx.now, restricted), audience)


def append_entry(
    tx: Tx, own: Own, header: bytes, envelope: bytes, audience: frozenset[NodeId] | None
) -> EntryId:
    """Append a finished entry to the own feed; the seal at the end of the transaction signs it.

    What is named is owed. Views are the caller's. Refused "signing-stopped", "feed-full".
    """
    row = feed_row(tx.db, own.feed)
    if row is None or not may_sign(tx.db, own):
        raise Refused("signing-stopped", standing=row.standing if row else "no feed")
    index = row.size + len(tx.appended)
    if index >= MAX_INDEX:
        raise Refused("feed-full")
    _insert(tx, row.no, index, [header])
    batch = [Arriving(index, header, envelope, tx.now)]
    taken = intake.take(tx, Offer(own.node, own.node, []), row, batch)
    if taken.rejected or taken.audiences.get(index) != audience:
        raise LocalError("a record of ours that nobody would show, or of another audience than its entry")
    tx.appended.append(Appended(index, header, envelope, audience))
    peers.owe(tx, key_of(row.no, index), (audience or frozenset()) - {own.node})
    return EntryId(*own.feed, index)


def seal(tx: Tx, own: Own) -> None:
    """Before the commit: one root and one signature for all that was appended in this transaction."""
    appended: list[Appended] = tx.appended
    row = feed_row(tx.db, own.feed)
    if not appended or row is None:
        return
    leaves = [leaf_hash(one.header) for one in appended]
    frontier = row.frontier.extend(leaves)
    head = sign_head(own.feed, frontier.size, frontier.root(), own.signer)
    tiles.grow(tx.db, row.no, row.size, leaves)
    after = _set_tree(tx, row, frontier, head)
    tx.signed = head
    audiences = {one.position: one.audience for one in appended if one.audience is not None}
    entries = tuple((one.header, one.envelope) for one in appended)
    tx.events += _owing(own, audiences)
    tx.events.append(Grew(own.feed, row.size, after.state, entries, audiences))


def _owing(own: Own, audiences: dict[int, frozenset[NodeId]]) -> list[Owing]:
    nodes = sorted(set().union(*audiences.values()) - {own.node})
    return [
        Owing(node, own.feed, tuple(i for i, named in audiences.items() if node in named)) for node in nodes
    ]
