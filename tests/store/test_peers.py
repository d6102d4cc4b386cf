"""Peers, invites, knocks, cursors, what is owed: rows that survive the process."""

from __future__ import annotations

import pytest

from protocol.crypto import sha256
from protocol.gossip.signals import Owing, Verdict
from protocol.ids import Feed, NodeId, node_id
from protocol.limits import INVITE_DAYS, MAX_FETCH, MAX_KNOCKS
from store import peers
from store.database import Tx
from store.peers import Trust
from store.rows import feed_row, key_of
from store.store import Store
from tests.kit.logs import Author, HandClock

SECRET = bytes(range(16))
A, B = NodeId("a" * 32), NodeId("b" * 32)


def write(store: Store, job):  # type: ignore[no-untyped-def]
    return store.database.write(job).result()


def test_an_invite_is_spent_by_the_one_it_pins(store: Store) -> None:
    write(store, lambda tx: peers.make_invite(tx, SECRET))
    assert not write(store, lambda tx: peers.spend_invite(tx, bytes(16), A))
    assert write(store, lambda tx: peers.spend_invite(tx, SECRET, A, ["host:7401"]))
    assert not write(store, lambda tx: peers.spend_invite(tx, SECRET, B))
    assert write(store, lambda tx: peers.spend_invite(tx, SECRET, A))
    pinned = store.database.read(lambda db: peers.one(db, A)).result()
    assert pinned is not None
    assert (pinned.pinned, pinned.addresses) == (True, ("host:7401",))
    assert store.database.read(lambda db: peers.one(db, B)).result() is None


def test_only_the_hash_of_an_invite_is_kept(store: Store) -> None:
    write(store, lambda tx: peers.make_invite(tx, SECRET))
    rows = store.database.read(lambda db: db.execute("SELECT * FROM invites").fetchall()).result()
    assert rows[0][0] == sha256(SECRET)
    assert SECRET not in rows[0]


def test_an_invite_expires(store: Store, clock: HandClock) -> None:
    expires = write(store, lambda tx: peers.make_invite(tx, SECRET))
    assert expires == clock.now + INVITE_DAYS * 24 * 3600 * 1000
    clock.now = expires
    assert not write(store, lambda tx: peers.spend_invite(tx, SECRET, A))


def test_a_spent_invite_and_the_pin_stand_or_fall_together(store: Store) -> None:
    write(store, lambda tx: peers.make_invite(tx, SECRET))

    def fails(tx: Tx) -> None:
        assert peers.spend_invite(tx, SECRET, A)
        raise RuntimeError

    assert store.database.write(fails).exception() is not None
    assert not store.database.read(lambda db: peers.is_pinned(db, A)).result()
    assert write(store, lambda tx: peers.spend_invite(tx, SECRET, B))


def test_a_blocked_node_spends_no_invite(store: Store) -> None:
    write(store, lambda tx: peers.make_invite(tx, SECRET))
    write(store, lambda tx: peers.block(tx, A))
    assert not write(store, lambda tx: peers.spend_invite(tx, SECRET, A))
    assert store.database.read(lambda db: peers.is_blocked(db, A)).result()
    assert write(store, lambda tx: peers.remove(tx, A))
    assert not write(store, lambda tx: peers.remove(tx, A))
    assert write(store, lambda tx: peers.spend_invite(tx, SECRET, A))


def test_pinning_keeps_addresses_unless_new_ones_are_given(store: Store) -> None:
    write(store, lambda tx: peers.pin(tx, A, ["one:1"], tls=True))
    write(store, lambda tx: peers.pin(tx, A))
    row = store.database.read(lambda db: peers.one(db, A)).result()
    assert row is not None
    assert (row.addresses, row.tls) == (("one:1",), True)
    write(store, lambda tx: peers.pin(tx, A, ["two:2"]))
    row = store.database.read(lambda db: peers.one(db, A)).result()
    assert row is not None
    assert (row.addresses, row.tls) == (("two:2",), False)


def test_knocks_are_one_a_node_and_at_most_a_hundred(store: Store, clock: HandClock) -> None:
    nodes = [Author(number).node for number in range(10, 10 + MAX_KNOCKS + 5)]
    for node in nodes:
        clock.now += 1
        write(store, lambda tx, node=node: peers.knock(tx, node, "192.0.2.1"))
    clock.now += 1
    write(store, lambda tx: peers.knock(tx, nodes[-1], "192.0.2.2"))
    found = store.database.read(peers.knocks).result()
    assert [knock.node for knock in found] == nodes[:4:-1]
    assert (found[0].address, found[0].times) == ("192.0.2.2", 2)
    write(store, lambda tx: peers.pin(tx, nodes[-1]))
    assert nodes[-1] not in [knock.node for knock in store.database.read(peers.knocks).result()]


def test_a_cursor_is_saved_with_what_is_still_to_be_pulled(store: Store, author: Author) -> None:
    write(store, lambda tx: peers.pin(tx, A))
    assert store.database.read(lambda db: peers.cursor_of(db, A)).result() is None
    feed = author.feed
    write(store, lambda tx: peers.save_cursor(tx, A, SECRET, 7, [(feed, 10)]))
    write(store, lambda tx: peers.save_cursor(tx, A, SECRET, 9, [(feed, 5)]))
    assert store.database.read(lambda db: peers.cursor_of(db, A)).result() == (SECRET, 9)
    assert store.database.read(peers.pulls).result() == {A: {feed: 10}}
    author.say_many(10)
    assert store.receive(author.chunk(0, 9, author.head(9)), A).result().verdict is Verdict.STORED
    assert store.database.read(peers.pulls).result() == {A: {feed: 10}}
    assert store.receive(author.chunk(9, 10), A).result().verdict is Verdict.STORED
    assert store.database.read(peers.pulls).result() == {}


def test_holders_only_ever_hold_more(store: Store, author: Author) -> None:
    for size in (3, 8, 5):
        write(store, lambda tx, size=size: peers.holds(tx, A, [(author.feed, size), (Feed(B, 0), 9)]))
    rows = store.database.read(lambda db: db.execute("SELECT node, size FROM holders").fetchall()).result()
    assert rows == [(A, 8)]


def test_what_is_owed_is_told_by_feed_and_in_parts(store: Store, me: Author) -> None:
    row = store.database.read(lambda db: feed_row(db, me.feed)).result()
    assert row is not None
    for index in range(300):
        write(store, lambda tx, index=index: peers.owe(tx, key_of(row.no, index), [A, B]))
    owing = store.database.read(lambda db: peers.owed_to(db, A)).result()
    assert owing == [Owing(A, me.feed, tuple(range(MAX_FETCH)))]
    write(store, lambda tx: peers.acked(tx, A, me.feed, range(MAX_FETCH)))
    owing = store.database.read(lambda db: peers.owed_to(db, A)).result()
    assert owing == [Owing(A, me.feed, tuple(range(MAX_FETCH, 300)))]
    assert store.database.read(peers.creditors).result() == [A, B]


@pytest.mark.parametrize("error", [None, "refused"])
def test_the_last_dial_and_word_are_remembered(store: Store, clock: HandClock, error: str | None) -> None:
    write(store, lambda tx: peers.pin(tx, A))
    write(store, lambda tx: peers.dialled(tx, A, error))
    row = store.database.read(lambda db: peers.one(db, A)).result()
    assert row is not None
    assert (row.dialled, row.last_error, row.last_seen) == (clock.now, error, None)
    write(store, lambda tx: peers.seen(tx, A))
    (row,) = store.database.read(peers.everyone).result()
    assert (row.last_error, row.last_seen) == (None, clock.now)


def test_c7_strangers_with_made_up_codes_push_nobody_out(store: Store, clock: HandClock) -> None:
    """300 of them from many networks leave every other knock where it is."""
    sound = [node_id(bytes([1, number]) * 10) for number in range(60)]
    for node in sound:
        write(store, lambda tx, node=node: peers.knock(tx, node, "192.0.2.1"))
    for number in range(300):
        clock.now += 1
        node, at = node_id(number.to_bytes(20, "big")), f"203.0.{number % 250}.9"
        write(store, lambda tx, node=node, at=at: peers.knock(tx, node, at, trust=Trust.MADE_UP, network=at))
    found = store.database.read(peers.knocks).result()
    assert len(found) == 100 and {knock.node for knock in found[:60]} == set(sound)


def test_c7_one_network_cannot_fill_the_table(store: Store, clock: HandClock) -> None:
    """Without any code too: who comes from elsewhere stays, and who came back stays before who came once."""
    far, near = node_id(b"f" * 20), node_id(b"n" * 20)
    write(store, lambda tx: peers.knock(tx, far, "198.51.100.1", network="4:c63364"))
    for _ in range(2):
        write(store, lambda tx: peers.knock(tx, near, "192.0.2.1", network="4:c00002"))
    for number in range(300):
        clock.now += 1
        node = node_id(number.to_bytes(20, "big"))
        write(store, lambda tx, node=node: peers.knock(tx, node, "192.0.2.7", network="4:c00002"))
    found = {knock.node for knock in store.database.read(peers.knocks).result()}
    assert len(found) == 100 and {far, near} <= found


def test_c7_a_code_of_ours_is_known_when_it_comes_too_late(store: Store, clock: HandClock) -> None:
    """Used up or too old is not made up."""
    secret = b"s" * 16
    write(store, lambda tx: peers.make_invite(tx, secret))
    read = store.database.read
    shown = [read(lambda db, one=one: peers.trust_in(db, one)).result() for one in (secret, b"x" * 16, None)]
    assert shown == [Trust.CODE, Trust.MADE_UP, Trust.PLAIN]
    write(store, lambda tx: peers.knock(tx, A, "192.0.2.1", trust=Trust.CODE))
    write(store, lambda tx: peers.pin(tx, A))
    assert read(peers.knocks).result() == []
