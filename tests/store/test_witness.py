"""Cosignatures and receipts: what others put their name to, and what anyone can check without us."""

from __future__ import annotations

from dataclasses import replace

from protocol.checkpoint import checkpoint_text
from protocol.errors import Refused
from protocol.frame_types import Cosigned
from protocol.gossip.signals import Verdict
from protocol.ids import EntryId
from protocol.limits import COSIGN_SECONDS
from protocol.note import cosign_raw, verify_cosignature_raw
from protocol.receipt import verify_receipt
from store import cosign, reading, receipts
from store.store import Store
from tests.kit.logs import NOW, Author, HandClock, introduce, meet, publish


def sign(store: Store, me: Author, author: Author) -> Cosigned | None:
    return store.database.write(lambda tx: cosign.cosign(tx, me.node, me.witness, author.feed)).result()


def test_a_head_held_whole_is_cosigned_once_a_minute_and_never_a_smaller_one(
    store: Store, me: Author, author: Author, clock: HandClock
) -> None:
    author.say_many(3)
    assert sign(store, me, author) is None
    store.receive(author.chunk(0, 3), author.node).result()
    assert store.database.read(lambda db: cosign.due(db, me.node, clock.now)).result() == [author.feed]
    frame = sign(store, me, author)
    assert frame is not None
    assert (frame.size, frame.root, frame.seconds) == (3, author.root(), NOW // 1000)
    text = checkpoint_text(author.feed, 3, author.root())
    assert verify_cosignature_raw(me.witness.public, text, frame.seconds, frame.signature)
    author.say_many(1)
    store.receive(author.chunk(3, 4), author.node).result()
    assert sign(store, me, author) is None
    assert store.database.read(lambda db: cosign.due(db, me.node, clock.now)).result() == []
    clock.now += COSIGN_SECONDS * 1000
    assert sign(store, me, author) is not None
    clock.now += COSIGN_SECONDS * 1000
    assert sign(store, me, author) is None
    smaller = store.database.write(lambda tx: tx.db.execute("UPDATE cosigned SET size = 1"))
    assert "smaller" in str(smaller.exception())


def test_entries_under_a_head_not_held_whole_are_not_cosigned(
    store: Store, me: Author, author: Author
) -> None:
    author.say_many(300)
    store.receive(author.chunk(0, 256), author.node).result()
    assert sign(store, me, author) is None


def test_neither_our_own_nor_a_convicted_feed_is_cosigned(store: Store, me: Author, author: Author) -> None:
    publish(store, introduce(0))
    assert sign(store, me, me) is None
    author.say_many(10)
    store.receive(author.chunk(0, 10), author.node).result()
    store.receive(author.fork(4).chunk(0, 5), author.node).result()
    assert sign(store, me, author) is None


def witnessed(store: Store, me: Author, witness: Author, size: int) -> Cosigned:
    row = store.database.read(
        lambda db: db.execute("SELECT root FROM heads WHERE size = ?", (size,)).fetchone()
    )
    root = row.result()[0]
    text = checkpoint_text(me.feed, size, root)
    signature = cosign_raw(witness.witness, text, NOW // 1000)
    return Cosigned(me.feed, size, root, witness.node, NOW // 1000, signature)


def test_only_a_true_cosignature_of_a_head_of_ours_is_kept(store: Store, me: Author, author: Author) -> None:
    publish(store, introduce(0))
    good = witnessed(store, me, author, 1)
    for odd, verdict in (
        (replace(good, signature=bytes(64)), Verdict.BAD_SIGNATURE),
        (replace(good, seconds=good.seconds + 1), Verdict.BAD_SIGNATURE),
        (replace(good, root=bytes(32)), Verdict.NOTHING_NEW),
        (replace(good, size=9), Verdict.NOTHING_NEW),
        (replace(good, witness=Author(9).node), Verdict.NOTHING_NEW),
        (replace(good, feed=author.feed), Verdict.NOT_REPLICATED),
        (good, Verdict.STORED),
    ):
        assert store.receive(odd, author.node).result().verdict is verdict
    rows = store.database.read(lambda db: db.execute("SELECT count(*) FROM cosignatures").fetchone()).result()
    assert rows == (1,)


def test_a_receipt_is_verified_without_us(store: Store, me: Author) -> None:
    for number in range(3):
        publish(store, introduce(number), number)
    entry = EntryId(*me.feed, 1)
    text = store.database.read(lambda db: receipts.receipt(db, entry)).result()
    found = verify_receipt(text, me.node)
    assert (found.entry, found.size, found.content) == (entry, 3, introduce(1))
    assert found.cosigned_by == ()


def test_a_receipt_stands_under_the_head_most_witnesses_saw(store: Store, me: Author, author: Author) -> None:
    second = Author(2)
    meet(store, second)
    for number in range(4):
        publish(store, introduce(number), number)
    for witness, size in ((author, 2), (second, 2), (author, 3)):
        outcome = store.receive(witnessed(store, me, witness, size), witness.node).result()
        assert outcome.verdict is Verdict.STORED
    keys = {one.node: one.witness.public for one in (author, second)}

    def receipt(index: int) -> str:
        return store.database.read(lambda db: receipts.receipt(db, EntryId(*me.feed, index))).result()

    found = verify_receipt(receipt(0), me.node, keys)
    assert found.size == 2
    assert {one.witness for one in found.cosigned_by} == {author.node, second.node}
    assert verify_receipt(receipt(2), me.node, keys).size == 3
    assert verify_receipt(receipt(3), me.node, keys).size == 4


def test_a_receipt_of_anothers_record(store: Store, author: Author) -> None:
    author.say_many(5)
    store.receive(author.chunk(0, 5), author.node).result()
    text = store.database.read(lambda db: receipts.receipt(db, EntryId(*author.feed, 4))).result()
    assert verify_receipt(text, author.node).content == introduce(4)


def test_why_there_is_no_receipt(store: Store, me: Author, author: Author) -> None:
    author.say_many(300)
    author.entries[1] = (author.entries[1][0], 2)  # type: ignore[assignment]
    store.receive(author.chunk(0, 256), author.node).result()

    def why(entry: EntryId) -> str:
        error = store.database.read(lambda db: receipts.receipt(db, entry)).exception()
        assert isinstance(error, Refused)
        return error.code

    assert why(EntryId(*author.feed, 999)) == "not-here"
    assert why(EntryId(*Author(8).feed, 0)) == "not-here"
    assert why(EntryId(*author.feed, 1)) == "no-envelope"
    assert why(EntryId(*author.feed, 0)) == "not-signed-yet"


def test_the_checkpoint_of_a_feed_is_its_head_as_a_note(store: Store, me: Author, author: Author) -> None:
    assert store.database.read(lambda db: reading.checkpoint(db, author.feed)).result() is None
    publish(store, introduce(0))
    text = store.database.read(lambda db: reading.checkpoint(db, me.feed)).result()
    assert text is not None
    assert text.startswith(f"{me.feed.origin}\n1\n")
