"""Case studies that fulfil the pledges they name.

Law: an artifact that stands, names a case-study pledge and is its named giver's counts as her fulfil of it, whichever
came first; when it no longer names the pledge, or is withdrawn, it never was one. Source: DOMAIN section 2, "Sharing".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final, NamedTuple

from protocol.ids import NodeId
from protocol.rules.people import Person, node_turn
from protocol.rules.pledges import CASE_STUDY, GIVER, Step
from store.views.ground import PLEDGE_FACET, Batch, listed
from store.views.object_rows import COLUMNS, ObjectRow
from store.views.places import order_of, place_in
from store.views.succession import number_of


class Study(NamedTuple):
    """An artifact as a fulfil of a pledge: its turn among all the giver said, and its claimed time."""

    artifact: str
    turn: int
    step: Step
    time: int


_NAMING: Final = "SELECT value, key FROM facets WHERE facet = ? AND value IN (SELECT value FROM json_each(?))"
_ROWS: Final = f"SELECT {COLUMNS} FROM objects WHERE key IN (SELECT value FROM json_each(?))"  # noqa: S608


def naming(batch: Batch, pledges: Iterable[str]) -> dict[str, list[ObjectRow]]:
    """The artifacts that name these pledges, this batch's among them."""
    ids = set(pledges)
    found = {(value, key) for value, key in batch.db.execute(_NAMING, (PLEDGE_FACET, listed(ids)))}
    found -= {(value, key) for facet, value, key in batch.facets_gone if facet == PLEDGE_FACET}
    found |= {(value, key) for facet, value, key in batch.facets if facet == PLEDGE_FACET and value in ids}
    return _by_pledge(batch.db, found)


def naming_now(db: sqlite3.Connection, pledge: str) -> list[ObjectRow]:
    """The artifacts that name a pledge."""
    found = set(db.execute(_NAMING, (PLEDGE_FACET, listed([pledge]))).fetchall())
    return _by_pledge(db, found).get(pledge, [])


def _by_pledge(db: sqlite3.Connection, found: set[tuple[str, int]]) -> dict[str, list[ObjectRow]]:
    if not found:
        return {}
    rows = {
        row[0]: ObjectRow(*row) for row in db.execute(_ROWS, (listed(sorted({key for _, key in found})),))
    }
    by_pledge: dict[str, list[ObjectRow]] = {}
    for pledge, key in sorted(found):
        if key in rows:
            by_pledge.setdefault(pledge, []).append(rows[key])
    return by_pledge


def studies(
    kind: str, giver: Person, restricted: int, artifacts: Iterable[ObjectRow], heir: str | None
) -> list[Study]:
    """Those that fulfil a pledge of this kind and giver, in the order she made them. ``heir``: her card now."""
    if kind != CASE_STUDY or heir is None:
        return []
    mine = [row for row in artifacts if row.owner == heir and row.restricted == restricted]
    turns = {row.id: node_turn(giver, NodeId(row.node), order_of(place_in(row.id))) for row in mine}
    found = [
        Study(row.id, number_of(turn), Step("fulfil", GIVER, order_of(number_of(turn))), -row.age)
        for row in mine
        if (turn := turns[row.id]) is not None
    ]
    return sorted(found, key=lambda study: study.turn)
