"""Keys, keyrings and logs for tests, all from small numbers so that every run makes the same bytes."""

from __future__ import annotations

from protocol.checkpoint import Head, sign_head
from protocol.crypto import Ed25519Signer, sha256
from protocol.entry import dump_json, make_entry
from protocol.ids import Feed
from protocol.keyring import Keyring, extend, incept
from protocol.merkle import leaf_hash, perfect_subtrees, root_of, subtree_proof

FEED, WITNESS, NEW_FEED, NEW_WITNESS, OTHER_FEED, THIEF, THIRD_FEED, FOREIGN = 1, 2, 3, 4, 5, 6, 7, 8
KIT = (11, 12, 13)
NEW_KIT = (21, 22)


def seed(number: int) -> bytes:
    """The 32-byte private key number so and so."""
    return sha256(b"barnraise test key %d" % number)


def signer(number: int) -> Ed25519Signer:
    return Ed25519Signer.from_seed(seed(number))


def public(number: int) -> bytes:
    return signer(number).public


def publics(numbers: tuple[int, ...]) -> list[bytes]:
    return [public(number) for number in numbers]


def signers(*numbers: int) -> list[Ed25519Signer]:
    return [signer(number) for number in numbers]


def first(k: int = 2, kit: tuple[int, ...] = KIT, feed: int = FEED) -> Keyring:
    """A node fresh from its inception: one note."""
    return incept(signer(feed), public(WITNESS), k, publics(kit))


def entries(count: int, tag: str = "") -> list[tuple[bytes, bytes]]:
    """Headers and envelopes of small records."""
    return [
        make_entry(
            dump_json({"type": "note", "number": number, "tag": tag}),
            sha256(b"salt %d" % number)[:16],
            1_700_000_000_000 + number,
            False,
        )
        for number in range(count)
    ]


def leaves(pairs: list[tuple[bytes, bytes]]) -> list[bytes]:
    return [leaf_hash(header) for header, _ in pairs]


def head(keyring: Keyring, hashes: list[bytes], by: int = FEED, epoch: int | None = None) -> Head:
    """The signed head of these leaf hashes in the keyring's newest epoch."""
    feed = Feed(keyring.node, keyring.epoch if epoch is None else epoch)
    return sign_head(feed, len(hashes), root_of(hashes), signer(by))


def proof(start: int, end: int, hashes: list[bytes]) -> list[bytes]:
    return subtree_proof(start, end, len(hashes), perfect_subtrees(hashes))


def rotated(
    keyring: Keyring, *by: int, feed: int = NEW_FEED, close: tuple[int, bytes] | None = None
) -> Keyring:
    """The next epoch, opened by these signers; the epoch before is closed empty unless told."""
    return extend(
        keyring, signers=signers(feed, *by), feed_public=public(feed), close=close or (0, root_of([]))
    )
