"""Checkpoints: the three lines by which a node puts its name to the whole of a log.

Law: size 0 is never signed nor accepted; there are no extension lines; the log's key name is its origin.
Source: PROTOCOL section 2, C2SP tlog-checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from protocol.crypto import Signer, verify
from protocol.errors import Invalid, LocalError, Malformed
from protocol.ids import Feed, parse_int, parse_origin
from protocol.limits import HASH, MAX_INT
from protocol.note import (
    ED25519,
    Note,
    Signature,
    b64decode,
    b64encode,
    key_id,
    parse,
    render,
    verify_ed25519,
)


class Head(NamedTuple):
    """A signed tree head: leaves, 32-byte root, 64-byte signature of the feed key over the text."""

    size: int
    root: bytes
    signature: bytes


class ParsedCheckpoint(NamedTuple):
    """A checkpoint read but not verified."""

    feed: Feed
    size: int
    root: bytes
    note: Note


def _possible(size: int, root: bytes) -> bool:
    return 1 <= size <= MAX_INT and len(root) == HASH


def checkpoint_text(feed: Feed, size: int, root: bytes) -> str:
    """The text that is signed: origin, size, root, each with a newline. LocalError for size 0."""
    if not _possible(size, root):
        raise LocalError(f"no checkpoint of {size} leaves and a root of {len(root)} bytes")
    return f"{feed.origin}\n{size}\n{b64encode(root)}\n"


def sign_head(feed: Feed, size: int, root: bytes, signer: Signer) -> Head:
    """The head of these leaves, signed."""
    return Head(size, root, signer.sign(checkpoint_text(feed, size, root).encode()))


def verify_head(feed: Feed, head: Head, public: bytes) -> bool:
    """Whether the head is the feed's under this key."""
    if not _possible(head.size, head.root):
        return False
    return verify(public, checkpoint_text(feed, head.size, head.root).encode(), head.signature)


def checkpoint_note(feed: Feed, head: Head, public: bytes, cosignatures: Iterable[Signature] = ()) -> str:
    """The signed note of a head: the log's line first, then the cosignatures given."""
    name = feed.origin
    own = Signature(name, key_id(name, ED25519, public), head.signature)
    return render(checkpoint_text(feed, head.size, head.root), (own, *cosignatures))


def parse_checkpoint(text: bytes | str) -> ParsedCheckpoint:
    """A checkpoint of a feed of ours. Malformed for anything else; no signature is verified."""
    note = parse(text)
    lines = note.text.split("\n")
    if len(lines) != 4:
        raise Malformed("a checkpoint has three lines")
    size, root = parse_int(lines[1]), b64decode(lines[2])
    if not _possible(size, root):
        raise Malformed("a checkpoint of no leaves or without a 32-byte root")
    return ParsedCheckpoint(parse_origin(lines[0]), size, root, note)


def signed_head(parsed: ParsedCheckpoint, public: bytes) -> Head:
    """The head a checkpoint carries, its log signature verified. Invalid if none holds under the key."""
    for signature in parsed.note.signatures:
        if verify_ed25519(parsed.note.text, signature, parsed.feed.origin, public):
            return Head(parsed.size, parsed.root, signature.blob)
    raise Invalid("the checkpoint is not signed by its feed")
