"""Verdicts that honest peers meet are counted against nobody, and doctor says nothing of them (E3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from protocol.frame_types import Chunk, Frame
from protocol.gossip.signals import BLAMED, Verdict
from protocol.limits import JOIN_SECONDS
from store import peers
from tests.kit.network import Network, Node
from tests.sim.test_gossip import forked
from tests.sim.test_keyring_changes import Contested, _of, show


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Network]:
    network = Network(tmp_path)
    yield network
    network.close()


def counted(*nodes: Node) -> list[peers.Refusal]:
    return [one for node in nodes for one in node.store.database.read(peers.refusals).result()]


def test_e3_an_authors_two_histories_are_held_against_neither_of_the_peers_that_hold_one(
    net: Network,
) -> None:
    b, c, liar = forked(net, 2, 5)
    met: list[Verdict] = []
    for _ in range(2):
        net.connect(b, c)
        net.run(JOIN_SECONDS + 2)
        met += [verdict for node in (b, c) for verdict in node.verdicts]
        list(net.wires.values())[-1].cut()
        net.run()
    assert {Verdict.UNJOINED, Verdict.CONVICTED} & set(met)
    assert counted(b, c) == []
    assert b.closed == c.closed == []
    assert liar.closed == []


def test_e3_what_a_frozen_closed_or_blocked_author_wrote_is_held_against_nobody_who_passes_it_on(
    net: Network,
) -> None:
    """The neighbour has one of two chains, or no block, or no close yet: it pushes as it should."""
    x, a, b = net.node("x"), net.node("a"), net.node("b")
    net.connect(x, a)
    x.say("one")
    wire = net.connect(a, b)
    net.run()
    b.write(lambda tx: peers.block(tx, x.id))
    x.say("two")
    net.run()
    assert b.verdicts[Verdict.NOT_REPLICATED] == 1
    b.write(lambda tx: tx.db.execute("UPDATE peers SET blocked = 0"))
    wire.tamper = lambda _sender, frame: frame if isinstance(frame, Chunk) else None
    contested = _of(x)
    show(b, contested.thiefs)
    x.say("three")
    net.run()
    assert b.verdicts[Verdict.STANDSTILL] + b.verdicts[Verdict.NOT_REPLICATED] == 2
    assert counted(a, b) == []
    assert a.closed == b.closed == []


def test_e3_a_signature_under_another_keyring_is_counted_only_once_it_is_held_against_its_sender(
    net: Network,
) -> None:
    x, a, b = net.node("x"), net.node("a"), net.node("b")
    x.say("one")
    net.connect(x, a)
    wire = net.connect(a, b)
    net.run()
    (peer,) = b.engine.peers.values()
    peer.tags[x.id] = Contested("x").thiefs.tag

    def lie(sender: Node, frame: Frame) -> Frame:
        if sender is a and isinstance(frame, Chunk):
            return replace(frame, head=frame.head._replace(signature=bytes(64)))
        return frame

    wire.tamper = lie
    x.say("two")
    net.run()
    assert counted(b) == []
    x.say("three")
    net.run()
    assert [(one.node, one.verdict, one.times) for one in counted(b)] == [(a.id, "bad-signature", 1)]


def test_e3_envelopes_of_another_history_are_held_against_nobody_before_the_trees_are_compared(
    net: Network,
) -> None:
    """Asked for an envelope that is missing, a peer that was shown another history gives its own: it cannot know."""
    b, c, liar = forked(net, 3, 3)
    feed = liar.own.feed

    def lose(tx: object) -> None:
        (no,) = tx.db.execute("SELECT no FROM feeds WHERE node = ?", (liar.id,)).fetchone()  # type: ignore[attr-defined]
        tx.db.execute("DROP TRIGGER envelopes_delete")  # type: ignore[attr-defined]
        key = no * 2**40 + 4
        tx.db.execute("DELETE FROM envelopes WHERE key = ?", (key,))  # type: ignore[attr-defined]
        tx.db.execute("INSERT INTO gaps VALUES (?, 2, 0)", (key,))  # type: ignore[attr-defined]

    b.write(lose)
    wire = net.connect(b, c)
    net.run(JOIN_SECONDS + 2)
    assert b.verdicts[Verdict.BAD_ENVELOPE] == 1, "c answered from the other history"
    assert b.closed == c.closed == []
    assert wire.up
    assert counted(b, c) == []
    assert b.engine.feeds[feed].taking is c.engine.feeds[feed].taking is False, "the author is convicted"


def test_e3_what_may_be_blamed_is_what_no_honest_peer_sends() -> None:
    assert {
        Verdict.BAD_PROOF,
        Verdict.BAD_SIGNATURE,
        Verdict.BAD_ENVELOPE,
        Verdict.BAD_KEYRING,
        Verdict.NOT_FOR_US,
    } == BLAMED
