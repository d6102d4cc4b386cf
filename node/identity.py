"""Key files of a node: made once, read once at start, handed out only as signers.

Law: a private key never leaves this module except as a Signer, and the recovery key only as the kit its operator
copies. Files are 0600 in a 0700 folder; with a passphrase they are encrypted PKCS #8. The kit is kept encrypted under
the feed key until the operator says it is stored, then destroyed. Source: PROTOCOL section 1, OPERATIONS ``init``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from node.kit import Kit
from protocol import cbor
from protocol.crypto import Ed25519Signer, Signer
from protocol.errors import Malformed, Refused
from protocol.ids import NodeId
from protocol.keyring import Keyring, incept, parse_keyring

KEYS: Final = "keys"
_KEYRING: Final = "keyring"
_KIT: Final = "kit"
_NONCE: Final = 12


def _write(path: Path, data: bytes) -> None:
    """A new file only its owner may read, on the disk before this returns."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _encryption(passphrase: str | None) -> KeySerializationEncryption:
    return BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()


def _save_key(path: Path, key: Ed25519PrivateKey, passphrase: str | None) -> None:
    _write(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, _encryption(passphrase)))


def _load_key(path: Path, passphrase: str | None) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), passphrase.encode() if passphrase else None)
    except FileNotFoundError as error:
        raise Refused("key-missing", field=path.name) from error
    except TypeError as error:  # encrypted and no passphrase, or a passphrase and not encrypted
        raise Refused(
            "passphrase-needed" if passphrase is None else "passphrase-unused", field=path.name
        ) from error
    except ValueError as error:
        raise Refused("passphrase-wrong", field=path.name) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Refused("key-unreadable", field=path.name)
    return key


def _kit_cipher(feed: Ed25519PrivateKey) -> ChaCha20Poly1305:
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"barnraise/kit/1")
    return ChaCha20Poly1305(derive.derive(feed.private_bytes_raw()))


class Identity:
    """The keys of one node, opened. ``feed`` signs heads and handshakes, ``witness`` cosigns."""

    def __init__(
        self, folder: Path, keyring: Keyring, feed: Ed25519PrivateKey, witness: Ed25519PrivateKey
    ) -> None:
        self._folder = folder
        self._feed = feed
        self.keyring = keyring
        self.feed: Signer = Ed25519Signer(feed)
        self.witness: Signer = Ed25519Signer(witness)

    @property
    def node(self) -> NodeId:
        """The node these keys speak for."""
        return self.keyring.node

    @property
    def kit_pending(self) -> bool:
        """Whether the operator has not yet said that the recovery kit is stored."""
        return (self._folder / _KIT).exists()

    def kit(self) -> Kit:
        """The recovery kit while it is still here. Refused once it was stored elsewhere."""
        try:
            data = (self._folder / _KIT).read_bytes()
            seed = _kit_cipher(self._feed).decrypt(data[:_NONCE], data[_NONCE:], self.node.encode())
        except FileNotFoundError as error:
            raise Refused("kit-gone", field="kit") from error
        except InvalidTag as error:
            raise Refused("kit-damaged", field="kit") from error
        return Kit(self.node, seed)

    def kit_stored(self) -> None:
        """Destroy the copy of the kit kept here; what the operator holds is then the only one."""
        (self._folder / _KIT).unlink(missing_ok=True)


def create(data: Path, passphrase: str | None = None) -> Identity:
    """Make the keys of a new node under ``data``. Refused if there are keys already."""
    folder = data / KEYS
    if folder.exists():
        raise Refused("node-exists", field="data", path=str(data))
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    feed, witness, recovery = (Ed25519PrivateKey.generate() for _ in range(3))
    offline = recovery.public_key().public_bytes_raw()
    keyring = incept(Ed25519Signer(feed), witness.public_key().public_bytes_raw(), 1, [offline])
    nonce = os.urandom(_NONCE)
    sealed = _kit_cipher(feed).encrypt(nonce, recovery.private_bytes_raw(), keyring.node.encode())
    _write(folder / _KIT, nonce + sealed)
    _save_key(folder / "witness.pem", witness, passphrase)
    _save_key(folder / f"feed-{keyring.epoch}.pem", feed, passphrase)
    _write(folder / _KEYRING, cbor.dump(keyring.notes))
    return Identity(folder, keyring, feed, witness)


def open_identity(data: Path, passphrase: str | None = None) -> Identity:
    """The keys of the node in ``data``. Refused says which file is missing, damaged or locked."""
    folder = data / KEYS
    try:
        keyring = parse_keyring(cbor.load((folder / _KEYRING).read_bytes()))
    except FileNotFoundError as error:
        raise Refused("node-missing", field="data", path=str(data)) from error
    except (Malformed, TypeError) as error:
        raise Refused("key-unreadable", field=_KEYRING) from error
    feed = _load_key(folder / f"feed-{keyring.epoch}.pem", passphrase)
    if feed.public_key().public_bytes_raw() != keyring.feed_key(keyring.epoch):
        raise Refused("key-foreign", field=f"feed-{keyring.epoch}.pem")
    return Identity(folder, keyring, feed, _load_key(folder / "witness.pem", passphrase))
