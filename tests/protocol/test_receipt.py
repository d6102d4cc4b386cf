"""Receipts: what they prove with nothing else at hand, and at which step each bad one fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checkpoint import checkpoint_note
from protocol.entry import make_entry
from protocol.errors import Invalid, Malformed, RemoteError
from protocol.ids import Feed, NodeId, parse_entry
from protocol.limits import MAX_RECEIPT
from protocol.note import b64encode
from protocol.receipt import Cosigner, Step, make_receipt, parse_receipt, verify_receipt
from tests.kit import keys
from tests.kit.cases_bytes import chains, receipt_parts
from tests.kit.make_vectors_bytes import load, stored, text_of

VECTORS = load("receipt")
NODE = NodeId(VECTORS["node"])
GOOD = VECTORS["good"][0]["receipt"]
WITNESS = {NODE: bytes.fromhex(VECTORS["witness"]["key"])}


@pytest.mark.parametrize("case", VECTORS["good"], ids=lambda case: case["about"])
def test_good_receipts(case):
    for node in (NODE, None):
        found = verify_receipt(case["receipt"], node)
        assert found == verify_receipt(case["receipt"].encode(), node)
        assert found.entry == parse_entry(VECTORS["entry"])
        assert found.content == VECTORS["content"]
        assert (found.size, found.seq) == (case["size"], case["seq"])
        assert found.keyring.node == NODE
        assert found.cosigned_by == ()


@pytest.mark.parametrize("case", VECTORS["bad"], ids=lambda case: case["why"])
def test_bad_receipts_fail_at_their_step(case):
    with pytest.raises(RemoteError, match=f"^step {case['step']}: "):
        verify_receipt(case["receipt"], NODE)


def test_every_step_has_a_receipt_that_fails_at_it():
    assert {case["step"] for case in VECTORS["bad"]} == {step.value for step in Step}


def test_a_good_receipt_of_another_node_than_asked_for():
    with pytest.raises(Invalid, match="step 5"):
        verify_receipt(GOOD, NodeId("a" * 32))


def test_cosignatures_count_under_a_key_the_reader_knows():
    expected = (Cosigner(NODE, VECTORS["witness"]["seconds"]),)
    assert verify_receipt(GOOD, None, WITNESS).cosigned_by == expected
    assert verify_receipt(GOOD, None, {NODE: keys.public(keys.FOREIGN)}).cosigned_by == ()
    assert verify_receipt(GOOD, None, {NodeId("a" * 32): WITNESS[NODE]}).cosigned_by == ()


def test_content_this_version_cannot_read_is_given_as_bytes():
    for content, flags in ((b"not JSON", 0), (b'{"a":1}', 2)):
        header, envelope = make_entry(content, bytes(16), 0, False)
        header = header[:1] + bytes([flags]) + header[2:]
        hashes = keys.leaves([(header, envelope)])
        chain = chains()["first"]
        note = checkpoint_note(Feed(NODE, 0), keys.head(chain, hashes), keys.public(keys.FEED))
        text = make_receipt(header, envelope, chain.notes, index=0, path=[], checkpoint_note=note)
        assert verify_receipt(text, NODE).content == content


def test_the_largest_receipt_fits_its_limit():
    header, envelope = make_entry(b"x" * 32_752, bytes(16), 0, False)
    parts = receipt_parts() | {"header": header, "envelope": envelope, "keyring_notes": [b"x" * 16_000]}
    text = make_receipt(**parts | {"path": [bytes(32)] * 53})
    assert len(text) + 16 * 250 < MAX_RECEIPT
    with pytest.raises(Malformed, match="step 1"):
        verify_receipt(text + "x" * MAX_RECEIPT, NODE)


@given(st.binary(max_size=300) | st.text(max_size=100))
def test_any_bytes_are_refused_as_remote_errors(data):
    with pytest.raises(RemoteError, match=r"^step 1: "):
        verify_receipt(data, None)


@given(st.binary(max_size=120))
def test_any_extra_is_refused_as_a_remote_error(tail):
    parts = receipt_parts()
    text = make_receipt(**parts)
    proof = parse_receipt(text)
    length = 46 + len(parts["envelope"])
    changed = text.replace(b64encode(proof.extra), b64encode(proof.extra[:length] + tail))
    with pytest.raises(RemoteError, match=r"^step [24]: "):
        verify_receipt(changed, None)


@given(st.integers(0, len(GOOD.encode()) - 1), st.integers(0, 255))
def test_any_changed_byte_is_refused_or_proves_the_same(at, value):
    """Only the witness line, which nobody here knows, may change without notice."""
    data = bytearray(GOOD.encode())
    data[at] = value
    good = verify_receipt(GOOD, None)
    try:
        found = verify_receipt(bytes(data), None)
    except RemoteError:
        return
    assert found == good


def test_the_file_is_what_the_generator_makes():
    assert text_of("receipt") == stored("receipt")
