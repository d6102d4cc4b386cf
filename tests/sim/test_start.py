"""E0: a node that starts asks its peers about its own log first, over a pretend wire; PROTOCOL section 11, cases 1 to 5."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.errors import Refused
from protocol.frame_types import Changes, Chunk, Envelopes, Err, Frame, Note, Want
from protocol.gossip import signals as s
from store import signed_head, standing
from store.store import SIGNED_HEAD
from tests.kit.network import Network, Node, Wire
from tests.store.test_signing import elsewhere


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Network]:
    network = Network(tmp_path)
    yield network
    network.close()


def alarm(node: Node) -> str | None:
    return node.store.database.read(standing.alarm).result()


def older_copy(net: Network, *, later: int = 2, shown: bool) -> tuple[Node, Node]:
    """a, put back from an older copy of its folder; b holds the rest. ``shown``: the copy can be told by its place."""
    a, b = net.node("a"), net.node("b")
    net.connect(a, b)
    a.say("one")
    net.run()
    a.stop()
    kept = a.folder.with_name("kept")
    shutil.copytree(a.folder, kept)
    a.start()
    net.connect(a, b)
    net.run()
    a.say(*[f"later {number}" for number in range(later)])
    net.run()
    assert len(b.texts(a)) == 1 + later
    a.stop()
    net.run()
    shutil.rmtree(a.folder)
    shutil.move(kept, a.folder)
    signed = signed_head.read(a.folder / SIGNED_HEAD)
    assert signed is not None
    signed_head.write(a.folder / SIGNED_HEAD, signed)
    if shown:
        elsewhere(a.folder)
    a.start()
    return a, b


def of_own_feed(sender: Node, frame: Frame) -> bool:
    """Whether a frame tells anything of the sender's own feed."""
    feed = sender.own.feed
    if isinstance(frame, Note | Changes):
        return any(seen.feed == feed for seen in frame.seen)
    return isinstance(frame, Chunk | Envelopes) and frame.feed == feed


def watched(wire: Wire, node: Node, peer: Node) -> list[Frame]:
    """Frames about its own feed that the node sends before the peer has answered."""
    early: list[Frame] = []

    def look(sender: Node, frame: Frame) -> Frame:
        if sender is node and peer.id not in node.answered and of_own_feed(sender, frame):
            early.append(frame)
        return frame

    wire.tamper = look
    return early


def test_e0_1_nothing_of_the_own_feed_leaves_before_the_peer_has_answered(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    net.connect(a, b)
    a.say("one", "two")
    net.run()
    a.stop()
    net.run()
    a.start()
    with pytest.raises(Refused, match="signing-stopped"):
        a.say("too early")
    early = watched(net.connect(a, b), a, b)
    net.run()
    assert not early
    assert b.id in a.answered
    assert alarm(a) is None
    a.say("three")
    net.run()
    assert b.texts(a) == ["one", "two", "three"]


def test_e0_1_a_peer_that_was_not_told_is_told_by_its_next_question(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    net.connect(a, b)
    net.run()
    a.stop()
    b.stop()
    net.run()
    a.start()
    b.start()
    a.begin_signing(waited=True)
    a.say("while b was away")
    wire = net.connect(a, b)
    wire.tamper = lambda sender, frame: None if sender is a and isinstance(frame, Note | Chunk) else frame
    net.run()
    assert b.texts(a) == []
    wire.cut()
    net.run()
    net.connect(a, b)
    net.run()
    assert b.texts(a) == ["while b was away"]


def test_e0_5_a_snapshot_that_looks_whole_learns_from_its_peer_and_signs_nothing(net: Network) -> None:
    a, b = older_copy(net, shown=False)
    assert alarm(a) == standing.ASKING
    early = watched(net.connect(a, b), a, b)
    net.run()
    assert not early
    assert alarm(a) == standing.OWN_HEAD
    assert not a.begin_signing(waited=True)
    with pytest.raises(Refused, match="signing-stopped"):
        a.say("another history")
    assert b.texts(a) == ["one", "later 0", "later 1"]
    assert not [close for close in [*a.closed, *b.closed] if close.offence]


@pytest.mark.parametrize("later", [2, 300])
def test_e0_4_a_copy_fetches_its_own_entries_back_and_goes_on(net: Network, later: int) -> None:
    a, b = older_copy(net, later=later, shown=True)
    assert alarm(a) == standing.MOVED
    assert not a.begin_signing(waited=True)
    early = watched(net.connect(a, b), a, b)
    net.run()
    assert not early
    assert alarm(a) is None
    assert a.texts(a) == ["one", *(f"later {number}" for number in range(later))]
    (entry,) = a.say("after")
    assert entry.index == 1 + later
    net.run()
    assert b.texts(a)[-1] == "after"


def test_e0_4_what_was_seen_and_not_fetched_yet_keeps_it_from_signing(net: Network) -> None:
    a, b = older_copy(net, later=300, shown=True)
    wire = net.connect(a, b)
    wire.tamper = lambda sender, frame: None if isinstance(frame, Chunk) and frame.entries else frame
    net.run()
    assert alarm(a) == standing.MOVED
    assert not a.store.database.write(a.store.go_on_alone).result()
    wire.cut()
    net.run()
    net.connect(a, b)
    net.run()
    assert alarm(a) is None
    assert len(a.texts(a)) == 301


def test_e0_5_another_history_at_a_peer_ends_in_an_alarm_and_blames_nobody(net: Network) -> None:
    a, b = older_copy(net, shown=True)
    a.store.database.write(a.store.go_on_alone).result()
    a.say("another history")
    net.connect(a, b)
    net.run()
    assert alarm(a) in {standing.OWN_HEAD, standing.CONTRADICTION}
    assert not [close for close in a.closed if close.offence]


def test_e0_a_stopped_author_answers_not_here_about_its_own_feed(net: Network) -> None:
    a, b = older_copy(net, shown=False)
    answers: list[Frame] = []
    wire = net.connect(a, b)
    net.run()
    wire.tamper = lambda sender, frame: answers.append(frame) or frame if sender is a else frame
    a.handle(s.Received(wire.conn, Want(a.own.feed, 0, 1)))
    net.run()
    assert [type(frame) for frame in answers] == [Err]


def test_e0_after_a_jump_of_the_clock_the_peers_are_asked_again(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    net.connect(a, b)
    net.run()
    assert b.id in a.answered
    a.answered.clear()
    a.write(lambda tx: standing.wait(tx, a.id, standing.ASKING))
    a.handle(s.OwnDoubted())
    assert not a.answered
    net.run()
    assert b.id in a.answered
    assert alarm(a) is None
