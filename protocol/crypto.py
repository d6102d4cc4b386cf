"""SHA-256 and Ed25519, the only two primitives that records and logs rest on.

Law: a signature is checked as OpenSSL and Go check it (no cofactor, S < L), and a key that could make that
check say different things in different libraries is refused before it is stored. Source: PROTOCOL section 1.
"""

from __future__ import annotations

import hashlib
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol.errors import Invalid, LocalError

PUBLIC: Final = 32
SIGNATURE: Final = 64
SEED: Final = 32
_P: Final = 2**255 - 19

# Every 32-byte string that decodes to a point whose order divides 8, canonical or not.
# Facts; source: C2SP/CCTV, directory ed25519 (low-order public keys).
LOW_ORDER: Final = frozenset(
    bytes.fromhex(text)
    for text in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
)


class Signer(Protocol):
    """Whoever can sign with one Ed25519 key: the key itself, or a keeper of keys that asks first."""

    @property
    def public(self) -> bytes:
        """The 32-byte public key."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The 64-byte signature over data."""
        ...


class Ed25519Signer:
    """A Signer that holds its key in memory."""

    __slots__ = ("_key", "public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()

    @classmethod
    def from_seed(cls, seed: bytes) -> Ed25519Signer:
        """The signer of a 32-byte RFC 8032 private key."""
        if len(seed) != SEED:
            raise LocalError("an Ed25519 seed is 32 bytes")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, data: bytes) -> bytes:
        """The 64-byte signature over data."""
        return self._key.sign(data)


def sha256(data: bytes) -> bytes:
    """The 32-byte SHA-256 of data."""
    return hashlib.sha256(data).digest()


def verify(public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether the 64-byte signature over data holds under the 32-byte key; False for anything odd."""
    if len(public) != PUBLIC or len(signature) != SIGNATURE:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def check_public_key(raw: bytes) -> bytes:
    """The key itself; Invalid for a wrong length, a non-canonical or a low-order encoding."""
    if len(raw) != PUBLIC:
        raise Invalid("an Ed25519 public key is 32 bytes")
    if raw in LOW_ORDER:
        raise Invalid("an Ed25519 public key of low order")
    if int.from_bytes(raw, "little") & (2**255 - 1) >= _P:
        raise Invalid("a non-canonical Ed25519 public key")
    return raw
