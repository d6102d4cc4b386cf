"""The network as a picture: this node in the middle, its peers around it, the other organisations beyond.

Law: numbers and words only; the template draws, and a table beside it says the same. Nodes keep their place from one
showing to the next, so that a live page does not jump; no two stand at the same angle. Source: WEB "Pages" (network).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Final, NamedTuple

from protocol.ids import NodeId
from web.port import PeerStatus

WIDTH: Final = 420  # narrow, so that names are read on a phone
HEIGHT: Final = 420
LOW: Final = 160  # of a node that knows no other
INNER: Final = (132.0, 95.0)  # half axes of the ellipse peers stand on
OUTER: Final = (138.0, 150.0)
MOST: Final = 40  # others drawn beyond the peers; the table has them all
NAMED: Final = 10  # names that fit around; past them others are dots, past as many peers all are
LETTERS: Final = 17  # of a line of a name
LINE: Final = 18
TURN: Final = 2 * math.pi


class Dot(NamedTuple):
    """A node in the picture; ``lines`` of its name stand below or above it, the first at ``label_y``."""

    node: NodeId
    name: str
    x: float
    y: float
    kind: str  # own, connected, waiting, known
    label_y: float
    lines: tuple[str, ...]


class Picture(NamedTuple):
    """``links`` join the middle and its peers: x, y of the peer and whether the line is up."""

    width: int
    height: int
    own: Dot
    dots: tuple[Dot, ...]
    links: tuple[tuple[float, float, bool], ...]


def picture(
    own: NodeId, own_name: str, peers: Sequence[PeerStatus], names: Mapping[NodeId, str | None]
) -> Picture:
    """Where everybody stands. ``names``: every node known here, peers too; None while its profile is not here."""
    near = {peer.node: peer.state == "connected" for peer in peers}
    far = sorted(names.keys() - near.keys() - {own})[:MOST]
    around = _mixed(sorted(near), far)
    height = HEIGHT if around else LOW
    middle = _dot(own, own_name, (WIDTH / 2, height / 2, 1), "own", named=True)
    dots = []
    for place, node in enumerate(around):
        kind = "known" if node not in near else "connected" if near[node] else "waiting"
        at = _at(place, len(around), OUTER if kind == "known" else INNER, height)
        named = len(around) <= NAMED or (kind != "known" and len(near) <= NAMED)
        dots.append(_dot(node, names.get(node) or node[:8], at, kind, named=named))
    links = tuple((dot.x, dot.y, dot.kind == "connected") for dot in dots if dot.kind != "known")
    return Picture(WIDTH, height, middle, tuple(dots), links)


def _mixed(near: Sequence[NodeId], far: Sequence[NodeId]) -> list[NodeId]:
    """Peers spread evenly among the others, so that the picture hangs straight."""
    placed = [((at + 0.25) / len(near), node) for at, node in enumerate(near)]
    placed += [((at + 0.5) / len(far), node) for at, node in enumerate(far)]
    return [node for _, node in sorted(placed)]


def _at(place: int, count: int, axes: tuple[float, float], height: int) -> tuple[float, float, int]:
    """A place on an ellipse, and which side of it its name stands: 1 below, -1 above.

    Four stand on the diagonals: straight to the right or the left a name would meet the one in the middle.
    """
    angle = TURN * (place + (0.5 if count % 4 == 0 else 0)) / count - math.pi / 2
    x = WIDTH / 2 + axes[0] * math.cos(angle)
    y = (1 + axes[1] * 2 / HEIGHT * math.sin(angle)) * height / 2
    return round(x, 1), round(y, 1), 1 if math.sin(angle) > 0 else -1


def _dot(node: NodeId, name: str, at: tuple[float, float, int], kind: str, *, named: bool) -> Dot:
    x, y, side = at
    lines = tuple(wrap(name, LETTERS, max_lines=2, placeholder="…")) if named else ()
    below = LINE + {"own": 17, "known": 8}.get(kind, 12)
    label_y = y + below if side > 0 else y - below + LINE / 2 - LINE * (len(lines) - 1)
    return Dot(node, name, x, y, kind, round(label_y, 1), lines)
