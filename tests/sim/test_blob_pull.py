"""A file's pull over a broken conversation: what was kept and never heard of must not stop it."""

from __future__ import annotations

from protocol.frame_types import Blob, BlobWant
from protocol.gossip import signals as s
from protocol.gossip.engine import Engine
from protocol.ids import NodeId
from protocol.limits import PIECE

ME, PEER = NodeId("a" * 32), NodeId("b" * 32)
FILE = b"\7" * 32


def wants(outputs: list[s.Output]) -> list[int]:
    return [
        one.frame.offset for one in outputs if isinstance(one, s.Send) and isinstance(one.frame, BlobWant)
    ]


def test_a_piece_that_is_here_already_moves_the_pull_on() -> None:
    engine = Engine(ME, feeds={}, keyrings={}, pulls={}, chance=lambda: 0.0, now=0.0)
    engine.handle(s.BlobsWanted(((FILE.hex(), 3 * PIECE, 0),)), 0.0)
    assert wants(engine.handle(s.PeerUp(1, PEER, pinned=True), 0.0)) == [0]
    piece = Blob(FILE, 3 * PIECE, 0, b"x" * PIECE, ())
    engine.handle(s.Received(1, piece), 0.1)
    engine.handle(s.PeerDown(1), 0.2)  # stored meanwhile, but nobody was there to be told
    assert wants(engine.handle(s.PeerUp(2, PEER, pinned=True), 0.3)) == [0]
    engine.handle(s.Received(2, piece), 0.4)
    answered = engine.handle(s.Ingested(2, piece, s.Outcome(s.Verdict.NOTHING_NEW)), 0.5)
    assert wants(answered) == [PIECE]
