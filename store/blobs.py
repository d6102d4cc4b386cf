"""Files beside the records, by the hash of what is in them.

Law: a piece is verified before it is written and on disk before its row says so; a name is the root over the pieces,
so it can never lead out of its folder nor change its content. A blob is given to a node only if a record that node may
have refers to it. Source: PROTOCOL section 6 "Blob id".
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from protocol.errors import Invalid, LocalError, Refused
from protocol.frame_types import Blob, BlobWant
from protocol.gossip.signals import BlobsWanted, Outcome, Verdict
from protocol.ids import EntryId, NodeId
from protocol.limits import MAX_BLOB, MIB, PIECE
from protocol.merkle import leaf_hash, perfect_subtrees, root_of, subtree_proof, verify_subtree
from protocol.records import blobs_of
from store.database import Tx
from store.payloads import Item
from store.rows import entry_of

TURN: Final = MIB // PIECE  # pieces one answer holds before others get their turn
MAX_WANTED: Final = 1_000  # blobs named to the engine at once; the rest follows when these are here
_ID: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Kept(NamedTuple):
    """A file whose bytes are on disk: blob id, size in bytes, leaf hash of each piece."""

    hash: str
    size: int
    leaves: tuple[bytes, ...]


class BlobRow(NamedTuple):
    """A blob as it stands here: bytes in all, pieces here, whether it is whole."""

    size: int
    pieces: int
    complete: bool


def pieces_of(size: int) -> int:
    """How many pieces a file of this size has."""
    return -(-size // PIECE)


class Blobs:
    """The folder of files: ``aa/<blob id>``, unfinished ones with ``.part`` behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, blob: str) -> Path:
        """Where a whole blob lies. LocalError for anything but a blob id."""
        if not _ID.fullmatch(blob):
            raise LocalError("a blob id is 64 hex digits")
        return self.folder / blob[:2] / blob

    def part(self, blob: str) -> Path:
        """Where a blob lies while pieces lack."""
        return self.path(blob).with_name(f"{blob}.part")

    def open(self, blob: str) -> BinaryIO:
        """A whole blob, to be read. OSError if it is not here."""
        return self.path(blob).open("rb")

    def keep(self, chunks: Iterable[bytes], name: str) -> Kept:
        """Write a member's file to disk, whole and synced; ``name`` is any file name not in use, for the time being.

        Refused "blob-empty" or "blob-too-large". The blob counts once ``add`` was called in a transaction.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f"{name}.new"
        try:
            with draft.open("xb") as file:
                size, leaves = _write(file, chunks)
                _sync(file)
            blob = root_of(leaves).hex()
            _move(draft, self.path(blob))
        finally:
            draft.unlink(missing_ok=True)
        return Kept(blob, size, leaves)

    def write_piece(self, blob: str, number: int, data: bytes) -> None:
        """Write one verified piece of an unfinished blob, synced; one that has its name already is whole."""
        part = self.part(blob)
        if self.path(blob).exists():
            return
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("r+b" if part.exists() else "xb") as file:
            file.seek(number * PIECE)
            file.write(data)
            _sync(file)

    def finish(self, blob: str) -> None:
        """Give a blob whose last piece came its name."""
        if not self.path(blob).exists():
            _move(self.part(blob), self.path(blob))


def _write(file: BinaryIO, chunks: Iterable[bytes]) -> tuple[int, tuple[bytes, ...]]:
    size, rest = 0, b""
    leaves: list[bytes] = []
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BLOB:
            raise Refused("blob-too-large", limit=MAX_BLOB)
        file.write(chunk)
        rest += chunk
        while len(rest) >= PIECE:
            leaves.append(leaf_hash(rest[:PIECE]))
            rest = rest[PIECE:]
    if not size:
        raise Refused("blob-empty")
    return size, tuple([*leaves, leaf_hash(rest)] if rest else leaves)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# Rows


def add(tx: Tx, kept: Kept) -> None:
    """A file written by ``Blobs.keep`` counts from this transaction on."""
    pieces = len(kept.leaves)
    tx.db.execute(
        "INSERT INTO blobs (hash, size, pieces_here, complete, added) VALUES (?, ?, ?, 1, ?)"
        " ON CONFLICT DO UPDATE SET pieces_here = excluded.pieces_here, complete = 1",
        (kept.hash, kept.size, pieces, tx.now),
    )
    tx.db.executemany(
        "INSERT INTO blob_pieces (hash, number, leaf) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(kept.hash, number, leaf) for number, leaf in enumerate(kept.leaves)],
    )


def refer(tx: Tx, items: Sequence[Item]) -> None:
    """Note which files these records refer to; those not here are wanted from now on."""
    refs = [(ref, item.key) for item in items if "blobs" in item.content for ref in blobs_of(item.record)]
    if not refs:
        return
    tx.db.executemany(
        "INSERT INTO blobs (hash, size, pieces_here, complete, added) VALUES (?, ?, 0, 0, ?) ON CONFLICT DO NOTHING",
        [(ref.hash, ref.size, tx.now) for ref, _ in refs],
    )
    tx.db.executemany(
        "INSERT INTO blob_refs (hash, key) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(ref.hash, key) for ref, key in refs],
    )
    new = {ref.hash for ref, _ in refs}
    lacking = tuple(one for one in wanted(tx.db) if one[0] in new)
    if lacking:
        tx.events.append(BlobsWanted(lacking))


def row(db: sqlite3.Connection, blob: str) -> BlobRow | None:
    """The blob as it stands; None if neither a file nor a record here knows it."""
    found = db.execute("SELECT size, pieces_here, complete FROM blobs WHERE hash = ?", (blob,)).fetchone()
    return BlobRow(found[0], found[1], bool(found[2])) if found else None


def wanted(db: sqlite3.Connection) -> list[tuple[str, int, int]]:
    """(blob id, size, pieces here) of blobs that records refer to and that are not whole, oldest first."""
    rows = db.execute(
        "SELECT hash, size, pieces_here FROM blobs WHERE complete = 0 ORDER BY added, hash LIMIT ?",
        (MAX_WANTED,),
    )
    return [(blob, size, pieces) for blob, size, pieces in rows]


_MAY_HAVE: Final = """
    SELECT 1 FROM blob_refs r JOIN entries e ON e.key = r.key JOIN feeds f ON f.no = (r.key >> 40)
    WHERE r.hash = ?1 AND (f.node = ?2
        OR NOT EXISTS (SELECT 1 FROM audiences a WHERE a.key = r.key)
        OR EXISTS (SELECT 1 FROM audiences a WHERE a.key = r.key AND a.node = ?2))
"""


def may_have(db: sqlite3.Connection, blob: str, node: NodeId) -> bool:
    """Whether a record that node may have refers to the blob."""
    return db.execute(_MAY_HAVE, (blob, node)).fetchone() is not None


def referring(db: sqlite3.Connection, blob: str) -> list[EntryId]:
    """The records here that refer to the blob, in order of their row keys."""
    rows = db.execute("SELECT key FROM blob_refs WHERE hash = ? ORDER BY key", (blob,))
    return [entry_of(db, key) for (key,) in rows]


# To and from peers


def take(tx: Tx, blobs: Blobs, frame: Blob) -> Outcome:
    """A piece came: verified, written, counted. BAD_PROOF for one that is not of its blob."""
    blob = frame.hash.hex()
    known = row(tx.db, blob)
    number, count = frame.offset // PIECE, pieces_of(frame.total)
    if known is None or known.complete or number != known.pieces:
        return Outcome(Verdict.NOTHING_NEW)
    try:
        verify_subtree(number, number + 1, count, leaf_hash(frame.data), frame.proof, frame.hash)
    except Invalid as error:
        return Outcome(Verdict.BAD_PROOF, detail=str(error))
    if frame.total != known.size:
        return Outcome(Verdict.NOTHING_NEW, detail="the record tells another size than the file has")
    _keep_piece(tx, blobs, frame, number, count)
    return Outcome(Verdict.STORED)


def _keep_piece(tx: Tx, blobs: Blobs, frame: Blob, number: int, count: int) -> None:
    blob = frame.hash.hex()
    blobs.write_piece(blob, number, frame.data)
    leaf = leaf_hash(frame.data)
    tx.db.execute("INSERT INTO blob_pieces (hash, number, leaf) VALUES (?, ?, ?)", (blob, number, leaf))
    complete = number + 1 == count
    if complete:
        blobs.finish(blob)
        tx.topics.add(f"blob:{blob}")
    tx.db.execute(
        "UPDATE blobs SET pieces_here = ?, complete = ? WHERE hash = ?", (number + 1, int(complete), blob)
    )


def serve(
    db: sqlite3.Connection, blobs: Blobs, want: BlobWant, node: NodeId
) -> tuple[tuple[Blob, ...], BlobWant | None]:
    """Pieces for a peer and what is left of its request; one BLOB without bytes if it is not here for that peer."""
    blob = want.hash.hex()
    known = row(db, blob)
    none = (Blob(want.hash, 0, want.offset, b"", ()),)
    if known is None or not known.complete or want.offset >= known.size or not may_have(db, blob, node):
        return none, None
    end = min(want.offset + want.length, known.size)
    stop = min(end, want.offset + TURN * PIECE)
    try:
        frames = tuple(_pieces(db, blobs, blob, known.size, range(want.offset // PIECE, pieces_of(stop))))
    except OSError:
        return none, None
    return frames, BlobWant(want.hash, stop, end - stop) if stop < end else None


def _pieces(db: sqlite3.Connection, blobs: Blobs, blob: str, size: int, numbers: range) -> Iterator[Blob]:
    rows = db.execute("SELECT leaf FROM blob_pieces WHERE hash = ? ORDER BY number", (blob,))
    leaves = [leaf for (leaf,) in rows]
    get = perfect_subtrees(leaves)
    with blobs.open(blob) as file:
        file.seek(numbers.start * PIECE)
        for number in numbers:
            proof = tuple(subtree_proof(number, number + 1, len(leaves), get))
            yield Blob(bytes.fromhex(blob), size, number * PIECE, file.read(PIECE), proof)
