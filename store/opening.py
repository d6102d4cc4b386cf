"""Opening a database file: settings of the connections, and the schema brought up to date.

Law: schema files are applied once, in the order of their numbers, each in one transaction, and recorded.
Source: QUALITY style 11 and 12.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sqlite_utils import Database as SqliteUtils
from sqlite_utils import Migrations

SCHEMA: Final = Path(__file__).parent / "schema"
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
    """Apply every schema file that was not yet, in the order of their numbers, each in one transaction."""
    migrations = Migrations("barnraise")
    for file in sorted(SCHEMA.glob("[0-9]*.sql")):
        migrations(name=file.stem)(_script(file.read_text(encoding="utf-8")))
    migrations.apply(SqliteUtils(db))


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
