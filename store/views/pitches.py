"""Pitches: lists and pages.

Law: the order of a list is the same on every node (R8): pitches with an open must-ask by the date it is needed, soonest
first, then all others, newest first. Never by money. Source: DOMAIN R8, WEB "HTTP API".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from store.views.ground import listed
from store.views.listing import FEW, Query, decode, encode, limited
from store.views.people import Names
from store.views.pitch_items import items
from store.views.pitch_page import one
from store.views.pitch_rows import COLUMNS, PitchRow
from store.views.shapes import Page, PitchFilters, PitchItem, Viewer

__all__ = ["listing", "newest", "one"]

_WAITING: Final = 0  # the first part of the list: a must-ask waits until a date to come
_OTHERS: Final = 1
_FIRST: Final = -(2**62)  # before every time there is
_LAST: Final = 2**62

_LIVING: Final = (
    "(said IS NULL OR said NOT IN ('closed', 'withdrawn', 'cancelled')) AND NOT EXISTS ("
    "SELECT 1 FROM phases AS over WHERE over.key = listed.key AND over.since <= :living AND +over.until > :living"
    " AND +over.state = 'closed')"
)
_IN_STATE: Final = (
    "EXISTS (SELECT 1 FROM phases AS at WHERE at.key = listed.key AND at.since <= :when AND +at.until > :when"
    " AND +at.state IN (SELECT value FROM json_each(:in_states)))"
)
"""Phases are looked up by key: a plus keeps a column out of the index by state, which would walk all of one state."""

_FROM: Final = f"SELECT {COLUMNS} FROM pitches AS listed WHERE "  # noqa: S608
_SOONEST: Final = (
    " AND needed IS NOT NULL AND (needed, fresh, id) > (:needed, :fresh, :id)"
    " ORDER BY needed, fresh, id LIMIT :limit"
)
_NEWEST: Final = (
    " AND (needed IS NULL OR needed <= :today) AND (fresh, id) > (:fresh, :id)"
    " ORDER BY fresh, id LIMIT :limit"
)


def listing(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: PitchFilters,
    *,
    now: int,
    cursor: str | None = None,
    limit: int = 25,
) -> Page[PitchItem]:
    """Pitches in the order of R8. Refused("cursor") for a cursor that is not ours."""
    query = _query(db, viewer, filters, now)
    part, today, needed, fresh, id_ = (
        decode(cursor, int, int, int, int, str) if cursor else (_WAITING, now, now, _LAST, "")
    )
    size = limited(limit)
    rows: list[PitchRow] = []
    if part == _WAITING:
        after: dict[str, object] = {"needed": needed, "fresh": fresh, "id": id_, "limit": size + 1}
        rows = _rows(db, query, _SOONEST, after)
        fresh, id_ = _FIRST, ""
    waiting = len(rows)
    if waiting <= size:
        after = {"today": today, "fresh": fresh, "id": id_, "limit": size + 1 - waiting}
        rows += _rows(db, query, _NEWEST, after)
    shown = rows[:size]
    onward = None
    if len(rows) > size:
        last = shown[-1]
        onward = encode(int(waiting < size or part), today, last.needed or _FIRST, last.fresh, last.id)
    return Page(items(db, Names(db, viewer), shown, now), onward)


def newest(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: PitchFilters,
    *,
    now: int,
    limit: int,
    living: bool = False,
) -> list[PitchItem]:
    """Pitches, newest first whatever they need; ``living``: none that has ended."""
    query = _query(db, viewer, filters, now)
    if living:
        query.where(_LIVING, living=now)
    rows = _rows(db, query, " ORDER BY fresh, id LIMIT :limit", {"limit": limit})
    return items(db, Names(db, viewer), rows, now)


def first_rows(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: PitchFilters,
    *,
    now: int,
    limit: int,
    states: Sequence[str],
) -> list[PitchRow]:
    """The first rows in the order of R8 of pitches in one of these states now."""
    query = _query(db, viewer, filters, now)
    query.where(_IN_STATE, in_states=listed(states), when=now)
    first: dict[str, object] = {"needed": now, "fresh": _LAST, "id": "", "limit": limit}
    rows = _rows(db, query, _SOONEST, first)
    after: dict[str, object] = {"today": now, "fresh": _FIRST, "id": "", "limit": limit - len(rows)}
    return rows + _rows(db, query, _NEWEST, after)


def place(row: PitchRow, now: int) -> tuple[bool, int, int, str]:
    """Where a pitch stands in the order of R8 at a time."""
    waits = row.needed is not None and row.needed > now
    return not waits, (row.needed or 0) if waits else 0, row.fresh, row.id


def _rows(db: sqlite3.Connection, query: Query, order: str, values: dict[str, object]) -> list[PitchRow]:
    return [PitchRow(*row) for row in db.execute(f"{_FROM}{query}{order}", query.values | values)]


def _query(db: sqlite3.Connection, viewer: Viewer, filters: PitchFilters, now: int) -> Query:
    query = Query(db)
    query.phase(filters.state, now)
    query.facet("pitch.asks", filters.asks)
    query.facet("pitch.opportunity", filters.opportunity)
    query.facet("pitch.topic", filters.topic)
    query.facet("pitch.lang", filters.lang and filters.lang.partition("-")[0].lower())
    query.equal("node", filters.node)
    query.equal("owner", filters.member)
    if filters.mine:
        query.where("owner = :mine", mine=viewer.member)
    if filters.jurisdiction is not None:
        _at(db, query, filters.jurisdiction)
    if filters.level is not None:
        query.where("node IN (SELECT node FROM profiles WHERE level = :level)", level=filters.level)
    query.words(filters.q, "pitch")
    return query


_NODES: Final = "SELECT node FROM profiles WHERE jurisdiction = :at OR substr(jurisdiction, 1, 2) = :at"


def _at(db: sqlite3.Connection, query: Query, jurisdiction: str) -> None:
    """Where it takes place or whose organisation it is; a country finds its subdivisions."""
    few = f"SELECT count(*) FROM (SELECT 1 FROM pitches WHERE node IN ({_NODES}) LIMIT :few)"  # noqa: S608
    there = {"at": jurisdiction, "few": FEW}
    query.values |= {"at": jurisdiction}
    taking_place = query.has("pitch.jurisdiction", jurisdiction)
    if db.execute(few, there).fetchone()[0] < FEW:
        query.where(f"({taking_place} OR key IN (SELECT key FROM pitches WHERE node IN ({_NODES})))")  # noqa: S608
    else:
        query.where(f"({taking_place} OR +node IN ({_NODES}))")  # row by row: not all of them, sorted
