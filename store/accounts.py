"""Members' sign-in: accounts, sessions, tokens, one-time links.

Law: rows and queries only. Secrets come in as SHA-256 and never leave; passwords come in hashed. Nothing here is ever
gossiped. A disabled account answers to nothing. Times are POSIX milliseconds.
Source: ARCHITECTURE "Where state lives", WEB "Pages", OPERATIONS ``member`` and ``token``.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final, NamedTuple

from protocol.errors import Refused
from store.database import Tx

MAX_SESSIONS: Final = 20  # browsers of one member; the one unseen longest goes
WAYS_IN: Final = "ways-in"  # topic: a session or token ended
PAGE: Final = 25  # accounts of one page
IDEMPOTENCY_MS: Final = 7 * 24 * 3600 * 1000  # who retries later than a week has lost the answer for good

_ACCOUNT: Final = (
    "a.id, a.name, a.language, a.role, a.member, "
    "a.password_hash IS NOT NULL, a.disabled, a.created, a.home_seen"
)


class Account(NamedTuple):
    """Somebody who may sign in. ``member`` is the id of her card, None until she publishes it."""

    id: int
    name: str
    language: str
    role: str
    member: str | None
    has_password: bool
    disabled: bool
    created: int
    home_seen: int


class Session(NamedTuple):
    """A browser that is signed in; ``way`` is how it was: password, passkey or link, empty when that is not known.

    ``proved`` is when its member last proved who it is, beside signing in; 0: not yet.
    """

    hash: bytes
    created: int
    expires: int
    last_seen: int
    agent: str
    way: str
    proved: int


class Link(NamedTuple):
    """A one-time link: what it opens, the role of an account made by it, the account it signs in (None: makes one)."""

    kind: str
    role: str
    account: Account | None
    expires: int


def _account(row: tuple[Any, ...]) -> Account:
    number, name, language, role, member, has_password, disabled, created, home_seen = row[:9]
    return Account(
        number, name, language, role, member, bool(has_password), bool(disabled), created, home_seen
    )


# Accounts


def _one(db: sqlite3.Connection, where: str, value: object) -> Account | None:
    row = db.execute(f"SELECT {_ACCOUNT} FROM accounts a WHERE {where} = ?", (value,)).fetchone()  # noqa: S608
    return _account(row) if row else None


def by_id(db: sqlite3.Connection, account: int) -> Account | None:
    """The account of this number."""
    return _one(db, "a.id", account)


def by_name(db: sqlite3.Connection, name: str) -> Account | None:
    """The account that signs in with this name, whatever its capitals."""
    return _one(db, "a.name", name)


def by_member(db: sqlite3.Connection, member: str) -> Account | None:
    """The account behind a card."""
    return _one(db, "a.member", member)


def everyone(db: sqlite3.Connection) -> list[Account]:
    """All accounts by name."""
    return [_account(row) for row in db.execute(f"SELECT {_ACCOUNT} FROM accounts a ORDER BY a.name")]  # noqa: S608


def page(db: sqlite3.Connection, after: int | None = None) -> tuple[list[Account], int | None]:
    """Accounts by name, PAGE of them after the one of this number; and after whom to go on, None at the end."""
    query = (
        f"SELECT {_ACCOUNT} FROM accounts a WHERE a.name > "  # noqa: S608 - a constant of this module
        "coalesce((SELECT name FROM accounts WHERE id = ?), '') ORDER BY a.name LIMIT ?"
    )
    found = [_account(row) for row in db.execute(query, (after, PAGE + 1))]
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def password_of(db: sqlite3.Connection, name: str) -> tuple[Account, str] | None:
    """Account and encoded password of who may sign in with this name; None for anybody else."""
    query = f"SELECT {_ACCOUNT}, a.password_hash FROM accounts a WHERE a.name = ? AND NOT a.disabled"  # noqa: S608
    row = db.execute(query, (name,)).fetchone()
    return (_account(row), row[9]) if row and row[9] is not None else None


def add(
    tx: Tx, name: str, *, language: str, role: str = "member", password_hash: str | None = None
) -> Account:
    """A new account. Refused ``name-taken`` when somebody signs in with that name."""
    if by_name(tx.db, name) is not None:
        raise Refused("name-taken", field="name")
    made = tx.db.execute(
        "INSERT INTO accounts (name, language, role, password_hash, disabled, created, home_seen)"
        " VALUES (?, ?, ?, ?, 0, ?, 0)",
        (name, language, role, password_hash, tx.now),
    )
    return Account(
        made.lastrowid or 0, name, language, role, None, password_hash is not None, False, tx.now, 0
    )


def set_language(tx: Tx, account: int, language: str) -> None:
    """Language of the pages shown to this account."""
    tx.db.execute("UPDATE accounts SET language = ? WHERE id = ?", (language, account))


def set_password(tx: Tx, account: int, password_hash: str | None, *, keep: bytes | None = None) -> None:
    """A new password (None: none); every session but ``keep`` ends."""
    tx.db.execute("UPDATE accounts SET password_hash = ? WHERE id = ?", (password_hash, account))
    end_sessions(tx, account, keep=keep)


def set_role(tx: Tx, account: int, role: str) -> None:
    """What the account may do here. Refused ``last-operator`` when nobody would be left to run the node."""
    if role != "operator":
        _keep_an_operator(tx, account)
    tx.db.execute("UPDATE accounts SET role = ? WHERE id = ?", (role, account))


def set_disabled(tx: Tx, account: int, disabled: bool) -> None:
    """Shut an account out, or let it in again. Its sessions, tokens and links end. Refused ``last-operator``."""
    if disabled:
        _keep_an_operator(tx, account)
        end_sessions(tx, account)
        tx.db.execute("DELETE FROM tokens WHERE account = ?", (account,))
        tx.db.execute("DELETE FROM links WHERE account = ?", (account,))
    tx.db.execute("UPDATE accounts SET disabled = ? WHERE id = ?", (int(disabled), account))


def end_ways_in(tx: Tx, account: int) -> None:
    """No password, session, token or link opens this account any more."""
    set_password(tx, account, None)
    tx.db.execute("DELETE FROM tokens WHERE account = ?", (account,))
    tx.db.execute("DELETE FROM links WHERE account = ?", (account,))


def set_member(tx: Tx, account: int, member: str) -> None:
    """The card this account published."""
    tx.db.execute("UPDATE accounts SET member = ? WHERE id = ?", (member, account))


def seen_home(tx: Tx, account: int) -> None:
    """The home page was read up to now."""
    tx.db.execute("UPDATE accounts SET home_seen = ? WHERE id = ?", (tx.now, account))


def _keep_an_operator(tx: Tx, account: int) -> None:
    query = "SELECT group_concat(id) FROM accounts WHERE role = 'operator' AND NOT disabled"
    if tx.db.execute(query).fetchone()[0] == str(account):
        raise Refused("last-operator")


# Sessions


def by_session(db: sqlite3.Connection, secret: bytes, now: int) -> tuple[Account, int] | None:
    """Who holds this session, and when it was last seen."""
    row = db.execute(
        f"SELECT {_ACCOUNT}, s.last_seen FROM sessions s JOIN accounts a ON a.id = s.account"  # noqa: S608
        " WHERE s.hash = ? AND s.expires > ? AND NOT a.disabled",
        (secret, now),
    ).fetchone()
    return (_account(row), row[9]) if row else None


def begin_session(tx: Tx, account: int, secret: bytes, *, expires: int, agent: str, way: str = "") -> None:
    """A browser signs in; past the most, the session unseen longest ends."""
    tx.db.execute(
        "INSERT INTO sessions (hash, account, created, expires, last_seen, agent, way) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (secret, account, tx.now, expires, tx.now, agent, way),
    )
    tx.db.execute(
        "DELETE FROM sessions WHERE account = ?1 AND (expires <= ?2 OR hash NOT IN"
        " (SELECT hash FROM sessions WHERE account = ?1 ORDER BY last_seen DESC, created DESC LIMIT ?3))",
        (account, tx.now, MAX_SESSIONS),
    )


def seen_session(tx: Tx, secret: bytes, *, expires: int) -> None:
    """The session is in use: note it and let it last until ``expires``."""
    tx.db.execute("UPDATE sessions SET last_seen = ?, expires = ? WHERE hash = ?", (tx.now, expires, secret))


def prove_session(tx: Tx, secret: bytes) -> None:
    """The member behind this session has just proved who it is."""
    tx.db.execute("UPDATE sessions SET proved = ? WHERE hash = ?", (tx.now, secret))


def end_session(tx: Tx, secret: bytes) -> None:
    """Sign one browser out."""
    tx.topics.add(WAYS_IN)
    tx.db.execute("DELETE FROM sessions WHERE hash = ?", (secret,))


def end_sessions(tx: Tx, account: int, *, keep: bytes | None = None) -> None:
    """Sign every browser of an account out but ``keep``."""
    tx.topics.add(WAYS_IN)
    tx.db.execute("DELETE FROM sessions WHERE account = ? AND hash IS NOT ?", (account, keep))


def sessions(db: sqlite3.Connection, account: int, now: int) -> list[Session]:
    """Browsers signed in, the one seen last first."""
    rows = db.execute(
        "SELECT hash, created, expires, last_seen, agent, way, proved FROM sessions WHERE account = ? AND expires > ?"
        " ORDER BY last_seen DESC, created DESC",
        (account, now),
    )
    return [Session(*row) for row in rows]


# One-time links


def add_link(
    tx: Tx, secret: bytes, kind: str, *, expires: int, role: str = "member", account: int | None = None
) -> None:
    """A link that opens once: ``member-invite``, ``operator-sign-in`` or ``account-sign-in``."""
    tx.db.execute(
        "INSERT INTO links (hash, kind, role, account, created, expires) VALUES (?, ?, ?, ?, ?, ?)",
        (secret, kind, role, account, tx.now, expires),
    )


def link(db: sqlite3.Connection, secret: bytes, now: int) -> Link | None:
    """What an open link is for; None when it is unknown, used or too old, or its account is disabled."""
    row = db.execute(
        "SELECT kind, role, account, expires FROM links WHERE hash = ? AND used_at IS NULL AND expires > ?",
        (secret, now),
    ).fetchone()
    if row is None:
        return None
    account = by_id(db, row[2]) if row[2] is not None else None
    return None if account is not None and account.disabled else Link(row[0], row[1], account, row[3])


def spend_link(tx: Tx, secret: bytes) -> Link:
    """Use a link up, in the transaction of what it is used for. Refused ``link-spent`` when it is not open."""
    found = link(tx.db, secret, tx.now)
    if found is None:
        raise Refused("link-spent")
    tx.db.execute("UPDATE links SET used_at = ? WHERE hash = ?", (tx.now, secret))
    return found


def tidy(tx: Tx) -> None:
    """Throw away what has run out: sessions, links, idempotency keys."""
    tx.db.execute("DELETE FROM sessions WHERE expires <= ?", (tx.now,))
    tx.db.execute("DELETE FROM links WHERE expires <= ?", (tx.now,))
    tx.db.execute("DELETE FROM idempotency WHERE created <= ?", (tx.now - IDEMPOTENCY_MS,))
