"""Pledges settled once a batch: what the offer and the steps of both parties make of each.

Law: a pledge waits for its pitch; a giver or owner who moved is the person she was. Source: DOMAIN section 2, R5, R10,
R12.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from protocol.ids import NodeId
from protocol.records import plain, read
from protocol.records.pledges import PledgeAccept, PledgeOffer, PledgeRevise
from protocol.rules.asks import TAKEN
from protocol.rules.ownership import may
from protocol.rules.people import Person
from protocol.rules.pledges import CASE_STUDY, accepted_in_force, pledge_state, return_state
from store.rows import INDEX_BITS
from store.views.ground import APPLIES, OUT_OF_TURN, STRANGER, WAITS, Batch, as_a, compact, said
from store.views.object_rows import ObjectRow
from store.views.places import order_of, place_in
from store.views.pledge_rows import UNSETTLED, PledgeRow
from store.views.pledge_steps import Ours, Taken, as_step, fulfilled_at, is_accept, judged, last, steps_of
from store.views.studies import Study, naming, studies

_RESTATED: Final = frozenset(PledgeRevise.model_fields) - {"type", "by", "lang", "audience", "pledge"}


class Pitch(NamedTuple):
    """What a pledge needs to know of its pitch. ``audience``: None is the network; ``ended`` releases pledges."""

    owner: Person
    audience: frozenset[str] | None
    ended: bool


def settle(batch: Batch, pledges: Mapping[str, PledgeRow], pitches: Mapping[str, Pitch]) -> list[PledgeRow]:
    """The pledges as they now are; their steps are judged on the way."""
    steps, named = steps_of(batch, pledges), naming(batch, _case_studies(pledges.values()))
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
    steps: Sequence[Taken],
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
        if applies == APPLIES:
            batch.judged.append((APPLIES, row.key, ""))  # what was held against it holds no more
    if applies != APPLIES:
        batch.judged += [(WAITS, step.said.key, "") for step in steps if step.applies is not WAITS]
        return _as_revised(batch, row, ())._replace(applies=applies, **UNSETTLED)
    ours = judged(batch, row, pitch.owner, giver, steps)
    stands = row._replace(applies=APPLIES, private=int(_private(batch, row, pitch)))
    told = studies(row.kind, giver, row.restricted, artifacts, row.giver)
    return _with_steps(_as_revised(batch, stands, ours), ours, told, giver, pitch.ended)


def _heir(person: Person) -> str | None:
    return person[-1].member


def _by_parties(batch: Batch, row: PledgeRow, steps: Sequence[Taken], owner: Person) -> list[Taken]:
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


def _as_revised(batch: Batch, row: PledgeRow, steps: Sequence[Ours]) -> PledgeRow:
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
    row: PledgeRow, steps: Sequence[Ours], told: Sequence[Study], giver: Person, ended: bool
) -> PledgeRow:
    made = [*(as_step(step, giver) for step in steps), *(study.step for study in told)]
    accept = accepted_in_force(made)
    promise = next((step.taken for step in steps if accept and is_accept(step, accept)), None)
    promised = as_a(PledgeAccept, promise.record) if promise else None
    state = pledge_state(made, pitch_ended=ended)
    taken = min(accept.quantity, row.quantity) if accept else 0
    return row._replace(
        state=state,
        taken=taken,
        accepted=taken if state in TAKEN else 0,
        turn=accept.order[0] << INDEX_BITS | accept.order[1] if accept else -1,
        accepted_at=promise.said.time if promise else None,
        fulfilled_at=fulfilled_at(steps, told),
        return_state=return_state(made),
        return_due=promised.return_due if promised else None,
        delivered_at=last(steps, "return.deliver"),
    )
