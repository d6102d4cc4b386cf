"""The journal of feeds and the run of arrivals: cursors that can be walked and never lie."""

from __future__ import annotations

import sqlite3

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.frame_types import MISSING
from protocol.keyring import Keyring
from store import journal, keyrings
from store.database import Memory, Tx
from store.opening import migrate
from store.rows import feed_row, key_of, split
from store.store import Store
from tests.kit.logs import Author, introduce, publish, withheld


def test_changes_come_in_pages(store: Store) -> None:
    for number in range(20, 27):
        author = Author(number)
        store.database.write(lambda tx, keyring=author.keyring: put(tx, keyring)).result()
    seen, cursor, pages = [], 0, 0
    generation = store.database.read(journal.generation).result()
    while True:
        found = store.database.read(lambda db, c=cursor: journal.changes(db, generation, c, 4)).result()
        seen += [one.feed for one in found.seen]
        pages, cursor = pages + 1, found.cursor
        if not found.more:
            break
    assert pages == 3
    assert len(seen) == len(set(seen)) == 9


def put(tx: Tx, keyring: Keyring) -> None:
    keyrings.put(tx, keyring)


def test_a_feed_has_one_place_in_the_journal(store: Store, me: Author) -> None:
    for number in range(5):
        publish(store, introduce(number), number)
    stamps = store.database.read(
        lambda db: db.execute("SELECT stamp FROM feeds ORDER BY stamp").fetchall()
    ).result()
    assert stamps == sorted(set(stamps))
    row = store.database.read(lambda db: feed_row(db, me.feed)).result()
    assert row is not None
    assert (row.stamp,) == stamps[-1]


def test_a_new_generation_makes_everyone_ask_again(store: Store) -> None:
    old = store.database.read(journal.generation).result()
    store.database.write(lambda tx: journal.set_generation(tx, bytes(16))).result()
    found = store.database.read(lambda db: journal.changes(db, old, 100)).result()
    assert (found.generation, len(found.seen)) == (bytes(16), 2)


def arrivals(store: Store, cursor: int, limit: int) -> list[journal.Arrival]:
    return store.database.read(lambda db: journal.arrivals(db, cursor, limit)).result()


def test_arrivals_are_in_the_order_they_became_readable(store: Store, me: Author, author: Author) -> None:
    author.say_many(5)
    store.receive(withheld(author.chunk(0, 5), [1, 2], MISSING), author.node).result()
    publish(store, introduce(0))
    store.receive(author.envelopes([2]), author.node).result()
    rows = {
        feed: store.database.read(lambda db, f=feed: feed_row(db, f)).result()
        for feed in (me.feed, author.feed)
    }
    mine, theirs = rows[me.feed], rows[author.feed]
    assert mine is not None
    assert theirs is not None
    expected = [(theirs.no, 0), (theirs.no, 3), (theirs.no, 4), (mine.no, 0), (theirs.no, 2)]
    found = arrivals(store, 0, 100)
    assert [split(one.key) for one in found] == expected
    assert [one.seq for one in found] == [1, 2, 3, 4, 5]
    assert arrivals(store, 5, 100) == []


@settings(max_examples=20)
@given(st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=10), max_size=6), st.integers(1, 7))
def test_walking_arrivals_by_any_page_gives_them_all(batches: list[list[int]], page: int) -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db)
    expected = []
    for batch in batches:
        keys = [key_of(1, index) for index in batch]
        journal.arrived(Tx(db, 0, Memory()), keys)
        expected += keys
    found, cursor = [], 0
    while some := journal.arrivals(db, cursor, page):
        assert len(some) <= page
        found += some
        cursor = some[-1].seq
    assert [one.key for one in found] == expected
    assert [one.seq for one in found] == list(range(1, len(expected) + 1))
    db.close()
