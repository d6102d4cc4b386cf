"""Pictures of figures: how long a bar is, how broad a stream between two places.

Law: numbers in, numbers out; a template draws them with attributes alone, and a table beside each says the same. What
is suppressed has no length. Source: WEB "Pages" (impact), "Accessibility" (charts have tables).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

WIDTH: Final = 420  # a word of a label is read on a phone, and two charts stand side by side on a desk
ROW: Final = 46
BAR: Final = 14
STREAMS: Final = 12  # drawn, the broadest; the table has them all
FLOW_ROW: Final = 56
NARROW, BROAD = 2.0, 20.0
ABOVE: Final = (
    18  # the name of a place stands over where its broadest stream ends, and may take half the width
)


class Bar(NamedTuple):
    """One row: what it is of, how much (None: suppressed), where its words and its bar stand."""

    name: str
    value: float | None
    words_y: int
    y: int
    width: float


class Bars(NamedTuple):
    """A chart of lying bars; ``width`` is the whole, ``thick`` that of a bar."""

    width: int
    height: int
    thick: int
    rows: tuple[Bar, ...]


class Place(NamedTuple):
    """Where the name of a place stands."""

    name: str
    x: int
    y: float


class Stream(NamedTuple):
    """From one place to another: the path, how broad, how much (None: suppressed)."""

    source: str
    target: str
    value: float | None
    path: str
    broad: float


class Flowing(NamedTuple):
    """Places something comes from at the left, places it goes to at the right, streams between them."""

    width: int
    height: int
    sources: tuple[Place, ...]
    targets: tuple[Place, ...]
    streams: tuple[Stream, ...]


def bars(rows: Sequence[tuple[str, float | None]]) -> Bars:
    """Bars of these values, the largest as long as the chart is wide."""
    most = max((value for _, value in rows if value), default=1)
    drawn = tuple(
        Bar(name, value, at * ROW + 16, at * ROW + 24, round(WIDTH * (value or 0) / most, 1))
        for at, (name, value) in enumerate(rows)
    )
    return Bars(WIDTH, len(rows) * ROW, BAR, drawn)


def flows(moves: Iterable[tuple[str, str, float | None]]) -> Flowing:
    """The broadest streams of (from, to, value); places in the order of their codes."""
    chosen = sorted(moves, key=lambda move: (-(move[2] or 0), move[:2]))[:STREAMS]
    left, right = sorted({move[0] for move in chosen}), sorted({move[1] for move in chosen})
    height = max(len(left), len(right), 1) * FLOW_ROW
    at, to = _heights(left, height), _heights(right, height)
    most = max((value for *_, value in chosen if value), default=1)
    streams = tuple(
        Stream(source, target, value, _path(at[source], to[target]), _broad(value, most))
        for source, target, value in chosen
    )
    sources = tuple(Place(name, 0, at[name] - ABOVE) for name in left)
    targets = tuple(Place(name, WIDTH, to[name] - ABOVE) for name in right)
    return Flowing(WIDTH, height, sources, targets, streams)


def _heights(names: Sequence[str], height: int) -> dict[str, float]:
    """Where streams end, low enough in the row for the name above."""
    row = height / len(names) if names else 0
    return {name: round(row * (at + 0.5) + ABOVE / 2, 1) for at, name in enumerate(names)}


def _path(start: float, end: float) -> str:
    middle = WIDTH // 2
    return f"M0 {start}C{middle} {start} {middle} {end} {WIDTH} {end}"


def _broad(value: float | None, most: float) -> float:
    return round(NARROW + (BROAD - NARROW) * (value or 0) / most, 1)
