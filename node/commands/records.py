"""Publishing from the shell, and receipts.

Law: the same publishing door as the members' pages; nothing here knows a rule. Source: OPERATIONS ``publish``.
"""

from __future__ import annotations

import secrets
from typing import Any

from node.commands.members import find
from node.house import House
from protocol.errors import Malformed, Refused
from protocol.ids import parse_entry
from protocol.limits import SALT
from store import publishing, receipts
from store.database import Tx


def publish(house: House, member: str, content: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Publish a record as a member: ``{id, type}`` once it is signed and durable."""
    salt = secrets.token_bytes(SALT)

    def change(tx: Tx) -> dict[str, Any]:
        account = find(tx.db, member)
        if account.disabled:
            raise Refused("member-disabled", field="member", member=member)
        author = publishing.Author(account.id, account.member, account.role)
        made = publishing.publish(tx, house.own, author, content, salt=salt, idempotency_key=key)
        return {"id": str(made.id), "type": made.type}

    return house.store.database.write(change).result()


def receipt(house: House, entry: str) -> dict[str, Any]:
    """The receipt of an entry: ``{receipt}``, a text anyone can verify offline."""
    try:
        found = parse_entry(entry)
    except Malformed as error:
        raise Refused("entry-id", field="entry") from error
    return {"receipt": house.store.database.read(lambda db: receipts.receipt(db, found)).result()}
