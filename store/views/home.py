"""Home: what waits on the viewer, what she waits for, what came of what she gave.

Law: each line says who, until when and why. Only her own pledges and pitches are looked at. Source: DOMAIN R16, WEB
"Pages" (Home).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from protocol.rules.asks import TAKEN
from protocol.rules.moments import DAY, lasts_until
from protocol.rules.pledges import ANSWER_DAYS
from store.views import artifacts, pitches
from store.views.people import Names
from store.views.pitch_rows import COLUMNS, PitchRow, policy_at
from store.views.pledge_items import Known, by_role
from store.views.shapes import (
    ArtifactFilters,
    Came,
    Home,
    Person,
    PitchFilters,
    Viewer,
    Wait,
)
from store.views.timeline import steps_of_type

NEWEST: Final = 5
"""Pitches and artifacts shown as new."""
MAX_CAME: Final = 20
MAX_PITCHES: Final = 100
"""The viewer's own pitches looked at, the newest."""

# state of a pledge -> (what is due, which side is waited on)
_NEXT: Final = {
    "offered": ("accept", "owner"),
    "accepted": ("fulfil", "giver"),
    "disputed": ("fulfil", "giver"),
    "fulfilled": ("confirm", "owner"),
}
# state of its return -> the same
_NEXT_RETURN: Final = {"promised": ("deliver-return", "owner"), "delivered": ("confirm-return", "giver")}
