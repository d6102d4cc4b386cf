"""Drafts: forms as far as they are, kept for one account and shown to nobody else.

Law: rows and queries only; a draft is named by its account and its number together. Never gossiped.
Source: ARCHITECTURE "Where state lives", WEB "Pages" (new pitch).
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Final, NamedTuple

from protocol.errors import Refused
from store.database import Tx
from store.views.listing import decode, encode, limited

MOST: Final = 2_000  # drafts of one member: two files of rows; the one untouched longest goes
_LAST: Final = 2**62  # after every draft there is
LONGEST: Final = 256_000  # characters of one draft: several envelopes' worth of typing


class Draft(NamedTuple):
    """A record not yet made: ``kind`` is its type, ``body`` the form so far."""

    id: int
    kind: str
    body: dict[str, Any]
    updated: int


def save(tx: Tx, account: int, kind: str, body: dict[str, Any], draft: int | None = None) -> int:
    """Keep a form as far as it is; ``draft`` overwrites one of the same account. Refused ``draft-too-long``."""
    text = json.dumps(body, ensure_ascii=False)
    if len(text) > LONGEST:
        raise Refused("draft-too-long", most=LONGEST)
    if draft is not None:
        query = "UPDATE drafts SET body = ?, updated = ? WHERE id = ? AND account = ? AND kind = ?"
        if tx.db.execute(query, (text, tx.now, draft, account, kind)).rowcount:
            return draft
    made = tx.db.execute(
        "INSERT INTO drafts (account, kind, body, updated) VALUES (?, ?, ?, ?)", (account, kind, text, tx.now)
    )
    tx.db.execute(
        "DELETE FROM drafts WHERE account = ?1 AND id NOT IN"
        " (SELECT id FROM drafts WHERE account = ?1 ORDER BY updated DESC, id DESC LIMIT ?2)",
        (account, MOST),
    )
    return made.lastrowid or 0


def one(db: sqlite3.Connection, account: int, number: int) -> Draft | None:
    """One draft of this account."""
    row = db.execute(
        "SELECT id, kind, body, updated FROM drafts WHERE id = ? AND account = ?", (number, account)
    ).fetchone()
    return Draft(row[0], row[1], json.loads(row[2]), row[3]) if row else None


def listing(db: sqlite3.Connection, account: int, kind: str | None = None) -> list[Draft]:
    """Drafts of this account, the one touched last first."""
    rows = db.execute(
        "SELECT id, kind, body, updated FROM drafts WHERE account = ?1 AND kind = coalesce(?2, kind)"
        " ORDER BY updated DESC, id DESC",
        (account, kind),
    )
    return [Draft(row[0], row[1], json.loads(row[2]), row[3]) for row in rows]


def count(db: sqlite3.Connection, account: int) -> int:
    """How many drafts this account has."""
    return int(db.execute("SELECT count(*) FROM drafts WHERE account = ?", (account,)).fetchone()[0])


_LISTED: Final = """
SELECT id, kind, body, updated FROM drafts
WHERE account = :account AND (updated, id) < (:updated, :id) ORDER BY updated DESC, id DESC LIMIT :limit
"""


def page(
    db: sqlite3.Connection, account: int, *, cursor: str | None, limit: int
) -> tuple[list[Draft], str | None]:
    """Drafts of this account in pages, the one touched last first. Refused("cursor") for one that is not ours."""
    updated, id_ = decode(cursor, int, int) if cursor else (_LAST, _LAST)
    size = limited(limit)
    rows = db.execute(_LISTED, {"account": account, "updated": updated, "id": id_, "limit": size + 1})
    found = [Draft(row[0], row[1], json.loads(row[2]), row[3]) for row in rows]
    onward = encode(found[size - 1].updated, found[size - 1].id) if len(found) > size else None
    return found[:size], onward


def drop(tx: Tx, account: int, number: int) -> None:
    """Throw a draft away."""
    tx.db.execute("DELETE FROM drafts WHERE id = ? AND account = ?", (number, account))
