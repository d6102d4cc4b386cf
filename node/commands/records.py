"""Publishing from the shell, receipts, and what a member takes with her.

Law: the same doors as the members' pages; nothing here knows a rule. What is done in a member's name leaves a line that
the member reads. Source: OPERATIONS ``publish``.
"""

from __future__ import annotations

import base64
import secrets
import sqlite3
from collections.abc import Sequence
from typing import Any

from node.commands.members import find, told
from node.house import House
from protocol.errors import Malformed, Refused
from protocol.ids import parse_entry
from protocol.limits import SALT
from protocol.records import Problem
from store import account_steps, export, importing, publishing, receipts
from store.database import Tx
from store.publishing import Published, Queued
from store.views.shapes import Viewer


def publish(house: House, member: str, content: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Publish a record as a member: ``{id, type}`` once it is signed and durable, ``{queued, type}`` while it waits."""
    salt = secrets.token_bytes(SALT)

    def change(tx: Tx) -> tuple[Published | Queued, int]:
        account = find(tx.db, member)
        if account.disabled:
            raise Refused("member-disabled", field="member", member=member)
        author = publishing.Author(account.id, account.member, account.role)
        made = publishing.publish(tx, house.own, author, content, salt=salt, idempotency_key=key)
        account_steps.note_often(tx, account.id, account_steps.PUBLISHED)
        return made, account.id

    return told(house, *house.store.database.write(change).result())


def export_page(house: House, member: str, place: list[int] | None = None) -> dict[str, Any]:
    """Lines of what a member may take along: ``{lines, place}``; ask on with ``place`` until it is None.

    The member reads that it was taken.
    """
    if place is None:
        house.store.database.write(
            lambda tx: account_steps.note_often(tx, find(tx.db, member).id, account_steps.EXPORTED)
        ).result()

    def read(db: sqlite3.Connection) -> dict[str, Any]:
        account = find(db, member)
        viewer = Viewer(account.id, account.member, house.node, account.role)
        start = export.START if place is None else export.Place(*place)
        lines, onward = export.page(db, viewer, start, now=house.clock.ms())
        return {"lines": lines, "place": onward}

    return house.store.database.read(read).result()


def bring_in(house: House, member: str, data: str, keep_good: bool = False) -> dict[str, Any]:
    """Make drafts of a member of the rows of a file, ``data`` in base64: ``{kept, refused, warnings}``."""
    file = base64.b64decode(data)

    def change(tx: Tx) -> dict[str, Any]:
        account = find(tx.db, member).id
        kept = importing.bring_in(tx, account, file, keep_good=keep_good)
        if kept.drafts:
            account_steps.note_often(tx, account, account_steps.DRAFTED)
        told = {"refused": _told(kept.faults), "warnings": _told(kept.warnings)}
        return {"kept": len(kept.drafts), **told}

    return house.store.database.write(change).result()


def _told(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [{"field": one.field, "code": one.code, "params": dict(one.params)} for one in problems]


def receipt(house: House, entry: str) -> dict[str, Any]:
    """The receipt of an entry: ``{receipt}``, a text anyone can verify offline."""
    try:
        found = parse_entry(entry)
    except Malformed as error:
        raise Refused("entry-id", field="entry") from error
    return {"receipt": house.store.database.read(lambda db: receipts.receipt(db, found)).result()}
