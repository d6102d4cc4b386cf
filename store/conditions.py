"""What must hold before a member may publish a record, by type, and what the node adds to it.

Law: everything that is wrong is named at once where it can be; what the rules would make of the record when it is read
back is asked of the same rules now. Source: DOMAIN sections 1 and 2, R1 to R5, R10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from protocol.errors import Refused
from protocol.ids import NodeId
from protocol.records import NotAcceptable, Problem, Record, problem
from protocol.records.care import Label
from protocol.records.people import MemberMove
from protocol.records.pitches import Ask, PitchAdvance, PitchRevise, PitchUpdate
from protocol.records.pledges import OfferStand, PledgeAccept, PledgeOffer
from protocol.records.talk import Thanks
from protocol.rules.asks import TAKEN
from protocol.rules.moments import lasts_until
from protocol.rules.people import node_turn
from protocol.rules.pitches import ENDS, PitchState, clock_state, fold, may_advance
from protocol.rules.pledges import accept_problems
from store import (
    conditions_circles,
    conditions_events,
    conditions_knowledge,
    conditions_polls,
    conditions_practice,
    own_cause,
)
from store.acting import Act
from store.conditions_events import unknown_keys
from store.views import object_rows
from store.views.ground import as_a
from store.views.offers import state_at
from store.views.pitch_rows import PitchRow, progress_of
from store.views.pledge_items import Known, of_pitch
from store.views.pledge_page import accept_lacks
from store.views.pledge_rows import PledgeRow
from store.views.studies import naming_now, studies
from store.views.succession import number_of
from store.views.timeline import steps_of_type

_MOST: Final = 1_000  # pledges of one pitch looked at when thanking


class NotReady(Refused):
    """A pledge may not be accepted yet: ``missing`` is all the pitch misses (R2)."""

    def __init__(self, missing: tuple[Problem, ...]) -> None:
        super().__init__("not-ready", field="pledge")
        self.missing = missing


def check(act: Act, record: Record) -> None:
    """Raise Refused, NotAcceptable or NotReady if the record may not be made now."""
    condition = _CONDITIONS.get(record.type)
    problems = tuple(condition(act, record)) if condition else ()
    if problems:
        raise NotAcceptable(*problems)


def added(act: Act) -> dict[str, Any]:
    """What the node writes into the record: the versions it speaks of."""
    if act.type == "pledge.offer" and act.pitch:
        return {"terms": act.pitch.version}
    if act.type == "pledge.accept" and act.pledge:
        return {"terms": act.pledge.row.version}
    if act.type == "ballot":
        return conditions_polls.token(act)
    if act.type == "pledge.confirm" and act.pledge:
        last = _last_fulfil(act, act.pledge.row)
        return {"fulfil": last} if last else {}
    return {}


def _last_fulfil(act: Act, row: PledgeRow) -> str | None:
    """The giver's last fulfil, be it a step or a case study that names the pledge."""
    giver = act.people.person(row.node, row.maker)
    steps = [
        (record.id, record.node, record.order) for record in steps_of_type(act.db, row.id, "pledge.fulfil")
    ]
    told = studies(row.kind, giver, row.restricted, naming_now(act.db, row.id), row.giver)
    made = [
        *(
            (number_of(at), id_)
            for id_, node, order in steps
            if (at := node_turn(giver, NodeId(node), order))
        ),
        *((study.turn, study.artifact) for study in told),
    ]
    return max(made)[1] if made else None


def _pitch(act: Act) -> tuple[PitchRow, PitchState]:
    if act.pitch is None or act.state is None:
        raise Refused("not-here", field="pitch")
    return act.pitch, act.state


def _pledge(act: Act) -> Known:
    if act.pledge is None:
        raise Refused("not-here", field="pledge")
    return act.pledge


def _revise(act: Act, record: Record) -> Iterator[Problem]:
    row, state = _pitch(act)
    yield from conditions_practice.facilitated(act, record)
    accepted = {key: ask.accepted for key, ask in progress_of(row).items() if ask.accepted}
    fold(state, as_a(PitchRevise, record), act.now, accepted)


def _advance(act: Act, record: Record) -> Iterator[Problem]:
    row, state = _pitch(act)
    step = as_a(PitchAdvance, record)
    fold(state, step, act.now)
    shown = clock_state(row.facts, act.now)
    if not may_advance(shown, step.to):
        yield problem("to", "out-of-turn", state=shown, to=step.to)


def _update(act: Act, record: Record) -> Iterator[Problem]:
    _, state = _pitch(act)
    yield from unknown_keys(state, as_a(PitchUpdate, record).fulfils)


def _thanks(act: Act, record: Record) -> Iterator[Problem]:
    row, _ = _pitch(act)
    taken = {one.row.id for one in of_pitch(act.db, act.viewer, row.id, _MOST) if one.row.state in TAKEN}
    named = as_a(Thanks, record).to
    yield from (problem(f"to.{at}", "not-taken") for at, pledge in enumerate(named) if pledge not in taken)


def _offer(act: Act, record: Record) -> Iterator[Problem]:
    row, state = _pitch(act)
    offer = as_a(PledgeOffer, record)
    if act.owns:
        yield problem("pitch", "own-pitch")
    if row.said in ENDS:
        yield problem("pitch", "ended", state=row.said)
    if offer.ask is not None:
        yield from _fits(offer, next((ask for ask in state.asks if ask.key == offer.ask), None))
    if offer.offer is not None:
        yield from _comes_of(act, offer, offer.offer)


def _comes_of(act: Act, pledge: PledgeOffer, offer: str) -> Iterator[Problem]:
    """What is wrong with the standing offer a pledge names."""
    row = object_rows.find(act.db, act.viewer, offer, "offer")
    if row is None:
        yield problem("offer", "not-here")
        return
    if pledge.show != "named":
        yield problem("offer", "offer-names-you")
    if act.author.member is None or not act.people.same(row.owner, act.author.member):
        yield problem("offer", "not-yours")
    elif state_at(row, act.now) != "open":
        yield problem("offer", "offer-over")
    kind = as_a(OfferStand, object_rows.records(act.db, [row])[row.id]).kind
    if kind != pledge.kind:
        yield problem("kind", "not-the-offer-s", offered=kind)


def _stand(act: Act, record: Record) -> Iterator[Problem]:
    until = as_a(OfferStand, record).until
    if until is not None and lasts_until(until) <= act.now:
        yield problem("until", "date-passed")


def _close(act: Act, record: Record) -> Iterator[Problem]:
    if act.object is not None and act.object.ended is not None:
        yield problem("offer", "offer-over")


def _fits(offer: PledgeOffer, ask: Ask | None) -> Iterator[Problem]:
    if ask is None:
        yield problem("ask", "key-unknown", key=offer.ask)
        return
    if offer.kind != ask.kind:
        yield problem("kind", "not-the-ask-s", asked=ask.kind)
    if offer.unit != ask.unit:
        yield problem("unit", "not-the-ask-s", asked=ask.unit)


def _accept(act: Act, record: Record) -> Iterator[Problem]:
    pledge = _pledge(act)
    if pledge.pitch.said in ENDS:
        yield problem("pledge", "ended", state=pledge.pitch.said)
        return
    if lacks := accept_lacks(act.db, pledge):
        raise NotReady(lacks)
    row, ask = pledge.row, pledge.ask
    progress = progress_of(pledge.pitch).get(ask.key) if ask else None
    quantity = as_a(PledgeAccept, record).quantity
    yield from accept_problems(quantity, row.quantity, row.state or "", ask, progress)


def _in_state(*states: str) -> Callable[[Act, Record], Iterator[Problem]]:
    """The condition that a pledge is in one of some states."""

    def condition(act: Act, record: Record) -> Iterator[Problem]:
        pledge = _pledge(act)
        if pledge.row.state not in states:
            yield problem("pledge", "not-open", state=pledge.row.state)

    return condition


def _return(act: Act, record: Record) -> Iterator[Problem]:
    pledge = _pledge(act)
    if pledge.row.state not in TAKEN or pledge.row.return_state == "none":
        yield problem("pledge", "no-return")


def _label(act: Act, record: Record) -> Iterator[Problem]:
    own_cause.ask(act.db, act.viewer, as_a(Label, record).on, field="on")
    yield from ()


_CARD: Final = "SELECT was FROM members WHERE id = ?"


def _move(act: Act, record: Record) -> Iterator[Problem]:
    """The other card may still be on its way; one that is here must say that it was this one."""
    move = as_a(MemberMove, record)
    row = act.db.execute(_CARD, (move.to,)).fetchone()
    if move.to == move.by or (row is not None and row[0] != move.by):
        yield problem("to", "not-your-card")


_CONDITIONS: Final[Mapping[str, Callable[[Act, Any], Iterator[Problem]]]] = {
    "pitch.open": conditions_practice.open_pitch,
    "pitch.revise": _revise,
    "pitch.advance": _advance,
    "pitch.update": _update,
    "thanks": _thanks,
    "label": _label,
    "pledge.offer": _offer,
    "offer.stand": _stand,
    "offer.close": _close,
    "pledge.accept": _accept,
    "pledge.decline": _in_state("offered", "accepted"),
    "pledge.withdraw": _in_state("offered", "accepted"),
    "pledge.revise": _in_state("offered", "accepted", "declined"),
    "pledge.release": _in_state("accepted"),
    "pledge.fulfil": _in_state("accepted", "disputed"),
    "pledge.confirm": _in_state("accepted", "fulfilled", "disputed"),
    "return.deliver": _return,
    "return.confirm": _return,
    **conditions_knowledge.CONDITIONS,
    "member.move": _move,
    **conditions_circles.CONDITIONS,
    **conditions_events.CONDITIONS,
    **conditions_polls.CONDITIONS,
    **conditions_practice.CONDITIONS,
}
