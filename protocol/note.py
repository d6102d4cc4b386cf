"""Signed notes: a text, an empty line, and lines that each carry one key's signature over the text.

Law: the text is kept as it travelled, never written anew to be checked; a signature counts only under the
name and the key it was looked up by. Source: C2SP signed-note, tlog-cosignature; PROTOCOL sections 1 and 3.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Final, NamedTuple

from protocol.crypto import PUBLIC, SIGNATURE, Signer, check_public_key, sha256, verify
from protocol.errors import Invalid, LocalError, Malformed, Unsupported
from protocol.limits import MAX_INT, MAX_NOTE, MAX_NOTE_SIGNATURES

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
KEY_ID: Final = 4
_DASH: Final = "— "


class Signature(NamedTuple):
    """One signature line: key name, 4-byte key id, and what the signature type puts behind them."""

    name: str
    key_id: bytes
    blob: bytes


class Note(NamedTuple):
    """A note read but not verified. ``text`` ends in a newline."""

    text: str
    signatures: tuple[Signature, ...]


class VerifierKey(NamedTuple):
    """A public key as people exchange it: name, signature type, 32 bytes."""

    name: str
    type: int
    public: bytes


def b64encode(data: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def b64decode(text: str) -> bytes:
    """Inverse of b64encode; only the one spelling b64encode would give. Malformed otherwise."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise Malformed("not base64") from error
    if b64encode(data) != text:
        raise Malformed("base64 with stray bits")
    return data


def key_id(name: str, type_byte: int, public: bytes) -> bytes:
    """The 4 bytes that stand before a signature: first of SHA-256(name ‖ newline ‖ type ‖ key)."""
    return sha256(name.encode() + b"\n" + bytes((type_byte,)) + public)[:KEY_ID]


def _check_name(name: str) -> str:
    if not name or "+" in name or any(sign.isspace() for sign in name):
        raise Malformed("a key name is not empty and has no space and no plus")
    return name


def _check_text(data: bytes | str) -> str:
    if len(data) > MAX_NOTE:
        raise Malformed(f"a note longer than {MAX_NOTE} bytes")
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data.encode("utf-8").decode("utf-8")
    except UnicodeError as error:
        raise Malformed("a note is UTF-8") from error
    if any(sign < " " and sign != "\n" for sign in text):
        raise Malformed("a note has no control characters but newlines")
    return text


def _parse_signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise Malformed("a signature line reads — <name> <base64>")
    data = b64decode(encoded)
    if len(data) <= KEY_ID:
        raise Malformed("a signature line without a signature")
    return Signature(_check_name(name), data[:KEY_ID], data[KEY_ID:])


def parse(data: bytes | str) -> Note:
    """A note with one signature or more. Malformed for anything else; nothing is verified."""
    whole = _check_text(data)
    at = whole.rfind("\n\n")
    if at < 0 or not whole.endswith("\n"):
        raise Malformed("a note is text, an empty line and signature lines")
    lines = whole[at + 2 :].split("\n")[:-1]
    if not 1 <= len(lines) <= MAX_NOTE_SIGNATURES:
        raise Malformed(f"a note has 1 to {MAX_NOTE_SIGNATURES} signatures")
    return Note(whole[: at + 1], tuple(map(_parse_signature, lines)))


def render(text: str, signatures: Iterable[Signature]) -> str:
    """Inverse of parse. LocalError if the text does not end in a newline."""
    if not text.endswith("\n"):
        raise LocalError("the text of a note ends in a newline")
    lines = (f"{_DASH}{item.name} {b64encode(item.key_id + item.blob)}\n" for item in signatures)
    return f"{text}\n{''.join(lines)}"


def sign(text: str, name: str, signer: Signer) -> Signature:
    """An Ed25519 signature (type 0x01) over the text."""
    return Signature(name, key_id(name, ED25519, signer.public), signer.sign(text.encode()))


def verify_ed25519(text: str, signature: Signature, name: str, public: bytes) -> bool:
    """Whether this line is the named key's (type 0x01) and holds over the text."""
    if signature.name != name or signature.key_id != key_id(name, ED25519, public):
        return False
    return verify(public, text.encode(), signature.blob)


def render_vkey(key: VerifierKey) -> str:
    """``<name>+<key id in hex>+<base64 of type ‖ key>``."""
    tag = key_id(key.name, key.type, key.public).hex()
    return f"{key.name}+{tag}+{b64encode(bytes((key.type,)) + key.public)}"


def parse_vkey(text: str) -> VerifierKey:
    """Inverse of render_vkey. Unsupported for a type other than 0x01 and 0x04, Invalid for a weak key."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise Malformed("a verifier key reads <name>+<key id>+<base64>")
    data = b64decode(parts[2])
    if data[:1] not in (bytes((ED25519,)), bytes((COSIGNATURE,))):
        raise Unsupported("a verifier key of unknown type")
    if len(data) != 1 + PUBLIC:
        raise Malformed("a verifier key of wrong length")
    key = VerifierKey(_check_name(parts[0]), data[0], data[1:])
    if parts[1] != key_id(*key).hex():
        raise Invalid("the key id of a verifier key does not fit")
    check_public_key(key.public)
    return key


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def cosign_raw(signer: Signer, checkpoint_text: str, seconds: int) -> bytes:
    """The bare 64-byte cosignature over a checkpoint's text at a POSIX time in seconds."""
    if not 0 <= seconds <= MAX_INT:
        raise LocalError("a time out of range")
    return signer.sign(_cosigned(checkpoint_text, seconds))


def verify_cosignature_raw(public: bytes, checkpoint_text: str, seconds: int, signature: bytes) -> bool:
    """Whether a bare cosignature, as frame COSIGNED carries it, holds."""
    return 0 <= seconds <= MAX_INT and verify(public, _cosigned(checkpoint_text, seconds), signature)


def cosignature(name: str, public: bytes, seconds: int, signature: bytes) -> Signature:
    """The note line of a bare cosignature."""
    return Signature(name, key_id(name, COSIGNATURE, public), seconds.to_bytes(8, "big") + signature)


def cosign(name: str, signer: Signer, checkpoint_text: str, seconds: int) -> Signature:
    """A cosignature/v1 (type 0x04) as a note line."""
    return cosignature(name, signer.public, seconds, cosign_raw(signer, checkpoint_text, seconds))


def verify_cosignature(text: str, signature: Signature, name: str, public: bytes) -> int | None:
    """The POSIX seconds of the named key's cosignature, None if the line is not one that holds."""
    if signature.name != name or signature.key_id != key_id(name, COSIGNATURE, public):
        return None
    if len(signature.blob) != 8 + SIGNATURE:
        return None
    seconds = int.from_bytes(signature.blob[:8], "big")
    return seconds if verify_cosignature_raw(public, text, seconds, signature.blob[8:]) else None
