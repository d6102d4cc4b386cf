"""What waits on the viewer, and what she waits for.

Law: each line says who, until when and why, by the table of R16; only the viewer's own rows are looked at, whatever
cards she had, each kind of them up to a number. What is restricted is told to whom it is between. Source: DOMAIN R16.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

from protocol.rules.asks import TAKEN
from protocol.rules.moments import DAY, lasts_until
from protocol.rules.obligations import NEXT, NEXT_RETURN, TABLE, Due
from protocol.rules.pitches import PitchState, clock_state, sharing_progress
from protocol.rules.pledges import ANSWER_DAYS, return_clock, waits_until
from protocol.rules.practice import due_at
from store.views import artifacts, asked, events, practice
from store.views.people import Names
from store.views.pitch_rows import COLUMNS, PitchRow, policy_at, states
from store.views.places import place_in
from store.views.pledge_items import Known, by_role
from store.views.shapes import Viewer, Wait
from store.views.timeline import steps_of_type
from store.views.waits import Open, line

MAX_PITCHES: Final = 50
"""The viewer's own pitches looked at, the newest."""

Side = Literal["giver", "owner"]
_SIDES: Final[tuple[Side, ...]] = ("giver", "owner")
_OF: Final = {"giver": "giver", "pitcher": "owner"}
"""The side of a pledge that a row of R16 waits on."""


class Obligations(NamedTuple):
    """Both lists, soonest first."""

    on_me: list[Wait]
    on_others: list[Wait]


def of_viewer(db: sqlite3.Connection, viewer: Viewer, *, now: int) -> Obligations:
    """What waits on the viewer, and what she waits for."""
    found = list(_open(db, Names(db, viewer), now))
    return Obligations(
        sorted((one.wait for one in found if one.mine), key=_soonest),
        sorted((one.wait for one in found if not one.mine), key=_soonest),
    )


def waiting(db: sqlite3.Connection, viewer: Viewer, *, now: int) -> int:
    """How many things wait on the viewer: the number at the head of her pages."""
    return sum(one.mine for one in _open(db, Names(db, viewer), now))


def _soonest(wait: Wait) -> tuple[bool, int, int, str]:
    return wait["due"] is None, wait["due"] or 0, wait["since"], wait["id"]


_Find = Callable[[sqlite3.Connection, Names, int], Iterator[Open]]


def _open(db: sqlite3.Connection, names: Names, now: int) -> Iterator[Open]:
    if names.viewer.member is not None:
        for find in _FINDS:
            yield from find(db, names, now)
    if names.viewer.role in ("steward", "operator"):
        yield from asked.reported(db, names, now)


# ── pledges and returns ──────────────────────────────────────────────────────────────────────────────────────


def _pledged(db: sqlite3.Connection, names: Names, now: int) -> Iterator[Open]:
    for role in _SIDES:
        for one in by_role(db, names.viewer, role, NEXT.keys() | TAKEN):
            for due in _of_pledge(one, now):
                giver = names.giver(one.row.id, one.said.content)
                other = names.person(one.pitch.owner) if role == "giver" else giver
                about = (one.row.id, "pledge", one.state.pitch.title)
                yield Open(_OF[TABLE[due.reason].on] == role, line(due, about, other, now))


def _of_pledge(one: Known, now: int) -> Iterator[Due]:
    """What a pledge and its return wait for; nothing once it lapsed."""
    state, row = one.at(now), one.row
    if state in NEXT and one.pitch.said != "closed":
        due = Due(NEXT[state], waits_until(state, one.times), _since(one, state))
        if due.waits(now):
            yield due
    returned = return_clock(row.return_state, now, due=row.return_due, delivered=row.delivered_at)
    if returned in NEXT_RETURN and state in ("fulfilled", "confirmed"):
        yield Due(NEXT_RETURN[returned], _return_due(one), row.delivered_at or _since(one, state))


def _since(one: Known, state: str) -> int:
    row = one.row
    times = {"offered": row.time, "accepted": row.accepted_at}
    return times.get(state, row.fulfilled_at or row.accepted_at) or row.time


def _return_due(one: Known) -> int | None:
    row = one.row
    if row.return_state == "delivered" and row.delivered_at is not None:
        return row.delivered_at + ANSWER_DAYS * DAY
    return lasts_until(row.return_due) if row.return_due else None


# ── what the viewer promised to pass on and to say ───────────────────────────────────────────────────────────

_MINE: Final = f"""
SELECT {COLUMNS} FROM pitches
WHERE owner = ? AND ends <= ? AND (said IS NULL OR said NOT IN ('closed', 'withdrawn', 'cancelled'))
ORDER BY fresh LIMIT ?
"""  # noqa: S608


def _over(db: sqlite3.Connection, names: Names, now: int) -> Iterator[Open]:
    """Sharing not delivered, first artifacts not written, check-ins not made, of her pitches that are over (R4, R6)."""
    rows = [PitchRow(*row) for row in db.execute(_MINE, (names.viewer.member, now, MAX_PITCHES))]
    known = states(db, rows)
    for row in rows:
        if clock_state(row.facts, now) in ("sharing", "applied"):
            for due in (*_sharing(db, names, row, known[row.id], now), *_check_ins(db, names, row, now)):
                yield Open(True, line(due, (row.id, "pitch", known[row.id].pitch.title), None, now))


def _sharing(
    db: sqlite3.Connection, names: Names, row: PitchRow, state: PitchState, now: int
) -> Iterator[Due]:
    here = [one for one in artifacts.of_pitch(db, names, row.id) if one["publisher"]["id"] == row.owner]
    ended = row.ends or 0
    if not here:
        within = policy_at(db, row.node, place_in(row.id)).share_within
        yield Due("first-artifact", ended + within * DAY, ended)
    updates = steps_of_type(db, row.id, "pitch.update")
    done = {key for record in updates for key in record.content.get("fulfils") or ()}
    done |= {key for one in here for key in one["fulfils"]}
    if all(activity.key in done for activity in state.sharing):
        return
    carried = events.carrying(db, names, row.id, row.owner)
    planned = {key: [event["ends"] for event in some] for key, some in carried.items()}
    for progress in sharing_progress(state.sharing, done, now, planned):
        if progress.state == "to-report":
            over = min(planned[progress.key])
            yield Due("sharing-to-report", progress.due, max(ended, over))
        elif not progress.delivered:
            yield Due("sharing-promised", progress.due, ended)


def _check_ins(db: sqlite3.Connection, names: Names, row: PitchRow, now: int) -> Iterator[Due]:
    """The next check-in, and those before it that may still be answered."""
    days = policy_at(db, row.node, place_in(row.id)).check_ins
    owner = names.people.person(row.node, row.owner)
    answers = practice.of_pitch(db, names.people, row.id, (owner, bool(row.restricted), days)).answers
    ended = row.ends or 0
    for day in sorted(days):
        due = Due("check-in-due", due_at(ended, day), ended)
        if day not in answers and due.waits(now):
            yield due
            if not due.overdue(now):
                return


_FINDS: Final[tuple[_Find, ...]] = (
    *(_pledged, _over, asked.facilitating, asked.attesting),
    *(asked.invited, asked.standing, asked.reporting),
)
