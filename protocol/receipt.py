"""Receipts: a text that proves, without any network, that a node published a record.

Law: verified by a ladder of numbered steps, cheap ones first; the numbers are the same here, in
docs/spec/receipts.md and in the tests. Source: PROTOCOL section 3, C2SP tlog-proof.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from protocol import cbor
from protocol.checkpoint import ParsedCheckpoint, parse_checkpoint, signed_head
from protocol.entry import Header, check_envelope, content_of, parse_header, parse_json
from protocol.errors import Invalid, Malformed, RemoteError
from protocol.ids import EntryId, NodeId, parse_int
from protocol.keyring import Keyring, parse_keyring, witness_name
from protocol.limits import HASH, HEADER, MAX_COSIGNATURES, MAX_PROOF, MAX_RECEIPT
from protocol.merkle import leaf_hash, verify_subtree
from protocol.note import b64decode, b64encode, verify_cosignature

MAGIC: Final = "c2sp.org/tlog-proof@v1"


class Step(enum.IntEnum):
    """What each step of the ladder establishes."""

    TEXT = 1  # the text is a tlog-proof with extra data
    EXTRA = 2  # extra is a header, an envelope of the length it tells, and a CBOR array of notes
    ENVELOPE = 3  # the envelope is the one the header commits to
    KEYRING = 4  # the notes are a valid keyring
    ORIGIN = 5  # the checkpoint is of a feed of that keyring's node, and of the node asked for
    HEAD = 6  # the feed key signed the checkpoint, or the keyring closes the epoch with it
    INCLUSION = 7  # the header is the leaf at that index of that tree


class Proof(NamedTuple):
    """A receipt read: nothing of it is verified."""

    extra: bytes
    leaf: int
    path: tuple[bytes, ...]
    checkpoint: str


class Cosigner(NamedTuple):
    """A witness that saw the head at a POSIX second."""

    witness: NodeId
    seconds: int


class Verified(NamedTuple):
    """What a receipt proves. ``content``: the JSON object, or the bytes where this version cannot read one.

    ``seq`` is the keyring note believed, ``size`` the tree's; ``cosigned_by`` those whose key was given.
    """

    entry: EntryId
    header: Header
    content: dict[str, Any] | bytes
    keyring: Keyring
    seq: int
    size: int
    cosigned_by: tuple[Cosigner, ...]


def make_receipt(
    header: bytes,
    envelope: bytes,
    keyring_notes: Sequence[bytes],
    *,
    index: int,
    path: Sequence[bytes],
    checkpoint_note: str,
) -> str:
    """The receipt of one entry; ``path`` is its inclusion proof in the checkpoint's tree, lowest first."""
    extra = header + envelope + cbor.dump([bytes(note) for note in keyring_notes])
    lines = [MAGIC, f"extra {b64encode(extra)}", f"index {index}", *map(b64encode, path), "", checkpoint_note]
    return "\n".join(lines)


def parse_receipt(text: str | bytes) -> Proof:
    """A receipt's parts (step 1). Malformed if it is not a tlog-proof with extra data."""
    if len(text) > MAX_RECEIPT:
        raise Malformed(f"a receipt longer than {MAX_RECEIPT} bytes")
    try:
        whole = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise Malformed("a receipt is UTF-8") from error
    top, gap, checkpoint = whole.partition("\n\n")
    magic, *lines = top.split("\n")
    if not gap or magic != MAGIC or not 2 <= len(lines) <= 2 + MAX_PROOF:
        raise Malformed(f"a receipt begins with {MAGIC}, extra and index")
    extra, index, *path = lines
    if not (extra.startswith("extra ") and index.startswith("index ")):
        raise Malformed("a receipt has extra, then index")
    hashes = tuple(map(b64decode, path))
    if any(len(item) != HASH for item in hashes):
        raise Malformed("a path hash is 32 bytes")
    return Proof(b64decode(extra[6:]), parse_int(index[6:]), hashes, checkpoint)


def _parse_notes(data: bytes) -> list[bytes]:
    notes = cbor.load(data, max_depth=2)
    if type(notes) is not tuple or any(type(note) is not bytes for note in notes):
        raise Malformed("the keyring is not an array of byte strings")
    return list(notes)


def _split_extra(extra: bytes) -> tuple[bytes, bytes, list[bytes]]:
    header = extra[:HEADER]
    end = HEADER + parse_header(header).length
    return header, extra[HEADER:end], _parse_notes(extra[end:])


def _origin(text: str, node: NodeId | None, keyring: Keyring) -> ParsedCheckpoint:
    parsed = parse_checkpoint(text)
    if len(parsed.note.signatures) > 1 + MAX_COSIGNATURES:
        raise Malformed(f"more than {MAX_COSIGNATURES} cosignatures")
    if parsed.feed.node != keyring.node:
        raise Invalid("the checkpoint is of another node than the keyring")
    if node is not None and parsed.feed.node != node:
        raise Invalid("the receipt is of another node than the one asked for")
    return parsed


def _check_head(parsed: ParsedCheckpoint, keyring: Keyring) -> None:
    epoch = parsed.feed.epoch
    key, close = keyring.feed_key(epoch), keyring.closes.get(epoch)
    if key is None:
        raise Invalid("the keyring has not opened this epoch")
    if close is None:
        signed_head(parsed, key)
    elif (parsed.size, parsed.root) != (close.size, close.root):
        raise Invalid("the epoch is closed with another head")


def _cosigners(parsed: ParsedCheckpoint, witnesses: Mapping[NodeId, bytes]) -> Iterator[Cosigner]:
    for node, public in witnesses.items():
        for line in parsed.note.signatures:
            seconds = verify_cosignature(parsed.note.text, line, witness_name(node), public)
            if seconds is not None:
                yield Cosigner(node, seconds)


def _content(header: Header, content: bytes) -> dict[str, Any] | bytes:
    if not header.known:
        return content
    try:
        return parse_json(content)
    except Malformed:
        return content


@contextmanager
def _step(step: Step) -> Iterator[None]:
    try:
        yield
    except RemoteError as error:
        raise type(error)(f"step {step.value}: {error}") from error


def verify_receipt(
    text: str | bytes, node: NodeId | None, witnesses: Mapping[NodeId, bytes] | None = None
) -> Verified:
    """What the receipt proves; of whichever node it names if ``node`` is None.

    ``witnesses``: cosigning keys known to the reader, 32 bytes each; cosignatures of others are not looked at.
    Malformed or Invalid with the number of the step that failed.
    """
    with _step(Step.TEXT):
        proof = parse_receipt(text)
    with _step(Step.EXTRA):
        header, envelope, notes = _split_extra(proof.extra)
    with _step(Step.ENVELOPE):
        if not check_envelope(header, envelope):
            raise Invalid("the envelope is not the one the header commits to")
    with _step(Step.KEYRING):
        keyring = parse_keyring(notes)
    with _step(Step.ORIGIN):
        parsed = _origin(proof.checkpoint, node, keyring)
    with _step(Step.HEAD):
        _check_head(parsed, keyring)
    with _step(Step.INCLUSION):
        at = proof.leaf
        verify_subtree(at, at + 1, parsed.size, leaf_hash(header), proof.path, parsed.root)
    fields = parse_header(header)
    return Verified(
        entry=EntryId(*parsed.feed, at),
        header=fields,
        content=_content(fields, content_of(envelope)),
        keyring=keyring,
        seq=keyring.seq,
        size=parsed.size,
        cosigned_by=tuple(_cosigners(parsed, witnesses or {})),
    )
