"""Every frame there and back, every shape a stranger might send, and the vectors."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import cbor
from protocol import frame_types as ft
from protocol.checkpoint import Head
from protocol.errors import LocalError, Malformed, RemoteError, Unsupported
from protocol.frames import ERR_CODES, FRAMES, NAMES, UnsupportedFrame, decode, encode, err_of
from protocol.ids import Feed, NodeId, b32decode, node_bytes, node_id
from protocol.limits import ENTRY_OVERHEAD, MAX_FRAME, MAX_INT
from tests.kit.wire import ENTRIES, FEED, HASHES, NODE, SAMPLES, fixed, head, plain, seen

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/frames.json").read_text("utf-8"))

# Any frame at all

ints = st.integers(0, MAX_INT)
sizes = st.integers(1, MAX_INT)
nodes = st.binary(min_size=20, max_size=20).map(node_id)
feeds = st.builds(Feed, nodes, ints)
hashes = st.binary(min_size=32, max_size=32)
heads = st.builds(Head, sizes, hashes, st.binary(min_size=64, max_size=64))
proofs = st.lists(hashes, max_size=64).map(tuple)
seens = st.lists(
    st.builds(ft.Seen, feeds, ints, st.binary(min_size=8, max_size=8), st.binary(min_size=4, max_size=4)),
    max_size=20,
).map(tuple)
payloads = st.binary(max_size=300) | st.integers(0, 2)
entries = st.lists(st.tuples(st.binary(min_size=46, max_size=46), payloads), max_size=20).map(tuple)


@st.composite
def chunks(draw: st.DrawFn) -> ft.Chunk:
    held = draw(entries)
    start = draw(st.integers(0, 1000)) * 256 + draw(st.integers(0, 256 - len(held)))
    least = max(1, start + len(held))
    return ft.Chunk(
        draw(feeds), start, draw(heads)._replace(size=draw(st.integers(least, MAX_INT))), draw(proofs), held
    )


@st.composite
def blobs(draw: st.DrawFn) -> ft.Blob:
    whole, rest = draw(st.integers(0, 3)), draw(st.binary(min_size=1, max_size=100))
    offset = whole * 49_152
    return ft.Blob(draw(hashes), offset + len(rest), offset, draw(st.sampled_from([b"", rest])), draw(proofs))


@st.composite
def evidence(draw: st.DrawFn) -> ft.EvidenceFrame:
    a, b = sorted((draw(heads), draw(heads)))
    return ft.EvidenceFrame(draw(feeds), a, b, draw(hashes), draw(proofs))


generations = st.binary(min_size=16, max_size=16)
any_frame: st.SearchStrategy[ft.Frame] = st.one_of(
    st.builds(ft.KeyringWant, nodes),
    st.builds(ft.KeyringNotes, nodes, st.lists(st.binary(max_size=500), max_size=8).map(tuple)),
    st.builds(ft.Since, st.none() | generations, ints),
    st.builds(ft.Changes, generations, ints, seens, st.booleans()),
    st.builds(ft.Want, feeds, ints, ints),
    chunks(),
    st.builds(ft.Note, seens),
    st.builds(ft.Prune, feeds),
    st.builds(ft.Graft, feeds, ints),
    st.builds(ft.Fetch, feeds, st.lists(ints, min_size=1, max_size=256, unique=True).map(tuple)),
    st.builds(ft.Envelopes, feeds, st.lists(st.tuples(ints, payloads), max_size=20).map(tuple)),
    st.builds(ft.BlobWant, hashes, st.integers(0, 1365).map(lambda n: n * 49_152), st.integers(1, 2**26)),
    blobs(),
    evidence(),
    st.builds(ft.Cosigned, feeds, sizes, hashes, nodes, ints, st.binary(min_size=64, max_size=64)),
    st.builds(ft.Err, st.sampled_from(ERR_CODES), st.text(max_size=50)),
    st.builds(ft.Relay, nodes, nodes, st.binary(max_size=300)),
    st.builds(ft.BlobHere, hashes, st.integers(1, 2**26)),
)


@given(any_frame)
def test_every_frame_comes_back_as_it_went(frame: ft.Frame) -> None:
    assert decode(encode(frame)) == frame


# Anything but a frame

shapes: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary(max_size=70) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=15,
)


def read_or_refuse(data: bytes) -> None:
    """A frame that would be sent as well, or a RemoteError; anything else fails the test."""
    try:
        frame = decode(data)
    except RemoteError:
        return
    if not isinstance(frame, ft.Ignored):
        assert decode(encode(frame)) == frame


@given(st.binary(max_size=300))
def test_any_bytes_are_a_frame_or_a_remote_error(data: bytes) -> None:
    read_or_refuse(data)


@given(st.sampled_from(sorted(FRAMES)), shapes)
def test_any_cbor_is_a_frame_or_a_remote_error(frame_type: int, value: object) -> None:
    read_or_refuse(bytes((frame_type,)) + cbor2.dumps(value))


@given(st.sampled_from(SAMPLES), st.data())
def test_a_changed_frame_is_a_frame_or_a_remote_error(frame: ft.Frame, data: st.DataObject) -> None:
    message = bytearray(encode(frame))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(message) - 1))
        message[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(message)))
    read_or_refuse(bytes(message))
    read_or_refuse(bytes(message[:cut]))


@given(st.sampled_from(SAMPLES), st.data())
def test_one_field_of_another_kind_is_refused_or_right(frame: ft.Frame, data: st.DataObject) -> None:
    message = encode(frame)
    values = list(cbor2.loads(message[1:]))
    values[data.draw(st.integers(0, len(values) - 1))] = data.draw(shapes)
    read_or_refuse(message[:1] + cbor2.dumps(values))


@pytest.mark.parametrize("frame", SAMPLES, ids=lambda frame: type(frame).__name__)
def test_no_part_of_a_frame_is_a_frame(frame: ft.Frame) -> None:
    message = encode(frame)
    for end in range(len(message)):
        with pytest.raises(Malformed):
            decode(message[:end])
    with pytest.raises(Malformed):
        decode(message + b"\x00")


# Vectors


@pytest.mark.parametrize("case", VECTORS["good"], ids=lambda case: case["name"])
def test_good_vectors(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["hex"])
    frame = decode(data)
    assert plain(frame) == case["frame"]
    assert NAMES[data[0]] == case["name"] and encode(frame) == data


@pytest.mark.parametrize("case", VECTORS["bad"], ids=lambda case: case["why"])
def test_bad_vectors(case: dict[str, str]) -> None:
    with pytest.raises(RemoteError) as caught:
        decode(bytes.fromhex(case["hex"]))
    assert caught.value.code == case["error"]


@pytest.mark.parametrize("data", VECTORS["ignored"])
def test_later_frames_may_be_ignored(data: str) -> None:
    assert decode(bytes.fromhex(data)) == ft.Ignored(int(data[:2], 16))


# Limits


def test_every_type_below_0x80_is_known_or_unsupported() -> None:
    for frame_type in set(range(0x80)) - set(FRAMES):
        with pytest.raises(UnsupportedFrame) as caught:
            decode(bytes((frame_type,)) + b"\x80")
        assert caught.value.type == frame_type
        assert isinstance(caught.value, Unsupported) and caught.value.code == "unsupported"


def test_a_frame_is_at_most_what_a_noise_message_holds() -> None:
    room = MAX_FRAME - len(encode(ft.Relay(NODE, NODE, bytes(60_000)))) + 60_000
    full = ft.Relay(NODE, NODE, bytes(room))
    assert len(encode(full)) == MAX_FRAME == 65_519 and decode(encode(full)) == full
    with pytest.raises(LocalError):
        encode(ft.Relay(NODE, NODE, bytes(room + 1)))
    with pytest.raises(Malformed):
        decode(encode(full) + b"\x00")
    with pytest.raises(Malformed):
        decode(b"\xff" + bytes(MAX_FRAME))


def test_the_longest_envelope_fits_and_one_byte_more_is_refused() -> None:
    def one(length: int) -> ft.Chunk:
        return ft.Chunk(FEED, 0, head(1), (), ((bytes(46), bytes(length)),))

    assert decode(encode(one(32_768))) == one(32_768)
    with pytest.raises(Malformed):
        decode(encode(one(32_769)))
    with pytest.raises(Malformed):
        decode(encode(ft.Envelopes(FEED, ((0, bytes(32_769)),))))


def test_counts() -> None:
    thousand = ft.Changes(fixed("generation", 16), 1, (seen(1),) * 1000, False)
    assert decode(encode(thousand)) == thousand
    with pytest.raises(Malformed):
        decode(encode(ft.Changes(fixed("generation", 16), 1, (seen(1),) * 1001, False)))
    noted = ft.Note((seen(1),) * 1000)
    assert decode(encode(noted)) == noted
    for too_many in (
        ft.Note((seen(1),) * 1001),
        ft.Envelopes(FEED, tuple((index, 2) for index in range(MAX_FRAME // ENTRY_OVERHEAD + 1))),
    ):
        with pytest.raises(Malformed):
            decode(encode(too_many))
    for free in (
        ft.Envelopes(FEED, tuple((index, 2) for index in range(257))),
        ft.Fetch(FEED, ()),
        ft.Fetch(FEED, (1, 2, 1)),
    ):
        assert decode(encode(free)) == free, "the table sets no such limit"
    full = ft.Chunk(FEED, 256, head(512), HASHES * 32, (ENTRIES[1],) * 256)
    assert decode(encode(full)) == full


def test_an_entry_costs_at_most_56_bytes_besides_its_envelope() -> None:
    def chunk(count: int, length: int) -> int:
        return len(encode(ft.Chunk(FEED, 0, head(300), (), ((bytes(46), bytes(length)),) * count)))

    for length in (16, 23, 24, 100, 255, 256):
        assert (chunk(200, length) - chunk(100, length)) / 100 - length <= ENTRY_OVERHEAD


@pytest.mark.parametrize(
    "frame",
    [
        ft.Ignored(0x90),
        ft.Err("busy", "\ud800"),
        ft.Prune(Feed(NodeId("not an id"), 0)),
        ft.Chunk(FEED, 255, head(300), (), ENTRIES[:2]),
        ft.Chunk(FEED, 299, head(300), (), ENTRIES[:2]),
        ft.BlobWant(fixed("blob"), 1, 1),
        ft.EvidenceFrame(FEED, head(9), head(3), fixed("root"), ()),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_what_breaks_a_rule_is_not_sent(frame: ft.Frame) -> None:
    with pytest.raises(LocalError):
        encode(frame)


def test_no_tag_is_read_whatever_its_number() -> None:
    for tag in [*range(300), 1004, 43000, 55799, 65535, 2**32 - 1, 2**64 - 1]:
        for value in (1, b"\x01", "1", [1, 2]):
            with pytest.raises(Malformed):
                cbor.load(cbor2.dumps(cbor2.CBORTag(tag, value)))


def test_depth_and_keys() -> None:
    assert cbor.load(b"\x81\x81\x81\x81\x01") == ((((1,),),),)
    for data in (
        b"\x81" * 5 + b"\x01",
        b"\x81" * 60_000,
        b"\xc1" * 60_000,
        b"\xa2\x01\x01\x01\x01",
        b"\xa1\x80\x01",
    ):
        with pytest.raises(Malformed):
            cbor.load(data)


def test_the_table_names_every_frame_of_the_protocol() -> None:
    assert {type_: (NAMES[type_], len(fields(FRAMES[type_]))) for type_ in FRAMES} == {
        0x01: ("KEYRING_WANT", 1),
        0x02: ("KEYRING", 2),
        0x03: ("SINCE", 2),
        0x04: ("CHANGES", 4),
        0x05: ("WANT", 3),
        0x06: ("CHUNK", 5),
        0x07: ("NOTE", 1),
        0x08: ("PRUNE", 1),
        0x09: ("GRAFT", 2),
        0x0A: ("FETCH", 2),
        0x0B: ("ENVELOPES", 2),
        0x0C: ("BLOB_WANT", 3),
        0x0D: ("BLOB", 5),
        0x0E: ("EVIDENCE", 5),
        0x0F: ("COSIGNED", 6),
        0x12: ("ERR", 2),
        0x81: ("RELAY", 3),
        0x82: ("BLOB_HERE", 2),
    }
    assert {type(frame) for frame in SAMPLES} == set(FRAMES.values())


def test_ids_travel_as_twenty_bytes() -> None:
    assert node_bytes(NODE) in encode(ft.Prune(FEED)) and NODE.encode() not in encode(ft.Prune(FEED))


@given(st.binary(min_size=20, max_size=20))
def test_the_short_way_to_the_bytes_of_an_id_is_base32(data: bytes) -> None:
    assert node_bytes(node_id(data)) == data == b32decode(node_id(data))


@given(st.text(min_size=50, max_size=400) | st.just("\ud800" * 200))
def test_a_fault_is_told_in_a_frame_that_is_none(text: str) -> None:
    told = decode(encode(err_of(Malformed(text))))
    assert isinstance(told, ft.Err) and told.code == "malformed" and len(told.text.encode()) <= 200


def test_the_document_lists_every_frame_with_its_fields_and_every_code() -> None:
    text = (Path(__file__).parents[2] / "docs/spec/frames.md").read_text("utf-8")
    rows = re.findall(r"^\| `0x(..)` \| (\w+) \| (.*) \|$", text, re.MULTILINE)
    listed = {int(number, 16): (name, what.split(", ")) for number, name, what in rows}
    assert listed == {kind: (NAMES[kind], [f.name for f in fields(FRAMES[kind])]) for kind in FRAMES}
    assert re.findall(r"`([a-z-]+)`", text[text.index("| code |") :].split("\n")[0]) == list(ERR_CODES)
