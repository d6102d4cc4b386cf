"""Keys and signatures against what others published, and against the file an outsider would replay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.crypto import LOW_ORDER, Ed25519Signer, check_public_key, sha256, verify
from protocol.errors import Invalid, LocalError
from tests.kit.make_vectors_bytes import load, stored, text_of

VECTORS = load("keys")


@pytest.mark.parametrize("case", VECTORS["rfc8032"]["vectors"])
def test_rfc_8032_section_7_1(case):
    signer = Ed25519Signer.from_seed(bytes.fromhex(case["seed"]))
    message, signature = bytes.fromhex(case["message"]), bytes.fromhex(case["signature"])
    assert signer.public.hex() == case["public"]
    assert signer.sign(message) == signature
    assert verify(signer.public, message, signature)
    assert not verify(signer.public, message + b"x", signature)


@pytest.mark.parametrize("case", VECTORS["cctv"]["vectors"])
def test_signatures_are_judged_as_openssl_and_go_do(case):
    key, signature = bytes.fromhex(VECTORS["cctv"]["key"]), bytes.fromhex(case["signature"])
    assert verify(key, case["message"].encode(), signature) is case["holds"], case["why"]


@pytest.mark.parametrize("case", VECTORS["signatures"])
def test_signatures_that_must_not_hold(case):
    key, message = bytes.fromhex(VECTORS["key"]), bytes.fromhex(VECTORS["message"])
    assert verify(key, message, bytes.fromhex(case["signature"])) is case["holds"], case["why"]


@pytest.mark.parametrize("case", VECTORS["refused_keys"])
def test_weak_keys_are_refused(case):
    with pytest.raises(Invalid):
        check_public_key(bytes.fromhex(case["key"]))


def test_the_list_of_low_order_keys_is_the_published_one():
    assert {key.hex() for key in LOW_ORDER} == set(VECTORS["cctv"]["low_order"])


def test_ordinary_keys_pass():
    keys = [
        VECTORS["key"],
        VECTORS["cctv"]["key"],
        *(case["public"] for case in VECTORS["rfc8032"]["vectors"]),
    ]
    for key in keys:
        assert check_public_key(bytes.fromhex(key)).hex() == key


@given(st.binary(max_size=70), st.binary(max_size=70), st.binary(max_size=70))
def test_verify_never_raises(public, data, signature):
    assert verify(public, data, signature) is False


def test_a_seed_of_another_length_is_our_own_fault():
    with pytest.raises(LocalError):
        Ed25519Signer.from_seed(bytes(31))


def test_sha256_of_nothing():
    assert sha256(b"").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_file_is_what_the_generator_makes():
    assert text_of("keys") == stored("keys")
