"""How much room files may take, by the hand clock: a day's share, all members', others', the disk; and what is thrown away."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from protocol.errors import Refused
from protocol.frame_types import Blob
from protocol.gossip.signals import BlobsWanted, Verdict
from protocol.limits import KIB
from store import accounts, blobs, drafts, opening, room
from store.room import DAY_MS, Limits, Room
from store.store import Store
from tests.kit.logs import HandClock

BIG = 1 << 40
NAME_NO_FILE = {"peers", "privates", "settings", "views_made"}
"""Tables with JSON that never stands before a record with files."""


def bounded(store: Store, limits: Limits, free: Callable[[], int] = lambda: BIG) -> None:
    store.room = Room(limits, free)
    store.database.memory.room = store.room


def send(store: Store, account: int, data: bytes) -> str:
    """A member's file, kept as the pages keep it; its blob id."""
    kept = store.blobs.keep([data], f"draft-{account}")
    store.database.write(lambda tx: room.add(tx, store.room, store.blobs, kept, account)).result()
    return kept.hash


def refused(store: Store, account: int, data: bytes) -> str:
    with pytest.raises(Refused) as no:
        send(store, account, data)
    return no.value.code


def size(kib: int, kind: int = 0) -> bytes:
    return bytes([kind]) * (kib * KIB)


def test_c5_a_member_has_a_share_of_a_day(store: Store, clock: HandClock) -> None:
    """One member stored 101 files of 8 MiB in 17 seconds: now a day has an end, and the next one begins anew."""
    bounded(store, Limits(day=100 * KIB, members=BIG, others=BIG, free=0))
    for kind in range(4):
        send(store, 1, size(25, kind))
    assert refused(store, 1, b"one more") == "room-day"
    send(store, 2, b"another member has a share of her own")
    send(store, 1, size(25, 3)), "what is here already costs nothing"
    clock.now += DAY_MS + 1
    send(store, 1, b"one more")


def test_c5_what_is_refused_leaves_nothing_behind(store: Store) -> None:
    """No row and no file; but what another member sent stays."""
    bounded(store, Limits(day=10 * KIB, members=BIG, others=BIG, free=0))
    theirs = send(store, 2, size(9))
    send(store, 1, size(5, 1))
    assert refused(store, 1, size(6, 2)) == "room-day"
    assert refused(store, 1, size(9)) == "room-day"
    files = [path for path in store.blobs.folder.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert store.blobs.path(theirs) in files


def test_c5_all_members_together_have_a_limit_too(store: Store) -> None:
    """An organisation in all: whoever comes last is told so, with how much."""
    bounded(store, Limits(day=BIG, members=30 * KIB, others=BIG, free=0))
    for account in range(3):
        send(store, account, size(9, account))
    assert refused(store, 9, size(9, 9)) == "room-full"
    send(store, 9, size(9, 0)), "the same file is kept once"
    used = store.database.read(room.used).result()
    assert used == (27 * KIB, 0)


def test_c5_below_the_floor_of_the_disk_no_door_takes_anything(store: Store) -> None:
    """Files first, then records: refused with what is left and what stays free."""
    left = [50 * KIB]
    bounded(store, Limits(free=80 * KIB), lambda: left[0])
    with pytest.raises(Refused, match="disk-low") as no:
        store.room.for_files()
    assert set(no.value.params) == {"left", "least"}
    assert refused(store, 1, b"small") == "disk-low"
    piece = Blob(bytes(32), 9, 0, b"123456789", ())
    assert store.receive(piece, store.own.node).result().verdict is Verdict.NO_ROOM
    store.room.for_records()
    left[0] = 9 * KIB
    with pytest.raises(Refused, match="disk-low"):
        store.room.for_records()


def test_c5_files_of_others_are_wanted_as_far_as_there_is_room(store: Store, clock: HandClock) -> None:
    """What peers' records name is bounded as well: named and counted, not fetched."""
    bounded(store, Limits(others=25 * KIB))

    def named(tx: object) -> None:
        for number in range(4):
            store_row = (f"{number:064x}", 10 * KIB, clock.now + number)
            tx.db.execute(  # type: ignore[attr-defined]
                "INSERT INTO blobs (hash, size, pieces_here, complete, added) VALUES (?, ?, 0, 0, ?)",
                store_row,
            )

    store.database.write(named).result()
    left = store.database.read(store.room.others_left).result()
    assert left == 25 * KIB
    wanted = store.database.read(lambda db: blobs.wanted(db, left)).result()
    assert [blob for blob, _, _ in wanted] == [f"{0:064x}", f"{1:064x}"]
    store.database.write(lambda tx: blobs.weigh(tx, 20 * KIB)).result()
    assert store.database.read(store.room.others_left).result() == 5 * KIB
    assert BlobsWanted(tuple(wanted)).blobs


def thrown_away(store: Store) -> list[str]:
    gone = store.database.write(room.forget_unused).result()
    store.database.write(lambda tx: room.remove(tx, store.blobs, gone)).result()
    return gone


def test_c5_a_file_nobody_refers_to_is_gone_after_a_day(store: Store, clock: HandClock) -> None:
    """Nothing was ever cleaned. What a record or a draft names stays; what is sent again begins its day again."""
    bounded(store, Limits())
    left, drafted, again, used = (send(store, 1, size(1, kind)) for kind in range(4))

    def name(tx: object) -> None:
        account = accounts.add(tx, "Writer", language="en").id  # type: ignore[arg-type]
        drafts.save(tx, account, "artifact.publish", {"blobs": [{"hash": drafted}]})  # type: ignore[arg-type]
        tx.db.execute("INSERT INTO blob_refs (hash, key, size) VALUES (?, 1, 1024)", (used,))  # type: ignore[attr-defined]

    store.database.write(name).result()
    clock.now += DAY_MS - 1
    assert thrown_away(store) == []
    send(store, 1, size(1, 2))
    clock.now += 1
    assert thrown_away(store) == [left]
    assert not store.blobs.path(left).exists()
    assert all(store.blobs.path(blob).exists() for blob in (drafted, again, used))
    clock.now += DAY_MS
    assert thrown_away(store) == [again]
    assert store.database.read(room.used).result() == (2 * KIB, 0), (
        "the account is kept by the rows themselves"
    )


def test_c5_a_file_that_came_back_in_between_is_not_removed(store: Store, clock: HandClock) -> None:
    """Rows go first, files after that and only if their row has not come back; else who sent it is asked again."""
    bounded(store, Limits())
    blob = send(store, 1, size(1))
    clock.now += DAY_MS
    gone = store.database.write(room.forget_unused).result()
    send(store, 2, size(1))
    store.database.write(lambda tx: room.remove(tx, store.blobs, gone)).result()
    assert store.blobs.path(blob).exists()
    kept = store.blobs.keep([b"lost"], "lost")
    store.blobs.path(kept.hash).unlink()
    lost = store.database.write(lambda tx: room.add(tx, store.room, store.blobs, kept, 1))
    with pytest.raises(Refused, match="busy"):
        lost.result()


def test_c5_files_without_a_row_are_swept_at_the_start(store: Store) -> None:
    """A stop between two writes leaves a file nothing knows of."""
    bounded(store, Limits())
    blob = send(store, 1, size(1))
    store.blobs.keep([b"never counted"], "x")
    (store.blobs.folder / "half.new").write_bytes(b"half")
    assert store.database.read(lambda db: room.sweep(db, store.blobs)).result() == 2
    assert [path for path in store.blobs.folder.rglob("*") if path.is_file()] == [store.blobs.path(blob)]


def test_c5_every_table_that_may_name_a_file_before_a_record_does_is_looked_at() -> None:
    """A table of tomorrow with records in JSON must be looked at before files are thrown away, or be named here."""
    scripts = "".join(path.read_text("utf-8") for path in sorted(opening.SCHEMA.glob("[0-9]*.sql")))
    tables = dict(re.findall(r"CREATE TABLE (\w+) \((.*?)\n\) STRICT", scripts, re.S))
    in_json = {table for table, columns in tables.items() if re.search("json", columns, re.I)}
    assert set(room.MAY_NAME_FILES) <= in_json
    assert in_json - set(room.MAY_NAME_FILES) == NAME_NO_FILE


def test_c5_who_uses_what(store: Store) -> None:
    """The desk shows who sent how much, and how much of it today."""
    bounded(store, Limits())
    send(store, 7, size(3))
    send(store, 8, size(1, 1))
    send(store, 8, size(1, 2))
    found = store.database.read(lambda db: room.senders(db, 0, 10)).result()
    assert [(one.account, one.files, one.bytes) for one in found] == [(7, 1, 3 * KIB), (8, 2, 2 * KIB)]
    assert store.database.read(room.unreferred).result() == (3, 5 * KIB)
    assert store.database.read(room.lacking).result() == (0, 0)
