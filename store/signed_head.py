"""The file that says what was signed last and where: it lies beside the key and is never in a backup.

Law: commit, then this file, then send. So the log is at most one commit ahead of the file after a crash; anything else,
a file that was written at another place too, means that this folder is not all there was, and nothing is signed until
that is settled. Source: PROTOCOL section 2 "Signing order" and section 11.
"""

from __future__ import annotations

import enum
import os
import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import Malformed
from protocol.ids import Feed, parse_int, parse_origin
from protocol.limits import HASH
from protocol.merkle import EMPTY
from protocol.note import b64decode, b64encode
from store import place
from store.place import Place
from store.rows import FeedRow
from store.tiles import root_at

SLOW_MS: Final = (
    1_000  # a file whose writing took longer is written again: its own change time must fit its line
)
_ATTEMPTS: Final = 3  # a disk that stays slow costs the questions of case 4 at the next start, no more


class Case(enum.IntEnum):
    """How log and file stand to each other; the numbers of PROTOCOL section 11."""

    EQUAL = 1  # log = file: ask the peers, go on
    LOG_AHEAD = 2  # log one commit ahead of the file: the same, then write the file
    LOG_BEHIND = 3  # the log lacks what was signed: fetch it back before signing
    NO_FILE = (
        4  # nobody here knows what was signed, or it was signed at another place: the peers must be asked
    )
    CONTRADICTION = 5  # another history was signed under this key


class Signed(NamedTuple):
    """What the file says: feed, leaves and root of the last head that was signed; size 0 and EMPTY before the first.

    ``place`` is where the file was written; None in a file of an older version.
    """

    feed: Feed
    size: int
    root: bytes
    place: Place | None = None


class Found(NamedTuple):
    """The file at a start: what it says (None: no file, or one that cannot be read), and whether it is where it was.

    ``booted``: the machine was started since the file was written.
    """

    signed: Signed | None
    moved: bool = False
    booted: bool = False


def read(path: Path) -> Signed | None:
    """What the file says; None if there is none or it cannot be read as what it should be."""
    try:
        origin, size, root, *more = path.read_text(encoding="ascii").removesuffix("\n").split("\n")
        found = Signed(parse_origin(origin), parse_int(size), b64decode(root), _place(more))
    except (FileNotFoundError, ValueError, Malformed):
        return None
    return found if len(found.root) == HASH else None


def _place(lines: list[str]) -> Place | None:
    if len(lines) > 1:
        raise Malformed("a signed-head file has three lines and its place")
    return place.parse(lines[0]) if lines else None


def find(path: Path) -> Found:
    """What the file says, and whether it is the file that was written there."""
    signed = read(path)
    if signed is None or signed.place is None:
        return Found(signed)
    now = place.here(path.stat().st_ctime_ns)
    return Found(signed, not place.holds(signed.place, now), signed.place.boot != now.boot)


def write(path: Path, signed: Signed) -> None:
    """Replace the file, so that it is whole and on disk when this returns, whatever happens in between.

    Its line of the place is of this machine and moment, whatever ``signed`` says.
    """
    for _ in range(_ATTEMPTS):
        said = _replace(path, signed)
        if abs(path.stat().st_ctime_ns // 1_000_000 - said.ctime) <= SLOW_MS:
            return


def _replace(path: Path, signed: Signed) -> Place:
    draft = path.with_name(f"{path.name}.new")
    with draft.open("w", encoding="ascii") as file:
        file.write(f"{signed.feed.origin}\n{signed.size}\n{b64encode(signed.root)}\n")
        file.flush()
        said = place.here(os.fstat(file.fileno()).st_ctime_ns)
        file.write(f"{said.line}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return said


def compare(db: sqlite3.Connection, row: FeedRow, found: Found) -> Case:
    """How the own feed stands to what the file says. A file of another feed says nothing about this one."""
    signed = found.signed
    if signed is None or found.moved or signed.feed != row.feed:
        return Case.NO_FILE
    if signed.size > row.size:
        return Case.LOG_BEHIND
    if root_of(db, row, signed.size) != signed.root:
        return Case.CONTRADICTION
    if signed.size == row.size:
        return Case.EQUAL
    return Case.LOG_AHEAD if _heads_after(db, row.no, signed.size) == 1 else Case.NO_FILE


def root_of(db: sqlite3.Connection, row: FeedRow, size: int) -> bytes:
    """The root the own log had at a size it holds."""
    return root_at(db, row.no, size) if size else EMPTY


def _heads_after(db: sqlite3.Connection, no: int, size: int) -> int:
    (count,) = db.execute("SELECT count(*) FROM heads WHERE feed = ? AND size > ?", (no, size)).fetchone()
    return int(count)
