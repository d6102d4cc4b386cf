"""Opening a folder: the log against what was signed last, and what a crash leaves behind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from protocol.errors import LocalError, Refused
from protocol.ids import Feed
from protocol.merkle import EMPTY
from store import reading, signed_head, standing
from store.signed_head import Case, Signed
from store.store import Store
from tests.kit.logs import Author, introduce, open_store, publish


def file_of(store: Store) -> Signed | None:
    """What the file says, its place left out: that is another in every run."""
    signed = signed_head.read(store.folder / "signed-head")
    return signed and signed._replace(place=None)


def alarm(store: Store) -> str | None:
    return store.database.read(standing.alarm).result()


def test_a_new_store_has_signed_nothing(store: Store, me: Author) -> None:
    assert store.case is Case.EQUAL
    assert file_of(store) == Signed(me.feed, 0, EMPTY)


def test_what_was_signed_is_in_the_file_before_anyone_hears_of_it(store: Store, me: Author) -> None:
    seen: list[Signed | None] = []
    store.database.on_commit = lambda events, topics: seen.append(file_of(store))
    publish(store, introduce(0))
    head = store.database.read(lambda db: reading.head_of(db, me.feed)).result()
    assert head is not None
    assert seen == [Signed(me.feed, 1, head.root)]


def reopen(store: Store, me: Author) -> Store:
    store.close()
    return open_store(store.folder, me)


def test_1_log_and_file_agree(store: Store, me: Author) -> None:
    publish(store, introduce(0))
    again = reopen(store, me)
    assert again.case is Case.EQUAL
    publish(again, introduce(1), 1)
    again.close()


def test_2_killed_between_commit_and_file(store: Store, me: Author) -> None:
    publish(store, introduce(0))

    def killed(*_: object) -> None:
        raise OSError("killed")

    store.database.after_commit[:] = [killed]
    heard: list[object] = []
    store.database.on_commit = lambda events, topics: heard.extend(events)
    with pytest.raises(OSError, match="killed"):
        publish(store, introduce(1), 1)
    assert heard == []
    again = reopen(store, me)
    assert again.case is Case.LOG_AHEAD
    signed = file_of(again)
    assert signed is not None
    assert signed.size == 2
    assert alarm(again) is None
    publish(again, introduce(2), 2)
    again.close()


def test_3_a_database_set_back_does_not_sign(store: Store, me: Author, tmp_path: Path) -> None:
    publish(store, introduce(0))
    store.close()
    shutil.copytree(store.folder, tmp_path / "old")
    again = open_store(store.folder, me)
    publish(again, introduce(1), 1)
    again.close()
    for file in store.folder.glob("node.db*"):
        file.unlink()
    for file in (tmp_path / "old").glob("node.db*"):
        shutil.copy(file, store.folder / file.name)
    back = open_store(store.folder, me)
    assert back.case is Case.LOG_BEHIND
    assert alarm(back) == "log-behind"
    with pytest.raises(Refused, match="signing-stopped"):
        publish(back, introduce(1), 1)
    back.close()


def test_4_without_the_file_nothing_is_signed_until_it_is_back(store: Store, me: Author) -> None:
    publish(store, introduce(0))
    kept = file_of(store)
    assert kept is not None
    (store.folder / "signed-head").unlink()
    again = reopen(store, me)
    assert again.case is Case.NO_FILE
    assert alarm(again) == "no-signed-head"
    with pytest.raises(Refused, match="signing-stopped"):
        publish(again, introduce(1), 1)
    signed_head.write(again.folder / "signed-head", kept)
    settled = reopen(again, me)
    assert settled.case is Case.EQUAL
    assert alarm(settled) is None
    publish(settled, introduce(1), 1)
    settled.close()


def test_3_a_database_that_is_lost_does_not_begin_anew(store: Store, me: Author) -> None:
    publish(store, introduce(0))
    store.close()
    for file in store.folder.glob("node.db*"):
        file.unlink()
    with pytest.raises(Refused, match="no-database"):
        Store.open(store.folder, me.own, lambda: 0, create=False)
    again = open_store(store.folder, me)
    assert again.case is Case.LOG_BEHIND
    with pytest.raises(Refused, match="signing-stopped"):
        publish(again, introduce(1), 1)
    again.close()


def test_4_a_file_of_long_ago_is_no_file(store: Store, me: Author) -> None:
    for number in range(3):
        publish(store, introduce(number), number)
    head = store.database.read(
        lambda db: db.execute("SELECT root FROM heads WHERE size = 1").fetchone()
    ).result()
    signed_head.write(store.folder / "signed-head", Signed(me.feed, 1, head[0]))
    again = reopen(store, me)
    assert again.case is Case.NO_FILE
    again.close()


def test_5_another_history_under_the_same_key_stops_signing(store: Store, me: Author) -> None:
    publish(store, introduce(0))
    signed_head.write(store.folder / "signed-head", Signed(me.feed, 1, bytes(32)))
    again = reopen(store, me)
    assert again.case is Case.CONTRADICTION
    with pytest.raises(Refused, match="signing-stopped"):
        publish(again, introduce(1), 1)
    again.close()


def test_5_an_alarm_raised_while_running_outlives_the_process(store: Store, me: Author) -> None:
    store.database.write(lambda tx: standing.stop(tx, me.node, standing.OWN_HEAD)).result()
    again = reopen(store, me)
    assert again.case is Case.EQUAL
    assert alarm(again) == standing.OWN_HEAD
    with pytest.raises(Refused, match="signing-stopped"):
        publish(again, introduce(0))
    again.database.write(lambda tx: standing.resume(tx, me.node)).result()
    publish(again, introduce(0))
    again.close()


def test_a_store_for_reading_writes_nothing(store: Store, me: Author) -> None:
    publish(store, introduce(0))
    before = sorted(path.name for path in store.folder.iterdir())
    reader = Store.open(store.folder, me.own, lambda: 0, read_only=True)
    assert reader.case is Case.EQUAL
    with pytest.raises(LocalError):
        reader.receive(Author(1).chunk(0, 0, Author(1).say_many(1).head()), me.node)
    reader.close()
    assert sorted(path.name for path in store.folder.iterdir()) == before
    with pytest.raises(Refused, match="no-database"):
        Store.open(store.folder / "nowhere", me.own, lambda: 0, read_only=True)


@pytest.mark.parametrize(
    "text", ["", "barnraise/x/0\n1\nAAAA\n", "a\nb\n", "barnraise/%s/0\n1\nAAAA\n" % ("a" * 32), "é"]
)
def test_4_a_damaged_file_is_no_file(store: Store, me: Author, text: str) -> None:
    publish(store, introduce(0))
    (store.folder / "signed-head").write_text(text, encoding="utf-8")
    assert file_of(store) is None
    again = reopen(store, me)
    assert again.case is Case.NO_FILE
    again.close()


def test_the_file_is_replaced_whole(tmp_path: Path) -> None:
    path, feed = tmp_path / "signed-head", Feed(Author(0).node, 3)
    for size in (1, 10, 2):
        signed_head.write(path, Signed(feed, size, bytes([size] * 32)))
        written = signed_head.read(path)
        assert written is not None
        assert written._replace(place=None) == Signed(feed, size, bytes([size] * 32))
    assert [file.name for file in tmp_path.iterdir()] == ["signed-head"]
    assert signed_head.read(tmp_path / "none") is None
