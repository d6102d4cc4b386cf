"""Pitches as lists show them.

Law: a row of a list is read from a row of the table and the opening's envelope; nothing is added up here.
Source: WEB "HTTP API", DOMAIN R8.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from protocol.records.base import Part, plain
from protocol.records.pitches import Ask
from protocol.rules.asks import AskProgress
from protocol.rules.pitches import ENDS, PitchState, clock_state
from store.views.ground import listed
from store.views.people import Names, original
from store.views.pitch_rows import PitchRow, progress_of, states
from store.views.shapes import AsksMet, PitchItem

_PLACES: Final = (
    "SELECT node, level, jurisdiction FROM profiles WHERE node IN (SELECT value FROM json_each(?))"
)


def items(db: sqlite3.Connection, names: Names, rows: Sequence[PitchRow], now: int) -> list[PitchItem]:
    """Rows as list items, in the order given."""
    known = states(db, rows)
    places = {
        place[0]: _Place(*place) for place in db.execute(_PLACES, (listed({row.node for row in rows}),))
    }
    return [_item(names, row, known[row.id], places.get(row.node), now, -row.fresh) for row in rows]


class _Place(NamedTuple):
    node: str
    level: str | None
    jurisdiction: str | None


def _item(names: Names, row: PitchRow, state: PitchState, place: _Place | None, *times: int) -> PitchItem:
    now, opened = times
    pitch, progress = state.pitch, progress_of(row)
    where = pitch.where
    open_asks = [] if row.said in ENDS else [ask for ask in state.asks if not progress[ask.key].met]
    return {
        "id": row.id,
        "title": pitch.title,
        "why": pitch.why,
        "lang": original(pitch.lang, pitch.title),
        "opportunity": pitch.opportunity,
        "topics": list(pitch.topics or ()),
        "owner": names.person(row.owner),
        "node": row.node,
        "node_name": names.node(row.node),
        "level": place.level if place else None,
        "jurisdiction": (where.jurisdiction if where else None) or (place.jurisdiction if place else None),
        "place": where.place if where else None,
        "online": where.online if where else False,
        "when": part(pitch.when),
        "state": clock_state(row.facts, now),
        "ready": bool(row.ready),
        "asks_met": asks_met(state, progress),
        "needs": list(dict.fromkeys(ask.kind for ask in open_asks)),
        "needed_by": soonest(open_asks),
        "own_share": None if row.own_share is None else bool(row.own_share),
        "pledges": row.pledges,
        "restricted": bool(row.restricted),
        "time": opened,
    }


def part(value: Part | None) -> dict[str, Any] | None:
    """A part of a record as JSON."""
    return None if value is None else plain(value)


def soonest(asks: Sequence[Ask]) -> str | None:
    """The first date by which something the pitch cannot go ahead without is needed."""
    return min((ask.needed_by for ask in asks if ask.must and ask.needed_by), default=None)


def asks_met(state: PitchState, progress: Mapping[str, AskProgress]) -> AsksMet:
    """Progress in asks met of asks (R8)."""
    met = {ask.key for ask in state.asks if progress[ask.key].met}
    must = {ask.key for ask in state.asks if ask.must}
    return {"met": len(met), "of": len(state.asks), "must_met": len(met & must), "must_of": len(must)}
