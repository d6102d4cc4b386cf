"""What came of it: figures over all that is shared, never of a person.

Law: unrestricted rows only, so every node that holds the same records tells the same; what the clock makes is asked for
one time. Groups that are too small are suppressed and the others rounded (``protocol.rules.impact``). Sources: DOMAIN
R7, R15.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from protocol.rules.impact import RETURNS, WHERE, Count, Told, may_be_told, median, percent, rounded, row
from protocol.rules.practice import OUTCOMES
from store.views.impact_rows import LATEST, NOTHING, Counted, counts
from store.views.pitch_rows import Policies
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

ASKS: Final = ("met", "open")
"""What became of asks."""


class _Asked(NamedTuple):
    """What figures are told with: what was counted, and the smallest group."""

    counted: Mapping[str, Counted]
    smallest: int

    def of(self, figure: str) -> Counted:
        """One figure; nothing at all where nothing was counted."""
        return self.counted.get(figure, NOTHING)


def figures(db: sqlite3.Connection, viewer: Viewer, filters: ImpactFilters, *, now: int) -> Impact:
    """All figures, narrowed by place, topic and the months in which pitches opened and artifacts were used."""
    smallest = Policies(db).at(viewer.node, LATEST).min_group
    ground = _Asked(counts(db, filters, now), smallest)
    where = _breakdown(ground, "reuse_where", WHERE)
    return {
        "min_group": smallest,
        "asks": _breakdown(ground, "asks", ASKS),
        "returns": _breakdown(ground, "returns", RETURNS),
        "first_artifact": _first_artifact(ground),
        "outcomes": _breakdown(ground, "outcomes", OUTCOMES),
        "reuse": _breakdown(ground, "reuse", ()),
        "reuse_where": where,
        "pledge_flows": _flows(ground, "pledge_flows"),
        "reuse_flows": _within(where, _flows(ground, "reuse_flows")),
        "gap": _gap(ground),
    }


def _figure(value: float | None, *, suppressed: bool) -> Figure:
    return {"value": None if suppressed else value, "suppressed": suppressed}


def _row(ground: _Asked, figure: str, names: Iterable[str]) -> Told:
    found = ground.of(figure)
    groups = {name: Count(0, 0) for name in names} | dict(sorted(found.groups.items()))
    told = row(groups, found.total, ground.smallest)
    return Told(
        None if told.total is None else rounded(found.total, ground.smallest),
        {
            name: None if value is None else rounded(groups[name], ground.smallest)
            for name, value in told.groups.items()
        },
    )


def _breakdown(ground: _Asked, figure: str, names: Iterable[str]) -> Breakdown:
    found = _row(ground, figure, names)
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


def _flows(ground: _Asked, figure: str) -> Flows:
    """What went from one known place to another."""
    found = _row(ground, figure, ())
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


def _first_artifact(ground: _Asked) -> Figure:
    """Days from the end of a pitch to the first artifact of its owner: the median."""
    found = ground.of("first_artifact")
    days = [int(day) for day, count in found.groups.items() for _ in range(count.things)]
    return _figure(median(days), suppressed=not may_be_told(found.total, ground.smallest))


def _gap(ground: _Asked) -> list[Gap]:
    """Kinds still asked for, beside kinds members offer; neither has a total, so each stands for itself."""
    asked, offered = ground.of("gap_asked").groups, ground.of("gap_offered").groups
    return [
        {"kind": kind, "asked": _alone(ground, asked, kind), "offered": _alone(ground, offered, kind)}
        for kind in sorted(asked.keys() | offered.keys())
    ]


def _alone(ground: _Asked, groups: Mapping[str, Count], kind: str) -> Figure:
    count = groups.get(kind, Count(0, 0))
    return _figure(rounded(count, ground.smallest), suppressed=not may_be_told(count, ground.smallest))
