"""When which node said that it holds a record: only what it said, and only the moments that are known."""

from __future__ import annotations

from typing import Any

import pytest

from protocol.ids import NodeId
from store import figures, peers, travel
from store.rows import feed_row, key_of
from store.store import Store
from tests.kit.logs import Author, HandClock

A, B = NodeId("a" * 32), NodeId("b" * 32)


def write(store: Store, job: Any) -> Any:
    return store.database.write(job).result()


def feed_number(store: Store, author: Author) -> int:
    row = store.database.read(lambda db: feed_row(db, author.feed)).result()
    assert row is not None
    return row.no


def says(store: Store, clock: HandClock, node: NodeId, author: Author, size: int) -> int:
    clock.now += 1_000
    write(store, lambda tx: peers.holds(tx, node, [(author.feed, size)]))
    return clock.now


def told(store: Store, author: Author, index: int) -> dict[str, int | None]:
    key = key_of(feed_number(store, author), index)
    return store.database.read(lambda db: travel.told(db, key)).result()


def test_a_time_is_that_of_the_word_that_covered_the_record(
    store: Store, author: Author, clock: HandClock
) -> None:
    author.say_many(10)
    store.receive(author.chunk(0, 10, author.head(10)), A).result()
    says(store, clock, A, author, 3)  # what it held when it first spoke has no time
    second, third = says(store, clock, A, author, 5), says(store, clock, A, author, 9)
    says(store, clock, A, author, 7)  # less than it had said: nothing new
    assert [told(store, author, index) for index in (0, 2, 3, 4, 5, 8, 9)] == [
        *({A: None}, {A: None}, {A: second}, {A: second}, {A: third}, {A: third}, {})
    ]
    says(store, clock, B, author, 10)
    assert told(store, author, 9) == {B: None}
    assert told(store, author, 8) == {A: third, B: None}


def test_the_oldest_times_are_forgotten(
    store: Store, author: Author, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(travel, "MAX_HEARD", 2)
    author.say_many(10)
    store.receive(author.chunk(0, 10, author.head(10)), A).result()
    times = [says(store, clock, A, author, size) for size in (1, 2, 3, 4)]
    assert [told(store, author, index) for index in range(4)] == [
        *({A: None}, {A: None}, {A: times[2]}, {A: times[3]})
    ]


def test_a_private_record_has_a_time_once_it_is_acknowledged(
    store: Store, me: Author, clock: HandClock
) -> None:
    key = key_of(feed_number(store, me), 0)

    def prepare(tx: Any) -> None:
        tx.db.executemany("INSERT INTO audiences (key, node) VALUES (?, ?)", [(key, A), (key, B)])
        peers.owe(tx, key, [A, B])

    write(store, prepare)
    says(store, clock, A, me, 1)
    says(store, clock, A, me, 2)  # that it holds the header says nothing of the envelope
    assert store.database.read(lambda db: travel.told_privately(db, key)).result() == {}
    clock.now += 5
    write(store, lambda tx: peers.acked(tx, A, me.feed, [0, 1]))
    at = clock.now
    clock.now += 5
    write(store, lambda tx: peers.acked(tx, A, me.feed, [0]))
    assert store.database.read(lambda db: travel.told_privately(db, key)).result() == {A: at}
    assert store.database.read(lambda db: travel.told(db, key + 1)).result() == {A: at - 5}


def test_who_holds_what_of_ours_is_counted(
    store: Store, me: Author, author: Author, clock: HandClock
) -> None:
    author.say_many(3)
    store.receive(author.chunk(0, 3, author.head(3)), A).result()
    says(store, clock, A, author, 3)
    says(store, clock, B, me, 1)
    last = says(store, clock, B, me, 2)
    says(store, clock, A, me, 1)
    write(store, lambda tx: peers.owe(tx, key_of(feed_number(store, me), 0), [A]))
    held = store.database.read(lambda db: figures.holding(db, me.node)).result()
    assert held == [figures.Holding(B, 2, 0, last), figures.Holding(A, 1, 1, None)]
