"""What becomes of what peers send: one verdict each, and nothing kept that was not verified."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.checkpoint import sign_head
from protocol.entry import Header, check_envelope, dump_json, encode_header
from protocol.errors import LocalError, Refused
from protocol.frame_types import ERASED, MISSING, RESTRICTED, Chunk, Envelopes, KeyringNotes
from protocol.gossip.signals import Conviction, FeedState, Grew, Outcome, Owing, Verdict
from protocol.ids import EntryId, Feed
from protocol.limits import MAX_FEEDS, MAX_INDEX
from protocol.merkle import root_of
from store import evidence, figures, log, peers, reading, standing
from store.check import check
from store.rows import feed_row
from store.store import Store
from tests.kit.logs import (
    NOW,
    Author,
    HandClock,
    append,
    forged,
    introduce,
    meet,
    open_store,
    publish,
    secret,
    withheld,
)


def give(store: Store, chunk: Chunk, sender: Author) -> Outcome:
    return store.receive(chunk, sender.node).result(30)


def size(store: Store, author: Author) -> int:
    row = store.database.read(lambda db: feed_row(db, author.feed)).result()
    return row.size if row else 0


def read(store: Store, author: Author, index: int) -> reading.StoredEntry:
    found = store.database.read(lambda db: reading.read_entry(db, EntryId(*author.feed, index))).result()
    assert found is not None
    return found


def sound(store: Store) -> bool:
    return check(store) == []


@pytest.fixture
def events(store: Store) -> list[object]:
    seen: list[object] = []
    store.database.on_commit = lambda happened, topics: seen.extend(happened)
    return seen


# Rung 1: membership


def test_1_a_feed_whose_keyring_is_not_here_waits(store: Store) -> None:
    stranger = Author(7).say_many(3)
    assert give(store, stranger.chunk(0, 3), stranger).verdict is Verdict.AHEAD
    assert size(store, stranger) == 0


def test_1_an_epoch_the_keyring_has_not_opened_waits(store: Store, author: Author) -> None:
    author.say_many(1)
    later = replace(author.chunk(0, 1), feed=Feed(author.node, 1))
    assert give(store, later, author).verdict is Verdict.AHEAD


def test_1_a_blocked_node_is_not_replicated(store: Store, author: Author) -> None:
    author.say_many(1)
    store.database.write(lambda tx: peers.block(tx, author.node)).result()
    assert give(store, author.chunk(0, 1), author).verdict is Verdict.NOT_REPLICATED
    assert size(store, author) == 0


def test_1_feeds_beyond_the_limit_are_not_replicated_and_those_here_are(
    store: Store, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten thousand feeds, here two: our own and the author's, whose keyring came with the meeting."""
    assert MAX_FEEDS == 10_000
    monkeypatch.setattr("store.log.MAX_FEEDS", 2)
    monkeypatch.setattr("store.keyrings.MAX_FEEDS", 2)
    stranger = Author(7).say_many(1)
    keyring = KeyringNotes(stranger.node, stranger.keyring.notes)
    assert store.receive(keyring, author.node).result().verdict is Verdict.NOT_REPLICATED
    author.say_many(1)
    assert give(store, author.chunk(0, 1), author).verdict is Verdict.STORED


# Rung 3 and 4: Merkle, then signature


def test_3_a_chunk_that_starts_beyond_our_tree_is_ahead(store: Store, author: Author) -> None:
    author.say_many(5)
    assert give(store, author.chunk(2, 5), author).verdict is Verdict.AHEAD


def test_3_a_proof_that_does_not_hold_is_an_offence(store: Store, author: Author) -> None:
    author.say_many(300)
    good = author.chunk(0, 256)
    bad = replace(good, proof=(bytes(32), *good.proof[1:]))
    assert give(store, bad, author).verdict is Verdict.BAD_PROOF
    assert size(store, author) == 0
    assert store.database.signature_checks == 0


def test_3_a_truncated_chunk_fails_its_proof(store: Store, author: Author) -> None:
    author.say_many(300)
    good = author.chunk(0, 256)
    assert give(store, replace(good, entries=good.entries[:200]), author).verdict is Verdict.BAD_PROOF


def test_4_a_forged_head_is_an_offence(store: Store, author: Author) -> None:
    author.say_many(3)
    assert give(store, forged(author.chunk(0, 3)), author).verdict is Verdict.BAD_SIGNATURE
    assert size(store, author) == 0


def test_4_a_head_is_verified_once(store: Store, author: Author) -> None:
    author.say_many(1_000)
    for chunk in author.chunks():
        assert give(store, chunk, author).verdict is Verdict.STORED
    assert give(store, author.chunk(900, 1_000), author).verdict is Verdict.NOTHING_NEW
    assert store.database.signature_checks == 1
    assert size(store, author) == 1_000
    assert sound(store)


def test_5_an_envelope_that_is_not_its_headers_is_an_offence(store: Store, author: Author) -> None:
    author.say_many(3)
    good = author.chunk(0, 3)
    header, envelope = good.entries[1]
    assert isinstance(envelope, bytes)
    for wrong in (envelope[:-1], envelope + b" ", bytes(len(envelope))):
        entries = (good.entries[0], (header, wrong), good.entries[2])
        assert give(store, replace(good, entries=entries), author).verdict is Verdict.BAD_ENVELOPE
    assert size(store, author) == 0
    assert give(store, good, author).verdict is Verdict.STORED


# Joining


def test_a_push_that_ends_at_its_head_needs_no_proof(
    store: Store, author: Author, events: list[object]
) -> None:
    author.say_many(3)
    give(store, author.chunk(0, 3), author)
    author.say_many(2)
    events.clear()
    push = replace(author.chunk(3, 5), proof=())
    outcome = give(store, push, author)
    assert outcome.verdict is Verdict.STORED
    assert outcome.state is not None
    assert outcome.state.head == author.head()
    (grew,) = events
    assert isinstance(grew, Grew)
    assert (grew.start, grew.entries) == (3, tuple(author.entries[3:]))


def test_entries_under_an_unjoined_head_wait_for_its_join(store: Store, author: Author) -> None:
    author.say_many(3)
    give(store, author.chunk(0, 3), author)
    author.say_many(600)
    assert give(store, author.chunk(3, 256), author).verdict is Verdict.AHEAD
    joined = give(store, author.join(3), author)
    assert joined.verdict is Verdict.JOINED
    assert joined.state is not None
    assert joined.state.head is not None
    assert joined.state.head.size == 3
    for chunk in author.chunks(3):
        assert give(store, chunk, author).verdict is Verdict.STORED
    assert size(store, author) == 603
    assert sound(store)


def test_an_overlapping_chunk_takes_only_what_is_new(store: Store, author: Author) -> None:
    author.say_many(10)
    give(store, author.chunk(0, 10), author)
    author.say_many(10)
    assert give(store, author.chunk(4, 20), author).verdict is Verdict.STORED
    assert size(store, author) == 20
    assert sound(store)


def test_e1_a_push_that_comes_after_its_head_was_joined_needs_no_proof(store: Store, author: Author) -> None:
    """A node under load joins a head by a pull, and the push of the same head, which has no proof, comes after."""
    author.say_many(3)
    give(store, author.chunk(0, 3), author)
    author.say_many(6)
    assert give(store, author.join(3), author).verdict is Verdict.JOINED
    push = replace(author.chunk(3, 9), proof=())
    forged_push = replace(push, entries=author.fork(8).chunk(3, 9).entries)
    assert give(store, forged_push, author).verdict is Verdict.BAD_PROOF
    assert give(store, push, author).verdict is Verdict.STORED
    assert sound(store)


def test_e1_storing_under_another_head_un_joins_the_one_before(store: Store, author: Author) -> None:
    """What was joined to 3 entries is not shown to continue 4: its chunks wait for a new join, without blame."""
    author.say_many(3)
    give(store, author.chunk(0, 3), author)
    author.say_many(1)
    push = replace(author.chunk(3, 4), proof=())
    author.say_many(300)
    assert give(store, author.join(3), author).verdict is Verdict.JOINED
    assert give(store, push, author).verdict is Verdict.STORED
    assert give(store, author.chunk(4, 256), author).verdict is Verdict.AHEAD
    assert give(store, author.join(4), author).verdict is Verdict.JOINED
    assert [give(store, one, author).verdict for one in author.chunks(4)] == [Verdict.STORED] * 2
    assert sound(store)


def test_e1_a_head_that_only_completes_what_is_here_leaves_the_join_standing(
    store: Store, author: Author
) -> None:
    """Nothing is stored under the smaller head, so the larger one still continues the own tree."""
    author.say_many(300)
    give(store, author.chunk(0, 200), author)
    assert give(store, author.chunk(0, 200, author.head(200)), author).verdict is Verdict.STORED
    assert give(store, author.chunk(200, 256), author).verdict is Verdict.STORED
    assert sound(store)


def test_a_shorter_head_of_the_same_tree_is_nothing_new(store: Store, author: Author) -> None:
    author.say_many(10)
    give(store, author.chunk(0, 10), author)
    old = author.chunk(0, 4, author.head(4))
    assert give(store, old, author).verdict is Verdict.NOTHING_NEW


def test_a_head_of_what_was_kept_of_a_broken_pull_is_announced(store: Store, author: Author) -> None:
    author.say_many(300)
    give(store, author.chunk(0, 200), author)
    forged = replace(
        author.chunk(0, 200, author.head(200)), head=author.head(200)._replace(signature=bytes(64))
    )
    assert give(store, forged, author).verdict is Verdict.BAD_SIGNATURE
    outcome = give(store, author.chunk(0, 200, author.head(200)), author)
    assert outcome.verdict is Verdict.STORED
    assert outcome.state == FeedState(200, author.head(200))


@settings(max_examples=15)
@given(st.integers(0, 700), st.lists(st.integers(1, 300), min_size=1, max_size=8))
def test_any_cutting_of_the_same_log_gives_the_same_tree(start: int, cuts: list[int]) -> None:
    """Chunk borders are the sender's business: whatever they are, tiles and frontier come out the same."""
    author = Author(1).say_many(start + sum(cuts))
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder), Author(0))
        meet(store, author)
        at = 0
        for step in (start, *cuts):
            for chunk in author.chunks(at, author.head(at + step)) if step else ():
                if at:
                    give(store, author.join(at, chunk.head), author)
                assert give(store, chunk, author).verdict is Verdict.STORED
                at = chunk.start + len(chunk.entries)
        assert sound(store)
        head = store.database.read(lambda db: reading.head_of(db, author.feed)).result()
        assert head == author.head()
        store.close()


# Two histories


def test_a_shorter_fork_convicts(store: Store, author: Author, events: list[object]) -> None:
    author.say_many(10)
    give(store, author.chunk(0, 10), author)
    fork = author.fork(4)
    events.clear()
    outcome = give(store, fork.chunk(0, 5), fork)
    assert outcome.verdict is Verdict.CONVICTED
    assert outcome.state is not None
    assert not outcome.state.taking
    (conviction,) = events
    assert isinstance(conviction, Conviction)
    assert conviction.frame.a == fork.head()
    assert conviction.notes == author.keyring.notes
    author.say_many(1)
    assert give(store, author.chunk(10, 11), author).verdict is Verdict.STANDSTILL
    assert store.database.read(evidence.convicted).result() == [author.feed]
    assert sound(store)


def test_a_longer_fork_is_a_dispute_and_evidence_settles_it(store: Store, author: Author) -> None:
    author.say_many(3)
    give(store, author.chunk(0, 3), author)
    fork = author.fork(1).say_many(5)
    assert give(store, fork.chunk(0, 7), fork).verdict is Verdict.UNJOINED
    assert give(store, fork.join(3), fork).verdict is Verdict.UNJOINED
    frame = author.evidence(fork)
    assert store.receive(frame, fork.node).result().verdict is Verdict.CONVICTED
    assert store.receive(frame, fork.node).result().verdict is Verdict.NOTHING_NEW
    assert size(store, author) == 3


def test_an_unsigned_fork_convicts_nobody(store: Store, author: Author) -> None:
    author.say_many(10)
    give(store, author.chunk(0, 10), author)
    fork = forged(author.fork(4).chunk(0, 5))
    assert give(store, fork, author).verdict is Verdict.BAD_SIGNATURE
    assert store.database.read(evidence.convicted).result() == []


def test_evidence_that_does_not_convict_is_an_offence(store: Store, author: Author) -> None:
    author.say_many(10)
    honest = author.evidence(author)
    assert store.receive(honest, author.node).result().verdict is Verdict.BAD_PROOF
    frame = author.evidence(author.fork(4))
    frame = replace(frame, a=sign_head(author.feed, frame.a.size, frame.a.root, secret(99, "thief")))
    assert store.receive(frame, author.node).result().verdict is Verdict.BAD_SIGNATURE


def test_evidence_about_a_stranger_is_not_kept(store: Store) -> None:
    stranger = Author(7).say_many(3)
    frame = stranger.evidence(stranger.fork(1))
    assert store.receive(frame, stranger.node).result().verdict is Verdict.NOT_REPLICATED


# The own feed


def test_an_own_head_that_was_not_signed_here_stops_signing(store: Store, me: Author, author: Author) -> None:
    publish(store, introduce(0))
    elsewhere = Author(0).say_many(4)
    assert give(store, elsewhere.chunk(0, 4), author).verdict is Verdict.STANDSTILL
    with pytest.raises(Refused, match="signing-stopped"):
        publish(store, introduce(1), 1)
    assert size(store, me) == 1


def test_evidence_against_this_node_stops_signing_and_raises_the_alarm(store: Store, author: Author) -> None:
    publish(store, introduce(0))
    elsewhere = Author(0).say_many(4)
    frame = elsewhere.evidence(elsewhere.fork(1).say_many(5))
    assert store.receive(frame, author.node).result().verdict is Verdict.CONVICTED
    assert store.database.read(standing.alarm).result() == standing.OWN_HEAD
    with pytest.raises(Refused, match="signing-stopped"):
        publish(store, introduce(1), 1)


def test_an_own_head_that_is_known_or_forged_stops_nothing(store: Store, me: Author, author: Author) -> None:
    publish(store, introduce(0))
    head = store.database.read(lambda db: reading.head_of(db, me.feed)).result()
    assert head is not None
    known = Chunk(me.feed, 1, head, (), ())
    assert give(store, known, author).verdict is Verdict.NOTHING_NEW
    assert give(store, forged(Author(0).say_many(3).chunk(0, 3)), author).verdict is Verdict.BAD_SIGNATURE
    publish(store, introduce(1), 1)


def test_what_one_transaction_appends_has_one_head(store: Store, me: Author, events: list[object]) -> None:
    ids = store.database.write(
        lambda tx: [append(tx, store, introduce(number), number) for number in range(300)]
    ).result()
    assert ids == [EntryId(*me.feed, number) for number in range(300)]
    (grew,) = [event for event in events if isinstance(event, Grew)]
    assert (grew.start, grew.state.size, len(grew.entries)) == (0, 300, 300)
    assert store.database.read(lambda db: db.execute("SELECT count(*) FROM heads").fetchone()).result() == (
        1,
    )
    assert sound(store)


def test_a_restricted_record_is_owed_to_whom_it_names(
    store: Store, me: Author, author: Author, events: list[object]
) -> None:
    entry = publish(store, introduce(0, audience=[author.node, me.node]))
    owing = [event for event in events if isinstance(event, Owing)]
    assert owing == [Owing(author.node, me.feed, (0,))]
    assert store.database.read(lambda db: peers.owed_to(db, author.node)).result() == owing
    assert store.database.read(peers.creditors).result() == [author.node]
    (grew,) = [event for event in events if isinstance(event, Grew)]
    assert grew.audiences == {0: frozenset({author.node, me.node})}
    store.database.write(lambda tx: peers.acked(tx, author.node, entry.feed, [0])).result()
    assert store.database.read(peers.creditors).result() == []


def test_an_audience_that_is_not_the_contents_is_our_own_fault(store: Store) -> None:
    failed = store.database.write(
        lambda tx: log.append_own(
            tx, store.own, dump_json(introduce(0)), restricted=True, audience=frozenset(), salt=bytes(16)
        )
    )
    assert isinstance(failed.exception(), LocalError)
    publish(store, introduce(0))


# Payloads


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (b"not json", "invalid"),
        (b'{"type":"member.introduce"}', "invalid"),
        (b'{"type":"from.the.future","x":1}', "unknown-type"),
        (b'{"type":"member.introduce","name":"a","name":"b"}', "invalid"),
        (b'{"type":"member.introduce","name":"a","audience":["%s"]}' % (b"a" * 32), "invalid"),
        (b"[" * 40 + b"]" * 40, "invalid"),
    ],
)
def test_no_payload_stops_a_feed(store: Store, author: Author, content: bytes, verdict: str) -> None:
    author.say(introduce(0))
    author.say(content)
    author.say(introduce(1))
    assert give(store, author.chunk(0, 3), author).verdict is Verdict.STORED
    assert read(store, author, 1).verdict == verdict
    assert read(store, author, 2).verdict is None
    assert isinstance(read(store, author, 1).payload, bytes)
    assert sound(store)


def test_a_version_of_the_future_is_carried(store: Store, author: Author) -> None:
    author.say(introduce(0))
    header, envelope = author.entries[0]
    author.add(b"\x02" + header[1:], envelope)
    author.add(header[:1] + b"\x80" + header[2:], envelope)
    assert give(store, author.chunk(0, 3), author).verdict is Verdict.STORED
    assert [read(store, author, index).verdict for index in range(3)] == [
        None,
        "future-version",
        "future-version",
    ]


def test_by_must_be_a_member_of_the_node_that_signs(store: Store, me: Author, author: Author) -> None:
    author.say({"type": "comment", "by": f"{me.node}-0-0", "on": f"{me.node}-0-0", "text": {"en": "hello"}})
    give(store, author.chunk(0, 1), author)
    assert read(store, author, 0).verdict == "invalid"


def test_a_record_of_tomorrow_is_shown_and_noted(store: Store, author: Author) -> None:
    author.say(introduce(0), at=NOW + 24 * 3600 * 1000)
    give(store, author.chunk(0, 1), author)
    entry = read(store, author, 0)
    assert (entry.verdict, entry.first_seen) == ("future-dated", NOW)


def test_a_restricted_envelope_that_is_not_for_us_is_dropped(
    store: Store, author: Author, events: list[object]
) -> None:
    secret = introduce(0, audience=[Author(5).node])
    author.say(secret, restricted=True)
    author.say(introduce(1))
    assert give(store, author.chunk(0, 2), author).verdict is Verdict.STORED
    entry = read(store, author, 0)
    assert (entry.payload, entry.verdict) == (RESTRICTED, "not-for-us")
    (grew,) = [event for event in events if isinstance(event, Grew)]
    assert grew.entries[0] == (author.entries[0][0], RESTRICTED)
    kept = store.database.read(lambda db: db.execute("SELECT count(*) FROM envelopes").fetchone()).result()
    assert kept == (1,)
    assert store.database.read(lambda db: reading.gaps_for(db, author.node)).result() == []


def test_a_restricted_envelope_for_us_is_kept_with_its_audience(
    store: Store, me: Author, author: Author
) -> None:
    author.say(introduce(0, audience=[me.node]), restricted=True)
    give(store, author.chunk(0, 1), author)
    rows = store.database.read(lambda db: db.execute("SELECT node FROM audiences").fetchall()).result()
    assert rows == [(me.node,)]


# Gaps


def test_missing_envelopes_are_gaps_until_they_come(store: Store, me: Author, author: Author) -> None:
    other = Author(2)
    meet(store, other)
    author.say_many(4)
    author.say(introduce(4, audience=[me.node]), restricted=True)
    chunk = withheld(withheld(author.chunk(0, 5), [1, 2], MISSING), [4])
    assert give(store, chunk, other).verdict is Verdict.STORED
    ask = store.database.read(lambda db: reading.gaps_for(db, other.node)).result()
    assert ask == [(author.feed, (1, 2))]
    ask = store.database.read(lambda db: reading.gaps_for(db, author.node)).result()
    assert ask == [(author.feed, (1, 2, 4))]
    assert gaps(store, author) == (1, 2)
    assert store.receive(author.envelopes([1]), other.node).result().verdict is Verdict.STORED
    assert store.receive(author.envelopes([1]), other.node).result().verdict is Verdict.NOTHING_NEW
    assert store.receive(author.envelopes([2, 4]), author.node).result().verdict is Verdict.STORED
    assert gaps(store, author) == (0, 0)
    assert sound(store)


def test_the_authors_word_that_it_is_restricted_is_final(store: Store, author: Author) -> None:
    other = Author(2)
    author.say(introduce(0, audience=[Author(5).node]), restricted=True)
    give(store, withheld(author.chunk(0, 1), [0]), other)
    assert store.database.read(lambda db: reading.gaps_for(db, author.node)).result() == [(author.feed, (0,))]
    answer = Envelopes(author.feed, ((0, RESTRICTED),))
    assert store.receive(answer, other.node).result().verdict is Verdict.NOTHING_NEW
    assert store.database.read(lambda db: reading.gaps_for(db, author.node)).result() == [(author.feed, (0,))]
    store.receive(answer, author.node).result()
    assert store.database.read(lambda db: reading.gaps_for(db, author.node)).result() == []


def test_a_claim_that_does_not_fit_reads_as_missing(store: Store, author: Author) -> None:
    author.say_many(2)
    chunk = withheld(withheld(author.chunk(0, 2), [0], RESTRICTED), [1], ERASED)
    give(store, chunk, author)
    assert [read(store, author, index).payload for index in (0, 1)] == [MISSING, MISSING]


def test_an_envelope_never_fills_the_gap_of_another_feed(store: Store, author: Author) -> None:
    """Row keys hold the feed above 2^40: a larger index of one's own feed must not reach into another's."""
    author.say_many(1)
    give(store, withheld(author.chunk(0, 1), [0], MISSING), author)
    strangers = [Author(number).say_many(1) for number in range(3, 9)]
    for stranger in strangers:
        meet(store, stranger)
        give(store, stranger.chunk(0, 1), stranger)
    for stranger in strangers:
        items = tuple((k * MAX_INDEX, author.entries[0][1]) for k in range(1, 40))
        outcome = store.receive(Envelopes(stranger.feed, items), stranger.node).result()
        assert outcome.verdict is Verdict.NOTHING_NEW
    assert read(store, author, 0).payload == MISSING


def test_a_wrong_envelope_for_a_gap_is_an_offence(store: Store, author: Author) -> None:
    author.say_many(2)
    give(store, withheld(author.chunk(0, 2), [0], MISSING), author)
    wrong = Envelopes(author.feed, ((0, author.entries[1][1]),))
    assert store.receive(wrong, author.node).result().verdict is Verdict.BAD_ENVELOPE
    assert read(store, author, 0).payload == MISSING


def gaps(store: Store, author: Author) -> tuple[int, int]:
    """Payloads of the author's feed that are restricted, and that are missing."""
    (found,) = store.database.read(lambda db: figures.of_node(db, author.node)).result()
    return found.private, found.gaps


def test_a_second_chunk_fills_the_gaps_of_the_first(store: Store, author: Author) -> None:
    author.say_many(5)
    give(store, withheld(author.chunk(0, 5), [0, 3], MISSING), author)
    assert give(store, author.chunk(0, 5), author).verdict is Verdict.STORED
    assert gaps(store, author) == (0, 0)
    assert give(store, author.chunk(0, 5), author).verdict is Verdict.NOTHING_NEW


def test_what_was_refused_is_counted_against_its_sender(
    store: Store, author: Author, clock: HandClock
) -> None:
    author.say_many(3)
    for _ in range(2):
        give(store, forged(author.chunk(0, 3)), author)
    (refusal,) = store.database.read(peers.refusals).result()
    assert (refusal.node, refusal.verdict, refusal.times) == (author.node, "bad-signature", 2)


def test_a_header_of_a_log_is_its_leaf(author: Author) -> None:
    """The kit itself: what it forges fails for the reason named, not by accident."""
    author.say_many(3)
    header, envelope = author.entries[0]
    assert check_envelope(header, envelope)
    assert author.root() == root_of(author.leaves)
    assert encode_header(Header(1, 0, NOW, len(envelope), header[14:])) == header
