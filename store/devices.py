"""Browsers and addresses an account was signed in from: who tries there is probably its owner.

Law: knowing a device gives no right; it only decides whose tries are counted together. An address is kept as a hash
with the account in it, and for a season. Source: QUALITY "Threats" (password guessing).
"""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from typing import Final

from protocol.crypto import sha256
from store.database import Tx

DAY_MS: Final = 24 * 3600 * 1000
DEVICE_MS: Final = 365 * DAY_MS  # as long as a browser keeps the cookie
NETWORK_MS: Final = 90 * DAY_MS  # addresses change hands
MAX_DEVICES: Final = 20  # of one account; the one unused longest is forgotten


class Standing(StrEnum):
    """What is known of who tries a name: this browser signed in to it, this address did, nothing."""

    DEVICE = "device"
    NETWORK = "network"
    STRANGER = "stranger"


def _network(account: int, address: str) -> bytes:
    return sha256(f"{account} {address}".encode())


def remember(tx: Tx, device: bytes, account: int, address: str) -> None:
    """A browser has signed in to an account from an address."""
    tx.db.execute(
        "INSERT INTO devices (hash, account, network, seen) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET network = excluded.network, seen = excluded.seen",
        (device, account, _network(account, address), tx.now),
    )
    tx.db.execute(
        "DELETE FROM devices WHERE account = ?1 AND (seen < ?2 OR hash NOT IN ("
        "SELECT hash FROM devices WHERE account = ?1 ORDER BY seen DESC, hash LIMIT ?3))",
        (account, tx.now - DEVICE_MS, MAX_DEVICES),
    )


def is_known(db: sqlite3.Connection, device: bytes, now: int) -> bool:
    """Whether a browser has signed in to any account here."""
    row = db.execute("SELECT max(seen) FROM devices WHERE hash = ?", (device,)).fetchone()
    return row[0] is not None and row[0] >= now - DEVICE_MS


def standing(
    db: sqlite3.Connection, account: int | None, device: bytes | None, address: str, now: int
) -> Standing:
    """Who tries to sign in to an account (None: there is none of that name)."""
    rows = db.execute("SELECT hash, network, seen FROM devices WHERE account = ?", (account,)).fetchall()
    if any(hash_ == device and seen >= now - DEVICE_MS for hash_, _, seen in rows):
        return Standing.DEVICE
    here = _network(account or 0, address)
    near = any(network == here and seen >= now - NETWORK_MS for _, network, seen in rows)
    return Standing.NETWORK if near else Standing.STRANGER
