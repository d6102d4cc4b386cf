"""docs/spec/states.md names every state, party, code and default the rules know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from protocol.records import REGISTER, speakers
from protocol.rules import pitches, pledges

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
        speakers.NODE: "the node",
        speakers.DESK_MEMBER: "a member who looks after the node",
        speakers.SELF: "the member herself",
        speakers.AUTHOR: "any member",
        speakers.GUEST: "any member but the owner of the pitch",
        speakers.OWNER: "the owner of the object",
        speakers.OWNERS_NODE: "the owner's node, in nobody's name",
        speakers.GIVER: "the giver of the pledge",
        speakers.PARTY: "giver or owner",
    }
    table = dict(re.findall(r"^\| ([^|`]+) \| (`.*) \|$", PAGE, re.MULTILINE))
    for kind in REGISTER:
        row = rows[speakers.SPEAKERS[kind].party] if kind != "member.introduce" else "the member herself"
        assert f"`{kind}`" in table[row], kind


def test_the_table_of_advances_is_the_one_in_the_code() -> None:
    for to, states in pitches.ADVANCES.items():
        assert f"| `{to}` | {', '.join(states)} |" in PAGE
