"""Answers to what peers ask, read from one snapshot.

Law: a restricted envelope goes to its author's node and to the nodes named, to nobody else; a chunk stands under the
head that was announced when the answer began, so all of an answer has one proof. Every answer has an end.
Source: PROTOCOL section 5 "Answers", "Chunks and joining".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from protocol.checkpoint import Head
from protocol.errors import LocalError
from protocol.frame_types import (
    MISSING,
    RESTRICTED,
    BlobWant,
    Changes,
    Chunk,
    Entry,
    Envelopes,
    Err,
    Fetch,
    Frame,
    Graft,
    Item,
    KeyringWant,
    Payload,
    Since,
    Want,
)
from protocol.frames import encode
from protocol.ids import Feed, NodeId
from protocol.limits import CHUNK, ENTRY_OVERHEAD, HASH, MAX_FRAME, MAX_INDEX, MAX_PROOF, MIB
from protocol.merkle import subtree_proof
from store import blobs, evidence, journal, keyrings
from store.blobs import Blobs
from store.rows import feed_no, feed_row, feeds_of, key_of
from store.tiles import getter

TURN_BYTES: Final = MIB  # of chunks or envelopes in one turn; then others get theirs
_FRAME_ROOM: Final = (
    MAX_FRAME - 512 - (MAX_PROOF * (HASH + 2))
)  # for entries: head, feed, start and proof set aside
_NOT_HERE: Final = Err("not-here", "")


@dataclass(frozen=True, slots=True)
class WantRest:
    """What is left of a WANT: entries ``start`` to ``end`` under the head the answer began with."""

    feed: Feed
    start: int
    end: int
    head: Head


@dataclass(frozen=True, slots=True)
class FetchRest:
    """What is left of a FETCH."""

    feed: Feed
    indexes: tuple[int, ...]


Request: TypeAlias = KeyringWant | Since | Want | WantRest | Graft | Fetch | FetchRest | BlobWant
Answer: TypeAlias = tuple[tuple[Frame, ...], Request | None]


def answer(  # noqa: PLR0911 - one return a request
    db: sqlite3.Connection, request: Request, node: NodeId, files: Blobs, hidden: Feed | None = None
) -> Answer:
    """Frames to send to ``node`` now, and the request that is left (None: complete).

    ``hidden`` is a feed that is not here for this node.
    """
    if hidden is not None and getattr(request, "feed", None) == hidden:
        return (_nothing_of(request),), None
    match request:
        case KeyringWant():
            return _of_node(db, request.node), None
        case Since():
            return _since(db, request, hidden), None
        case Want():
            return _want(db, request, node)
        case WantRest():
            return _chunks(db, request, node)
        case Graft():
            return _want(db, Want(request.feed, request.start, CHUNK), node)
        case Fetch() | FetchRest():
            return _fetch(db, request.feed, tuple(dict.fromkeys(request.indexes)), node)  # each index once
        case BlobWant():
            return blobs.serve(db, files, request, node)
    raise LocalError(f"not a request: {type(request).__name__}")


def _nothing_of(request: Request) -> Frame:
    """The answer when a feed is not here."""
    if isinstance(request, Fetch | FetchRest):
        return Envelopes(request.feed, tuple((index, MISSING) for index in dict.fromkeys(request.indexes)))
    return _NOT_HERE


def _since(db: sqlite3.Connection, request: Since, hidden: Feed | None) -> tuple[Frame, ...]:
    """CHANGES, and before it what must be known of the feeds it names: as many of them as one turn holds."""
    found = journal.changes(db, request.generation, request.cursor)
    convicted, frozen = set(evidence.convicted(db)), keyrings.frozen(db)
    frames: list[Frame] = []
    size = 0
    for at, seen in enumerate(found.seen):
        first = _to_know(db, seen.feed, convicted, frozen)
        size += sum(len(encode(frame)) for frame in first)
        if at and size > TURN_BYTES:
            return (*frames, _without(hidden, journal.changes(db, request.generation, request.cursor, at)))
        frames += first
    return (*frames, _without(hidden, found))


def _without(hidden: Feed | None, found: Changes) -> Changes:
    """The same without a feed that is not to be named."""
    return replace(found, seen=tuple(seen for seen in found.seen if seen.feed != hidden))


def _to_know(
    db: sqlite3.Connection, feed: Feed, convicted: set[Feed], frozen: set[NodeId]
) -> tuple[Frame, ...]:
    """What precedes a CHANGES that names this feed: both chains of a frozen node, evidence with its keyring."""
    return _of_node(db, feed.node) if feed in convicted or feed.node in frozen else ()


def _of_node(db: sqlite3.Connection, node: NodeId) -> tuple[Frame, ...]:
    """What is known of a node: its chain, what contradicts that, evidence against its feeds."""
    rows = (evidence.of(db, row.no) for row in feeds_of(db, node) if row.standing == "convicted")
    return (*keyrings.told(db, node), *(proof for proof in rows if proof is not None))


# Entries


def _want(db: sqlite3.Connection, want: Want, node: NodeId) -> Answer:
    row = feed_row(db, want.feed)
    if row is None or row.head is None or want.start > row.head.size:
        return (_NOT_HERE,), None
    head = row.head
    if want.count == 0 or want.start == head.size:
        return (Chunk(want.feed, want.start, head, _join(db, row.no, want.start, head.size), ()),), None
    end = min(want.start + want.count, head.size)
    return _chunks(db, WantRest(want.feed, want.start, end, head), node)


def _join(db: sqlite3.Connection, no: int, start: int, size: int) -> tuple[bytes, ...]:
    return tuple(subtree_proof(0, start, size, getter(db, no))) if start else ()


def _chunks(db: sqlite3.Connection, rest: WantRest, node: NodeId) -> Answer:
    no = feed_no(db, rest.feed)
    if no is None:
        return (_NOT_HERE,), None
    frames: list[Frame] = []
    start, sent = rest.start, 0
    while start < rest.end and sent < TURN_BYTES:
        entries, size = _entries(db, no, rest.feed, start, min(rest.end, start - start % CHUNK + CHUNK), node)
        end = start + len(entries)
        proof = tuple(subtree_proof(start - start % CHUNK, end, rest.head.size, getter(db, no)))
        frames.append(Chunk(rest.feed, start, rest.head, proof, entries))
        start, sent = end, sent + size
    left = WantRest(rest.feed, start, rest.end, rest.head) if start < rest.end else None
    return tuple(frames), left


_ENTRIES: Final = """
    SELECT e.header, v.envelope, g.state FROM entries e
    LEFT JOIN envelopes v ON v.key = e.key LEFT JOIN gaps g ON g.key = e.key
    WHERE e.key >= ? AND e.key < ? ORDER BY e.key
"""


def _entries(  # noqa: PLR0917 - a range of a feed for a node
    db: sqlite3.Connection, no: int, feed: Feed, start: int, end: int, node: NodeId
) -> tuple[tuple[Entry, ...], int]:
    """As many entries of the range as one frame holds, at least one, and their size in it."""
    allowed = _allowed(db, key_of(no, start), key_of(no, end), feed, node)
    found: list[Entry] = []
    size = 0
    rows = db.execute(_ENTRIES, (key_of(no, start), key_of(no, end)))
    for key, (header, envelope, state) in enumerate(rows, key_of(no, start)):
        payload = _payload(header, envelope, state, key in allowed)
        cost = ENTRY_OVERHEAD + (len(payload) if isinstance(payload, bytes) else 0)
        if found and size + cost > _FRAME_ROOM:
            break
        found.append((header, payload))
        size += cost
    if not found:
        raise LocalError(f"entries {start} to {end} of {feed} are not here")
    return tuple(found), size


class _Every:
    """The author of a feed may have all of it."""

    def __contains__(self, _key: int) -> bool:
        return True


def _allowed(db: sqlite3.Connection, first: int, end: int, feed: Feed, node: NodeId) -> set[int] | _Every:
    """Keys of restricted entries in the range that the node may have."""
    if feed.node == node:
        return _Every()
    rows = db.execute("SELECT key FROM audiences WHERE key >= ? AND key < ? AND node = ?", (first, end, node))
    return {key for (key,) in rows}


def _payload(header: bytes, envelope: bytes | None, state: int | None, allowed: bool) -> Payload:
    restricted = bool(header[1] & 1)
    if restricted and not allowed:
        return RESTRICTED
    if envelope is not None:
        return envelope
    return MISSING if state is None or (state == RESTRICTED and not restricted) else state


def _fetch(db: sqlite3.Connection, feed: Feed, indexes: tuple[int, ...], node: NodeId) -> Answer:
    no = feed_no(db, feed)
    if no is None:
        return (Envelopes(feed, tuple((index, MISSING) for index in indexes)),), None
    frames: list[Frame] = []
    items: list[Item] = []
    size = sent = 0
    for done, (index, payload) in enumerate(_fetched(db, no, feed, indexes, node)):
        cost = ENTRY_OVERHEAD + (len(payload) if isinstance(payload, bytes) else 0)
        if items and size + cost > _FRAME_ROOM:
            frames.append(Envelopes(feed, tuple(items)))
            items, sent, size = [], sent + size, 0
            if sent >= TURN_BYTES:
                return tuple(frames), FetchRest(feed, indexes[done:])
        items.append((index, payload))
        size += cost
    return (*frames, Envelopes(feed, tuple(items))), None


def _fetched(
    db: sqlite3.Connection, no: int, feed: Feed, indexes: tuple[int, ...], node: NodeId
) -> Iterator[Item]:
    for index in indexes:
        if index >= MAX_INDEX:  # its row key would be that of another feed's entry
            yield index, MISSING
            continue
        key = key_of(no, index)
        row = db.execute(_ENTRIES, (key, key + 1)).fetchone()
        if row is None:
            yield index, MISSING
        else:
            header, envelope, state = row
            yield index, _payload(header, envelope, state, key in _allowed(db, key, key + 1, feed, node))
