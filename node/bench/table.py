"""Rows of the table: how much is measured, what came of it, and whether it was the goal.

Law: values only. Source: QUALITY "Benchmarks".
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: ``entries`` replicated and verified, ``feeds`` reconnected, records ``published``.

    ``records`` stand in the town whose pages are ``asked`` for so often a run.
    """

    entries: int
    feeds: int
    published: int
    records: int
    asked: int
    runs: int
    folder: Path  # everything is made in it; the caller removes it


SMALL: Final = (10_000, 1_000, 100, 100_000)
"""Entries, feeds, records published and those of the town at scale 1: about five minutes on two cores."""
FULL: Final = 10.0
"""The scale of the goals: 100,000 entries, 10,000 feeds, 1,000,000 records."""
_ASKED: Final = (4, 200)  # least and most often a page is asked for: each answer weighs the same at any size


def plan_of(scale: float, runs: int, folder: Path) -> Plan:
    """The plan of a scale; 1 is the default, FULL what the goals are stated for."""
    entries, feeds, published, records = (max(20, int(size * scale)) for size in SMALL)
    asked = min(max(int(_ASKED[1] * scale), _ASKED[0]), _ASKED[1])
    return Plan(entries, feeds, published, records, asked, runs, folder)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    ``ratio`` is this node's figure over the yardstick's, as the goal states it (None: the goal is a plain number);
    ``figures`` are medians by name, units in the name.
    """

    what: str
    measured: str
    yardstick: str
    goal: str
    ratio: float | None
    met: bool
    figures: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


Step = Callable[[str], None]
"""Told what is being measured now."""


def median_of(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of each figure."""
    return {name: round(statistics.median(run[name] for run in runs), 6) for name in runs[0]}


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies, by nearest rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]
