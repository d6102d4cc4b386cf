"""The engine alone: each frame a peer may send, in and out of turn, and the bounds of what it is asked."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import frame_types as ft
from protocol.gossip import signals as s
from protocol.gossip.signals import Verdict
from protocol.ids import Feed
from protocol.limits import CHUNK, MAX_WANTS, PIECE
from tests.kit.engines import (
    ANN,
    ANNS,
    BEN,
    BENS,
    MINE,
    OTHER_TAG,
    STRANGER,
    STRANGERS,
    TAG,
    Bench,
    chunk,
    head,
    notes,
    only,
    seen,
    sent,
)

FILE = bytes([7]) * 32
G = b"g" * 16


def one_of_each() -> dict[type[Any], ft.Frame]:
    frames: list[ft.Frame] = [
        ft.KeyringWant(ANN),
        ft.KeyringNotes(ANN, (b"note",)),
        ft.Since(None, 0),
        ft.Changes(G, 3, (seen(ANNS, 9),), False),
        ft.Want(ANNS, 0, 5),
        chunk(ANNS, 5, 7),
        ft.Note((seen(ANNS, 9),)),
        ft.Prune(ANNS),
        ft.Graft(ANNS, 2),
        ft.Fetch(ANNS, (1,)),
        ft.Envelopes(ANNS, ((1, b"envelope"),)),
        ft.BlobWant(FILE, 0, PIECE),
        ft.Blob(FILE, 9, 0, b"the bytes", ()),
        ft.EvidenceFrame(ANNS, head(3), head(4), bytes(32), ()),
        ft.Cosigned(MINE, 3, bytes(32), ANN, 1, bytes(64)),
        ft.Err("not-here", ""),
        ft.Relay(ANN, BEN, b"sealed"),
        ft.BlobHere(FILE, 9),
        ft.Ignored(0xF0),
    ]
    return {type(frame): frame for frame in frames}


FRAMES = one_of_each()


def test_there_is_one_of_each() -> None:
    assert set(FRAMES) == set(get_args(ft.Frame))


@pytest.mark.parametrize("kind", FRAMES, ids=lambda kind: kind.__name__)
def test_no_frame_out_of_turn_closes_or_brings_anything_down(kind: type[Any]) -> None:
    """Unasked, of feeds not held, twice, before anything else: what is not wanted is ignored, never an offence."""
    bench = Bench()
    assert all(isinstance(one, s.Wake) for one in bench.say(FRAMES[kind])), "nobody is there"
    bench.up(1, BEN, pinned=False, quiet=False)
    for feed in (ANNS, STRANGERS, Feed(ANN, 999), MINE):
        named = {field.name: feed for field in fields(kind) if field.name == "feed"}
        frame = type(FRAMES[kind])(**{f.name: getattr(FRAMES[kind], f.name) for f in fields(kind)} | named)
        for _ in range(2):
            assert only(bench.say(frame), s.Close) == []
    assert list(bench.engine.peers) == [1]


@pytest.mark.parametrize("kind", [ft.KeyringWant, ft.Since, ft.Want, ft.Graft, ft.Fetch, ft.BlobWant])
def test_requests_are_read_from_the_store_one_at_a_time(kind: type[Any]) -> None:
    bench = Bench()
    bench.up()
    (serve,) = only(bench.say(FRAMES[kind]), s.Serve)
    assert (serve.conn, serve.node) == (1, ANN)
    assert serve.request == (ft.Want(ANNS, 2, CHUNK) if kind is ft.Graft else FRAMES[kind])
    assert only(bench.say(FRAMES[kind]), s.Serve) == []


@pytest.mark.parametrize("kind", [ft.Chunk, ft.Envelopes, ft.EvidenceFrame, ft.Cosigned, ft.KeyringNotes])
def test_what_carries_bytes_of_others_goes_to_the_store_which_alone_verifies(kind: type[Any]) -> None:
    bench = Bench()
    bench.up()
    (ingest,) = only(bench.say(FRAMES[kind]), s.Ingest)
    assert (ingest.conn, ingest.node, ingest.frame) == (1, ANN, FRAMES[kind])


def test_changes_count_only_as_an_answer_and_save_the_cursor_with_what_is_owed() -> None:
    bench = Bench()
    changes = ft.Changes(G, 3, (seen(ANNS, 9), seen(STRANGERS, 4)), False)
    bench.up(1, ANN)
    assert bench.say(changes) == [], "nobody asked"
    bench.up(2, BEN, quiet=False)
    outputs = bench.say(changes, 2)
    (saved,) = only(outputs, s.SaveCursor)
    assert (saved.generation, saved.cursor) == (G, 3)
    assert dict(saved.pulls) == {ANNS: 9, STRANGERS: 4}
    assert sent(outputs, ft.KeyringWant) == [ft.KeyringWant(STRANGER)], (
        "its keyring before anything else of it"
    )
    assert {want.feed for want in sent(outputs, ft.Want)} == {ANNS}


def test_changes_with_more_ask_again_and_not_without_progress() -> None:
    bench = Bench()
    bench.up(1, ANN, quiet=False)
    assert sent(bench.say(ft.Changes(G, 3, (seen(ANNS, 5),), True)), ft.Since) == [ft.Since(G, 3)]
    assert sent(bench.say(ft.Changes(G, 3, (seen(ANNS, 5),), True)), ft.Since) == []


def test_a_note_is_what_its_sender_holds() -> None:
    bench = Bench()
    bench.up(1, BEN)
    assert only(bench.say(ft.Note((seen(ANNS, 2),))), s.Held) == [s.Held(BEN, ((ANNS, 2),))]
    assert only(bench.say(ft.Note((seen(ANNS, 2),))), s.Held) == [], "written down once"
    assert sent(bench.say(ft.Note((seen(ANNS, 5, branch=1),))), ft.Want) == [ft.Want(ANNS, 5, 0)]
    assert sent(bench.say(ft.Note((seen(ANNS, 5, OTHER_TAG),))), ft.KeyringWant) == [ft.KeyringWant(ANN)]


def test_a_note_of_a_stranger_by_a_guest_is_kept_nowhere() -> None:
    bench = Bench()
    bench.up(1, BEN, pinned=False)
    assert bench.say(ft.Note((seen(STRANGERS, 9),))) == []
    assert bench.peer().sizes == {}


def test_a_pull_begins_with_the_join_and_goes_on_in_order() -> None:
    bench = Bench()
    bench.up(1, BEN)
    first = sent(bench.say(ft.Note((seen(ANNS, 3_000),))), ft.Want)
    assert first == [ft.Want(ANNS, 5, 0), ft.Want(ANNS, 5, 1019), ft.Want(ANNS, 1024, 1024)]
    join = ft.Chunk(ANNS, 5, head(3_000), (), ())
    bench.say(join)
    bench.stored(join, Verdict.JOINED, ANNS, 5)
    part = chunk(ANNS, 768, 1024, 3_000)
    assert sent(bench.say(part), ft.Want) == [ft.Want(ANNS, 2048, 952)]


def test_a_chunk_whose_keyring_is_not_here_waits_for_it() -> None:
    bench = Bench()
    bench.up(1, BEN)
    outputs = bench.say(chunk(BENS, 0, 2))
    assert only(outputs, s.Ingest) == []
    assert sent(outputs, ft.KeyringWant) == [ft.KeyringWant(BEN)]
    chain = ft.KeyringNotes(BEN, (b"note",))
    assert [one.frame for one in only(bench.say(chain), s.Ingest)] == [chain]
    changed = bench.do(s.KeyringChanged(BEN, TAG, (b"note",)))
    assert sent(changed, ft.Want) == [ft.Want(BENS, 0, 2)]


def test_a_stored_chunk_of_its_author_is_acknowledged_at_once() -> None:
    bench = Bench()
    bench.up(1, ANN)
    frame = chunk(ANNS, 5, 7)
    bench.say(frame)
    assert notes(bench.stored(frame, Verdict.STORED, ANNS, 7)) == [seen(ANNS, 7)]


def test_envelopes_are_acknowledged_to_their_author_and_counted_if_not_for_us() -> None:
    bench = Bench()
    bench.up(1, BEN)
    bench.up(2, ANN)
    frame = ft.Envelopes(ANNS, ((1, b"envelope"),))
    bench.say(frame)
    stored = bench.stored(frame, Verdict.STORED, ANNS, 5)
    assert (notes(stored, 1), notes(stored, 2)) == ([], [seen(ANNS, 5)])
    dropped = bench.stored(frame, Verdict.NOT_FOR_US, ANNS, 5, detail="for others")
    assert only(dropped, s.Blame) == [s.Blame(BEN, Verdict.NOT_FOR_US, "for others")]
    assert only(dropped, s.Close) == sent(dropped, ft.Note) == []


def test_err_not_here_ends_a_pull_from_its_sender_only() -> None:
    bench = Bench()
    bench.up(1, ANN)
    bench.up(2, BEN)
    bench.say(ft.Note((seen(ANNS, 9),)), 1)
    bench.say(ft.Note((seen(ANNS, 9),)), 2)
    outputs = bench.say(ft.Err("not-here", ""), 1)
    assert ft.Want(ANNS, 5, 0) in sent(outputs, ft.Want, 2)
    for code in ("busy", "closing", "invalid", "malformed", "unsupported", "keyring-old", "not-admitted"):
        assert only(bench.say(ft.Err(code, "said a stranger"), 2), s.Close | s.Send) == []  # type: ignore[arg-type]


def test_d2_blob_pieces_count_by_hash_and_size_and_come_in_order() -> None:
    bench = Bench()
    bench.up(1, BEN)
    size = PIECE + 9
    asked = bench.do(s.BlobsWanted(((FILE.hex(), 4, 0), (FILE.hex(), size, 0))))
    assert sent(asked, ft.BlobWant) == [ft.BlobWant(FILE, 0, 4)]
    first = ft.Blob(FILE, size, 0, bytes(PIECE), ())
    other = bench.say(first)
    assert only(other, s.Ingest) == [], "asked for the file of 4 bytes, and that it is not"
    assert sent(other, ft.BlobWant) == [ft.BlobWant(FILE, 0, PIECE)], "the other claim is asked for next"
    assert [one.frame for one in only(bench.say(first), s.Ingest)] == [first]
    assert sent(bench.stored(first, Verdict.STORED), ft.BlobWant) == [ft.BlobWant(FILE, PIECE, 9)]
    last = ft.Blob(FILE, size, PIECE, bytes(9), ())
    bench.say(last)
    assert only(bench.stored(last, Verdict.STORED), s.HasBlob) == [s.HasBlob(BEN, FILE.hex(), size)]
    bench.do(s.BlobWhole(FILE.hex(), size, None))
    assert bench.engine._core.blobs.wanted == {}


def test_e5_blob_here_is_asked_at_once_instead_of_after_a_wait() -> None:
    bench = Bench()
    bench.up(1, BEN)
    bench.do(s.BlobsWanted(((FILE.hex(), 9, 0),)))
    assert sent(bench.say(ft.Blob(FILE, 0, 0, b"", ())), ft.BlobWant) == []
    outputs = bench.say(ft.BlobHere(FILE, 9))
    assert sent(outputs, ft.BlobWant) == [ft.BlobWant(FILE, 0, 9)]
    assert only(outputs, s.HasBlob) == [s.HasBlob(BEN, FILE.hex(), 9)]
    assert sent(bench.say(ft.BlobHere(FILE, 10)), ft.BlobWant) == [], "of another size: not what is wanted"


def test_a_file_nobody_has_is_asked_for_ever_more_seldom() -> None:
    bench = Bench()
    bench.up(1, BEN)
    bench.do(s.BlobsWanted(((FILE.hex(), 9, 0),)))
    waits = []
    for _ in range(6):
        bench.say(ft.Blob(FILE, 0, 0, b"", ()))
        began = bench.now
        while not sent(bench.wake(0.5), ft.BlobWant):
            assert bench.now < began + 100
        waits.append(bench.now - began)
    assert waits == sorted(waits)
    assert waits[-1] >= 16 * waits[0]


sizes = st.integers(1, 2_000)
told = st.lists(st.tuples(st.sampled_from([ANNS, BENS, MINE, STRANGERS]), sizes), min_size=1, max_size=4)
frames = st.one_of(
    told.map(lambda some: ft.Note(tuple(seen(feed, size) for feed, size in some))),
    told.map(lambda some: ft.Changes(G, len(some), tuple(seen(feed, size) for feed, size in some), True)),
    st.sampled_from(list(FRAMES.values())),
)


@given(st.lists(st.tuples(st.integers(1, 3), frames, st.sampled_from([0.0, 0.3, 6.0])), max_size=60))
def test_whatever_comes_in_whatever_order_nothing_is_asked_without_end(
    heard: list[tuple[int, ft.Frame, float]],
) -> None:
    """Any frames from three peers with time between: never over the bounds, never a word to who is gone."""
    bench = Bench()
    for conn, node in ((1, ANN), (2, BEN), (3, STRANGER)):
        bench.up(conn, node, pinned=conn != 3, quiet=False)
    for conn, frame, after in heard:
        outputs = bench.say(frame, conn, after) + bench.wake(0.0)
        assert only(outputs, s.Close) == [], "the store has judged nothing"
        for one in only(outputs, s.Send):
            assert one.conn in bench.engine.peers
        for peer in bench.engine.peers.values():
            pulling = [want for want in peer.asked if isinstance(want, ft.Want) and want.count]
            assert len(pulling) <= MAX_WANTS
            assert sum(isinstance(want, ft.BlobWant) for want in peer.asked) <= 1
    for conn in (1, 2, 3):
        bench.do(s.PeerDown(conn))
    assert bench.engine._core.pulls.active == {}
    assert bench.engine.peers == {}
    assert only(bench.do(s.Grew(MINE, 3, bench.engine.feeds[MINE], ())), s.Send) == []
