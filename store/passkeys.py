"""Passkeys of this node's accounts.

Law: rows and queries only; whether a signature is good is for the floor above. A passkey signs in one account, and the
last way in of an account is never taken away. Times are POSIX milliseconds. Source: WEB "Pages" (welcome),
W3C Web Authentication Level 3.
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from protocol.errors import Refused
from store import accounts
from store.accounts import Account
from store.database import Tx

MAX_PASSKEYS: Final = 20  # devices of one member
_COLUMNS: Final = "id, account, handle, public_key, signs, label, synced, created, last_seen"


class Passkey(NamedTuple):
    """A device that signs a member in. ``public_key`` is COSE, ``signs`` its counter, 0 when it does not count."""

    id: bytes
    account: int
    handle: bytes
    public_key: bytes
    signs: int
    label: str
    synced: bool
    created: int
    last_seen: int | None


def of_account(db: sqlite3.Connection, account: int) -> list[Passkey]:
    """Passkeys of an account, newest first."""
    query = f"SELECT {_COLUMNS} FROM passkeys WHERE account = ? ORDER BY created DESC, id"  # noqa: S608
    return [Passkey(*row) for row in db.execute(query, (account,))]


def find(db: sqlite3.Connection, credential: bytes) -> tuple[Passkey, Account] | None:
    """A passkey and the account it signs in; None when it is unknown or the account is shut out."""
    row = db.execute(f"SELECT {_COLUMNS} FROM passkeys WHERE id = ?", (credential,)).fetchone()  # noqa: S608
    account = accounts.by_id(db, row[1]) if row else None
    return (Passkey(*row), account) if account is not None and not account.disabled else None


def add(
    tx: Tx,
    account: int,
    credential: bytes,
    *,
    handle: bytes,
    public_key: bytes,
    signs: int,
    label: str,
    synced: bool,
) -> None:
    """One more passkey. Refused ``too-many-passkeys``, ``passkey-known``."""
    if len(of_account(tx.db, account)) >= MAX_PASSKEYS:
        raise Refused("too-many-passkeys", field="passkey", most=MAX_PASSKEYS)
    if tx.db.execute("SELECT 1 FROM passkeys WHERE id = ?", (credential,)).fetchone():
        raise Refused("passkey-known", field="passkey")
    tx.db.execute(
        f"INSERT INTO passkeys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",  # noqa: S608
        (credential, account, handle, public_key, signs, label, int(synced), tx.now),
    )


def used(tx: Tx, credential: bytes, signs: int) -> None:
    """It signed in: its counter moves on."""
    tx.db.execute("UPDATE passkeys SET signs = ?, last_seen = ? WHERE id = ?", (signs, tx.now, credential))


def rename(tx: Tx, account: int, credential: bytes, label: str) -> None:
    """What the member calls it."""
    tx.db.execute("UPDATE passkeys SET label = ? WHERE id = ? AND account = ?", (label, credential, account))


def remove(tx: Tx, account: int, credential: bytes) -> None:
    """It signs in no more. Refused ``last-way-in`` when nothing else would let the member in."""
    left = [one.id for one in of_account(tx.db, account) if one.id != credential]
    known = accounts.by_id(tx.db, account)
    if not left and known is not None and not known.has_password:
        raise Refused("last-way-in", field="passkey")
    tx.db.execute("DELETE FROM passkeys WHERE id = ? AND account = ?", (credential, account))


def remove_all(tx: Tx, account: int) -> None:
    """None signs this account in any more: for who lost them, with a fresh link in her hand."""
    tx.db.execute("DELETE FROM passkeys WHERE account = ?", (account,))
