"""docs/spec/states.md names every state, party, code and default the rules know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from protocol.records import REGISTER
from protocol.rules import ownership, pitches, pledges

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/spec/states.md").read_text("utf-8")
SOURCES = sorted((ROOT / "protocol/rules").glob("*.py"))


@pytest.mark.parametrize("state", sorted({*pitches.STATES, *pledges.STATES}))
def test_every_state_is_documented(state: str) -> None:
    assert f"**{state}**" in PAGE


def test_every_code_is_documented() -> None:
    said = re.compile(r'problem\(\s*f?"[^"]*",\s*"([a-z-]+)"')
    codes = {code for source in SOURCES for code in said.findall(source.read_text("utf-8"))}
    assert {"missing", "own-share", "key-used", "not-open"} <= codes
    assert [code for code in sorted(codes) if f"`{code}`" not in PAGE] == []


def test_the_table_of_parties_is_the_one_in_the_code() -> None:
    rows = {
        ownership.NODE: "the node",
        ownership.SELF: "the member herself",
        ownership.AUTHOR: "any member",
        ownership.GUEST: "any member but the owner of the pitch",
        ownership.OWNER: "the owner of the object",
        ownership.OWNERS_NODE: "the owner's node, in nobody's name",
        ownership.GIVER: "the giver of the pledge",
        ownership.PARTY: "giver or owner",
    }
    table = dict(re.findall(r"^\| ([^|`]+) \| (`.*) \|$", PAGE, re.MULTILINE))
    for kind in REGISTER:
        row = rows[ownership.WHO[kind]] if kind != "member.introduce" else "the member herself"
        assert f"`{kind}`" in table[row], kind


def test_the_table_of_advances_is_the_one_in_the_code() -> None:
    for to, states in pitches.ADVANCES.items():
        assert f"| `{to}` | {', '.join(states)} |" in PAGE
