"""Tokens: programs that act for a member, within scopes and until a day.

Law: rows and queries only. The secret comes in as its SHA-256 and never leaves; a token that has ended opens nothing,
and is listed for a while so that its member sees that it did. Never gossiped. Times are POSIX milliseconds.
Source: WEB "HTTP API", OPERATIONS ``token``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final, NamedTuple

from protocol.errors import Refused
from protocol.scopes import DAYS, SCOPES, USUAL
from store import accounts
from store.accounts import WAYS_IN, Account
from store.database import Tx

MAX_TOKENS: Final = 50  # programs of one member
DAY_MS: Final = 24 * 3600 * 1000
ENDED_MS: Final = 30 * DAY_MS  # an ended token is listed this long


class Token(NamedTuple):
    """A program that acts for a member; ``expires`` is when it ends."""

    hash: bytes
    label: str
    created: int
    last_seen: int | None
    scopes: tuple[str, ...]
    expires: int


class Bearer(NamedTuple):
    """Who a token speaks for, and what it is."""

    account: Account
    token: Token


_COLUMNS: Final = "t.hash, t.label, t.created, t.last_seen, t.scopes, t.expires"


def _token(row: tuple[bytes, str, int, int | None, str, int]) -> Token:
    return Token(*row[:4], tuple(row[4].split()), row[5])


def find(db: sqlite3.Connection, secret: bytes, now: int) -> Bearer | None:
    """The token of this hash, None if it is unknown. Refused ``token-expired`` when it has ended."""
    row = db.execute(
        f"SELECT t.account, {_COLUMNS} FROM tokens t WHERE t.hash = ?",  # noqa: S608 - columns of ours
        (secret,),
    ).fetchone()
    account = accounts.by_id(db, row[0]) if row else None
    if account is None or account.disabled:
        return None
    token = _token(row[1:])
    if token.expires <= now:
        raise Refused("token-expired")
    return Bearer(account, token)


def add(
    tx: Tx, account: int, secret: bytes, label: str, *, scopes: Iterable[str] = USUAL, days: int = DAYS
) -> int:
    """A token for a program; when it ends. Refused ``too-many-tokens``."""
    query = "SELECT count(*) FROM tokens WHERE account = ? AND expires > ?"
    if tx.db.execute(query, (account, tx.now)).fetchone()[0] >= MAX_TOKENS:
        raise Refused("too-many-tokens", field="label", most=MAX_TOKENS)
    chosen, expires = set(scopes), tx.now + days * DAY_MS
    tx.db.execute(
        "INSERT INTO tokens (hash, account, label, created, scopes, expires) VALUES (?, ?, ?, ?, ?, ?)",
        (secret, account, label, tx.now, " ".join(one for one in SCOPES if one in chosen), expires),
    )
    return expires


def seen(tx: Tx, secret: bytes) -> None:
    """The token is in use."""
    tx.db.execute("UPDATE tokens SET last_seen = ? WHERE hash = ?", (tx.now, secret))


def end(tx: Tx, account: int, secret: bytes) -> None:
    """Revoke a token of this account."""
    tx.topics.add(WAYS_IN)
    tx.db.execute("DELETE FROM tokens WHERE account = ? AND hash = ?", (account, secret))


def end_all(tx: Tx, account: int) -> None:
    """Revoke every token of this account."""
    tx.topics.add(WAYS_IN)
    tx.db.execute("DELETE FROM tokens WHERE account = ?", (account,))


def of_account(db: sqlite3.Connection, account: int) -> list[Token]:
    """Tokens of an account, ended ones too, newest first."""
    query = f"SELECT {_COLUMNS} FROM tokens t WHERE t.account = ? ORDER BY t.created DESC, t.hash"  # noqa: S608
    return [_token(row) for row in db.execute(query, (account,))]


def tidy(tx: Tx) -> None:
    """Throw away tokens that ended a while ago."""
    tx.db.execute("DELETE FROM tokens WHERE expires <= ?", (tx.now - ENDED_MS,))
