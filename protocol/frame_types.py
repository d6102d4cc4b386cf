"""What two nodes say to each other, as values.

Law: one frozen class a frame, fields in the order they travel; node ids are text here and 20 bytes on the
wire. Nothing here reads or checks bytes: ``protocol.frames`` does. Source: PROTOCOL section 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from protocol.checkpoint import Head
from protocol.ids import Feed, NodeId

RESTRICTED: Final = 0  # the envelope is for a restricted audience and the asker is not in it
ERASED: Final = 1  # the author took it back
MISSING: Final = 2  # not here (yet)

Payload: TypeAlias = bytes | int
"""An envelope, or one of the three states above when no bytes travel."""

Entry: TypeAlias = tuple[bytes, Payload]
"""Header (46 bytes) and payload."""

Item: TypeAlias = tuple[int, Payload]
"""Index of an entry and its payload."""


class Seen(NamedTuple):
    """How far the sender holds a feed, and under which keyring."""

    feed: Feed
    size: int  # the largest signed head whose whole tree is there; 0: keyring only
    root_tag: bytes  # first 8 bytes of that head's root
    keyring_tag: bytes  # first 4 bytes of SHA-256 of the text of the newest keyring note


@dataclass(frozen=True, slots=True)
class KeyringWant:
    """Send me the keyring of this node."""

    node: NodeId


@dataclass(frozen=True, slots=True)
class KeyringNotes:
    """A node's keyring, oldest note first; no notes: not here."""

    node: NodeId
    notes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """What changed in your journal after this cursor; no generation: everything."""

    generation: bytes | None
    cursor: int


@dataclass(frozen=True, slots=True)
class Changes:
    """Feeds stamped since, in stamp order; ``more``: ask again from ``cursor``."""

    generation: bytes
    cursor: int
    seen: tuple[Seen, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Want:
    """Entries ``start`` to ``start + count``; a count of 0 asks for the head and its join only."""

    feed: Feed
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Entries under a head, with the proof that binds them to it."""

    feed: Feed
    start: int
    head: Head
    proof: tuple[bytes, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Feeds the sender holds further than it last said."""

    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Prune:
    """Do not push me this feed; a NOTE will do."""

    feed: Feed


@dataclass(frozen=True, slots=True)
class Graft:
    """Push me this feed again, from ``start``."""

    feed: Feed
    start: int


@dataclass(frozen=True, slots=True)
class Fetch:
    """Envelopes of these entries, headers being here."""

    feed: Feed
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Envelopes:
    """Answer to a Fetch, or a push of what is owed."""

    feed: Feed
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class BlobWant:
    """Pieces of a blob: ``offset`` on a piece's edge, ``length`` in bytes."""

    hash: bytes
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Blob:
    """One piece of a blob with its proof; no data: not here."""

    hash: bytes
    total: int
    offset: int
    data: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class EvidenceFrame:
    """Two heads of one feed that cannot both be honest."""

    feed: Feed
    a: Head
    b: Head
    b_root_at_a: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness's cosignature of a head."""

    feed: Feed
    size: int
    root: bytes
    witness: NodeId
    seconds: int  # POSIX seconds
    signature: bytes


@dataclass(frozen=True, slots=True)
class Err:
    """What was wrong; ``text`` comes from a stranger."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Relay:
    """Bytes of two other nodes' session, passed through a third."""

    to: NodeId
    sender: NodeId
    data: bytes


@dataclass(frozen=True, slots=True)
class BlobHere:
    """A file that the other side may have, and lacks as far as is known, is whole here."""

    hash: bytes
    total: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """A frame of a later version that may be skipped."""

    type: int


Frame: TypeAlias = (
    KeyringWant
    | KeyringNotes
    | Since
    | Changes
    | Want
    | Chunk
    | Note
    | Prune
    | Graft
    | Fetch
    | Envelopes
    | BlobWant
    | Blob
    | EvidenceFrame
    | Cosigned
    | Err
    | Relay
    | BlobHere
    | Ignored
)


def names_in(frame: Frame) -> int:
    """How many feeds or entries a frame names without carrying their bytes: each costs the other side a look."""
    if isinstance(frame, Note | Changes):
        return len(frame.seen)
    if isinstance(frame, Fetch):
        return len(frame.indexes)
    if isinstance(frame, Envelopes):
        return len(frame.items)
    if isinstance(frame, BlobHere):
        return 1
    return 0
