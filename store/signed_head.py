"""The file that says what was signed last: it lies beside the key and is never in a backup.

Law: commit, then this file, then send. So the log is at most one commit ahead of the file after a crash; anything else
means that this folder is not all there was, and nothing is signed until that is settled.
Source: PROTOCOL section 2 "Signing order" and section 11.
"""

from __future__ import annotations

import enum
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from protocol.errors import LocalError, Malformed
from protocol.ids import Feed, parse_int, parse_origin
from protocol.limits import HASH
from protocol.merkle import EMPTY
from protocol.note import b64decode, b64encode
from store.rows import FeedRow
from store.tiles import root_at


class Case(enum.IntEnum):
    """How log and file stand to each other; the numbers of PROTOCOL section 11."""

    EQUAL = 1  # log = file: go on
    LOG_AHEAD = 2  # log one commit ahead of the file: write the file, go on
    LOG_BEHIND = 3  # the log lacks what was signed: fetch it back before signing
    NO_FILE = 4  # nobody knows what was signed: the peers must be asked
    CONTRADICTION = 5  # another history was signed under this key


class Signed(NamedTuple):
    """What the file says: feed, leaves and root of the last head that was signed; size 0 and EMPTY before the first."""

    feed: Feed
    size: int
    root: bytes


def read(path: Path) -> Signed | None:
    """What the file says; None if there is none. LocalError if it cannot be read as what it should be."""
    try:
        origin, size, root = path.read_text(encoding="ascii").removesuffix("\n").split("\n")
        found = Signed(parse_origin(origin), parse_int(size), b64decode(root))
    except FileNotFoundError:
        return None
    except (ValueError, Malformed) as error:
        raise LocalError(f"the signed-head file {path.name} is damaged") from error
    if len(found.root) != HASH:
        raise LocalError(f"the signed-head file {path.name} is damaged")
    return found


def write(path: Path, signed: Signed) -> None:
    """Replace the file, so that it is whole and on disk when this returns, whatever happens in between."""
    draft = path.with_name(f"{path.name}.new")
    with draft.open("w", encoding="ascii") as file:
        file.write(f"{signed.feed.origin}\n{signed.size}\n{b64encode(signed.root)}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def compare(db: sqlite3.Connection, row: FeedRow, signed: Signed | None) -> Case:
    """How the own feed stands to what the file says. A file of another feed says nothing about this one."""
    if signed is None or signed.feed != row.feed:
        return Case.NO_FILE
    if signed.size > row.size:
        return Case.LOG_BEHIND
    if _root(db, row, signed.size) != signed.root:
        return Case.CONTRADICTION
    if signed.size == row.size:
        return Case.EQUAL
    return Case.LOG_AHEAD if _heads_after(db, row.no, signed.size) == 1 else Case.NO_FILE


def _root(db: sqlite3.Connection, row: FeedRow, size: int) -> bytes:
    return root_at(db, row.no, size) if size else EMPTY


def _heads_after(db: sqlite3.Connection, no: int, size: int) -> int:
    (count,) = db.execute("SELECT count(*) FROM heads WHERE feed = ? AND size > ?", (no, size)).fetchone()
    return int(count)
