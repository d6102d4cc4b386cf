"""Pledges: lists and pages.

Law: whoever asks gets the pledges she may see; the filters only narrow. Source: WEB "HTTP API", DOMAIN R12.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from store.views.listing import decode, encode, limited
from store.views.people import Names
from store.views.pledge_items import LAST, item, known, query_of, rows_of
from store.views.pledge_page import one
from store.views.shapes import Page, PledgeFilters, PledgeItem, Viewer

__all__ = ["listing", "one"]

_ROUNDS: Final = 20  # pages of rows looked at for one page of a state


def listing(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: PledgeFilters,
    *,
    now: int,
    cursor: str | None = None,
    limit: int = 25,
) -> Page[PledgeItem]:
    """Pledges the viewer may see, newest first. Refused("cursor") for a cursor that is not ours.

    A state the clock makes is asked of a bounded number of rows a page, so a page may be short and still have a next.
    """
    names, size = Names(db, viewer), limited(limit)
    query = query_of(db, viewer, filters)
    at, id_ = decode(cursor, int, str) if cursor else LAST
    found: list[PledgeItem] = []
    for _ in range(_ROUNDS):
        rows = rows_of(db, query, {"at": at, "id": id_, "limit": size + 1})
        for pledge in known(db, rows[:size]):
            at, id_ = pledge.row.at, pledge.row.id
            if filters.state in (None, pledge.at(now)):
                found.append(item(names, pledge, now))
            if len(found) == size:
                break
        if len(found) == size or len(rows) <= size:
            break
    more = rows_of(db, query, {"at": at, "id": id_, "limit": 1})
    return Page(found, encode(at, id_) if more else None)
