"""Figures of what came of it. Source: WEB "HTTP API" impact, DOMAIN R15."""

from __future__ import annotations

from typing import NamedTuple, TypedDict


class ImpactFilters(NamedTuple):
    """Every filter narrows; None does not. ``since`` and ``until``: months, both inclusive, named
    as 2026-12 or by one of their days."""

    jurisdiction: str | None = None
    topic: str | None = None
    since: str | None = None
    until: str | None = None


class Figure(TypedDict):
    """A number; None when it is suppressed, or when there is none to tell."""

    value: float | None
    suppressed: bool


class Group(Figure):
    """One part of a whole; ``share`` in percent of the total, where both are told."""

    group: str
    share: int | None


class Breakdown(TypedDict):
    """A total and its parts."""

    total: Figure
    groups: list[Group]


Flow = TypedDict(
    "Flow", {"from": str, "to": str, "value": float | None, "suppressed": bool, "share": int | None}
)


class Flows(TypedDict):
    """What went from one jurisdiction to another."""

    total: Figure
    items: list[Flow]


class Gap(TypedDict):
    """A kind of help: pitches that still ask for it, members who offer it."""

    kind: str
    asked: Figure
    offered: Figure


class Impact(TypedDict):
    """The figures. ``min_group``: groups below it are suppressed. ``first_artifact``: median days after the end."""

    min_group: int
    asks: Breakdown
    returns: Breakdown
    first_artifact: Figure
    outcomes: Breakdown
    reuse: Breakdown
    reuse_where: Breakdown
    pledge_flows: Flows
    reuse_flows: Flows
    gap: list[Gap]
