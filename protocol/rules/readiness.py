"""When pledges may be accepted: own share, readiness, first application (R1, R2, R3).

Law: arithmetic in integers of minor units, never a rate, never a rounding. A rule answers with everything that
is missing, each with the field it is about. Source: DOMAIN section 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from protocol.records import Problem, problem
from protocol.records.lists import MONEY
from protocol.records.pitches import Ask, Cost, Own, PitchOpen, Sharing
from protocol.rules.moments import day_of
from protocol.rules.policies import Policy

Missing = Problem
"""What keeps a pitch from being ready: field, code, params."""


class OwnShare(NamedTuple):
    """R1 of one pitch, in minor units of ``currency``.

    ``satisfied`` is None when no money is asked. ``needed`` is the least own money that would do (None: no sum
    would), ``by_time`` says the policy lets own hours stand for it. ``gaps`` is empty exactly when R1 holds.
    """

    satisfied: bool | None
    currency: str | None
    asked: int
    own: int
    employer: int
    total: int
    needed: int | None
    by_time: bool
    gaps: tuple[Missing, ...]


def own_share(cost: Cost | None, asks: Iterable[Ask], own: Iterable[Own], policy: Policy) -> OwnShare:
    """R1: own x (100 - p) >= asked x p and total = own + employer + asked, in one currency."""
    money = [ask for ask in asks if ask.kind == MONEY]
    asked = sum(ask.quantity for ask in money)
    put, employer, total = (cost.own, cost.employer, cost.total) if cost else (0, 0, 0)
    needed = _least_own(asked, policy.own_share)
    by_time = _hours(own) >= policy.time_instead if policy.time_instead else False
    gaps = _money_gaps(cost, money, asked, policy, by_time) if money else ()
    satisfied = not gaps if money else None
    currency = cost.currency if cost else (money[0].unit if money else None)
    return OwnShare(satisfied, currency, asked, put, employer, total, needed, by_time, gaps)


def _least_own(asked: int, percent: int) -> int | None:
    if asked == 0 or percent == 0:
        return 0
    return None if percent == 100 else -(-asked * percent // (100 - percent))


def _hours(own: Iterable[Own]) -> int:
    return sum(item.quantity for item in own if item.kind == "time" and item.unit == "hour")


def _money_gaps(
    cost: Cost | None, money: list[Ask], asked: int, policy: Policy, by_time: bool
) -> tuple[Missing, ...]:
    if cost is None:
        return (problem("cost", "missing"),)
    if {ask.unit for ask in money} != {cost.currency}:
        return (problem("cost.currency", "one-currency", currency=cost.currency),)
    gaps = []
    summed = cost.own + cost.employer + asked
    if cost.total != summed:
        gaps.append(problem("cost.total", "sum", currency=cost.currency, stated=cost.total, summed=summed))
    if not by_time and cost.own * (100 - policy.own_share) < asked * policy.own_share:
        needed = _least_own(asked, policy.own_share)
        short = None if needed is None else needed - cost.own
        gaps.append(problem("cost.own", "own-share", currency=cost.currency, needed=needed, short=short))
    return tuple(gaps)


def readiness(pitch: PitchOpen, policy: Policy) -> tuple[Missing, ...]:
    """R2: all that is missing before pledges to this pitch may be accepted; empty when it is ready."""
    return tuple(_missing(pitch, policy))


def is_ready(pitch: PitchOpen, policy: Policy) -> bool:
    """Whether nothing is missing; stops at the first thing that is."""
    return next(_missing(pitch, policy), None) is None


def _missing(pitch: PitchOpen, policy: Policy) -> Iterator[Missing]:
    asks = pitch.asks or ()
    yield from _benefits(pitch)
    yield from _present("when.end", pitch.when and pitch.when.end)
    yield from _present("asks", asks)
    yield from _sharing(pitch.sharing or ())
    yield from _application(pitch, policy)
    yield from own_share(pitch.cost, asks, pitch.own or (), policy).gaps


def _present(field: str, value: object) -> tuple[Missing, ...]:
    return () if value else (problem(field, "missing"),)


def _benefits(pitch: PitchOpen) -> Iterable[Missing]:
    for name in ("self", "peers", "organisation"):
        yield from _present(f"benefits.{name}", pitch.benefits and getattr(pitch.benefits, name))


def _sharing(activities: tuple[Sharing, ...]) -> Iterable[Missing]:
    """One activity whole is enough; with none whole, what the first lacks."""
    if not activities:
        return _present("sharing", None)
    lacks = [
        [field for field in ("avenue", "audience", "due") if not getattr(item, field)] for item in activities
    ]
    return () if [] in lacks else (problem(f"sharing.0.{field}", "missing") for field in lacks[0])


def _application(pitch: PitchOpen, policy: Policy) -> Iterable[Missing]:
    plan = pitch.application
    for name in ("practice", "first_date", "signal"):
        yield from _present(f"application.{name}", plan and getattr(plan, name))
    if plan and plan.first_date and pitch.when and pitch.when.end:
        latest = day_of(pitch.when.end) + timedelta(days=policy.apply_within)
        if day_of(plan.first_date) > latest:
            yield problem(
                "application.first_date", "too-late", latest=latest.isoformat(), days=policy.apply_within
            )
