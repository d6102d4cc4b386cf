"""A pitch being settled: what its owner said, taken in.

Law: in order, records are folded one by one; a late one folds the pitch anew from the log, and so does an owner who
moved. So the state is a function of the set of the owner's records. Source: DOMAIN section 2, docs/spec/views.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from protocol.ids import NodeId
from protocol.records import NotAcceptable, Record, read
from protocol.records.pitches import PitchAdvance, PitchOpen, PitchRevise
from protocol.rules.ownership import when_said
from protocol.rules.pitches import PitchState, fold
from store.payloads import Item
from store.views.ground import APPLIES, OUT_OF_TURN, STRANGER, Batch, Said, as_a, heard, said
from store.views.pitch_rows import PitchRow, opening_of
from store.views.places import place_of
from store.views.succession import number_of

FOLDED: Final = frozenset({"pitch.revise", "pitch.advance"})


@dataclass(slots=True)
class Working:
    """A pitch being settled. ``row`` as it stands in the table (None: new), ``before`` its state then."""

    key: int
    id: str
    node: str
    age: int
    fresh: int
    restricted: bool
    folded: int
    version: str
    state: PitchState
    tallied: int = -1
    tally: str | None = None
    applied: int = 0
    attested: int = 0
    row: PitchRow | None = None
    before: PitchState | None = None
    revised: bool = field(default=False)

    @property
    def released(self) -> bool:
        """Its end releases every pledge."""
        return self.state.said in ("withdrawn", "cancelled")


def opened(item: Item) -> Working:
    """A pitch of which only the opening is known."""
    return Working(
        key=item.key,
        id=str(item.entry),
        node=item.entry.node,
        age=-item.time,
        fresh=-item.at,
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
        fresh=row.fresh,
        restricted=bool(row.restricted),
        folded=row.folded,
        version=row.version,
        state=state,
        tallied=row.tallied,
        tally=row.tally,
        applied=row.applied,
        attested=row.attested,
        row=row,
        before=state,
        revised=row.state is not None,
    )


class _Step(NamedTuple):
    turn: int
    key: int
    id: str
    time: int
    record: PitchRevise | PitchAdvance


def _change(record: object) -> PitchRevise | PitchAdvance:
    return record if isinstance(record, PitchAdvance) else as_a(PitchRevise, record)


def _step(batch: Batch, pitch: Working, said_: Said, record: Record) -> _Step | None:
    """A record as the owner's step; judged and None when she did not make it."""
    owner = batch.people.person(pitch.node, pitch.state.owner)
    at = when_said(record, NodeId(said_.node), said_.order, owner=owner)
    if at is None:
        batch.judged.append((STRANGER, said_.key, f"{record.type}: not by the owner"))
        return None
    return _Step(number_of(at), said_.key, said_.id, said_.time, _change(record))


def fold_new(batch: Batch, pitch: Working, items: Sequence[Item]) -> None:
    """Take in the owner's revises and advances of this batch: one by one, or all of them anew when one is late."""
    made = (_step(batch, pitch, heard(item), item.record) for item in items)
    mine = sorted(step for step in made if step is not None)
    if not mine:
        return
    if pitch.row is None or mine[0].turn < pitch.folded:
        fold_anew(batch, pitch)
        return
    for step in mine:
        _fold_one(batch, pitch, step)


_ABOUT: Final = """
SELECT key FROM steps WHERE about = ? AND applies IS NOT -1 AND type IN ('pitch.revise', 'pitch.advance')
"""


def fold_anew(batch: Batch, pitch: Working) -> None:
    """Fold the opening and every revise and advance of the owner that is here, in her order."""
    keys = [key for (key,) in batch.db.execute(_ABOUT, (pitch.id,))]
    records = said(batch.db, [pitch.key, *keys])
    first = records.pop(pitch.key)
    pitch.state = fold(None, opening_of(first.content), first.time)
    pitch.folded, pitch.version, pitch.revised = first.place, first.id, False
    made = (_step(batch, pitch, record, read(record.content)) for record in records.values())
    for step in sorted(step for step in made if step is not None):
        _fold_one(batch, pitch, step)


def _fold_one(batch: Batch, pitch: Working, step: _Step) -> None:
    pitch.folded = step.turn
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
