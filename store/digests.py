"""Digests: who wants letters, when the next is due, and what was handed over.

Law: off until a member asks. What is in a letter is marked only after the mail server took it: a crash between the two
sends it once more and never loses it; the letter's id is the same then. The address is private and goes nowhere but to
the mail server. Source: docs/spec/notices.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final, NamedTuple

from protocol.rules.moments import DAY
from store.database import Tx
from store.notices import Row
from store.views.shapes import Viewer

HOUR: Final = DAY // 24
EVERY: Final = {"daily": DAY, "weekly": 7 * DAY}
_MOST: Final = 50  # letters of one look
_RETRY_MOST: Final = DAY  # a mail server that is away is asked again after 10 minutes doubling to this
_RETRY_FIRST: Final = HOUR // 6


class Digest(NamedTuple):
    """How an account wants letters; ``trouble`` is the code of the last failure."""

    account: int
    address: str
    rhythm: str
    due: int
    tries: int
    trouble: str | None


class Reader(NamedTuple):
    """Whom a letter is for."""

    digest: Digest
    viewer: Viewer
    name: str
    language: str


_COLUMNS: Final = ", ".join(f"d.{name}" for name in Digest._fields)
_DUE: Final = f"""
SELECT a.member, a.role, a.name, a.language, {_COLUMNS} FROM digests AS d JOIN accounts AS a ON a.id = d.account
WHERE d.due <= ? AND a.disabled = 0 ORDER BY d.due, d.account LIMIT ?
"""  # noqa: S608


def of(db: sqlite3.Connection, account: int) -> Digest | None:
    """What an account asked for; None: no letters."""
    row = db.execute(f"SELECT {_COLUMNS} FROM digests AS d WHERE d.account = ?", (account,)).fetchone()  # noqa: S608
    return Digest(*row) if row else None


def ask(tx: Tx, account: int, rhythm: str, address: str) -> None:
    """Letters from now on, the first after one rhythm."""
    tx.db.execute(
        "INSERT INTO digests (account, address, rhythm, due, tries) VALUES (?, ?, ?, ?, 0) ON CONFLICT DO UPDATE"
        " SET address = excluded.address, rhythm = excluded.rhythm, due = excluded.due, tries = 0, trouble = NULL",
        (account, address, rhythm, tx.now + EVERY[rhythm]),
    )


def end(tx: Tx, account: int) -> None:
    """No letters; the address is forgotten."""
    tx.db.execute("DELETE FROM digests WHERE account = ?", (account,))


def due(db: sqlite3.Connection, node: str, now: int) -> list[Reader]:
    """Whose letter is due, longest first."""
    return [
        Reader(Digest(*rest), Viewer(rest[0], member, node, role), name, language)  # type: ignore[arg-type]
        for member, role, name, language, *rest in db.execute(_DUE, (now, _MOST))
    ]


def sent(tx: Tx, digest: Digest, rows: Iterable[Row]) -> None:
    """The mail server took it, or there was nothing to say (no rows): the next is due one rhythm on."""
    tx.db.executemany(
        "UPDATE notices SET mailed = ? WHERE account = ? AND key = ? AND reason = ?",
        [(tx.now, digest.account, row.key, row.reason) for row in rows],
    )
    every = EVERY[digest.rhythm]
    next_due = digest.due + every * (1 + max(0, tx.now - digest.due) // every)
    tx.db.execute(
        "UPDATE digests SET due = ?, tries = 0, trouble = NULL WHERE account = ? AND due = ?",
        (next_due, digest.account, digest.due),
    )


def failed(tx: Tx, digest: Digest, trouble: str) -> None:
    """It could not be handed over: tried again later, ever more rarely."""
    wait = min(_RETRY_FIRST << min(digest.tries, 20), _RETRY_MOST)
    tx.db.execute(
        "UPDATE digests SET due = ?, tries = tries + 1, trouble = ? WHERE account = ? AND due = ?",
        (tx.now + wait, trouble, digest.account, digest.due),
    )
