"""The tree against its definitions written down slowly, the published roots and proofs, and every mutation of a proof."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import merkle
from protocol.errors import Invalid, LocalError
from protocol.limits import MAX_PROOF
from protocol.merkle import (
    EMPTY,
    Frontier,
    perfect_subtrees,
    root_of,
    subtree_proof,
    subtree_root,
    verify_subtree,
)
from tests.kit import slow_merkle
from tests.kit.make_vectors_bytes import load, stored, text_of

VECTORS = load("merkle")
DATA = [b"%d" % number for number in range(300)]
HASHES = [merkle.leaf_hash(item) for item in DATA]
GET = perfect_subtrees(HASHES)


def unhex(items):
    return [bytes.fromhex(item) for item in items]


@st.composite
def subtrees(draw, most=70):
    size = draw(st.integers(1, most))
    level = draw(st.integers(0, 7))
    start = draw(st.integers(0, (size - 1) >> level)) << level
    end = draw(st.integers(start + 1, min(size, start + (1 << level))))
    return start, end, size


def test_published_roots():
    facts = VECTORS["rfc6962"]
    leaves = [merkle.leaf_hash(item) for item in unhex(facts["leaves"])]
    assert facts["empty"] == EMPTY.hex() == root_of([]).hex()
    assert [root_of(leaves[: size + 1]).hex() for size in range(8)] == facts["roots"]


def test_published_proofs():
    facts = VECTORS["rfc6962"]
    get = perfect_subtrees([merkle.leaf_hash(item) for item in unhex(facts["leaves"])])
    for case in facts["consistency"]:
        assert subtree_proof(0, case["first"], case["second"], get) == unhex(case["proof"])
    for case in facts["inclusion"]:
        at = case["index"]
        assert subtree_proof(at, at + 1, case["size"], get) == unhex(case["proof"])


def test_the_examples_of_the_draft():
    for case in VECTORS["draft"]["examples"]:
        expected = [subtree_root(start, end, GET) for start, end in case["proof"]]
        assert subtree_proof(case["start"], case["end"], case["size"], GET) == expected


@pytest.mark.parametrize("case", VECTORS["good"])
def test_good_vectors(case):
    span = case["start"], case["end"], case["size"]
    verify_subtree(*span, bytes.fromhex(case["subtree"]), unhex(case["proof"]), bytes.fromhex(case["root"]))
    assert subtree_proof(*span, GET) == unhex(case["proof"])


@pytest.mark.parametrize("case", VECTORS["bad"], ids=lambda case: case["why"])
def test_bad_vectors(case):
    span = case["start"], case["end"], case["size"]
    subtree, root = bytes.fromhex(case["subtree"]), bytes.fromhex(case["root"])
    with pytest.raises(Invalid):
        verify_subtree(*span, subtree, unhex(case["proof"]), root)


@pytest.mark.parametrize("case", VECTORS["frontiers"])
def test_frontier_vectors(case):
    frontier = Frontier.empty().extend(HASHES[: case["size"]])
    assert (frontier.size, [item.hex() for item in frontier.hashes]) == (case["size"], case["hashes"])
    assert frontier.root().hex() == case["root"]


def test_every_subtree_of_every_small_tree():
    for size in range(1, 20):
        root = root_of(HASHES[:size])
        for start in range(size + 2):
            for end in range(size + 2):
                valid = slow_merkle.is_subtree(start, end, size)
                assert merkle.is_subtree(start, end, size) is valid
                if valid:
                    proof = subtree_proof(start, end, size, GET)
                    assert proof == slow_merkle.subtree_proof(start, end, DATA[:size])
                    verify_subtree(start, end, size, slow_merkle.mth(DATA[start:end]), proof, root)


@given(subtrees())
def test_proof_and_hash_are_the_definitions(span):
    start, end, size = span
    assert root_of(HASHES[:size]) == slow_merkle.mth(DATA[:size])
    assert subtree_root(start, end, GET) == slow_merkle.mth(DATA[start:end])
    assert subtree_proof(start, end, size, GET) == slow_merkle.subtree_proof(start, end, DATA[:size])


@given(st.integers(1, 70), st.data())
def test_inclusion_and_consistency_are_those_of_rfc_9162(size, data):
    at = data.draw(st.integers(0, size - 1))
    assert subtree_proof(at, at + 1, size, GET) == slow_merkle.inclusion_path(at, DATA[:size])
    assert subtree_proof(0, at + 1, size, GET) == slow_merkle.consistency(at + 1, DATA[:size])


@given(subtrees(40), subtrees(40), st.randoms(use_true_random=False))
def test_a_changed_proof_is_judged_as_the_definition_judges_it(span, other, chance):
    """The fast verifier and the recursion run backwards accept the same proofs, right or wrong."""
    start, end, size = span
    proof = subtree_proof(start, end, size, GET)
    pool = [*proof, subtree_root(*other[:2], GET), root_of(HASHES[:size])]
    changed = list(proof)
    for _ in range(chance.randint(0, 2)):
        at = chance.randint(0, len(changed))
        changed[at : at + chance.randint(0, 1)] = chance.sample(pool, chance.randint(0, 1))
    root = chance.choice([root_of(HASHES[:size]), root_of(HASHES[: other[2]])])
    claim = (*chance.choice([span, other]), subtree_root(start, end, GET), changed, root)
    if slow_merkle.holds(*claim):
        verify_subtree(*claim)
    else:
        with pytest.raises(Invalid):
            verify_subtree(*claim)


@given(
    st.integers(-2, 2**70),
    st.integers(-2, 2**70),
    st.integers(-2, 2**70),
    st.lists(st.binary(max_size=33), max_size=70),
)
def test_any_claim_is_accepted_or_invalid(start, end, size, proof):
    with pytest.raises(Invalid):
        verify_subtree(start, end, size, bytes(32), proof, b"\1" * 32)


def test_a_long_proof_is_refused_before_anything_is_hashed(monkeypatch):
    monkeypatch.setattr(merkle, "node_hash", None)
    with pytest.raises(Invalid, match="65 hashes"):
        verify_subtree(0, 1, 2**60, bytes(32), [bytes(32)] * (MAX_PROOF + 1), bytes(32))


def test_a_tree_of_2_53_leaves_fits_the_limit():
    size = 2**53 - 1
    sizes = [
        len(subtree_proof(start, end, size, lambda level, index: bytes(32)))
        for start, end in [(0, 1), (size - 1, size), (0, size - 1)]
    ]
    assert max(sizes) <= MAX_PROOF


@given(st.lists(st.integers(0, 40), max_size=8))
def test_a_frontier_grows_the_same_in_any_steps(steps):
    frontier, at = Frontier.empty(), 0
    for step in steps:
        frontier, at = frontier.extend(HASHES[at : at + step]), min(at + step, len(HASHES))
    assert frontier == Frontier.empty().extend(HASHES[:at])
    assert frontier.root() == root_of(HASHES[:at])
    assert Frontier.from_bytes(frontier.size, frontier.to_bytes()) == frontier


def test_append_is_extend_by_one_and_leaves_the_old_one_alone():
    frontiers = [Frontier.empty()]
    for leaf in HASHES[:33]:
        frontiers.append(frontiers[-1].append(leaf))
    assert [item.root() for item in frontiers] == [root_of(HASHES[:size]) for size in range(34)]
    assert all(len(item.hashes) == item.size.bit_count() for item in frontiers)
    assert all(before.size + 1 == after.size for before, after in pairwise(frontiers))


def test_misuse_is_our_own_fault():
    with pytest.raises(LocalError):
        Frontier.from_bytes(3, bytes(32))
    with pytest.raises(LocalError):
        subtree_root(1, 3, GET)
    with pytest.raises(LocalError):
        subtree_proof(0, 5, 4, GET)
    with pytest.raises(LocalError):
        GET(0, 300)


def test_extend_hashes_no_more_than_it_must(monkeypatch):
    """100,000 leaves cost at most one hash each, however they come: no step is quadratic."""
    count, plain = [0], merkle.sha256

    def counted(data):
        count[0] += 1
        return plain(data)

    monkeypatch.setattr(merkle, "sha256", counted)
    frontier, chance = Frontier.empty(), random.Random(1)
    leaves = [bytes(32)] * 100_000
    at = 0
    while at < len(leaves):
        step = chance.randint(1, 5_000)
        frontier, at = frontier.extend(leaves[at : at + step]), at + step
    assert frontier.size == 100_000
    assert count[0] < 100_000


def test_the_file_is_what_the_generator_makes():
    assert text_of("merkle") == stored("merkle")


@given(st.integers(0, 300), st.integers(0, 4), st.data())
def test_a_frontier_is_its_blocks_and_what_follows_them(size, level, data):
    width = 1 << level
    blocks, block = Frontier.empty().extend(HASHES[:size]).split(width)
    assert (blocks.size, block.size) == divmod(size, width)
    more = data.draw(st.integers(0, min(width - block.size, 300 - size)))
    grown = block.extend(HASHES[size : size + more])
    assert blocks.followed(grown, width) == Frontier.empty().extend(HASHES[: size + more])
