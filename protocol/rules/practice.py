"""Whether what was learned is applied: check-ins, who else saw it, and what came of a pitch.

Law: which day a check-in answers, and which answer counts, follows from the owner's own order; what others saw stands
beside it. The clock says only what is due. Sources: DOMAIN R6, R7, R16.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from protocol.rules.moments import DAY
from protocol.rules.pitches import PitchFacts, clock_state

ANSWER_DAYS: Final = 30  # a check-in not answered so long after it was due: no answer
ATTEST_DAYS: Final = 14  # whom the owner asked to attest a check-in has so long
NONE: Final = 0
NO: Final = 1
PARTLY: Final = 2
YES: Final = 3
STRENGTH: Final[Mapping[str, int]] = {"no": NO, "partly": PARTLY, "yes": YES}
OPEN_TO: Final = ("underway", "sharing", "applied", "closed")
"""States of a pitch in which a check-in may be written: early is welcome, late too, once the learning has begun."""
CHECK_STATES: Final = ("due", "answered", "overdue", "no-answer")
OUTCOMES: Final = (
    *("applied-attested", "applied-self-reported", "partly-applied", "not-applied"),
    *("no-answer", "lapsed", "withdrawn", "cancelled"),
)


class Answer(NamedTuple):
    """One check-in of the owner: its place among all she says, its entry id, the day it names, what it answers."""

    turn: int
    id: str
    day: int | None
    applied: str


def by_day(days: Sequence[int], answers: Iterable[Answer]) -> dict[int, Answer]:
    """The answer that counts for each day of the policy that has one.

    In the owner's order: one that names a day answers that day; one that names none answers the first day not
    answered yet, else the last day. A later one for the same day replaces the earlier; a day the policy does not set
    counts for nothing.
    """
    found: dict[int, Answer] = {}
    ordered = sorted(days)
    for answer in sorted(answers):
        day = answer.day
        if day is None:
            day = next((open_ for open_ in ordered if open_ not in found), ordered[-1] if ordered else None)
        if day in ordered:
            found[day] = answer
    return found


def due_at(ends: int | None, day: int) -> int | None:
    """When a check-in is due, POSIX ms: so many days after the end; None while no end is known."""
    return None if ends is None else ends + day * DAY


def check_state(due: int | None, now: int, *, answered: bool) -> str:
    """One of CHECK_STATES."""
    if answered:
        return "answered"
    if due is None or now < due:
        return "due"
    return "no-answer" if now >= due + ANSWER_DAYS * DAY else "overdue"


def strongest(answers: Iterable[Answer]) -> int:
    """The best of the answers that count: NONE, NO, PARTLY or YES."""
    return max((STRENGTH[answer.applied] for answer in answers), default=NONE)


def attested(answers: Iterable[Answer], saw: Mapping[str, Iterable[str]]) -> bool:
    """Whether somebody else saw what an answer says is applied.

    ``saw``: by check-in, the last word of each member other than the pitcher.
    """
    return any(answer.applied == "yes" and "yes" in saw.get(answer.id, ()) for answer in answers)


def asked_state(asked_at: int, now: int, *, said: bool) -> str:
    """What became of asking a member to attest a check-in: attested, asked, not-attested."""
    if said:
        return "attested"
    return "not-attested" if now >= asked_at + ATTEST_DAYS * DAY else "asked"


def outcome(facts: PitchFacts, applied: int, now: int, *, attested: bool, ahead: bool = False) -> str | None:
    """What came of a pitch, one of OUTCOMES; None while nobody can know yet.

    ``ahead``: the owner said once that it goes ahead. An applied pitch shows what came of it so far, a lapsed one that
    it lapsed, as long as it is.
    """
    state = clock_state(facts, now)
    if state in ("withdrawn", "cancelled", "lapsed"):
        return state
    if state not in ("applied", "closed"):
        return None
    if applied == NONE:
        return "no-answer" if facts.resourced or ahead else "lapsed"
    if applied == YES:
        return "applied-attested" if attested else "applied-self-reported"
    return "partly-applied" if applied == PARTLY else "not-applied"
