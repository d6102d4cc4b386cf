"""Two nodes and one of each frame, made from fixed bytes: what the vectors and the tests of the wire share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from protocol import frame_types as ft
from protocol.checkpoint import Head
from protocol.crypto import Ed25519Signer
from protocol.handshake import Answerer, Dialler, Established, Identity
from protocol.ids import Feed, NodeId, node_id
from protocol.keyring import Keyring, extend, incept


def fixed(label: str, length: int = 32) -> bytes:
    """Bytes that look random and never change: SHA-256 of the label, repeated."""
    return (hashlib.sha256(label.encode()).digest() * (length // 32 + 1))[:length]


def signer(label: str) -> Ed25519Signer:
    return Ed25519Signer.from_seed(fixed(f"seed {label}"))


def identity(name: str) -> Identity:
    feed = signer(f"{name} feed 0")
    return Identity(incept(feed, signer(f"{name} witness").public, 1, [signer(f"{name} kit").public]), feed)


def next_epoch(old: Identity, name: str) -> Identity:
    """The same node after it closed its first epoch at 7 entries and took a new feed key."""
    feed = signer(f"{name} feed 1")
    close = (7, fixed("root at 7"))
    return Identity(
        extend(old.keyring, feed_public=feed.public, close=close, signers=[old.signer, feed]), feed
    )


HALIFAX, VICTORIA, OTTAWA = identity("halifax"), identity("victoria"), identity("ottawa")


def no_keyring(_node: NodeId) -> Keyring | None:
    return None


def holding(*keyrings: Keyring) -> Callable[[NodeId], Keyring | None]:
    return {keyring.node: keyring for keyring in keyrings}.get


def dialler(**changed: Any) -> Dialler:
    """Halifax dials Victoria."""
    given: dict[str, Any] = {
        "identity": HALIFAX,
        "remote_node": VICTORIA.keyring.node,
        "static_private": fixed("dialler static"),
        "ephemeral_private": fixed("dialler ephemeral"),
        "invite": None,
        "held": no_keyring,
    }
    return Dialler(**(given | changed))


def answerer(**changed: Any) -> Answerer:
    """Victoria answers."""
    given: dict[str, Any] = {
        "identity": VICTORIA,
        "static_private": fixed("answerer static"),
        "ephemeral_private": fixed("answerer ephemeral"),
        "held": no_keyring,
    }
    return Answerer(**(given | changed))


def connect(one: Dialler, other: Answerer) -> tuple[Established, Established]:
    """Three messages over a pretend wire; HandshakeFailed of whichever side finds fault."""
    second = other.receive(one.start())
    assert second.send is not None and second.result is None
    third = one.receive(second.send)
    assert third.send is not None and third.result is not None
    last = other.receive(third.send)
    assert last.send is None and last.result is not None
    return third.result, last.result


NODE = node_id(fixed("node", 20))
FEED = Feed(NODE, 1)


def head(size: int) -> Head:
    return Head(size, fixed(f"root {size}"), fixed(f"signature {size}", 64))


def seen(size: int) -> ft.Seen:
    return ft.Seen(FEED, size, fixed("root tag", 8), fixed("keyring tag", 4))


HASHES = (fixed("hash 0"), fixed("hash 1"))
ENTRIES: tuple[ft.Entry, ...] = (
    (fixed("header 0", 46), fixed("envelope 0", 40)),
    (fixed("header 1", 46), ft.RESTRICTED),
    (fixed("header 2", 46), ft.ERASED),
    (fixed("header 3", 46), ft.MISSING),
)

SAMPLES: tuple[ft.Frame, ...] = (
    ft.KeyringWant(NODE),
    ft.KeyringNotes(NODE, HALIFAX.keyring.notes),
    ft.KeyringNotes(NODE, ()),
    ft.Since(None, 0),
    ft.Since(fixed("generation", 16), 2**53 - 1),
    ft.Changes(fixed("generation", 16), 12, (seen(0), seen(300)), True),
    ft.Changes(fixed("generation", 16), 12, (), False),
    ft.Want(FEED, 256, 0),
    ft.Want(FEED, 0, 1000),
    ft.Chunk(FEED, 252, head(300), HASHES, ENTRIES),
    ft.Chunk(FEED, 4, head(4), (), ()),
    ft.Note((seen(301),)),
    ft.Prune(FEED),
    ft.Graft(FEED, 255),
    ft.Fetch(FEED, (7, 3, 255)),
    ft.Envelopes(FEED, ((7, fixed("envelope", 17)), (3, ft.ERASED), (255, ft.MISSING))),
    ft.BlobWant(fixed("blob"), 49_152, 100_000),
    ft.Blob(fixed("blob"), 49_160, 49_152, b"the end.", HASHES),
    ft.Blob(fixed("blob"), 0, 0, b"", ()),
    ft.EvidenceFrame(FEED, head(3), head(9), fixed("another root"), HASHES),
    ft.Cosigned(FEED, 9, fixed("root 9"), OTTAWA.keyring.node, 1_780_000_000, fixed("cosignature", 64)),
    ft.Err("not-here", "nous n’avons pas ces entrées"),
    ft.BlobHere(fixed("blob"), 49_160),
    ft.Relay(HALIFAX.keyring.node, VICTORIA.keyring.node, b"\x00 sealed bytes"),
)


def plain(value: object) -> Any:
    """A frame, or anything in one, as JSON: bytes in hex, feeds as text, tuples as arrays."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Feed):
        return str(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(item) for name, item in value._asdict().items()}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if hasattr(value, "__slots__"):
        return {name: plain(getattr(value, name)) for name in value.__slots__}
    return value
