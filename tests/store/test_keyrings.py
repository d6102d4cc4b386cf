"""Chains of other nodes: taken, refused, frozen, freed; and our own shown to us by others."""

from __future__ import annotations

import pytest

from protocol.errors import Refused
from protocol.frame_types import Changes, Chunk, KeyringNotes, KeyringWant, Since
from protocol.gossip.signals import FeedState, KeyringChanged, Outcome, Verdict
from protocol.ids import Feed, NodeId
from protocol.keyring import Keyring, extend
from protocol.merkle import EMPTY
from store import keyrings, serve, standing
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
    empty = ((new.feed, FeedState(0, None)),)
    assert events == [KeyringChanged(new.node, new.keyring.tag, new.keyring.notes, None, empty)]
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
    assert (changed.notes, changed.rival) == (one.notes, KeyringNotes(author.node, two.notes))
    assert [state.taking for _, state in changed.feeds] == [False]
    told = store.database.read(lambda db: keyrings.told(db, author.node)).result()
    assert told == (KeyringNotes(author.node, one.notes), changed.rival)
    assert (held(store, author), state(store, author)) == (one, "frozen")
    assert store.receive(author.chunk(0, 3), author.node).result().verdict is Verdict.STANDSTILL
    assert show(store, two).verdict is Verdict.STANDSTILL
    assert len(events) == 1
    settled = renewed(author, "two", kit=True)
    assert show(store, settled).verdict is Verdict.STORED
    assert state(store, author) == "live"
    assert isinstance(events[-1], KeyringChanged)
    assert events[-1].rival is None
    assert [state.taking for _, state in events[-1].feeds] == [True]
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
    assert show(store, closing(author, 10, kit=True)).verdict is Verdict.STORED
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


def frozen(store: Store, author: Author) -> bool:
    return author.node in store.database.read(keyrings.frozen).result()


def test_e2_a_recovery_note_that_leaves_one_of_two_chains_standing_settles_nothing(
    store: Store, author: Author
) -> None:
    """It must replace both: signed for the note before the fork it replaces neither of the two that follow."""
    earlier = renewed(author, "earlier")
    show(store, earlier)
    one, two = (
        extend(earlier, signers=[author.signer], witness_public=secret(author.number, name).public)
        for name in ("one", "two")
    )
    show(store, one)
    show(store, two)
    assert frozen(store, author)
    strong = renewed(author, "earlier", kit=True)
    chain = extend(strong, signers=[author.signer], witness_public=secret(author.number, "one").public)
    assert show(store, chain).verdict is Verdict.STANDSTILL
    assert frozen(store, author)
    assert held(store, author) == chain
    kit = [author.signer, secret(author.number, "recovery")]
    settled = extend(strong, signers=kit, witness_public=secret(author.number, "three").public)
    assert show(store, settled).verdict is Verdict.STORED
    assert not frozen(store, author)
    assert held(store, author) == settled


def test_e2_what_names_a_frozen_node_says_both_sides_first(store: Store, author: Author) -> None:
    """CHANGES and the answer to KEYRING_WANT: the chain held first, then what contradicts it."""
    one, two = renewed(author, "one"), renewed(author, "two")
    show(store, one)
    show(store, two)
    both = (KeyringNotes(author.node, one.notes), KeyringNotes(author.node, two.notes))
    asked, _ = store.answer(KeyringWant(author.node), author.node).result()
    assert asked == both
    (first, second, changes), _ = store.answer(Since(None, 0), author.node).result()
    assert (first, second) == both
    assert isinstance(changes, Changes)
    assert author.feed in {seen.feed for seen in changes.seen}


@pytest.mark.parametrize("order", ["head first", "chain first"])
def test_e2_a_signed_head_past_a_close_by_the_feed_key_freezes_the_node(
    store: Store, author: Author, events: list[object], order: str
) -> None:
    """A thief of the feed key closes the epoch below what its owner signed: whoever sees both takes neither."""
    author.say_many(20)
    stolen_chain = closing(author, 10, kit=False)
    head = Chunk(author.feed, 20, author.head(), (), ())
    if order == "head first":
        give = [author.chunk(0, 20), KeyringNotes(author.node, stolen_chain.notes)]
    else:
        give = [KeyringNotes(author.node, stolen_chain.notes), head]
    verdicts = [store.receive(frame, author.node).result().verdict for frame in give]
    assert verdicts == [Verdict.STORED, Verdict.STANDSTILL]
    assert frozen(store, author)
    changed = events[-1]
    assert isinstance(changed, KeyringChanged)
    assert (changed.notes, changed.rival) == (stolen_chain.notes, head)
    saved = closing(author, 20, kit=True)
    assert show(store, saved).verdict is Verdict.STORED
    assert not frozen(store, author)


def test_e2_a_head_inside_a_closed_tree_that_contradicts_it_freezes_the_node(
    store: Store, author: Author
) -> None:
    author.say_many(10)
    store.receive(author.chunk(0, 10), author.node).result()
    assert show(store, closing(author, 10, kit=False)).verdict is Verdict.STORED
    assert state(store, author) == "closed"
    other = author.fork(4)
    assert (
        store.receive(author.chunk(0, 5, author.head(5)), author.node).result().verdict
        is Verdict.NOT_REPLICATED
    )
    assert not frozen(store, author)
    assert store.receive(other.chunk(0, 5), author.node).result().verdict is Verdict.STANDSTILL
    assert frozen(store, author)


def test_e2_a_longer_head_that_nobody_signed_freezes_nothing(store: Store, author: Author) -> None:
    author.say_many(20)
    show(store, closing(author, 10, kit=False))
    forged = Chunk(author.feed, 20, author.head()._replace(signature=bytes(64)), (), ())
    assert store.receive(forged, author.node).result().verdict is Verdict.NOT_REPLICATED
    assert not frozen(store, author)


def test_e2_many_contested_nodes_are_told_over_several_answers(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both chains of each precede its name; whoever makes many such nodes only makes more and smaller answers."""
    monkeypatch.setattr(serve, "TURN_BYTES", 3_000)
    contested = [Author(number) for number in range(20, 26)]
    for author in contested:
        show(store, renewed(author, "one"))
        show(store, renewed(author, "two"))
    generation, cursor, named, answers = None, 0, set(), 0
    while True:
        frames, _ = store.answer(Since(generation, cursor), Author(1).node).result()
        *before, changes = frames
        assert isinstance(changes, Changes)
        told = {frame.node for frame in before if isinstance(frame, KeyringNotes)}
        frozen_here = {seen.feed.node for seen in changes.seen} & {author.node for author in contested}
        assert frozen_here <= told
        named |= frozen_here
        answers += 1
        if not changes.more:
            break
        assert changes.cursor > cursor or generation is None
        generation, cursor = changes.generation, changes.cursor
    assert named == {author.node for author in contested}
    assert answers > 2
