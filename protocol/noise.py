"""Noise_XX_25519_ChaChaPoly_SHA256: three messages, after which two nodes share two one-way keys.

Law: a machine of bytes only; both keys it needs are given to it, so the same keys give the same messages.
A message that cannot be read ends it. Source: PROTOCOL section 4; The Noise Protocol Framework, revision 34.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from protocol.errors import Invalid, LocalError, Malformed
from protocol.limits import MAX_MESSAGE

NAME: Final = b"Noise_XX_25519_ChaChaPoly_SHA256"  # 32 bytes, so it is its own first hash (revision 34, 5.2)
KEY: Final = 32
TAG: Final = 16
_LAST_NONCE: Final = 2**64 - 1  # reserved by Noise
_PATTERN: Final = (("e",), ("e", "ee", "s", "es"), ("s", "se"))


class CipherState:
    """One direction of a session: frames in order, each under the next nonce."""

    __slots__ = ("_decrypt", "_encrypt", "_nonce")

    def __init__(self, key: bytes) -> None:
        aead = ChaCha20Poly1305(key)
        self._encrypt: Callable[[bytes, bytes, bytes | None], bytes] = aead.encrypt
        self._decrypt: Callable[[bytes, bytes, bytes | None], bytes] = aead.decrypt
        self._nonce = 0

    def _next(self) -> bytes:
        nonce = self._nonce
        if nonce >= _LAST_NONCE:
            raise LocalError("this key has no nonce left; connect again")
        self._nonce = nonce + 1
        return (nonce << 32).to_bytes(12, "little")  # four zero bytes, then the counter

    def encrypt(self, plain: bytes, associated: bytes | None = None) -> bytes:
        """``plain`` and a 16-byte tag. LocalError once nonces are used up."""
        return self._encrypt(self._next(), plain, associated)

    def decrypt(self, data: bytes, associated: bytes | None = None) -> bytes:
        """What was encrypted. Invalid if it was not by the other side, in this order, with this key."""
        try:
            return self._decrypt(self._next(), data, associated)
        except InvalidTag as error:
            raise Invalid("a message of this session does not decrypt") from error


class Handshake:
    """One side of the three messages: write, read, write for the initiator; read, write, read for the other.

    ``static_private`` and ``ephemeral_private`` are X25519 private keys of 32 bytes, the second used once.
    After the third message ``done`` is true and ``split`` gives the two directions.
    """

    def __init__(
        self, initiator: bool, static_private: bytes, prologue: bytes, ephemeral_private: bytes
    ) -> None:
        self._initiator = initiator
        self._static = X25519PrivateKey.from_private_bytes(static_private)
        self._ephemeral = X25519PrivateKey.from_private_bytes(ephemeral_private)
        self._remote_ephemeral: bytes | None = None
        self._chaining = NAME
        self._hash = hashlib.sha256(NAME + prologue).digest()
        self._cipher: CipherState | None = None
        self._step = 0
        self._over = False
        self.remote_static: bytes | None = None

    @property
    def done(self) -> bool:
        """Whether all three messages went through."""
        return self._step == len(_PATTERN)

    @property
    def static_public(self) -> bytes:
        """The X25519 public key the other side comes to know, 32 bytes."""
        return self._static.public_key().public_bytes_raw()

    @property
    def handshake_hash(self) -> bytes:
        """SHA-256 of all that was said so far: names this session once ``done``."""
        return self._hash

    def write(self, payload: bytes) -> bytes:
        """The next message, carrying ``payload``. LocalError out of turn or if it grows over 65,535 bytes."""
        keys = self._turn(writing=True)
        message = b"".join([self._put(key) for key in keys]) + self._seal(payload)
        if len(message) > MAX_MESSAGE:
            raise LocalError("a handshake message that fits no Noise message")
        return self._advance(message)

    def read(self, message: bytes) -> bytes:
        """The payload of the next message. Malformed or Invalid, and the handshake is over."""
        keys = self._turn(writing=False)
        self._over = True  # until all of it is read
        if len(message) > MAX_MESSAGE:
            raise Malformed("longer than a Noise message")
        for key in keys:
            message = self._take(key, message)
        payload = self._open(message)
        self._over = False
        return self._advance(payload)

    def split(self) -> tuple[CipherState, CipherState]:
        """The directions (send, receive), once. LocalError before the end or a second time."""
        if not self.done or self._over:
            raise LocalError("a handshake is split once, when it is done")
        self._over = True  # a second pair would use nonces again
        first, second = (CipherState(key) for key in _derive(self._chaining, b""))
        return (first, second) if self._initiator else (second, first)

    def _turn(self, *, writing: bool) -> tuple[str, ...]:
        ours = self._initiator == (self._step % 2 == 0)
        if self._over or self.done or ours != writing:
            raise LocalError("a handshake message out of turn")
        return _PATTERN[self._step]

    def _advance(self, result: bytes) -> bytes:
        self._step += 1
        return result

    def _put(self, key: str) -> bytes:
        if key == "e":
            return self._mix_hash(self._ephemeral.public_key().public_bytes_raw())
        if key == "s":
            return self._seal(self.static_public)
        self._mix_shared(key)
        return b""

    def _take(self, key: str, message: bytes) -> bytes:
        if key == "e":
            self._remote_ephemeral = self._mix_hash(_cut(message, KEY))
            return message[KEY:]
        if key == "s":
            self.remote_static = self._open(_cut(message, KEY + TAG))
            return message[KEY + TAG :]
        self._mix_shared(key)
        return message

    def _mix_shared(self, key: str) -> None:
        """Mix in the Diffie-Hellman result of two keys; the first letter is the initiator's key."""
        mine, theirs = (key[0], key[1]) if self._initiator else (key[1], key[0])
        private = self._static if mine == "s" else self._ephemeral
        public = self.remote_static if theirs == "s" else self._remote_ephemeral
        if public is None:
            raise LocalError("a key is mixed before it came")
        self._chaining, secret = _derive(self._chaining, _exchange(private, public))
        self._cipher = CipherState(secret)

    def _mix_hash(self, data: bytes) -> bytes:
        self._hash = hashlib.sha256(self._hash + data).digest()
        return data

    def _seal(self, plain: bytes) -> bytes:
        if self._cipher is None:
            return self._mix_hash(plain)
        return self._mix_hash(self._cipher.encrypt(plain, self._hash))

    def _open(self, data: bytes) -> bytes:
        if self._cipher is None:
            return self._mix_hash(data)
        plain = self._cipher.decrypt(data, self._hash)
        self._mix_hash(data)
        return plain


def _cut(message: bytes, length: int) -> bytes:
    if len(message) < length:
        raise Malformed("a handshake message that ends too soon")
    return message[:length]


def _exchange(private: X25519PrivateKey, public: bytes) -> bytes:
    try:
        return private.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:  # the library refuses the all-zero result (RFC 7748 section 6.1)
        raise Invalid("an X25519 key of low order") from error


def _derive(chaining: bytes, material: bytes) -> tuple[bytes, bytes]:
    """Two 32-byte outputs of HKDF as Noise defines it (revision 34, 4.3)."""
    secret = hmac.digest(chaining, material, "sha256")
    first = hmac.digest(secret, b"\x01", "sha256")
    return first, hmac.digest(secret, first + b"\x02", "sha256")
