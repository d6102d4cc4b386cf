"""A pretend network: real engines over real stores, wires and clock held in the hand.

Frames travel encoded, each wire keeps its order and has a delay of its own from the seed. ``run`` goes on until nothing
moves but the clock, ``run(seconds)`` also lets deadlines pass. A frame can be watched, changed or lost by ``tamper``.
No honest node's frame leaves without being looked at: private bytes travel only to the nodes they name.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from protocol.crypto import Ed25519Signer, sha256
from protocol.entry import content_of, dump_json, parse_json
from protocol.frame_types import Blob, BlobHere, Frame
from protocol.frames import decode, encode
from protocol.gossip import signals as s
from protocol.gossip.engine import Engine
from protocol.ids import EntryId, Feed, NodeId
from protocol.keyring import incept
from store import blobs, keyrings, log, peers, reading
from store.database import Tx
from store.own import Own
from store.signing import Heard
from store.store import Store
from tests.kit.carried import breach, given_to

START_MS = 1_790_000_000_000
KEEPS = (s.SaveCursor, s.Held, s.Acked)


def own_of(name: str) -> Own:
    """A node whose keys follow from its name."""
    feed, witness, kit = (
        Ed25519Signer.from_seed(sha256(f"{name}/{use}".encode())) for use in ("f", "w", "k")
    )
    keyring = incept(feed, witness.public, 1, [kit.public])
    return Own(keyring.node, Feed(keyring.node, 0), feed, keyring)


class Node:
    """One node of the pretend network; ``sent`` counts frames by type, ``closed`` says how conversations ended."""

    def __init__(self, net: Network, name: str, folder: Path) -> None:
        self.net, self.name, self.folder = net, name, folder
        self.own = own_of(name)
        self.id: NodeId = self.own.node
        self.sent: Counter[str] = Counter()
        self.bytes_sent = 0
        self.closed: list[s.Close] = []
        self.verdicts: Counter[s.Verdict] = Counter()
        self.start()

    def start(self) -> None:
        """Open the store and build the engine from what it holds."""
        self.store = Store.open(self.folder, self.own, lambda: START_MS + int(self.net.now * 1000), readers=1)
        self.store.database.on_commit = lambda events, _topics: self._events.extend(events)
        self._events: list[object] = []
        self._free_at = 0.0
        self.answered: set[NodeId] = set()
        read = self.store.database.read
        self.engine = Engine(
            self.id,
            feeds=read(reading.feed_states).result(),
            keyrings=read(keyrings.tags).result(),
            pulls=read(peers.pulls).result(),
            chance=self.net.random.random,
            now=self.net.now,
        )
        self.handle(s.BlobsWanted(tuple(read(blobs.wanted).result())))

    def stop(self) -> None:
        """Cut every wire and close the store; what is on disk stays."""
        for wire in [wire for wire in self.net.wires.values() if self in wire.ends]:
            wire.cut()
        self.store.close()

    def write(self, change: Callable[[Tx], Any]) -> Any:
        """A change of the store, and what the engine makes of its commit."""
        result = self.store.database.write(change).result()
        self._committed(None)
        return result

    def begin_signing(self, *, waited: bool = False) -> bool:
        """Sign if the answers that came allow it; ``waited``: the silent are waited for no longer."""
        connected = frozenset(peer.node for peer in self.engine.peers.values())
        heard = Heard(frozenset(self.answered), connected, waited)
        return bool(self.write(lambda tx: self.store.begin_signing(tx, heard)))

    def pin(self, other: Node) -> None:
        self.write(
            lambda tx: (
                peers.pin(tx, other.id),
                keyrings.receive(tx, other.id, other.own.keyring.notes, own_node=self.id),
            )
        )

    def say(self, *texts: str, audience: tuple[Node, ...] = ()) -> list[EntryId]:
        """Publish small records in one transaction; an audience restricts them to these nodes and this one."""
        named = frozenset({self.id, *(node.id for node in audience)}) if audience else None

        def change(tx: Tx) -> list[EntryId]:
            return [self._append(tx, text, named) for text in texts]

        return self.write(change)

    def _append(self, tx: Tx, text: str, named: frozenset[NodeId] | None) -> EntryId:
        me = str(EntryId(*self.own.feed, 0))
        content: dict[str, Any] = {"type": "comment", "by": me, "on": me, "text": {"en": text}}
        if named:
            content["audience"] = sorted(named)
        salt = sha256(f"{self.name}{text}".encode())[:16]
        return log.append_own(
            tx, self.own, dump_json(content), restricted=named is not None, audience=named, salt=salt
        )

    def texts(self, author: Node) -> list[str | int]:
        """What is held of an author's feed: the text of each entry, or its state."""

        def query(db: Any) -> list[str | int]:
            state = reading.feed_states(db).get(author.own.feed)
            found = [
                reading.read_entry(db, EntryId(*author.own.feed, i))
                for i in range(state.size if state else 0)
            ]
            return [_text(one) for one in found if one]

        return self.store.database.read(query).result()

    def handle(self, event: s.Event) -> None:
        for output in self.engine.handle(event, self.net.now):
            self._effect(output)

    def _effect(self, output: s.Output) -> None:
        match output:
            case s.Send():
                self._send(output)
            case s.Close():
                self.closed.append(output)
                if output.blame is not None:
                    self._effect(output.blame)
                self.net.wires[output.conn].cut()
            case s.Serve():
                answer = self.store.answer(output.request, output.node, output.hidden)  # type: ignore[arg-type]
                frames, rest = answer.result()
                delay = self.net.random.uniform(0, self.net.load / 8)  # readers do not wait for the loop
                self.net.at(self.net.now + delay, self, s.Served(output.conn, frames, rest))
            case s.Ingest():
                outcome = self.store.database.write(
                    lambda tx: self.store.take_all(tx, [output.frame], output.node)[0]
                ).result()
                self.verdicts[outcome.verdict] += 1
                self._committed(output.conn)
                self._when_free(s.Ingested(output.conn, output.frame, outcome, output.sent))
            case s.AskGaps():
                for feed, indexes in self.store.database.read(
                    lambda db: reading.gaps_for(db, output.node)
                ).result():
                    self.net.soon(self, s.GapsKnown(output.conn, feed, indexes))
            case s.Wake():
                self.net.at(output.at, self, s.Tick())
            case s.OwnAnswered():
                self.answered.add(output.node)
                self.write(self.store.tell_again)
                self.begin_signing()
            case _:
                self.store.database.write(lambda tx: _keep(tx, output)).result()

    def _send(self, output: s.Send) -> None:
        wire = self.net.wires.get(output.conn)
        if wire is not None and wire.up:
            self.sent[type(output.frame).__name__] += 1
            self.bytes_sent += len(encode(output.frame))
            wire.carry(self, output.frame)

    def _committed(self, conn: int | None) -> None:
        """What became durable reaches the engine before the answer to the ingest; at once, or later under load."""
        events, self._events[:] = list(self._events), []
        for event in events:
            marked = conn is not None and isinstance(event, s.Grew | s.Conviction)
            self._told(replace(event, conn=conn) if marked else event)  # type: ignore[type-var, arg-type]

    def _told(self, event: s.Event) -> None:
        if self.net.load:
            self._when_free(event)
        else:
            self.handle(event)

    def _when_free(self, event: s.Event) -> None:
        """A busy loop comes to it some time after the commit, in the order of the commits."""
        self._free_at = max(self._free_at, self.net.now + self.net.random.uniform(0, self.net.load))
        self.net.at(self._free_at, self, event)


def _text(one: reading.StoredEntry) -> str | int:
    return (
        one.payload
        if isinstance(one.payload, int)
        else str(parse_json(content_of(one.payload))["text"]["en"])
    )


def _keep(tx: Tx, output: s.Output) -> None:
    match output:
        case s.SaveCursor():
            peers.save_cursor(tx, output.node, output.generation, output.cursor, output.pulls)
        case s.Held():
            peers.holds(tx, output.node, output.feeds)
        case s.HasBlob():
            blobs.holds(tx, output.node, output.blob, output.size)
        case s.Blame():
            peers.refused(tx, output.node, output.verdict, output.detail)
        case s.Acked():
            peers.acked(tx, output.node, output.feed, output.indexes)


class Wire:
    """Two directions between two nodes, each in order; ``tamper`` sees every frame and may change or drop it."""

    def __init__(self, net: Network, conn: int, ends: tuple[Node, Node]) -> None:
        self.net, self.conn, self.ends, self.up = net, conn, ends, True
        self.delay = net.random.uniform(0.01, 0.08)
        self.free_at = dict.fromkeys(ends, 0.0)
        self.tamper: Callable[[Node, Frame], Frame | None] = lambda _sender, frame: frame

    def carry(self, sender: Node, frame: Frame) -> None:
        receiver = self.ends[1] if sender is self.ends[0] else self.ends[0]
        assert (why := self.net.breach(sender, receiver, frame)) is None, why
        changed = self.tamper(sender, frame)
        if changed is None:
            return
        arrives = max(self.free_at[receiver], self.net.now + self.delay * self.net.random.uniform(0.8, 1.2))
        self.free_at[receiver] = arrives
        self.net.at(arrives, receiver, s.Received(self.conn, decode(encode(changed))), self)

    def cut(self) -> None:
        if self.up:
            self.up = False
            for end in self.ends:
                self.net.soon(end, s.PeerDown(self.conn))


class Network:
    """All nodes and wires under one clock (seconds) and one seed."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder, self.now, self.random = folder, 0.0, random.Random(seed)
        self.load = 0.0  # seconds an engine may be behind its store
        self.wires: dict[int, Wire] = {}
        self.nodes: dict[str, Node] = {}
        self._due: list[tuple[float, int, Node, s.Event, Wire | None]] = []
        self._count = 0

    def breach(self, sender: Node, receiver: Node, frame: Frame) -> str | None:
        """Why the frame must not travel: private bytes go only to the nodes they name. Every frame of every test is asked."""
        if isinstance(frame, BlobHere) or (isinstance(frame, Blob) and frame.data):
            named = sender.store.database.read(lambda db: given_to(db, frame.hash.hex())).result()
            if named is not None and receiver.id not in named:
                return f"a file that is for {sorted(named)} on its way to {receiver.name}"
        return breach(frame, receiver.id)

    def node(self, name: str) -> Node:
        self.nodes[name] = Node(self, name, self.folder / name)
        return self.nodes[name]

    def at(self, when: float, node: Node, event: s.Event, wire: Wire | None = None) -> None:
        self._count += 1
        heapq.heappush(self._due, (when, self._count, node, event, wire))

    def soon(self, node: Node, event: s.Event) -> None:
        self.at(self.now, node, event)

    def connect(self, left: Node, right: Node, *, pinned: bool = True) -> Wire:
        """A wire as after a handshake: both hold each other's keyring."""
        if pinned:
            left.pin(right)
            right.pin(left)
        self._count += 1
        wire = self.wires[self._count] = Wire(self, self._count, (left, right))
        for me, other in ((left, right), (right, left)):
            cursor = me.store.database.read(lambda db, node=other.id: peers.cursor_of(db, node)).result()
            me.handle(s.PeerUp(wire.conn, other.id, pinned, cursor))
            for owing in me.store.database.read(lambda db, node=other.id: peers.owed_to(db, node)).result():
                me.handle(owing)
        return wire

    def run(self, seconds: float = 0.0, *, most: int = 200_000) -> None:
        """Let everything happen that happens by itself; with ``seconds`` let the clock go on that far as well."""
        until = self.now + seconds
        for _ in range(most):
            moving = any(not isinstance(event, s.Tick) for _, _, _, event, _ in self._due)
            if not self._due or (not moving and self._due[0][0] > until):
                self.now = max(self.now, until)
                return
            when, _, node, event, wire = heapq.heappop(self._due)
            self.now = max(self.now, when)
            if wire is None or wire.up:
                node.handle(event)
        raise AssertionError("the network does not come to rest")

    def some(self, count: int) -> None:
        """Let so many things happen and no more: what is on its way stays there."""
        for _ in range(min(count, len(self._due))):
            when, _, node, event, wire = heapq.heappop(self._due)
            self.now = max(self.now, when)
            if wire is None or wire.up:
                node.handle(event)

    def close(self) -> None:
        for node in self.nodes.values():
            node.store.close()
