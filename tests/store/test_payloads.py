"""Any payload ends as a record or as a word for why not; nothing else, whatever the bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.entry import dump_json
from protocol.ids import EntryId
from store.payloads import (
    FUTURE_VERSION,
    INVALID,
    NOT_FOR_US,
    UNKNOWN_TYPE,
    Item,
    Rejected,
    classify,
)
from tests.kit.logs import NOW, Author, introduce

ME, AUTHOR, THIRD = Author(0), Author(1), Author(2)
ENTRY = EntryId(*AUTHOR.feed, 7)


def judged(
    content: bytes | dict[str, Any], *, version: int = 1, flags: int = 0, time: int = NOW
) -> Item | Rejected:
    data = content if isinstance(content, bytes) else dump_json(content)
    header = bytes((version, flags)) + time.to_bytes(8, "big") + bytes(36)
    return classify(5, ENTRY, header, bytes(16) + data, own_node=ME.node, first_seen=NOW)


def verdict(*args: Any, **named: Any) -> str | None:
    found = judged(*args, **named)
    return found.verdict if isinstance(found, Rejected) else None


def test_a_record_is_told_with_all_that_the_views_need() -> None:
    content = introduce(1, audience=[ME.node, THIRD.node])
    found = judged(content, flags=1)
    assert isinstance(found, Item)
    assert found[:6] == (5, ENTRY, True, frozenset({ME.node, THIRD.node}), NOW, NOW)
    assert found.content == content


@pytest.mark.parametrize(
    ("content", "flags", "expected"),
    [
        (introduce(1), 0, None),
        (introduce(1), 1, INVALID),
        (introduce(1, audience=[ME.node]), 0, INVALID),
        (introduce(1, audience=[]), 1, INVALID),
        (introduce(1, audience="network"), 1, INVALID),
        (introduce(1, audience=[ME.node, 5]), 1, INVALID),
        (introduce(1, audience=[ME.node + "a"]), 1, INVALID),
        (introduce(1, audience=[ME.node] * 501), 1, INVALID),
        (introduce(1, audience=[ME.node, ME.node]), 1, INVALID),
        (introduce(1, audience=[THIRD.node]), 1, NOT_FOR_US),
        ({"type": "not.known", "audience": [THIRD.node]}, 1, NOT_FOR_US),
        ({"type": "not.known", "audience": [ME.node]}, 1, UNKNOWN_TYPE),
        ({"type": 5}, 0, UNKNOWN_TYPE),
        ({}, 0, UNKNOWN_TYPE),
        (introduce(1, of_the_future={"x": 1}), 0, None),
    ],
)
def test_rungs_2_to_6(content: dict[str, Any], flags: int, expected: str | None) -> None:
    assert verdict(content, flags=flags) == expected


@pytest.mark.parametrize(
    "content",
    [
        {"type": "Élodie ne veut pas être nommée"},
        introduce(1, name={"Élodie ne veut pas être nommée": "x"}),
        introduce(1, name={"en": "x", "Élodie ne veut pas être nommée": ""}),
    ],
)
def test_a_verdict_repeats_nothing_of_the_content(content: dict[str, Any]) -> None:
    """The operator reads the detail: a key of a text and the name of a type are the author's words as well."""
    found = judged(content)
    assert isinstance(found, Rejected) and "Élodie" not in found.detail


def test_an_authors_own_node_may_hold_what_does_not_name_it() -> None:
    content = dump_json(introduce(1, audience=[THIRD.node]))
    header = bytes((1, 1)) + NOW.to_bytes(8, "big") + bytes(36)
    found = classify(5, ENTRY, header, bytes(16) + content, own_node=AUTHOR.node, first_seen=NOW)
    assert isinstance(found, Item)


@pytest.mark.parametrize(("by", "expected"), [(AUTHOR, None), (ME, INVALID)])
def test_7_only_a_members_own_node_speaks_for_her(by: Author, expected: str | None) -> None:
    content = {"type": "comment", "by": f"{by.node}-0-0", "on": f"{ME.node}-0-0", "text": {"en": "well done"}}
    assert verdict(content) == expected


@pytest.mark.parametrize(("version", "flags"), [(0, 0), (2, 0), (1, 2), (1, 0x81), (255, 255)])
def test_1_other_versions_and_flags_are_carried_and_not_read(version: int, flags: int) -> None:
    found = judged(introduce(1), version=version, flags=flags)
    assert isinstance(found, Rejected)
    assert (found.verdict, found.audience) == (FUTURE_VERSION, frozenset() if flags & 1 else None)


def test_what_is_restricted_and_cannot_be_read_is_for_nobody() -> None:
    found = judged(b"?", flags=1)
    assert isinstance(found, Rejected)
    assert (found.verdict, found.audience) == (INVALID, frozenset())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(["type", "by", "audience", "name", "pitch", "on", "text", "blobs", "lang"])
TYPES = st.sampled_from(["member.introduce", "pitch.open", "pledge.offer", "comment", "artifact.publish"])


@given(st.binary(max_size=200), st.integers(0, 255), st.integers(0, 255), st.integers(0, 2**64 - 1))
def test_any_bytes(content: bytes, version: int, flags: int, time: int) -> None:
    assert isinstance(judged(content, version=version, flags=flags, time=time), Rejected)


@given(st.dictionaries(KEYS, JSON), TYPES, st.booleans(), st.integers(0, 2**64 - 1))
def test_any_object(content: dict[str, Any], kind: str, restricted: bool, time: int) -> None:
    found = judged(dump_json({**content, "type": kind}), flags=int(restricted), time=time)
    if isinstance(found, Item):
        assert found.time <= 2**53 - 1
        assert found.restricted == (found.audience is not None) == restricted
