"""What came of it: figures over all that is shared, never of a person.

Law: unrestricted rows only, so every node that holds the same records tells the same; what the clock makes is asked for
one time. Groups that are too small are suppressed (``protocol.rules.impact``). Sources: DOMAIN R7, R15.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from protocol.rules.asks import TAKEN
from protocol.rules.impact import (
    RETURNS,
    WHERE,
    Count,
    Told,
    counted,
    days_after,
    may_be_told,
    median,
    percent,
    row,
)
from protocol.rules.moments import begins, lasts_until
from protocol.rules.pitches import ENDS, clock_state
from protocol.rules.pledges import return_clock
from protocol.rules.practice import OUTCOMES, outcome
from store.views import impact_rows
from store.views.impact_rows import Place, Uses
from store.views.pitch_rows import PitchRow, Policies, progress_of, states
from store.views.shapes import (
    Breakdown,
    Figure,
    Flow,
    Flows,
    Gap,
    Impact,
    ImpactFilters,
    Viewer,
)

AFTER: Final = ("sharing", "applied", "closed")
"""States of a pitch of which something is to be shared."""


class _Asked(NamedTuple):
    """What figures are told with: the rows chosen, the smallest group, the time."""

    db: sqlite3.Connection
    rows: Mapping[str, PitchRow]
    places: Place
    smallest: int
    now: int


def figures(db: sqlite3.Connection, viewer: Viewer, filters: ImpactFilters, *, now: int) -> Impact:
    """All figures, narrowed by place, topic and the days in which pitches opened and artifacts were used."""
    between = (
        begins(filters.since) if filters.since else impact_rows.EARLIEST,
        lasts_until(filters.until) if filters.until else impact_rows.LATEST,
    )
    places = Place(db)
    rows = impact_rows.pitches(db, places, filters, between)
    smallest = Policies(db).at(viewer.node, impact_rows.LATEST).min_group
    ground = _Asked(db, {one.id: one for one in rows}, places, smallest, now)
    uses = list(impact_rows.uses(db, places, filters, between))
    where = _where(ground, uses)
    return {
        "min_group": smallest,
        "asks": _breakdown(ground, ("met", "open"), _asks(rows)),
        "returns": _breakdown(ground, RETURNS, _returns(ground)),
        "first_artifact": _first_artifact(ground),
        "outcomes": _breakdown(ground, OUTCOMES, _outcomes(ground)),
        "reuse": _breakdown(ground, (), ((use.result, use.person) for use in uses)),
        "reuse_where": where,
        "pledge_flows": _flows(ground, _pledged(ground)),
        "reuse_flows": _within(where, _flows(ground, ((use.source, use.target, use.person) for use in uses))),
        "gap": _gap(ground, filters),
    }


# ── how a figure is told ─────────────────────────────────────────────────────────────────────────────────────


def _figure(value: float | None, *, suppressed: bool) -> Figure:
    return {"value": None if suppressed else value, "suppressed": suppressed}


def _row(ground: _Asked, pairs: Iterable[tuple[str, str]], names: Iterable[str]) -> Told:
    made = list(pairs)
    groups = {name: Count(0, 0) for name in names} | dict(sorted(counted(made).items()))
    total = Count(len(made), len({person for _, person in made}))
    return row(groups, total, ground.smallest)


def _breakdown(ground: _Asked, names: Iterable[str], pairs: Iterable[tuple[str, str]]) -> Breakdown:
    found = _row(ground, pairs, names)
    return {
        "total": _figure(found.total, suppressed=found.total is None),
        "groups": [
            {
                "group": name,
                "value": value,
                "suppressed": value is None,
                "share": percent(value, found.total),
            }
            for name, value in found.groups.items()
        ],
    }


def _flows(ground: _Asked, pairs: Iterable[tuple[str | None, str | None, str]]) -> Flows:
    """What went from one known place to another."""
    across = [
        (f"{source} {target}", person)
        for source, target, person in pairs
        if source and target and source != target
    ]
    found = _row(ground, across, ())
    items: list[Flow] = [
        {
            "from": name.partition(" ")[0],
            "to": name.partition(" ")[2],
            "value": value,
            "suppressed": value is None,
            "share": percent(value, found.total),
        }
        for name, value in sorted(found.groups.items())
    ]
    return {"total": _figure(found.total, suppressed=found.total is None), "items": items}


def _within(where: Breakdown, flows: Flows) -> Flows:
    """Flows whose total is a group of another row: hidden there, it is hidden here."""
    if next(group["suppressed"] for group in where["groups"] if group["group"] == "across"):
        for flow in flows["items"]:
            flow["share"] = None
        return {"total": _figure(None, suppressed=True), "items": flows["items"]}
    return flows


# ── what is counted ──────────────────────────────────────────────────────────────────────────────────────────


def _asks(rows: Sequence[PitchRow]) -> Iterator[tuple[str, str]]:
    for one in rows:
        for ask in progress_of(one).values():
            yield "met" if ask.met else "open", one.owner


def _returns(ground: _Asked) -> Iterator[tuple[str, str]]:
    """Returns promised for what was given, by what became of them; the pitchers are who keeps them."""
    for pledge in impact_rows.pledges(ground.db):
        if pledge.pitch in ground.rows and pledge.state in TAKEN and pledge.returned != "none":
            state = return_clock(pledge.returned, ground.now, due=pledge.due, delivered=pledge.delivered)
            yield state if state in RETURNS else "open", ground.rows[pledge.pitch].owner


def _first_artifact(ground: _Asked) -> Figure:
    """Days from the end of a pitch to the first artifact of its owner: the median."""
    days, owners = [], set()
    first = impact_rows.first_artifacts(ground.db)
    for one in ground.rows.values():
        time = first.get((one.id, one.owner))
        if time is not None and one.ends is not None and clock_state(one.facts, ground.now) in AFTER:
            days.append(days_after(one.ends, time))
            owners.add(one.owner)
    return _figure(median(days), suppressed=not may_be_told(Count(len(days), len(owners)), ground.smallest))


def _outcomes(ground: _Asked) -> Iterator[tuple[str, str]]:
    silent = [one for one in ground.rows.values() if not one.applied and not one.resourced]
    closed = [one for one in silent if clock_state(one.facts, ground.now) == "closed"]
    ahead = {id_ for id_, state in states(ground.db, closed).items() if state.ahead}
    for one in ground.rows.values():
        attested, went = bool(one.attested), one.id in ahead
        came = outcome(one.facts, one.applied, ground.now, attested=attested, ahead=went)
        if came is not None:
            yield came, one.owner


def _where(ground: _Asked, uses: Sequence[Uses]) -> Breakdown:
    def of(use: Uses) -> str:
        if use.source is None or use.target is None:
            return "unknown"
        return "within" if use.source == use.target else "across"

    return _breakdown(ground, WHERE, ((of(use), use.person) for use in uses))


def _pledged(ground: _Asked) -> Iterator[tuple[str | None, str | None, str]]:
    """Pledges taken: from the giver's organisation to the place of the pitch."""
    for pledge in impact_rows.pledges(ground.db):
        if pledge.pitch in ground.rows and pledge.state in TAKEN:
            source, target = (
                ground.places.of_node(pledge.node),
                ground.places.of_pitch(ground.rows[pledge.pitch]),
            )
            yield source, target, pledge.giver or pledge.node


def _gap(ground: _Asked, filters: ImpactFilters) -> list[Gap]:
    """Kinds still asked for, beside kinds members offer; neither has a total, so each stands for itself."""
    standing = {
        one.key: one.owner for one in ground.rows.values() if clock_state(one.facts, ground.now) not in ENDS
    }
    wanted = impact_rows.kinds(ground.db, "pitch.asks")
    asked = counted((kind, standing[key]) for kind, key in wanted if key in standing)
    pairs = set(impact_rows.offering(ground.db, ground.places, filters, ground.now))
    offered = counted(pairs)
    none = Count(0, 0)
    return [
        {
            "kind": kind,
            "asked": _alone(asked.get(kind, none), ground.smallest),
            "offered": _alone(offered.get(kind, none), ground.smallest),
        }
        for kind in sorted(asked.keys() | offered.keys())
    ]


def _alone(count: Count, smallest: int) -> Figure:
    return _figure(count.things, suppressed=not may_be_told(count, smallest))
