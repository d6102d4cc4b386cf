"""Each rung of protocol.joining, and any order of honest chunks."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import joining
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
LAST = chunk(OURS, 300, 500, 500, proven=False)
FORGED_LAST = replace(LAST, entries=chunk(OTHER, 300, 500, 500).entries)
FORGED_LEFT = replace(
    chunk(OURS, 290, 500, 500),
    entries=chunk(OTHER, 290, 300, 500).entries + chunk(OURS, 300, 500, 500).entries,
)
WHOLE = chunk(OURS, 0, 20, 20)

CASES = [
    ("1 starts beyond", tree(OURS, 5), chunk(OURS, 6, 8, 8), Verdict.AHEAD),
    ("2 old head", tree(OURS, 20), chunk(OURS, 3, 8, 8), Verdict.NOTHING_NEW),
    ("2 same head", tree(OURS, 8), chunk(OURS, 3, 8, 8), Verdict.NOTHING_NEW),
    ("2 old head of another branch", tree(OURS, 40), chunk(OTHER, 3, 30, 30), Verdict.UNJOINED),
    ("3 ends at its head", tree(OURS, 8), chunk(OURS, 8, 9, 9, proven=False), Verdict.STORED),
    ("3 ends at its head, part is here", tree(OURS, 8), chunk(OURS, 6, 9, 9, proven=False), Verdict.STORED),
    ("3 of another branch", tree(OURS, 20), chunk(OTHER, 20, 30, 30), Verdict.UNJOINED),
    ("3 joined before, no proof", tree(OURS, 300, J500), LAST, Verdict.STORED),
    (
        "3 joined before, a proof too many",
        tree(OURS, 300, J500),
        replace(LAST, proof=(bytes(32),)),
        Verdict.STORED,
    ),
    ("3 another head is joined", tree(OURS, 300, head(OURS, 600)), LAST, Verdict.STORED),
    ("3 joined before, other entries", tree(OURS, 300, J500), FORGED_LAST, Verdict.BAD_PROOF),
    ("3 what is here shown otherwise", tree(OURS, 300), FORGED_LEFT, Verdict.BAD_PROOF),
    ("3 empty tree, no proof", tree(OURS, 0), chunk(OURS, 0, 9, 9, proven=False), Verdict.STORED),
    ("3 empty tree, other entries", tree(OURS, 0), replace(WHOLE, head=head(OTHER, 20)), Verdict.BAD_PROOF),
    ("4 empty tree", tree(OURS, 0), chunk(OURS, 0, 100, 500), Verdict.STORED),
    ("4 empty tree, no proof", tree(OURS, 0), chunk(OURS, 0, 100, 500, proven=False), Verdict.BAD_PROOF),
    ("4 empty tree, no entries", tree(OURS, 0), Chunk(FEED, 0, J500, (), ()), Verdict.AHEAD),
    ("5 joined", tree(OURS, 300, J500), chunk(OURS, 300, 400, 500), Verdict.STORED),
    ("5 joined, part is here", tree(OURS, 300, J500), chunk(OURS, 290, 400, 500), Verdict.STORED),
    (
        "5 joined, wrong proof",
        tree(OURS, 300, J500),
        chunk(OURS, 300, 400, 500, proven=False),
        Verdict.BAD_PROOF,
    ),
    ("5 joined, other entries", tree(OURS, 300, J500), FORGED, Verdict.BAD_PROOF),
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


@settings(max_examples=40)
@given(st.data())
def test_e1_no_order_of_honest_pushes_pulls_and_joins_is_a_failed_proof(data: st.DataObject) -> None:
    """A push without a proof is legal whenever it ends at its head's size, joined before or not; so is every answer
    under any earlier head. Whatever the order, none of it may be held against who sent it."""
    sizes = data.draw(st.lists(st.integers(1, 700), min_size=1, max_size=4).map(sorted))
    own, joined = 0, None
    for _ in range(data.draw(st.integers(1, 25))):
        size = data.draw(st.sampled_from(sizes))
        kind = data.draw(st.sampled_from(["push", "pull", "join"]))
        start = data.draw(st.sampled_from([own, max(own - 3, 0), *sizes]))
        if start > size or (start == size and kind != "join"):
            continue
        if kind == "join":
            offered = chunk(OURS, start, start, size, proven=start > 0)
        else:
            end = min(size, start - start % 256 + 256)
            end = end if kind == "push" else data.draw(st.integers(start + 1, end))
            offered = chunk(OURS, start, end, size, proven=kind == "pull" or end < size)
        judged = judge(tree(OURS, own, joined), offered)
        assert judged.verdict in {Verdict.STORED, Verdict.JOINED, Verdict.NOTHING_NEW, Verdict.AHEAD}
        if judged.verdict is Verdict.STORED:
            own = start + len(offered.entries)
            joined = None if own == size else head(OURS, size)
        elif judged.verdict is Verdict.JOINED:
            joined = head(OURS, size)


def test_the_rungs_have_the_same_numbers_in_the_specification() -> None:
    table = Path("docs/spec/frames.md").read_text(encoding="utf-8")
    assert joining.__doc__ is not None
    ladder = dict(re.findall(r"^    (\d)  .*?→ (.*)$", joining.__doc__, re.MULTILINE))
    spec = dict(re.findall(r"^\| (\d) \|.*\| ([^|]*) \|$", table, re.MULTILINE))
    assert list(ladder) == list(spec) == [str(number) for number in range(1, 8)]
    for number, verdicts in ladder.items():
        named = re.findall(r"[A-Z_]{4,}", verdicts)
        assert named == re.findall(r"[A-Z_]{4,}", spec[number])[: len(named)], number
    assert {case[0][0] for case in CASES} == set(ladder)
