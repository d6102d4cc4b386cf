"""Entries, their receipts, what came in, and the digest of what is shown.

Law: an entry's header is public to members, its content only to those it is between; a receipt carries the content, so
it goes only to them. Source: WEB "HTTP API", PROTOCOL section 3.
"""

from __future__ import annotations

import sqlite3
from typing import Final, TypedDict

from aiohttp import web

from protocol.errors import Malformed, Refused
from protocol.ids import EntryId, parse_entry, parse_int
from store import journal, receipts
from store.reading import read_entry
from store.rows import entry_of
from store.views.access import may_read
from store.views.entries import EntryAnswer, entry_answer
from store.views.shapes import Viewer
from web.api.answers import answer
from web.api.queries import ChangesQuery, parse
from web.context import Context

LOOKED_AT: Final = 1_000  # entries one answer passes over in search of those the caller may read


class Change(EntryAnswer):
    """An entry that became readable here; ``cursor`` continues after it."""

    cursor: str


class Changes(TypedDict):
    """``next`` continues after what the answer tells; ``more`` tells that there is more to ask for.

    What the caller may not read moves neither, but for each ``LOOKED_AT`` of it that stand in a row.
    """

    items: list[Change]
    next: str
    more: bool


class StateHash(TypedDict):
    """SHA-256 over what unrestricted records say: equal on nodes that hold the same ones."""

    state_hash: str


async def entry(context: Context) -> web.Response:
    """Header fields and content of an entry, or why there is none."""
    wanted = parse_entry(context.id())
    found = await context.read(entry_answer, context.viewer, wanted)
    if found is None:
        raise Refused("not-here")
    return answer(context, found)


async def receipt(context: Context) -> web.Response:
    """The receipt of an entry: tlog-proof text that verifies offline."""
    wanted = parse_entry(context.id())
    text = await context.read(receipt_for, context.viewer, wanted)
    if text is None:
        raise Refused("not-here")
    return web.Response(
        text=text,
        content_type="text/plain",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{wanted}.receipt.txt"'},
    )


def receipt_for(db: sqlite3.Connection, viewer: Viewer, wanted: EntryId) -> str | None:
    """The receipt; None when the entry is not here, not for this viewer, or under no signed head yet."""
    found = read_entry(db, wanted)
    if found is None or not may_read(db, viewer, found):
        return None
    return receipts.receipt(db, wanted)


async def state_hash(context: Context) -> web.Response:
    """The digest of the shared columns of all views."""
    return answer(context, StateHash(state_hash=await context.site.digest.get()))


async def changes(context: Context) -> web.Response:
    """Entries in the order in which they became readable here, for integrations."""
    query = parse(ChangesQuery, context.query)
    try:
        after = parse_int(query.cursor) if query.cursor else 0
    except Malformed:
        raise Refused("cursor", field="cursor") from None
    return answer(context, await context.read(_changes, context.viewer, after, query.limit))


def _changes(db: sqlite3.Connection, viewer: Viewer, after: int, limit: int) -> Changes:
    came = journal.arrivals(db, after, LOOKED_AT)
    items: list[Change] = []
    for arrival in came:
        found = entry_answer(db, viewer, entry_of(db, arrival.key))
        if found is None or found["state"] != "here":
            continue
        if len(items) == limit:
            return Changes(items=items, next=items[-1]["cursor"], more=True)
        items.append(Change(**found, cursor=str(arrival.seq)))
    if len(came) == LOOKED_AT:
        return Changes(items=items, next=str(came[-1].seq), more=True)
    return Changes(items=items, next=items[-1]["cursor"] if items else str(after), more=False)
