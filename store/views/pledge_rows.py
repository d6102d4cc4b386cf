"""Rows of pledges: what the steps of both parties make of them, worked out once a batch.

Law: a pledge and the steps about it are seen by the same people or do not belong together; a step by no party changes
nothing and is never looked at again. Source: DOMAIN section 2, R5, R10, R12.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from protocol.ids import NodeId
from protocol.records import Record, plain, read
from protocol.records.pledges import PledgeAccept, PledgeConfirm, PledgeOffer, PledgeRevise, ReturnConfirm
from protocol.rules.asks import TAKEN
from protocol.rules.ownership import may, when_said
from protocol.rules.people import Person, node_turn
from protocol.rules.pledges import (
    CASE_STUDY,
    OWNER,
    SIDES,
    STEP_OF,
    Step,
    accepted_in_force,
    pledge_state,
    return_state,
)
from protocol.rules.policies import Order
from store.payloads import Item
from store.rows import INDEX_BITS
from store.views.ground import APPLIES, OUT_OF_TURN, STRANGER, WAITS, Batch, Said, as_a, compact, listed, said
from store.views.object_rows import ObjectRow
from store.views.places import order_of, place_in
from store.views.studies import Study, naming, studies
from store.views.succession import number_of

STEPS: Final = frozenset(STEP_OF)
_RESTATED: Final = frozenset(PledgeRevise.model_fields) - {"type", "by", "lang", "audience", "pledge"}


class PledgeRow(NamedTuple):
    """A row of ``pledges``, in the order of its columns."""

    key: int
    id: str
    pitch: str
    node: str
    maker: str | None
    giver: str | None
    owner: str | None
    ask: str | None
    kind: str
    unit: str
    quantity: int
    version: str
    revised: str | None
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
    f" ON CONFLICT (key) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in PledgeRow._fields[4:])}"
)
_BY_ID: Final = f"SELECT {COLUMNS} FROM pledges WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608


class Pitch(NamedTuple):
    """What a pledge needs to know of its pitch. ``audience``: None is the network; ``ended`` releases pledges."""

    owner: Person
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
        maker=record.by,
        giver=record.by,
        owner=None,
        ask=record.ask,
        kind=record.kind,
        unit=record.unit,
        quantity=record.quantity,
        version=str(item.entry),
        revised=None,
        time=item.time,
        restricted=int(item.restricted),
        private=int(item.restricted),
        applies=WAITS,
        **_UNSETTLED,
    )


_UNSETTLED: Final[dict[str, Any]] = {
    "state": None,
    "taken": 0,
    "turn": -1,
    "accepted": 0,
    "accepted_at": None,
    "fulfilled_at": None,
    "return_state": "none",
    "return_due": None,
    "delivered_at": None,
}
"""What a pledge says that is not in effect."""


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
    steps, named = _steps(batch, pledges), naming(batch, _case_studies(pledges.values()))
    return [
        _settle_one(batch, row, pitches.get(row.pitch), steps.get(id_, ()), named.get(id_, ()))
        for id_, row in pledges.items()
    ]


def _case_studies(some: Iterable[PledgeRow]) -> list[str]:
    return [row.id for row in some if row.kind == CASE_STUDY]


def parties(batch: Batch, row: PledgeRow, owner: Person = ()) -> set[str]:
    """The nodes of giver and owner: ids say that much before the pitch is here."""
    nodes = {row.node, row.pitch.partition("-")[0]}
    if batch.people.moved:
        known = owner or (batch.people.person("", row.owner) if row.owner else ())
        nodes |= {stretch.node for person in (_giver(batch, row), known) for stretch in person}
    return nodes


def _giver(batch: Batch, row: PledgeRow) -> Person:
    return batch.people.person(row.node, row.maker)


def _settle_one(
    batch: Batch,
    row: PledgeRow,
    pitch: Pitch | None,
    steps: Sequence[_Taken],
    artifacts: Sequence[ObjectRow],
) -> PledgeRow:
    giver = _giver(batch, row)
    row = row._replace(giver=_heir(giver))
    steps = _by_parties(batch, row, steps, pitch.owner if pitch else ())
    if pitch is None:
        return row
    row = row._replace(owner=_heir(pitch.owner))
    applies = row.applies
    if applies is WAITS or row.id in batch.pledges:  # who moved may turn out to be the pitch's owner
        applies = _judge_offer(batch, row, pitch)
    if applies != APPLIES:
        batch.judged += [(WAITS, step.said.key, "") for step in steps if step.applies is not WAITS]
        return _as_revised(batch, row, ())._replace(applies=applies, **_UNSETTLED)
    ours = _judged(batch, row, pitch.owner, giver, steps)
    stands = row._replace(applies=APPLIES, private=int(_private(batch, row, pitch)))
    told = studies(row.kind, giver, row.restricted, artifacts, row.giver)
    return _with_steps(_as_revised(batch, stands, ours), ours, told, giver, pitch.ended)


def _heir(person: Person) -> str | None:
    return person[-1].member


def _by_parties(batch: Batch, row: PledgeRow, steps: Sequence[_Taken], owner: Person) -> list[_Taken]:
    """The steps without those of nodes that can be no party's, whatever the pitch says when it comes."""
    nodes = parties(batch, row, owner)
    batch.judged += [
        (STRANGER, step.said.key, f"{step.record.type}: not by a party's node")
        for step in steps
        if step.said.node not in nodes
    ]
    return [step for step in steps if step.said.node in nodes]


def _private(batch: Batch, row: PledgeRow, pitch: Pitch) -> bool:
    """Whether some who see the pitch do not see the pledge."""
    audience = batch.audience(row.key, bool(row.restricted))
    return audience is not None and (pitch.audience is None or not pitch.audience <= audience)


def _judge_offer(batch: Batch, row: PledgeRow, pitch: Pitch) -> int:
    record = _offer(batch, row)
    if not may(record, NodeId(row.node), order_of(place_in(row.id)), owner=pitch.owner):
        batch.refused.append((row.key, "pledge.offer: the pitch's owner is not its giver"))
        return OUT_OF_TURN
    if pitch.audience is not None and not row.restricted:
        batch.refused.append((row.key, "pledge.offer: shown to all, on a pitch that is not"))
        return OUT_OF_TURN
    return APPLIES


def _offer(batch: Batch, row: PledgeRow) -> PledgeOffer:
    """The offer as it was made."""
    if row.id in batch.offered:
        return as_a(PledgeOffer, batch.offered[row.id].record)
    return as_a(PledgeOffer, read(said(batch.db, [row.key])[row.key].content))


class _Ours(NamedTuple):
    """A step that applies, the side that made it and its place among all that side said."""

    taken: _Taken
    side: str
    order: Order

    @property
    def type(self) -> str:
        return self.taken.record.type


def _judged(
    batch: Batch, row: PledgeRow, owner: Person, giver: Person, steps: Sequence[_Taken]
) -> list[_Ours]:
    """The steps that apply, each side's in order."""
    found = []
    for step in steps:
        ours, why = _judge(step, owner, giver, hidden=bool(row.restricted))
        applies = STRANGER if ours is None else APPLIES
        if applies != step.applies:
            batch.judged.append((applies, step.said.key, why))
        if ours is not None:
            found.append(ours)
    return sorted(found, key=lambda step: step.order)


def _judge(step: _Taken, owner: Person, giver: Person, *, hidden: bool) -> tuple[_Ours | None, str]:
    record, author, order = step.record, NodeId(step.said.node), step.said.order
    if record.type in STEPS and bool(step.restricted) != hidden:
        return None, f"{record.type}: its audience is not the pledge's"
    for side in SIDES[STEP_OF[record.type]] if record.type in STEPS else ():
        parties_ = {"owner": owner, "giver": None} if side == OWNER else {"owner": None, "giver": giver}
        at = when_said(record, author, order, **parties_)
        if at is not None:
            return _Ours(step, side, order_of(number_of(at))), ""
    return None, f"{record.type}: not by the party whose step it is"


def _as_revised(batch: Batch, row: PledgeRow, steps: Sequence[_Ours]) -> PledgeRow:
    """The offer with what the giver restated: absent stays, null empties."""
    revises = [step for step in steps if step.type == "pledge.revise"]
    if not revises and row.revised is None:
        return row
    offer = _offer(batch, row)
    if not revises:  # what was hers no longer is: she had moved
        return row._replace(quantity=offer.quantity, version=row.id, revised=None)
    for step in revises:
        record = as_a(PledgeRevise, step.taken.record)
        named = record.model_fields_set & _RESTATED
        offer = offer.model_copy(update={name: getattr(record, name) for name in named})
    return row._replace(
        quantity=offer.quantity, version=revises[-1].taken.said.id, revised=compact(plain(offer))
    )


def _with_steps(
    row: PledgeRow, steps: Sequence[_Ours], told: Sequence[Study], giver: Person, ended: bool
) -> PledgeRow:
    made = [*(_step(step, giver) for step in steps), *(study.step for study in told)]
    accept = accepted_in_force(made)
    promise = next((step.taken for step in steps if accept and _is(step, accept)), None)
    promised = as_a(PledgeAccept, promise.record) if promise else None
    state = pledge_state(made, pitch_ended=ended)
    taken = min(accept.quantity, row.quantity) if accept else 0
    return row._replace(
        state=state,
        taken=taken,
        accepted=taken if state in TAKEN else 0,
        turn=accept.order[0] << INDEX_BITS | accept.order[1] if accept else -1,
        accepted_at=promise.said.time if promise else None,
        fulfilled_at=_fulfilled_at(steps, told),
        return_state=return_state(made),
        return_due=promised.return_due if promised else None,
        delivered_at=_last(steps, "return.deliver"),
    )


def _is(step: _Ours, accept: Step) -> bool:
    return step.type == "pledge.accept" and step.order == accept.order


def _last(steps: Sequence[_Ours], kind: str) -> int | None:
    made = [step.taken.said for step in steps if step.type == kind]
    return made[-1].time if made else None


def _fulfilled_at(steps: Sequence[_Ours], told: Sequence[Study]) -> int | None:
    """Claimed time of the last fulfil, be it a step or a case study."""
    made = [(step.order, step.taken.said.time) for step in steps if step.type == "pledge.fulfil"]
    made += [(study.step.order, study.time) for study in told]
    return max(made)[1] if made else None


def _step(step: _Ours, giver: Person) -> Step:
    record = step.taken.record
    return Step(
        kind=STEP_OF[record.type],
        side=step.side,
        order=step.order,
        result=record.result if isinstance(record, PledgeConfirm | ReturnConfirm) else None,
        quantity=record.quantity if isinstance(record, PledgeAccept) else 0,
        about=_about(record, giver),
        promises=isinstance(record, PledgeAccept) and record.return_ is not None,
    )


def _about(record: Record, giver: Person) -> Order | None:
    """The place, among all the giver said, of what a step of the owner answers."""
    named = None
    if isinstance(record, PledgeAccept):
        named = record.terms
    elif isinstance(record, PledgeConfirm):
        named = record.fulfil
    if named is None:
        return None
    at = node_turn(giver, NodeId(named.partition("-")[0]), order_of(place_in(named)))
    return None if at is None else order_of(number_of(at))


def write(batch: Batch, changed: Sequence[PledgeRow]) -> None:
    """Put rows down."""
    batch.db.executemany(_WRITE, changed)
    batch.tx.topics.update(f"pledge:{row.id}" for row in changed)
    batch.tx.topics.update(f"pitch:{row.pitch}" for row in changed)
