"""Answers: complete, in order, provable, and nothing restricted to whom it does not name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.frame_types import (
    MISSING,
    RESTRICTED,
    Changes,
    Chunk,
    Envelopes,
    Err,
    EvidenceFrame,
    Fetch,
    Frame,
    Graft,
    KeyringNotes,
    KeyringWant,
    Since,
    Want,
)
from protocol.frames import decode, encode
from protocol.gossip.signals import Verdict
from protocol.ids import EntryId, Feed, NodeId
from protocol.limits import MAX_INDEX
from protocol.merkle import leaf_hash, root_of, verify_subtree
from store import reading, views
from store.check import check
from store.serve import Request
from store.store import Store
from tests.kit.logs import Author, append, introduce, meet, open_store, publish, withheld


def ask(store: Store, request: Request, node: NodeId) -> list[Frame]:
    """The whole answer, turn by turn; every frame must travel."""
    frames: list[Frame] = []
    rest: Request | None = request
    while rest is not None:
        some, rest = store.answer(rest, node).result(30)
        frames += some
    assert [decode(encode(frame)) for frame in frames] == frames
    return frames


def chunks(frames: list[Frame]) -> list[Chunk]:
    return [frame for frame in frames if isinstance(frame, Chunk)]


def fill(store: Store, count: int, size: int = 0) -> None:
    text = {"offers": [{"kind": "x", "text": {"en": "y" * size}}]} if size else {}
    store.database.write(
        lambda tx: [append(tx, store, introduce(n, **text), n) for n in range(count)]
    ).result(30)


def test_a_want_is_answered_to_its_end_in_blocks_with_proofs(
    store: Store, me: Author, author: Author
) -> None:
    fill(store, 700)
    got = chunks(ask(store, Want(me.feed, 10, 600), author.node))
    assert [chunk.start for chunk in got] == [10, 256, 512]
    assert got[-1].start + len(got[-1].entries) == 610
    whole = {}
    for chunk in got:
        for index, (header, _) in enumerate(chunk.entries, chunk.start):
            whole[index] = leaf_hash(header)
    for chunk in got[1:]:
        end = chunk.start + len(chunk.entries)
        covered = root_of([whole[i] for i in range(chunk.start, end)])
        verify_subtree(chunk.start, end, chunk.head.size, covered, chunk.proof, chunk.head.root)


def test_long_envelopes_make_more_frames_and_turns(store: Store, me: Author, author: Author) -> None:
    fill(store, 300, 3_900)
    some, rest = store.answer(Want(me.feed, 0, 300), author.node).result()
    assert rest is not None
    assert sum(len(encode(frame)) for frame in some) <= 1_200_000
    got = chunks(ask(store, Want(me.feed, 0, 300), author.node))
    assert [chunk.start for chunk in got[1:]] == [c.start + len(c.entries) for c in got[:-1]]
    assert sum(len(chunk.entries) for chunk in got) == 300
    assert {chunk.head.size for chunk in got} == {300}


def test_an_answer_stays_under_the_head_it_began_with(store: Store, me: Author, author: Author) -> None:
    fill(store, 300, 3_900)
    _some, rest = store.answer(Want(me.feed, 0, 300), author.node).result()
    publish(store, introduce(301), 301)
    assert rest is not None
    more = chunks(ask(store, rest, author.node))
    assert {chunk.head.size for chunk in more} == {300}


def test_a_join_is_a_head_and_its_proof(store: Store, me: Author, author: Author) -> None:
    fill(store, 300)
    (joined,) = chunks(ask(store, Want(me.feed, 7, 0), author.node))
    assert (joined.start, joined.entries, joined.head.size) == (7, (), 300)
    old = root_of(
        [leaf_hash(header) for header, _ in chunks(ask(store, Want(me.feed, 0, 7), author.node))[0].entries]
    )
    verify_subtree(0, 7, 300, old, joined.proof, joined.head.root)


def test_at_its_size_a_want_is_answered_with_the_head(store: Store, me: Author, author: Author) -> None:
    fill(store, 3)
    (head,) = chunks(ask(store, Want(me.feed, 3, 5), author.node))
    assert (head.start, head.entries, head.proof) == (3, (), ())


@pytest.mark.parametrize(("start", "count"), [(4, 0), (4, 10)])
def test_beyond_its_size_nothing_is_here(
    store: Store, me: Author, author: Author, start: int, count: int
) -> None:
    fill(store, 3)
    (answer,) = ask(store, Want(me.feed, start, count), author.node)
    assert isinstance(answer, Err)
    assert answer.code == "not-here"


def test_a_feed_without_a_head_is_not_here(store: Store, author: Author) -> None:
    for feed in (author.feed, Feed(Author(9).node, 0)):
        (answer,) = ask(store, Want(feed, 0, 5), author.node)
        assert isinstance(answer, Err)


def test_a_graft_is_a_want_of_256(store: Store, me: Author, author: Author) -> None:
    fill(store, 600)
    got = chunks(ask(store, Graft(me.feed, 10), author.node))
    assert sum(len(chunk.entries) for chunk in got) == 256


# Restricted


def test_restricted_envelopes_go_to_their_author_and_to_whom_they_name(
    store: Store, me: Author, author: Author
) -> None:
    third = Author(3)
    meet(store, third)
    publish(store, introduce(0, audience=[author.node, me.node]), 0)
    publish(store, introduce(1), 1)
    author.say(introduce(2, audience=[me.node]), restricted=True)
    store.receive(author.chunk(0, 1), author.node).result()

    def states(node: NodeId, feed: Feed) -> list[bool]:
        (chunk,) = chunks(ask(store, Want(feed, 0, 10), node))
        fetched = ask(store, Fetch(feed, tuple(range(len(chunk.entries)))), node)[0]
        assert isinstance(fetched, Envelopes)
        assert [payload for _, payload in fetched.items] == [payload for _, payload in chunk.entries]
        return [isinstance(payload, bytes) for _, payload in chunk.entries]

    assert states(author.node, me.feed) == [True, True]
    assert states(third.node, me.feed) == [False, True]
    assert states(me.node, me.feed) == [True, True]
    assert states(author.node, author.feed) == [True]
    assert states(third.node, author.feed) == [False]


def test_no_index_leads_out_of_its_feed(store: Store, me: Author) -> None:
    """Row keys hold the feed above 2^40: a larger index asked of one's own feed would reach into another's."""
    publish(store, introduce(0, audience=[me.node]), 0)
    strangers = [Author(number).say_many(1) for number in range(3, 9)]
    for stranger in strangers:
        meet(store, stranger)
        store.receive(stranger.chunk(0, 1), stranger.node).result()
    for stranger in strangers:
        indexes = tuple(k * MAX_INDEX for k in range(1, 40))
        (frame,) = ask(store, Fetch(stranger.feed, indexes), stranger.node)
        assert isinstance(frame, Envelopes)
        assert {payload for _, payload in frame.items} == {MISSING}
        read = store.database.read
        aliases = [EntryId(*stranger.feed, index) for index in indexes]
        assert all(read(lambda db, one=one: reading.read_entry(db, one)).result() is None for one in aliases)


def test_fetch_gives_each_index_once_over_as_many_frames_as_needed(
    store: Store, me: Author, author: Author
) -> None:
    fill(store, 300, 3_900)
    wanted = (*range(255, 0, -1), 5_000)
    frames = ask(store, Fetch(me.feed, wanted), author.node)
    items = [item for frame in frames if isinstance(frame, Envelopes) for item in frame.items]
    assert len(frames) > 1
    assert [index for index, _ in items] == list(wanted)
    assert items[-1] == (5_000, MISSING)
    assert all(isinstance(payload, bytes) for _, payload in items[:-1])


def test_an_index_asked_for_twice_is_answered_once(store: Store, author: Author) -> None:
    author.say_many(3)
    store.receive(author.chunk(0, 3), author.node).result()
    (frame,) = ask(store, Fetch(author.feed, (2, 0, 2)), author.node)
    assert isinstance(frame, Envelopes)
    assert [index for index, _ in frame.items] == [2, 0]
    assert ask(store, Fetch(author.feed, ()), author.node) == [Envelopes(author.feed, ())]


def test_fetch_tells_states(store: Store, author: Author) -> None:
    author.say_many(2)
    author.say(introduce(2, audience=[Author(5).node]), restricted=True)
    store.receive(withheld(author.chunk(0, 3), [1], MISSING), author.node).result()
    (frame,) = ask(store, Fetch(author.feed, (0, 1, 2)), Author(5).node)
    assert isinstance(frame, Envelopes)
    assert [payload for _, payload in frame.items] == [author.entries[0][1], MISSING, RESTRICTED]
    (unknown,) = ask(store, Fetch(Author(8).feed, (0,)), author.node)
    assert unknown == Envelopes(Author(8).feed, ((0, MISSING),))


# Keyrings and the journal


def test_keyrings_are_given_as_they_are_held(store: Store, author: Author) -> None:
    assert ask(store, KeyringWant(author.node), author.node) == [
        KeyringNotes(author.node, author.keyring.notes)
    ]
    stranger = Author(9)
    assert ask(store, KeyringWant(stranger.node), author.node) == [KeyringNotes(stranger.node, ())]


def changes(store: Store, since: Since) -> Changes:
    (frame,) = ask(store, since, Author(1).node)
    assert isinstance(frame, Changes)
    return frame


def test_since_names_what_changed_after_the_cursor(store: Store, me: Author, author: Author) -> None:
    first = changes(store, Since(None, 0))
    assert {seen.feed for seen in first.seen} == {me.feed, author.feed}
    assert [seen.size for seen in first.seen] == [0, 0]
    assert {seen.keyring_tag for seen in first.seen} == {me.keyring.tag, author.keyring.tag}
    assert changes(store, Since(first.generation, first.cursor)).seen == ()
    publish(store, introduce(0))
    second = changes(store, Since(first.generation, first.cursor))
    (seen,) = second.seen
    assert (seen.feed, seen.size) == (me.feed, 1)
    head = store.database.read(lambda db: reading.head_of(db, me.feed)).result()
    assert head is not None
    assert seen.root_tag == head.root[:8]
    assert second.cursor > first.cursor
    for odd in (Since(bytes(16), second.cursor), Since(second.generation, 10_000)):
        assert len(changes(store, odd).seen) == 2


def test_a_convicted_feed_is_named_after_its_evidence(store: Store, author: Author) -> None:
    author.say_many(10)
    store.receive(author.chunk(0, 10), author.node).result()
    fork = author.fork(4)
    store.receive(fork.chunk(0, 5), author.node).result()
    keyring, evidence, named = ask(store, Since(None, 0), author.node)
    assert keyring == KeyringNotes(author.node, author.keyring.notes)
    assert isinstance(evidence, EvidenceFrame)
    assert isinstance(named, Changes)
    assert evidence.a == fork.head()


# Catching up


@settings(max_examples=10)
@given(st.integers(0, 600), st.integers(1, 600), st.booleans())
def test_serving_what_is_wanted_into_another_store_makes_them_equal(
    tmp_path_factory: pytest.TempPathFactory, before: int, more: int, big: bool
) -> None:
    folder: Path = tmp_path_factory.mktemp("pair")
    source, target = Author(1), Author(2)
    a, b = open_store(folder / "a", source), open_store(folder / "b", target)
    meet(b, source)
    size = 800 if big else 0
    for count in (before, more):
        if count:
            fill(a, count, size)
        pull(a, b, source.feed, target.node)
    heads = [s.database.read(lambda db: reading.head_of(db, source.feed)).result() for s in (a, b)]
    assert heads[0] == heads[1]
    hashes = [s.database.read(views.state_hash).result() for s in (a, b)]
    assert hashes[0] == hashes[1]
    assert b.database.signature_checks <= 2
    assert check(b) == []
    a.close()
    b.close()


def pull(source: Store, target: Store, feed: Feed, node: NodeId) -> None:
    """As the engine does: the join first when something is here, then all that lacks."""
    states = target.database.read(reading.feed_states).result()
    size = states[feed].size if feed in states else 0
    for request in [Want(feed, size, 0)] * bool(size) + [Want(feed, size, 2_000)]:
        for frame in ask(source, request, node):
            if isinstance(frame, Chunk):
                verdict = target.receive(frame, feed.node).result().verdict
                assert verdict in {Verdict.STORED, Verdict.JOINED, Verdict.NOTHING_NEW}
