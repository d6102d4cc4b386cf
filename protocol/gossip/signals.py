"""What goes into the gossip engine and what comes out of it.

Law: values only. The engine asks for storage (Serve, Ingest) and waits to hear that it happened (Served, Ingested,
Grew); nothing is sent before it is durable. A conversation is named by ``conn``, a number the driver chooses and
never reuses.
Source: PROTOCOL sections 5 to 7 and 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from protocol.checkpoint import Head
from protocol.frame_types import Err, EvidenceFrame, Frame
from protocol.ids import Feed, NodeId


class Verdict(StrEnum):
    """The one end of every offer of bytes. Those of OFFENCES close the connection."""

    STORED = "stored"  # new entries or envelopes are durable here
    JOINED = "joined"  # the head is shown to continue our tree; entries may follow
    NOTHING_NEW = "nothing-new"  # all of it is here already
    AHEAD = "ahead"  # starts beyond what is here, or its keyring or join is not here: counts as NOTE
    NOT_REPLICATED = "not-replicated"  # blocked, over a limit, or nobody here wants it
    STANDSTILL = "standstill"  # frozen, convicted or closed: the feed takes nothing more
    UNJOINED = "unjoined"  # a head signed by the feed that does not continue our tree
    CONVICTED = "convicted"  # two histories, proven: evidence is here now
    NO_ROOM = (
        "no-room"  # the disk of this node is nearly full: nothing is kept, and it is asked for again later
    )
    NOT_FOR_US = "not-for-us"  # a restricted envelope whose audience does not name this node: dropped
    BAD_PROOF = "bad-proof"
    BAD_SIGNATURE = "bad-signature"
    BAD_ENVELOPE = "bad-envelope"
    BAD_KEYRING = "bad-keyring"


OFFENCES = frozenset({Verdict.BAD_PROOF, Verdict.BAD_SIGNATURE, Verdict.BAD_ENVELOPE, Verdict.BAD_KEYRING})

BLAMED = OFFENCES | {Verdict.NOT_FOR_US}
"""What may be its sender's fault. The other verdicts tell of this node, of the feed's author or of the hour, and an
honest peer meets them all: they are counted against nobody."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """What the engine knows of a feed held here.

    ``size`` entries are kept; ``head`` is the largest signed head whose whole tree is here (None: none yet).
    ``taking`` is False once the feed stands still (frozen, convicted, closed, over a limit).
    """

    size: int
    head: Head | None
    taking: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the store did with a frame: the verdict and the feed as it is after the transaction.

    ``judged_by``: for BAD_SIGNATURE, whose keyring the signature was held against, and that keyring's tag.
    """

    verdict: Verdict
    feed: Feed | None = None
    state: FeedState | None = None
    detail: str = ""
    judged_by: tuple[NodeId, bytes] | None = None


class Sent(NamedTuple):
    """A frame when it came: the keyring tag its sender went by then (None: not known), whether it was asked for."""

    tag: bytes | None
    asked: bool


UNASKED = Sent(None, asked=False)


# ── into the engine ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PeerUp:
    """A handshake was completed and the other side is admitted. ``cursor``: (generation, cursor) saved for it."""

    conn: int
    node: NodeId
    pinned: bool
    cursor: tuple[bytes, int] | None = None


@dataclass(frozen=True, slots=True)
class PeerDown:
    conn: int


@dataclass(frozen=True, slots=True)
class Received:
    """A frame came from a peer."""

    conn: int
    frame: Frame


@dataclass(frozen=True, slots=True)
class Served:
    """Answer to Serve: frames to send now; ``rest`` is the request still to be answered (None: complete)."""

    conn: int
    frames: tuple[Frame, ...]
    rest: object | None = None


@dataclass(frozen=True, slots=True)
class Ingested:
    """Answer to Ingest: what became of the frame; ``sent`` is given back as it was."""

    conn: int
    frame: Frame
    outcome: Outcome
    sent: Sent = UNASKED


@dataclass(frozen=True, slots=True)
class Grew:
    """Entries of a feed became durable: published here (``conn`` None) or taken from a peer.

    ``entries`` are those from ``start`` on as a CHUNK carries them, restricted envelopes included;
    ``audiences`` names, by index, who may have each restricted envelope held here.
    """

    feed: Feed
    start: int
    state: FeedState
    entries: tuple[tuple[bytes, bytes | int], ...] = ()
    audiences: Mapping[int, frozenset[NodeId]] = field(default_factory=dict)
    conn: int | None = None


@dataclass(frozen=True, slots=True)
class KeyringChanged:
    """A keyring held here is new, longer or another, or it was frozen.

    ``rival``: what contradicts it, if the node was frozen by this; passed on once, after the chain itself. ``feeds``:
    the node's feeds as they stand now.
    """

    node: NodeId
    tag: bytes
    notes: tuple[bytes, ...]
    rival: Frame | None = None
    feeds: tuple[tuple[Feed, FeedState], ...] = ()


@dataclass(frozen=True, slots=True)
class Conviction:
    """Evidence against a feed was stored; pass it on once, after ``notes``, the keyring it is judged by."""

    frame: EvidenceFrame
    notes: tuple[bytes, ...]
    conn: int | None = None


@dataclass(frozen=True, slots=True)
class Owing:
    """Envelopes of our own that this node must still get (section 9).

    Sent after PeerUp for what is written down, and by publishing. ``known``: entries of the feed the node has ever
    said it holds.
    """

    node: NodeId
    feed: Feed
    indexes: tuple[int, ...]
    known: int = 0


@dataclass(frozen=True, slots=True)
class BlobsWanted:
    """Blobs that records here refer to and that are not complete here: (blob id, size, pieces here)."""

    blobs: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class BlobWhole:
    """A blob of this size is whole here, or more nodes may have it than before. ``nodes``: who may, None: everybody."""

    blob: str
    size: int
    nodes: frozenset[NodeId] | None


@dataclass(frozen=True, slots=True)
class GapsKnown:
    """Answer to AskGaps: entries of ``feed`` whose envelope is missing here and worth asking ``conn`` for."""

    conn: int
    feed: Feed
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OwnDoubted:
    """The wall clock jumped: this machine may be a copy, so the peers are asked about the own log again."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; the driver sends it no later than the Wake asked for."""


Event = (
    PeerUp
    | PeerDown
    | Received
    | Served
    | Ingested
    | Grew
    | KeyringChanged
    | Conviction
    | Owing
    | BlobsWanted
    | BlobWhole
    | GapsKnown
    | OwnDoubted
    | Tick
)


# ── out of the engine ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Send:
    conn: int
    frame: Frame


@dataclass(frozen=True, slots=True)
class Blame:
    """What ``node`` sent broke a rule, and nobody but it can be the cause: to be counted and shown."""

    node: NodeId
    verdict: Verdict
    detail: str


@dataclass(frozen=True, slots=True)
class Close:
    """End a conversation; ``err`` is sent first, and before it ``blame`` is made durable.

    ``offence`` lengthens the back-off and is shown to the operator.
    """

    conn: int
    err: Err | None = None
    offence: bool = False
    blame: Blame | None = None


@dataclass(frozen=True, slots=True)
class Serve:
    """Read what a peer asked for. ``request`` is the frame, or the ``rest`` of an answer not yet complete.

    ``hidden``: a feed that is answered as if it were not here.
    """

    conn: int
    node: NodeId
    request: object
    hidden: Feed | None = None


@dataclass(frozen=True, slots=True)
class Ingest:
    """Verify and store what a peer sent; answered with Ingested."""

    conn: int
    node: NodeId
    frame: Frame
    sent: Sent = UNASKED


@dataclass(frozen=True, slots=True)
class SaveCursor:
    """Everything ``node`` announced up to ``cursor`` is held or written down in ``pulls`` (feed, size)."""

    node: NodeId
    generation: bytes
    cursor: int
    pulls: tuple[tuple[Feed, int], ...]


@dataclass(frozen=True, slots=True)
class Held:
    """``node`` has said that it holds these feeds to these sizes."""

    node: NodeId
    feeds: tuple[tuple[Feed, int], ...]


@dataclass(frozen=True, slots=True)
class Acked:
    """``node`` has acknowledged these restricted envelopes of ours."""

    node: NodeId
    feed: Feed
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HasBlob:
    """``node`` has said, or shown by serving it, that it has this file of this size whole."""

    node: NodeId
    blob: str
    size: int


@dataclass(frozen=True, slots=True)
class AskGaps:
    """Tell which entries miss an envelope that ``node`` may give (answered with GapsKnown, one a feed)."""

    conn: int
    node: NodeId


@dataclass(frozen=True, slots=True)
class OwnAnswered:
    """``node`` has said what it holds of the own log and what changed there, and all of it is stored."""

    node: NodeId


@dataclass(frozen=True, slots=True)
class Wake:
    """Send Tick at ``at`` (seconds on the clock given to handle) or earlier."""

    at: float


Output = (
    Send | Close | Serve | Ingest | SaveCursor | Held | Acked | HasBlob | Blame | AskGaps | OwnAnswered | Wake
)
