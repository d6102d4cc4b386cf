"""How much room files may take: a member's in a day, the organisation's in all, what is fetched from others, and what
of the disk stays free.

Law: asked before bytes are taken, decided in the transaction that counts them; what is refused says what is full, how
much, and leaves nothing behind. A file nobody refers to is thrown away after a day. Records are small: they are taken
until little is left, so that people can still say that the disk is full. Source: docs/operate.md "Room for files",
QUALITY "Threats" (resource exhaustion).
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import Refused
from protocol.frame_types import Blob, Chunk, Envelopes, Frame
from protocol.limits import GIB, MIB
from store import blobs
from store.blobs import Blobs, Kept
from store.database import Tx

DAY_MS: Final = 24 * 3600 * 1000
MB: Final = 1_000_000  # as people are told
UNUSED_MS: Final = DAY_MS  # a file nobody refers to
RECORDS_SHARE: Final = 8  # records are taken until this part of the floor is left
SWEPT_AT_ONCE: Final = 500  # files of one transaction
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
MAY_NAME_FILES: Final = {
    "drafts": "SELECT body FROM drafts",
    "outbox": "SELECT content FROM outbox WHERE content IS NOT NULL",
}
"""Tables whose rows name files before a record does, and their texts: what is named there is not thrown away."""


class Limits(NamedTuple):
    """Bytes: what one member may send within 24 hours, what all members' files and what others' may take, what of the
    disk stays free."""

    day: int = 256 * MIB
    members: int = 20 * GIB
    others: int = 20 * GIB
    free: int = 512 * MIB


class Used(NamedTuple):
    """Bytes of files: of members here, of others."""

    members: int
    others: int


def free_of(folder: Path) -> int:
    """Bytes the disk of a folder has left."""
    return shutil.disk_usage(folder).free


class Room:
    """The limits of one store, and its disk. ``free`` tells how many bytes are left."""

    def __init__(self, limits: Limits, free: Callable[[], int]) -> None:
        self.limits = limits
        self.free = free

    def for_records(self) -> None:
        """Refused ``disk-low`` when the disk is so full that not even a record is taken."""
        self._floor(self.limits.free // RECORDS_SHARE)

    def for_files(self) -> None:
        """Refused ``disk-low`` when the disk has less left than stays free."""
        self._floor(self.limits.free)

    def takes(self, db: sqlite3.Connection, frame: Frame) -> bool:
        """Whether what another node sends is kept now: files while more is left than stays free, entries longer."""
        if isinstance(frame, Blob):
            return self.free() >= self.limits.free and frame.total <= self.others_left(db)
        return not isinstance(frame, Chunk | Envelopes) or self.free() >= self.limits.free // RECORDS_SHARE

    def others_left(self, db: sqlite3.Connection) -> int:
        """Bytes of others' files that may still be fetched."""
        return max(0, self.limits.others - used(db).others)

    def _floor(self, least: int) -> None:
        left = self.free()
        if left < least:
            raise Refused("disk-low", left=left // MB, least=least // MB)

    def for_member(self, db: sqlite3.Connection, account: int, size: int, now: int, coming: int = 0) -> None:
        """Refused ``disk-low``, ``room-day`` or ``room-full`` unless a file of ``size`` bytes of this account has room.

        ``coming``: bytes of unfinished files that will be counted as well.
        """
        self.for_files()
        self._for_a_day(db, account, size + coming, now)
        self._for_members(db, size + coming)

    def for_another(self, db: sqlite3.Connection, account: int, size: int, now: int) -> None:
        """The same for a file that is here already, sent by another member: it takes a day's share and no room."""
        self.for_files()
        self._for_a_day(db, account, size, now)

    def _for_a_day(self, db: sqlite3.Connection, account: int, size: int, now: int) -> None:
        today = sent_since(db, account, now - DAY_MS)
        if today + size > self.limits.day:
            raise Refused("room-day", used=-(-today // MB), most=self.limits.day // MB)

    def _for_members(self, db: sqlite3.Connection, size: int) -> None:
        members = used(db).members
        if members + size > self.limits.members:
            raise Refused("room-full", used=-(-members // MB), most=self.limits.members // MB)


def used(db: sqlite3.Connection) -> Used:
    """How much room files take."""
    bytes_of = dict(db.execute("SELECT what, bytes FROM room").fetchall())
    return Used(bytes_of["sent"], max(0, bytes_of["whole"] - bytes_of["sent"]))


def sent_since(db: sqlite3.Connection, account: int, since: int) -> int:
    """Bytes of files this account has sent after a moment (POSIX ms)."""
    (found,) = db.execute(
        "SELECT coalesce(sum(size), 0) FROM sent WHERE account = ? AND at > ?", (account, since)
    ).fetchone()
    return int(found)


def add(tx: Tx, room: Room, files: Blobs, kept: Kept, account: int) -> None:
    """A file written by ``Blobs.keep`` counts from this transaction on, for who sent it. Refused as for_member says.

    What is refused is removed again, unless others hold it. Refused ``busy`` if it was thrown away in between.
    """
    by = {one for (one,) in tx.db.execute("SELECT account FROM sent WHERE hash = ?", (kept.hash,))}
    try:
        if account in by:
            room.for_files()
        elif by:
            room.for_another(tx.db, account, kept.size, tx.now)
        else:
            room.for_member(tx.db, account, kept.size, tx.now)
    except Refused:
        if blobs.row(tx.db, kept.hash) is None:
            files.path(kept.hash).unlink(missing_ok=True)
        raise
    if not files.path(kept.hash).exists():
        raise Refused("busy")
    blobs.add(tx, kept)
    tx.db.execute("UPDATE blobs SET added = ? WHERE hash = ?", (tx.now, kept.hash))
    tx.db.execute(
        "INSERT INTO sent (hash, account, size, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET at = excluded.at",
        (kept.hash, account, kept.size, tx.now),
    )


# What is thrown away


_UNUSED: Final = """
    SELECT hash FROM blobs AS b WHERE NOT EXISTS (SELECT 1 FROM blob_refs AS r WHERE r.hash = b.hash)
    GROUP BY hash HAVING max(added) <= ? ORDER BY max(added), hash LIMIT ?
"""


def forget_unused(tx: Tx) -> list[str]:
    """Rows of files that nobody has referred to for a day are gone with this transaction; their blob ids.

    The files follow in a transaction of their own (``remove``): were this one undone, they would still be there.
    """
    named = _named_elsewhere(tx.db)
    rows = tx.db.execute(_UNUSED, (tx.now - UNUSED_MS, SWEPT_AT_ONCE + len(named)))
    gone = [blob for (blob,) in rows if blob not in named][:SWEPT_AT_ONCE]
    for blob in gone:
        known = blobs.row(tx.db, blob)
        if known is not None and known.complete:
            blobs.weigh(tx, -known.size)
    for table in ("sent", "blob_pieces", "blob_holders", "blobs"):
        tx.db.executemany(f"DELETE FROM {table} WHERE hash = ?", [(blob,) for blob in gone])  # noqa: S608
    return gone


def remove(tx: Tx, files: Blobs, gone: list[str]) -> int:
    """Remove the files of rows that are gone and have not come back; how many bytes that freed."""
    freed = 0
    for blob in gone:
        if blobs.row(tx.db, blob) is None:
            for path in (files.path(blob), *files.path(blob).parent.glob(f"{blob}.*part")):
                freed += path.stat().st_size if path.exists() else 0
                path.unlink(missing_ok=True)
    return freed


def _named_elsewhere(db: sqlite3.Connection) -> set[str]:
    found: set[str] = set()
    for query in MAY_NAME_FILES.values():
        for (text,) in db.execute(query):
            found.update(_HASH.findall(text))
    return found


def sweep(db: sqlite3.Connection, files: Blobs) -> int:
    """Remove files without a row, left by a stop between two writes; how many. Only while nobody sends any."""
    if not files.folder.exists():
        return 0
    strays = [
        path
        for path in files.folder.rglob("*")
        if path.is_file() and (path.suffix == ".new" or blobs.row(db, path.name.partition(".")[0]) is None)
    ]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


# Who uses what, for the desk


class Sender(NamedTuple):
    """A member's account, and what it has sent: files, bytes, bytes of the last 24 hours."""

    account: int
    name: str
    files: int
    bytes: int
    today: int


_SENDERS: Final = """
    SELECT s.account, coalesce(a.name, ''), count(*), sum(s.size), sum(CASE WHEN s.at > ? THEN s.size ELSE 0 END)
    FROM sent AS s LEFT JOIN accounts AS a ON a.id = s.account
    GROUP BY s.account ORDER BY sum(s.size) DESC, s.account LIMIT ?
"""


def senders(db: sqlite3.Connection, now: int, most: int) -> list[Sender]:
    """Who has sent most, first."""
    return [Sender(*row) for row in db.execute(_SENDERS, (now - DAY_MS, most))]


class Waiting(NamedTuple):
    """Files, and their bytes."""

    files: int
    bytes: int


def unreferred(db: sqlite3.Connection) -> Waiting:
    """Whole files nobody refers to: they go when they are a day old."""
    return Waiting(
        *db.execute(
            "SELECT count(*), coalesce(sum(size), 0) FROM blobs AS b WHERE complete = 1"
            " AND NOT EXISTS (SELECT 1 FROM blob_refs AS r WHERE r.hash = b.hash)"
        ).fetchone()
    )


def lacking(db: sqlite3.Connection) -> Waiting:
    """Files that records here refer to and that are not here whole."""
    return Waiting(
        *db.execute("SELECT count(*), coalesce(sum(size), 0) FROM blobs WHERE complete = 0").fetchone()
    )
