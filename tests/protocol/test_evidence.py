"""Evidence: two signed heads that cannot be of one log convict, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checkpoint import Head
from protocol.evidence import Evidence, convicts, lifted
from protocol.ids import Feed, NodeId
from protocol.keyring import parse_keyring
from protocol.merkle import root_of
from tests.kit import keys
from tests.kit.cases_bytes import chains, evidence_cases
from tests.kit.make_vectors_bytes import load, stored, text_of

VECTORS = load("evidence")
KEYRING = parse_keyring([note.encode() for note in VECTORS["keyring"]])
FORK = evidence_cases()[0][2]


def read_head(case):
    return Head(case["size"], bytes.fromhex(case["root"]), bytes.fromhex(case["signature"]))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["about"])
def test_vectors(case):
    item = Evidence(
        Feed(NodeId(case["node"]), case["epoch"]),
        read_head(case["a"]),
        read_head(case["b"]),
        bytes.fromhex(case["b_root_at_a"]),
        tuple(bytes.fromhex(text) for text in case["proof"]),
    )
    assert convicts(item, KEYRING) is case["convicts"]


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 12))
def test_it_convicts_if_and_only_if_the_histories_part_before_a(size_a, more, fork):
    """A node that signs ``a`` of one history and ``b`` of another that parts from it at entry ``fork``."""
    size_b = size_a + more - 1
    one, two = keys.leaves(keys.entries(24)), keys.leaves(keys.entries(24, "other"))
    b = (one[:fork] + two[fork:])[:size_b]
    a = keys.head(KEYRING, one[:size_a])
    item = Evidence(FORK.feed, a, keys.head(KEYRING, b), root_of(b[:size_a]), tuple(keys.proof(0, size_a, b)))
    assert convicts(item, KEYRING) is (fork < size_a)


@given(st.sampled_from(["a", "b", "b_root_at_a", "proof"]), st.integers(0, 10_000), st.integers(1, 255))
def test_changed_evidence_does_not_convict(field, at, flip):
    def changed(data):
        place = at % len(data)
        return data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :]

    value = getattr(FORK, field)
    if field in ("a", "b"):
        value = (
            value._replace(root=changed(value.root))
            if at % 2
            else value._replace(signature=changed(value.signature))
        )
    elif field == "proof":
        value = (changed(value[0]), *value[1:])
    else:
        value = changed(value)
    assert convicts(FORK, KEYRING)
    assert not convicts(FORK._replace(**{field: value}), KEYRING)


def test_only_a_recovery_signed_close_lifts_a_conviction():
    feed, all_chains = FORK.feed, chains()
    assert lifted(feed, all_chains["recovered"])
    assert not lifted(feed, all_chains["new epoch"])
    assert not lifted(feed, all_chains["first"])
    assert not lifted(Feed(NodeId("a" * 32), 0), all_chains["recovered"])


def test_the_file_is_what_the_generator_makes():
    assert text_of("evidence") == stored("evidence")
