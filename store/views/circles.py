"""Circles: those somebody founded, and the list of all.

Law: a founded circle is what its founder says; who is in it stands in ``seats``. Those of pitches stand beside founded
ones, in one order: newest first. Source: DOMAIN R11, area *circles*.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from protocol.rules.circles import is_over
from store.views import circle_rows, object_rows, pitch_rows
from store.views.circle_rows import CircleRow
from store.views.listing import Query, decode, encode, limited
from store.views.object_rows import ObjectRow, query_of
from store.views.objects import Area
from store.views.people import Names, original
from store.views.pitch_rows import PitchRow
from store.views.shapes import CircleFilters, CircleItem, Page, Viewer
from store.views.texts import texts_in

AREA: Final = Area(
    name="circle",
    topic="circles",
    opens="circle.found",
    revises="circle.revise",
    facets=lambda record: {("circle.topic", topic) for topic in record.topics or ()},
    texts=lambda record: (list(record.name.items()), texts_in((record.purpose, record.cadence))),
)

_ORDER: Final = " AND (fresh, id) > (:fresh, :id) ORDER BY fresh, id LIMIT :limit"
_FOUNDED: Final = f"SELECT {object_rows.COLUMNS} FROM objects AS listed WHERE area = :area AND "  # noqa: S608
_FORMED: Final = f"SELECT {pitch_rows.COLUMNS} FROM pitches AS listed WHERE formed = 1 AND "  # noqa: S608


def listing(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: CircleFilters,
    *,
    now: int,
    cursor: str | None = None,
    limit: int = 25,
) -> Page[CircleItem]:
    """Circles, founded and of pitches, newest first. Refused("cursor") for a cursor that is not ours."""
    size, names = limited(limit), Names(db, viewer)
    fresh, id_ = decode(cursor, int, str) if cursor else (object_rows.FIRST, "")
    after: dict[str, object] = {"fresh": fresh, "id": id_, "limit": size + 1}
    found = [
        *circle_rows.founded(db, _founded(db, viewer, filters, after)),
        *circle_rows.of_pitches(db, names.people, _formed(db, viewer, filters, after)),
    ]
    found.sort(key=lambda row: (row.fresh, row.id))
    shown = found[:size]
    onward = encode(shown[-1].fresh, shown[-1].id) if len(found) > size else None
    return Page(items(db, names, shown, now), onward)


def _founded(
    db: sqlite3.Connection, viewer: Viewer, filters: CircleFilters, after: dict[str, object]
) -> list[ObjectRow]:
    query = _narrowed(query_of(db, viewer, "circle"), viewer, filters, "circle")
    return [ObjectRow(*row) for row in db.execute(f"{_FOUNDED}{query}{_ORDER}", query.values | after)]


def _formed(
    db: sqlite3.Connection, viewer: Viewer, filters: CircleFilters, after: dict[str, object]
) -> list[PitchRow]:
    query = _narrowed(Query(db), viewer, filters, "pitch")
    return [PitchRow(*row) for row in db.execute(f"{_FORMED}{query}{_ORDER}", query.values | after)]


_SEATED: Final = {
    kind: f"key IN (SELECT o.key FROM seats AS s JOIN {table} AS o ON o.id = s.circle WHERE s.member = :{{}})"  # noqa: S608
    for kind, table in (("circle", "objects"), ("pitch", "pitches"))
}


def _narrowed(query: Query, viewer: Viewer, filters: CircleFilters, kind: str) -> Query:
    query.facet(f"{kind}.topic", filters.topic)
    query.equal("node", filters.node)
    query.words(filters.q, kind)
    if filters.member is not None:
        query.where(_SEATED[kind].format("sits"), sits=filters.member)
    if filters.mine:
        query.where(_SEATED[kind].format("mine"), mine=viewer.member)
    return query


def items(db: sqlite3.Connection, names: Names, some: Sequence[CircleRow], now: int) -> list[CircleItem]:
    """Rows as list items, in the order given."""
    ids = [row.id for row in some]
    counts, mine = circle_rows.counts(db, ids), circle_rows.sits_in(db, names.viewer.member, ids)
    return [
        _item(names, row, counts.get(row.id, (0, 0)), -row.fresh, you=row.id in mine, now=now) for row in some
    ]


def _item(
    names: Names, row: CircleRow, count: tuple[int, int], time: int, *, you: bool, now: int
) -> CircleItem:
    circle, (members, organisations) = row.record, count
    return {
        "id": row.id,
        "kind": row.kind,
        "name": circle.name,
        "purpose": circle.purpose,
        "lang": original(circle.lang, circle.name),
        "topics": list(circle.topics or ()),
        "cadence": circle.cadence,
        "sunset": circle.sunset,
        "over": is_over(circle.sunset, now),
        "owner": names.person(row.owner),
        "node": row.node,
        "node_name": names.node(row.node),
        "members": members,
        "organisations": organisations,
        "you": you,
        "restricted": bool(row.restricted),
        "time": time,
    }
