"""The one writer: group commit, savepoints, hooks, limits of readers, triggers that keep truth."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.errors import LocalError, Refused
from store.database import Database, TooSlow, Tx
from store.opening import SCHEMA, statements


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "node.db", clock=lambda: 5)
    yield opened
    opened.close()


def put(key: str):  # type: ignore[no-untyped-def]
    return lambda tx: tx.db.execute("INSERT INTO meta (key, value) VALUES (?, x'00')", (key,)) and key


def keys(db: Database) -> list[str]:
    return db.read(lambda c: [key for (key,) in c.execute("SELECT key FROM meta ORDER BY key")]).result()


def held_writer(db: Database) -> threading.Event:
    """Hold the writer inside a transaction of its own; what is queued meanwhile comes together in the next."""
    entered, go = threading.Event(), threading.Event()
    done: list[bool] = []

    def wait(tx: Tx) -> None:
        entered.set()
        done.append(go.wait(10))

    db.write(wait)
    entered.wait(10)
    return go


def test_what_is_queued_together_is_committed_once(db: Database) -> None:
    commits: list[int] = []
    db.after_commit.append(lambda tx: commits.append(1))
    go = held_writer(db)
    futures = [db.write(put(key)) for key in ("a", "b", "c")]
    assert not any(future.done() for future in futures)
    go.set()
    assert [future.result(10) for future in futures] == ["a", "b", "c"]
    assert len(commits) == 1
    assert keys(db) == ["a", "b", "c"]


def test_a_job_that_fails_takes_nothing_with_it(db: Database) -> None:
    def bad(tx: Tx) -> None:
        put("bad")(tx)
        tx.events.append("bad")
        tx.topics.add("bad")
        tx.appended.append("bad")
        raise Refused("no")

    seen: list[tuple[list[object], set[str]]] = []
    db.on_commit = lambda events, topics: seen.append((list(events), set(topics)))

    def good(tx: Tx) -> None:
        put("good")(tx)
        tx.events.append("good")
        tx.topics.add("good")
        assert tx.appended == []

    go = held_writer(db)
    futures = [db.write(put("a")), db.write(bad), db.write(good)]
    go.set()
    assert futures[0].result(10) == "a"
    assert isinstance(futures[1].exception(10), Refused)
    futures[2].result(10)
    assert keys(db) == ["a", "good"]
    assert seen == [(["good"], {"good"})]


def test_a_hook_that_fails_before_the_commit_undoes_the_transaction(db: Database) -> None:
    db.before_commit.append(lambda tx: (_ for _ in ()).throw(Refused("hook")))
    future = db.write(put("a"))
    assert isinstance(future.exception(10), Refused)
    db.before_commit.clear()
    db.write(put("b")).result(10)
    assert keys(db) == ["b"]


def test_a_hook_that_fails_after_the_commit_stops_the_writer(db: Database) -> None:
    said: list[object] = []
    db.on_commit = lambda events, topics: said.extend(events)

    def job(tx: Tx) -> None:
        put("a")(tx)
        tx.events.append("never said")

    def disk_full(tx: Tx) -> None:
        raise OSError("no space left")

    db.after_commit.append(disk_full)
    assert isinstance(db.write(job).exception(10), OSError)
    assert said == []
    with pytest.raises(LocalError, match="no space left"):
        db.write(put("b"))
    assert keys(db) == ["a"]


def test_a_commit_that_fails_is_told_and_the_next_goes_on(db: Database) -> None:
    db.before_commit.append(lambda tx: tx.db.execute("ROLLBACK") and None)
    assert isinstance(db.write(put("a")).exception(10), sqlite3.OperationalError)
    db.before_commit.clear()
    assert db.write(put("b")).result(10) == "b"
    assert keys(db) == ["b"]


def test_a_job_whose_transaction_is_gone_takes_its_neighbours_with_it(db: Database) -> None:
    def lose(tx: Tx) -> None:
        tx.db.execute("ROLLBACK")  # as SQLite does by itself when the disk is full
        raise sqlite3.OperationalError("database or disk is full")

    go = held_writer(db)
    first, second = db.write(put("a")), db.write(lose)
    go.set()
    assert first.exception(10) is not None
    assert second.exception(10) is not None
    assert keys(db) == []
    assert db.write(put("b")).result(10) == "b"


def test_a_cancelled_job_is_not_run(db: Database) -> None:
    go = held_writer(db)
    future = db.write(put("a"))
    assert future.cancel()
    go.set()
    db.write(put("b")).result(10)
    assert keys(db) == ["b"]


def test_the_queue_is_bounded(db: Database) -> None:
    db._writes.maxsize = 2
    go = held_writer(db)
    futures = [db.write(put(key)) for key in ("a", "b")]
    with pytest.raises(Refused, match="busy"):
        db.write(put("c"))
    go.set()
    assert [future.result(10) for future in futures] == ["a", "b"]


def test_readers_cannot_write_and_see_one_snapshot(db: Database) -> None:
    failed = db.read(lambda c: c.execute("INSERT INTO meta VALUES ('a', x'')"))
    assert "readonly" in str(failed.exception(10)) or "read-only" in str(failed.exception(10))
    first = db.read(
        lambda c: (
            c.execute("SELECT count(*) FROM meta").fetchone(),
            db.write(put("late")).result(10),
            c.execute("SELECT count(*) FROM meta").fetchone(),
        )
    ).result(10)
    assert first == ((0,), "late", (0,))
    assert keys(db) == ["late"]


def test_a_read_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    db = Database(tmp_path / "node.db", clock=lambda: 5, read_seconds=0.05)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    assert isinstance(db.read(lambda c: c.execute(endless).fetchone()).exception(20), TooSlow)
    assert keys(db) == []
    db.close()


def test_a_closed_database_finishes_what_was_queued_and_takes_no_more(tmp_path: Path) -> None:
    db = Database(tmp_path / "node.db", clock=lambda: 5)
    future = db.write(put("a"))
    db.close()
    db.close()
    assert future.result(0) == "a"
    with pytest.raises(LocalError):
        db.write(put("b"))
    with pytest.raises(LocalError):
        db.read(lambda c: None)
    assert sqlite3.connect(tmp_path / "node.db").execute("SELECT key FROM meta").fetchall() == [("a",)]


def test_a_database_opened_for_reading_refuses_writes(tmp_path: Path) -> None:
    Database(tmp_path / "node.db", clock=lambda: 5).close()
    db = Database(tmp_path / "node.db", clock=lambda: 5, read_only=True)
    with pytest.raises(LocalError):
        db.write(put("a"))
    assert keys(db) == []
    db.close()


def test_migrations_are_applied_once_and_recorded(db: Database) -> None:
    names = db.read(
        lambda c: [n for (n,) in c.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]
    ).result()
    assert names == sorted(file.stem for file in SCHEMA.glob("[0-9]*.sql"))
    again = Database(db.path, clock=lambda: 5)
    assert again.read(lambda c: c.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()).result() == (
        len(names),
    )
    again.close()


def test_nobody_but_its_owner_reads_the_files(db: Database, tmp_path: Path) -> None:
    db.write(put("a")).result(10)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 2, "the log SQLite writes ahead is one of them"
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_settings_of_the_writer_are_those_that_keep_promises(db: Database) -> None:
    def pragmas(tx: Tx) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        return {name: tx.db.execute(f"PRAGMA {name}").fetchone()[0] for name in names}

    assert db.write(pragmas).result() == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
    }


SAMPLE = {
    "keyrings": "INSERT INTO keyrings (node, notes, tag, epoch, frozen) VALUES ('n', x'00', x'00', 0, 0)",
    "heads": "INSERT INTO heads VALUES (1, 1, x'00', x'00')",
    "entries": "INSERT INTO entries VALUES (1, x'00', 0)",
    "envelopes": "INSERT INTO envelopes VALUES (1, x'00')",
    "arrivals": "INSERT INTO arrivals VALUES (1, 1, 1)",
    "tiles": "INSERT INTO tiles VALUES (1, 0, 0, x'00', x'00')",
    "evidence": "INSERT INTO evidence VALUES (1, x'00')",
    "cosignatures": "INSERT INTO cosignatures VALUES (1, 1, x'00', 'n', 0, x'00')",
    "rivals": "INSERT INTO rivals VALUES (1, x'00')",
}


@pytest.mark.parametrize("table", sorted(SAMPLE))
def test_truth_is_append_only(db: Database, table: str) -> None:
    def fill(tx: Tx) -> None:
        tx.db.execute(
            "INSERT INTO feeds (node, epoch, size, frontier, head_size, joined_size, standing, stamp)"
            " VALUES ('n', 0, 0, x'', 0, 0, 'live', 0)"
        )
        tx.db.execute(SAMPLE["keyrings"])
        tx.db.execute(SAMPLE[table])

    db.write(fill).result()
    column = db.read(lambda c: c.execute(f"PRAGMA table_info({table})").fetchall()[-1][1]).result()
    for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):  # noqa: S608
        error = db.write(lambda tx, sql=change: tx.db.execute(sql)).exception()
        assert "append-only" in str(error)
    replace = SAMPLE[table].replace("INSERT", "INSERT OR REPLACE")
    if "VALUES ('n'" not in replace:
        assert "append-only" in str(db.write(lambda tx: tx.db.execute(replace)).exception())


def test_feeds_never_shrink_nor_go(db: Database) -> None:
    insert = (
        "INSERT INTO feeds (node, epoch, size, frontier, head_size, joined_size, standing, stamp)"
        " VALUES ('n', 0, 2, x'', 2, 0, 'live', 0)"
    )
    db.write(lambda tx: tx.db.execute(insert)).result()
    for change in ("UPDATE feeds SET size = 1", "UPDATE feeds SET head_size = 1", "DELETE FROM feeds"):
        assert "never" in str(db.write(lambda tx, sql=change: tx.db.execute(sql)).exception())


def test_every_column_has_a_comment_and_every_table_is_strict() -> None:
    for file in sorted(SCHEMA.glob("000[12]*.sql")):
        for statement in statements(file.read_text()):
            if "CREATE TABLE" not in statement:
                continue
            body = statement[statement.index("(") + 1 : statement.rindex(")")].strip("\n").split("\n")
            columns = [line for line in body if not line.strip().startswith(("PRIMARY KEY", "UNIQUE"))]
            assert all("--" in line for line in columns), (file.name, statement)
            assert "STRICT" in statement[statement.rindex(")") :], statement


def test_statements_are_the_script() -> None:
    script = "CREATE TABLE a (b); -- a; comment\nCREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END;\n"
    assert "".join(statements(script)) == script
    assert len(list(statements(script))) == 2
