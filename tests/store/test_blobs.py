"""Files beside records: kept whole, fetched piece by piece, resumed, and given only to whom a record names."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from protocol.crypto import sha256
from protocol.errors import LocalError, Refused
from protocol.frame_types import Blob, BlobWant, Want
from protocol.frames import decode, encode
from protocol.gossip.signals import BlobsWanted, BlobWhole, Verdict
from protocol.limits import MAX_BLOB, PIECE
from protocol.merkle import leaf_hash, root_of
from store import blobs
from store.blobs import Kept
from store.check import check
from store.database import Tx
from store.opening import SCHEMA
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


def reader(store: Store) -> Callable[[str], blobs.BlobRow | None]:
    return lambda blob: store.database.read(lambda db: blobs.row(db, blob)).result()


def claimed(author: Author, kept: Kept, *sizes: int) -> Author:
    """The author publishes records that name the file's hash with these sizes."""
    author.say(introduce(author.number))
    member = f"{author.node}-0-0"
    for size in sizes:
        author.say(attached(member, kept._replace(size=size)))
    return author


def believe(store: Store, author: Author) -> None:
    meet(store, author)
    for chunk in author.chunks():
        assert store.receive(chunk, author.node).result().verdict is Verdict.STORED


WRONG = (1, len(DATA) - 1, len(DATA) + 1, len(DATA) + PIECE, MAX_BLOB)


def test_d2_wrong_sizes_that_came_first_stand_in_no_way_of_the_file(store: Store, me: Author) -> None:
    """A peer that names the hash with wrong sizes, smaller and larger, in several records, before the file is known:
    the true one is wanted beside them, fetched, served, and the rest is wanted no more."""
    source = open_store(store.folder.parent / "source", Author(4))
    kept = shared(source)
    liar = claimed(Author(6), kept, *WRONG)
    believe(store, liar)
    assert {size for _, size, _ in store.database.read(blobs.wanted).result()} == set(WRONG)
    origin = Author(4)
    meet(store, origin)
    assert BlobsWanted(((kept.hash, kept.size, 0),)) in learn(source, store, origin)
    for frame in pieces(source, BlobWant(bytes.fromhex(kept.hash), 0, MAX_BLOB), me):
        assert store.receive(frame, origin.node).result().verdict is Verdict.STORED
    assert reader(store)(kept.hash) == (kept.size, 6, True)
    assert store.database.read(blobs.wanted).result() == []
    passed_on = pieces(store, BlobWant(bytes.fromhex(kept.hash), 0, MAX_BLOB), Author(7))
    assert b"".join(frame.data for frame in passed_on) == DATA
    assert check(store) == []
    believe(store, claimed(Author(8), kept, 7, 3 * PIECE))
    assert store.database.read(blobs.wanted).result() == [], (
        "a false claim is not wanted once the file is here"
    )
    source.close()


def test_d2_a_member_attaches_a_file_whose_hash_a_peer_named_with_another_size(
    store: Store, me: Author
) -> None:
    kept = keep(store)
    believe(store, claimed(Author(6), kept, 5))
    events: list[object] = []
    store.database.on_commit = lambda happened, topics: events.extend(happened)
    attach(store, kept, attached(str(publish(store, introduce(0))), kept))
    assert reader(store)(kept.hash) == (kept.size, 6, True)
    assert BlobWhole(kept.hash, kept.size, None) in events
    frames = pieces(store, BlobWant(bytes.fromhex(kept.hash), 0, MAX_BLOB), Author(7))
    assert b"".join(frame.data for frame in frames) == DATA
    referring = store.database.read(lambda db: blobs.referring(db, kept.hash)).result()
    assert {entry.node for entry in referring} == {me.node}, "a record that tells another size has no file"


def test_d2_a_claim_of_another_size_opens_no_private_file(store: Store, me: Author) -> None:
    """Whoever knows the hash of a private file and publishes it with a made-up size is not given it."""
    kept = shared(store, audience=[me.node, Author(7).node])
    liar = claimed(Author(6), kept, kept.size - 1)
    believe(store, liar)
    (none,) = pieces(store, BlobWant(bytes.fromhex(kept.hash), 0, PIECE), liar)
    assert none.data == b""
    assert pieces(store, BlobWant(bytes.fromhex(kept.hash), 0, PIECE), Author(7))[0].data


def test_d2_pieces_of_a_size_nobody_told_are_not_kept(store: Store, me: Author, receiver: Store) -> None:
    """BLOB's total is a claim too: smaller or larger than every record's, it is dropped and no offence."""
    kept = shared(store)
    learn(store, receiver, me)
    (first, *_) = pieces(store, BlobWant(bytes.fromhex(kept.hash), 0, MAX_BLOB), Author(4))
    for total in (first.total - PIECE, first.total + 1, first.total + 3 * PIECE):
        odd = replace(first, total=total)
        assert receiver.receive(odd, me.node).result().verdict is Verdict.NOTHING_NEW
    assert reader(receiver)(kept.hash) == (kept.size, 0, False)
    receiver.close()


def test_d2_files_that_do_not_exist_hold_up_nobody_elses(
    store: Store, me: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs, "MAX_WANTED", 4)
    real = keep(store)
    liar = Author(6)
    liar.say(introduce(6))
    member = f"{liar.node}-0-0"
    for number in range(20):
        liar.say(attached(member, Kept(sha256(b"%d" % number).hex(), 10, ())))
    believe(store, liar)
    believe(store, claimed(Author(8), real._replace(hash="ab" * 32), 10))
    wanted = store.database.read(blobs.wanted).result()
    assert len(wanted) == 4
    assert "ab" * 32 in {blob for blob, _, _ in wanted}, "each author has a turn"


def test_d2_what_an_older_version_kept_is_taken_over(tmp_path: Path, me: Author) -> None:
    """The tables of before had one row a hash: a whole file stays whole, one on its way is begun again."""
    db = sqlite3.connect(tmp_path / "old.db")
    for number in ("0001_log", "0002_local", "0041_claims"):
        if number == "0041_claims":
            db.executescript(
                "INSERT INTO blobs VALUES ('aa', 9, 1, 1, 5), ('bb', 99999, 2, 0, 6);"
                "INSERT INTO blob_pieces VALUES ('aa', 0, x'01'), ('bb', 0, x'02'), ('bb', 1, x'03');"
                "INSERT INTO blob_refs VALUES ('aa', 7), ('bb', 8);"
                "INSERT INTO refusals VALUES ('n', 'standstill', 1, 1, ''), ('n', 'bad-proof', 1, 1, '');"
            )
        db.executescript((SCHEMA / f"{number}.sql").read_text("utf-8"))
    assert db.execute("SELECT * FROM blobs ORDER BY hash").fetchall() == [
        ("aa", 9, 1, 1, 5),
        ("bb", 99999, 0, 0, 6),
    ]
    assert db.execute("SELECT * FROM blob_pieces").fetchall() == [("aa", 9, 0, b"\x01")]
    assert db.execute("SELECT * FROM blob_refs ORDER BY hash").fetchall() == [("aa", 7, 9), ("bb", 8, 99999)]
    assert db.execute("SELECT verdict FROM refusals").fetchall() == [("bad-proof",)]
    db.close()


def test_e5_who_may_have_a_file_is_named_when_it_is_whole(store: Store, me: Author, receiver: Store) -> None:
    kept = shared(store)
    learn(store, receiver, me)
    events: list[object] = []
    receiver.database.on_commit = lambda happened, topics: events.extend(happened)
    for frame in pieces(store, BlobWant(bytes.fromhex(kept.hash), 0, MAX_BLOB), Author(4)):
        receiver.receive(frame, me.node).result()
    assert events == [BlobWhole(kept.hash, kept.size, None)]
    receiver.close()


def test_e5_a_record_that_lets_more_nodes_have_a_file_says_so_once(store: Store, me: Author) -> None:
    events: list[object] = []
    store.database.on_commit = lambda happened, topics: events.extend(happened)
    member = str(publish(store, introduce(0)))
    kept = keep(store)
    few = frozenset({me.node, Author(7).node})
    attach(store, kept, attached(member, kept, audience=sorted(few)))
    for _ in range(2):
        publish(store, attached(member, kept), 1)
    told = [event for event in events if isinstance(event, BlobWhole)]
    assert told == [BlobWhole(kept.hash, kept.size, few), BlobWhole(kept.hash, kept.size, None)]


def test_e5_who_has_a_file_is_a_row_if_something_here_refers_to_it(store: Store, me: Author) -> None:
    kept = shared(store)

    def say(tx: Tx) -> None:
        for blob, size in ((kept.hash, kept.size), (kept.hash, 4), ("cd" * 32, 9)):
            for _ in range(2):
                blobs.holds(tx, Author(7).node, blob, size)

    store.database.write(say).result()
    rows = store.database.read(
        lambda db: db.execute("SELECT hash, size, node FROM blob_holders").fetchall()
    ).result()
    assert rows == [(kept.hash, kept.size, Author(7).node)]


def test_d2_a_file_that_an_older_version_kept_under_a_wrong_size_gets_its_own(
    store: Store, me: Author
) -> None:
    kept = shared(store)
    wrong = kept.size + 5

    def break_(tx: Tx) -> None:
        for table in ("blobs", "blob_pieces"):
            tx.db.execute(f"UPDATE {table} SET size = ? WHERE hash = ?", (wrong, kept.hash))  # noqa: S608

    store.database.write(break_).result()
    assert not store.database.read(lambda db: blobs.may_have(db, kept.hash, wrong, me.node)).result()
    store.database.write(lambda tx: blobs.settle(tx, store.blobs)).result()
    assert reader(store)(kept.hash) == (kept.size, 6, True)
    assert check(store) == []
    assert pieces(store, BlobWant(bytes.fromhex(kept.hash), 0, MAX_BLOB), Author(7))[0].data
