"""Standing offers: what a member gives to whoever needs it.

Law: an offer stands until the day it names, else half a year after it was made, unless its giver closes it; nothing
has to happen for it to lapse (R16). A pledge may name the offer it comes of. Source: DOMAIN section 3, R16.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, Literal

from protocol.records.pledges import OfferStand
from protocol.rules.moments import DAY, lasts_until
from protocol.rules.obligations import STANDING_DAYS
from store.views import object_rows, pledge_items
from store.views.ground import as_a, said
from store.views.held import audience_of, held_by
from store.views.listing import Query
from store.views.object_rows import ObjectRow, find, newest, query_of
from store.views.objects import Area
from store.views.people import Names, original
from store.views.shapes import Offer, OfferFilters, OfferItem, Page, PledgeFilters, PledgeItem, Viewer
from store.views.texts import texts_in
from store.views.timeline import steps_of_type

MAX_PLEDGES: Final = 50
"""Pledges that came of one offer shown on its page, the newest."""


def facets(record: OfferStand) -> set[tuple[str, str]]:
    """What offers are filtered by; a jurisdiction is found by its country too."""
    place = record.jurisdiction
    return {
        ("offer.kind", record.kind),
        *(("offer.topic", topic) for topic in record.topics or ()),
        *(("offer.lang", tag.partition("-")[0].lower()) for tag in record.languages or record.text),
        *(("offer.jurisdiction", code) for code in ((place, place[:2]) if place else ())),
    }


AREA: Final = Area(
    name="offer",
    topic="offers",
    opens="offer.stand",
    ends="offer.close",
    due=lambda record: lasts_until(record.until) if record.until else None,
    lasts=STANDING_DAYS * DAY,
    facets=facets,
    texts=lambda record: (list(record.text.items()), texts_in((record.topics,))),
)


def listing(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: OfferFilters,
    *,
    now: int,
    cursor: str | None = None,
    limit: int = 25,
) -> Page[OfferItem]:
    """Standing offers, newest first. Refused("cursor") for a cursor that is not ours."""
    rows, onward = newest(db, _query(db, viewer, filters, now), cursor, limit)
    return Page(items(db, Names(db, viewer), rows, now), onward)


def _query(db: sqlite3.Connection, viewer: Viewer, filters: OfferFilters, now: int) -> Query:
    query = query_of(db, viewer, "offer")
    query.facet("offer.kind", filters.kind)
    query.facet("offer.topic", filters.topic)
    query.facet("offer.jurisdiction", filters.jurisdiction)
    query.facet("offer.lang", filters.lang and filters.lang.partition("-")[0].lower())
    query.equal("node", filters.node)
    query.equal("owner", filters.member)
    if filters.mine:
        query.where("owner = :mine", mine=viewer.member)
    if filters.open is not None:
        stands = "ended IS NULL AND due > :now"
        query.where(stands if filters.open else f"NOT ({stands})", now=now)
    query.words(filters.q, "offer")
    return query


def standing(db: sqlite3.Connection, viewer: Viewer, member: str, now: int, limit: int) -> list[ObjectRow]:
    """A member's offers that stand now, newest first."""
    return newest(db, _query(db, viewer, OfferFilters(member=member, open=True), now), None, limit)[0]


def items(db: sqlite3.Connection, names: Names, rows: Sequence[ObjectRow], now: int) -> list[OfferItem]:
    """Rows as list items, in the order given."""
    first, records = said(db, [row.key for row in rows]), object_rows.records(db, rows)
    return [_item(names, row, as_a(OfferStand, records[row.id]), first[row.key].at, now) for row in rows]


def state_at(row: ObjectRow, now: int) -> Literal["open", "closed", "lapsed"]:
    """Whether an offer stands."""
    if row.ended is not None:
        return "closed"
    return "open" if now < (row.due or 0) else "lapsed"


def _item(names: Names, row: ObjectRow, offer: OfferStand, time: int, now: int) -> OfferItem:
    return {
        "id": row.id,
        "kind": offer.kind,
        "text": offer.text,
        "lang": original(offer.lang, offer.text),
        "quantity": offer.quantity,
        "unit": offer.unit,
        "topics": list(offer.topics or ()),
        "languages": list(offer.languages or ()),
        "jurisdiction": offer.jurisdiction,
        "giver": names.person(row.owner),
        "node": row.node,
        "node_name": names.node(row.node),
        "state": state_at(row, now),
        "until": offer.until,
        "due": row.due or 0,
        "restricted": bool(row.restricted),
        "time": time,
    }


def one(db: sqlite3.Connection, viewer: Viewer, offer: str, *, now: int) -> Offer | None:
    """A standing offer with its page; None if it is not here."""
    row, names = find(db, viewer, offer, "offer"), Names(db, viewer)
    if row is None:
        return None
    closed = steps_of_type(db, row.id, "offer.close") if row.ended else []
    return {
        **items(db, names, [row], now)[0],
        "pledges": _pledges(db, names, row, now),
        "reason": next((step.content.get("reason") for step in closed if step.id == row.ended), None),
        "audience": audience_of(db, names, row.key),
        "held_by": held_by(db, names, row.key, row.node, restricted=bool(row.restricted)),
        "can": {"close": row.ended is None and names.is_viewer(row.owner)},
    }


_NAMING: Final = (
    "key IN (SELECT key FROM facets WHERE facet = 'pledge.offer' AND value = :offer) AND giver = :owner"
)
"""Anybody may name any offer; it comes of hers if it is her pledge."""


def _pledges(db: sqlite3.Connection, names: Names, row: ObjectRow, now: int) -> list[PledgeItem]:
    query = pledge_items.query_of(db, names.viewer, PledgeFilters())
    query.where(_NAMING, offer=row.id, owner=row.owner)
    last = {"at": pledge_items.LAST[0], "id": pledge_items.LAST[1], "limit": MAX_PLEDGES}
    known = pledge_items.known(db, pledge_items.rows_of(db, query, last))
    return [pledge_items.item(names, one_, now) for one_ in known]
