"""Whether a CHUNK continues the tree that is here: the Merkle rung of the ladder, before any signature.

Law: a pure function of the own tree and the chunk. It never says that a head is signed, only what
would follow if it is.
Source: PROTOCOL section 5, "Chunks and joining".

The rungs, in this order:

    1  the chunk starts beyond what is here                              → AHEAD
    2  its head is not beyond what is here: the own tree has that root    → NOTHING_NEW, else UNJOINED
    3  the chunk ends at its head's size: the own frontier is the proof   → STORED, else UNJOINED;
       else BAD_PROOF if the head was joined before, or nothing is here that it could contradict
    4  own tree empty: the chunk's proof is the join                      → STORED, else BAD_PROOF
    5  the head is joined already: the chunk's proof must hold            → STORED, else BAD_PROOF
    6  no entries, starts at the own size: consistency of the two trees   → JOINED, else UNJOINED
    7  anything else lacks its join                                       → AHEAD

Rung 3 stands before the proofs on purpose. A push ends at its head and carries no proof; it may come when that head
was joined already, by a pull that was under way. What the frontier shows needs no further proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from protocol.checkpoint import Head
from protocol.errors import Invalid
from protocol.frame_types import Chunk
from protocol.gossip.signals import Verdict
from protocol.limits import CHUNK
from protocol.merkle import Frontier, leaf_hashes, root_of, verify_subtree


@dataclass(frozen=True, slots=True)
class Tree:
    """The own tree of a feed as the transaction reads it.

    ``frontier`` covers all entries kept. ``left(start, end)`` gives own leaf hashes (both within one block of 256),
    ``root_at(size)`` the root the own tree had at an earlier size. ``joined``: a head beyond the own size that was
    shown to continue it, and whose signature held.
    """

    frontier: Frontier
    left: Callable[[int, int], list[bytes]]
    root_at: Callable[[int], bytes]
    joined: Head | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """``verdict``; ``skip`` entries of the chunk are here already; ``leaves`` are the leaf hashes of the others."""

    verdict: Verdict
    skip: int = 0
    leaves: tuple[bytes, ...] = ()
    frontier: Frontier | None = None  # of the own tree with the new leaves


def judge(tree: Tree, chunk: Chunk) -> Judgement:
    """The verdict on a chunk of a feed that is replicated here, before signature and envelopes."""
    size, head, end = tree.frontier.size, chunk.head, chunk.start + len(chunk.entries)
    if chunk.start > size:
        return Judgement(Verdict.AHEAD)  # 1
    if head.size <= size:
        own = tree.frontier.root() if head.size == size else tree.root_at(head.size)
        return Judgement(Verdict.NOTHING_NEW if own == head.root else Verdict.UNJOINED)  # 2
    leaves = leaf_hashes(header for header, _ in chunk.entries)
    joined = size == 0 or _same(tree.joined, head)
    if chunk.entries and end == head.size:
        return _by_frontier(tree, chunk, leaves, Verdict.BAD_PROOF if joined else Verdict.UNJOINED)  # 3
    if joined:
        return _by_proof(tree, chunk, leaves, end)  # 4, 5
    if not chunk.entries and chunk.start == size:
        return Judgement(Verdict.JOINED if _continues(tree, chunk) else Verdict.UNJOINED)  # 6
    return Judgement(Verdict.AHEAD)  # 7


def _same(joined: Head | None, head: Head) -> bool:
    return joined is not None and joined.size == head.size and joined.root == head.root


def _by_proof(tree: Tree, chunk: Chunk, leaves: list[bytes], end: int) -> Judgement:
    if not leaves:
        return Judgement(Verdict.NOTHING_NEW if tree.frontier.size else Verdict.AHEAD)
    base = chunk.start - chunk.start % CHUNK
    root, taken = (
        _next(tree, leaves) if chunk.start == tree.frontier.size else _again(tree, chunk, leaves, base)
    )
    try:
        verify_subtree(base, end, chunk.head.size, root, chunk.proof, chunk.head.root)
    except Invalid:
        return Judgement(Verdict.BAD_PROOF)
    return taken


def _next(tree: Tree, leaves: list[bytes]) -> tuple[bytes, Judgement]:
    """Root of the block so far and what follows, for leaves right after the own ones: nothing is hashed twice."""
    blocks, block = tree.frontier.split(CHUNK)
    block = block.extend(leaves)
    frontier = blocks.followed(block, CHUNK)
    return block.root(), Judgement(Verdict.STORED, leaves=tuple(leaves), frontier=frontier)


def _again(tree: Tree, chunk: Chunk, leaves: list[bytes], base: int) -> tuple[bytes, Judgement]:
    """The same for leaves of which some are here already."""
    left = tree.left(base, chunk.start) if base < chunk.start else []
    return root_of([*left, *leaves]), _taken(tree, chunk, leaves)


def _by_frontier(tree: Tree, chunk: Chunk, leaves: list[bytes], otherwise: Verdict) -> Judgement:
    """Whether own entries and new ones together are the head's tree; ``otherwise`` is the verdict when they are not."""
    taken = _taken(tree, chunk, leaves)
    if taken.frontier is None or taken.frontier.root() != chunk.head.root:
        return Judgement(otherwise)
    known = tree.left(chunk.start, tree.frontier.size) if taken.skip else []
    return taken if known == leaves[: taken.skip] else Judgement(Verdict.BAD_PROOF)


def _taken(tree: Tree, chunk: Chunk, leaves: list[bytes]) -> Judgement:
    skip = tree.frontier.size - chunk.start
    if skip >= len(leaves):
        return Judgement(Verdict.NOTHING_NEW, skip=len(leaves))
    new = tuple(leaves[skip:])
    return Judgement(Verdict.STORED, skip=skip, leaves=new, frontier=tree.frontier.extend(new))


def _continues(tree: Tree, chunk: Chunk) -> bool:
    own = tree.frontier
    try:
        verify_subtree(0, own.size, chunk.head.size, own.root(), chunk.proof, chunk.head.root)
    except Invalid:
        return False
    return True
