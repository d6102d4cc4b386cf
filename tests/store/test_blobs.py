"""Files beside records: kept whole, fetched piece by piece, resumed, and given only to whom a record names."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from protocol.crypto import sha256
from protocol.errors import LocalError, Refused
from protocol.frame_types import Blob, BlobWant, Want
from protocol.frames import decode, encode
from protocol.gossip.signals import BlobsWanted, Verdict
from protocol.limits import MAX_BLOB, PIECE
from protocol.merkle import leaf_hash, root_of
from store import blobs
from store.blobs import Kept
from store.check import check
from store.database import Tx
from store.store import Store
from tests.kit.logs import Author, append, introduce, meet, open_store, publish

DATA = b"".join(sha256(b"%d" % number) for number in range(5 * PIECE // 32)) + b"the end"


def keep(store: Store, data: bytes = DATA, name: str = "upload") -> Kept:
    stream = io.BytesIO(data)
    return store.blobs.keep(iter(lambda: stream.read(10_000), b""), name)


def attached(member: str, kept: Kept, **more: object) -> dict[str, object]:
    blob = {"hash": kept.hash, "size": kept.size, "media_type": "text/plain", "name": "notes.txt"}
    return {
        "type": "artifact.publish",
        "by": member,
        "kind": "case-study",
        "title": {"en": "What we learned"},
        "licence": "CC-BY-4.0",
        "blobs": [blob],
        **more,
    }


def shared(store: Store, **more: object) -> Kept:
    """A member publishes an artifact with a file."""
    member = str(publish(store, introduce(0)))
    kept = keep(store)
    attach(store, kept, attached(member, kept, **more))
    return kept


def attach(store: Store, kept: Kept, content: dict[str, object]) -> None:
    def job(tx: Tx) -> None:
        blobs.add(tx, kept)
        append(tx, store, content, 1)

    store.database.write(job).result()


def pieces(store: Store, want: BlobWant, node: Author) -> list[Blob]:
    frames: list[Blob] = []
    rest: object = want
    while isinstance(rest, BlobWant):
        some, rest = store.answer(rest, node.node).result()
        frames += [frame for frame in some if isinstance(frame, Blob)]
    assert [decode(encode(frame)) for frame in frames] == frames
    return frames


def test_a_file_is_named_by_the_root_over_its_pieces(store: Store) -> None:
    kept = keep(store)
    leaves = [leaf_hash(DATA[at : at + PIECE]) for at in range(0, len(DATA), PIECE)]
    assert kept == Kept(root_of(leaves).hex(), len(DATA), tuple(leaves))
    with store.blobs.open(kept.hash) as file:
        assert file.read() == DATA
    assert [path.name for path in store.blobs.folder.iterdir()] == [kept.hash[:2]]
    assert keep(store) == kept


def test_pieces_that_end_on_an_edge(store: Store) -> None:
    assert len(keep(store, b"a" * PIECE).leaves) == 1
    assert len(keep(store, b"a" * (2 * PIECE)).leaves) == 2
    assert len(keep(store, b"a" * (2 * PIECE + 1)).leaves) == 3


def test_empty_and_oversize_files_are_refused_and_leave_nothing(store: Store) -> None:
    with pytest.raises(Refused, match="blob-empty"):
        keep(store, b"")
    with pytest.raises(Refused, match="blob-too-large"):
        store.blobs.keep((b"x" * PIECE for _ in range(MAX_BLOB // PIECE + 1)), "upload")
    assert list(store.blobs.folder.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65, "a" * 63 + "\n"]
)
def test_a_name_never_leads_out_of_the_folder(store: Store, name: str) -> None:
    with pytest.raises(LocalError):
        store.blobs.path(name)


def test_a_blob_is_given_to_whom_a_record_may_be_given(store: Store, me: Author, author: Author) -> None:
    third = Author(3)
    meet(store, third)
    kept = shared(store, audience=[author.node])
    want = BlobWant(bytes.fromhex(kept.hash), 0, MAX_BLOB)
    assert b"".join(frame.data for frame in pieces(store, want, author)) == DATA
    (none,) = pieces(store, want, third)
    assert none.data == b""
    store.database.write(lambda tx: append(tx, store, attached(f"{me.node}-0-0", kept), 2)).result()
    assert len(pieces(store, want, third)) == 6


def test_a_file_no_record_refers_to_is_given_to_nobody(store: Store, author: Author) -> None:
    kept = keep(store)
    store.database.write(lambda tx: blobs.add(tx, kept)).result()
    want = BlobWant(bytes.fromhex(kept.hash), 0, MAX_BLOB)
    assert pieces(store, want, author)[0].data == b""


def test_a_large_answer_comes_in_turns(store: Store, author: Author) -> None:
    member = str(publish(store, introduce(0)))
    kept = keep(store, b"z" * (50 * PIECE))
    attach(store, kept, attached(member, kept))
    some, rest = store.answer(BlobWant(bytes.fromhex(kept.hash), PIECE, 40 * PIECE), author.node).result()
    assert len(some) == blobs.TURN
    assert rest == BlobWant(bytes.fromhex(kept.hash), (1 + blobs.TURN) * PIECE, (40 - blobs.TURN) * PIECE)
    beyond = BlobWant(bytes.fromhex(kept.hash), 50 * PIECE, PIECE)
    assert pieces(store, beyond, author)[0].data == b""


@pytest.fixture
def receiver(tmp_path: Path, me: Author) -> Store:
    other = open_store(tmp_path / "receiver", Author(4))
    meet(other, me)
    return other


def learn(source: Store, target: Store, me: Author) -> list[object]:
    """The target takes the source's log; the events it gave."""
    events: list[object] = []
    target.database.on_commit = lambda happened, topics: events.extend(happened)
    row = source.database.read(
        lambda db: db.execute("SELECT size FROM feeds WHERE node = ?", (me.node,)).fetchone()
    )
    frames, _ = source.answer(Want(me.feed, 0, row.result()[0]), target.own.node).result()
    for frame in frames:
        assert target.receive(frame, me.node).result().verdict is Verdict.STORED
    return events


def test_a_blob_interrupted_is_resumed_where_it_stopped(store: Store, me: Author, receiver: Store) -> None:
    kept = shared(store)
    events = learn(store, receiver, me)
    assert BlobsWanted(((kept.hash, kept.size, 0),)) in events
    frames = pieces(store, BlobWant(bytes.fromhex(kept.hash), 0, MAX_BLOB), Author(4))
    for frame in frames[:2]:
        assert receiver.receive(frame, me.node).result().verdict is Verdict.STORED
    receiver.close()
    again = open_store(receiver.folder, Author(4))
    assert again.database.read(blobs.wanted).result() == [(kept.hash, kept.size, 2)]
    assert again.receive(frames[0], me.node).result().verdict is Verdict.NOTHING_NEW
    assert again.receive(frames[4], me.node).result().verdict is Verdict.NOTHING_NEW
    for frame in frames[2:]:
        assert again.receive(frame, me.node).result().verdict is Verdict.STORED
    with again.blobs.open(kept.hash) as file:
        assert file.read() == DATA
    assert again.database.read(blobs.wanted).result() == []
    assert check(again) == []
    passed_on = pieces(again, BlobWant(bytes.fromhex(kept.hash), 0, MAX_BLOB), me)
    assert passed_on == frames
    again.close()


def test_a_crash_after_the_last_piece_was_named_is_made_good(
    store: Store, me: Author, receiver: Store
) -> None:
    """The file has its name and the transaction was lost: the last piece comes again and finds it there."""
    kept = shared(store)
    learn(store, receiver, me)
    frames = pieces(store, BlobWant(bytes.fromhex(kept.hash), 0, MAX_BLOB), Author(4))
    for frame in frames[:-1]:
        receiver.receive(frame, me.node).result()

    def lost(tx: Tx) -> None:
        assert blobs.take(tx, receiver.blobs, frames[-1]).verdict is Verdict.STORED
        raise RuntimeError("power cut")

    assert receiver.database.write(lost).exception() is not None
    assert receiver.receive(frames[-1], me.node).result().verdict is Verdict.STORED
    with receiver.blobs.open(kept.hash) as file:
        assert file.read() == DATA
    receiver.close()


def test_a_piece_that_is_not_of_its_blob_is_an_offence(store: Store, me: Author, receiver: Store) -> None:
    kept = shared(store)
    learn(store, receiver, me)
    first = pieces(store, BlobWant(bytes.fromhex(kept.hash), 0, MAX_BLOB), Author(4))[0]
    bad = replace(first, data=b"x" + first.data[1:])
    assert receiver.receive(bad, me.node).result().verdict is Verdict.BAD_PROOF
    assert receiver.database.read(lambda db: blobs.row(db, kept.hash)).result() == (kept.size, 0, False)
    unknown = replace(first, hash=bytes(32))
    assert receiver.receive(unknown, me.node).result().verdict is Verdict.NOTHING_NEW
    receiver.close()
