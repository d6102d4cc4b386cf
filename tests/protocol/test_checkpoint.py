"""Checkpoints: one spelling, never of size 0, signed under the feed's own name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checkpoint import (
    Head,
    checkpoint_note,
    checkpoint_text,
    parse_checkpoint,
    sign_head,
    signed_head,
    verify_head,
)
from protocol.errors import Invalid, LocalError, Malformed
from protocol.ids import Feed, NodeId
from protocol.limits import MAX_INT
from protocol.note import cosign
from tests.kit import keys
from tests.kit.make_vectors_bytes import load, stored, text_of

VECTORS = load("checkpoint")
KEY = bytes.fromhex(VECTORS["key"])
FEED = Feed(NodeId("a" * 32), 3)
SIGNER = keys.signer(keys.FEED)


@pytest.mark.parametrize("case", VECTORS["good"])
def test_good_vectors(case):
    feed, root = Feed(NodeId(case["node"]), case["epoch"]), bytes.fromhex(case["root"])
    head = Head(case["size"], root, bytes.fromhex(case["signature"]))
    assert checkpoint_text(feed, head.size, root) == case["text"]
    assert sign_head(feed, head.size, root, SIGNER) == head
    assert verify_head(feed, head, KEY)
    assert checkpoint_note(feed, head, KEY) == case["note"]
    parsed = parse_checkpoint(case["note"])
    assert (parsed.feed, parsed.size, parsed.root) == (feed, head.size, root)
    assert signed_head(parsed, KEY) == head


@pytest.mark.parametrize("case", VECTORS["bad"], ids=lambda case: case["why"])
def test_bad_vectors(case):
    with pytest.raises(Malformed):
        parse_checkpoint(case["note"])


@pytest.mark.parametrize("case", VECTORS["unsigned"], ids=lambda case: case["why"])
def test_checkpoints_nobody_of_the_feed_signed(case):
    with pytest.raises(Invalid):
        signed_head(parse_checkpoint(case["note"]), KEY)


@given(st.integers(1, MAX_INT), st.binary(min_size=32, max_size=32), st.integers(0, 15))
def test_written_and_read_back(size, root, epoch):
    feed = FEED._replace(epoch=epoch)
    head = sign_head(feed, size, root, SIGNER)
    parsed = parse_checkpoint(checkpoint_note(feed, head, KEY))
    assert (parsed.feed, signed_head(parsed, KEY)) == (feed, head)


def test_size_0_is_never_signed_nor_accepted():
    with pytest.raises(LocalError):
        sign_head(FEED, 0, bytes(32), SIGNER)
    unsigned = SIGNER.sign(f"{FEED.origin}\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".encode())
    assert not verify_head(FEED, Head(0, bytes(32), unsigned), KEY)


def test_a_head_holds_for_its_own_feed_size_root_and_key_only():
    head = sign_head(FEED, 7, b"r" * 32, SIGNER)
    assert verify_head(FEED, head, KEY)
    assert not verify_head(FEED._replace(epoch=4), head, KEY)
    assert not verify_head(FEED._replace(node=NodeId("b" * 32)), head, KEY)
    assert not verify_head(FEED, head._replace(size=8), KEY)
    assert not verify_head(FEED, head._replace(root=b"s" * 32), KEY)
    assert not verify_head(FEED, head._replace(root=b"r" * 31), KEY)
    assert not verify_head(FEED, head._replace(signature=b""), KEY)
    assert not verify_head(FEED, head, keys.public(keys.FOREIGN))


def test_cosignatures_follow_the_log_line_and_do_not_hide_it():
    head = sign_head(FEED, 7, b"r" * 32, SIGNER)
    line = cosign("w", keys.signer(keys.WITNESS), checkpoint_text(FEED, 7, b"r" * 32), 5)
    parsed = parse_checkpoint(checkpoint_note(FEED, head, KEY, [line]))
    assert parsed.note.signatures[1] == line
    assert signed_head(parsed, KEY) == head


def test_the_file_is_what_the_generator_makes():
    assert text_of("checkpoint") == stored("checkpoint")
