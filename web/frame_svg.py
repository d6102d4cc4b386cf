"""The timber frame: how far a pitch is, as a small building going up.

Law: numbers only, no mark-up and no words; the template draws them. Each ask is one timber: must-asks are the posts,
the others braces, girts and gable struts; a room weighs as much as money. A post half pledged is half raised. Where
two neighbouring posts stand, the plate lies on them; when every post stands, the rafters go up; when every ask is
met the roof is on and the topping-out tree with it. A timber that came before the posts it hangs on lies ready beside
the site: it is here, and it waits.
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
PILE: Final = 54.0  # how high timber is stacked
PILE_WIDTH: Final = 40.0
LEAST_PART: Final = 0.06  # what is pledged shows, however little
MOST_PART: Final = 0.92  # and what is missing does
ASKED: Final = frozenset(
    {"post", "brace", "girt", "strut"}
)  # timbers that stand for an ask; the rest is the house

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
    """Where a timber goes, from its foot to its head, and the posts (by number) that must stand to hold it."""

    foot: Point
    head: Point
    width: float
    kind: str
    needs: tuple[int, ...] = ()


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
    musts = [_there(ask) for ask in asks if ask.must]
    others = [_there(ask) for ask in asks if not ask.must]
    complete = bool(asks) and all(ask.met for ask in asks)
    posts = _post_positions(len(musts))
    thick = _thickness(posts)
    raised = [*musts, *[_house_post(musts, others)] * (len(posts) - len(musts))]
    up = complete or (bool(musts) and min(raised) == 1)

    slots = [*zip(_slots(posts, len(others), thick), others, strict=True)]
    lines = [(line, share if _is_held(line, raised) else 0.0) for line, share in slots]
    lines += zip(_post_lines(posts, thick), raised, strict=True)
    lines += zip(_plates(posts, thick), map(min, pairwise(raised)), strict=True)
    lines += [(line, float(up)) for line in _rafters(thick, king=len(others) <= 3 * (len(posts) - 1))]
    lines = [(line, share if line.kind in ASKED else float(share == 1)) for line, share in lines]
    early = [share for line, share in slots if share and not _is_held(line, raised)]
    return FrameSvg(
        complete=complete,
        met=sum(ask.met for ask in asks),
        total=len(asks),
        outline=tuple(_piece(line, 1) for line, share in lines if share < 1),
        timbers=(*_lying(early), *(_piece(line, share) for line, share in lines if share)),
        pegs=tuple(_pegs(posts, raised, up)),
        stones="".join(_stone(x, thick) for x in posts),
        roof=_roof(),
        inside=f"M{LEFT:g} {GROUND:g}V{PLATE:g}L{MIDDLE:g} {RIDGE:g}L{RIGHT:g} {PLATE:g}V{GROUND:g}Z",
    )


def _there(ask: Ask) -> float:
    """How much of a timber is there: 1 only for an ask that is met, else what is pledged, however little, shows."""
    if ask.met:
        return 1.0
    return min(max(ask.share, LEAST_PART), MOST_PART) if ask.share > 0 else 0.0


def _house_post(musts: Sequence[float], others: Sequence[float]) -> float:
    """A post no ask stands for comes with the house, once there is something to hold."""
    return float(min(musts) == 1 if musts else any(others))


def _is_held(line: Line, raised: Sequence[float]) -> bool:
    return all(raised[post] == 1 for post in line.needs)


def _post_positions(musts: int) -> list[float]:
    """A house has two posts at least; those no ask stands for come with the house."""
    count = max(2, musts)
    step = (RIGHT - LEFT) / (count - 1)
    return [round(LEFT + step * number, 1) for number in range(count)]


def _thickness(posts: Sequence[float]) -> float:
    return round(min(10.0, (posts[1] - posts[0]) * 0.5), 1)


def _post_lines(posts: Sequence[float], thick: float) -> list[Line]:
    return [Line((x, GROUND - 5), (x, PLATE), thick, "post") for x in posts]


def _plates(posts: Sequence[float], thick: float) -> list[Line]:
    """The plate in lengths, one a bay; the outer two reach past their posts."""
    width = max(thick * 0.9, 5)
    return [
        Line(
            (left - (9 if left == LEFT else 0), PLATE),
            (right + (9 if right == RIGHT else 0), PLATE),
            width,
            "plate",
        )
        for left, right in pairwise(posts)
    ]


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
    return [*fixed, *_struts(rest, thick, tuple(range(len(posts))))]


def _braces(posts: Sequence[float], thick: float) -> list[Line]:
    bays = [*pairwise(posts)]
    reach = min(34.0, (posts[1] - posts[0]) * 0.45)
    width = max(thick * 0.6, 2.5)
    order = sorted(range(len(bays)), key=lambda number: min(number, len(bays) - 1 - number))
    found = []
    for number in order:
        left, right = bays[number]
        pair = [
            Line((left, PLATE + reach), (left + reach, PLATE), width, "brace", (number,)),
            Line((right, PLATE + reach), (right - reach, PLATE), width, "brace", (number + 1,)),
        ]
        found += pair if number < len(bays) / 2 else pair[::-1]
    return found


def _girts(posts: Sequence[float], thick: float) -> list[Line]:
    width = max(thick * 0.6, 2.5)
    level = GROUND - 26
    return [
        Line((left, level), (right, level), width, "girt", (number, number + 1))
        for number, (left, right) in enumerate(pairwise(posts))
    ]


def _struts(count: int, thick: float, needs: tuple[int, ...]) -> Iterator[Line]:
    step = (RIGHT - LEFT) / (count + 1)
    width = round(min(max(thick * 0.6, 2.5), step * 0.5), 1)
    for number in range(1, count + 1):
        x = round(LEFT + step * number, 1)
        yield Line((x, PLATE), (x, round(PLATE - SLOPE * min(x - LEFT, RIGHT - x), 1)), width, "strut", needs)


def _lying(shares: Sequence[float]) -> Iterator[Piece]:
    """Timbers that came early, in two piles beside the site, the right one first."""
    height = min(6.0, PILE / max(1, (len(shares) + 1) // 2))
    for number, share in enumerate(shares):
        level = round(GROUND - 2 - height * (number // 2 + 0.5), 1)
        start = WIDTH - 4 - PILE_WIDTH if number % 2 == 0 else 4
        line = Line((start, level), (start + PILE_WIDTH, level), height, "pile")
        yield _piece(line, max(share, 0.3))


def _piece(line: Line, share: float) -> Piece:
    """A timber as far as it is there, from its foot."""
    (x, y), (to_x, to_y) = line.foot, line.head
    head = (round(x + (to_x - x) * share, 1), round(y + (to_y - y) * share, 1))
    return Piece(_path(line.foot, head), round(line.width, 1), line.kind, part=share < 1)


def _path(foot: Point, head: Point) -> str:
    return f"M{foot[0]:g} {foot[1]:g}L{head[0]:g} {head[1]:g}"


def _pegs(posts: Sequence[float], raised: Sequence[float], up: bool) -> Iterator[Point]:
    spans = [min(pair) == 1 for pair in pairwise(raised)]
    for number, x in enumerate(posts):
        if any(spans[max(0, number - 1) : number + 1]):
            yield x, PLATE
    if up:
        yield MIDDLE, RIDGE


def _stone(x: float, thick: float) -> str:
    half = thick / 2 + 2.5
    return f"M{x - half:g} {GROUND:g}v-6h{half * 2:g}v6Z"


def _roof() -> str:
    """The line of the shingles, one hand above the rafters."""
    low = PLATE + SLOPE * (OVERHANG + 5) - 8
    return f"M{LEFT - OVERHANG - 5:g} {low:g}L{MIDDLE:g} {RIDGE - 9:g}L{RIGHT + OVERHANG + 5:g} {low:g}"
