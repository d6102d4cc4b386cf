"""Members: the directory and the page of one.

Law: a member's page shows what she did under her name and in public; nothing counts her. Source: DOMAIN R15, section 3.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from protocol.records import plain
from store.views import artifacts, offers, pitches
from store.views.ground import said
from store.views.held import held_by
from store.views.listing import Query, decode, encode, limited
from store.views.member_rows import MemberRow, cards
from store.views.people import Names
from store.views.pledge_items import LAST, item, known, query_of, rows_of
from store.views.shapes import (
    ArtifactFilters,
    Member,
    MemberFilters,
    MemberItem,
    Page,
    PitchFilters,
    PledgeFilters,
    PledgeItem,
    Viewer,
)

NEWEST: Final = 20
"""Pitches, pledges and artifacts on a member's page."""
_COLUMNS: Final = ", ".join(MemberRow._fields)
_FROM: Final = f"SELECT {_COLUMNS} FROM members AS listed WHERE "  # noqa: S608
_ORDER: Final = " AND (sort, id) > (:sort, :id) ORDER BY sort, id LIMIT :limit"


def listing(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: MemberFilters,
    *,
    now: int,  # every listing takes it
    cursor: str | None = None,
    limit: int = 25,
) -> Page[MemberItem]:
    """Members by name. Refused("cursor") for a cursor that is not ours."""
    query, size = _query(db, filters), limited(limit)
    sort, id_ = decode(cursor, str, str) if cursor else ("", "")
    values = query.values | {"sort": sort, "id": id_, "limit": size + 1}
    rows = [MemberRow(*row) for row in db.execute(f"{_FROM}{query}{_ORDER}", values)]
    shown = rows[:size]
    onward = encode(shown[-1].sort, shown[-1].id) if len(rows) > size else None
    return Page(items(db, Names(db, viewer), shown), onward)


def _query(db: sqlite3.Connection, filters: MemberFilters) -> Query:
    query = Query(db)
    query.facet("member.offers", filters.offers)
    query.facet("member.topic", filters.topic)
    query.facet("member.lang", filters.lang and filters.lang.partition("-")[0].lower())
    query.facet("member.jurisdiction", filters.jurisdiction)
    query.equal("node", filters.node)
    query.words(filters.q, "member")
    query.where("retired = 0 AND id NOT IN (SELECT member FROM moves)")
    return query


def items(db: sqlite3.Connection, names: Names, rows: Sequence[MemberRow]) -> list[MemberItem]:
    """Rows as list items, in the order given."""
    shown = cards(db, rows)
    records = said(db, [row.key for row in rows])
    return [
        {
            "id": row.id,
            "name": row.name,
            "organisation": shown[row.id].organisation,
            "jurisdiction": shown[row.id].jurisdiction,
            "languages": list(shown[row.id].languages or ()),
            "offers": [plain(offer) for offer in shown[row.id].offers or ()],
            "node": row.node,
            "node_name": names.node(row.node),
            "you": row.id == names.viewer.member,
            "time": records[row.key].at,
        }
        for row in rows
    ]


_BY_ID: Final = f"SELECT {_COLUMNS} FROM members WHERE id = ?"  # noqa: S608


def one(db: sqlite3.Connection, viewer: Viewer, member: str, *, now: int) -> Member | None:
    """A member with her page; None if her card is not here."""
    found = db.execute(_BY_ID, (member,)).fetchone()
    if found is None:
        return None
    row, names = MemberRow(*found), Names(db, viewer)
    published = artifacts.listing(db, viewer, ArtifactFilters(member=member), now=now, limit=NEWEST)
    return {
        **items(db, names, [row])[0],
        "pitches": pitches.newest(db, viewer, PitchFilters(member=member), now=now, limit=NEWEST),
        "pledges": _pledges(db, names, member, now),
        "artifacts": published.items,
        "standing": offers.items(db, names, offers.standing(db, viewer, member, now, NEWEST), now),
        "was": row.was if row.was and names.people.same(row.was, row.id) else None,
        "now": heir if (heir := names.people.heir(row.id)) != row.id else None,
        "retired": bool(row.retired),
        "held_by": held_by(db, names, row.key, row.node, restricted=bool(row.restricted)),
    }


def _pledges(db: sqlite3.Connection, names: Names, member: str, now: int) -> list[PledgeItem]:
    """Her pledges everybody sees, newest first: hers to see or not, a private one is not shown here."""
    query = query_of(db, names.viewer, PledgeFilters())
    query.where("restricted = 0 AND giver = :giver", giver=member)
    rows = rows_of(db, query, {"at": LAST[0], "id": LAST[1], "limit": NEWEST})
    return [item(names, one_, now) for one_ in known(db, rows)]
