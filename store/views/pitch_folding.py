"""A pitch being settled: what its owner said, taken in.

Law: in order, records are folded one by one; a late one folds the pitch anew from the log. So the state is a function
of the set of the owner's records. Source: DOMAIN section 2, docs/spec/views.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from protocol.records import NotAcceptable, read
from protocol.records.pitches import PitchAdvance, PitchOpen, PitchRevise
from protocol.rules.pitches import PitchState, fold
from store.payloads import Item
from store.views.ground import APPLIES, OUT_OF_TURN, Batch, as_a, place_of, said
from store.views.pitch_rows import PitchRow, opening_of

FOLDED: Final = frozenset({"pitch.revise", "pitch.advance"})


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
    pitch.state = fold(None, opening_of(first.content), first.time)
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
