"""What others did with an account: links that sign in as its member, tokens that act as its member, roles.

Law: whoever opens a way into somebody's account leaves a line, written in the transaction that opens it. Its member
reads it in the inbox, whoever runs the node at the desk. Times are POSIX milliseconds.
Source: WEB "Pages" (steward desk).
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from store.database import Tx

LINK_MADE: Final = "link-made"
LINK_USED: Final = "link-used"
TOKEN_MADE: Final = "token-made"  # noqa: S105 - the name of a step
ROLE: Final = "role"
SHUT_OUT: Final = "shut-out"
LET_IN: Final = "let-in"
RESET: Final = "reset"
PUBLISHED: Final = "published"
EXPORTED: Final = "exported"
DRAFTED: Final = "drafted"
MOST: Final = 50  # lines one page shows
KEPT_MS: Final = 400 * 24 * 3600 * 1000  # over a year: long enough to be asked about
DETAIL_MOST: Final = 80


class Step(NamedTuple):
    """A line: whose account, who did it (None: the shell), what, and whether its member has not read it yet."""

    no: int
    member: str
    actor: str | None
    what: str
    detail: str
    time: int
    new: bool


def note_often(tx: Tx, account: int, what: str) -> None:
    """Write the line of what a script may do many times at the shell: one that is not read yet only gets a new time."""
    done = tx.db.execute(
        "UPDATE account_steps SET time = ? WHERE account = ? AND what = ? AND read_at IS NULL",
        (tx.now, account, what),
    )
    if not done.rowcount:
        note(tx, account, what, actor=None)


def note(tx: Tx, account: int, what: str, *, actor: int | None, detail: str = "") -> None:
    """Write the line. ``actor`` is accounts.id, None at the shell; what members do with their own account is read."""
    read_at = tx.now if actor == account else None
    tx.db.execute(
        "INSERT INTO account_steps (account, actor, what, detail, time, read_at) VALUES (?, ?, ?, ?, ?, ?)",
        (account, actor, what, detail[:DETAIL_MOST], tx.now, read_at),
    )
    row = tx.db.execute("SELECT member FROM accounts WHERE id = ?", (account,)).fetchone()
    if row is not None and row[0] is not None:
        tx.topics.add(f"inbox:{row[0]}")


_STEPS: Final = """
SELECT s.no, a.name, b.name, s.what, s.detail, s.time, s.read_at IS NULL FROM account_steps s
JOIN accounts a ON a.id = s.account LEFT JOIN accounts b ON b.id = s.actor
"""


def of_account(db: sqlite3.Connection, account: int | None) -> list[Step]:
    """What others did with an account, newest first."""
    query = f"{_STEPS} WHERE s.account = ? AND s.actor IS NOT s.account ORDER BY s.no DESC LIMIT ?"
    return [Step(*row) for row in db.execute(query, (account, MOST))]


def newest(db: sqlite3.Connection) -> list[Step]:
    """What was done with any account here, newest first."""
    return [Step(*row) for row in db.execute(f"{_STEPS} ORDER BY s.no DESC LIMIT ?", (MOST,))]


def unread(db: sqlite3.Connection, account: int | None) -> int:
    """How many lines its member has not read."""
    query = "SELECT count(*) FROM account_steps WHERE account = ? AND read_at IS NULL"
    return int(db.execute(query, (account,)).fetchone()[0])


def mark_read(tx: Tx, account: int | None) -> None:
    """Its member has read them all."""
    tx.db.execute(
        "UPDATE account_steps SET read_at = ? WHERE account = ? AND read_at IS NULL", (tx.now, account)
    )


def tidy(tx: Tx) -> None:
    """Throw away lines nobody will ask about any more."""
    tx.db.execute("DELETE FROM account_steps WHERE time <= ?", (tx.now - KEPT_MS,))
