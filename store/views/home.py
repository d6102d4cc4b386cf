"""Home: what waits on the viewer, what she waits for, what came of what she gave.

Law: each line says who, until when and why; only the viewer's own pledges and pitches are looked at.
Source: DOMAIN R16, WEB "Pages" (Home).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

from protocol.rules.asks import TAKEN
from protocol.rules.moments import DAY, lasts_until
from protocol.rules.pitches import PitchState, clock_state, sharing_progress
from protocol.rules.pledges import ANSWER_DAYS, return_clock, waits_until
from store.views import artifacts, pitches
from store.views.people import Names
from store.views.pitch_rows import COLUMNS, PitchRow, policy_at, states
from store.views.places import place_in
from store.views.pledge_items import Known, by_role
from store.views.shapes import ArtifactFilters, Came, Home, PitchFilters, PitchItem, Viewer, Wait
from store.views.timeline import steps_of_type

NEWEST: Final = 5
"""Pitches and artifacts shown as new."""
MAX_CAME: Final = 10
"""Gifts of which it is told what came of them, the newest."""
MAX_PITCHES: Final = 50
"""The viewer's own pitches looked at, the newest."""

Side = Literal["giver", "owner"]
_NEXT: Final[Mapping[str, tuple[str, Side, str]]] = {
    "offered": ("accept", "owner", "pledge-offered"),
    "accepted": ("fulfil", "giver", "pledge-accepted"),
    "disputed": ("fulfil", "giver", "pledge-disputed"),
    "fulfilled": ("confirm", "owner", "pledge-fulfilled"),
}
"""State of a pledge → what is due, which side it waits on, why (R16)."""
_NEXT_RETURN: Final[Mapping[str, tuple[str, Side, str]]] = {
    "promised": ("deliver-return", "owner", "return-promised"),
    "overdue": ("deliver-return", "owner", "return-promised"),
    "delivered": ("confirm-return", "giver", "return-delivered"),
}
"""State of a return → the same."""


class Due(NamedTuple):
    """What is to be done, why, until when (None: no date) and since when it waits."""

    what: str
    reason: str
    until: int | None
    since: int


def feed(db: sqlite3.Connection, viewer: Viewer, *, now: int) -> Home:
    """The home page of a viewer."""
    names = Names(db, viewer)
    on_me: list[Wait] = []
    on_others: list[Wait] = []
    for mine, wait in _open(db, names, now):
        (on_me if mine else on_others).append(wait)
    return {
        "on_me": sorted(on_me, key=_soonest),
        "on_others": sorted(on_others, key=_soonest),
        "came": _came(db, names, now) if viewer.member is not None else [],
        "newest": _newest(db, viewer, now),
        "newest_artifacts": artifacts.listing(db, viewer, ArtifactFilters(), now=now, limit=NEWEST).items,
    }


def waiting(db: sqlite3.Connection, viewer: Viewer, *, now: int) -> int:
    """How many things wait on the viewer: the number at the head of her pages."""
    return sum(mine for mine, _ in _open(db, Names(db, viewer), now))


_SIDES: Final[tuple[Side, ...]] = ("giver", "owner")


def _open(db: sqlite3.Connection, names: Names, now: int) -> Iterator[tuple[bool, Wait]]:
    """Everything that waits on the viewer (true) or on somebody she waits for."""
    if names.viewer.member is None:
        return
    for role in _SIDES:
        for one in by_role(db, names.viewer, role, _NEXT.keys() | TAKEN):
            for side, wait in _waits(names, one, role, now):
                yield side == role, wait
    for promised in _promised(db, names, now):
        yield True, promised


def _soonest(wait: Wait) -> tuple[bool, int, int]:
    return wait["due"] is None, wait["due"] or 0, wait["since"]


def _waits(names: Names, one: Known, role: Side, now: int) -> Iterator[tuple[Side, Wait]]:
    """What a pledge and its return wait for, each with the side that is to act; nothing waits once it lapsed."""
    state = one.at(now)
    if state in _NEXT and one.pitch.said != "closed":
        what, side, reason = _NEXT[state]
        yield (
            side,
            _wait(names, one, role, Due(what, reason, waits_until(state, one.times), _since(one)), now),
        )
    row = one.row
    returned = return_clock(row.return_state, now, due=row.return_due, delivered=row.delivered_at)
    if returned in _NEXT_RETURN and state in ("fulfilled", "confirmed"):
        what, side, reason = _NEXT_RETURN[returned]
        yield side, _wait(names, one, role, Due(what, reason, _return_due(one), _since(one)), now)


def _since(one: Known) -> int:
    row = one.row
    return row.delivered_at or row.fulfilled_at or row.accepted_at or row.time


def _return_due(one: Known) -> int | None:
    row = one.row
    if row.delivered_at is not None:
        return row.delivered_at + ANSWER_DAYS * DAY
    return lasts_until(row.return_due) if row.return_due else None


def _wait(names: Names, one: Known, role: Side, due: Due, now: int) -> Wait:
    other = names.person(one.pitch.owner) if role == "giver" else names.giver(one.row.id, one.said.content)
    return {
        "what": due.what,
        "reason": due.reason,
        "id": one.row.id,
        "kind": "pledge",
        "title": one.state.pitch.title,
        "who": other,
        "due": due.until,
        "overdue": due.until is not None and now >= due.until,
        "since": due.since,
    }


# ── what the viewer promised to pass on ──────────────────────────────────────────────────────────────────────

_MINE: Final = f"""
SELECT {COLUMNS} FROM pitches
WHERE owner = ? AND ends <= ? AND (said IS NULL OR said NOT IN ('closed', 'withdrawn', 'cancelled'))
ORDER BY age LIMIT ?
"""  # noqa: S608


def _promised(db: sqlite3.Connection, names: Names, now: int) -> Iterator[Wait]:
    """Sharing activities not delivered and first artifacts not written, of her pitches that are over (R4)."""
    rows = [PitchRow(*row) for row in db.execute(_MINE, (names.viewer.member, now, MAX_PITCHES))]
    known = states(db, rows)
    for row in rows:
        if clock_state(row.facts, now) in ("sharing", "applied"):
            yield from _of_pitch(db, names, row, known[row.id], now)


def _of_pitch(
    db: sqlite3.Connection, names: Names, row: PitchRow, state: PitchState, now: int
) -> Iterator[Wait]:
    here = [one for one in artifacts.of_pitch(db, names, row.id) if one["publisher"]["id"] == row.owner]
    ended = row.ends or 0
    if not here:
        within = policy_at(db, row.node, place_in(row.id)).share_within
        yield _share(row, state, Due("write-artifact", "first-artifact", ended + within * DAY, ended), now)
    updates = steps_of_type(db, row.id, "pitch.update")
    done = {key for record in updates for key in record.content.get("fulfils") or ()}
    done |= {key for one in here for key in one["fulfils"]}
    for progress in sharing_progress(state.sharing, done, now):
        if not progress.delivered:
            yield _share(row, state, Due("share", "sharing-promised", progress.due, ended), now)


def _share(row: PitchRow, state: PitchState, due: Due, now: int) -> Wait:
    return {
        "what": due.what,
        "reason": due.reason,
        "id": row.id,
        "kind": "pitch",
        "title": state.pitch.title,
        "who": None,
        "due": due.until,
        "overdue": due.until is not None and now >= due.until,
        "since": due.since,
    }


# ── news ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _came(db: sqlite3.Connection, names: Names, now: int) -> list[Came]:
    """What came of what she gave: pitches that are over, thanks, artifacts; the newest gifts first."""
    given = by_role(db, names.viewer, "giver", TAKEN)
    some = (_came_of(db, names, one, now) for one in given)
    return [came for came in some if came["thanks"] or came["artifacts"] or came["state"] in _OVER][:MAX_CAME]


_OVER: Final = ("sharing", "applied", "closed")


def _came_of(db: sqlite3.Connection, names: Names, one: Known, now: int) -> Came:
    thanked = [
        record
        for record in steps_of_type(db, one.pitch.id, "thanks")
        if one.row.id in (record.content.get("to") or [one.row.id])
    ]
    here = artifacts.of_pitch(db, names, one.pitch.id)
    return {
        "pledge": one.row.id,
        "pitch": one.pitch.id,
        "title": one.state.pitch.title,
        "state": clock_state(one.pitch.facts, now),
        "thanks": thanked[-1].content["text"] if thanked else None,
        "artifacts": [{"id": artifact["id"], "title": artifact["title"]} for artifact in here],
        "time": _since(one),
    }


def _newest(db: sqlite3.Connection, viewer: Viewer, now: int) -> list[PitchItem]:
    """The newest pitches of the viewer's jurisdiction, and of everywhere while it has none."""
    row = db.execute("SELECT jurisdiction FROM profiles WHERE node = ?", (viewer.node,)).fetchone()
    near = pitches.newest(db, viewer, PitchFilters(jurisdiction=row[0]), now=now, limit=NEWEST) if row else []
    return near or pitches.newest(db, viewer, PitchFilters(), now=now, limit=NEWEST)
