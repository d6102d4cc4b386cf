"""Two nodes over a pretend wire: who is let in, who is not, and what is said about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import cbor
from protocol.errors import LocalError, RemoteError
from protocol.frame_types import Err
from protocol.frames import decode
from protocol.handshake import Answerer, Dialler, HandshakeFailed, Identity, OwnNode, prologue
from protocol.keyring import Keyring, extend, parse_keyring
from protocol.noise import Handshake
from tests.kit.make_vectors_wire import FOLDER, hello, make
from tests.kit.wire import (
    HALIFAX,
    OTTAWA,
    VICTORIA,
    answerer,
    connect,
    dialler,
    fixed,
    holding,
    next_epoch,
    no_keyring,
    signer,
)

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/handshake.json").read_text("utf-8"))
NEW_HALIFAX, NEW_VICTORIA = next_epoch(HALIFAX, "halifax"), next_epoch(VICTORIA, "victoria")


@pytest.mark.parametrize("name", ["noise.json", "frames.json", "handshake.json", "invite.json"])
def test_the_files_are_what_the_generator_makes(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == make()[name]


# Let in


def test_two_strangers_meet_and_know_each_other() -> None:
    there, here = connect(dialler(), answerer())
    assert (there.node, there.keyring, there.epoch) == (VICTORIA.keyring.node, VICTORIA.keyring, 0)
    assert (here.node, here.keyring, here.epoch) == (HALIFAX.keyring.node, HALIFAX.keyring, 0)
    assert there.features == here.features == () and here.invite is None
    assert here.receive.decrypt(there.send.encrypt(b"a frame")) == b"a frame"
    assert there.receive.decrypt(here.send.encrypt(b"another")) == b"another"
    assert there.handshake_hash == here.handshake_hash


def test_an_invite_reaches_the_answerer_and_only_the_answerer() -> None:
    there, here = connect(dialler(invite=fixed("invite", 16)), answerer())
    assert here.invite == fixed("invite", 16) and there.invite is None


def test_the_longer_chain_counts_on_both_sides() -> None:
    there, here = connect(
        dialler(identity=NEW_HALIFAX, held=holding(VICTORIA.keyring)),
        answerer(identity=NEW_VICTORIA, held=holding(HALIFAX.keyring)),
    )
    assert (there.keyring, there.epoch) == (NEW_VICTORIA.keyring, 1)
    assert (here.keyring, here.epoch) == (NEW_HALIFAX.keyring, 1)


def test_a_longer_chain_held_of_the_same_epoch_counts_and_the_older_one_shown_is_no_fault() -> None:
    longer = extend(HALIFAX.keyring, witness_public=signer("new witness").public, signers=[HALIFAX.signer])
    _, here = connect(dialler(), answerer(held=holding(longer)))
    assert here.keyring == longer and here.shown == HALIFAX.keyring


def test_a_chain_held_already_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_notes: object) -> Keyring:
        raise AssertionError("read again")

    monkeypatch.setattr("protocol.handshake.parse_keyring", refuse)
    connect(dialler(held=holding(VICTORIA.keyring)), answerer(held=holding(HALIFAX.keyring)))


def test_unknown_keys_and_features_of_a_later_version_are_no_fault() -> None:
    _, here = connect(Speaking(hello(features=["later"], colour="blue", depth=[[]])), answerer())
    assert here.features == ("later",)


# Not let in


class Speaking(Dialler):
    """A dialler that says in message 3 whatever it is given."""

    def __init__(self, payload: bytes, **changed: Any) -> None:
        self.__dict__.update(dialler(**changed).__dict__)
        self._payload = payload

    def _hello(self, invite: bytes | None) -> bytes:
        return self._payload


class Answering(Answerer):
    """An answerer that says in message 2 whatever it is given."""

    def __init__(self, payload: bytes, **changed: Any) -> None:
        self.__dict__.update(answerer(**changed).__dict__)
        self._payload = payload

    def _hello(self, invite: bytes | None) -> bytes:
        return self._payload


def refused_by_answerer(one: Dialler, other: Answerer) -> tuple[HandshakeFailed, Err]:
    """What the answerer found, and what the dialler, which has its session by then, reads of it."""
    second = other.receive(one.start()).send
    assert second is not None
    third, session = one.receive(second)
    assert third is not None and session is not None
    with pytest.raises(HandshakeFailed) as caught:
        other.receive(third)
    assert caught.value.reply is not None
    told = decode(session.receive.decrypt(caught.value.reply))
    assert isinstance(told, Err)
    return caught.value, told


def refused_by_dialler(one: Dialler, other: Answerer) -> HandshakeFailed:
    second = other.receive(one.start()).send
    assert second is not None
    with pytest.raises(HandshakeFailed) as caught:
        one.receive(second)
    assert caught.value.reply is None  # nothing of message 3 was said
    with pytest.raises(LocalError):
        one.receive(second)
    return caught.value


@pytest.mark.parametrize("case", VECTORS["bad"], ids=lambda case: f"check {case['check']}: {case['why']}")
def test_bad_vectors_in_the_third_message(case: dict[str, Any]) -> None:
    chain = case["held"] and parse_keyring([note.encode() for note in case["held"]])
    held = holding(chain) if chain else no_keyring
    failed, told = refused_by_answerer(Speaking(bytes.fromhex(case["payload"])), answerer(held=held))
    assert failed.code == told.code == case["error"]


def test_another_node_at_the_address_dialled() -> None:
    """It cannot even read message 1 as meant for it: the prologue names the node dialled."""
    other = answerer(identity=OTTAWA)
    assert refused_by_dialler(dialler(), other).code == "invalid"


def test_another_node_that_knows_whom_was_dialled() -> None:
    noise = Handshake(False, fixed("answerer static"), prologue(VICTORIA.keyring.node), fixed("e"))
    one = dialler()
    noise.read(one.start())
    with pytest.raises(HandshakeFailed, match="another node") as caught:
        one.receive(noise.write(hello(OTTAWA, "answerer")))
    assert caught.value.code == "invalid"


@pytest.mark.parametrize(
    ("held", "shown", "changed", "code"),
    [
        (None, VICTORIA, {"sig": bytes(64)}, "keyring-old"),
        (None, VICTORIA, {"epoch": 1}, "keyring-old"),
        (NEW_VICTORIA, VICTORIA, {}, "keyring-old"),
        (None, VICTORIA, {"keyring": OTTAWA.keyring.notes}, "invalid"),
        (None, OTTAWA, {}, "invalid"),
        (None, VICTORIA, {"features": 1}, "malformed"),
    ],
    ids=["forged", "epoch", "old", "chain", "node", "shape"],
)
def test_the_dialler_checks_before_it_says_who_it_is(
    held: Identity | None, shown: Identity, changed: dict[str, Any], code: str
) -> None:
    one = dialler(held=holding(held.keyring) if held else no_keyring)
    failed = refused_by_dialler(one, Answering(hello(shown, "answerer", **changed)))
    assert failed.code == code


def test_a_signature_of_another_process_does_not_hold_here() -> None:
    """Static keys are fresh: what a node signed for one process cannot be shown by who does not have its key."""
    stolen = cbor.load(hello())["sig"]
    one = Speaking(hello(sig=stolen), static_private=fixed("thief static"))
    failed, _ = refused_by_answerer(one, answerer())
    assert failed.code == "keyring-old" and failed.node == HALIFAX.keyring.node


def test_a_chain_that_contradicts_the_one_held_is_handed_on_even_though_it_fails() -> None:
    rival = Identity(
        extend(
            HALIFAX.keyring,
            feed_public=signer("thief").public,
            close=(7, fixed("r")),
            signers=[HALIFAX.signer, signer("thief")],
        ),
        signer("thief"),
    )
    failed, told = refused_by_answerer(dialler(identity=rival), answerer(held=holding(NEW_HALIFAX.keyring)))
    assert told.code == "keyring-old" and failed.shown == rival.keyring


def test_a_recovered_chain_replaces_the_one_held() -> None:
    kit, new = signer("halifax kit"), signer("halifax feed 1 again")
    recovered = extend(HALIFAX.keyring, feed_public=new.public, close=(5, fixed("r")), signers=[kit, new])
    _, here = connect(dialler(identity=Identity(recovered, new)), answerer(held=holding(NEW_HALIFAX.keyring)))
    assert here.keyring == recovered


# Oneself


def test_another_process_with_the_own_key_raises_the_alarm() -> None:
    one = dialler(identity=VICTORIA)
    other = answerer()
    second = other.receive(one.start()).send
    assert second is not None
    with pytest.raises(OwnNode):
        one.receive(second)
    with pytest.raises(OwnNode) as caught:
        other_side = Speaking(hello(VICTORIA), identity=HALIFAX)
        connect(other_side, answerer())
    assert caught.value.reply is None  # closed without a word


def test_a_process_that_dials_itself_is_no_alarm() -> None:
    static = fixed("one process")
    other = answerer(static_private=static)
    failed = refused_by_dialler(dialler(identity=VICTORIA, static_private=static), other)
    assert failed.code == "invalid" and not isinstance(failed, OwnNode)


# Any bytes


def test_the_first_message_carries_nothing() -> None:
    noise = Handshake(True, fixed("s"), prologue(VICTORIA.keyring.node), fixed("e"))
    with pytest.raises(HandshakeFailed) as caught:
        answerer().receive(noise.write(b"early"))
    assert caught.value.code == "malformed"


def third_message() -> tuple[Answerer, bytes]:
    one, other = dialler(), answerer()
    second = other.receive(one.start()).send
    assert second is not None
    third = one.receive(second).send
    assert third is not None
    return other, third


def test_every_truncation_of_every_message_fails() -> None:
    first = dialler().start()
    second = answerer().receive(first).send
    _, third = third_message()
    assert second is not None
    for end in range(len(first)):
        with pytest.raises(HandshakeFailed):
            answerer().receive(first[:end])
    for end in range(0, len(second), 7):
        one = dialler()
        one.start()
        with pytest.raises(HandshakeFailed):
            one.receive(second[:end])
    for end in range(0, len(third), 7):
        other, _ = third_message()
        with pytest.raises(HandshakeFailed):
            other.receive(third[:end])


@given(st.binary(max_size=400))
def test_any_payload_of_the_third_message_is_judged_or_refused(payload: bytes) -> None:
    with pytest.raises(RemoteError):
        connect(Speaking(payload), answerer())


@given(st.integers(0, 5000), st.integers(1, 255))
def test_any_change_of_the_third_message_fails(at: int, flip: int) -> None:
    other, third = third_message()
    changed = bytearray(third)
    changed[at % len(third)] ^= flip
    with pytest.raises(HandshakeFailed):
        other.receive(bytes(changed))


@given(
    st.dictionaries(
        st.sampled_from(["node", "epoch", "sig", "keyring", "features", "invite"]),
        st.none()
        | st.integers(-1, 2**60)
        | st.binary(max_size=70)
        | st.lists(st.binary(max_size=40), max_size=3),
    )
)
def test_any_field_of_another_kind_is_judged_or_refused(changed: dict[str, Any]) -> None:
    try:
        connect(Speaking(hello(**changed)), answerer())
    except HandshakeFailed as error:
        assert error.code in ("malformed", "invalid", "keyring-old")


# Vectors


@pytest.mark.parametrize("case", VECTORS["good"], ids=lambda case: case["name"])
def test_good_vectors_message_by_message(case: dict[str, Any]) -> None:
    def one_side(side: str) -> tuple[Identity, dict[str, bytes]]:
        keys = case[side]
        keyring = parse_keyring([note.encode() for note in keys["keyring"]])
        seed = bytes.fromhex(keys["feed_seed"])
        signing = type(signer("any")).from_seed(seed)
        assert keyring.node == keys["node"] and keyring.feed_key(keys["epoch"]) == signing.public
        private = {name: bytes.fromhex(keys[name]) for name in ("static_private", "ephemeral_private")}
        return Identity(keyring, signing), private

    caller, caller_keys = one_side("dialler")
    called, called_keys = one_side("answerer")
    invite = case["invite"] and bytes.fromhex(case["invite"])
    assert case["prologue"] == prologue(called.keyring.node).hex()
    one = Dialler(caller, called.keyring.node, invite=invite, held=no_keyring, **caller_keys)
    other = Answerer(called, held=no_keyring, **called_keys)
    first = one.start()
    second = other.receive(first).send
    assert second is not None
    third, there = one.receive(second)
    assert third is not None and there is not None
    here = other.receive(third).result
    assert here is not None
    assert [first.hex(), second.hex(), third.hex()] == case["messages"]
    assert here.handshake_hash.hex() == case["handshake_hash"] and here.invite == invite
    assert [there.send.encrypt(b"").hex(), here.send.encrypt(b"").hex()] == case["then"]


def test_features_are_counted() -> None:
    _, here = connect(Speaking(hello(features=["f"] * 64)), answerer())
    assert len(here.features) == 64
    with pytest.raises(HandshakeFailed):
        connect(Speaking(hello(features=["f"] * 65)), answerer())
