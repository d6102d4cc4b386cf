"""Every planted damage is found, under its own name."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from protocol import cbor
from protocol.frame_types import MISSING
from store import blobs
from store.check import APPEND_ONLY, check
from store.database import Tx
from store.store import Store
from tests.kit.logs import Author, append, introduce, meet, publish, withheld
from tests.store.test_blobs import attach, attached, keep

Damage = Callable[[sqlite3.Connection], object]


def broken(store: Store) -> set[str]:
    found = check(store)
    assert all(where for _, where in found)
    return {name for name, _ in found}


@pytest.fixture
def full(store: Store, me: Author, author: Author) -> Store:
    """A store with some of everything."""
    member = str(publish(store, introduce(0, audience=[me.node, author.node])))
    store.database.write(lambda tx: [append(tx, store, introduce(n), n) for n in range(1, 300)]).result()
    attach(store, kept := keep(store), attached(member, kept))
    author.say_many(600)
    author.say(b"no json")
    chunks = author.chunks()
    store.receive(withheld(chunks[0], [5], MISSING), author.node).result()
    for chunk in chunks[1:]:
        store.receive(chunk, author.node).result()
    other = Author(2).say_many(9)
    meet(store, other)
    store.receive(other.chunk(0, 9), other.node).result()
    store.receive(other.fork(3).chunk(0, 4), other.node).result()
    return store


def test_a_sound_store_has_nothing_broken(full: Store) -> None:
    assert broken(full) == set()


def force(*statements: str) -> Damage:
    """Change rows of truth as a broken disk would: with the triggers out of the way."""

    def damage(db: sqlite3.Connection) -> None:
        names = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name NOT LIKE 'search%'"
        triggers = db.execute(names).fetchall()
        db.execute("PRAGMA defer_foreign_keys = ON")
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            sql = statement.replace("FEED", "(SELECT no FROM feeds WHERE node = AUTHOR)")
            assert db.execute(sql.replace("AUTHOR", f"'{AUTHOR.node}'")).rowcount > 0, statement
        for _, sql in triggers:
            db.execute(sql)

    return damage


AUTHOR = Author(1)

DAMAGES: dict[str, tuple[str, Damage]] = {
    "a header changed": (
        "frontier",
        force("UPDATE entries SET header = zeroblob(46) WHERE key = (FEED << 40) + 5"),
    ),
    "an entry lost": ("entries", force("DELETE FROM entries WHERE key = (FEED << 40) + 600")),
    "an entry too many": (
        "payloads",
        force("INSERT INTO entries SELECT key + 1, header, 0 FROM entries WHERE key = (FEED << 40) + 600"),
    ),
    "a frontier changed": (
        "frontier",
        force("UPDATE feeds SET frontier = zeroblob(length(frontier)) WHERE size = 601"),
    ),
    "a tile changed": ("tiles", force("UPDATE tiles SET hashes = zeroblob(8192) WHERE number = 1")),
    "a tile's root changed": ("tiles", force("UPDATE tiles SET root = zeroblob(32) WHERE number = 0")),
    "a tile lost": ("tiles", force("DELETE FROM tiles WHERE number = 1")),
    "a tile too many": (
        "tiles",
        force(
            "INSERT INTO tiles SELECT feed, 1, 0, root, hashes FROM tiles WHERE number = 0 AND feed = FEED"
        ),
    ),
    "a head's root changed": ("heads", force("UPDATE heads SET root = zeroblob(32) WHERE size = 601")),
    "a head's signature changed": (
        "heads",
        force("UPDATE heads SET signature = zeroblob(64) WHERE size = 601"),
    ),
    "the announced head lost": (
        "heads",
        force("UPDATE feeds SET head_size = 0, head_root = NULL, head_signature = NULL WHERE size = 601"),
    ),
    "an envelope changed": (
        "payloads",
        force("UPDATE envelopes SET envelope = x'00' WHERE key = (FEED << 40) + 7"),
    ),
    "an envelope lost": ("payloads", force("DELETE FROM envelopes WHERE key = (FEED << 40) + 7")),
    "a gap that is filled": ("payloads", force("INSERT INTO gaps VALUES ((FEED << 40) + 7, 2, 0)")),
    "an audience lost": ("audiences", force("DELETE FROM audiences WHERE node = AUTHOR")),
    "an audience invented": ("audiences", force("INSERT INTO audiences VALUES ((FEED << 40) + 5, 'x')")),
    "an arrival lost": ("arrivals", force("DELETE FROM arrivals WHERE seq = 1")),
    "an arrival twice": ("arrivals", force("UPDATE arrivals SET key = key + 1 WHERE seq = 1")),
    "a keyring changed": (
        "keyrings",
        force("UPDATE keyrings SET notes = x'80' WHERE node = AUTHOR"),
    ),
    "a tag changed": ("keyrings", force("UPDATE keyrings SET tag = x'00' WHERE node = AUTHOR")),
    "a rival of a keyring changed": (
        "keyrings",
        force("INSERT INTO rivals SELECT max(revision), x'02' FROM keyrings"),
    ),
    "evidence changed": (
        "evidence",
        force("UPDATE evidence SET frame = substr(frame, 1, length(frame) - 1)"),
    ),
    "a view changed": ("views", force("UPDATE members SET name = 'somebody else' WHERE restricted = 0")),
    "a blob's size changed": ("blobs", force("UPDATE blobs SET size = size + 1")),
}


@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_damage_is_named(full: Store, damage: str) -> None:
    name, harm = DAMAGES[damage]

    def job(tx: Tx) -> None:
        harm(tx.db)

    full.database.write(job).result()
    assert name in broken(full)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_trigger_that_is_gone_is_named(full: Store, table: str) -> None:
    full.database.write(lambda tx: tx.db.execute(f"DROP TRIGGER {table}_delete") and None).result()
    assert broken(full) == {"triggers"}


def test_a_file_damaged_or_lost_is_named(full: Store) -> None:
    (blob,) = full.database.read(lambda db: db.execute("SELECT hash FROM blobs").fetchone()).result()
    path = full.blobs.path(blob)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"?")
    assert broken(full) == {"blobs"}
    path.unlink()
    assert broken(full) == {"blobs"}
    path.write_bytes(data)
    assert broken(full) == set()
    assert full.database.read(blobs.wanted).result() == []


def test_a_signed_head_that_does_not_agree_is_named(full: Store) -> None:
    path = full.folder / "signed-head"
    kept = path.read_text()
    path.unlink()
    assert broken(full) == {"signed-head"}
    path.write_text("nonsense")
    assert broken(full) == {"signed-head"}
    path.write_text(kept)
    assert broken(full) == set()


def test_a_keyring_row_is_the_array_that_travels(full: Store) -> None:
    rows = full.database.read(
        lambda db: db.execute("SELECT notes FROM keyrings WHERE node = ?", (AUTHOR.node,)).fetchone()
    )
    assert cbor.load(rows.result()[0]) == AUTHOR.keyring.notes
