"""Rows of pitches, read: the row, the state behind it, the policy it is judged by.

Law: the columns of an unrestricted pitch come from unrestricted records alone. What a pitch says is in its opening's
envelope until it was revised; then the row keeps it folded. Source: DOMAIN section 2.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from protocol.records import read
from protocol.records.network import NodePolicy
from protocol.records.pitches import PitchOpen
from protocol.rules.asks import AskProgress
from protocol.rules.pitches import PitchFacts, PitchState, fold, load
from protocol.rules.policies import DEFAULT, Policy, policy_of
from store.views.ground import as_a, listed, said
from store.views.texts import Texts

PARTLY: Final = 2
"""Column ``applied``: 0 nobody answered, 1 no, 2 partly, 3 yes."""


class PitchRow(NamedTuple):
    """A row of ``pitches``, in the order of its columns."""

    key: int
    id: str
    node: str
    owner: str
    age: int
    fresh: int
    restricted: int
    folded: int
    version: str
    state: str | None
    said: str | None
    tallied: int
    tally: str | None
    progress: str
    pledges: int
    formed: int
    applied: int
    attested: int
    ready: int
    resourced: int
    own_share: int | None
    needed: int | None
    starts: int | None
    ends: int | None
    lapses: int
    closes: int | None

    @property
    def facts(self) -> PitchFacts:
        """What the clock needs to know."""
        return PitchFacts(
            said=self.said,
            ready=bool(self.ready),
            resourced=bool(self.resourced),
            applied=self.applied >= PARTLY,
            starts=self.starts,
            ends=self.ends,
            lapses=self.lapses,
            closes=self.closes,
        )


COLUMNS: Final = ", ".join(PitchRow._fields)

_BY_ID: Final = f"SELECT {COLUMNS} FROM pitches WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608


def rows(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, PitchRow]:
    """The pitches of these ids that are here."""
    return {row[1]: PitchRow(*row) for row in db.execute(_BY_ID, (listed(ids),))}


def state_of(db: sqlite3.Connection, row: PitchRow) -> PitchState:
    """A pitch as its owner's records leave it."""
    return states(db, [row])[row.id]


def states(db: sqlite3.Connection, some: Sequence[PitchRow]) -> dict[str, PitchState]:
    """The states of several pitches, by id."""
    found = {row.id: load(json.loads(row.state)) for row in some if row.state is not None}
    opened = said(db, [row.key for row in some if row.state is None])
    for record in opened.values():
        opening = opening_of(record.content)
        found[record.id] = fold(None, opening, record.time)
    return found


def opening_of(content: dict[str, Any]) -> PitchOpen:
    """The opening in the content of a pitch's first record."""
    return as_a(PitchOpen, read(content))


class Policies:
    """Policies nodes have set, looked up once a batch."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._set: dict[str, list[tuple[int, int]]] = {}
        self._read: dict[int, Policy] = {}

    def at(self, node: str, place: int) -> Policy:
        """The policy of a pitch opened at a place: the last its node set before."""
        if node not in self._set:
            query = "SELECT place, key FROM policies WHERE node = ? ORDER BY place"
            self._set[node] = self._db.execute(query, (node,)).fetchall()
        before = bisect_left(self._set[node], (place, 0))
        return self._policy(self._set[node][before - 1][1]) if before else DEFAULT

    def _policy(self, key: int) -> Policy:
        if key not in self._read:
            self._read[key] = policy_of(as_a(NodePolicy, read(said(self._db, [key])[key].content)))
        return self._read[key]


def policy_at(db: sqlite3.Connection, node: str, place: int) -> Policy:
    """The policy of one pitch."""
    return Policies(db).at(node, place)


def progress_of(row: PitchRow) -> dict[str, AskProgress]:
    """How far each ask was met when the row was written."""
    return {values[0]: AskProgress(*values) for values in json.loads(row.progress)}


def other_texts(state: PitchState) -> Texts:
    """Every text of a pitch but its title, and the place."""
    pitch = state.pitch
    parts = [
        pitch.barrier,
        *(vars(pitch.benefits).values() if pitch.benefits else ()),
        *(ask.text for ask in state.asks),
        *(own.text for own in pitch.own or ()),
        *(activity.audience for activity in state.sharing),
        *(vars(pitch.application).values() if pitch.application else ()),
        *(resource.text for resource in pitch.resources or ()),
    ]
    place = [("", pitch.where.place)] if pitch.where and pitch.where.place else []
    texts = (part for part in parts if isinstance(part, dict))
    return [*pitch.why.items(), *(pair for text in texts for pair in text.items()), *place]


def fitting(state: PitchState, ask: str | None, kind: str, unit: str) -> str | None:
    """The ask a pledge counts towards: quantities of another kind or unit stand beside the asks."""
    return ask if ask is not None and state.asked.get(ask) == (kind, unit) else None
