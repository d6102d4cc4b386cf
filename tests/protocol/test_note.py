"""Signed notes: published keys and notes, what is refused, and that reading and writing are inverse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import note
from protocol.crypto import Ed25519Signer
from protocol.errors import Invalid, LocalError, Malformed, RemoteError, Unsupported
from protocol.limits import MAX_NOTE
from tests.kit import keys
from tests.kit.make_vectors_bytes import load, stored, text_of

VECTORS = load("note")
GO = VECTORS["golang"]
NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
BLOBS = st.binary(min_size=1, max_size=80)
SIGNATURES = st.builds(note.Signature, NAMES, st.binary(min_size=4, max_size=4), BLOBS)
LINES = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=20)


def test_the_published_notes_verify():
    read = note.parse(GO["text"] + "\n" + "".join(GO["lines"]))
    for text, line in zip(GO["vkeys"], read.signatures, strict=True):
        key = note.parse_vkey(text)
        assert note.render_vkey(key) == text
        assert note.verify_ed25519(read.text, line, key.name, key.public)
        assert not note.verify_ed25519(read.text + "x", line, key.name, key.public)


def test_the_published_key_signs_the_published_note():
    _, _, name, tag, encoded = GO["skey"].split("+", 4)
    signer = Ed25519Signer.from_seed(note.b64decode(encoded)[1:])
    assert note.key_id(name, note.ED25519, signer.public).hex() == tag
    made = note.render(GO["text"], [note.sign(GO["text"], name, signer)])
    assert made == f"{GO['text']}\n{GO['lines'][0]}"


@pytest.mark.parametrize("text", GO["bad_vkeys"])
def test_the_published_bad_keys_are_refused(text):
    with pytest.raises(RemoteError):
        note.parse_vkey(text)


def test_every_part_of_a_verifier_key_is_needed():
    text = GO["vkeys"][0]
    parts = {text[start:end] for start in range(len(text)) for end in range(start, len(text) + 1)} - {text}
    bumped = {text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :] for at in range(len(text))}
    for bad in parts | bumped:
        with pytest.raises(RemoteError):
            note.parse_vkey(bad)


def test_a_verifier_key_of_unknown_type_is_unsupported_and_a_weak_one_invalid():
    with pytest.raises(Unsupported):
        note.parse_vkey(note.render_vkey(note.VerifierKey("x", 9, bytes(32))))
    with pytest.raises(Invalid, match="low order"):
        note.parse_vkey(note.render_vkey(note.VerifierKey("x", 4, bytes(32))))


def test_the_form_of_the_published_cosignature():
    facts = VECTORS["tlog_cosignature"]
    read = note.parse(facts["note"])
    assert [line.name for line in read.signatures] == [
        "example.com/behind-the-sofa",
        "witness.example.com/w1",
    ]
    assert int.from_bytes(read.signatures[1].blob[:8], "big") == facts["seconds"]
    assert note.render(read.text, read.signatures) == facts["note"]


@pytest.mark.parametrize("case", VECTORS["good"])
def test_good_notes(case):
    read = note.parse(case["note"])
    assert read == note.parse(case["note"].encode())
    assert read.text == case["text"]
    for name, line in zip(case["names"], read.signatures, strict=True):
        assert note.verify_ed25519(read.text, line, name, bytes.fromhex(case["key"]))


@pytest.mark.parametrize("case", VECTORS["bad"], ids=lambda case: case["why"])
def test_bad_notes(case):
    with pytest.raises(Malformed):
        note.parse(case["note"])


def test_bytes_that_are_no_text():
    with pytest.raises(Malformed, match="UTF-8"):
        note.parse(bytes.fromhex(VECTORS["bad_bytes"][0]["note"]))
    with pytest.raises(Malformed, match="UTF-8"):
        note.parse("\ud800")
    with pytest.raises(Malformed, match="longer"):
        note.parse("x" * (MAX_NOTE + 1))


@given(st.binary(max_size=300) | st.text(max_size=100))
def test_any_bytes_give_a_note_or_malformed(data):
    try:
        read = note.parse(data)
    except Malformed:
        return
    assert note.parse(note.render(read.text, read.signatures)) == read


@given(st.lists(LINES, min_size=1), st.lists(SIGNATURES, min_size=1, max_size=5))
def test_what_is_rendered_is_read_back(lines, signatures):
    text = "\n".join(lines) + "\n"
    assert note.parse(note.render(text, signatures)) == note.Note(text, tuple(signatures))


def test_a_text_without_a_newline_is_our_own_fault():
    with pytest.raises(LocalError):
        note.render("text", [])


def test_a_signature_counts_only_under_its_name_key_and_type():
    signer, other = keys.signer(keys.FEED), keys.signer(keys.FOREIGN)
    line = note.sign("text\n", "one", signer)
    assert note.verify_ed25519("text\n", line, "one", signer.public)
    assert not note.verify_ed25519("text\n", line, "two", signer.public)
    assert not note.verify_ed25519("text\n", line, "one", other.public)
    assert not note.verify_ed25519("text\n", line._replace(key_id=bytes(4)), "one", signer.public)
    assert note.verify_cosignature("text\n", line, "one", signer.public) is None


def test_cosignatures():
    case, signer = VECTORS["cosignature"], keys.signer(keys.WITNESS)
    text, name, seconds = case["checkpoint"], case["name"], case["seconds"]
    line = note.parse(f"{text}\n{case['line']}\n").signatures[0]
    raw = bytes.fromhex(case["raw"])
    assert signer.public.hex() == case["key"]
    assert note.cosign(name, signer, text, seconds) == line
    assert note.cosignature(name, signer.public, seconds, raw) == line
    assert note.verify_cosignature(text, line, name, signer.public) == seconds
    assert note.verify_cosignature_raw(signer.public, text, seconds, raw)
    assert not note.verify_cosignature_raw(signer.public, text, seconds + 1, raw)
    assert not note.verify_cosignature_raw(signer.public, text, 2**53, raw)
    assert note.verify_cosignature(text + "x\n", line, name, signer.public) is None
    assert note.verify_cosignature(text, line._replace(blob=line.blob[:-1]), name, signer.public) is None
    assert (
        note.verify_cosignature(text, line._replace(blob=b"\xff" + line.blob[1:]), name, signer.public)
        is None
    )
    assert not note.verify_ed25519(text, line, name, signer.public)
    with pytest.raises(LocalError):
        note.cosign(name, signer, text, -1)


@given(st.text(max_size=12))
def test_base64_has_one_spelling(text):
    try:
        data = note.b64decode(text)
    except Malformed:
        return
    assert note.b64encode(data) == text


def test_the_file_is_what_the_generator_makes():
    assert text_of("note") == stored("note")
