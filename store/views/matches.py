"""What the viewer could give, against what is asked today.

Law: her card and her standing offers are matched with asks that are not met, of pitches that still take pledges, not
her own and none she has pledged to; each kind of thing she offers is looked for among so many pitches, in the order of
R8. Source: DOMAIN R8, WEB "HTTP API" matches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from protocol.records.pitches import Ask as AskPart
from protocol.records.pledges import OfferStand
from protocol.rules.matching import Offered, Reason, Wanted, reasons
from protocol.rules.pitches import PitchState
from store.views import member_rows, object_rows, offers, pitch_rows, pitches
from store.views.ground import as_a, listed
from store.views.people import Names
from store.views.pitch_items import items as pitch_items
from store.views.pitch_page import asks_of
from store.views.pitch_rows import PitchRow
from store.views.shapes import Ask, Match, Offering, PitchFilters, Viewer

MAX_PITCHES: Final = 100
"""Pitches looked at for each kind of thing the viewer offers, the first in the order of lists."""
MAX_OFFERS: Final = 50
"""Standing offers of the viewer looked at, the newest."""
TAKING: Final = ("open", "ready", "resourced", "underway")
"""States of a pitch to which something may still be given in time."""


class _Mine(NamedTuple):
    """Something the viewer offers: as it is shown, and as it is matched."""

    shown: Offering
    offered: Offered


class _Found(NamedTuple):
    """An ask with the offer that has most in common with it."""

    row: PitchRow
    ask: AskPart
    mine: _Mine
    why: tuple[Reason, ...]


def of_viewer(db: sqlite3.Connection, viewer: Viewer, *, now: int, limit: int = 25) -> list[Match]:
    """The best matches, those with most reasons first, then in the order of lists."""
    names, mine = Names(db, viewer), list(_mine(db, viewer, now))
    rows = _pitches(db, viewer, {one.offered.kind for one in mine}, now)
    states = pitch_rows.states(db, rows)
    places, circles = _places(db, {row.node for row in rows}), _circles(db, {row.owner for row in rows})
    pledged = _pledged(db, viewer)
    found = []
    for row in rows:
        common = circles.get(row.owner, frozenset()) | {row.id}
        for ask in _open_asks(row, states[row.id], pledged):
            wanted = _wanted(ask, states[row.id], places.get(row.node, (None, None)), common)
            best = max(
                ((reasons(one.offered, wanted, now), one) for one in mine), key=lambda pair: len(pair[0])
            )
            if best[0]:
                found.append(_Found(row, ask, best[1], best[0]))
    found.sort(key=lambda one: -len(one.why))
    return _shown(db, names, found[:limit], now)


def _shown(db: sqlite3.Connection, names: Names, found: list[_Found], now: int) -> list[Match]:
    rows = list({one.row.id: one.row for one in found}.values())
    items = {item["id"]: item for item in pitch_items(db, names, rows, now)}
    states = pitch_rows.states(db, rows)
    asks: dict[tuple[str, str], Ask] = {
        (row.id, ask["key"]): ask for row in rows for ask in asks_of(states[row.id], row)
    }
    return [
        {
            "ask": asks[one.row.id, one.ask.key],
            "pitch": items[one.row.id],
            "offer": one.mine.shown,
            "reasons": [{"code": reason.code, "params": dict(reason.params)} for reason in one.why],
        }
        for one in found
    ]


# ── what the viewer offers ───────────────────────────────────────────────────────────────────────────────────


def _mine(db: sqlite3.Connection, viewer: Viewer, now: int) -> Iterator[_Mine]:
    """Her standing offers, then the lines of her card: of two with as much in common the first is taken."""
    row = member_rows.rows(db, [viewer.member]).get(viewer.member) if viewer.member else None
    if row is None:
        return
    card = member_rows.cards(db, [row])[row.id]
    at, level = _places(db, {viewer.node}).get(viewer.node, (None, None))
    base = Offered(
        "",
        languages=frozenset(card.languages or ()),
        jurisdiction=card.jurisdiction or at,
        level=level,
        circles=_circles(db, {row.id}).get(row.id, frozenset()),
    )
    standing = offers.standing(db, viewer, row.id, now, MAX_OFFERS)
    records = object_rows.records(db, standing)
    for one in standing:
        offer = as_a(OfferStand, records[one.id])
        offered = base._replace(
            kind=offer.kind,
            topics=frozenset(offer.topics or ()),
            languages=frozenset(offer.languages or ()) or base.languages,
            jurisdiction=offer.jurisdiction or base.jurisdiction,
        )
        yield _Mine({"id": one.id, "kind": offer.kind, "text": offer.text}, offered)
    for skill in card.offers or ():
        offered = base._replace(kind=skill.kind, topics=frozenset(skill.topics or ()))
        yield _Mine({"id": None, "kind": skill.kind, "text": skill.text}, offered)


_PLACES: Final = (
    "SELECT node, jurisdiction, level FROM profiles WHERE node IN (SELECT value FROM json_each(?))"
)


def _places(db: sqlite3.Connection, nodes: Iterable[str]) -> dict[str, tuple[str | None, str | None]]:
    """Jurisdiction and level of organisations."""
    return {node: (at, level) for node, at, level in db.execute(_PLACES, (listed(nodes),))}


_SEATS: Final = "SELECT member, circle FROM seats WHERE member IN (SELECT value FROM json_each(?))"


def _circles(db: sqlite3.Connection, members: Iterable[str]) -> dict[str, frozenset[str]]:
    """The circles each of these members is in."""
    found: dict[str, set[str]] = {}
    for member, circle in db.execute(_SEATS, (listed(members),)):
        found.setdefault(member, set()).add(circle)
    return {member: frozenset(circles) for member, circles in found.items()}


# ── what is asked ────────────────────────────────────────────────────────────────────────────────────────────


def _pitches(db: sqlite3.Connection, viewer: Viewer, kinds: Iterable[str], now: int) -> list[PitchRow]:
    """Pitches of others that still ask for one of these kinds, in the order of lists."""
    found: dict[str, PitchRow] = {}
    for kind in sorted(kinds):
        filters = PitchFilters(asks=kind)
        for row in pitches.first_rows(db, viewer, filters, now=now, limit=MAX_PITCHES, states=TAKING):
            if row.owner != viewer.member:
                found[row.id] = row
    return sorted(found.values(), key=lambda row: pitches.place(row, now))


_PLEDGED: Final = """
SELECT pitch, ask FROM pledges WHERE (giver = :viewer OR id IN (SELECT entry FROM unnamed WHERE member = :viewer))
  AND applies = 1 AND state IN ('offered', 'accepted', 'fulfilled', 'confirmed', 'disputed')
"""


def _pledged(db: sqlite3.Connection, viewer: Viewer) -> set[tuple[str, str | None]]:
    return set(db.execute(_PLEDGED, {"viewer": viewer.member}))


def _open_asks(row: PitchRow, state: PitchState, pledged: set[tuple[str, str | None]]) -> list[AskPart]:
    progress = pitch_rows.progress_of(row)
    return [ask for ask in state.asks if not progress[ask.key].met and (row.id, ask.key) not in pledged]


def _wanted(
    ask: AskPart, state: PitchState, place: tuple[str | None, str | None], circles: frozenset[str]
) -> Wanted:
    pitch = state.pitch
    return Wanted(
        kind=ask.kind,
        topics=frozenset(pitch.topics or ()),
        languages=frozenset(pitch.title),
        jurisdiction=(pitch.where.jurisdiction if pitch.where else None) or place[0],
        level=place[1],
        circles=circles,
        needed_by=ask.needed_by,
    )
