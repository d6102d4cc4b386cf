"""Chains of other nodes: taken, refused, frozen, freed; and our own shown to us by others."""

from __future__ import annotations

import pytest

from protocol.errors import Refused
from protocol.frame_types import KeyringNotes
from protocol.gossip.signals import KeyringChanged, Outcome, Verdict
from protocol.ids import Feed, NodeId
from protocol.keyring import Keyring, extend
from protocol.merkle import EMPTY
from store import keyrings, standing
from store.rows import feed_row
from store.store import Store
from tests.kit.logs import Author, introduce, publish, secret


def show(store: Store, keyring: Keyring, node: NodeId | None = None) -> Outcome:
    return store.receive(KeyringNotes(node or keyring.node, keyring.notes), keyring.node).result()


def held(store: Store, author: Author) -> Keyring:
    found = store.database.read(lambda db: keyrings.get(db, author.node)).result()
    assert found is not None
    return found


def state(store: Store, author: Author) -> str:
    row = store.database.read(lambda db: feed_row(db, author.feed)).result()
    assert row is not None
    return row.standing


def renewed(author: Author, name: str, *, kit: bool = False) -> Keyring:
    """The next note: a new witness key, signed by the feed key, or by the recovery key too."""
    signers = [author.signer, *([secret(author.number, "recovery")] if kit else [])]
    return extend(author.keyring, signers=signers, witness_public=secret(author.number, name).public)


def stolen(author: Author) -> Keyring:
    """The recovery key closes the epoch at nothing and opens the next."""
    fresh, kit = secret(author.number, "fresh"), secret(author.number, "recovery")
    return extend(author.keyring, signers=[fresh, kit], feed_public=fresh.public, close=(0, EMPTY))


@pytest.fixture
def events(store: Store) -> list[object]:
    seen: list[object] = []
    store.database.on_commit = lambda happened, topics: seen.extend(happened)
    return seen


def test_a_first_chain_is_kept_and_told(store: Store, events: list[object]) -> None:
    new = Author(5)
    assert show(store, new.keyring).verdict is Verdict.STORED
    assert events == [KeyringChanged(new.node, new.keyring.tag, new.keyring.notes)]
    assert store.database.read(keyrings.tags).result()[new.node] == new.keyring.tag
    assert show(store, new.keyring).verdict is Verdict.NOTHING_NEW


def test_a_longer_chain_is_taken_and_a_prefix_is_not(
    store: Store, author: Author, events: list[object]
) -> None:
    longer = renewed(author, "second witness")
    assert show(store, longer).verdict is Verdict.STORED
    assert show(store, author.keyring).verdict is Verdict.NOTHING_NEW
    assert held(store, author) == longer
    assert len(events) == 1


@pytest.mark.parametrize("notes", [(), (b"no note",), (b"\xff" * 100,)])
def test_what_is_no_chain_is_an_offence(store: Store, author: Author, notes: tuple[bytes, ...]) -> None:
    frame = KeyringNotes(author.node, notes)
    assert store.receive(frame, author.node).result().verdict is Verdict.BAD_KEYRING


def test_anothers_chain_is_an_offence(store: Store, author: Author) -> None:
    assert show(store, Author(5).keyring, author.node).verdict is Verdict.BAD_KEYRING


def test_equal_authority_freezes_until_recovery_speaks(
    store: Store, author: Author, events: list[object]
) -> None:
    author.say_many(3)
    one, two = renewed(author, "one"), renewed(author, "two")
    show(store, one)
    events.clear()
    assert show(store, two).verdict is Verdict.STANDSTILL
    (changed,) = events
    assert isinstance(changed, KeyringChanged)
    assert (changed.taking, changed.notes, changed.other_branch) == (False, one.notes, two.notes)
    assert (held(store, author), state(store, author)) == (one, "frozen")
    assert store.receive(author.chunk(0, 3), author.node).result().verdict is Verdict.STANDSTILL
    assert show(store, two).verdict is Verdict.STANDSTILL
    assert len(events) == 1
    settled = renewed(author, "two", kit=True)
    assert show(store, settled).verdict is Verdict.STORED
    assert state(store, author) == "live"
    assert store.receive(author.chunk(0, 3), author.node).result().verdict is Verdict.STORED


def test_a_recovery_signed_chain_replaces_ours_and_is_not_replaced(store: Store, author: Author) -> None:
    show(store, renewed(author, "thief"))
    assert show(store, stolen(author)).verdict is Verdict.STORED
    assert held(store, author).epoch == 1
    assert show(store, renewed(author, "thief again")).verdict is Verdict.NOTHING_NEW
    row = store.database.read(lambda db: feed_row(db, Feed(author.node, 1))).result()
    assert row is not None
    assert row.stamp > 0


def test_a_keyring_of_ours_that_was_not_made_here_stops_signing(store: Store, me: Author) -> None:
    assert show(store, me.keyring).verdict is Verdict.NOTHING_NEW
    publish(store, introduce(0))
    assert show(store, renewed(me, "not ours")).verdict is Verdict.STANDSTILL
    assert store.database.read(standing.alarm).result() == standing.OWN_KEYRING
    with pytest.raises(Refused, match="signing-stopped"):
        publish(store, introduce(1), 1)
    assert held(store, me) == me.keyring


def closing(author: Author, size: int, *, kit: bool) -> Keyring:
    """The next epoch, opened after ``size`` entries."""
    fresh = secret(author.number, "fresh")
    other = secret(author.number, "recovery") if kit else author.signer
    close = (size, author.root(size)) if size else (0, EMPTY)
    return extend(author.keyring, signers=[fresh, other], feed_public=fresh.public, close=close)


def test_a_closed_epoch_takes_its_closing_head_and_no_other(store: Store, author: Author) -> None:
    author.say_many(20)
    store.receive(author.chunk(0, 5, author.head(5)), author.node).result()
    assert show(store, closing(author, 10, kit=False)).verdict is Verdict.STORED
    assert state(store, author) == "live"
    outcome = store.receive(author.chunk(5, 20), author.node).result()
    assert outcome.verdict is Verdict.NOT_REPLICATED
    unsigned = author.chunk(5, 10, author.head(10)._replace(signature=bytes(64)))
    assert store.receive(unsigned, author.node).result().verdict is Verdict.STORED
    assert state(store, author) == "closed"
    assert store.receive(author.chunk(10, 20), author.node).result().verdict is Verdict.NOT_REPLICATED


def test_a_close_by_recovery_ends_a_conviction(store: Store, author: Author) -> None:
    author.say_many(10)
    store.receive(author.chunk(0, 10), author.node).result()
    store.receive(author.fork(4).chunk(0, 5), author.node).result()
    assert state(store, author) == "convicted"
    assert show(store, closing(author, 10, kit=True)).verdict is Verdict.STORED
    assert state(store, author) == "closed"
