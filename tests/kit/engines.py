"""An engine without store, clock or wire: events in by hand, outputs out, feeds and nodes by name."""

from __future__ import annotations

from typing import Any, TypeVar

from protocol.checkpoint import Head
from protocol.frame_types import Chunk, Frame, Note, Seen
from protocol.gossip import signals as s
from protocol.gossip.engine import Engine
from protocol.gossip.peer import Peer
from protocol.gossip.signals import FeedState
from protocol.ids import Feed, NodeId, node_id

ME, ANN, BEN, STRANGER = (node_id(bytes([number]) * 20) for number in (1, 2, 3, 9))
MINE, ANNS, BENS, STRANGERS = (Feed(node, 0) for node in (ME, ANN, BEN, STRANGER))
TAG, OTHER_TAG = b"tag!", b"gat!"
F = TypeVar("F", bound=Frame)
Out = TypeVar("Out", bound=s.Output)


def head(size: int, branch: int = 0) -> Head:
    return Head(size, bytes([branch]) + size.to_bytes(8, "big") + bytes(23), bytes(64))


def state(size: int, *, taking: bool = True) -> FeedState:
    return FeedState(size, head(size) if size else None, taking)


def seen(feed: Feed, size: int, tag: bytes = TAG, branch: int = 0) -> Seen:
    return Seen(feed, size, head(size, branch).root[:8] if size else bytes(8), tag)


def entries(count: int, flags: int = 0) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((bytes([1, flags]) + number.to_bytes(44, "big"), b"envelope") for number in range(count))


def chunk(feed: Feed, start: int, end: int, size: int | None = None) -> Chunk:
    return Chunk(feed, start, head(size or end), (), entries(end - start))


class Bench:
    """One engine; ``do`` gives it an event at the bench's ``now``, ``say`` a frame from a conn."""

    def __init__(self, sizes: dict[Feed, int] | None = None, pulls: Any = None) -> None:
        held = {MINE: 3, ANNS: 5} if sizes is None else sizes
        self.now = 0.0
        self.engine = Engine(
            ME,
            feeds={feed: state(size) for feed, size in held.items()},
            keyrings={feed.node: TAG for feed in [MINE, *held]},
            pulls=pulls or {},
            chance=lambda: 0.0,
            now=0.0,
        )

    def do(self, event: s.Event, after: float = 0.0) -> list[s.Output]:
        self.now += after
        return self.engine.handle(event, self.now)

    def up(
        self, conn: int = 1, node: NodeId = ANN, *, pinned: bool = True, quiet: bool = True
    ) -> list[s.Output]:
        """A conversation begins; ``quiet``: what it was asked at the start is answered with nothing new."""
        began = self.do(s.PeerUp(conn, node, pinned))
        if quiet:
            peer = self.peer(conn)
            for request in list(peer.asked):
                peer.asked.remove(request)
            self.do(s.Tick())
        return began

    def peer(self, conn: int = 1) -> Peer:
        return self.engine.peers[conn]

    def say(self, frame: Frame, conn: int = 1, after: float = 0.0) -> list[s.Output]:
        return self.do(s.Received(conn, frame), after)

    def stored(
        self, frame: Frame, verdict: s.Verdict, feed: Feed | None = None, size: int = 0, **more: Any
    ) -> list[s.Output]:
        """The store's answer to the frame that conn 1 sent."""
        outcome = s.Outcome(verdict, feed, state(size) if feed and size else None, **more)
        return self.do(s.Ingested(1, frame, outcome))

    def wake(self, seconds: float) -> list[s.Output]:
        return self.do(s.Tick(), after=seconds)


def only(outputs: list[s.Output], kind: type[Out]) -> list[Out]:
    return [one for one in outputs if isinstance(one, kind)]


def sent(outputs: list[s.Output], kind: type[F], conn: int | None = None) -> list[F]:
    frames = [one.frame for one in only(outputs, s.Send) if conn in {None, one.conn}]
    return [frame for frame in frames if isinstance(frame, kind)]


def notes(outputs: list[s.Output], conn: int | None = None) -> list[Seen]:
    return [one for note in sent(outputs, Note, conn) for one in note.seen]
