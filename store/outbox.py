"""What was said while this node could not sign yet, kept until it can.

Law: rows only. A row holds the finished entry, header and envelope, so that it is the same entry whenever it is signed;
what became of a row is kept for a month, its words only until then. Only its author is shown it.
Source: PROTOCOL section 11 "Outbox".
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from protocol.errors import Refused
from protocol.ids import EntryId
from protocol.records import Problem
from store.database import Tx

MOST: Final = 10_000  # records that wait in all: 300 MB at the very most
MOST_OF_ONE: Final = 500  # of one account: a long file of rows; the others have room
KEPT_MS: Final = 30 * 24 * 3600 * 1000  # what became of a row is told this long

State = Literal["waiting", "signed", "refused"]


class Queued(NamedTuple):
    """A record that waits to be signed: the name it is asked for by, and its type."""

    id: str
    type: str


class Row(NamedTuple):
    """A row of the outbox; ``content`` is as posted, ``said`` POSIX ms. Words and bytes are None once it is signed.

    ``entry`` is the id of a signed one; ``draft`` and ``problems`` are those of a refused one.
    """

    no: int
    queued: str
    account: int | None
    member: str | None
    role: str
    type: str
    said: int
    content: dict[str, Any] | None
    header: bytes | None
    envelope: bytes | None
    key: str | None
    state: State
    entry: str | None
    draft: int | None
    problems: tuple[Problem, ...]


_COLUMNS: Final = (
    "no, queued, account, member, role, type, said, "
    "content, header, envelope, key, state, entry, draft, reason"
)


def put(  # noqa: PLR0917 - a row
    tx: Tx, who: tuple[int | None, str | None, str], kind: str, content: Mapping[str, Any], made: tuple[bytes, bytes],
    key: str | None, salt: bytes,
) -> Queued:  # fmt: skip
    """Keep a record that cannot be signed yet.

    ``who`` is (account, member, role), ``made`` header and envelope; ``salt`` are the 16 random bytes of the envelope,
    of which the name is made. Refused ``outbox-full``.
    """
    account, member, role = who
    waiting, theirs = tx.db.execute(
        "SELECT count(*), coalesce(sum(account IS ?), 0) FROM outbox WHERE state = 'waiting'", (account,)
    ).fetchone()
    if waiting >= MOST or theirs >= MOST_OF_ONE:
        raise Refused("outbox-full")
    name = base64.b32encode(salt).decode().rstrip("=").lower()
    tx.db.execute(
        "INSERT INTO outbox (queued, account, member, role, type, said, content, header, envelope, key)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (name, account, member, role, kind, tx.now, json.dumps(content, ensure_ascii=False), *made, key),
    )
    tx.topics.add("outbox")
    return Queued(name, kind)


def one(db: sqlite3.Connection, account: int | None, name: str) -> Row | None:
    """The row of this name if this account said it."""
    return _one(db, "queued = ? AND account IS ?", name, account)


def by_key(db: sqlite3.Connection, account: int | None, key: str) -> Row | None:
    """What this account said under an Idempotency-Key and that waits."""
    return _one(db, "account IS ? AND key = ? AND state = 'waiting'", account, key)


def of_account(db: sqlite3.Connection, account: int) -> list[Row]:
    """What an account said that waits, or was refused and not put away yet; in the order it was said."""
    return list(_rows(db, "account = ? AND state <> 'signed'", account))


def waiting(db: sqlite3.Connection) -> Iterator[Row]:
    """All that waits, in the order it was said."""
    return _rows(db, "state = 'waiting'")


def count(db: sqlite3.Connection) -> int:
    """How many records wait."""
    return int(db.execute("SELECT count(*) FROM outbox WHERE state = 'waiting'").fetchone()[0])


def signed(tx: Tx, row: Row, entry: EntryId) -> None:
    """The row is an entry of the log now: its words live there."""
    tx.db.execute(
        "UPDATE outbox SET state = 'signed', entry = ?, settled = ?, content = NULL, header = NULL, envelope = NULL"
        " WHERE no = ?",
        (str(entry), tx.now, row.no),
    )
    tx.topics.add("outbox")


def refused(tx: Tx, row: Row, problems: tuple[Problem, ...], draft: int | None) -> None:
    """A rule does not allow the record any more: its words are in a draft, here is why."""
    told = json.dumps([[one.field, one.code, dict(one.params)] for one in problems], default=str)
    tx.db.execute(
        "UPDATE outbox SET state = 'refused', reason = ?, draft = ?, settled = ?, header = NULL, envelope = NULL"
        " WHERE no = ?",
        (told, draft, tx.now, row.no),
    )
    tx.topics.add("outbox")


def drop(tx: Tx, account: int, name: str) -> None:
    """Put a refused row away: its author has seen why."""
    tx.db.execute(
        "DELETE FROM outbox WHERE queued = ? AND account = ? AND state = 'refused'", (name, account)
    )


def tidy(tx: Tx) -> None:
    """Forget what became of rows settled long ago."""
    tx.db.execute("DELETE FROM outbox WHERE state <> 'waiting' AND settled < ?", (tx.now - KEPT_MS,))


def _one(db: sqlite3.Connection, where: str, *values: object) -> Row | None:
    return next(_rows(db, where, *values), None)


def _rows(db: sqlite3.Connection, where: str, *values: object) -> Iterator[Row]:
    for row in db.execute(f"SELECT {_COLUMNS} FROM outbox WHERE {where} ORDER BY no", values).fetchall():  # noqa: S608
        *plain, content, header, envelope, key, state, entry, draft, reason = row
        problems = tuple(Problem(*told) for told in json.loads(reason)) if reason else ()
        said = json.loads(content) if content else None
        yield Row._make([*plain, said, header, envelope, key, state, entry, draft, problems])
