"""What state a pledge and its return are in, from the steps both parties made.

Law: the set of steps decides, not the order they came in. Steps of one party are ordered by its feed; between
the two there is no order but what a step names, so a stronger step wins over a weaker one whenever it was
made. The precedence is written out in docs/spec/states.md. Sources: DOMAIN section 2, R5, R12, R16.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from protocol.records import Problem, problem
from protocol.records.lists import MONEY
from protocol.records.pitches import Ask
from protocol.rules.asks import AskProgress
from protocol.rules.moments import DAY, lasts_until
from protocol.rules.policies import Order

STATES: Final = (
    "offered", "accepted", "declined", "withdrawn", "fulfilled", "confirmed", "disputed", "released", "lapsed"
)  # fmt: skip
ANSWER_DAYS: Final = 14  # a pledge offered, accepted or fulfilled waits this long for the other side

CASE_STUDY: Final = "case-study"  # the kind an artifact of the giver's fulfils
GIVER: Final = "giver"
OWNER: Final = "owner"
SIDES: Final[Mapping[str, tuple[str, ...]]] = {
    "accept": (OWNER,),
    "decline": (OWNER,),
    "confirm": (OWNER,),
    "deliver": (OWNER,),
    "withdraw": (GIVER,),
    "revise": (GIVER,),
    "fulfil": (GIVER,),
    "answer": (GIVER,),
    "release": (OWNER, GIVER),
}
STEP_OF: Final[Mapping[str, str]] = {
    "pledge.accept": "accept",
    "pledge.decline": "decline",
    "pledge.withdraw": "withdraw",
    "pledge.revise": "revise",
    "pledge.release": "release",
    "pledge.fulfil": "fulfil",
    "pledge.confirm": "confirm",
    "return.deliver": "deliver",
    "return.confirm": "answer",
}
"""Kind of step of each record type."""


class Step(NamedTuple):
    """One record about a pledge, by a party to it.

    ``order``: its place in the feed of its side. ``about``: the place, in the other side's feed, of what it
    answers: the version an accept takes, the fulfil a confirm looks at. ``promises``: an accept commits to a
    return.
    """

    kind: str
    side: str
    order: Order
    result: str | None = None
    quantity: int = 0
    about: Order | None = None
    promises: bool = False


class _Sorted(NamedTuple):
    by_kind: Mapping[str, list[Step]]

    def last(self, *kinds: str) -> Step | None:
        steps = [step for kind in kinds for step in self.by_kind.get(kind, ())]
        return max(steps, key=lambda step: step.order, default=None)


def _sort(steps: Iterable[Step]) -> _Sorted:
    """Steps by kind; one made by a side that may not make it does not apply (R10)."""
    found: dict[str, list[Step]] = {}
    for step in steps:
        if step.side in SIDES.get(step.kind, ()):
            found.setdefault(step.kind, []).append(step)
    return _Sorted(found)


def pledge_state(steps: Iterable[Step], *, pitch_ended: bool = False) -> str:
    """The state of a pledge, one of STATES but ``lapsed``. ``pitch_ended``: withdrawn or cancelled."""
    made = _sort(steps)
    accepted = made.last("accept")
    if accepted and (settled := _settled(made)):
        return settled
    if made.last("release") or (accepted and made.last("withdraw")) or pitch_ended:
        return "released"
    if made.last("withdraw"):
        return "withdrawn"
    return _answered(made)


def _settled(made: _Sorted) -> str | None:
    """confirmed, disputed or fulfilled, of a pledge that was accepted."""
    fulfilled = made.last("fulfil")
    confirmed = made.last("confirm")
    if confirmed is None:
        return "fulfilled" if fulfilled else None
    if confirmed.result != "not":
        return "confirmed"
    return "fulfilled" if fulfilled and fulfilled.order > (confirmed.about or (-1, -1)) else "disputed"


def _answered(made: _Sorted) -> str:
    answer = made.last("accept", "decline")
    if answer is None:
        return "offered"
    revised = made.last("revise")
    if revised and (answer.about or (-1, -1)) < revised.order:
        return "offered"
    return "accepted" if answer.kind == "accept" else "declined"


def accepted_in_force(steps: Iterable[Step]) -> Step | None:
    """The owner's last accept: what quantity counts, where it stands in her feed, what she promised."""
    return _sort(steps).last("accept")


def return_state(steps: Iterable[Step]) -> str:
    """none, promised, delivered, met, partly or not. The giver's last answer counts, delivered or not (R5)."""
    made = _sort(steps)
    if (answer := made.last("answer")) and answer.result:
        return answer.result
    if made.last("deliver"):
        return "delivered"
    accept = made.last("accept")
    return "promised" if accept and accept.promises else "none"


def return_clock(state: str, now: int, *, due: str | None = None, delivered: int | None = None) -> str:
    """The same with the clock: ``overdue`` past the date promised, ``no-answer`` 14 days after delivery."""
    if state == "promised" and due and now >= lasts_until(due):
        return "overdue"
    if state == "delivered" and delivered is not None and now >= delivered + ANSWER_DAYS * DAY:
        return "no-answer"
    return state


class PledgeTimes(NamedTuple):
    """What the clock needs of a pledge: claimed times in ms, dates as the records say them."""

    offered: int
    accepted: int | None = None
    fulfilled: int | None = None
    needed_by: str | None = None
    start: str | None = None


def waits_until(state: str, times: PledgeTimes) -> int | None:
    """When the party waited on should have acted, in ms (R16); None when nobody is waited on.

    A date that had passed when the waiting began is no date to wait for.
    """
    needed = lasts_until(times.needed_by) if times.needed_by else 0
    start = lasts_until(times.start) if times.start else 0
    if state == "offered":
        latest = times.offered + ANSWER_DAYS * DAY
        return needed if times.offered < needed < latest else latest
    if state == "accepted":
        since = times.accepted or times.offered
        return next((date for date in (needed, start) if date > since), since + ANSWER_DAYS * DAY)
    if state == "fulfilled":
        return (times.fulfilled or times.offered) + ANSWER_DAYS * DAY
    return None


def pledge_clock(state: str, times: PledgeTimes, now: int) -> str:
    """The state people see at ``now``: an offer unanswered and an accept unfulfilled lapse in the end (R16)."""
    due = waits_until(state, times)
    if due is None or state == "fulfilled":
        return state
    return "lapsed" if now >= due + (ANSWER_DAYS * DAY if state == "accepted" else 0) else state


def unconfirmed(state: str, times: PledgeTimes, now: int) -> bool:
    """Fulfilled, and the pitcher let the time to confirm pass: shown as "not confirmed"."""
    due = waits_until(state, times)
    return state == "fulfilled" and due is not None and now >= due


def accept_problems(
    quantity: int, offered: int, state: str, ask: Ask | None, progress: AskProgress | None
) -> tuple[Problem, ...]:
    """Why a pledge of ``offered`` in ``state`` may not be accepted for ``quantity``; readiness is asked apart.

    ``ask`` and ``progress`` are None for a pledge beside the asks.
    """
    if state not in ("offered", "declined"):
        return (problem("pledge", "not-open", state=state),)
    if quantity > offered:
        return (problem("quantity", "more-than-offered", offered=offered),)
    return _more_than_asked(quantity, ask, progress) if ask and progress else ()


def _more_than_asked(quantity: int, ask: Ask, progress: AskProgress) -> tuple[Problem, ...]:
    if progress.remaining == 0:
        return (problem("quantity", "already-met"),)
    if quantity > progress.remaining:
        return (problem("quantity", "more-than-asked", remaining=progress.remaining),)
    if not ask.split and quantity < ask.quantity:
        return (problem("quantity", "not-split", quantity=ask.quantity),)
    return ()


def default_audience(record_type: str, pledge_kind: str | None) -> Literal["parties"] | None:
    """Who may hold a record unless its author says otherwise; None is the network.

    ``pledge_kind`` is the kind of the pledge the record makes or speaks of, None if it speaks of none. Money
    and every record about it stay between the parties, and so does every comment on a pledge.
    """
    about_pledge = pledge_kind is not None
    return "parties" if pledge_kind == MONEY or (about_pledge and record_type == "comment") else None
