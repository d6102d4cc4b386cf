"""Who may make a record of each type: the register walked with every role, and what members signed before the rule."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from protocol.records import REGISTER
from protocol.records.speakers import SPEAKERS
from protocol.roles import ROLES
from store import publishing
from tests.kit.logs import Author
from tests.kit.records import GOOD
from tests.kit.views import Shelf, member, say
from tests.kit.web import House, visit

ROOT = Path(__file__).parents[2]
ORGANISATION = [kind for kind, said in SPEAKERS.items() if said.organisation and not said.itself]


async def test_a1_the_register_walked_with_every_role_and_type(house: House) -> None:
    """A1: a type nobody was given is refused, whoever sends it: authorisation by type is an allow list."""
    people = [await asyncio.to_thread(house.member, role, role) for role in ROLES]
    async with visit(house) as site:
        for person in people:
            program = await site.program(person)
            for kind in REGISTER:
                answer = await program.post("/api/v1/records", json={"type": kind})
                assert answer.status != 500, (person.role, kind)
                codes = [(one["field"], one["code"]) for one in answer.json().get("errors", ())]
                given = person.role in SPEAKERS[kind].roles
                if given:
                    assert (answer.status, codes) != (403, [("type", "forbidden")]), (person.role, kind)
                else:
                    code = "made-by-the-node" if SPEAKERS[kind].itself else "forbidden"
                    assert (answer.status, codes) == (403, [("type", code)]), (person.role, kind)


@pytest.mark.parametrize("kind", ["node.retire", "vouch", "unvouch", "erase"])
async def test_a1_a_member_never_speaks_for_the_organisation(house: House, kind: str) -> None:
    """A1: POST /api/v1/records of what the organisation says with a plain member's token is forbidden (403)."""
    ada = await asyncio.to_thread(house.member, "Ada")
    content = next(content for content in GOOD.values() if content["type"] == kind)
    async with visit(house) as site:
        answer = await (await site.program(ada)).post("/api/v1/records", json=content)
    assert answer.status == 403
    assert answer.json()["errors"][0]["code"] == "forbidden"


async def test_a1_nobody_s_token_publishes_an_erasure(house: House) -> None:
    """A1: what is not carried out is not promised: also the operator's erase is refused, and says so."""
    boss = await asyncio.to_thread(house.member, "Operator", "operator")
    async with visit(house) as site:
        answer = await (await site.program(boss)).post("/api/v1/records", json=GOOD["erase"])
    assert answer.status == 403
    assert "No account may make" in answer.json()["detail"]


def test_a1_stewards_vouch_and_no_member_is_named(house: House) -> None:
    """A1: vouch and unvouch are made by operators and stewards, in the organisation's name."""
    for role in ("steward", "operator"):
        made = house.publish_now(house.member(role, role), GOOD["vouch, smallest"])
        row = house.read_now(
            lambda db, at=made.id.index: db.execute(
                "SELECT envelope FROM envelopes WHERE key & 0xFFFFFFFFFF = ?", (at,)
            ).fetchone()
        )
        assert b'"by"' not in row[0]


def test_a1_a_type_without_a_line_is_made_by_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A1: a registered type that the list forgot is refused to every role."""
    boss = house.member("Operator", "operator")
    short = {kind: said for kind, said in SPEAKERS.items() if kind != "comment"}
    monkeypatch.setattr(publishing, "SPEAKERS", short)
    with pytest.raises(publishing.Refused, match="forbidden"):
        house.publish_now(boss, {"type": "comment", "on": str(boss.member), "text": {"en": "x"}})


def test_a1_what_members_signed_before_never_takes_effect() -> None:
    """A1: such records of a member carry no mark of a role: on every node they are counted and change nothing."""
    home, away = Author(1), Author(2)
    profile = {"type": "node.profile", "name": {"en": "Ministry"}, "jurisdiction": "CA-BC"}
    say(away, profile)
    by = member(away)
    for kind in ORGANISATION:
        content: dict[str, Any] = next(one for one in GOOD.values() if one["type"] == kind)
        say(away, {**content, "by": by, **({"name": {"en": "Taken over"}} if "name" in content else {})})
    shelf = Shelf(home).take_all(away)
    rows = "SELECT count(*) FROM verdicts WHERE verdict = 'not-applicable'"
    assert shelf.one(rows) == len(ORGANISATION)
    assert shelf.one("SELECT name FROM profiles") == '{"en":"Ministry"}'
    assert shelf.one("SELECT count(*) FROM policies") == 0
    before = shelf.hash()
    shelf.rebuild()
    assert (shelf.hash(), shelf.one(rows)) == (before, len(ORGANISATION))


def test_a1_there_is_one_door() -> None:
    """A1: nothing but the publishing door puts a record of somebody's into the own log."""
    found = {
        path.relative_to(ROOT).as_posix()
        for floor in ("protocol", "store", "web", "node")
        for path in (ROOT / floor).rglob("*.py")
        if "bench" not in path.parts
        and re.search(r"\bappend_own\(|\bappend_entry\(|\bpublishing\.append\(", path.read_text("utf-8"))
    }
    assert found == {"store/log.py", "store/publishing.py"}
