"""Files beside the records, by the hash of what is in them.

Law: a piece is verified before it is written and on disk before its row says so; a name is the root over the pieces,
so it can never lead out of its folder nor change its content. A size that a record tells is a claim: it is wanted by
itself until the file is whole, and stands in no other's way. A blob is given to a node only if a record that node may
have refers to it with its true size. Source: PROTOCOL section 6 "Blob id".
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from protocol.errors import Invalid, LocalError, Refused
from protocol.frame_types import Blob, BlobWant
from protocol.gossip.signals import BlobsWanted, BlobWhole, Outcome, Verdict
from protocol.ids import EntryId, NodeId
from protocol.limits import MAX_BLOB, MIB, PIECE
from protocol.merkle import leaf_hash, perfect_subtrees, root_of, subtree_proof, verify_subtree
from protocol.records import blobs_of
from store import metadata
from store.database import Tx
from store.payloads import Item
from store.rows import INDEX_BITS, entry_of, feed_of

TURN: Final = MIB // PIECE  # pieces one answer holds before others get their turn
MAX_WANTED: Final = 1_000  # blobs named to the engine at once; the rest follows when these are here
_ID: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Kept(NamedTuple):
    """A file whose bytes are on disk: blob id, size in bytes, leaf hash of each piece.

    ``taken``: what was taken off a picture; ``warned``: what is said of a file that stays as it is (store.metadata).
    """

    hash: str
    size: int
    leaves: tuple[bytes, ...]
    taken: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()


class BlobRow(NamedTuple):
    """A blob as it stands here: bytes in all, pieces here, whether it is whole. Until then the size is a claim."""

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

    def part(self, blob: str, size: int) -> Path:
        """Where a blob lies while pieces lack that is said to have this size."""
        return self.path(blob).with_name(f"{blob}.{size}.part")

    def open(self, blob: str) -> BinaryIO:
        """A whole blob, to be read. OSError if it is not here."""
        return self.path(blob).open("rb")

    def keep(self, chunks: Iterable[bytes], name: str) -> Kept:
        """Write a member's file to disk, whole and synced; ``name`` is any file name not in use, for the time being.

        Every file of a member comes through here: what a picture tells beside what it shows is taken off first.
        Refused "blob-empty", "blob-too-large", "photo-data". The blob counts once ``add`` was called in a transaction.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        draft, clean = self.folder / f"{name}.new", self.folder / f"{name}.clean"
        try:
            with draft.open("xb+") as file:
                size, leaves = _write(file, chunks)
                seen = metadata.look(file)
                if seen.parts is not None:
                    with clean.open("xb") as rewritten:
                        size, leaves = _write(rewritten, seen.chunks(file))
                        _sync(rewritten)
                else:
                    _sync(file)
            blob = root_of(leaves).hex()
            _move(draft if seen.parts is None else clean, self.path(blob))
            self._clear(blob)
        finally:
            draft.unlink(missing_ok=True)
            clean.unlink(missing_ok=True)
        return Kept(blob, size, leaves, seen.taken, seen.warned)

    def write_piece(self, blob: str, size: int, number: int, data: bytes) -> None:
        """Write one verified piece of an unfinished blob, synced; one that has its name already is whole."""
        part = self.part(blob, size)
        if self.path(blob).exists():
            return
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("r+b" if part.exists() else "xb") as file:
            file.seek(number * PIECE)
            file.write(data)
            _sync(file)

    def finish(self, blob: str, size: int) -> None:
        """Give a blob whose last piece came its name; what was fetched under other sizes goes."""
        if not self.path(blob).exists():
            _move(self.part(blob, size), self.path(blob))
        self._clear(blob)

    def _clear(self, blob: str) -> None:
        """What was fetched under other sizes goes, and what an older version left."""
        for left in self.path(blob).parent.glob(f"{blob}.*part"):
            left.unlink(missing_ok=True)

    def begun(self, blob: str, size: int) -> bool:
        """Whether pieces written before are still there to be added to."""
        return self.path(blob).exists() or self.part(blob, size).exists()


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
    """A file written by ``Blobs.keep`` counts from this transaction on, whatever size others have claimed for it."""
    pieces = len(kept.leaves)
    known = row(tx.db, kept.hash)
    tx.db.execute(
        "INSERT INTO blobs (hash, size, pieces_here, complete, added) VALUES (?, ?, ?, 1, ?)"
        " ON CONFLICT DO UPDATE SET pieces_here = excluded.pieces_here, complete = 1",
        (kept.hash, kept.size, pieces, tx.now),
    )
    tx.db.executemany(
        "INSERT INTO blob_pieces (hash, size, number, leaf) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(kept.hash, kept.size, number, leaf) for number, leaf in enumerate(kept.leaves)],
    )
    if known is None or not known.complete:
        weigh(tx, kept.size)
    if known is not None and (not known.complete or known.size != kept.size):
        _whole(tx, kept.hash, kept.size)
    if kept.taken or kept.warned:
        tx.db.execute(
            "INSERT INTO blob_notes (hash, taken, warned) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET taken = excluded.taken, warned = excluded.warned",
            (kept.hash, " ".join(kept.taken), " ".join(kept.warned)),
        )


def weigh(tx: Tx, size: int) -> None:
    """A whole file more, or less, in what all of them take; ``check`` adds them up again."""
    tx.db.execute("UPDATE room SET bytes = bytes + ? WHERE what = 'whole'", (size,))


def _whole(tx: Tx, blob: str, size: int) -> None:
    """The file is here now: nothing is wanted of it any more, and whoever may have it hears of it."""
    tx.db.execute("DELETE FROM blob_pieces WHERE hash = ? AND size <> ?", (blob, size))
    tx.db.execute("UPDATE blobs SET pieces_here = 0, complete = 0 WHERE hash = ? AND size <> ?", (blob, size))
    tx.topics.add(f"blob:{blob}")
    tx.events.append(BlobWhole(blob, size, audience(tx.db, blob, size)))


def settle(tx: Tx, blobs: Blobs) -> None:
    """Give whole files the size they have: an older version kept a file under the size a record had told before."""
    for blob, size in tx.db.execute("SELECT hash, size FROM blobs WHERE complete = 1").fetchall():
        path = blobs.path(blob)
        true = path.stat().st_size if path.exists() else size
        if true != size:
            tx.db.execute("DELETE FROM blobs WHERE hash = ? AND size = ?", (blob, true))
            tx.db.execute("UPDATE blobs SET size = ? WHERE hash = ? AND size = ?", (true, blob, size))
            tx.db.execute("UPDATE blob_pieces SET size = ? WHERE hash = ? AND size = ?", (true, blob, size))


class Notes(NamedTuple):
    """What was seen in a file when a member sent it here: codes of ``store.metadata``."""

    taken: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()


def notes(db: sqlite3.Connection, hashes: Iterable[str]) -> dict[str, Notes]:
    """What was seen in these files when they were sent; those of which there is nothing to say are left out."""
    rows = db.execute(
        "SELECT hash, taken, warned FROM blob_notes WHERE hash IN (SELECT value FROM json_each(?))",
        (json.dumps(list(hashes)),),
    )
    return {blob: Notes(tuple(taken.split()), tuple(warned.split())) for blob, taken, warned in rows}


def refer(tx: Tx, items: Sequence[Item]) -> None:
    """Note which files these records refer to; those not here are wanted from now on."""
    refs = [(ref, item.key) for item in items if "blobs" in item.content for ref in blobs_of(item.record)]
    if not refs:
        return
    told = {(ref.hash, ref.size): None for ref, _ in refs}
    before = {one: audience(tx.db, *one) for one in told if _is_whole(tx.db, *one)}
    tx.db.executemany(
        "INSERT INTO blobs (hash, size, pieces_here, complete, added) VALUES (?, ?, 0, 0, ?) ON CONFLICT DO NOTHING",
        [(*one, tx.now) for one in told],
    )
    tx.db.executemany(
        "INSERT INTO blob_refs (hash, key, size) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(ref.hash, key, ref.size) for ref, key in refs],
    )
    left = tx.memory.room.others_left(tx.db)
    lacking = tuple(
        want
        for one in told
        if (left is None or one[1] <= left) and (want := _wanted(tx.db, *one)) is not None
    )
    if lacking:
        tx.events.append(BlobsWanted(lacking))
    for one, named in before.items():
        now = audience(tx.db, *one)
        if now != named:
            tx.events.append(BlobWhole(*one, now))


def row(db: sqlite3.Connection, blob: str) -> BlobRow | None:
    """The blob as it stands: the file, else the claim of which most is here; None if nothing here knows it."""
    found = db.execute(
        "SELECT size, pieces_here, complete FROM blobs WHERE hash = ?"
        " ORDER BY complete DESC, pieces_here DESC, added, size LIMIT 1",
        (blob,),
    ).fetchone()
    return BlobRow(found[0], found[1], bool(found[2])) if found else None


def _is_whole(db: sqlite3.Connection, blob: str, size: int) -> bool:
    sql = "SELECT 1 FROM blobs WHERE hash = ? AND size = ? AND complete = 1"
    return db.execute(sql, (blob, size)).fetchone() is not None


_OPEN: Final = "NOT EXISTS (SELECT 1 FROM blobs w WHERE w.hash = b.hash AND w.complete = 1)"
_WANTED: Final = f"""
    SELECT hash, size, pieces_here FROM (
      SELECT b.hash, b.size, b.pieces_here, b.added, row_number() OVER (
        PARTITION BY (SELECT min(r.key) >> {INDEX_BITS} FROM blob_refs r WHERE r.hash = b.hash AND r.size = b.size)
        ORDER BY b.added, b.hash, b.size) AS turn
      FROM blobs b WHERE b.complete = 0 AND {_OPEN})
    ORDER BY turn, added, hash, size LIMIT ?
"""  # noqa: S608 - constants


def wanted(db: sqlite3.Connection, room: int | None = None) -> list[tuple[str, int, int]]:
    """(blob id, size, pieces here) of blobs that records refer to and that are not whole.

    Each author's oldest first and the authors in turn: whoever names files that do not exist holds up nobody else's.
    Only as many as fit into ``room`` bytes; None: however many.
    """
    found: list[tuple[str, int, int]] = []
    for blob, size, pieces in db.execute(_WANTED, (MAX_WANTED,)):
        if room is not None and size > room:
            break
        room = None if room is None else room - size
        found.append((blob, size, pieces))
    return found


def _wanted(db: sqlite3.Connection, blob: str, size: int) -> tuple[str, int, int] | None:
    sql = f"SELECT hash, size, pieces_here FROM blobs b WHERE hash = ? AND size = ? AND complete = 0 AND {_OPEN}"  # noqa: S608
    found = db.execute(sql, (blob, size)).fetchone()
    return (found[0], found[1], found[2]) if found else None


_MAY_HAVE: Final = """
    SELECT 1 FROM blob_refs r JOIN entries e ON e.key = r.key JOIN feeds f ON f.no = (r.key >> 40)
    WHERE r.hash = ?1 AND r.size = ?3 AND (f.node = ?2
        OR NOT EXISTS (SELECT 1 FROM audiences a WHERE a.key = r.key)
        OR EXISTS (SELECT 1 FROM audiences a WHERE a.key = r.key AND a.node = ?2))
"""


def may_have(db: sqlite3.Connection, blob: str, size: int, node: NodeId) -> bool:
    """Whether a record that node may have refers to the blob, with this size."""
    return db.execute(_MAY_HAVE, (blob, node, size)).fetchone() is not None


_AUDIENCE: Final = """
    SELECT f.node, a.node FROM blob_refs r JOIN feeds f ON f.no = (r.key >> 40)
    LEFT JOIN audiences a ON a.key = r.key WHERE r.hash = ? AND r.size = ?
"""


def audience(db: sqlite3.Connection, blob: str, size: int) -> frozenset[NodeId] | None:
    """Who may have the blob by the records here that refer to it; None: everybody, by one that is for all."""
    rows = db.execute(_AUDIENCE, (blob, size)).fetchall()
    if any(named is None for _, named in rows):
        return None
    return frozenset(NodeId(node) for pair in rows for node in pair)


_NAMED_IN: Final = f"SELECT DISTINCT key >> {INDEX_BITS} FROM blob_refs WHERE hash = ? AND size = ?"  # noqa: S608


def holds(tx: Tx, node: NodeId, blob: str, size: int) -> None:
    """The node has said that it has this file whole, or has served it; kept of files that something here refers to."""
    known = tx.db.execute("SELECT 1 FROM blobs WHERE hash = ? AND size = ?", (blob, size)).fetchone()
    if known is None:
        return
    new = tx.db.execute(
        "INSERT INTO blob_holders (hash, size, node, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (blob, size, node, tx.now),
    ).rowcount
    if new:
        tx.topics.add(f"blob:{blob}")
        rows = tx.db.execute(_NAMED_IN, (blob, size)).fetchall()
        tx.topics.update(f"held:{feed_of(tx.db, no)}" for (no,) in rows)


def referring(db: sqlite3.Connection, blob: str) -> list[EntryId]:
    """The records here that refer to the blob as it is, in order of their row keys; by any size until it is whole."""
    known = row(db, blob)
    size = known.size if known is not None and known.complete else None
    rows = db.execute(
        "SELECT DISTINCT key FROM blob_refs WHERE hash = ?1 AND (?2 IS NULL OR size = ?2) ORDER BY key",
        (blob, size),
    )
    return [entry_of(db, key) for (key,) in rows]


# To and from peers


def take(tx: Tx, blobs: Blobs, frame: Blob) -> Outcome:
    """A piece came: verified, written, counted under the size it came with. BAD_PROOF if it is not of its blob."""
    blob, size = frame.hash.hex(), frame.total
    claim = _wanted(tx.db, blob, size)
    number, count = frame.offset // PIECE, pieces_of(size)
    if claim is None:
        return Outcome(
            Verdict.NOTHING_NEW, detail="no record here tells of a file of this size that is not here"
        )
    if number != claim[2]:
        return Outcome(Verdict.NOTHING_NEW)
    if number and not blobs.begun(blob, size):
        tx.db.execute("DELETE FROM blob_pieces WHERE hash = ? AND size = ?", (blob, size))
        tx.db.execute("UPDATE blobs SET pieces_here = 0 WHERE hash = ? AND size = ?", (blob, size))
        return Outcome(Verdict.NOTHING_NEW, detail="what was here of it is gone: it begins again")
    try:
        verify_subtree(number, number + 1, count, leaf_hash(frame.data), frame.proof, frame.hash)
    except Invalid as error:
        return Outcome(Verdict.BAD_PROOF, detail=str(error))
    _keep_piece(tx, blobs, frame, number, count)
    return Outcome(Verdict.STORED)


def _keep_piece(tx: Tx, blobs: Blobs, frame: Blob, number: int, count: int) -> None:
    blob, size = frame.hash.hex(), frame.total
    blobs.write_piece(blob, size, number, frame.data)
    leaf = leaf_hash(frame.data)
    tx.db.execute(
        "INSERT INTO blob_pieces (hash, size, number, leaf) VALUES (?, ?, ?, ?)", (blob, size, number, leaf)
    )
    complete = number + 1 == count
    tx.db.execute(
        "UPDATE blobs SET pieces_here = ?, complete = ? WHERE hash = ? AND size = ?",
        (number + 1, int(complete), blob, size),
    )
    if complete:
        blobs.finish(blob, size)
        weigh(tx, size)
        _whole(tx, blob, size)


def serve(
    db: sqlite3.Connection, blobs: Blobs, want: BlobWant, node: NodeId
) -> tuple[tuple[Blob, ...], BlobWant | None]:
    """Pieces for a peer and what is left of its request; one BLOB without bytes if it is not here for that peer."""
    blob = want.hash.hex()
    known = row(db, blob)
    none = (Blob(want.hash, 0, want.offset, b"", ()),)
    if (
        known is None
        or not known.complete
        or want.offset >= known.size
        or not may_have(db, blob, known.size, node)
    ):
        return none, None
    end = min(want.offset + want.length, known.size)
    stop = min(end, want.offset + TURN * PIECE)
    try:
        frames = tuple(_pieces(db, blobs, blob, known.size, range(want.offset // PIECE, pieces_of(stop))))
    except OSError:
        return none, None
    return frames, BlobWant(want.hash, stop, end - stop) if stop < end else None


def _pieces(db: sqlite3.Connection, blobs: Blobs, blob: str, size: int, numbers: range) -> Iterator[Blob]:
    rows = db.execute(
        "SELECT leaf FROM blob_pieces WHERE hash = ? AND size = ? ORDER BY number", (blob, size)
    )
    leaves = [leaf for (leaf,) in rows]
    get = perfect_subtrees(leaves)
    with blobs.open(blob) as file:
        file.seek(numbers.start * PIECE)
        for number in numbers:
            proof = tuple(subtree_proof(number, number + 1, len(leaves), get))
            yield Blob(bytes.fromhex(blob), size, number * PIECE, file.read(PIECE), proof)
