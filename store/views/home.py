"""Home: what waits on the viewer, what she waits for, what came of what she gave.

Law: each line says who, until when and why; only the viewer's own pledges and pitches are looked at.
Source: DOMAIN R16, WEB "Pages" (Home).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from protocol.rules.asks import TAKEN
from protocol.rules.moments import DAY, lasts_until
from protocol.rules.pitches import clock_state
from protocol.rules.pledges import ANSWER_DAYS, return_clock
from store.views import artifacts, pitches
from store.views.ground import place_in
from store.views.people import Names
from store.views.pitch_page import sharing_of
from store.views.pitch_rows import COLUMNS, PitchRow, policy_at, states
from store.views.pledge_items import Known, by_role
from store.views.shapes import ArtifactFilters, Came, Home, Person, PitchFilters, PitchItem, Viewer, Wait
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


def feed(db: sqlite3.Connection, viewer: Viewer, *, now: int) -> Home:
    """The home page of a viewer."""
    names = Names(db, viewer)
    on_me: list[Wait] = []
    on_others: list[Wait] = []
    for role in _SIDES if viewer.member is not None else ():
        for one in by_role(db, viewer, role, _NEXT.keys() | TAKEN):
            for side, wait in _waits(names, one, role, now):
                (on_me if side == role else on_others).append(wait)
    on_me += _promised(db, names, now) if viewer.member is not None else []
    return {
        "on_me": sorted(on_me, key=_soonest),
        "on_others": sorted(on_others, key=_soonest),
        "came": _came(db, names, now) if viewer.member is not None else [],
        "newest": _newest(db, viewer, now),
        "newest_artifacts": artifacts.listing(db, viewer, ArtifactFilters(), now=now, limit=NEWEST).items,
    }


_SIDES: Final[tuple[Side, ...]] = ("giver", "owner")


def _soonest(wait: Wait) -> tuple[bool, int, int]:
    return wait["due"] is None, wait["due"] or 0, wait["since"]


def _waits(names: Names, one: Known, role: Side, now: int) -> Iterable[tuple[Side, Wait]]:
    """What a pledge and its return wait for, each with the side that is to act. Nothing waits on a pledge that lapsed."""
    row, state = one.row, one.at(now)
    if state in _NEXT and row.state == state and one.pitch.said != "closed":
        what, side, reason = _NEXT[state]
        since = row.fulfilled_at if state == "fulfilled" else row.accepted_at if state == "accepted" else row.time
        due = pledge_due(one)
        yield side, _wait(names, one, role, (what, reason), (due, since or row.time), now)
    returned = return_clock(row.return_state, now, due=row.return_due, delivered=row.delivered_at)
    if returned in _NEXT_RETURN and state in ("fulfilled", "confirmed"):
        what, side, reason = _NEXT_RETURN[returned]
        yield side, _wait(names, one, role, (what, reason), _return_due(one), now)
