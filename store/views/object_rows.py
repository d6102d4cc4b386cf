"""Rows of objects, read: artifacts, events, circles, whatever one record makes and its owner may revise and end.

Law: what an object says is in its first record's envelope until it was revised; then the row keeps it folded. A
restricted one is for the members of the nodes it names; a step of a development plan is for its author alone.
Source: DOMAIN section 2 and section 3, "Audience".
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from protocol.records import Record, read
from store.views.ground import listed, said
from store.views.listing import Query, decode, encode, limited
from store.views.shapes import Viewer

VISIBLE: Final = "(restricted = 0 OR area <> 'idp' OR owner = :viewer)"


class ObjectRow(NamedTuple):
    """A row of ``objects``, in the order of its columns."""

    key: int
    id: str
    area: str
    node: str
    owner: str
    about: str | None
    age: int
    fresh: int
    due: int | None
    restricted: int
    folded: int
    version: str
    state: str | None
    ended: str | None


COLUMNS: Final = ", ".join(ObjectRow._fields)
_BY_ID: Final = f"SELECT {COLUMNS} FROM objects WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608
_FIND: Final = f"SELECT {COLUMNS} FROM objects WHERE id = :id AND {VISIBLE}"  # noqa: S608
_FROM: Final = f"SELECT {COLUMNS} FROM objects AS listed WHERE area = :area AND {VISIBLE} AND "  # noqa: S608
_NEWEST: Final = " AND (fresh, id) > (:fresh, :id) ORDER BY fresh, id LIMIT :limit"
_DUE: Final = " AND due IS NOT NULL AND (due, id) > (:due, :id) ORDER BY due, id LIMIT :limit"
_PAST: Final = " AND due IS NOT NULL AND (due, id) < (:due, :id) ORDER BY due DESC, id DESC LIMIT :limit"
FIRST: Final = -(2**62)  # before every time there is


def rows(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, ObjectRow]:
    """The objects of these ids that are here, whoever may see them."""
    return {row[1]: ObjectRow(*row) for row in db.execute(_BY_ID, (listed(ids),))}


def find(db: sqlite3.Connection, viewer: Viewer, id_: str, area: str | None = None) -> ObjectRow | None:
    """An object the viewer may see, of an area if one is named; None for any other."""
    row = db.execute(_FIND, {"id": id_, "viewer": viewer.member}).fetchone()
    found = ObjectRow(*row) if row else None
    return found if found is not None and area in (None, found.area) else None


def records(db: sqlite3.Connection, some: Sequence[ObjectRow]) -> dict[str, Record]:
    """What each object says now: its first record with what was restated since, by id."""
    found = {row.id: read(json.loads(row.state)) for row in some if row.state is not None}
    first = said(db, [row.key for row in some if row.state is None])
    return found | {record.id: read(record.content) for record in first.values()}


def query_of(db: sqlite3.Connection, viewer: Viewer, area: str) -> Query:
    """The objects of an area the viewer may see, to be narrowed."""
    query = Query(db)
    query.where("1", area=area, viewer=viewer.member)
    return query


def newest(
    db: sqlite3.Connection, query: Query, cursor: str | None, limit: int
) -> tuple[list[ObjectRow], str | None]:
    """A page of rows, newest first, and the cursor of the next. Refused("cursor") for one that is not ours."""
    return _page(db, query, cursor, limit, order=("fresh", _NEWEST), since=FIRST)


def soonest(
    db: sqlite3.Connection, query: Query, cursor: str | None, limit: int, *, since: int = FIRST
) -> tuple[list[ObjectRow], str | None]:
    """The same by ``due``, soonest first, from ``since`` on (POSIX ms)."""
    return _page(db, query, cursor, limit, order=("due", _DUE), since=since)


def latest(
    db: sqlite3.Connection, query: Query, cursor: str | None, limit: int, *, before: int
) -> tuple[list[ObjectRow], str | None]:
    """The same by ``due``, the last first, of those due before a time (POSIX ms)."""
    return _page(db, query, cursor, limit, order=("due", _PAST), since=before)


def _page(
    db: sqlite3.Connection,
    query: Query,
    cursor: str | None,
    limit: int,
    *,
    order: tuple[str, str],
    since: int,
) -> tuple[list[ObjectRow], str | None]:
    size, (by, clause) = limited(limit), order
    at, id_ = decode(cursor, int, str) if cursor else (since, "")
    values = query.values | {by: at, "id": id_, "limit": size + 1}
    found = [ObjectRow(*row) for row in db.execute(f"{_FROM}{query}{clause}", values)]
    shown = found[:size]
    onward = encode(getattr(shown[-1], by), shown[-1].id) if len(found) > size else None
    return shown, onward
