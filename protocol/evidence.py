"""Evidence that a node showed two histories of one feed.

Law: it convicts by itself, whoever sends it and whatever the holder has seen. Source: PROTOCOL section 3.
"""

from __future__ import annotations

from typing import NamedTuple

from protocol.checkpoint import Head, verify_head
from protocol.errors import Invalid
from protocol.ids import Feed
from protocol.keyring import Keyring
from protocol.merkle import verify_subtree


class Evidence(NamedTuple):
    """Two heads of one feed, a.size ≤ b.size, and the root b's tree had at a.size, with its proof."""

    feed: Feed
    a: Head
    b: Head
    b_root_at_a: bytes
    proof: tuple[bytes, ...]


def convicts(evidence: Evidence, keyring: Keyring) -> bool:
    """Whether the feed's own key signed both heads and they cannot be of one log.

    False for a keyring of another node or an epoch it has not opened. Merkle is checked before signatures.
    """
    feed, a, b, root, proof = evidence
    key = keyring.feed_key(feed.epoch) if keyring.node == feed.node else None
    if key is None or root == a.root:
        return False
    try:
        verify_subtree(0, a.size, b.size, root, proof, b.root)
    except Invalid:
        return False
    return verify_head(feed, a, key) and verify_head(feed, b, key)


def lifted(feed: Feed, keyring: Keyring) -> bool:
    """Whether a recovery-signed note has closed the epoch, which ends a conviction in it."""
    close = keyring.closes.get(feed.epoch)
    return keyring.node == feed.node and close is not None and close.by_recovery
