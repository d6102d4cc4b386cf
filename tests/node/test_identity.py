"""Keys, kit and what happens when a file is missing, locked or another node's."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.identity import KEYS, create, open_identity
from node.kit import Kit, link, read_words, words
from protocol.checkpoint import sign_head, verify_head
from protocol.errors import Refused
from protocol.ids import Feed, NodeId, node_id

NODE = node_id(bytes(range(20)))


def code_of(call: object, *arguments: object, **named: object) -> str:
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)  # type: ignore[operator]
    return caught.value.code


def test_files_are_private_and_signers_sign(tmp_path: Path) -> None:
    made = create(tmp_path / "node")
    folder = tmp_path / "node" / KEYS
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "node").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    again = open_identity(tmp_path / "node")
    assert again.node == made.node == made.keyring.node
    feed = Feed(made.node, 0)
    head = sign_head(feed, 3, bytes(32), again.feed)
    assert verify_head(feed, head, made.keyring.feed_keys[0])
    assert again.witness.public == made.keyring.witness


def test_no_private_key_can_be_read_from_an_identity(tmp_path: Path) -> None:
    made = create(tmp_path)
    shown = (
        {name for name in vars(made.feed) if not name.startswith("_")}
        if hasattr(made.feed, "__dict__")
        else set()
    )
    assert shown <= {"public"}


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    create(tmp_path)
    assert code_of(create, tmp_path) == "node-exists"


def test_passphrase(tmp_path: Path) -> None:
    create(tmp_path, "four brown words")
    assert b"ENCRYPTED" in (tmp_path / KEYS / "feed-0.pem").read_bytes()
    assert open_identity(tmp_path, "four brown words").node
    assert code_of(open_identity, tmp_path) == "passphrase-needed"
    assert code_of(open_identity, tmp_path, "five brown words") == "passphrase-wrong"


def test_missing_and_foreign_keys_are_named(tmp_path: Path) -> None:
    assert code_of(open_identity, tmp_path / "nothing") == "node-missing"
    create(tmp_path / "a")
    create(tmp_path / "b")
    ours, theirs = (tmp_path / name / KEYS / "feed-0.pem" for name in "ab")
    ours.write_bytes(theirs.read_bytes())
    assert code_of(open_identity, tmp_path / "a") == "key-foreign"
    ours.unlink()
    assert code_of(open_identity, tmp_path / "a") == "key-missing"
    (tmp_path / "a" / KEYS / "keyring").write_bytes(b"\x81")
    assert code_of(open_identity, tmp_path / "a") == "key-unreadable"


def test_kit_is_kept_sealed_until_stored(tmp_path: Path) -> None:
    made = create(tmp_path)
    kit = made.kit()
    assert kit.seed not in (tmp_path / KEYS / "kit").read_bytes()
    assert open_identity(tmp_path).kit() == kit
    assert made.kit_pending
    made.kit_stored()
    made.kit_stored()
    assert not made.kit_pending
    assert code_of(made.kit) == "kit-gone"


def test_damaged_kit_is_noticed(tmp_path: Path) -> None:
    made = create(tmp_path)
    path = tmp_path / KEYS / "kit"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert code_of(made.kit) == "kit-damaged"


def test_words_are_proquints() -> None:
    """127.0.0.1 and 63.84.220.193 are examples of arXiv:0901.4016."""
    kit = Kit(NODE, bytes([127, 0, 0, 1, 63, 84, 220, 193]) + bytes(24))
    assert words(kit)[:4] == ("lusab", "babad", "gutih", "tugad")


@given(st.binary(min_size=32, max_size=32), st.sampled_from([" ", "-", "\n  "]))
def test_words_round_trip(seed: bytes, between: str) -> None:
    kit = Kit(NODE, seed)
    assert read_words(NODE, between.join(words(kit)).upper()) == kit


def test_slips_of_the_pen_are_noticed() -> None:
    kit = Kit(NODE, bytes(range(32)))
    right = words(kit)
    swapped = (right[1], right[0], *right[2:])
    assert code_of(read_words, NODE, " ".join(swapped)) == "kit-checksum"
    assert code_of(read_words, NodeId("a" * 32), " ".join(right)) == "kit-checksum"
    assert code_of(read_words, NODE, " ".join(right[:-1])) == "kit-length"
    assert code_of(read_words, NODE, " ".join((*right[:-1], "xxxxx"))) == "kit-unreadable"
    assert link(kit).startswith(f"barnraise-kit:{NODE}?recovery=")
