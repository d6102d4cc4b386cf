"""Tiles against the slow tree: every hash, proof, tile and bundle, at sizes around every edge."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.crypto import sha256
from protocol.errors import LocalError
from protocol.merkle import Frontier, leaf_hash, perfect_subtrees, root_of, subtree_proof
from store import tiles
from store.opening import migrate
from store.rows import key_of

MOST = 66_500  # beyond one full tile of level 1


def header(number: int) -> bytes:
    return sha256(b"%d" % number) + bytes(14)


HEADERS = [header(number) for number in range(MOST)]
LEAVES = [leaf_hash(one) for one in HEADERS]


def insert(db: sqlite3.Connection, start: int, end: int) -> None:
    rows = [(key_of(1, number), HEADERS[number], 0) for number in range(start, end)]
    db.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
    tiles.grow(db, 1, start, LEAVES[start:end])


def fresh(path: Path | str = ":memory:") -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    migrate(db)
    db.execute(
        "INSERT INTO feeds (no, node, epoch, size, frontier, head_size, joined_size, standing, stamp)"
        " VALUES (1, 'n', 0, 0, x'', 0, 0, 'live', 0)"
    )
    return db


@pytest.fixture(scope="module")
def large() -> Iterator[sqlite3.Connection]:
    db = fresh()
    db.execute("BEGIN")
    for start in range(0, MOST, 8_192):
        insert(db, start, min(start + 8_192, MOST))
    db.execute("COMMIT")
    yield db
    db.close()


@given(st.lists(st.integers(1, 700), min_size=1, max_size=6))
@settings(max_examples=30)
def test_however_it_grew_the_tree_is_the_same(steps: list[int]) -> None:
    db, size = fresh(), 0
    for step in steps:
        insert(db, size, size + step)
        size += step
    get, slow = tiles.getter(db, 1), perfect_subtrees(LEAVES[:size])
    assert tiles.root_at(db, 1, size) == root_of(LEAVES[:size])
    for start, end in ((0, size), (size - 1, size), (0, max(1, size // 2))):
        assert subtree_proof(start, end, size, get) == subtree_proof(start, end, size, slow)
    assert db.execute("SELECT count(*) FROM tiles").fetchone() == (size // 256,)
    db.close()


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_535, 65_536, 65_537, MOST])
def test_proofs_of_a_large_tree(large: sqlite3.Connection, size: int) -> None:
    get, slow = tiles.getter(large, 1), perfect_subtrees(LEAVES[:size])
    assert tiles.root_at(large, 1, size) == Frontier.empty().extend(LEAVES[:size]).root()
    for index in {0, size // 3, size - 1}:
        assert subtree_proof(index, index + 1, size, get) == subtree_proof(index, index + 1, size, slow)


def test_every_tile_is_its_hashes(large: sqlite3.Connection) -> None:
    assert tiles.tile(large, 1, 0, 3) == b"".join(LEAVES[768:1024])
    assert tiles.tile(large, 1, 0, MOST // 256, MOST % 256) == b"".join(LEAVES[MOST // 256 * 256 :])
    roots = [root_of(LEAVES[at : at + 256]) for at in range(0, 65_536, 256)]
    assert tiles.tile(large, 1, 1, 0) == b"".join(roots)
    assert tiles.tile(large, 1, 1, 1, 3) == b"".join(
        root_of(LEAVES[at : at + 256]) for at in range(65_536, 65_536 + 3 * 256, 256)
    )
    assert tiles.tile(large, 1, 2, 0, 1) == root_of(LEAVES[:65_536])


def test_bundles_are_headers_with_their_lengths(large: sqlite3.Connection) -> None:
    assert tiles.bundle(large, 1, 1) == b"".join(b"\x00\x2e" + one for one in HEADERS[256:512])
    width = MOST % 256
    assert tiles.bundle(large, 1, MOST // 256, width) == b"".join(
        b"\x00\x2e" + one for one in HEADERS[-width:]
    )


@pytest.mark.parametrize(
    ("level", "number", "width"),
    [
        (0, 10_000, 256),
        (0, MOST // 256, 256),
        (1, 1, 256),
        (6, 0, 1),
        (-1, 0, 1),
        (0, 0, 0),
        (0, 0, 257),
        (3, 0, 1),
    ],
)
def test_what_is_not_here_is_said_so(large: sqlite3.Connection, level: int, number: int, width: int) -> None:
    with pytest.raises(LocalError):
        tiles.tile(large, 1, level, number, width)


def test_bundles_not_here(large: sqlite3.Connection) -> None:
    with pytest.raises(LocalError):
        tiles.bundle(large, 1, MOST // 256, 256)
    with pytest.raises(LocalError):
        tiles.bundle(large, 2, 0)
