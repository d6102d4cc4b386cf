"""The tree of a feed as tiles: 256 hashes side by side, kept once they are full.

Law: tiles say nothing the headers do not; a partial tile is made from what lies below it. A hash of the level above is
the root of a full tile, kept beside it, so no proof costs more than a few hundred hashes.
Source: PROTOCOL section 3, C2SP tlog-tiles.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final

from protocol import merkle
from protocol.errors import LocalError
from protocol.limits import HASH, HEADER
from protocol.merkle import root_of, subtree_root
from store.rows import key_of

WIDTH: Final = 256
HEIGHT: Final = 8  # levels of the tree in one tile
MAX_LEVEL: Final = 6  # tiles of this level would stand over 2^56 leaves


def grow(db: sqlite3.Connection, no: int, size: int, leaves: Sequence[bytes]) -> None:
    """Keep the tiles that ``leaves``, appended to a tree of ``size``, complete; its headers are in entries already."""
    end = size + len(leaves)
    for number in range(size // WIDTH, end // WIDTH):
        start = number * WIDTH
        have = leaf_hashes(db, no, start, size) if start < size else []
        new = leaves[max(start - size, 0) : start + WIDTH - size]
        _keep(db, no, 0, number, [*have, *new])


def _keep(db: sqlite3.Connection, no: int, level: int, number: int, hashes: list[bytes]) -> None:
    row = (no, level, number, root_of(hashes), b"".join(hashes))
    db.execute("INSERT INTO tiles (feed, level, number, root, hashes) VALUES (?, ?, ?, ?, ?)", row)
    if (number + 1) % WIDTH == 0:
        above = number // WIDTH
        _keep(db, no, level + 1, above, _roots(db, no, level, above * WIDTH, (above + 1) * WIDTH))


def leaf_hashes(db: sqlite3.Connection, no: int, start: int, end: int) -> list[bytes]:
    """Leaf hashes [start, end) of a feed, from its headers; meant for a block of 256 or less."""
    headers = db.execute(
        "SELECT header FROM entries WHERE key >= ? AND key < ? ORDER BY key",
        (key_of(no, start), key_of(no, end)),
    )
    return merkle.leaf_hashes(header for (header,) in headers)


def _roots(db: sqlite3.Connection, no: int, level: int, start: int, end: int) -> list[bytes]:
    found = db.execute(
        "SELECT root FROM tiles WHERE feed = ? AND level = ? AND number >= ? AND number < ? ORDER BY number",
        (no, level, start, end),
    )
    return [root for (root,) in found]


def hashes(db: sqlite3.Connection, no: int, level: int, start: int, end: int) -> list[bytes]:
    """Hashes [start, end) of a tile level, all within one tile. LocalError for one that is not there."""
    row = db.execute(
        "SELECT hashes FROM tiles WHERE feed = ? AND level = ? AND number = ?", (no, level, start // WIDTH)
    ).fetchone()
    if row is not None:
        offset = start % WIDTH * HASH
        data = row[0][offset : offset + (end - start) * HASH]
        found = [data[at : at + HASH] for at in range(0, len(data), HASH)]
    elif level == 0:
        found = leaf_hashes(db, no, start, end)
    else:
        found = _roots(db, no, level - 1, start, end)
    if len(found) != end - start:
        raise LocalError(f"hashes {start} to {end} of level {level} of feed {no} are not here")
    return found


def getter(db: sqlite3.Connection, no: int) -> Callable[[int, int], bytes]:
    """The ``get`` that protocol.merkle asks for: hash of the perfect subtree ``index`` of 2**level leaves."""

    def get(level: int, index: int) -> bytes:
        return hash_at(db, no, level, index)

    return get


def hash_at(db: sqlite3.Connection, no: int, level: int, index: int) -> bytes:
    """Hash of the perfect subtree number ``index`` of 2**level leaves of a feed."""
    tile_level, rest = divmod(level, HEIGHT)
    start = index << rest
    return root_of(hashes(db, no, tile_level, start, start + (1 << rest)))


def root_at(db: sqlite3.Connection, no: int, size: int) -> bytes:
    """Root the feed's tree had at a size (at least 1, at most what is here)."""
    return subtree_root(0, size, getter(db, no))


def tile(db: sqlite3.Connection, no: int, level: int, number: int, width: int = WIDTH) -> bytes:
    """A tile as the audit endpoint gives it: ``width`` hashes, 256 for a full one. LocalError if not here."""
    _check(level, width)
    return b"".join(hashes(db, no, level, number * WIDTH, number * WIDTH + width))


def bundle(db: sqlite3.Connection, no: int, number: int, width: int = WIDTH) -> bytes:
    """An entry bundle: u16 length and header, ``width`` times. LocalError if not here."""
    _check(0, width)
    start = number * WIDTH
    found = db.execute(
        "SELECT header FROM entries WHERE key >= ? AND key < ? ORDER BY key",
        (key_of(no, start), key_of(no, start + width)),
    ).fetchall()
    if len(found) != width:
        raise LocalError(f"entries {start} to {start + width} of feed {no} are not here")
    return b"".join(HEADER.to_bytes(2, "big") + header for (header,) in found)


def _check(level: int, width: int) -> None:
    if not (0 <= level < MAX_LEVEL and 0 < width <= WIDTH):
        raise LocalError(f"no tile of level {level} and width {width}")
