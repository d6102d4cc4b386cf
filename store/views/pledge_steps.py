"""Steps of pledges: read back, judged, and put as the rules take them.

Law: a pledge and the steps about it are seen by the same people or do not belong together; a step by no party changes
nothing. Source: DOMAIN section 2, R5, R10, R12.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from protocol.ids import NodeId
from protocol.records import Record
from protocol.records.pledges import PledgeAccept, PledgeConfirm, ReturnConfirm
from protocol.rules.ownership import when_said
from protocol.rules.people import Person, node_turn
from protocol.rules.pledges import OWNER, SIDES, STEP_OF, Step
from protocol.rules.policies import Order
from store.views.ground import APPLIES, STRANGER, Batch, Said, listed
from store.views.places import order_of, place_in
from store.views.pledge_rows import PledgeRow
from store.views.studies import Study
from store.views.succession import number_of

STEPS: Final = frozenset(STEP_OF)

_ABOUT: Final = """
SELECT s.about, s.key, s.applies, s.restricted FROM steps AS s
WHERE s.about IN (SELECT value FROM json_each(?)) AND s.type IN (SELECT value FROM json_each(?))
  AND s.applies IS NOT -1
"""


class Taken(NamedTuple):
    """A step read back, with its standing so far."""

    said: Said
    applies: int | None
    restricted: int
    record: Record


def steps_of(batch: Batch, ids: Collection[str]) -> dict[str, list[Taken]]:
    stood = batch.db.execute(_ABOUT, (listed(ids), listed(sorted(STEPS)))).fetchall()
    told = batch.told(ids, [key for _, key, _, _ in stood])
    found: dict[str, list[Taken]] = {}
    for about, key, applies, hidden in stood:
        if key in told:
            record, step = told[key]
            found.setdefault(about, []).append(Taken(record, applies, hidden, step))
    return found


class Ours(NamedTuple):
    """A step that applies, the side that made it and its place among all that side said."""

    taken: Taken
    side: str
    order: Order

    @property
    def type(self) -> str:
        return self.taken.record.type


def judged(batch: Batch, row: PledgeRow, owner: Person, giver: Person, steps: Sequence[Taken]) -> list[Ours]:
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


def _judge(step: Taken, owner: Person, giver: Person, *, hidden: bool) -> tuple[Ours | None, str]:
    record, author, order = step.record, NodeId(step.said.node), step.said.order
    if record.type in STEPS and bool(step.restricted) != hidden:
        return None, f"{record.type}: its audience is not the pledge's"
    for side in SIDES[STEP_OF[record.type]] if record.type in STEPS else ():
        parties_ = {"owner": owner, "giver": None} if side == OWNER else {"owner": None, "giver": giver}
        at = when_said(record, author, order, **parties_)
        if at is not None:
            return Ours(step, side, order_of(number_of(at))), ""
    return None, f"{record.type}: not by the party whose step it is"


def is_accept(step: Ours, accept: Step) -> bool:
    return step.type == "pledge.accept" and step.order == accept.order


def last(steps: Sequence[Ours], kind: str) -> int | None:
    made = [step.taken.said for step in steps if step.type == kind]
    return made[-1].time if made else None


def fulfilled_at(steps: Sequence[Ours], told: Sequence[Study]) -> int | None:
    """Claimed time of the last fulfil, be it a step or a case study."""
    made = [(step.order, step.taken.said.time) for step in steps if step.type == "pledge.fulfil"]
    made += [(study.step.order, study.time) for study in told]
    return max(made)[1] if made else None


def as_step(step: Ours, giver: Person) -> Step:
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
