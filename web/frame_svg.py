"""The timber frame: how far a pitch is, as a small building going up.

Law: numbers only, no mark-up and no words; the template draws them. Each ask is one timber: must-asks are the posts,
the others braces, girts and gable struts; a room weighs as much as money. A post half pledged is half raised. Where
two neighbouring posts stand, the plate lies on them; when every post stands, the rafters go up; when every ask is
met the roof is on and the topping-out tree with it.
Source: WEB "Navigation" (progress as a timber frame).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

WIDTH: Final = 320
HEIGHT: Final = 208
GROUND: Final = 190.0
PLATE: Final = 112.0
RIDGE: Final = 44.0
LEFT: Final = 62.0
RIGHT: Final = 258.0
MIDDLE: Final = (LEFT + RIGHT) / 2
OVERHANG: Final = 20.0
SLOPE: Final = (PLATE - RIDGE) / (MIDDLE - LEFT)
LEAST_PART: Final = 0.06  # what is pledged shows, however little

Point = tuple[float, float]


class Ask(NamedTuple):
    """An ask as the frame sees it; ``share`` is 0 … 1 of the quantity."""

    met: bool
    must: bool
    share: float


class Piece(NamedTuple):
    """A straight timber: an SVG path, its thickness, its kind, and whether it is only partly there."""

    path: str
    width: float
    kind: str
    part: bool = False


class Line(NamedTuple):
    """Where a timber goes, from its foot to its head."""

    foot: Point
    head: Point
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class FrameSvg:
    """Everything the template draws, in a box of ``width`` × ``height`` units.

    ``outline`` are the timbers still missing, ``timbers`` those in place, from back to front.
    """

    complete: bool
    met: int
    total: int
    outline: tuple[Piece, ...]
    timbers: tuple[Piece, ...]
    pegs: tuple[Point, ...]
    stones: str
    roof: str
    inside: str
    width: int = WIDTH
    height: int = HEIGHT
    hill: str = "M0 190C46 150 96 172 150 163S262 134 320 190Z"
    ground: str = "M8 190H312"
    wreath: str = "M160 3l7 12h-4l6 12h-18l6-12h-4ZM158.500 27h3v9h-3Z"


def timber_frame(asks: Sequence[Ask]) -> FrameSvg:
    """The frame of a pitch with these asks, in their order; no ask gives the outline of a house to be."""
    musts = [ask for ask in asks if ask.must]
    others = [ask for ask in asks if not ask.must]
    posts = _post_positions(len(musts))
    thick = _thickness(posts)
    standing = _standing(musts, len(posts))
    complete = bool(asks) and all(ask.met for ask in asks)
    raised = complete or (bool(musts) and all(ask.met for ask in musts))

    placed = [*zip(_slots(posts, len(others), thick), others, strict=True)]
    placed += zip(_post_lines(posts, thick), _of_house(musts, len(posts), complete), strict=True)
    house = [(line, stands) for line, stands in zip(_plates(posts, thick), _spans(standing), strict=True)]
    house += [(line, raised) for line in _rafters(thick, king=len(others) <= 3 * (len(posts) - 1))]
    return FrameSvg(
        complete=complete,
        met=sum(ask.met for ask in asks),
        total=len(asks),
        outline=tuple(
            [_whole(line) for line, ask in placed if not ask.met]
            + [_whole(line) for line, stands in house if not (stands or complete)]
        ),
        timbers=tuple(
            [_piece(line, ask) for line, ask in placed if ask.met or ask.share > 0]
            + [_whole(line) for line, stands in house if stands or complete]
        ),
        pegs=tuple(_pegs(posts, standing, raised)),
        stones="".join(_stone(x, thick) for x in posts),
        roof=_roof(),
        inside=f"M{LEFT:g} {GROUND:g}V{PLATE:g}L{MIDDLE:g} {RIDGE:g}L{RIGHT:g} {PLATE:g}V{GROUND:g}Z",
    )


def _post_positions(musts: int) -> list[float]:
    """A house has two posts at least; those no ask stands for come with the house."""
    count = max(2, musts)
    step = (RIGHT - LEFT) / (count - 1)
    return [round(LEFT + step * number, 1) for number in range(count)]


def _thickness(posts: Sequence[float]) -> float:
    return round(min(10.0, (posts[1] - posts[0]) * 0.5), 1)


def _standing(musts: Sequence[Ask], posts: int) -> list[bool]:
    return [ask.met for ask in _of_house(musts, posts, False)]


def _of_house(musts: Sequence[Ask], posts: int, complete: bool) -> list[Ask]:
    """The asks the posts stand for, filled up with posts that come when all is there."""
    spare = Ask(met=complete, must=True, share=1.0 if complete else 0.0)
    return [*musts, *[spare] * (posts - len(musts))]


def _post_lines(posts: Sequence[float], thick: float) -> list[Line]:
    return [Line((x, GROUND - 5), (x, PLATE), thick, "post") for x in posts]


def _plates(posts: Sequence[float], thick: float) -> list[Line]:
    """The plate in lengths, one a bay; the outer two reach past their posts."""
    width = max(thick * 0.9, 5)
    return [
        Line(
            (left - (9 if left == LEFT else 0), PLATE), (right + (9 if right == RIGHT else 0), PLATE), width, "plate"
        )
        for left, right in pairwise(posts)
    ]


def _spans(standing: Sequence[bool]) -> list[bool]:
    return [left and right for left, right in pairwise(standing)]


def _rafters(thick: float, *, king: bool) -> list[Line]:
    width = max(thick * 0.8, 5)
    low = PLATE + SLOPE * OVERHANG
    lines = [Line((MIDDLE, PLATE), (MIDDLE, RIDGE), width, "king")] if king else []
    return [
        *lines,
        Line((LEFT - OVERHANG, low), (MIDDLE + 2, RIDGE - 1.4), width, "rafter"),
        Line((RIGHT + OVERHANG, low), (MIDDLE - 2, RIDGE - 1.4), width, "rafter"),
    ]


def _slots(posts: Sequence[float], count: int, thick: float) -> list[Line]:
    """Places for ``count`` other timbers: knee braces from the outside in, then girts, then struts in the gable."""
    fixed = [*_braces(posts, thick), *_girts(posts, thick)][:count]
    rest = count - len(fixed)
    return [*fixed, *_struts(rest, thick)]


def _braces(posts: Sequence[float], thick: float) -> list[Line]:
    bays = [*pairwise(posts)]
    reach = min(34.0, (posts[1] - posts[0]) * 0.45)
    width = max(thick * 0.6, 2.5)
    order = sorted(range(len(bays)), key=lambda number: min(number, len(bays) - 1 - number))
    found = []
    for number in order:
        left, right = bays[number]
        pair = [
            Line((left, PLATE + reach), (left + reach, PLATE), width, "brace"),
            Line((right, PLATE + reach), (right - reach, PLATE), width, "brace"),
        ]
        found += pair if number < len(bays) / 2 else pair[::-1]
    return found


def _girts(posts: Sequence[float], thick: float) -> list[Line]:
    width = max(thick * 0.6, 2.5)
    level = GROUND - 26
    return [Line((left, level), (right, level), width, "girt") for left, right in pairwise(posts)]


def _struts(count: int, thick: float) -> Iterator[Line]:
    step = (RIGHT - LEFT) / (count + 1)
    width = round(min(max(thick * 0.6, 2.5), step * 0.5), 1)
    for number in range(1, count + 1):
        x = round(LEFT + step * number, 1)
        yield Line((x, PLATE), (x, round(PLATE - SLOPE * min(x - LEFT, RIGHT - x), 1)), width, "strut")


def _whole(line: Line) -> Piece:
    return Piece(_path(line.foot, line.head), round(line.width, 1), line.kind)


def _piece(line: Line, ask: Ask) -> Piece:
    """A timber as far as it is pledged; the last of it only when the ask is met."""
    if ask.met:
        return _whole(line)
    reach = min(max(ask.share, LEAST_PART), 0.92)
    head = tuple(round(a + (b - a) * reach, 1) for a, b in zip(line.foot, line.head, strict=True))
    return Piece(_path(line.foot, (head[0], head[1])), round(line.width, 1), line.kind, part=True)


def _path(foot: Point, head: Point) -> str:
    return f"M{foot[0]:g} {foot[1]:g}L{head[0]:g} {head[1]:g}"


def _pegs(posts: Sequence[float], standing: Sequence[bool], raised: bool) -> Iterator[Point]:
    spans = _spans(standing)
    for number, x in enumerate(posts):
        if any(spans[max(0, number - 1) : number + 1]):
            yield x, PLATE
    if raised:
        yield MIDDLE, RIDGE


def _stone(x: float, thick: float) -> str:
    half = thick / 2 + 2.5
    return f"M{x - half:g} {GROUND:g}v-6h{half * 2:g}v6Z"


def _roof() -> str:
    """The line of the shingles, one hand above the rafters."""
    low = PLATE + SLOPE * (OVERHANG + 5) - 8
    return f"M{LEFT - OVERHANG - 5:g} {low:g}L{MIDDLE:g} {RIDGE - 9:g}L{RIGHT + OVERHANG + 5:g} {low:g}"
