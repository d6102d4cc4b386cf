"""Digests: who wants letters, when the next is due, and what was handed over.

Law: off until a member asks. A letter is begun as a row before it leaves, and is the same one, with the same lines and
the same id, until the mail server took it: a crash in between sends that one once more and never loses it. The address
is private and goes nowhere but to the mail server. Source: docs/spec/notices.md.
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from protocol.rules.moments import DAY
from store.database import Tx
from store.views.shapes import Viewer

HOUR: Final = DAY // 24
EVERY: Final = {"daily": DAY, "weekly": 7 * DAY}
_MOST: Final = 50  # letters of one look
_RETRY_MOST: Final = DAY  # a mail server that is away is asked again after 10 minutes doubling to this
_RETRY_FIRST: Final = HOUR // 6


class Digest(NamedTuple):
    """How an account wants letters; ``trouble`` is the code of the last failure, ``letter`` when the one being handed
    over was begun, ``key`` what ends them all.
    """

    account: int
    address: str
    rhythm: str
    due: int
    tries: int
    trouble: str | None
    letter: int | None
    key: str


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


def ask(tx: Tx, account: int, rhythm: str, address: str, key: str) -> None:
    """Letters from now on, the first after one rhythm. Who had letters before keeps her key."""
    tx.db.execute(
        "INSERT INTO digests (account, address, rhythm, due, tries, key) VALUES (?, ?, ?, ?, 0, ?)"
        " ON CONFLICT (account) DO UPDATE SET address = excluded.address, rhythm = excluded.rhythm,"
        " due = excluded.due, tries = 0, trouble = NULL, letter = NULL",
        (account, address, rhythm, tx.now + EVERY[rhythm], key),
    )


def end(tx: Tx, account: int) -> None:
    """No letters; the address is forgotten."""
    tx.db.execute("DELETE FROM digests WHERE account = ?", (account,))


def end_by_key(tx: Tx, key: str) -> None:
    """No letters for whoever this key belongs to, if anybody."""
    tx.db.execute("DELETE FROM digests WHERE key = ?", (key,))


def due(db: sqlite3.Connection, node: str, now: int) -> list[Reader]:
    """Whose letter is due, longest first."""
    return [
        Reader(Digest(*rest), Viewer(rest[0], member, node, role), name, language)  # type: ignore[arg-type]
        for member, role, name, language, *rest in db.execute(_DUE, (now, _MOST))
    ]


def begin(tx: Tx, digest: Digest) -> int | None:
    """When the letter was begun: now, or at its first try. None when she wants none any more."""
    row = tx.db.execute(
        "UPDATE digests SET letter = coalesce(letter, ?) WHERE account = ? AND address = ? RETURNING letter",
        (tx.now, digest.account, digest.address),
    ).fetchone()
    return row[0] if row else None


def sent(tx: Tx, digest: Digest, begun: int) -> None:
    """The mail server took it, or there was nothing to say: all of then is told, the next is due one rhythm on."""
    tx.db.execute(
        "UPDATE notices SET mailed = ? WHERE account = ? AND mailed IS NULL AND read_at IS NULL AND came <= ?",
        (tx.now, digest.account, begun),
    )
    every = EVERY[digest.rhythm]
    _then(tx, digest, digest.due + every * (1 + max(0, tx.now - digest.due) // every), 0, None)
    tx.db.execute(
        "UPDATE digests SET letter = NULL WHERE account = ? AND letter = ?", (digest.account, begun)
    )


def failed(tx: Tx, digest: Digest, trouble: str) -> None:
    """It could not be handed over: tried again later, ever more rarely."""
    wait = min(_RETRY_FIRST << min(digest.tries, 20), _RETRY_MOST)
    _then(tx, digest, tx.now + wait, digest.tries + 1, trouble)


def _then(tx: Tx, digest: Digest, due: int, tries: int, trouble: str | None) -> None:
    """When it is looked at next, unless she asked for something else meanwhile."""
    tx.db.execute(
        "UPDATE digests SET due = ?, tries = ?, trouble = ? WHERE account = ? AND due = ?",
        (due, tries, trouble, digest.account, digest.due),
    )
