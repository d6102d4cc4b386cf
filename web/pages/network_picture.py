"""The network as a picture: this node in the middle, its peers around it, the other organisations beyond.

Law: numbers only; the template draws, and a table beside it says the same. Nodes keep their place from one showing to
the next, so that a live page does not jump. Source: WEB "Pages" (network).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from protocol.ids import NodeId
from web.i18n import Text
from web.port import PeerStatus

WIDTH: Final = 640  # a name of 26 letters fits left and right of the outermost node
HEIGHT: Final = 380
LOW: Final = 200  # a picture of few nodes needs no more
FEW: Final = 3
INNER: Final = (170.0, 100.0)  # half axes of the ellipse peers stand on
OUTER: Final = (200.0, 155.0)
MOST: Final = 40  # others drawn beyond the peers; the table has them all
TURN: Final = 2 * math.pi


class Dot(NamedTuple):
    """A node in the picture; ``label`` stands below or above it."""

    node: NodeId
    name: Text | None
    x: float
    y: float
    kind: str  # own, connected, waiting, known
    label_y: float


class Picture(NamedTuple):
    """``links`` join the middle and its peers: x, y of the peer and whether the line is up."""

    width: int
    height: int
    own: Dot
    dots: tuple[Dot, ...]
    links: tuple[tuple[float, float, bool], ...]


def picture(
    own: NodeId, own_name: Text, peers: Sequence[PeerStatus], others: Mapping[NodeId, Text | None]
) -> Picture:
    """Where everybody stands. ``others``: nodes known here that are no peers."""
    height = HEIGHT if len(peers) + len(others) > FEW else LOW
    middle = Dot(own, own_name, WIDTH / 2, height / 2, "own", height / 2 + (-28 if len(peers) == 1 else 38))
    near = [
        _dot(
            peer.node,
            peer.name,
            _at(place, len(peers), INNER, height),
            "connected" if peer.state == "connected" else "waiting",
        )
        for place, peer in enumerate(sorted(peers, key=lambda peer: peer.node))
    ]
    shown = sorted(others)[:MOST]
    far = [
        _dot(node, others[node], _at(place + 0.5, len(shown), OUTER, height), "known")
        for place, node in enumerate(shown)
    ]
    links = tuple((dot.x, dot.y, dot.kind == "connected") for dot in near)
    return Picture(WIDTH, height, middle, (*near, *far), links)


def _at(place: float, count: int, axes: tuple[float, float], height: int) -> tuple[float, float, int]:
    """A place on an ellipse, and which side of it its name stands: 1 below, -1 above; one alone is to the right."""
    angle = TURN * place / max(count, 1) - math.pi / 2 + (math.pi / 2 if count == 1 else 0)
    x, y = WIDTH / 2 + axes[0] * math.cos(angle), (1 + axes[1] * 2 / HEIGHT * math.sin(angle)) * height / 2
    return round(x, 1), round(y, 1), 1 if math.sin(angle) > -0.01 else -1


def _dot(node: NodeId, name: Text | None, at: tuple[float, float, int], kind: str) -> Dot:
    x, y, side = at
    return Dot(node, name, x, y, kind, round(y + (28 if side > 0 else -18), 1))
