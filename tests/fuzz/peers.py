"""Doors that take bytes of peers and strangers: any bytes give values or a RemoteError.

Law: signatures and hashes stop a fuzzer at the first rung of every ladder, so what stands behind them is tried a second
time with each of them believed; only the checks are replaced, never what is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import cbor2

from node.audit import tile_number
from node.witness import Objection, read_submission
from protocol import cbor, joining
from protocol import frame_fields as ff
from protocol.checkpoint import Head, checkpoint_note, checkpoint_text, parse_checkpoint, signed_head
from protocol.crypto import sha256
from protocol.entry import (
    Header,
    check_envelope,
    content_of,
    dump_json,
    encode_header,
    parse_header,
    parse_json,
)
from protocol.errors import RemoteError
from protocol.evidence import Evidence, convicts, lifted
from protocol.frame_types import Chunk, EvidenceFrame, Ignored
from protocol.frames import decode, encode, err_of
from protocol.gossip.signals import Verdict
from protocol.handshake import Answerer, Dialler, HandshakeFailed
from protocol.ids import (
    EntryId,
    NodeId,
    b32decode,
    b32encode,
    node_bytes,
    parse_entry,
    parse_int,
    parse_node,
    parse_origin,
)
from protocol.invite import format_address, parse_address, parse_invite, render_invite
from protocol.keyring import Keyring, compare, parse_keyring, take, witness_name
from protocol.limits import HEADER, MAX_INT, MAX_MESSAGE
from protocol.note import parse, parse_vkey, render, render_vkey, verify_cosignature
from protocol.receipt import verify_receipt
from protocol.records import blobs_of, known, plain, read, refers_to
from store.payloads import Item, Rejected, classify, future_dated
from tests.fuzz import seeds
from tests.fuzz.law import Target
from tests.kit import keys
from tests.kit.wire import HALIFAX, VICTORIA, answerer, dialler, holding, next_epoch

HELD = keys.first()
FEED_KEY = keys.public(keys.FEED)
SALT = bytes(16)


def text_of(data: bytes) -> str:
    """Bytes as some text: what is no UTF-8 as the letters of the same numbers."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


# ── frames ───────────────────────────────────────────────────────────────────────────────────────────────────


def frames(data: bytes) -> None:
    """A frame that is read is written again and reads the same; the answer to a bad one fits a frame."""
    try:
        frame = decode(data)
    except RemoteError as error:
        encode(err_of(error))
        raise
    if not isinstance(frame, Ignored):
        again = encode(frame)
        assert len(again) <= len(data) and decode(again) == frame


PLAIN = (int, bytes, str, bool, float, type(None), type(cbor2.undefined), cbor2.CBORSimpleValue)


def cbor_items(data: bytes) -> None:
    """What the reader gives is plain all the way down."""
    _plain(cbor.load(data))


def _plain(value: Any) -> None:
    if isinstance(value, tuple):
        for inner in value:
            _plain(inner)
    elif hasattr(value, "items"):
        for key, inner in value.items():
            assert type(key) in (str, bytes), type(key)
            _plain(inner)
    else:
        assert type(value) in PLAIN, type(value)


def evidence(data: bytes) -> None:
    """What convicts is a fork of the feed whose key signed; nothing else is said of any evidence."""
    frame = decode(b"\x0e" + data)
    assert isinstance(frame, EvidenceFrame)
    found = Evidence(frame.feed, frame.a, frame.b, frame.b_root_at_a, frame.proof)
    if convicts(found, HELD):
        assert frame.feed.node == HELD.node and frame.a.root != frame.b_root_at_a
    with (
        patch("protocol.evidence.verify_head", lambda *_: True),
        patch("protocol.evidence.verify_subtree", lambda *_: None),
    ):
        convicts(found, HELD)
    assert not lifted(frame.feed, HELD)


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────


def keyrings(data: bytes) -> None:
    """Notes between NUL bytes, as they are and with every signature believed."""
    notes = data.split(b"\0")
    try:
        keyring = parse_keyring(notes)
    except RemoteError:
        with patch("protocol.keyring.verify_ed25519", lambda _text, line, name, _key: line.name == name):
            _hold(parse_keyring(notes))
        raise
    _hold(keyring)
    assert parse_keyring(keyring.notes) == keyring


def _hold(keyring: Keyring) -> None:
    assert len(keyring.feed_keys) == keyring.epoch + 1 and len(keyring.tag) == 4
    assert all(epoch < keyring.epoch for epoch in keyring.closes)
    if keyring.node == HELD.node:
        compare(HELD, keyring)
        compare(keyring, HELD)
        assert take(HELD, keyring).node == HELD.node


def notes(data: bytes) -> None:
    note = parse(data)
    assert render(note.text, note.signatures).encode() == data
    for line in note.signatures:
        verify_cosignature(note.text, line, line.name, FEED_KEY)


def verifier_keys(data: bytes) -> None:
    text = text_of(data)
    assert render_vkey(parse_vkey(text)) == text


def checkpoints(data: bytes) -> None:
    """A checkpoint is three lines that are written again the same; whoever signed it, it is read before."""
    parsed = parse_checkpoint(data)
    assert checkpoint_text(parsed.feed, parsed.size, parsed.root) == parsed.note.text
    for line in parsed.note.signatures:
        verify_cosignature(parsed.note.text, line, witness_name(parsed.feed.node), FEED_KEY)
    head = signed_head(parsed, FEED_KEY)
    assert parse_checkpoint(checkpoint_note(parsed.feed, head, FEED_KEY)).feed == parsed.feed


def submissions(data: bytes) -> None:
    """The body of add-checkpoint, which anybody may send."""
    asked = read_submission(data)
    assert 0 <= asked.old <= MAX_INT and asked.checkpoint.size > 0


def _believed(parsed: Any, _public: bytes) -> Head:
    return Head(parsed.size, parsed.root, parsed.note.signatures[0].blob)


@contextmanager
def _believing() -> Iterator[None]:
    with (
        patch("protocol.keyring.verify_ed25519", lambda _text, line, name, _key: line.name == name),
        patch("protocol.receipt.check_envelope", lambda *_: True),
        patch("protocol.receipt.verify_subtree", lambda *_: None),
        patch("protocol.receipt.signed_head", _believed),
    ):
        yield


def receipts(data: bytes) -> None:
    """The ladder as it is; where it stops, once more with signatures and hashes believed."""
    witnesses = {HELD.node: keys.public(keys.WITNESS)}
    try:
        found = verify_receipt(data, None, witnesses)
    except RemoteError:
        with _believing():
            verify_receipt(data, None, witnesses)
        raise
    assert found.entry.node == found.keyring.node and found.entry.index < found.size


def names(data: bytes) -> None:
    """Ids, origins, numbers, addresses, tiles: each is one spelling of what it names."""
    text = text_of(data[1:])
    match data[0] % 8 if data else 0:
        case 0:
            assert str(parse_entry(text)) == text
        case 1:
            assert b32encode(node_bytes(parse_node(text))) == text
        case 2:
            assert parse_origin(text).origin == text
        case 3:
            assert str(parse_int(text)) == text
        case 4:
            assert b32encode(b32decode(text)) == text
        case 5:
            host, port = parse_address(text)
            assert parse_address(format_address(host, port)) == (host, port)
        case 6:
            number, width = tile_number(text)
            assert number >= 0 and 0 < width <= 256
        case _:
            ff.NODE.read(data[1:])


def invites(data: bytes) -> None:
    invite = parse_invite(text_of(data))
    assert parse_invite(render_invite(invite)) == invite


# ── connections ──────────────────────────────────────────────────────────────────────────────────────────────

NEWER = holding(next_epoch(HALIFAX, "halifax").keyring, next_epoch(VICTORIA, "victoria").keyring)


class _Speaking(Dialler):
    def __init__(self, payload: bytes) -> None:
        self.__dict__.update(dialler().__dict__)
        self.payload = payload

    def _hello(self, _invite: bytes | None) -> bytes:
        return self.payload


class _Answering(Answerer):
    def __init__(self, payload: bytes) -> None:
        self.__dict__.update(answerer().__dict__)
        self.payload = payload

    def _hello(self, _invite: bytes | None) -> bytes:
        return self.payload


def handshakes(data: bytes) -> None:
    """Any message at each of its three places, as bytes and as what is said inside; any frame after them."""
    where, said = (data[0] if data else 0), data[1 : MAX_MESSAGE - 200]
    held = NEWER if where & 8 else (lambda _node: None)
    match where % 6:
        case 0:
            answerer(held=held).receive(said)
        case 1:
            one = dialler(held=held)
            one.start()
            one.receive(said)
        case 2:
            one, other = dialler(), answerer(held=held)
            other.receive(one.start())
            other.receive(said)
        case 3:
            speaking, other = _Speaking(said), answerer(held=held)
            _third(speaking, other)
        case 4:
            one = dialler(held=held)
            second = _Answering(said).receive(one.start()).send
            assert second is not None
            one.receive(second)
        case _:
            session = _third(dialler(), answerer())
            session.receive.decrypt(said)


def _third(one: Dialler, other: Answerer) -> Any:
    second = other.receive(one.start()).send
    assert second is not None
    third = one.receive(second).send
    assert third is not None
    return other.receive(third).result


# ── logs ─────────────────────────────────────────────────────────────────────────────────────────────────────


def entries(data: bytes) -> None:
    """Header, envelope and content; a content that is read is written again and reads the same."""
    header = data[:HEADER]
    if len(header) == HEADER:
        fields = parse_header(header)
        if fields.time < MAX_INT:
            assert encode_header(fields) == header
        check_envelope(header, data[HEADER:])
    content = parse_json(data)
    assert parse_json(dump_json(content)) == content


def contents(data: bytes) -> None:
    """The record in a content: what is told of it again is the same record; what it says of files can be asked."""
    content = parse_json(data)
    record = read(content)
    assert read(plain(record)) == record
    assert set(known(content)) <= set(content)
    for blob in blobs_of(record):
        assert blob.size > 0
    refers_to(record)


AUTHOR = NodeId("a" * 32)


def payloads(data: bytes) -> str | None:
    """Nothing stops a feed: every envelope is an item or has a verdict, and its detail goes to the operator."""
    flags, version, own = (data[0], data[1], data[2] & 1) if len(data) > 2 else (0, 1, 0)
    envelope = SALT + data[3:]
    header = encode_header(
        Header(
            1 if version < 200 else version,
            flags & 1 if flags < 200 else flags,
            1,
            len(envelope),
            sha256(envelope),
        )
    )
    node = NodeId("b" * 32) if own else AUTHOR
    found = classify(1, EntryId(AUTHOR, 0, 0), header, envelope, own_node=node, first_seen=0)
    if isinstance(found, Rejected):
        return f"{found.verdict} {found.detail}"
    assert isinstance(found, Item)
    future_dated(found)
    assert content_of(envelope) == data[3:]
    return None


TREES = seeds.trees()


def chunks(data: bytes) -> None:
    """A chunk before trees of several sizes: one verdict of the ladder, and never more leaves than came."""
    frame = decode(b"\x06" + data)
    assert isinstance(frame, Chunk)
    for tree in TREES:
        found = joining.judge(tree, frame)
        assert found.skip <= len(frame.entries) and len(found.leaves) <= len(frame.entries)
        if found.verdict is Verdict.STORED:
            assert found.frontier is not None and found.frontier.size == tree.frontier.size + len(
                found.leaves
            )


# ── the register ─────────────────────────────────────────────────────────────────────────────────────────────

_PEER = (RemoteError,)

TARGETS: Iterable[Target] = (
    Target("frames", frames, _PEER, seeds.frames),
    Target("cbor", cbor_items, _PEER, seeds.cbor_items),
    Target("evidence", evidence, _PEER, seeds.evidence),
    Target("keyrings", keyrings, _PEER, seeds.keyrings),
    Target("notes", notes, _PEER, seeds.notes),
    Target("verifier-keys", verifier_keys, _PEER, seeds.verifier_keys),
    Target("checkpoints", checkpoints, _PEER, seeds.checkpoints),
    Target("submissions", submissions, (RemoteError, Objection), seeds.submissions),
    Target("receipts", receipts, _PEER, seeds.receipts),
    Target("names", names, _PEER, seeds.names),
    Target("invites", invites, _PEER, seeds.invites),
    Target("handshakes", handshakes, (HandshakeFailed, RemoteError), seeds.handshakes),
    Target("entries", entries, _PEER, seeds.entries),
    Target("contents", contents, _PEER, seeds.contents),
    Target("payloads", payloads, (), seeds.payloads),
    Target("chunks", chunks, _PEER, seeds.chunks),
)
