"""Pledges as lists show them, and which of them a viewer may see.

Law: a private pledge is seen by its giver and the pitch's owner and by nobody else in the node, whatever their role.
Who is not named is not named here either. Source: DOMAIN R5, R9, R12, R16 and section 3.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from protocol.records import read
from protocol.records.pitches import Ask
from protocol.records.pledges import PledgeOffer
from protocol.rules.asks import TAKEN
from protocol.rules.pitches import PitchState
from protocol.rules.pledges import PledgeTimes, pledge_clock, waits_until
from store.views import pitch_rows
from store.views.ground import Said, as_a, compact, said
from store.views.listing import Query
from store.views.people import Names
from store.views.pitch_rows import PitchRow
from store.views.pledge_rows import COLUMNS, PledgeRow
from store.views.shapes import PledgeFilters, PledgeItem, Viewer

PARTY: Final = (
    "(giver = :viewer OR owner = :viewer OR id IN (SELECT entry FROM unnamed WHERE member = :viewer))"
)
VISIBLE: Final = f"applies = 1 AND (restricted = 0 OR {PARTY})"
_GIVEN: Final = (
    "key IN (SELECT key FROM pledges WHERE giver = :viewer"
    " UNION SELECT p.key FROM unnamed AS u JOIN pledges AS p ON p.id = u.entry WHERE u.member = :viewer)"
)
_OWNED: Final = "key IN (SELECT key FROM pledges WHERE owner = :viewer)"
_FROM: Final = f"SELECT {COLUMNS} FROM pledges AS listed WHERE "  # noqa: S608
_ORDER: Final = " AND (at, id) < (:at, :id) ORDER BY at DESC, id DESC LIMIT :limit"
LAST: Final = (2**62, "~")  # after every pledge there is
MAX_WAITING: Final = 200  # pledges of one member a page lists


class Known(NamedTuple):
    """A pledge with all that showing it takes."""

    row: PledgeRow
    offer: PledgeOffer
    said: Said
    pitch: PitchRow
    state: PitchState

    @property
    def ask(self) -> Ask | None:
        """The ask it is towards, as it is now."""
        return next((ask for ask in self.state.asks if ask.key == self.row.ask), None)

    @property
    def times(self) -> PledgeTimes:
        """What the clock needs."""
        when, ask = self.state.pitch.when, self.ask
        return PledgeTimes(
            offered=self.row.time,
            accepted=self.row.accepted_at,
            fulfilled=self.row.fulfilled_at,
            needed_by=ask.needed_by if ask else None,
            start=when.start if when else None,
        )

    def at(self, now: int) -> str:
        """The state people see."""
        return pledge_clock(self.row.state or "", self.times, now)


def known(db: sqlite3.Connection, rows: Sequence[PledgeRow]) -> list[Known]:
    """Pledges in effect with their pitches, in the order given."""
    pitches = pitch_rows.rows(db, {row.pitch for row in rows})
    states = pitch_rows.states(db, list(pitches.values()))
    records = said(db, [row.key for row in rows])
    return [
        Known(
            row,
            as_a(PledgeOffer, read(json.loads(row.revised) if row.revised else records[row.key].content)),
            records[row.key],
            pitches[row.pitch],
            states[row.pitch],
        )
        for row in rows
    ]


def query_of(db: sqlite3.Connection, viewer: Viewer, filters: PledgeFilters) -> Query:
    """The pledges the viewer may see, narrowed."""
    query = Query(db)
    query.where(VISIBLE, viewer=viewer.member)
    query.equal("kind", filters.kind)
    query.equal("pitch", filters.pitch)
    if filters.state == "lapsed":
        query.where("state IN ('offered', 'accepted')")
    else:
        query.equal("state", filters.state)
    if filters.role is not None:
        query.where(_GIVEN if filters.role == "giver" else _OWNED)
    return query


def rows_of(db: sqlite3.Connection, query: Query, values: dict[str, object]) -> list[PledgeRow]:
    """Rows after a place in the list, newest first; ``values``: at, id, limit."""
    return [PledgeRow(*row) for row in db.execute(f"{_FROM}{query}{_ORDER}", query.values | values)]


def of_pitch(db: sqlite3.Connection, viewer: Viewer, pitch: str, limit: int) -> list[Known]:
    """Pledges to a pitch the viewer may see, oldest first."""
    query = query_of(db, viewer, PledgeFilters(pitch=pitch))
    rows = rows_of(db, query, {"at": LAST[0], "id": LAST[1], "limit": limit})
    return known(db, rows[::-1])


def by_role(
    db: sqlite3.Connection, viewer: Viewer, role: Literal["giver", "owner"], states: Iterable[str]
) -> list[Known]:
    """The viewer's pledges as giver, or to her pitches as owner, in these states, newest first."""
    query = query_of(db, viewer, PledgeFilters(role=role))
    query.where("state IN (SELECT value FROM json_each(:states))", states=compact(list(states)))
    return known(db, rows_of(db, query, {"at": LAST[0], "id": LAST[1], "limit": MAX_WAITING}))


def item(names: Names, one: Known, now: int) -> PledgeItem:
    """A pledge as lists show it."""
    row, offer, ask = one.row, one.offer, one.ask
    return {
        "id": row.id,
        "pitch": row.pitch,
        "pitch_title": one.state.pitch.title,
        "ask": row.ask,
        "ask_text": ask.text if ask else None,
        "kind": row.kind,
        "text": offer.text,
        "quantity": row.quantity,
        "unit": row.unit,
        "accepted": row.accepted,
        "waiting": max(0, row.taken - row.accepted) if row.state in TAKEN else 0,
        "state": one.at(now),
        "giver": names.giver(row.id, one.said.content),
        "owner": names.person(one.pitch.owner),
        "conflict": offer.conflict,
        "restricted": bool(row.restricted),
        "due": waits_until(row.state or "", one.times),
        "time": one.said.at,
    }
