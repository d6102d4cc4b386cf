"""Files along a line of engines: asked for the moment a neighbour has them, whatever sizes others have claimed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protocol.crypto import sha256
from protocol.entry import dump_json
from protocol.frame_types import Blob, BlobHere, BlobWant, Chunk, Frame, Note
from protocol.limits import PIECE
from store import blobs, log
from tests.kit.network import Network, Node
from tests.sim.test_gossip import line

FILE = b"".join(sha256(b"%d" % number) for number in range(3 * PIECE // 32)) + b"the end"


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Network]:
    network = Network(tmp_path)
    yield network
    network.close()


def named(node: Node, blob: str, size: int, *, audience: tuple[Node, ...] = ()) -> None:
    """Publish a record that refers to a file; an audience restricts it to these nodes and this one."""
    names = frozenset({node.id, *(other.id for other in audience)}) if audience else None
    content: dict[str, Any] = {
        "type": "artifact.publish",
        "by": f"{node.id}-0-0",
        "kind": "note",
        "title": {"en": "What we learned"},
        "licence": "CC-BY-4.0",
        "blobs": [{"hash": blob, "size": size, "media_type": "text/plain", "name": "notes.txt"}],
    }
    if names:
        content["audience"] = sorted(names)
    data, salt = dump_json(content), sha256(f"{node.name}{blob}{size}".encode())[:16]
    node.write(
        lambda tx: log.append_own(tx, node.own, data, restricted=names is not None, audience=names, salt=salt)
    )


def attached(node: Node, data: bytes = FILE, **more: Any) -> str:
    kept = node.store.blobs.keep([data], "upload")
    node.write(lambda tx: blobs.add(tx, kept))
    named(node, kept.hash, kept.size, **more)
    return kept.hash


def whole(node: Node, blob: str) -> bool:
    found = node.store.database.read(lambda db: blobs.row(db, blob)).result()
    return found is not None and found.complete


def holders(node: Node, blob: str) -> set[str]:
    rows = node.store.database.read(
        lambda db: db.execute("SELECT node FROM blob_holders WHERE hash = ?", (blob,)).fetchall()
    ).result()
    return {other.name for (found,) in rows for other in node.net.nodes.values() if other.id == found}


def test_e5_a_file_waits_at_no_hop(net: Network) -> None:
    """Nothing moves but what follows from frames: no clock, no back-off, and yet the far end has the file."""
    a, b, c, d = line(net, "a", "b", "c", "d")
    a.say("first")
    blob = attached(a)
    net.run()
    assert [whole(node, blob) for node in (b, c, d)] == [True] * 3
    assert d.store.blobs.path(blob).read_bytes() == FILE
    assert holders(a, blob) == {"b"}
    assert holders(b, blob) == {"a", "c"}
    assert holders(d, blob) == {"c"}


def test_e5_who_does_not_know_the_frame_asks_again_by_itself(net: Network) -> None:
    a, b, c = line(net, "a", "b", "c")
    for wire in net.wires.values():
        wire.tamper = lambda _sender, frame: None if isinstance(frame, BlobHere) else frame
    a.say("first")
    blob = attached(a)
    net.run()
    assert whole(b, blob)
    assert not whole(c, blob)
    net.run(5)
    assert whole(c, blob)


def test_e5_a_private_file_is_told_to_its_audience_only(net: Network) -> None:
    """The watch of the network looks at each BLOB_HERE and BLOB; here both kinds must come to who is named."""
    a, b, c = net.node("a"), net.node("b"), net.node("c")
    for other in (b, c):
        net.connect(a, other)
    net.connect(b, c)
    net.run()
    a.say("first")
    blob = attached(a, audience=(c,))
    net.run()
    assert (whole(b, blob), whole(c, blob)) == (False, True)
    assert holders(b, blob) == set()
    assert holders(a, blob) == {"c"}


def test_e5_who_may_have_a_file_only_later_is_told_then(net: Network) -> None:
    """Asked too early, a node answers not here; the record that allows it is also the word that it is."""
    a, b = net.node("a"), net.node("b")
    wire = net.connect(a, b)
    net.run()
    a.say("first")
    blob = attached(a, audience=(net.node("c"),))
    wire.tamper = lambda sender, frame: None if sender is b and isinstance(frame, Chunk | Note) else frame
    b.say("first")
    named(b, blob, len(FILE))
    net.run(1)
    assert b.sent[BlobWant.__name__] > 0
    assert not whole(b, blob)
    told: list[Frame] = []
    wire.tamper = lambda sender, frame: told.append(frame) or frame if sender is a else frame
    named(a, blob, len(FILE))
    net.run()
    assert BlobHere(bytes.fromhex(blob), len(FILE)) in told
    assert whole(b, blob)


def test_d2_a_lie_about_a_size_that_came_first_keeps_the_file_from_nobody(net: Network) -> None:
    """A peer names the hash with wrong sizes, then the author with the right one: wants are by hash and size."""
    a, b, c = line(net, "a", "b", "c")
    liar = net.node("liar")
    kept = a.store.blobs.keep([FILE], "upload")
    liar.say("first")
    for size in (1, PIECE, len(FILE) - 1, len(FILE) + 1, 9 * PIECE):
        named(liar, kept.hash, size)
    net.connect(liar, b)
    net.run()
    net.run(60)
    assert not whole(b, kept.hash)
    a.say("first")
    assert attached(a) == kept.hash
    net.run()
    assert [whole(node, kept.hash) for node in (b, c, liar)] == [True] * 3
    assert c.store.blobs.path(kept.hash).read_bytes() == FILE
    for node in (a, b, c, liar):
        assert node.closed == []
        assert node.engine._core.blobs.wanted == {}


@pytest.mark.parametrize("total", [1, PIECE, len(FILE) + 1, 9 * PIECE])
def test_d2_a_peer_that_answers_with_another_total_only_lacks_the_file(net: Network, total: int) -> None:
    a, b = net.node("a"), net.node("b")
    honest = net.node("honest")
    wire = net.connect(a, b)
    net.connect(a, honest)
    net.run()

    def lie(sender: Node, frame: Frame) -> Frame:
        if sender is not a or not isinstance(frame, Blob):
            return frame
        return Blob(frame.hash, total, 0, frame.data[: min(total, PIECE)], frame.proof)

    wire.tamper = lie
    a.say("first")
    blob = attached(a)
    net.run()
    assert whole(honest, blob)
    assert not whole(b, blob)
    assert b.closed == []
    net.connect(honest, b)
    net.run()
    assert whole(b, blob)
    assert b.sent[BlobWant.__name__] > 0
