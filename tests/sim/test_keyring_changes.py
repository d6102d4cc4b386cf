"""Changes of a keyring in a line of four nodes: a thief's chain in the middle, the kit's afterwards, in every order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from protocol.crypto import Ed25519Signer, sha256
from protocol.frame_types import Changes, Chunk, Frame, KeyringNotes, KeyringWant, Note
from protocol.gossip.signals import Verdict
from protocol.ids import NodeId
from protocol.keyring import Keyring, extend, incept
from protocol.merkle import EMPTY
from protocol.note import parse
from store import keyrings
from tests.kit.network import Network, Node, own_of

SLOTS = 4  # before the first wire, after each of three


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Network]:
    network = Network(tmp_path)
    yield network
    network.close()


def key(name: str) -> Ed25519Signer:
    return Ed25519Signer.from_seed(sha256(name.encode()))


class Contested:
    """A node of which a feed key was stolen: its first note, its owner's next, the thief's next, the kit's."""

    def __init__(self, name: str) -> None:
        own = own_of(name)
        kit = key(f"{name}/k")
        self.node = own.node
        self.first = own.keyring
        self.owners = extend(self.first, signers=[own.signer], witness_public=key(f"{name}/w2").public)
        fresh, rescued = key(f"{name}/thief"), key(f"{name}/rescued")
        close = (0, EMPTY)
        self.thiefs = extend(self.first, signers=[own.signer, fresh], feed_public=fresh.public, close=close)
        self.kits = extend(self.first, signers=[kit, rescued], feed_public=rescued.public, close=close)


def show(node: Node, chain: Keyring) -> None:
    node.write(lambda tx: keyrings.receive(tx, chain.node, chain.notes, own_node=node.id))


def held(node: Node, contested: Contested) -> tuple[Keyring | None, bool]:
    found = node.store.database.write(lambda tx: keyrings.held(tx, contested.node)).result()
    return (found.keyring, found.frozen) if found else (None, False)


ORDERS = list(itertools.permutations([(0, 1), (1, 2), (2, 3)]))


@pytest.mark.parametrize("wires", ORDERS)
def test_e2_a_thiefs_keyring_in_the_middle_is_live_nowhere_and_the_kits_is_right_everywhere(
    net: Network, wires: tuple[tuple[int, int], ...]
) -> None:
    """The owner's chain enters at one end, the thief's in the middle, each before, between or after the wires; the far
    end knows neither. All must hear of both; then a note signed by the recovery keys must be the one held by all."""
    nodes = [net.node(name) for name in "abcd"]
    cases = {
        (owner, thief): Contested(f"x{owner}{thief}")
        for owner, thief in itertools.product(range(SLOTS), repeat=2)
        if (owner + thief + ORDERS.index(wires)) % 2 == 0
    }
    for slot in range(SLOTS):
        if slot:
            left, right = wires[slot - 1]
            net.connect(nodes[left], nodes[right])
            net.run()
        for (owner, thief), contested in cases.items():
            if thief == slot:
                show(nodes[1 + (owner + thief) % 2], contested.thiefs)
            if owner == slot:
                show(nodes[0], contested.owners)
        net.run()
    net.run(2_000)
    for contested in cases.values():
        found = [held(node, contested) for node in nodes]
        assert all(frozen for _, frozen in found), found
        assert {chain for chain, _ in found} <= {contested.owners, contested.thiefs}
    for (owner, thief), contested in cases.items():
        show(nodes[(owner + 2 * thief) % 4], contested.kits)
    net.run()
    for contested in cases.values():
        assert {held(node, contested) for node in nodes} == {(contested.kits, False)}
    assert [close for node in nodes for close in node.closed if close.offence] == []


def listen(net: Network, sender: Node) -> list[Frame]:
    """What this node sends from now on, over all its wires."""
    said: list[Frame] = []

    def tamper(node: Node, frame: Frame) -> Frame:
        if node is sender:
            said.append(frame)
        return frame

    for wire in net.wires.values():
        if sender in wire.ends:
            wire.tamper = tamper
    return said


def test_e2_a_change_is_told_to_every_peer_whatever_it_last_showed(net: Network) -> None:
    """A peer whose tag is not known, one that showed the old tag, and the one the change came from: all get a NOTE."""
    x, a, b, c = net.node("x"), net.node("a"), net.node("b"), net.node("c")
    x.say("one")
    for other in (x, b, c):
        net.connect(a, other)
    net.run()
    for peer in a.engine.peers.values():
        if peer.node == b.id:
            peer.tags.pop(x.id, None)
    said = listen(net, a)
    longer = extend(x.own.keyring, signers=[x.own.signer], witness_public=key("x/w2").public)
    show(a, longer)
    notes = [frame for frame in said if isinstance(frame, Note)]
    assert len(notes) == 3
    assert {(seen.feed, seen.size, seen.keyring_tag) for note in notes for seen in note.seen} == {
        (x.own.feed, 1, longer.tag)
    }


def test_e2_a_frozen_node_is_told_in_order_and_before_changes_that_name_it(net: Network) -> None:
    """The chain held first stands before the other, at the freeze and whenever CHANGES names the node later."""
    contested = Contested("x")
    a, b, c = net.node("a"), net.node("b"), net.node("c")
    net.connect(a, b)
    net.run()
    show(a, contested.owners)
    net.run()
    said = listen(net, a)
    show(a, contested.thiefs)
    chains = [frame for frame in said if isinstance(frame, KeyringNotes)]
    both = [KeyringNotes(contested.node, chain.notes) for chain in (contested.owners, contested.thiefs)]
    assert chains == both
    assert isinstance(said[-1], Note)
    said.clear()
    net.connect(a, c).tamper = lambda sender, frame: said.append(frame) or frame if sender is a else frame
    net.run()
    at = next(at for at, frame in enumerate(said) if isinstance(frame, Changes))
    assert [frame for frame in said[:at] if isinstance(frame, KeyringNotes)] == both
    assert held(c, contested) == (contested.owners, True)


def test_e2_what_was_frozen_is_pulled_and_pushed_again_once_the_kit_has_spoken(net: Network) -> None:
    x, a, b = net.node("x"), net.node("a"), net.node("b")
    x.say("one")
    wire = net.connect(x, a)
    net.connect(a, b)
    net.run()
    wire.cut()
    net.run()
    signer, witness = x.own.signer, [key(f"w{number}").public for number in range(3)]
    for number in (0, 1):
        show(a, extend(x.own.keyring, signers=[signer], witness_public=witness[number]))
    net.run()
    assert held(b, _of(x))[1] is held(a, _of(x))[1] is True
    kits = extend(x.own.keyring, signers=[signer, key("x/k")], witness_public=witness[2])
    show(b, kits)
    net.run()
    x.say(*[f"later {number}" for number in range(300)])
    net.connect(x, a)
    net.run()
    assert len(a.texts(x)) == len(b.texts(x)) == 301
    assert a.closed == b.closed == []


def _of(node: Node) -> Contested:
    found = Contested(node.name)
    assert found.node == node.id
    return found


def test_e2_more_signatures_under_the_same_text_reach_who_has_fewer(net: Network) -> None:
    """Two notes of the kit contradict each other, and the one node that knows the weightier signatures tells."""
    a, b = net.node("a"), net.node("b")
    feed, kit = key("y/f"), [key(f"y/k{number}") for number in range(3)]
    first = incept(feed, key("y/w").public, 2, [one.public for one in kit])
    notes = [key(f"y/{number}").public for number in range(2)]
    chains = [extend(first, signers=[feed, *kit[:2]], witness_public=public) for public in notes]
    low, high = sorted(chains, key=lambda chain: sha256(parse(chain.notes[1]).text.encode()))
    public = notes[chains.index(high)]
    heavy = extend(first, signers=[feed, *kit], witness_public=public)
    show(a, heavy)
    show(b, high)
    net.connect(a, b)
    net.run()
    show(b, low)
    net.run()
    assert keyring_of(a, first.node) == keyring_of(b, first.node) == heavy


def keyring_of(node: Node, whose: NodeId) -> Keyring | None:
    return node.store.database.read(lambda db: keyrings.get(db, whose)).result()


def test_e2_a_head_past_the_close_of_an_epoch_freezes_its_author_along_the_line(net: Network) -> None:
    """A thief of the feed key closes the epoch below what its owner signed. One end holds the longer log, the other
    hears the thief's chain first: all of them freeze."""
    x, a, b, c = (net.node(name) for name in "xabc")
    x.say("one", "two")
    wire = net.connect(x, a)
    net.run()
    wire.cut()
    net.run()
    contested = _of(x)
    show(c, contested.thiefs)
    net.connect(a, b)
    net.connect(b, c)
    net.run(2_000)
    assert [held(node, contested) for node in (a, b, c)] == [(contested.thiefs, True)] * 3
    assert [close for node in (a, b, c) for close in node.closed] == []


def forge(frame: Frame) -> Frame:
    return (
        replace(frame, head=frame.head._replace(signature=bytes(64))) if isinstance(frame, Chunk) else frame
    )


def test_e2_a_sender_that_changed_its_keyring_is_not_held_to_what_it_sent_before(net: Network) -> None:
    """Its bad head came while it went by another chain than the one it was judged by; its NOTE says so since."""
    x, a, b = net.node("x"), net.node("a"), net.node("b")
    x.say("one")
    net.connect(x, a)
    wire = net.connect(a, b)
    net.run()
    contested = _of(x)
    (peer,) = b.engine.peers.values()
    peer.tags[x.id] = contested.thiefs.tag  # it had shown the thief's chain
    asked: list[Frame] = []

    def lie(sender: Node, frame: Frame) -> Frame:
        asked.append(frame)
        return forge(frame) if sender is a else frame

    wire.tamper = lie
    x.say("two")
    net.run()
    assert KeyringWant(x.id) in asked
    assert b.verdicts[Verdict.BAD_SIGNATURE] == 1
    assert b.closed == [], "it goes by the right chain now, and did not when it sent that head"
    x.say("three")
    net.run()
    assert [close.offence for close in b.closed] == [True], "now it does"
