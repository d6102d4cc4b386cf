"""Entries: 46 bytes that never change, envelopes that must fit them, and content read strictly and fast."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import entry
from protocol.entry import (
    Header,
    check_envelope,
    content_of,
    dump_json,
    encode_header,
    make_entry,
    parse_header,
    parse_json,
)
from protocol.errors import LocalError, Malformed, Refused
from protocol.limits import HEADER, MAX_ENVELOPE, MAX_INT, RESTRICTED_PAD, SALT
from protocol.merkle import leaf_hash
from tests.kit.cases_bytes import BAD_CONTENT, GOOD_CONTENT
from tests.kit.make_vectors_bytes import load, stored, text_of

VECTORS = load("entry")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INT, MAX_INT)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("case", VECTORS["made"])
def test_made_entries(case):
    content, salt = bytes.fromhex(case["content"]), bytes.fromhex(case["salt"])
    header, envelope = make_entry(content, salt, case["time"], case["restricted"])
    assert (header.hex(), envelope.hex()) == (case["header"], case["envelope"])
    assert leaf_hash(header).hex() == case["leaf"]
    fields = parse_header(header)
    assert (fields.time, fields.length, fields.restricted, fields.known) == (
        case["time"],
        len(envelope),
        case["restricted"],
        True,
    )
    assert content_of(envelope).rstrip(b" ") == content
    assert check_envelope(header, envelope)


@pytest.mark.parametrize("case", VECTORS["unknown"])
def test_unknown_versions_and_flags_are_carried(case):
    fields = parse_header(bytes.fromhex(case["header"]))
    assert (fields.version, fields.flags, fields.known) == (case["version"], case["flags"], False)
    assert encode_header(fields).hex() == case["header"]


def test_a_time_beyond_2_53_reads_as_2_53_less_one():
    case = VECTORS["late"]
    assert parse_header(bytes.fromhex(case["header"])).time == case["time"] == MAX_INT


@pytest.mark.parametrize("header", VECTORS["bad_headers"])
def test_a_header_of_another_length(header):
    with pytest.raises(Malformed):
        parse_header(bytes.fromhex(header))
    assert not check_envelope(bytes.fromhex(header), b"")


@pytest.mark.parametrize("case", VECTORS["bad_envelopes"], ids=lambda case: case["why"])
def test_an_envelope_that_does_not_fit(case):
    assert not check_envelope(bytes.fromhex(case["header"]), bytes.fromhex(case["envelope"]))


@given(st.binary(min_size=HEADER, max_size=HEADER))
def test_any_46_bytes_are_a_header(data):
    fields = parse_header(data)
    if int.from_bytes(data[2:10], "big") <= MAX_INT:
        assert encode_header(fields) == data
    assert fields.restricted == bool(data[1] & 1)
    assert fields.known == (data[0] == 1 and data[1] in (0, 1))


@given(
    st.binary(max_size=1_500), st.binary(min_size=SALT, max_size=SALT), st.integers(0, MAX_INT), st.booleans()
)
def test_made_and_read_back(content, salt, time, restricted):
    header, envelope = make_entry(content, salt, time, restricted)
    assert len(header) == HEADER
    assert check_envelope(header, envelope)
    assert content_of(envelope)[: len(content)] == content
    assert not content_of(envelope)[len(content) :].strip(b" ")
    if restricted:
        assert (len(envelope) - SALT) % RESTRICTED_PAD == 0


def test_lengths_of_restricted_records_tell_only_the_block():
    lengths = {len(make_entry(b"x" * size, bytes(SALT), 0, True)[1]) for size in range(1, RESTRICTED_PAD + 1)}
    assert lengths == {SALT + RESTRICTED_PAD}


def test_the_limit_of_an_envelope():
    most = MAX_ENVELOPE - SALT
    assert len(make_entry(b"x" * most, bytes(SALT), 0, False)[1]) == MAX_ENVELOPE
    for size, restricted in ((most + 1, False), (most, True)):
        with pytest.raises(Refused, match="record-too-long"):
            make_entry(b"x" * size, bytes(SALT), 0, restricted)
    huge = bytes(MAX_ENVELOPE + 1)
    digest = parse_header(make_entry(b"", bytes(SALT), 0, False)[0]).digest
    assert not check_envelope(encode_header(Header(1, 0, 0, len(huge), digest)), huge)


def test_misuse_is_our_own_fault():
    with pytest.raises(LocalError):
        make_entry(b"", bytes(15), 0, False)
    with pytest.raises(LocalError):
        make_entry(b"", bytes(SALT), -1, False)
    with pytest.raises(LocalError):
        encode_header(Header(256, 0, 0, 0, bytes(32)))


@pytest.mark.parametrize("content", GOOD_CONTENT)
def test_good_content(content):
    assert parse_json(content) == json.loads(content)


@pytest.mark.parametrize("why", BAD_CONTENT)
def test_bad_content(why):
    with pytest.raises(Malformed):
        parse_json(BAD_CONTENT[why])


def test_the_file_holds_the_same_content():
    assert [bytes.fromhex(item) for item in VECTORS["good_content"]] == GOOD_CONTENT
    for case in VECTORS["bad_content"]:
        parts = {name: bytes.fromhex(case.get(name, "")) for name in ("content", "head", "unit", "tail")}
        content = parts["content"] or parts["head"] + parts["unit"] * case.get("times", 0) + parts["tail"]
        assert content == BAD_CONTENT[case["why"]]


@given(st.dictionaries(TEXT, JSON, max_size=5))
def test_content_written_is_content_read(value):
    data = dump_json(value)
    assert parse_json(data) == value
    assert parse_json(data + b"  ") == value


@given(st.binary(max_size=200) | st.text('{}[]":,\\u0d8a1. \n', max_size=60).map(str.encode))
def test_any_bytes_are_an_object_or_malformed(content):
    try:
        value = parse_json(content)
    except Malformed:
        return
    assert type(value) is dict
    assert value == json.loads(content)
    assert parse_json(dump_json(value)) == value


@given(st.integers(1, 40), st.integers(0, 40), st.text('[]{}"\\', max_size=30))
def test_depth_is_counted_outside_strings_only(depth, padding, text):
    inner = json.dumps([text] * padding).encode() if padding else b"1"
    content = b'{"a":' * depth + inner + b"}" * depth
    if depth + bool(padding) > 16:
        with pytest.raises(Malformed, match="deeper"):
            parse_json(content)
    else:
        assert parse_json(content) == json.loads(content)


def test_reading_never_goes_through_a_string_twice(monkeypatch):
    """A string of 16,000 escaped quotes without end costs one match, not one from each quote."""
    plain, matches = entry._STRING, []

    class Counting:
        @staticmethod
        def sub(new, text):
            found = plain.findall(text)
            matches.append(len(found))
            return plain.sub(new, text)

    monkeypatch.setattr(entry, "_STRING", Counting)
    with pytest.raises(Malformed):
        parse_json(b"[" * 17 + b'"' + b'\\"' * 16_000)
    assert matches == [1]


@pytest.mark.parametrize("value", [{"a": float("nan")}, {"a": "\ud800"}, {"a": object()}])
def test_what_json_cannot_say_is_our_own_fault(value):
    with pytest.raises(LocalError):
        dump_json(value)


def test_dumped_json_is_compact_utf_8():
    assert dump_json({"é": [1, "a b"]}) == '{"é":[1,"a b"]}'.encode()


def test_the_file_is_what_the_generator_makes():
    assert text_of("entry") == stored("entry")
