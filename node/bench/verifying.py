"""Row 3: entries proven under one signed head, against a signature verified for each.

Law: what is measured is rungs 3 to 5 of the ladder of ``store.log`` on chunks as they travel: leaf and tree hashes, the
proof, the one signature of the head, and the hash of every envelope. The yardstick verifies signatures and no more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from node.bench import samples, yardsticks
from node.bench.table import Plan, Row, Step, median_of
from protocol.checkpoint import sign_head, verify_head
from protocol.crypto import Ed25519Signer
from protocol.entry import check_envelope, make_entry
from protocol.errors import LocalError
from protocol.frame_types import Chunk, Entry
from protocol.gossip.signals import Verdict
from protocol.ids import Feed, NodeId
from protocol.joining import Tree, judge
from protocol.limits import CHUNK
from protocol.merkle import Frontier, leaf_hash, perfect_subtrees, subtree_proof

_AT: Final = 1_800_000_000_000
_SIGNATURES: Final = 2_000  # of a yardstick that takes the same time for each
_SIGNER: Final = Ed25519Signer.from_seed(bytes(32))


def rows(plan: Plan, step: Step) -> Iterator[Row]:
    """The row."""
    step(f"{plan.entries} entries under one head")
    chunks = _chunks(plan.entries)
    runs = []
    for number in range(plan.runs):
        step(f"verify {plan.entries} entries: run {number + 1}")
        rate, yardstick = plan.entries / _verify(chunks), yardsticks.signatures(_SIGNATURES)
        runs.append(
            {"entries_per_second": rate, "signatures_per_second": yardstick, "ratio": rate / yardstick}
        )
    found = median_of(runs)
    yield Row(
        what=f"verify {plan.entries:,} entries against one head",
        measured=f"{found['entries_per_second']:,.0f}/s",
        yardstick=f"{found['signatures_per_second']:,.0f}/s, one Ed25519 verification each",
        goal="≥ 20",
        ratio=found["ratio"],
        met=found["ratio"] >= 20,
        figures=found,
    )


def _chunks(count: int) -> list[Chunk]:
    feed = Feed(NodeId("a" * 32), 0)
    entries: list[Entry] = [
        make_entry(samples.content(feed.node, index), samples.salt(index), _AT, restricted=False)
        for index in range(count)
    ]
    leaves = [leaf_hash(header) for header, _ in entries]
    head = sign_head(feed, count, Frontier.empty().extend(leaves).root(), _SIGNER)
    get = perfect_subtrees(leaves)
    return [
        Chunk(feed, start, head, tuple(subtree_proof(start, end, count, get)), tuple(entries[start:end]))
        for start, end in ((start, min(start + CHUNK, count)) for start in range(0, count, CHUNK))
    ]


def _verify(chunks: list[Chunk]) -> float:
    began = time.perf_counter()
    head = chunks[0].head
    good = verify_head(chunks[0].feed, head, _SIGNER.public)
    frontier = Frontier.empty()
    for chunk in chunks:
        found = judge(Tree(frontier, _none_left, _no_root, head), chunk)
        fits = all(
            isinstance(payload, bytes) and check_envelope(header, payload)
            for header, payload in chunk.entries
        )
        good = good and fits and found.verdict is Verdict.STORED
        frontier = found.frontier or frontier
    if not good or frontier.size != head.size:
        raise LocalError("a sample log that does not verify")
    return time.perf_counter() - began


def _none_left(_start: int, _end: int) -> list[bytes]:
    return []


def _no_root(_size: int) -> bytes:
    return b""
