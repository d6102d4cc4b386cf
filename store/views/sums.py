"""What the pledges of a pitch add up to.

Law: only pledges seen by everybody who sees the pitch are added; private ones count by the owner's tally. Nothing a
stranger offers can make a sum overflow, and no sum is taken over offers one by one. Source: DOMAIN R8, R12.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from protocol.records.pitches import Ask
from protocol.rules.asks import TAKEN, PledgeFacts, counted
from protocol.rules.policies import Order
from store.views.ground import listed
from store.views.places import order_of

Fitting = Callable[[str, str | None, str, str], str | None]
"""(pitch, ask, kind, unit) -> the ask it counts towards, None: beside the asks."""


class Pledges(NamedTuple):
    """Pledges taken one by one, those only offered summed by ask. ``beside``: one beside the asks was taken;
    ``standing``: how many stand, taken and offered; ``turns``: row key and counted part by the accept's order;
    ``formed``: one was accepted, whatever became of it."""

    facts: list[PledgeFacts]
    beside: bool
    standing: int
    turns: Mapping[Order, tuple[int, int]]
    formed: bool


NONE: Final = Pledges([], False, 0, {}, False)

_TAKEN: Final = """
SELECT pitch, ask, kind, unit, quantity, state, taken, turn, key, accepted FROM pledges
WHERE pitch IN (SELECT value FROM json_each(?)) AND private = 0 AND applies = 1
  AND state IN ('accepted', 'fulfilled', 'confirmed', 'disputed')
"""
_OFFERED: Final = """
SELECT pitch, ask, kind, unit, count(*), sum(quantity >> 24), sum(quantity & 0xFFFFFF) FROM pledges
WHERE pitch IN (SELECT value FROM json_each(?)) AND private = 0 AND applies = 1 AND state = 'offered'
GROUP BY pitch, ask, kind, unit
"""  # two halves: whatever is offered, neither sum leaves 64 bits

_FORMED: Final = """
SELECT DISTINCT pitch FROM pledges
WHERE pitch IN (SELECT value FROM json_each(?)) AND private = 0 AND applies = 1 AND turn >= 0
"""


def pledges_of(db: sqlite3.Connection, pitches: Iterable[str], fitting: Fitting) -> dict[str, Pledges]:
    """What the pledges of these pitches add up to, by pitch; pitches without any are left out."""
    ids = listed(pitches)
    facts: dict[str, list[PledgeFacts]] = {}
    counts: dict[str, int] = {}
    turns: dict[str, dict[Order, tuple[int, int]]] = {}
    for pitch, ask, kind, unit, quantity, state, taken, turn, key, accepted in db.execute(_TAKEN, (ids,)):
        order = order_of(turn)
        fact = PledgeFacts(fitting(pitch, ask, kind, unit), quantity, state, taken, order)
        facts.setdefault(pitch, []).append(fact)
        turns.setdefault(pitch, {})[order] = (key, accepted)
        counts[pitch] = counts.get(pitch, 0) + 1
    for pitch, ask, kind, unit, count, high, low in db.execute(_OFFERED, (ids,)):
        fact = PledgeFacts(ask=fitting(pitch, ask, kind, unit), offered=(high << 24) + low, state="offered")
        facts.setdefault(pitch, []).append(fact)
        counts[pitch] = counts.get(pitch, 0) + count
    formed = {pitch for (pitch,) in db.execute(_FORMED, (ids,))}
    return {
        pitch: Pledges(
            found := facts.get(pitch, []),
            _beside(found),
            counts.get(pitch, 0),
            turns.get(pitch, {}),
            pitch in formed,
        )
        for pitch in facts.keys() | formed
    }


def _beside(facts: Iterable[PledgeFacts]) -> bool:
    return any(fact.ask is None and fact.state in TAKEN for fact in facts)


def recounted(asks: Iterable[Ask], pledges: Pledges) -> list[tuple[int, int]]:
    """(part that counts, row key) of every taken pledge whose row says another; beside the asks all of it counts."""
    parts = {fact.order: fact.accepted for fact in pledges.facts if fact.order is not None}
    for ask in asks:
        towards = [fact for fact in pledges.facts if fact.ask == ask.key]
        parts |= {fact.order: part for fact, part in counted(ask.quantity, towards) if fact.order is not None}
    return [(parts[order], key) for order, (key, written) in pledges.turns.items() if parts[order] != written]
