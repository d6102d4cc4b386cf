"""What a pitch's page says of practice and of who stands by it: check-ins, facilitator, catalysts, invitations.

Law: everything here is joined when read, from the same answers the row was worked out of; what the clock says of it is
computed now. An invitation is shown to the two it is between. Sources: DOMAIN R6, R7, R9, R16.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Any, Final, NamedTuple, cast

from protocol.ids import NodeId
from protocol.rules.facilitator import due_at as facilitator_due
from protocol.rules.facilitator import facilitator_state
from protocol.rules.moments import DAY
from protocol.rules.people import turn
from protocol.rules.pitches import ENDS, PitchState, clock_state
from protocol.rules.policies import Policy
from protocol.rules.practice import (
    ATTEST_DAYS,
    NO,
    OPEN_TO,
    asked_state,
    check_state,
    due_at,
    outcome,
)
from store.views import practice, voices
from store.views.ground import Said
from store.views.people import Names
from store.views.pitch_rows import PitchRow
from store.views.practice import Practice
from store.views.shapes import Asked, CheckIn, Facilitator, Invited, Person, StandCan, Text, Witness
from store.views.timeline import in_time, steps_of_type

INVITE_DAYS: Final = 30  # an invitation not taken up lapses then (R16)
_AWAITED: Final = ("underway", "resourced", *OPEN_TO[1:])
"""States of a pitch in which check-ins are to come or were; in others only those answered are shown."""


class Stand(NamedTuple):
    """All of it for one viewer; ``can`` is what she may do about it now."""

    check_ins: list[CheckIn]
    outcome: str | None
    reason: Text | None
    facilitator: Facilitator | None
    catalysts: list[Person]
    encouragements: int
    invites: list[Invited]
    can: StandCan


def stand(
    db: sqlite3.Connection,
    names: Names,
    pitch: tuple[PitchRow, PitchState],
    judged: tuple[Said, Policy],
    now: int,
) -> Stand:
    """What a pitch's page shows; ``judged`` is its opening and its policy."""
    (row, state), (opening, policy) = pitch, judged
    owner = names.people.person(row.node, row.owner)
    made = practice.of_pitch(db, names.people, row.id, (owner, bool(row.restricted), policy.check_ins))
    came, reason = came_of(row, state, made, now)
    carrying = voices.last_words(names.people, voices.on(db, [row.id], "catalyse"))
    encouraging = voices.last_words(names.people, voices.on(db, [row.id], "encourage"))
    named = facilitator(db, names, state, opening, now)
    return Stand(
        check_ins=check_ins(names, row, made, policy, now),
        outcome=came,
        reason=reason,
        facilitator=named,
        catalysts=[names.person(word.content["by"]) for word in in_time(carrying.values())],
        encouragements=len(encouraging),
        invites=invites(db, names, row.id, now),
        can=_can(names, row, (made, named), (carrying.keys(), encouraging.keys()), now),
    )


def _can(
    names: Names,
    row: PitchRow,
    found: tuple[Practice, Facilitator | None],
    spoke: tuple[Collection[str], Collection[str]],
    now: int,
) -> StandCan:
    """``spoke``: who carries the pitch already, who encouraged it already."""
    (made, named), (carrying, encouraging), member = found, spoke, names.viewer.member
    me = names.people.heir(member) if member is not None else None
    shown = clock_state(row.facts, now)
    other = me is not None and not names.is_viewer(row.owner)
    stands = shown not in ("withdrawn", "cancelled")
    return {
        "check_in": me is not None and not other and shown in OPEN_TO,
        "attest": named is not None and named["you"] and stands,
        "attest_check_in": other and bool(made.answers),
        "catalyse": other and stands and me not in carrying,
        "encourage": other and me not in encouraging,
        "invite": me is not None and row.said not in ENDS,
    }


def check_ins(names: Names, row: PitchRow, made: Practice, policy: Policy, now: int) -> list[CheckIn]:
    """Every check-in of the policy with its answer; of a pitch that does not go ahead, those answered."""
    awaited = clock_state(row.facts, now) in _AWAITED
    days = [day for day in policy.check_ins if awaited or day in made.answers]
    return [_check_in(names, row, made, day, now) for day in days]


def _check_in(names: Names, row: PitchRow, made: Practice, day: int, now: int) -> CheckIn:
    answer, due = made.answers.get(day), due_at(row.ends, day)
    record = made.records[answer.id] if answer else None
    content: dict[str, Any] = record.content if record else {}
    saw = in_time(made.saw.get(answer.id, ())) if answer else []
    return {
        "day": day,
        "due": due,
        "state": cast(Any, check_state(due, now, answered=answer is not None)),
        "applied": content.get("applied"),
        "evidence": content.get("evidence"),
        "obstacle": content.get("obstacle"),
        "level": content.get("level"),
        "id": record.id if record else None,
        "time": record.at if record else None,
        "attests": [_witness(names, word) for word in saw],
        "asked": _asked(names, record, saw, now) if record else [],
    }


def _witness(names: Names, record: Said) -> Witness:
    content = record.content
    return {
        "id": record.id,
        "who": names.person(content["by"]),
        "saw": content["saw"],
        "note": content.get("note"),
        "time": record.at,
    }


def _asked(names: Names, record: Said, saw: list[Said], now: int) -> list[Asked]:
    """Whom the owner asked, and whether they said something."""
    spoke = {names.people.heir(word.content["by"]) for word in saw}
    return [
        {
            "who": names.person(member),
            "state": cast(Any, asked_state(record.at, now, said=names.people.heir(member) in spoke)),
            "due": record.at + ATTEST_DAYS * DAY,
        }
        for member in record.content.get("asks") or ()
    ]


def came_of(row: PitchRow, state: PitchState, made: Practice, now: int) -> tuple[str | None, Text | None]:
    """(outcome, the reason for it): what stood in the way of what is not applied, the word at a withdrawal."""
    came = outcome(row.facts, row.applied, now, attested=bool(row.attested), ahead=state.ahead)
    if came in ("withdrawn", "cancelled"):
        return came, state.step.note if state.step else None
    if came != "not-applied" or row.applied != NO:
        return came, None
    obstacles = [
        text
        for _, answer in sorted(made.answers.items())
        if (text := made.records[answer.id].content.get("obstacle"))
    ]
    return came, obstacles[-1] if obstacles else None


# ── who stands by it ─────────────────────────────────────────────────────────────────────────────────────────


def facilitator(
    db: sqlite3.Connection, names: Names, state: PitchState, opening: Said, now: int
) -> Facilitator | None:
    """The facilitator named, with the last attest; None when nobody is, or the owner: nobody attests to their own."""
    member = state.pitch.facilitator
    if member is None or names.people.same(member, opening.content["by"]):
        return None
    since = _named_since(db, names, opening)
    words = voices.last_words(names.people, voices.on(db, [opening.id], "attest"))
    last = words.get(names.people.heir(member))
    content: dict[str, Any] = last.content if last else {}
    what, until = list(content.get("what") or ()), content.get("until")
    return {
        **names.person(member),
        "state": cast(Any, facilitator_state(since, now, attests=bool(what), until=until)),
        "what": what,
        "until": until,
        "note": content.get("note"),
        "attest": last.id if last else None,
        "time": last.at if last else None,
        "since": since,
        "due": facilitator_due(since),
    }


def _named_since(db: sqlite3.Connection, names: Names, opening: Said) -> int:
    """When the owner named her, by the record that did and none that took it back since."""
    since, named = opening.at, opening.content.get("facilitator")
    owner = names.people.person(opening.node, opening.content["by"])
    revises = [
        (at, record)
        for record in steps_of_type(db, opening.id, "pitch.revise")
        if "facilitator" in record.content
        and (at := turn(owner, NodeId(record.node), record.content["by"], record.order)) is not None
    ]
    for _, record in sorted(revises, key=lambda made: made[0]):
        before, named = named, record.content["facilitator"]
        if named is not None and (before is None or not names.people.same(named, before)):
            since = record.at
    return since


def invites(db: sqlite3.Connection, names: Names, pitch: str, now: int) -> list[Invited]:
    """Invitations to a pitch that the viewer sent or got."""
    mine = [
        record
        for record in voices.on(db, [pitch], "invite")
        if names.is_viewer(record.content["by"]) or names.is_viewer(record.content["to"])
    ]
    return [_invited(names, record, now) for record in in_time(mine)]


def _invited(names: Names, record: Said, now: int) -> Invited:
    until = record.at + INVITE_DAYS * DAY
    return {
        "id": record.id,
        "who": names.person(record.content["by"]),
        "to": names.person(record.content["to"]),
        "text": record.content.get("text"),
        "time": record.at,
        "until": until,
        "state": "lapsed" if now >= until else "open",
    }
