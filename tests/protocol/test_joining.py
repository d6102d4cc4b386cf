"""Each rung of protocol.joining, and any order of honest chunks."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checkpoint import Head
from protocol.frame_types import MISSING, Chunk
from protocol.gossip.signals import Verdict
from protocol.ids import Feed, NodeId
from protocol.joining import Tree, judge
from protocol.merkle import Frontier, leaf_hash, perfect_subtrees, root_of, subtree_proof

FEED = Feed(NodeId("a" * 32), 0)


def headers(count: int, branch: str = "") -> tuple[bytes, ...]:
    return tuple(hashlib.sha256(f"{branch}{index}".encode()).digest() + b"\0" * 14 for index in range(count))


@functools.cache
def hashes_of(leaves: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(leaf_hash(one) for one in leaves)


@functools.cache
def head(leaves: tuple[bytes, ...], size: int) -> Head:
    return Head(size, root_of(hashes_of(leaves)[:size]), b"\0" * 64)


@functools.cache
def subtrees(leaves: tuple[bytes, ...], size: int) -> Callable[[int, int], bytes]:
    return perfect_subtrees(hashes_of(leaves)[:size])


def chunk(leaves: tuple[bytes, ...], start: int, end: int, size: int, *, proven: bool = True) -> Chunk:
    """Entries [start, end) under the head of ``size``."""
    get = subtrees(leaves, size)
    base = start - start % 256 if end > start else 0
    proof = subtree_proof(base, end if end > start else start, size, get) if proven else []
    entries = tuple((one, MISSING) for one in leaves[start:end])
    return Chunk(FEED, start, head(leaves, size), tuple(proof), entries)


def tree(leaves: tuple[bytes, ...], size: int, joined: Head | None = None) -> Tree:
    hashes = hashes_of(leaves)[:size]
    return Tree(
        Frontier.empty().extend(hashes),
        lambda start, end: list(hashes[start:end]),
        lambda earlier: root_of(hashes[:earlier]),
        joined,
    )


OURS, OTHER = headers(700), headers(10) + headers(690, "other")
J500 = head(OURS, 500)
FORGED = Chunk(FEED, 300, J500, chunk(OURS, 300, 400, 500).proof, chunk(OTHER, 300, 400, 500).entries)

CASES = [
    ("1 starts beyond", tree(OURS, 5), chunk(OURS, 6, 8, 8), Verdict.AHEAD),
    ("2 old head", tree(OURS, 20), chunk(OURS, 3, 8, 8), Verdict.NOTHING_NEW),
    ("2 same head", tree(OURS, 8), chunk(OURS, 3, 8, 8), Verdict.NOTHING_NEW),
    ("2 old head of another branch", tree(OURS, 40), chunk(OTHER, 3, 30, 30), Verdict.UNJOINED),
    ("3 empty tree", tree(OURS, 0), chunk(OURS, 0, 100, 500), Verdict.STORED),
    ("3 empty tree, no proof", tree(OURS, 0), chunk(OURS, 0, 100, 500, proven=False), Verdict.BAD_PROOF),
    ("3 empty tree, no entries", tree(OURS, 0), Chunk(FEED, 0, J500, (), ()), Verdict.AHEAD),
    ("4 joined", tree(OURS, 300, J500), chunk(OURS, 300, 400, 500), Verdict.STORED),
    ("4 joined, part is here", tree(OURS, 300, J500), chunk(OURS, 290, 400, 500), Verdict.STORED),
    (
        "4 joined, wrong proof",
        tree(OURS, 300, J500),
        chunk(OURS, 300, 400, 500, proven=False),
        Verdict.BAD_PROOF,
    ),
    ("4 joined, other entries", tree(OURS, 300, J500), FORGED, Verdict.BAD_PROOF),
    ("5 ends at its head", tree(OURS, 8), chunk(OURS, 8, 9, 9, proven=False), Verdict.STORED),
    ("5 ends at its head, part is here", tree(OURS, 8), chunk(OURS, 6, 9, 9, proven=False), Verdict.STORED),
    ("5 of another branch", tree(OURS, 20), chunk(OTHER, 20, 30, 30), Verdict.UNJOINED),
    ("6 join", tree(OURS, 300), chunk(OURS, 300, 300, 500), Verdict.JOINED),
    ("6 join of another branch", tree(OURS, 300), chunk(OTHER, 300, 300, 500), Verdict.UNJOINED),
    ("7 entries without a join", tree(OURS, 300), chunk(OURS, 300, 400, 500), Verdict.AHEAD),
    ("7 join for an earlier size", tree(OURS, 300), chunk(OURS, 200, 200, 500), Verdict.AHEAD),
]


@pytest.mark.parametrize(
    ("own", "offered", "verdict"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_each_rung(own: Tree, offered: Chunk, verdict: Verdict) -> None:
    assert judge(own, offered).verdict is verdict


def test_what_is_taken_is_only_what_was_not_here() -> None:
    judged = judge(tree(OURS, 300, J500), chunk(OURS, 290, 400, 500))
    assert judged.skip == 10
    assert judged.frontier is not None
    assert judged.frontier.root() == head(OURS, 400).root


@given(st.data())
def test_honest_chunks_in_any_cut_build_the_tree(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 700))
    own, joined = 0, None
    goal = head(OURS, size)
    while own < size:
        here = tree(OURS, own, joined)
        if own and joined is None and data.draw(st.booleans()):
            assert judge(here, chunk(OURS, own, own, size)).verdict is Verdict.JOINED
            joined = goal
            continue
        start = data.draw(st.integers(own - own % 256, own))
        end = data.draw(st.integers(own + 1, min(size, own - own % 256 + 256)))
        judged = judge(here, chunk(OURS, start, end, size))
        if own and joined is None and end != size:
            assert judged.verdict is Verdict.AHEAD
            continue
        assert judged.verdict is Verdict.STORED
        own, joined = end, goal
    assert tree(OURS, own).frontier.root() == goal.root
