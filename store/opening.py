"""Opening a database file: settings of the connections, and the schema brought up to date.

Law: schema files are applied once, in the order of their numbers, each in one transaction, and recorded. The views are
no part of that: when their definition is another than the one in the database, their tables are dropped and made anew,
and the log fills them. Source: QUALITY style 11 and 12.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sqlite_utils import Database as SqliteUtils
from sqlite_utils import Migrations

SCHEMA: Final = Path(__file__).parent / "schema"
VIEWS: Final = "views.sql"
VIEWS_VERSION: Final = 2
"""Raised when the same tables are to hold something else: rows written before are worked out again."""
_WRITER_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was promised survives the power cord
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",  # REPLACE fires the triggers that forbid it
    "PRAGMA busy_timeout = 10000",
    "PRAGMA cache_size = -32000",
    "PRAGMA mmap_size = 268435456",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA temp_store = MEMORY",
)
_READER_PRAGMAS: Final = (
    "PRAGMA query_only = ON",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA cache_size = -8000",
    "PRAGMA mmap_size = 268435456",
    "PRAGMA temp_store = MEMORY",
)


def open_writer(path: Path) -> sqlite3.Connection:
    """The connection that writes; makes the file, for its owner only, and its tables if there are none."""
    path.touch(mode=0o600)  # it holds password hashes and what is private; SQLite's other files take its mode
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    for pragma in _WRITER_PRAGMAS:
        db.execute(pragma)
    migrate(db)
    return db


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, whatever it is asked."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=512)
    for pragma in _READER_PRAGMAS:
        db.execute(pragma)
    return db


def migrate(db: sqlite3.Connection) -> None:
    """Apply every schema file that was not yet, by number, each in one transaction; then the views."""
    migrations = Migrations("barnraise")
    for file in sorted(SCHEMA.glob("[0-9]*.sql")):
        migrations(name=file.stem)(_script(file.read_text(encoding="utf-8")))
    migrations.apply(SqliteUtils(db))
    _make_views(db)


def views_stale(db: sqlite3.Connection) -> bool:
    """Whether the tables of the views were made anew and wait for the log to be read into them."""
    return bool(db.execute("SELECT max(stale) FROM views_made").fetchone()[0])


def views_filled(db: sqlite3.Connection) -> None:
    """Note that it was."""
    db.execute("UPDATE views_made SET stale = 0")


def _make_views(db: sqlite3.Connection) -> None:
    script = (SCHEMA / VIEWS).read_text(encoding="utf-8")
    definition = hashlib.sha256(f"{VIEWS_VERSION}\n{script}".encode()).hexdigest()
    made = db.execute("SELECT definition, tables FROM views_made").fetchone() or ("", json.dumps(_BEFORE))
    if made[0] == definition:
        return
    db.execute("BEGIN IMMEDIATE")
    for table in json.loads(made[1]):
        db.execute(f"DROP TABLE IF EXISTS {table}")
    before = _tables(db)
    for statement in statements(script):
        db.execute(statement)
    stale = db.execute("SELECT EXISTS (SELECT 1 FROM envelopes)").fetchone()[0]
    db.execute("DELETE FROM views_made")
    db.execute(
        "INSERT INTO views_made (definition, tables, stale) VALUES (?, ?, ?)",
        (definition, json.dumps(sorted(_tables(db) - before)), stale),
    )
    db.execute("COMMIT")


_BEFORE: Final = (  # tables of the views in databases that do not say what made them
    *("profiles", "policies", "members", "pitches", "phases", "pledges", "steps", "comments", "artifacts"),
    *("facets", "search"),
)


def _tables(db: sqlite3.Connection) -> set[str]:
    """Names of all tables but those an index of words keeps for itself."""
    found = db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search\\_%' ESCAPE '\\'"
    )
    return {name for (name,) in found}


def _script(sql: str) -> Callable[[SqliteUtils], None]:
    def run(db: SqliteUtils) -> None:
        for statement in statements(sql):
            db.conn.execute(statement)

    return run


def statements(sql: str) -> Iterator[str]:
    """The statements of a script one by one; executescript would commit the transaction it stands in."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
