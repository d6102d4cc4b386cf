"""The engine alone: each event it may be given, and what follows. No store, no clock, no wire."""

from __future__ import annotations

from typing import get_args

import pytest

from protocol import frame_types as ft
from protocol.checkpoint import Head
from protocol.gossip import signals as s
from protocol.gossip.signals import Verdict
from protocol.ids import Feed, NodeId
from protocol.limits import (
    CHUNK,
    FULL_RESYNC_SECONDS,
    MAX_WANTS,
    PIECE,
    RESYNC_SECONDS,
    STALL_SECONDS,
    TICK_SECONDS,
)
from tests.kit.engines import (
    ANN,
    ANNS,
    BEN,
    BENS,
    ME,
    MINE,
    OTHER_TAG,
    STRANGER,
    TAG,
    Bench,
    chunk,
    entries,
    head,
    notes,
    only,
    seen,
    sent,
    state,
)

FILE = "ab" * 32


def test_every_event_and_every_frame_has_its_handler() -> None:
    bench = Bench()
    assert set(bench.engine._events) == set(get_args(s.Event))
    unheard = {ft.Prune, ft.Relay, ft.Ignored}
    assert set(bench.engine._frames) == set(get_args(ft.Frame)) - unheard


def test_peer_up_asks_what_changed_and_for_more_of_the_own_log() -> None:
    bench = Bench()
    began = bench.up(quiet=False)
    assert sent(began, ft.Since) == [ft.Since(None, 0)]
    assert sent(began, ft.Want) == [ft.Want(MINE, 3, 0)]
    assert only(began, s.AskGaps) == [s.AskGaps(1, ANN)]
    resumed = bench.do(s.PeerUp(2, BEN, True, (b"g" * 16, 7)))
    assert sent(resumed, ft.Since) == [ft.Since(b"g" * 16, 7)]


def test_peer_up_pulls_what_its_node_was_owed_to_give() -> None:
    bench = Bench(pulls={ANN: {ANNS: 9, BENS: 4}})
    began = bench.up(quiet=False)
    assert sent(began, ft.KeyringWant) == [ft.KeyringWant(BEN)]
    assert ft.Want(ANNS, 5, 0) in sent(began, ft.Want)


def test_peer_down_gives_its_pulls_to_another_and_is_forgotten() -> None:
    bench = Bench()
    bench.up(1, ANN)
    bench.up(2, BEN)
    assert ft.Want(ANNS, 5, 0) in sent(bench.say(ft.Note((seen(ANNS, 9),))), ft.Want, 1)
    assert sent(bench.say(ft.Note((seen(ANNS, 9),)), 2), ft.Want) == []
    assert ft.Want(ANNS, 5, 0) in sent(bench.do(s.PeerDown(1)), ft.Want, 2)
    assert bench.do(s.PeerDown(1)) == []
    assert list(bench.engine.peers) == [2]


def test_served_goes_out_in_order_and_the_next_request_only_after_the_last_answer() -> None:
    bench = Bench()
    bench.up()
    first, second = ft.Want(ANNS, 0, 5), ft.KeyringWant(ANN)
    assert [one.request for one in only(bench.say(first), s.Serve)] == [first]
    assert only(bench.say(second), s.Serve) == []
    more = bench.do(s.Served(1, (chunk(ANNS, 0, 2, 5),), rest="the rest"))
    assert [one.request for one in only(more, s.Serve)] == ["the rest"]
    done = bench.do(s.Served(1, (chunk(ANNS, 2, 5),)))
    assert [one.request for one in only(done, s.Serve)] == [second]
    assert bench.do(s.Served(77, (chunk(ANNS, 2, 5),))) == []


@pytest.mark.parametrize("named", [True, False])
def test_grew_pushes_restricted_bytes_to_whom_they_name_and_to_nobody_else(named: bool) -> None:
    bench = Bench()
    bench.up(1, BEN)
    nodes = frozenset({ME, BEN if named else ANN})
    grew = s.Grew(MINE, 3, state(4), entries(1, flags=1), {3: nodes})
    (push,) = sent(bench.do(grew), ft.Chunk)
    assert (push.start, push.head, push.proof) == (3, head(4), ())
    assert push.entries[0][1] == (b"envelope" if named else ft.RESTRICTED)


def test_grew_tells_the_author_by_note_and_who_sent_it_nothing() -> None:
    bench = Bench()
    for conn, node in ((1, ANN), (2, BEN), (3, STRANGER)):
        bench.up(conn, node)
    outputs = bench.do(s.Grew(ANNS, 5, state(6), entries(1), {}, conn=2))
    assert notes(outputs, 1) == [seen(ANNS, 6)]
    assert sent(outputs, ft.Chunk, 2) == sent(outputs, ft.Note, 2) == []
    assert len(sent(outputs, ft.Chunk, 3)) == 1


def test_grew_beyond_one_frame_or_what_the_peer_holds_is_a_note() -> None:
    bench = Bench()
    bench.up(1, BEN)
    over = s.Grew(ANNS, CHUNK - 2, state(CHUNK + 2), entries(4))
    assert notes(bench.do(over)) == [seen(ANNS, CHUNK + 2)]
    bench.say(ft.Note((seen(ANNS, CHUNK - 5),)))
    later = s.Grew(ANNS, CHUNK + 2, state(CHUNK + 3), entries(1))
    assert len(sent(bench.do(later), ft.Chunk)) == 1
    bench.say(ft.Note((seen(ANNS, CHUNK + 4),)))
    assert only(bench.do(s.Grew(ANNS, CHUNK + 3, state(CHUNK + 4), entries(1))), s.Send) == [], "it has that"


def test_e2_keyring_changed_is_told_to_every_peer_and_a_rival_after_the_chain() -> None:
    bench = Bench()
    bench.up(1, ANN)
    bench.up(2, BEN)
    bench.peer(1).tags[ANN] = OTHER_TAG
    changed = s.KeyringChanged(ANN, OTHER_TAG, (b"first",), feeds=((ANNS, state(5)),))
    assert notes(bench.do(changed)) == [seen(ANNS, 5, OTHER_TAG)] * 2
    rival = ft.KeyringNotes(ANN, (b"second",))
    frozen = s.KeyringChanged(ANN, OTHER_TAG, (b"first",), rival, ((ANNS, state(5, taking=False)),))
    outputs = bench.do(frozen)
    for conn in (1, 2):
        assert sent(outputs, ft.KeyringNotes, conn) == [ft.KeyringNotes(ANN, (b"first",)), rival]
    assert sent(bench.say(ft.Note((seen(ANNS, 9, OTHER_TAG),)), 2), ft.Want) == []
    settled = bench.do(s.KeyringChanged(ANN, TAG, (b"third",), feeds=((ANNS, state(5)),)))
    assert ft.Want(ANNS, 5, 0) in sent(settled, ft.Want, 2), "what stood still is pulled again at once"


def test_conviction_is_passed_on_after_the_keyring_and_ends_the_dispute() -> None:
    bench = Bench()
    bench.up(1, BEN)
    bench.peer().disputes[ANNS] = 5.0
    frame = ft.EvidenceFrame(ANNS, head(3), head(4), bytes(32), ())
    outputs = bench.do(s.Conviction(frame, (b"chain",)))
    assert [one.frame for one in only(outputs, s.Send)] == [ft.KeyringNotes(ANN, (b"chain",)), frame]
    assert only(bench.wake(60), s.Close) == []
    assert bench.engine.feeds[ANNS].taking is False


def test_owing_is_offered_once_and_acknowledged_by_the_note_after() -> None:
    bench = Bench()
    bench.up(1, ANN)
    outputs = bench.do(s.Owing(ANN, MINE, (0, 2), known=3))
    assert [one.request for one in only(outputs, s.Serve)] == [ft.Fetch(MINE, (0, 2))]
    assert only(bench.do(s.Owing(ANN, MINE, (0, 2), known=3)), s.Serve) == []
    assert only(bench.say(ft.Note((seen(MINE, 3),))), s.Acked) == [s.Acked(ANN, MINE, (0, 2))]
    assert only(bench.say(ft.Note((seen(MINE, 3),))), s.Acked) == []


def test_blobs_wanted_asks_one_peer_and_blob_whole_tells_who_may_have_it() -> None:
    bench = Bench()
    bench.up(1, ANN)
    bench.up(2, BEN)
    asked = sent(bench.do(s.BlobsWanted(((FILE, 2 * PIECE, 1),))), ft.BlobWant)
    assert asked == [ft.BlobWant(bytes.fromhex(FILE), PIECE, PIECE)]
    here = ft.BlobHere(bytes.fromhex(FILE), 2 * PIECE)
    few = bench.do(s.BlobWhole(FILE, 2 * PIECE, frozenset({BEN})))
    assert (sent(few, ft.BlobHere, 1), sent(few, ft.BlobHere, 2)) == ([], [here])
    assert len(sent(bench.do(s.BlobWhole(FILE, 2 * PIECE, None)), ft.BlobHere)) == 2
    assert bench.engine._core.blobs.wanted == {}


def test_gaps_known_are_fetched_once() -> None:
    bench = Bench()
    bench.up()
    gaps = s.GapsKnown(1, ANNS, (1, 4))
    assert sent(bench.do(gaps), ft.Fetch) == [ft.Fetch(ANNS, (1, 4))]
    assert bench.do(gaps) == []
    assert bench.do(s.GapsKnown(1, MINE, ())) == []
    assert bench.do(s.GapsKnown(8, ANNS, (1,))) == []


def test_own_doubted_asks_every_peer_again() -> None:
    bench = Bench()
    bench.up(1, ANN)
    bench.up(2, BEN)
    asked = sent(bench.do(s.OwnDoubted()), ft.Want)
    assert asked == [ft.Want(MINE, 3, 0)] * 2


def test_tick_takes_a_stalled_feed_to_another_and_asks_what_changed_now_and_then() -> None:
    bench = Bench()
    bench.up(1, ANN)
    bench.up(2, BEN)
    bench.say(ft.Note((seen(ANNS, 9),)), 1)
    bench.say(ft.Note((seen(ANNS, 9),)), 2)
    moved = bench.wake(STALL_SECONDS + 1)
    assert ft.Want(ANNS, 5, 0) in sent(moved, ft.Want, 2)
    assert sent(bench.wake(RESYNC_SECONDS), ft.Since, 1) == [ft.Since(None, 0)]
    bench.peer(1).asked.remove(ft.Since(None, 0))
    bench.peer(1).generation, bench.peer(1).cursor = b"g" * 16, 4
    assert sent(bench.wake(RESYNC_SECONDS), ft.Since) == [ft.Since(b"g" * 16, 4)]
    bench.peer(1).asked.remove(ft.Since(b"g" * 16, 4))
    assert sent(bench.wake(FULL_RESYNC_SECONDS), ft.Since) == [ft.Since(None, 0)], "once a day everything"


def test_wake_is_soon_while_something_is_under_way_and_late_else() -> None:
    bench = Bench()
    (late,) = only(bench.do(s.Tick()), s.Wake)
    assert late.at == RESYNC_SECONDS
    bench.up()
    (soon,) = only(bench.say(ft.Note((seen(ANNS, 9),))), s.Wake)
    assert soon.at == bench.now + TICK_SECONDS


# What the store answers: Ingested, by verdict


CLOSING = {Verdict.BAD_PROOF, Verdict.BAD_ENVELOPE, Verdict.BAD_SIGNATURE, Verdict.BAD_KEYRING}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_ingested_closes_for_offences_and_for_nothing_else(verdict: Verdict) -> None:
    bench = Bench()
    bench.up()
    frame = chunk(ANNS, 5, 6)
    bench.say(frame)
    closes = only(bench.stored(frame, verdict, ANNS, 5), s.Close)
    assert len(closes) == (verdict in CLOSING)
    for close in closes:
        assert close.offence and close.err == ft.Err("invalid", verdict.value)
        assert close.blame == s.Blame(ANN, verdict, "")
        assert bench.engine.peers == {}


@pytest.mark.parametrize("verdict", sorted(set(Verdict) - CLOSING - {Verdict.NOT_FOR_US}))
@pytest.mark.parametrize(
    "frame",
    [
        chunk(ANNS, 5, 6),
        ft.Envelopes(ANNS, ((1, b"envelope"),)),
        ft.Cosigned(MINE, 3, bytes(32), ANN, 1, bytes(64)),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_e3_no_other_verdict_is_held_against_anybody(verdict: Verdict, frame: ft.Frame) -> None:
    """Whatever this node lacks (room, a keyring, a join) and whatever an author did, the sender did right."""
    bench = Bench()
    bench.up()
    bench.say(frame)
    outputs = bench.stored(frame, verdict, ANNS, 5)
    assert only(outputs, s.Blame) == only(outputs, s.Close) == []


def test_ingested_of_a_conversation_that_ended_only_moves_the_feed() -> None:
    bench = Bench()
    outcome = s.Outcome(Verdict.STORED, ANNS, state(8))
    assert only(bench.do(s.Ingested(9, chunk(ANNS, 5, 8), outcome)), s.Send) == []
    assert bench.engine.feeds[ANNS].size == 8


def test_unjoined_shows_the_own_head_and_waits_thirty_seconds_for_a_word() -> None:
    bench = Bench()
    bench.up(1, BEN)
    frame = chunk(ANNS, 5, 6)
    bench.say(frame)
    assert sent(bench.stored(frame, Verdict.UNJOINED, ANNS, 5), ft.Chunk) == [
        ft.Chunk(ANNS, 5, Head(*head(5)), (), ())
    ]
    assert only(bench.wake(29), s.Close) == []
    (close,) = only(bench.wake(2), s.Close)
    assert close.offence
    assert close.blame == s.Blame(BEN, Verdict.UNJOINED, "neither evidence nor a join came")


def test_e3_a_head_that_cannot_be_judged_here_is_answered_with_what_is_known_of_its_author() -> None:
    bench = Bench()
    bench.up(1, BEN)
    frame = ft.Chunk(ANNS, 9, head(9), (), ())
    bench.say(frame)
    outputs = bench.stored(frame, Verdict.STANDSTILL, ANNS, 5)
    assert [one.request for one in only(outputs, s.Serve)] == [ft.KeyringWant(ANN)]
    assert only(outputs, s.Close) == []


@pytest.mark.parametrize(
    ("shown", "answer", "blamed"),
    [
        (TAG, None, True),
        (None, TAG, True),
        (None, OTHER_TAG, False),
        (OTHER_TAG, TAG, False),
        (None, b"", True),
    ],
    ids=["own keyring", "own after all", "another", "another when it was sent", "none at all"],
)
def test_e2_a_bad_signature_is_held_against_who_went_by_the_keyring_it_was_judged_by(
    monkeypatch: pytest.MonkeyPatch, shown: bytes | None, answer: bytes | None, blamed: bool
) -> None:
    monkeypatch.setattr("protocol.gossip.keeping.tag_of", lambda note: note)
    bench = Bench()
    bench.up(1, BEN)
    if shown is not None:
        bench.peer().tags[ANN] = shown
    frame = chunk(ANNS, 5, 6)
    (ingest,) = only(bench.say(frame), s.Ingest)
    outcome = s.Outcome(Verdict.BAD_SIGNATURE, ANNS, state(5), judged_by=(ANN, TAG))
    outputs = bench.do(s.Ingested(1, frame, outcome, ingest.sent))
    if answer is not None:
        assert only(outputs, s.Close) == []
        assert sent(outputs, ft.KeyringWant) == [ft.KeyringWant(ANN)]
        chain = ft.KeyringNotes(ANN, (answer,) if answer else ())
        outputs = bench.say(chain)
        for given in only(outputs, s.Ingest):
            outputs = bench.do(s.Ingested(1, chain, s.Outcome(Verdict.NOTHING_NEW), given.sent))
    assert bool(only(outputs, s.Close)) is blamed


@pytest.mark.parametrize("how", ["its author", "known to be ours", "unknown"])
def test_e3_envelopes_that_do_not_fit_are_held_against_who_has_the_same_tree(how: str) -> None:
    bench = Bench()
    bench.up(1, ANN if how == "its author" else BEN)
    if how == "known to be ours":
        bench.say(ft.Note((seen(ANNS, 5),)))
    frame = ft.Envelopes(ANNS, ((2, b"other"),))
    bench.say(frame)
    outputs = bench.stored(frame, Verdict.BAD_ENVELOPE, ANNS, 5)
    assert bool(only(outputs, s.Close)) is (how != "unknown")
    assert sent(outputs, ft.Want) == ([] if how != "unknown" else [ft.Want(ANNS, 5, 0)])


def test_no_event_makes_more_than_four_wants_wait() -> None:
    feeds = {Feed(NodeId(name * 32), 0): 1 for name in "abcdefgh"}
    bench = Bench({MINE: 3, **feeds})
    bench.up(1, BEN)
    bench.say(ft.Note(tuple(seen(feed, 5_000) for feed in feeds)))
    assert bench.peer().wants() == MAX_WANTS
