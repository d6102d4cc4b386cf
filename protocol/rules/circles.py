"""Who is in a circle and why, who keeps it, and when it ends.

Law: functions of what was said and when it claims to have been said; nobody founds a pitch's circle and nobody can be
kept in one or put out of one by another. Source: DOMAIN R11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Literal, NamedTuple

from protocol.rules.moments import DAY, lasts_until

Basis = Literal["owner", "catalyst", "attester", "giver", "joined"]
BASES: Final[tuple[Basis, ...]] = ("owner", "catalyst", "attester", "giver", "joined")
"""What brings somebody into a circle, what says most about her first."""
LEFT: Final = "left"
IDLE_DAYS: Final = 180
"""So long without an active steward, and any member may take the role."""
SECOND: Final = 2
"""Organisations that should keep a circle, so that it outlives either."""


class Passage(NamedTuple):
    """Something that brings one person into a circle, or (``left``) takes her out.

    ``time`` is claimed, POSIX ms; ``turn`` its place among all she said, asked only of what she said of it herself:
    ``joined`` and ``left``.
    """

    word: str
    time: int
    turn: int = -1


class Seat(NamedTuple):
    """Somebody's place in a circle: why, and since when (POSIX ms)."""

    basis: Basis
    since: int


def seat(passages: Iterable[Passage]) -> Seat | None:
    """The place one person has; None if she has none.

    Her own last word outweighs what else would bring her in: who left comes back by joining only.
    """
    every = list(passages)
    own = sorted((one for one in every if one.word in ("joined", LEFT)), key=lambda one: one.turn)
    if own and own[-1].word == LEFT:
        return None
    gone = max((at for at, one in enumerate(own) if one.word == LEFT), default=None)
    brought = [one for one in every if one.word != LEFT]
    if not brought:
        return None
    basis = min((_basis(one.word) for one in brought), key=BASES.index)
    since = own[gone + 1].time if gone is not None else min(one.time for one in brought)
    return Seat(basis, since)


def _basis(word: str) -> Basis:
    return next(basis for basis in BASES if basis == word)


class Event(NamedTuple):
    """A record about a circle, by somebody who is named. Of ``names`` and ``lays-down`` ``member`` is of whom."""

    time: int
    id: str
    by: str
    what: Literal["says", "names", "lays-down", "leaves"] = "says"
    member: str | None = None


class Steward(NamedTuple):
    """A member who keeps a circle: since when (POSIX ms) and how: its owner, ``named`` by ``by``, or ``taken``."""

    member: str
    since: int
    how: Literal["owner", "named", "taken"]
    by: str | None = None


class Keeping(NamedTuple):
    """Who keeps a circle, and when one of them last said something of it (POSIX ms)."""

    stewards: tuple[Steward, ...]
    active: int

    def is_steward(self, member: str | None) -> bool:
        """Whether a member is one."""
        return any(one.member == member for one in self.stewards)

    def may_take(self, at: int) -> bool:
        """Whether the role is free for any member at a time: no steward was active for 180 days."""
        return at - self.active >= IDLE_DAYS * DAY


def keeping(
    owner: str, begun: int, events: Iterable[Event], was_in: Callable[[str, int], bool], now: int
) -> Keeping:
    """Who keeps a circle that ``owner`` began, by all that was said about it until ``now``.

    In the order of claimed times. A steward names others and can depose none; she lays her own role down, by saying so
    or by leaving. Who was in (``was_in(member, time)``) takes the role when no steward was active.
    """
    here: dict[str, Steward] = {owner: Steward(owner, begun, "owner")}
    active = begun
    for event in sorted(event for event in events if event.time <= now):
        if event.by in here:
            active = max(active, event.time)
        taken = Keeping((), active).may_take(event.time) and was_in(event.by, event.time)
        _happens(here, event, taken=taken)
        if event.by in here:
            active = max(active, event.time)
    return Keeping(tuple(sorted(here.values(), key=lambda one: (one.since, one.member))), active)


def _happens(here: dict[str, Steward], event: Event, *, taken: bool) -> None:
    member = event.member or event.by
    if event.what == "leaves" or (event.what == "lays-down" and member == event.by):
        here.pop(event.by, None)
    elif event.what == "names" and member not in here:
        if event.by in here:
            here[member] = Steward(member, event.time, "named", event.by)
        elif member == event.by and taken:
            here[member] = Steward(member, event.time, "taken")


def second_wanted(nodes: Iterable[str]) -> bool:
    """Whether a steward from another organisation is asked for; ``nodes`` are those of the stewards there are."""
    return len(set(nodes)) < SECOND


def is_over(sunset: str | None, now: int) -> bool:
    """Whether a circle's last day has ended everywhere."""
    return sunset is not None and now >= lasts_until(sunset)
