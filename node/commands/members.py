"""Accounts of this node: inviting, listing, roles, and the ways scripts get a member and a token.

Law: whoever can run these commands runs the node. A secret is shown once and kept as its hash. Source: OPERATIONS.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from node.gate import is_loopback
from node.house import House
from node.logs import event
from protocol.errors import Refused
from protocol.limits import SALT
from protocol.roles import DESK
from protocol.scopes import ADMIN, DAYS, DAYS_MOST, SCOPES, USUAL
from store import account_steps, accounts, passkeys, publishing, tokens
from store.accounts import Account
from store.database import Tx
from store.publishing import Published, Queued
from web.accounts import new_secret

_log: Final = logging.getLogger(__name__)
DAY_MS: Final = 24 * 3600 * 1000
LINK_DAYS: Final = 14  # an invitation lasts over a holiday, not over a year
SIGN_IN_DAYS: Final = 1  # a forgotten password is a matter of today
LINKS: Final = {"member": "member-invite", "steward": "member-invite", "operator": "operator-sign-in"}


def reaches_others(url: str) -> bool:
    """Whether a link made from this address works on another machine."""
    host = urlsplit(url).hostname or ""
    return host != "localhost" and not is_loopback(host)


def invite(house: House, role: str = "member", member: str | None = None) -> dict[str, Any]:
    """A one-time link that makes an account, or signs ``member`` in: ``{link, expires, reaches_others}``."""
    secret = new_secret()

    def make(tx: Tx) -> int:
        known = find(tx.db, member) if member is not None else None
        expires = tx.now + (LINK_DAYS if known is None else SIGN_IN_DAYS) * DAY_MS
        kind, to = (LINKS[role], role) if known is None else ("account-sign-in", known.role)
        accounts.add_link(
            tx, secret.hash, kind, expires=expires, role=to, account=known.id if known else None
        )
        if known is not None:
            _note(tx, known, account_steps.LINK_MADE)
        return expires

    expires = house.store.database.write(make).result()
    link = f"{house.url}/join/{secret.text}"
    return {"link": link, "expires": expires, "reaches_others": reaches_others(house.url)}


def _shown(account: Account) -> dict[str, Any]:
    return {
        "id": account.member,
        "name": account.name,
        "role": account.role,
        "language": account.language,
        "disabled": account.disabled,
        "created": account.created,
    }


def listing(house: House) -> list[dict[str, Any]]:
    """Every account: ``id`` is that of the member's card, None before it is published."""
    return [_shown(account) for account in house.store.database.read(accounts.everyone).result()]


def find(db: sqlite3.Connection, member: str) -> Account:
    """The account of a member id or a sign-in name. Refused ``member-unknown``."""
    account = accounts.by_member(db, member) or accounts.by_name(db, member)
    if account is None:
        raise Refused("member-unknown", field="member", member=member)
    return account


def role(house: House, member: str, role: str) -> dict[str, Any]:
    """Change what an account may do here."""

    def change(tx: Tx) -> dict[str, Any]:
        account = find(tx.db, member)
        accounts.set_role(tx, account.id, role)
        if role != account.role:
            _note(tx, account, account_steps.ROLE, role)
        return _shown(account._replace(role=role))

    return house.store.database.write(change).result()


def disable(house: House, member: str, undo: bool = False) -> dict[str, Any]:
    """Shut an account out, or let it in again; its records stay."""

    def change(tx: Tx) -> dict[str, Any]:
        account = find(tx.db, member)
        accounts.set_disabled(tx, account.id, not undo)
        _note(tx, account, account_steps.LET_IN if undo else account_steps.SHUT_OUT)
        return _shown(account._replace(disabled=not undo))

    return house.store.database.write(change).result()


def reset(house: House, member: str) -> dict[str, Any]:
    """End every way in of an account and make one link that signs it in: as ``invite``."""

    def end(tx: Tx) -> None:
        account = find(tx.db, member)
        accounts.end_ways_in(tx, account.id)
        passkeys.remove_all(tx, account.id)
        _note(tx, account, account_steps.RESET)

    house.store.database.write(end).result()
    return invite(house, member=member)


def add(
    house: House, name: str, role: str = "member", lang: str = "en", was: str | None = None
) -> dict[str, Any]:
    """An account whose card is published at once, for scripts: ``{id, type}``, the member id; or as ``publish``.

    ``was`` is the card she had at the node she comes from.
    """
    salt = secrets.token_bytes(SALT)

    def make(tx: Tx) -> tuple[Published | Queued, int]:
        account = accounts.add(tx, name, language=lang, role=role)
        author = publishing.Author(account.id, None, role)
        card = {"type": "member.introduce", "name": name, "languages": [lang]} | ({"was": was} if was else {})
        return publishing.publish(tx, house.own, author, card, salt=salt), account.id

    return told(house, *house.store.database.write(make).result())


def told(house: House, made: Published | Queued, account: int | None) -> dict[str, Any]:
    """A record that was made, as commands tell of it: ``{id, type}``, or ``{queued, type}`` while it waits.

    A running node is given a few seconds to sign what waits.
    """
    if isinstance(made, Queued) and house.live is not None:
        made = house.live.outcome(made, account)
    return {"queued" if isinstance(made, Queued) else "id": str(made.id), "type": made.type}


def token(
    house: House, member: str, label: str = "shell", scopes: Sequence[str] = USUAL, days: int = DAYS
) -> dict[str, Any]:
    """A bearer token that speaks for a member: ``{token, scopes, expires}``, shown this once.

    ``scopes`` are of ``protocol.scopes``; ``days`` is how long it lasts. Refused ``scope-unknown``, ``days-wrong``,
    ``scope-beyond-role`` for ``admin`` to who does not work at the desk.
    """
    secret = new_secret()
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise Refused("scope-unknown", field="scope", known=", ".join(SCOPES))
    if not 1 <= days <= DAYS_MOST:
        raise Refused("days-wrong", field="days", most=DAYS_MOST)

    def make(tx: Tx) -> dict[str, Any]:
        account = find(tx.db, member)
        if ADMIN in scopes and account.role not in DESK:
            raise Refused("scope-beyond-role", field="scope", member=member)
        expires = tokens.add(tx, account.id, secret.hash, label, scopes=scopes, days=days)
        _note(tx, account, account_steps.TOKEN_MADE, label)
        return {"token": secret.text, "scopes": list(scopes), "expires": expires}

    return house.store.database.write(make).result()


def _note(tx: Tx, account: Account, what: str, detail: str = "") -> None:
    """A line its member reads, and one in the log of the node: who can run these commands is nobody by name."""
    account_steps.note(tx, account.id, what, actor=None, detail=detail)
    event(_log, logging.WARNING, "account-step", what=what, account=account.id, actor="shell")
