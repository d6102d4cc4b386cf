"""Guests: people of organisations without a node, whom a member lets in, and who ask to be.

Law: how many is counted in the transaction that makes one. A guest is an account like others; that she is one is known
here and to nobody else, the network reads her organisation on her card. Times are POSIX milliseconds.
Source: WEB "Guests" and "A link opens at home".
"""

from __future__ import annotations

import json
import sqlite3
from typing import Final, NamedTuple

from protocol.errors import Refused
from store import accounts
from store.accounts import Account
from store.database import Tx

MONTHLY: Final = 5  # guests of one member in MONTH_MS
MONTH_MS: Final = 30 * 24 * 3600 * 1000
LINK_MS: Final = 30 * 24 * 3600 * 1000  # R16: an invitation lapses after 30 days
REQUEST_MS: Final = 14 * 24 * 3600 * 1000  # then the request and what it says are thrown away
MAX_ASKED: Final = 20  # open requests to one member
MAX_REQUESTS: Final = 500  # on the node: a stranger fills this table


class Guest(NamedTuple):
    """A place: who gave it, for whom, and the account made of it (None: not joined). ``open``: its link still works."""

    link: bytes
    inviter: str
    name: str
    made: int
    account: Account | None
    ended: int | None
    open: bool


class Request(NamedTuple):
    """Somebody who asks for a place: what she says of herself, and the pitch whose link she followed."""

    hash: bytes
    asked: int
    about: str
    name: str
    organisation: str
    words: str
    made: int
    answer: str | None


# Whether


def welcome(db: sqlite3.Connection) -> bool:
    """Whether this node takes guests."""
    row = db.execute("SELECT value FROM settings WHERE key = 'guests'").fetchone()
    return row is None or bool(json.loads(row[0]))


def set_welcome(tx: Tx, on: bool) -> None:
    """Take guests, or no more."""
    tx.db.execute(
        "INSERT INTO settings (key, value) VALUES ('guests', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (json.dumps(on),),
    )


def left(db: sqlite3.Connection, account: int, now: int) -> int:
    """How many guests this member may still invite today."""
    query = "SELECT count(*) FROM guests WHERE inviter = ? AND made > ?"
    return max(0, MONTHLY - int(db.execute(query, (account, now - MONTH_MS)).fetchone()[0]))


def is_guest(db: sqlite3.Connection, account: int) -> bool:
    """Whether this account was made by a guest's link."""
    return db.execute("SELECT 1 FROM guests WHERE account = ?", (account,)).fetchone() is not None


def members(db: sqlite3.Connection) -> frozenset[str]:
    """The cards of guests here."""
    query = "SELECT a.member FROM guests g JOIN accounts a ON a.id = g.account WHERE a.member IS NOT NULL"
    return frozenset(member for (member,) in db.execute(query))


# Places

_PLACES: Final = (
    "SELECT g.link, i.name, g.name, g.made, g.account, g.ended, l.hash IS NOT NULL FROM guests g"
    " JOIN accounts i ON i.id = g.inviter"
    " LEFT JOIN links l ON l.hash = g.link AND l.used_at IS NULL AND l.expires > ?"
)


def places(db: sqlite3.Connection, now: int, inviter: int | None = None) -> list[Guest]:
    """Places given by a member, or by all, newest first."""
    where, values = (" WHERE g.inviter = ?", (now, inviter)) if inviter is not None else ("", (now,))
    rows = db.execute(f"{_PLACES}{where} ORDER BY g.made DESC, g.link", values).fetchall()
    return [
        Guest(link, who, name, made, accounts.by_id(db, account) if account else None, ended, bool(is_open))
        for link, who, name, made, account, ended, is_open in rows
    ]


def invite(tx: Tx, account: int, secret: bytes, name: str) -> None:
    """A place for a guest. Refused ``guests-off``, ``guests-guest``, ``guests-month``."""
    if not welcome(tx.db):
        raise Refused("guests-off")
    if is_guest(tx.db, account):
        raise Refused("guests-guest")
    if not left(tx.db, account, tx.now):
        raise Refused("guests-month", most=MONTHLY)
    accounts.add_link(tx, secret, "member-invite", expires=tx.now + LINK_MS)
    tx.db.execute(
        "INSERT INTO guests (link, inviter, name, made) VALUES (?, ?, ?, ?)", (secret, account, name, tx.now)
    )


def joined(tx: Tx, link: bytes, account: int) -> None:
    """An account was made by this link: if it was a guest's, the place is hers."""
    tx.db.execute("UPDATE guests SET account = ? WHERE link = ?", (account, link))


def of_link(db: sqlite3.Connection, link: bytes) -> str | None:
    """Who invites the guest this link is for; None when it is no guest's."""
    query = "SELECT a.name FROM guests g JOIN accounts a ON a.id = g.inviter WHERE g.link = ?"
    row = db.execute(query, (link,)).fetchone()
    return str(row[0]) if row else None


def end(tx: Tx, link: bytes, inviter: int | None = None) -> None:
    """End a place: an unused link opens no more, an account is shut out; what it published stays.

    A member ends only what she gave and nobody has used (``inviter``); a steward ends any. Others change nothing.
    """
    found = next((one for one in places(tx.db, tx.now, inviter) if one.link == link), None)
    if found is None or found.ended is not None or (inviter is not None and found.account is not None):
        return
    if found.account is not None:
        accounts.set_disabled(tx, found.account.id, True)
    tx.db.execute("DELETE FROM links WHERE hash = ?", (link,))
    tx.db.execute("UPDATE guests SET ended = ? WHERE link = ?", (tx.now, link))


# Requests

_REQUEST: Final = "SELECT hash, asked, about, name, organisation, words, made, answer FROM guest_requests"


def ask(tx: Tx, secret: bytes, asked: int, about: str, *, name: str, organisation: str, words: str) -> None:
    """Ask a member for a place. Refused ``guests-off``, ``guest-asked-enough``."""
    tidy(tx)
    if not welcome(tx.db):
        raise Refused("guests-off")
    counted = tx.db.execute(
        "SELECT count(*), coalesce(sum(asked = ?), 0) FROM guest_requests WHERE answer IS NULL", (asked,)
    ).fetchone()
    everything = tx.db.execute("SELECT count(*) FROM guest_requests").fetchone()[0]
    if everything >= MAX_REQUESTS or counted[1] >= MAX_ASKED:
        raise Refused("guest-asked-enough")
    tx.db.execute(
        "INSERT INTO guest_requests (hash, asked, about, name, organisation, words, made) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (secret, asked, about, name, organisation, words, tx.now),
    )


def request(db: sqlite3.Connection, secret: bytes, now: int) -> Request | None:
    """A request that is not too old."""
    row = db.execute(f"{_REQUEST} WHERE hash = ? AND made > ?", (secret, now - REQUEST_MS)).fetchone()
    return Request(*row) if row else None


def requests(db: sqlite3.Connection, account: int, now: int) -> list[Request]:
    """Who waits for this member's answer, the longest first."""
    rows = db.execute(
        f"{_REQUEST} WHERE asked = ? AND answer IS NULL AND made > ? ORDER BY made, hash",
        (account, now - REQUEST_MS),
    )
    return [Request(*row) for row in rows]


def answer(tx: Tx, account: int, secret: bytes, yes: bool) -> None:
    """Give a place to who asked, or not: her address becomes her link. Refused ``guest-gone`` and as ``invite``."""
    found = request(tx.db, secret, tx.now)
    if found is None or found.asked != account or found.answer is not None:
        raise Refused("guest-gone")
    if yes:
        invite(tx, account, secret, found.name)
    tx.db.execute("UPDATE guest_requests SET answer = ? WHERE hash = ?", ("yes" if yes else "no", secret))


def tidy(tx: Tx) -> None:
    """Throw away requests that are too old, and what they say."""
    tx.db.execute("DELETE FROM guest_requests WHERE made <= ?", (tx.now - REQUEST_MS,))
