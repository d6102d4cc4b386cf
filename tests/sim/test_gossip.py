"""Engines over a pretend wire: sync, push, acknowledgement, restricted envelopes, lies, cuts; all by seed and hand clock."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from protocol.checkpoint import Head
from protocol.frame_types import (
    Changes,
    Chunk,
    Envelopes,
    EvidenceFrame,
    Frame,
    KeyringNotes,
    KeyringWant,
    Note,
    Want,
)
from protocol.gossip.signals import Verdict
from protocol.limits import JOIN_SECONDS, MAX_KEYRING_WANTS, MAX_WANTS, STALL_SECONDS
from store import keyrings, peers, reading
from tests.kit.network import Network, Node, Wire


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Network]:
    network = Network(tmp_path)
    yield network
    network.close()


def many(count: int, tag: str = "") -> list[str]:
    return [f"{tag}{number}" for number in range(count)]


def held_by(author: Node, holder: Node) -> int:
    """How far the author knows the holder to hold the author's feed."""
    rows = author.store.database.read(
        lambda db: db.execute(
            "SELECT h.size FROM holders h JOIN feeds f ON f.no = h.feed WHERE h.node = ? AND f.node = ?",
            (holder.id, author.id),
        ).fetchall()
    ).result()
    return rows[0][0] if rows else 0


def owed(author: Node, to: Node) -> int:
    return sum(
        len(one.indexes) for one in author.store.database.read(lambda db: peers.owed_to(db, to.id)).result()
    )


def test_an_empty_node_catches_up_by_chunks_with_one_signature_check(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    a.say(*many(1000))
    before = b.store.database.memory.signature_checks
    net.connect(a, b)
    net.run()
    assert b.texts(a) == many(1000)
    assert b.store.database.memory.signature_checks - before == 1
    assert a.sent["Chunk"] <= 10
    assert held_by(a, b) == 1000


def test_a_node_that_has_part_joins_the_new_head_first(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    a.say(*many(300))
    wire = net.connect(a, b)
    net.run()
    wire.cut()
    net.run()
    a.say(*many(700, "later"))
    before = b.store.database.memory.signature_checks
    net.connect(a, b)
    net.run()
    assert b.texts(a) == many(300) + many(700, "later")
    assert b.store.database.memory.signature_checks - before == 1
    assert b.verdicts[Verdict.JOINED] == 1


def test_what_is_published_is_pushed_and_acknowledged_at_once(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    net.connect(a, b)
    net.run()
    asked = b.sent["Want"]
    a.say("hello")
    net.run()
    assert b.texts(a) == ["hello"]
    assert b.sent["Want"] == asked
    assert held_by(a, b) == 1


def test_a_batch_over_a_chunk_border_is_noted_and_pulled(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    net.connect(a, b)
    a.say(*many(250))
    net.run()
    a.say(*many(20, "x"))
    net.run()
    assert b.texts(a) == many(250) + many(20, "x")


def test_nothing_new_costs_a_reconnect_under_200_bytes(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    a.say(*many(40))
    b.say(*many(40))
    for _ in range(2):
        net.connect(a, b)
        net.run()
        list(net.wires.values())[-1].cut()
        net.run()
    before = a.bytes_sent + b.bytes_sent
    net.connect(a, b)
    net.run()
    assert 0 < a.bytes_sent + b.bytes_sent - before < 200


def line(net: Network, *names: str) -> list[Node]:
    nodes = [net.node(name) for name in names]
    for left, right in itertools.pairwise(nodes):
        net.connect(left, right)
    net.run()
    return nodes


def test_a_line_carries_what_its_ends_publish(net: Network) -> None:
    a, b, c = line(net, "a", "b", "c")
    a.say(*many(5, "from a "))
    c.say(*many(5, "from c "))
    net.run()
    assert a.texts(c) == b.texts(c) == many(5, "from c ")
    assert c.texts(a) == b.texts(a) == many(5, "from a ")
    a.say("again")
    net.run()
    assert c.texts(a) == [*many(5, "from a "), "again"]


def test_a_restricted_envelope_travels_only_to_the_node_it_names(net: Network) -> None:
    a, b, c = line(net, "a", "b", "c")
    a.say("public")
    a.say("for c", audience=(c,))
    net.run()
    assert b.texts(a) == ["public", 0]
    assert c.texts(a) == ["public", 0]
    assert owed(a, c) == 1
    net.connect(a, c, pinned=False)
    net.run()
    assert c.texts(a) == ["public", "for c"]
    assert owed(a, c) == 0
    assert b.texts(a) == ["public", 0]
    assert b"for c" not in (b.folder / "node.db").read_bytes() + (b.folder / "node.db-wal").read_bytes()


def test_a_restricted_record_to_a_connected_node_is_owed_until_its_note(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    wire = net.connect(a, b)
    net.run()
    wire.tamper = lambda sender, frame: None if sender is b and isinstance(frame, Note) else frame
    a.say("for b", audience=(b,))
    net.run()
    assert b.texts(a) == ["for b"]
    assert owed(a, b) == 1
    wire.cut()
    net.run()
    net.connect(a, b)
    net.run()
    assert owed(a, b) == 0


def test_an_envelope_lost_after_a_misread_note_is_asked_for_again(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    wire = net.connect(a, b)
    net.run()

    def withhold(sender: Node, frame: Frame) -> Frame | None:
        if sender is a and isinstance(frame, Chunk):
            return replace(frame, entries=tuple((header, 0) for header, _ in frame.entries))
        return None if sender is a and isinstance(frame, Envelopes) else frame

    wire.tamper = withhold
    a.say("for b", audience=(b,))
    net.run()
    assert b.texts(a) == [0]
    assert owed(a, b) == 0  # the note for the header was taken for the envelope's
    wire.cut()
    net.run()
    b.write(lambda tx: tx.db.execute("UPDATE gaps SET asked = 0"))
    net.connect(a, b)
    net.run()
    assert b.texts(a) == ["for b"]


def test_a_cut_in_the_middle_of_a_pull_resumes_where_it_stopped(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    a.say(*many(2000))
    wire = net.connect(a, b)
    chunks = 0

    def lose_after_three(sender: Node, frame: Frame) -> Frame | None:
        nonlocal chunks
        chunks += sender is a and isinstance(frame, Chunk)
        return frame if chunks <= 3 else None

    wire.tamper = lose_after_three
    net.run()
    kept = len(b.texts(a))
    assert 0 < kept < 2000
    b.stop()
    b.start()
    net.connect(a, b)
    net.run()
    assert b.texts(a) == many(2000)
    assert b.verdicts[Verdict.STORED] + b.verdicts[Verdict.JOINED] <= 2000 // 256 + 4


def test_a_source_that_stalls_loses_the_feed_to_another(net: Network) -> None:
    a, b, c = line(net, "a", "b", "c")
    d = net.node("d")
    c.say(*many(600))
    net.run()
    silent = net.connect(d, a)
    silent.tamper = lambda sender, frame: None if sender is a and isinstance(frame, Chunk) else frame
    net.run(1)
    assert d.texts(c) == []
    net.connect(d, b)
    net.run(STALL_SECONDS + 2)
    assert d.texts(c) == many(600)


def lie_once(change: type[Frame] | tuple[type, ...], make: object) -> object:
    """A tamper that changes the first frame of a type."""
    done = False

    def tamper(sender: Node, frame: Frame) -> Frame:
        nonlocal done
        if not done and isinstance(frame, change) and getattr(frame, "entries", True):
            done = True
            return make(frame)  # type: ignore[operator]
        return frame

    return tamper


def other_envelope(frame: Chunk) -> Chunk:
    header, envelope = frame.entries[0]
    assert isinstance(envelope, bytes)
    return replace(frame, entries=((header, envelope[:-1] + b"!"), *frame.entries[1:]))


def other_signature(frame: Chunk) -> Chunk:
    return replace(frame, head=Head(frame.head.size, frame.head.root, b"\1" * 64))


def other_header(frame: Chunk) -> Chunk:
    header, envelope = frame.entries[0]
    return replace(frame, entries=((header[:-1] + bytes([header[-1] ^ 1]), envelope), *frame.entries[1:]))


LIES = [
    (other_envelope, Verdict.BAD_ENVELOPE),
    (other_signature, Verdict.BAD_SIGNATURE),
    (other_header, Verdict.BAD_PROOF),
]


@pytest.mark.parametrize(("lie", "verdict"), LIES, ids=[verdict.value for _, verdict in LIES])
def test_a_lie_in_a_chunk_closes_the_connection_and_keeps_nothing_of_it(
    net: Network, lie: object, verdict: Verdict
) -> None:
    a, b = net.node("a"), net.node("b")
    a.say(*many(10))
    wire = net.connect(a, b)
    wire.tamper = lie_once(Chunk, lie)  # type: ignore[assignment]
    net.run()
    assert b.texts(a) == []
    assert b.verdicts[verdict] == 1
    assert [close.offence for close in b.closed] == [True]
    refusals = b.store.database.read(peers.refusals).result()
    assert [(one.node, one.verdict, one.times) for one in refusals] == [(a.id, verdict.value, 1)]
    net.connect(a, b)
    net.run()
    assert b.texts(a) == many(10)


def test_a_head_that_does_not_hold_counts_against_its_sender_once_its_keyring_is_known_to_be_ours(
    net: Network,
) -> None:
    author, a, b = net.node("author"), net.node("a"), net.node("b")
    author.say(*many(3))
    net.connect(author, a)
    net.run()
    b.write(lambda tx: keyrings.receive(tx, author.id, author.own.keyring.notes, own_node=b.id))
    wire = net.connect(a, b)
    asked: list[Frame] = []

    def lie(sender: Node, frame: Frame) -> Frame | None:
        if sender is b and isinstance(frame, KeyringWant) and frame.node == author.id:
            asked.append(frame)
        if sender is a and isinstance(frame, Changes):
            return None  # b never hears by which keyring a goes
        return other_signature(frame) if isinstance(frame, Chunk) and frame.feed == author.own.feed else frame

    wire.tamper = lie
    author.say("more")
    net.run()
    assert asked == [KeyringWant(author.id)]
    assert [close.offence for close in b.closed] == [True]
    assert b.texts(author) == []


def test_no_more_than_four_wants_and_few_keyring_wants_are_outstanding(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    others = [net.node(f"n{number}") for number in range(MAX_KEYRING_WANTS + 8)]
    for other in others:
        other.say("one")
        wire = net.connect(other, a)
        net.run()
        wire.cut()
    net.run()
    most: Counter[type] = Counter()

    def count(_sender: Node, frame: Frame) -> Frame:
        for peer in b.engine.peers.values():
            for kind, number in Counter(map(type, peer.asked)).items():
                most[kind] = max(most[kind], number)
        return frame

    net.connect(a, b).tamper = count
    net.run()
    assert all(b.texts(other) == ["one"] for other in others)
    assert most[Want] == MAX_WANTS
    assert most[KeyringWant] == MAX_KEYRING_WANTS


def test_every_peer_is_asked_once_since_the_start_for_more_of_the_own_log(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    a.say("one")
    for _ in range(2):
        wire = net.connect(a, b)
        net.run()
        wire.cut()
        net.run()
    assert a.sent["Want"] == 1
    a.stop()
    a.start()
    net.connect(a, b)
    net.run()
    assert a.sent["Want"] == 2
    assert a.verdicts[Verdict.NOTHING_NEW] == 1, "the own head came back"
    assert a.closed == b.closed == []


def forked(net: Network, ours: int, theirs: int) -> tuple[Node, Node, Node]:
    """A liar that shows one history to b and another to c; b and c then meet."""
    b, c = net.node("b"), net.node("c")
    liar = net.node("liar")
    twin = net.nodes["twin"] = Node(net, "liar", net.folder / "twin")
    liar.say(*many(3, "same "))
    twin.say(*many(3, "same "))
    for victim in (b, c):
        wire = net.connect(liar, victim)
        net.run()
        wire.cut()
        net.run()
    liar.say(*many(ours, "ours "))
    twin.say(*many(theirs, "theirs "))
    for one, victim in ((liar, b), (twin, c)):
        wire = net.connect(one, victim)
        net.run()
        wire.cut()
        net.run()
    return b, c, liar


@pytest.mark.parametrize(("ours", "theirs"), [(1, 1), (2, 5), (5, 2), (300, 5), (5, 300)])
def test_two_histories_convict_their_author_on_both_sides(net: Network, ours: int, theirs: int) -> None:
    b, c, liar = forked(net, ours, theirs)
    net.connect(b, c)
    net.run(JOIN_SECONDS + 2)
    feed = liar.own.feed
    for node in (b, c):
        assert node.store.database.read(reading.feed_states).result()[feed].taking is False
        assert node.closed == []
    assert b.texts(liar)[3:] == many(ours, "ours ")
    assert c.texts(liar)[3:] == many(theirs, "theirs ")


def test_evidence_is_passed_on_to_who_saw_only_one_history(net: Network) -> None:
    b, c, liar = forked(net, 4, 4)
    d = net.node("d")
    wire = net.connect(b, d)
    net.run()
    assert d.texts(liar) == b.texts(liar)
    told: list[Frame] = []

    def listen(_sender: Node, frame: Frame) -> Frame:
        told.append(frame)
        return frame

    wire.tamper = listen
    net.connect(b, c)
    net.run()
    at = next(at for at, frame in enumerate(told) if isinstance(frame, EvidenceFrame))
    assert told[at - 1] == KeyringNotes(liar.id, liar.own.keyring.notes), "the keyring comes before it"
    assert b.sent[EvidenceFrame.__name__] + c.sent[EvidenceFrame.__name__] >= 1
    assert d.store.database.read(reading.feed_states).result()[liar.own.feed].taking is False


def test_a_frame_lost_on_the_way_is_repaired_by_the_next_since(net: Network) -> None:
    a, b = net.node("a"), net.node("b")
    wire = net.connect(a, b)
    net.run()
    wire.tamper = lambda _sender, frame: None if isinstance(frame, Chunk | Note) else frame
    a.say("lost")
    net.run()
    assert b.texts(a) == []
    wire.tamper = lambda _sender, frame: frame
    net.run(700)
    assert b.texts(a) == ["lost"]


@pytest.mark.parametrize("seed", range(12))
def test_any_weather_ends_with_everybody_holding_everything(tmp_path: Path, seed: int) -> None:
    net = Network(tmp_path, seed)
    rng = net.random
    nodes = [net.node(f"n{number}") for number in range(5)]
    wires: dict[tuple[int, int], Wire] = {}

    def weather(steps: int) -> None:
        for step in range(steps):
            left, right = sorted(rng.sample(range(5), 2))
            act = rng.random()
            if act < 0.45:
                author = nodes[left]
                private = (nodes[right],) if rng.random() < 0.2 else ()
                author.say(*many(rng.choice([1, 1, 3, 40]), f"{seed}/{step}/{left} "), audience=private)
            elif act < 0.75 and not ((left, right) in wires and wires[left, right].up):
                wires[left, right] = net.connect(nodes[left], nodes[right])
            elif act < 0.9 and (left, right) in wires:
                wires[left, right].cut()
            else:
                net.run(rng.choice([0, 0, 1, 10]))

    weather(60)
    for wire in wires.values():
        wire.cut()
    net.run()
    for left in range(5):
        for right in range(left + 1, 5):
            net.connect(nodes[left], nodes[right])
    net.run(20)
    for author in nodes:
        everything = author.texts(author)
        for other in nodes:
            seen = other.texts(author)
            assert len(seen) == len(everything)
            assert all(theirs in (0, own) for theirs, own in zip(seen, everything, strict=True))
            assert owed(author, other) == 0
        assert [close for close in author.closed if close.offence] == []
    net.close()
