"""Rows of pledges: what the steps of both parties make of them, worked out once a batch.

Law: a pledge and the steps about it are seen by the same people or do not belong together; a step by no party changes
nothing and is never looked at again. Source: DOMAIN section 2, R5, R10, R12.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from protocol.ids import NodeId
from protocol.records import Record, read
from protocol.records.pledges import PledgeAccept, PledgeConfirm, PledgeOffer, ReturnConfirm
from protocol.rules.asks import TAKEN
from protocol.rules.ownership import Party, may
from protocol.rules.pledges import (
    GIVER,
    OWNER,
    STEP_OF,
    Step,
    accepted_in_force,
    pledge_state,
    return_state,
)
from store.payloads import Item
from store.views.ground import (
    APPLIES,
    OUT_OF_TURN,
    STRANGER,
    WAITS,
    Batch,
    Said,
    as_a,
    listed,
    order_of,
    place_in,
    said,
)

STEPS: Final = frozenset(STEP_OF)


class PledgeRow(NamedTuple):
    """A row of ``pledges``, in the order of its columns."""

    key: int
    id: str
    pitch: str
    node: str
    giver: str | None
    owner: str | None
    ask: str | None
    kind: str
    unit: str
    quantity: int
    time: int
    restricted: int
    private: int
    applies: int | None
    state: str | None
    taken: int
    turn: int
    accepted: int
    accepted_at: int | None
    fulfilled_at: int | None
    return_state: str
    return_due: str | None
    delivered_at: int | None


COLUMNS: Final = ", ".join(PledgeRow._fields)
_WRITE: Final = (
    f"INSERT INTO pledges ({COLUMNS}) VALUES ({', '.join('?' * len(PledgeRow._fields))})"  # noqa: S608
    f" ON CONFLICT (key) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in PledgeRow._fields[5:])}"
)
_BY_ID: Final = f"SELECT {COLUMNS} FROM pledges WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608


class Pitch(NamedTuple):
    """What a pledge needs to know of its pitch. ``audience``: None is the network; ``ended`` releases pledges."""

    owner: Party
    audience: frozenset[str] | None
    ended: bool


def rows(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, PledgeRow]:
    """The pledges of these ids that are here."""
    return {row[1]: PledgeRow(*row) for row in db.execute(_BY_ID, (listed(ids),))}


def new_row(item: Item) -> PledgeRow:
    """A pledge of which only the offer is known."""
    record = as_a(PledgeOffer, item.record)
    return PledgeRow(
        key=item.key,
        id=str(item.entry),
        pitch=record.pitch,
        node=item.entry.node,
        giver=record.by,
        owner=None,
        ask=record.ask,
        kind=record.kind,
        unit=record.unit,
        quantity=record.quantity,
        time=item.time,
        restricted=int(item.restricted),
        private=int(item.restricted),
        applies=WAITS,
        state=None,
        taken=0,
        turn=-1,
        accepted=0,
        accepted_at=None,
        fulfilled_at=None,
        return_state="none",
        return_due=None,
        delivered_at=None,
    )


_ABOUT: Final = """
SELECT s.about, s.key, s.applies, s.restricted FROM steps AS s
WHERE s.about IN (SELECT value FROM json_each(?)) AND s.applies IS NOT -1
"""


class _Taken(NamedTuple):
    """A step read back, with its standing so far."""

    said: Said
    applies: int | None
    restricted: int
    record: Record


def _steps(batch: Batch, ids: Collection[str]) -> dict[str, list[_Taken]]:
    stood = batch.db.execute(_ABOUT, (listed(ids),)).fetchall()
    told = batch.told(ids, [key for _, key, _, _ in stood])
    found: dict[str, list[_Taken]] = {}
    for about, key, applies, hidden in stood:
        if key in told:
            record, step = told[key]
            found.setdefault(about, []).append(_Taken(record, applies, hidden, step))
    return found


def settle(batch: Batch, pledges: Mapping[str, PledgeRow], pitches: Mapping[str, Pitch]) -> list[PledgeRow]:
    """The pledges as they now are; their steps are judged on the way."""
    steps = _steps(batch, pledges)
    return [
        _settle_one(batch, row, pitches.get(row.pitch), steps.get(id_, ())) for id_, row in pledges.items()
    ]


def _settle_one(batch: Batch, row: PledgeRow, pitch: Pitch | None, steps: Sequence[_Taken]) -> PledgeRow:
    steps = [step for step in steps if _by_party(batch, row, step)]
    if pitch is None:
        return row
    applies = row.applies
    if applies is WAITS:
        applies = _judge_offer(batch, row, pitch)
    if applies != APPLIES:
        return row._replace(owner=pitch.owner.member, applies=applies)
    giver = Party(NodeId(row.node), row.giver)
    ours = _judged(batch, row, pitch.owner, giver, steps)
    stands = row._replace(owner=pitch.owner.member, applies=APPLIES, private=int(_private(batch, row, pitch)))
    return _with_steps(stands, ours, pitch.ended)


def _by_party(batch: Batch, row: PledgeRow, step: _Taken) -> bool:
    """Whether a node that is party to the pledge made a step: ids say that much before the pitch is here."""
    if step.said.node in (row.node, row.pitch.partition("-")[0]):
        return True
    batch.judged.append((STRANGER, step.said.key, f"{step.record.type}: not by a party's node"))
    return False


def _private(batch: Batch, row: PledgeRow, pitch: Pitch) -> bool:
    """Whether some who see the pitch do not see the pledge."""
    audience = batch.audience(row.key, bool(row.restricted))
    return audience is not None and (pitch.audience is None or not pitch.audience <= audience)


def _judge_offer(batch: Batch, row: PledgeRow, pitch: Pitch) -> int:
    record = (
        batch.offered[row.id].record
        if row.id in batch.offered
        else read(said(batch.db, [row.key])[row.key].content)
    )
    if not may(record, NodeId(row.node), owner=pitch.owner):
        batch.refused.append((row.key, "pledge.offer: the pitch's owner is not its giver"))
        return OUT_OF_TURN
    if pitch.audience is not None and not row.restricted:
        batch.refused.append((row.key, "pledge.offer: shown to all, on a pitch that is not"))
        return OUT_OF_TURN
    return APPLIES


def _judged(
    batch: Batch, row: PledgeRow, owner: Party, giver: Party, steps: Sequence[_Taken]
) -> list[tuple[_Taken, str]]:
    """The steps that apply, each with the side that made it."""
    found = []
    for step in steps:
        author = NodeId(step.said.node)
        applies, why = _judge(step, author, owner, giver, hidden=bool(row.restricted))
        if applies != step.applies:
            batch.judged.append((applies, step.said.key, why))
        if applies == APPLIES:
            found.append((step, _side(step.record)))
    return found


def _judge(step: _Taken, author: NodeId, owner: Party, giver: Party, *, hidden: bool) -> tuple[int, str]:
    what = step.record.type
    if what not in STEPS or not may(step.record, author, owner=owner, giver=giver):
        return STRANGER, f"{what}: not by the party whose step it is"
    if bool(step.restricted) != hidden:
        return STRANGER, f"{what}: its audience is not the pledge's"
    return APPLIES, ""


def _side(record: Record) -> str:
    step = STEP_OF[record.type]
    return GIVER if step in ("withdraw", "fulfil", "answer") else OWNER


def _with_steps(row: PledgeRow, steps: Sequence[tuple[_Taken, str]], ended: bool) -> PledgeRow:
    made = [_step(step, side, row.node) for step, side in steps]
    accept = accepted_in_force(made)
    promise = next((step for step, _ in steps if accept and _is(step, "pledge.accept", accept)), None)
    promised = as_a(PledgeAccept, promise.record) if promise else None
    state = pledge_state(made, pitch_ended=ended)
    taken = min(accept.quantity, row.quantity) if accept else 0
    return row._replace(
        state=state,
        taken=taken,
        accepted=taken if state in TAKEN else 0,
        turn=_place(accept.order) if accept else -1,
        accepted_at=promise.said.time if promise else None,
        fulfilled_at=_last(steps, "pledge.fulfil"),
        return_state=return_state(made),
        return_due=promised.return_due if promised else None,
        delivered_at=_last(steps, "return.deliver"),
    )


def _is(step: _Taken, kind: str, other: Step) -> bool:
    return step.record.type == kind and order_of(step.said.place) == other.order


def _place(order: tuple[int, int]) -> int:
    return order[0] << 40 | order[1]


def _last(steps: Sequence[tuple[_Taken, str]], kind: str) -> int | None:
    made = [step.said for step, _ in steps if step.record.type == kind]
    return max(made, key=lambda step: step.place).time if made else None


def _step(step: _Taken, side: str, givers: str) -> Step:
    record, about = step.record, _about(step.record)
    if about and not about.startswith(givers):
        about = None
    return Step(
        kind=STEP_OF[record.type],
        side=side,
        order=order_of(step.said.place),
        result=record.result if isinstance(record, PledgeConfirm | ReturnConfirm) else None,
        quantity=record.quantity if isinstance(record, PledgeAccept) else 0,
        about=order_of(place_in(about)) if about else None,
        promises=isinstance(record, PledgeAccept) and record.return_ is not None,
    )


def _about(record: Record) -> str | None:
    if isinstance(record, PledgeAccept):
        return record.terms
    return record.fulfil if isinstance(record, PledgeConfirm) else None


def write(batch: Batch, changed: Sequence[PledgeRow]) -> None:
    """Put rows down."""
    batch.db.executemany(_WRITE, changed)
    batch.tx.topics.update(f"pledge:{row.id}" for row in changed)
    batch.tx.topics.update(f"pitch:{row.pitch}" for row in changed)
