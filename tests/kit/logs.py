"""Logs of pretend authors: good, forged, forked and truncated ones, the same bytes in every run.

An Author keeps a whole log in memory and cuts CHUNKs, envelopes and evidence from it, as an honest or a lying node would.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from protocol.checkpoint import Head, sign_head
from protocol.crypto import Ed25519Signer, sha256
from protocol.entry import dump_json, make_entry
from protocol.frame_types import RESTRICTED, Chunk, Envelopes, EvidenceFrame, KeyringNotes, Payload
from protocol.gossip.signals import Verdict
from protocol.ids import EntryId, Feed, NodeId
from protocol.keyring import Keyring, incept
from protocol.merkle import leaf_hash, perfect_subtrees, root_of, subtree_proof
from store import log, payloads, views
from store.database import Tx
from store.own import Own
from store.rows import feed_or_empty, key_of
from store.store import Store

NOW = 1_800_000_000_000


def secret(number: int, role: str) -> Ed25519Signer:
    """A key of author ``number``; always the same one."""
    return Ed25519Signer.from_seed(sha256(f"barnraise test author {number} {role}".encode()))


def introduce(number: int, **more: Any) -> dict[str, Any]:
    """A small record that is right in every way."""
    return {"type": "member.introduce", "name": f"policy analyst {number}", **more}


class Author:
    """A node and its whole log, epoch 0."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.signer = secret(number, "feed")
        self.witness = secret(number, "witness")
        self.keyring: Keyring = incept(
            self.signer, self.witness.public, 1, [secret(number, "recovery").public]
        )
        self.node: NodeId = self.keyring.node
        self.feed = Feed(self.node, 0)
        self.entries: list[tuple[bytes, bytes]] = []
        self.leaves: list[bytes] = []

    @property
    def own(self) -> Own:
        return Own(self.node, self.feed, self.signer, self.keyring)

    @property
    def size(self) -> int:
        return len(self.entries)

    def say(self, content: dict[str, Any] | bytes, *, restricted: bool = False, at: int = NOW) -> int:
        """Append a record (or raw content); its index."""
        data = content if isinstance(content, bytes) else dump_json(content)
        salt = sha256(f"{self.number} {self.size} {len(data)}".encode())[:16]
        self.add(*make_entry(data, salt, at, restricted))
        return self.size - 1

    def add(self, header: bytes, envelope: bytes) -> None:
        self.entries.append((header, envelope))
        self.leaves.append(leaf_hash(header))

    def say_many(self, count: int) -> Author:
        for _ in range(count):
            self.say(introduce(self.size))
        return self

    def fork(self, at: int) -> Author:
        """The same keys and the same first entries: another history from there."""
        other = Author(self.number)
        for header, envelope in self.entries[:at]:
            other.add(header, envelope)
        other.say(introduce(10_000 + at))
        return other

    # Proofs

    def root(self, size: int | None = None) -> bytes:
        return root_of(self.leaves[:size])

    def head(self, size: int | None = None) -> Head:
        size = self.size if size is None else size
        return sign_head(self.feed, size, self.root(size), self.signer)

    def proof(self, start: int, end: int, size: int) -> tuple[bytes, ...]:
        return tuple(subtree_proof(start, end, size, perfect_subtrees(self.leaves[:size])))

    def chunk(self, start: int, end: int, head: Head | None = None) -> Chunk:
        """Entries [start, end) under a head (the newest), with their proof."""
        head = head or self.head()
        base = start - start % 256
        proof = self.proof(base, end, head.size) if end > start else ()
        return Chunk(self.feed, start, head, proof, tuple(self.entries[start:end]))

    def chunks(self, start: int = 0, head: Head | None = None) -> list[Chunk]:
        """All from ``start`` to a head, a block at a time."""
        head = head or self.head()
        edges = [start, *range(start - start % 256 + 256, head.size, 256), head.size]
        return [self.chunk(low, high, head) for low, high in pairwise(edges)]

    def join(self, size: int, head: Head | None = None) -> Chunk:
        """The head and the proof that it continues a tree of ``size``."""
        head = head or self.head()
        proof = self.proof(0, size, head.size) if size else ()
        return Chunk(self.feed, size, head, proof, ())

    def envelopes(self, indexes: Iterable[int]) -> Envelopes:
        return Envelopes(self.feed, tuple((index, self.entries[index][1]) for index in indexes))

    def evidence(self, other: Author) -> EvidenceFrame:
        """That ``other`` is a second history of this log: heads of both, the shorter first."""
        a, b = self.head(), other.head()
        long, short = (other, a) if b.size >= a.size else (self, b)
        b = long.head()
        return EvidenceFrame(self.feed, short, b, long.root(short.size), long.proof(0, short.size, b.size))


def forged(chunk: Chunk) -> Chunk:
    """The same chunk, its head signed by somebody else."""
    head = chunk.head
    return replace(chunk, head=sign_head(chunk.feed, head.size, head.root, secret(99, "thief")))


def withheld(chunk: Chunk, indexes: Iterable[int], state: int = RESTRICTED) -> Chunk:
    """The same chunk without some of its envelopes."""
    gone = set(indexes)
    entries: list[tuple[bytes, Payload]] = [
        (header, state if at in gone else payload)
        for at, (header, payload) in enumerate(chunk.entries, chunk.start)
    ]
    return replace(chunk, entries=tuple(entries))


class HandClock:
    """A clock that stands still until it is moved; POSIX ms."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def open_store(folder: Path, author: Author, clock: HandClock | None = None) -> Store:
    """The store of a node in a folder."""
    return Store.open(folder, author.own, clock or HandClock(), readers=1)


def meet(store: Store, *authors: Author) -> None:
    """Let the store know these authors' keyrings."""
    for author in authors:
        frame = KeyringNotes(author.node, author.keyring.notes)
        assert store.receive(frame, author.node).result().verdict is Verdict.STORED


def publish(store: Store, content: dict[str, Any], number: int = 0) -> EntryId:
    """Append a record to the store's own feed and wait until it is signed."""
    return store.database.write(lambda tx: append(tx, store, content, number)).result()


def append(tx: Tx, store: Store, content: dict[str, Any], number: int = 0) -> EntryId:
    """The same inside a transaction."""
    named = content.get("audience")
    entry = log.append_own(
        tx,
        store.own,
        dump_json(content),
        restricted=named is not None,
        audience=frozenset(map(NodeId, named)) if named is not None else None,
        salt=sha256(b"salt %d" % number)[:16],
    )
    _, header, envelope, _ = tx.appended[-1]
    key = key_of(feed_or_empty(tx.db, entry.feed).no, entry.index)
    found = payloads.classify(key, entry, header, envelope, own_node=entry.node, first_seen=tx.now)
    assert isinstance(found, payloads.Item)
    views.apply(tx, [found])
    return entry
