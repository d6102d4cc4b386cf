"""Names of things: nodes, feeds, entries.

A node id is text everywhere (32 characters of base32) except on the wire and in hashes, where it is its 20 bytes.
Source: PROTOCOL sections 1 and 2, and RFC 4648 section 6.
"""

from __future__ import annotations

import base64
import re
from typing import NamedTuple, NewType

from protocol.errors import Malformed
from protocol.limits import MAX_INT

NodeId = NewType("NodeId", str)

_NODE = re.compile(r"[a-z2-7]{32}", re.ASCII)
_DIGITS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdefghijklmnopqrstuv"
)  # as int() reads
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_SHORT = 8  # characters of an id that people read


def b32encode(data: bytes) -> str:
    """RFC 4648 base32, lower case, no padding."""
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def b32decode(text: str) -> bytes:
    """Inverse of b32encode; only the one spelling b32encode would give. Malformed otherwise."""
    if not re.fullmatch(r"[a-z2-7]*", text, re.ASCII):
        raise Malformed("not lower-case base32")
    try:
        data = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError as error:
        raise Malformed("not base32") from error
    if b32encode(data) != text:
        raise Malformed("base32 with stray bits")
    return data


def parse_int(text: str) -> int:
    """Decimal, no leading zeros, 0 … 2^53−1. Malformed otherwise."""
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_INT:
        raise Malformed("not a decimal number between 0 and 2^53-1")
    return int(text)


def node_id(data: bytes) -> NodeId:
    """The text of a node id given as 20 bytes."""
    if len(data) != 20:
        raise Malformed("a node id is 20 bytes")
    return NodeId(b32encode(data))


def node_bytes(node: NodeId) -> bytes:
    """The 20 bytes of a node id."""
    if not _NODE.fullmatch(node):
        raise Malformed("a node id is 32 characters a-z and 2-7")
    return int(node.translate(_DIGITS), 32).to_bytes(20, "big")  # once a feed in CHANGES: ten times b32decode


def parse_node(text: str) -> NodeId:
    """A node id as people and records write it. Malformed otherwise."""
    if not isinstance(text, str) or not _NODE.fullmatch(text):
        raise Malformed("a node id is 32 characters a-z and 2-7")
    return NodeId(text)


class Feed(NamedTuple):
    """One log: a node in one epoch of its keyring."""

    node: NodeId
    epoch: int

    @property
    def origin(self) -> str:
        """Origin line and key name of its checkpoints (PROTOCOL section 2)."""
        return f"barnraise/{self.node}/{self.epoch}"

    def __str__(self) -> str:
        return f"{self.node}-{self.epoch}"


def parse_origin(text: str) -> Feed:
    """Inverse of Feed.origin. Malformed otherwise."""
    parts = text.split("/")
    if len(parts) != 3 or parts[0] != "barnraise":
        raise Malformed("an origin reads barnraise/<node id>/<epoch>")
    return Feed(parse_node(parts[1]), parse_int(parts[2]))


class EntryId(NamedTuple):
    """One entry of one feed; the id of whatever the record in it created."""

    node: NodeId
    epoch: int
    index: int  # type: ignore[assignment]  # shadows tuple.index, which an id has no use for

    @property
    def feed(self) -> Feed:
        return Feed(self.node, self.epoch)

    def __str__(self) -> str:
        return f"{self.node}-{self.epoch}-{self.index}"


def parse_entry(text: str) -> EntryId:
    """``<node id>-<epoch>-<index>``. Malformed otherwise."""
    parts = text.split("-") if isinstance(text, str) else []
    if len(parts) != 3:
        raise Malformed("an entry id reads <node id>-<epoch>-<index>")
    return EntryId(parse_node(parts[0]), parse_int(parts[1]), parse_int(parts[2]))


def short(identifier: object) -> str:
    """The beginning of a node id, entry id or hash: for reading only, never to decide anything."""
    node, *rest = str(identifier).split("-")
    return "-".join([node[:_SHORT], *rest])
