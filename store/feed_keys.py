"""The key of a member's personal feeds.

Law: one an account, kept as its SHA-256; a new one ends the one before. It opens feeds and nothing else.
Source: WEB "Routes".
"""

from __future__ import annotations

import sqlite3

from store import accounts
from store.accounts import Account
from store.database import Tx


def make(tx: Tx, account: int, secret: bytes) -> None:
    """A key; the one before opens nothing any more."""
    tx.db.execute(
        "INSERT INTO feed_keys (account, hash, created) VALUES (?, ?, ?)"
        " ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, created = excluded.created",
        (account, secret, tx.now),
    )


def revoke(tx: Tx, account: int) -> None:
    """No key."""
    tx.db.execute("DELETE FROM feed_keys WHERE account = ?", (account,))


def made(db: sqlite3.Connection, account: int) -> int | None:
    """When the key of an account was made, POSIX ms; None: there is none."""
    row = db.execute("SELECT created FROM feed_keys WHERE account = ?", (account,)).fetchone()
    return row[0] if row else None


def holder(db: sqlite3.Connection, secret: bytes) -> Account | None:
    """The account a key belongs to; None for an unknown one or when the account is disabled."""
    row = db.execute("SELECT account FROM feed_keys WHERE hash = ?", (secret,)).fetchone()
    found = accounts.by_id(db, row[0]) if row else None
    return None if found is None or found.disabled else found
