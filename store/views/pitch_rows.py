"""Rows of pitches: what an owner's records make of them, worked out once a batch.

Law: the columns of an unrestricted pitch come from unrestricted records alone, and from the whole set of them: in order
they are folded one by one, a late one folds the pitch anew. Every output beside the row (facets, phases, text) is a
function of the row, so what was written can be told again and taken away. Source: DOMAIN section 2, R1, R2, R8, R12.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from protocol.limits import MAX_INT
from protocol.records import NotAcceptable, read
from protocol.records.network import NodePolicy
from protocol.records.pitches import PitchAdvance, PitchOpen, PitchRevise, TallyLine
from protocol.rules.asks import AskProgress, asks_progress, order_key, resourced
from protocol.rules.pitches import ENDS, PitchFacts, PitchState, clock_state, dump, fold, load, pitch_facts
from protocol.rules.policies import DEFAULT, Policy, policy_of
from protocol.rules.readiness import own_share, readiness
from store.payloads import Item
from store.views.ground import (
    APPLIES,
    OUT_OF_TURN,
    Batch,
    as_a,
    compact,
    listed,
    place_in,
    place_of,
    said,
)
from store.views.sums import Pledges
from store.views.texts import Doc, Stems, Texts, doc

FOLDED: Final = frozenset({"pitch.revise", "pitch.advance"})
ALWAYS: Final = (-(2**62), 2**62)
"""Before and after every time there is."""


class PitchRow(NamedTuple):
    """A row of ``pitches``, in the order of its columns."""

    key: int
    id: str
    node: str
    owner: str
    age: int
    restricted: int
    folded: int
    version: str
    state: str | None
    said: str | None
    tallied: int
    tally: str | None
    progress: str
    pledges: int
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
            applied=False,
            starts=self.starts,
            ends=self.ends,
            lapses=self.lapses,
            closes=self.closes,
        )


COLUMNS: Final = ", ".join(PitchRow._fields)
_WRITE: Final = (
    f"INSERT INTO pitches ({COLUMNS}) VALUES ({', '.join('?' * len(PitchRow._fields))})"  # noqa: S608
    f" ON CONFLICT (key) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in PitchRow._fields[6:])}"
)
_BY_ID: Final = f"SELECT {COLUMNS} FROM pitches WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608


@dataclass(slots=True)
class Working:
    """A pitch being settled. ``row`` as it stands in the table (None: new), ``before`` its state then."""

    key: int
    id: str
    node: str
    age: int
    restricted: bool
    folded: int
    version: str
    state: PitchState
    tallied: int = -1
    tally: str | None = None
    row: PitchRow | None = None
    before: PitchState | None = None
    revised: bool = field(default=False)

    @property
    def released(self) -> bool:
        """Its end releases every pledge."""
        return self.state.said in ("withdrawn", "cancelled")


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
        opening = _opening(record.content)
        found[record.id] = fold(None, opening, record.time)
    return found


def _opening(content: dict[str, Any]) -> PitchOpen:
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


# ── folding ──────────────────────────────────────────────────────────────────────────────────────────────────


def opened(item: Item) -> Working:
    """A pitch of which only the opening is known."""
    return Working(
        key=item.key,
        id=str(item.entry),
        node=item.entry.node,
        age=-item.time,
        restricted=item.restricted,
        folded=place_of(item.entry),
        version=str(item.entry),
        state=fold(None, as_a(PitchOpen, item.record), item.time),
    )


def resumed(row: PitchRow, state: PitchState) -> Working:
    """A pitch as its row left it."""
    return Working(
        key=row.key,
        id=row.id,
        node=row.node,
        age=row.age,
        restricted=bool(row.restricted),
        folded=row.folded,
        version=row.version,
        state=state,
        tallied=row.tallied,
        tally=row.tally,
        row=row,
        before=state,
        revised=row.state is not None,
    )


class _Step(NamedTuple):
    place: int
    key: int
    id: str
    time: int
    record: PitchRevise | PitchAdvance


def _change(record: object) -> PitchRevise | PitchAdvance:
    return record if isinstance(record, PitchAdvance) else as_a(PitchRevise, record)


def _step(item: Item) -> _Step:
    change = _change(item.record)
    return _Step(place_of(item.entry), item.key, str(item.entry), item.time, change)


def fold_new(batch: Batch, pitch: Working, items: Sequence[Item]) -> None:
    """Take in the owner's revises and advances of this batch: one by one, or all of them anew when one is late."""
    mine = sorted(map(_step, items))
    if not mine:
        return
    if pitch.row is None or mine[0].place < pitch.folded:
        fold_anew(batch, pitch)
        return
    for step in mine:
        _fold_one(batch, pitch, step)


_ABOUT: Final = """
SELECT key FROM steps WHERE about = ? AND applies IS NOT -1 AND type IN ('pitch.revise', 'pitch.advance')
"""


def fold_anew(batch: Batch, pitch: Working) -> None:
    """Fold the opening and every revise and advance of the owner's node that is here, in order."""
    keys = [key for (key,) in batch.db.execute(_ABOUT, (pitch.id,))]
    records = said(batch.db, [pitch.key, *keys])
    first = records.pop(pitch.key)
    pitch.state = fold(None, _opening(first.content), first.time)
    pitch.folded, pitch.version, pitch.revised = first.place, first.id, False
    for record in sorted(records.values(), key=lambda record: record.place):
        change = _change(read(record.content))
        _fold_one(batch, pitch, _Step(record.place, record.key, record.id, record.time, change))


def _fold_one(batch: Batch, pitch: Working, step: _Step) -> None:
    pitch.folded = step.place
    try:
        pitch.state = fold(pitch.state, step.record, step.time)
    except NotAcceptable as error:
        why = f"{step.record.type}: {error.field}: {error.code}"
        batch.judged.append((OUT_OF_TURN, step.key, why))
        return
    batch.judged.append((APPLIES, step.key, ""))
    pitch.revised = True
    if isinstance(step.record, PitchRevise):
        pitch.version = step.id


# ── what follows ─────────────────────────────────────────────────────────────────────────────────────────────


class Tools(NamedTuple):
    """What settling many pitches needs once."""

    policies: Policies
    stems: Stems


def finish(batch: Batch, pitch: Working, pledges: Pledges, tools: Tools) -> PitchRow:
    """The row as it now is, its facets and text changed with it."""
    before, told = pitch.row, _told(pitch)
    share, ready, policy = _judged(batch, pitch, tools)
    progress = asks_progress(pitch.state.asks, pledges.facts, _tally(pitch.tally))
    stands = resourced(progress.values(), beside=pledges.beside)
    facts = pitch_facts(pitch.state, policy, ready=ready, resourced=stands)
    row = PitchRow(
        key=pitch.key,
        id=pitch.id,
        node=pitch.node,
        owner=pitch.state.owner,
        age=pitch.age,
        restricted=int(pitch.restricted),
        folded=pitch.folded,
        version=pitch.version,
        state=told,
        said=facts.said,
        tallied=pitch.tallied,
        tally=pitch.tally,
        progress=compact(list(progress.values())),
        pledges=pledges.standing,
        ready=int(ready),
        resourced=int(stands),
        own_share=None if share is None else int(share),
        needed=_needed(pitch.state, progress, pitch),
        starts=facts.starts,
        ends=facts.ends,
        lapses=facts.lapses or 0,
        closes=facts.closes,
    )
    old = _facets(pitch.before, before, progress_of(before)) if before and pitch.before else set()
    batch.change_facets(row.key, old, _facets(pitch.state, row, progress))
    _retell(batch, pitch, tools.stems)
    return row


def _told(pitch: Working) -> str | None:
    """The column ``state``."""
    if not pitch.revised:
        return None
    if pitch.row is not None and pitch.state is pitch.before:
        return pitch.row.state
    return compact(dump(pitch.state))


def _judged(batch: Batch, pitch: Working, tools: Tools) -> tuple[bool | None, bool, Policy]:
    """Own share, readiness and the policy they were judged by; judged anew only when pitch or policy changed."""
    policy, state, row = tools.policies.at(pitch.node, place_in(pitch.id)), pitch.state, pitch.row
    if row is not None and state is pitch.before and pitch.id not in batch.pitches:
        return None if row.own_share is None else bool(row.own_share), bool(row.ready), policy
    share = own_share(state.pitch.cost, state.asks, state.pitch.own or (), policy).satisfied
    return share, not readiness(state.pitch, policy), policy


def _retell(batch: Batch, pitch: Working, stems: Stems) -> None:
    """Change the text in the index if the pitch says another."""
    before = pitch.before.pitch if pitch.before else None
    if pitch.restricted or pitch.state.pitch is before:
        return
    was = document(pitch.key, pitch.before, stems) if pitch.before else None
    batch.change_doc(was, document(pitch.key, pitch.state, stems))


def _tally(column: str | None) -> dict[str, TallyLine] | None:
    if column is None:
        return None
    return {key: TallyLine.model_validate(line) for key, line in json.loads(column).items()}


def _needed(state: PitchState, progress: Mapping[str, AskProgress], pitch: Working) -> int | None:
    if state.said in ENDS:
        return None
    soonest, _, _ = order_key(state.asks, progress, -pitch.age, pitch.id)
    return None if soonest == MAX_INT else soonest


def _facets(state: PitchState, row: PitchRow, progress: Mapping[str, AskProgress]) -> set[tuple[str, str]]:
    """What lists filter by; a jurisdiction is found by its country too, an ask only while it is not met."""
    pitch = state.pitch
    place = pitch.where.jurisdiction if pitch.where else None
    wanted = () if row.said in ENDS else (ask.kind for ask in state.asks if not progress[ask.key].met)
    return {
        ("pitch.opportunity", pitch.opportunity),
        *(("pitch.topic", topic) for topic in pitch.topics or ()),
        *(("pitch.jurisdiction", code) for code in ((place, place[:2]) if place else ())),
        *(("pitch.lang", tag.partition("-")[0].lower()) for tag in pitch.title),
        *(("pitch.asks", kind) for kind in wanted),
    }


def document(key: int, state: PitchState, stems: Stems) -> Doc:
    """The text an unrestricted pitch is found by."""
    return doc(key, "pitch", list(state.pitch.title.items()), other_texts(state), stems)


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


def phases_of(row: PitchRow) -> list[tuple[int, int, int, str]]:
    """(key, since, until, state): the states the clock will lead through if nothing else is said."""
    facts = row.facts
    turns = sorted(
        {time for time in (facts.starts, facts.ends, facts.lapses, facts.closes) if time is not None}
    )
    first, last = ALWAYS
    found: list[tuple[int, int, int, str]] = []
    for since, until in zip([first, *turns], [*turns, last], strict=True):
        state = clock_state(facts, since)
        if found and found[-1][3] == state:
            found[-1] = (row.key, found[-1][1], until, state)
        else:
            found.append((row.key, since, until, state))
    return found


def write(batch: Batch, changed: Sequence[tuple[PitchRow | None, PitchRow]]) -> None:
    """Put (before, after) rows down, and the phases of those whose facts are others now."""
    db = batch.db
    db.executemany(_WRITE, [after for before, after in changed if before != after])
    moved = [after for before, after in changed if before is None or before.facts != after.facts]
    db.executemany("DELETE FROM phases WHERE key = ?", [(row.key,) for row in moved])
    db.executemany(
        "INSERT INTO phases (key, since, until, state) VALUES (?, ?, ?, ?)",
        [phase for row in moved for phase in phases_of(row)],
    )
    batch.tx.topics.update(f"pitch:{after.id}" for _, after in changed)


def fitting(state: PitchState, ask: str | None, kind: str, unit: str) -> str | None:
    """The ask a pledge counts towards: quantities of another kind or unit stand beside the asks."""
    return ask if ask is not None and state.asked.get(ask) == (kind, unit) else None
