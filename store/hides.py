"""What the stewards of this node hide and decide, and what the author says against it.

Law: rows and queries only. A hide is this node's own and says why; it changes no record, is lifted, never deleted, and
what the author asks is answered with words. Source: DOMAIN R14, R16, WEB "Pages" (steward desk).
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from protocol.errors import Refused
from protocol.roles import DESK
from store.database import Tx

LONGEST: Final = 4_000  # characters of a reason, an appeal, an answer
MOST: Final = 500  # rows one page of the desk shows
_COLUMNS: Final = "entry, author, reason, text, hidden, appeal, appealed, answer, answered, lifted"


class Hide(NamedTuple):
    """Something not shown here. Times are POSIX milliseconds; ``lifted`` None: it is hidden now."""

    entry: str
    author: str | None
    reason: str
    text: str
    hidden: int
    appeal: str | None
    appealed: int | None
    answer: str | None
    answered: int | None
    lifted: int | None

    @property
    def waits(self) -> bool:
        """Whether an appeal is unanswered."""
        return self.lifted is None and self.appealed is not None and self.answered is None


class Decision(NamedTuple):
    """What was decided about a report: ``hide`` or ``keep``, why, when."""

    decision: str
    text: str
    decided: int


class Why(NamedTuple):
    """Why something is hidden: a reason of the list, words, and accounts.id of who decided."""

    reason: str
    text: str
    account: int


def hide(tx: Tx, entry: str, author: str | None, why: Why) -> None:
    """Stop showing something; a former hide of it and what was said then make room."""
    tx.db.execute(
        "INSERT OR REPLACE INTO hides (entry, author, reason, text, account, hidden) VALUES (?, ?, ?, ?, ?, ?)",
        (entry, author, why.reason, why.text[:LONGEST], why.account, tx.now),
    )


def lift(tx: Tx, entry: str, answer: str) -> None:
    """Show it again."""
    tx.db.execute(
        "UPDATE hides SET lifted = ?1, answered = ?1, answer = ?2 WHERE entry = ?3 AND lifted IS NULL",
        (tx.now, answer[:LONGEST], entry),
    )


def appeal(tx: Tx, entry: str, text: str) -> None:
    """The author asks to look again. Refused ``not-hidden`` when nothing is hidden."""
    done = tx.db.execute(
        "UPDATE hides SET appeal = ?, appealed = ?, answer = NULL, answered = NULL"
        " WHERE entry = ? AND lifted IS NULL",
        (text[:LONGEST], tx.now, entry),
    )
    if not done.rowcount:
        raise Refused("not-hidden")


def stay(tx: Tx, entry: str, answer: str) -> None:
    """Answer an appeal: it stays hidden, and why."""
    tx.db.execute(
        "UPDATE hides SET answer = ?, answered = ? WHERE entry = ? AND lifted IS NULL",
        (answer[:LONGEST], tx.now, entry),
    )


def decide(tx: Tx, report: str, decision: str, text: str, account: int) -> None:
    """Note what was done about a report; the last word counts."""
    tx.db.execute(
        "INSERT OR REPLACE INTO decisions (report, decision, text, account, decided) VALUES (?, ?, ?, ?, ?)",
        (report, decision, text[:LONGEST], account, tx.now),
    )


def one(db: sqlite3.Connection, entry: str) -> Hide | None:
    """The hide of an entry, also a lifted one."""
    row = db.execute(f"SELECT {_COLUMNS} FROM hides WHERE entry = ?", (entry,)).fetchone()  # noqa: S608
    return Hide(*row) if row else None


def listing(db: sqlite3.Connection) -> list[Hide]:
    """Hides, appeals that wait first, then the newest."""
    order = "appealed IS NOT NULL AND answered IS NULL AND lifted IS NULL DESC, hidden DESC, entry"
    rows = db.execute(f"SELECT {_COLUMNS} FROM hides ORDER BY {order} LIMIT ?", (MOST,))  # noqa: S608
    return [Hide(*row) for row in rows]


def decision_on(db: sqlite3.Connection, report: str) -> Decision | None:
    """What was decided about a report here; None: nothing yet."""
    row = db.execute("SELECT decision, text, decided FROM decisions WHERE report = ?", (report,)).fetchone()
    return Decision(*row) if row else None


def unseen(db: sqlite3.Connection, member: str | None, role: str) -> frozenset[str]:
    """Entry ids that are not shown to this viewer: none to the desk, and to an author not her own."""
    if role in DESK:
        return frozenset()
    rows = db.execute("SELECT entry FROM hides WHERE lifted IS NULL AND author IS NOT ?", (member or "",))
    return frozenset(entry for (entry,) in rows)
