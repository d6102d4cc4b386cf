"""Noise against the published vector, and everything that must end a handshake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Invalid, LocalError, Malformed, RemoteError
from protocol.noise import CipherState, Handshake
from tests.kit.wire import fixed

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/noise.json").read_text("utf-8"))
PUBLISHED = VECTORS["published"]


def published(side: str) -> Handshake:
    return Handshake(
        side == "initiator",
        bytes.fromhex(PUBLISHED[f"{side}_static"]),
        bytes.fromhex(PUBLISHED["prologue"]),
        bytes.fromhex(PUBLISHED[f"{side}_ephemeral"]),
    )


def pair(prologue: bytes = b"p", other_prologue: bytes = b"p") -> tuple[Handshake, Handshake]:
    return (
        Handshake(True, fixed("a static"), prologue, fixed("a ephemeral")),
        Handshake(False, fixed("b static"), other_prologue, fixed("b ephemeral")),
    )


def shake(one: Handshake, other: Handshake) -> None:
    assert other.read(one.write(b"first")) == b"first"
    assert one.read(other.write(b"second")) == b"second"
    assert other.read(one.write(b"third")) == b"third"


def test_the_published_vector_holds_message_by_message() -> None:
    one, other = published("initiator"), published("responder")
    messages = [(bytes.fromhex(m["payload"]), bytes.fromhex(m["ciphertext"])) for m in PUBLISHED["messages"]]
    for at, (payload, ciphertext) in enumerate(messages[:3]):
        writer, reader = (one, other) if at % 2 == 0 else (other, one)
        assert writer.write(payload) == ciphertext
        assert reader.read(ciphertext) == payload
    ciphers = (one.split(), other.split())
    for at, (payload, ciphertext) in enumerate(messages[3:], 3):
        (send, _), (_, receive) = ciphers if at % 2 == 0 else ciphers[::-1]
        assert send.encrypt(payload) == ciphertext
        assert receive.decrypt(ciphertext) == payload


@pytest.mark.parametrize("case", VECTORS["bad"], ids=lambda case: case["why"])
def test_bad_messages_end_the_handshake(case: dict[str, str]) -> None:
    reader = published("responder" if case["message"] == "first" else "initiator")
    if case["message"] == "second":
        reader.write(bytes.fromhex(PUBLISHED["messages"][0]["payload"]))
    with pytest.raises(RemoteError) as caught:
        reader.read(bytes.fromhex(case["hex"]))
    assert caught.value.code == case["error"]
    with pytest.raises(LocalError):  # nothing follows a failure
        reader.write(b"")


def test_both_sides_agree_on_everything_and_know_each_other() -> None:
    one, other = pair()
    assert not one.done and one.remote_static is None
    shake(one, other)
    assert one.done and other.done
    assert one.handshake_hash == other.handshake_hash
    assert one.remote_static == other.static_public and other.remote_static == one.static_public


def test_another_prologue_is_found_out_at_the_second_message() -> None:
    one, other = pair(b"halifax", b"victoria")
    other.read(one.write(b""))
    with pytest.raises(Invalid):
        one.read(other.write(b""))


def test_messages_have_their_turn() -> None:
    one, other = pair()
    with pytest.raises(LocalError):
        other.write(b"")
    with pytest.raises(LocalError):
        one.read(bytes(32))
    with pytest.raises(LocalError):
        one.split()
    shake(one, other)
    with pytest.raises(LocalError):
        one.write(b"")


def test_a_handshake_is_split_once_so_that_no_nonce_comes_twice() -> None:
    one, other = pair()
    shake(one, other)
    one.split()
    with pytest.raises(LocalError):
        one.split()


def test_sizes() -> None:
    one, other = pair()
    with pytest.raises(LocalError):
        one.write(bytes(65_535 - 31))
    one, other = pair()
    assert len(one.write(bytes(65_535 - 32))) == 65_535
    with pytest.raises(Malformed):
        other.read(bytes(65_536))


def test_a_frame_of_the_session_is_read_once_and_in_order() -> None:
    one, other = CipherState(fixed("key")), CipherState(fixed("key"))
    first, second = one.encrypt(b"first"), one.encrypt(b"second")
    assert len(first) == len(b"first") + 16 and other.decrypt(first) == b"first"
    with pytest.raises(Invalid):
        other.decrypt(first)  # replayed
    late = CipherState(fixed("key"))
    with pytest.raises(Invalid):
        late.decrypt(second)  # reordered


def test_an_exhausted_key_is_our_fault_not_a_repeated_nonce() -> None:
    cipher = CipherState(fixed("key"))
    cipher._nonce = 2**64 - 2
    cipher.encrypt(b"the last")
    with pytest.raises(LocalError):
        cipher.encrypt(b"one too many")


@given(st.binary(max_size=200), st.sampled_from(["first", "second", "third"]))
def test_any_bytes_in_any_place_are_a_remote_error_or_a_message(data: bytes, place: str) -> None:
    one, other = pair()
    reader = other
    if place != "first":
        second = (other.read(one.write(b"")), other.write(b""))[1]
        reader = one
        if place == "third":
            one.read(second)
            reader = other
    try:
        reader.read(data)
    except RemoteError:
        return
    assert place == "first" and len(data) >= 32


@given(st.data())
def test_any_change_of_the_second_message_is_found(data: st.DataObject) -> None:
    one, other = pair()
    other.read(one.write(b""))
    message = bytearray(other.write(b"payload"))
    at = data.draw(st.integers(0, len(message) - 1))
    message[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(RemoteError):
        one.read(bytes(message))
