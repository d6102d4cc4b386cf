"""Knowledge and talk by the API: nothing of a plan leaves to anybody, sentences of refusals."""

from __future__ import annotations

import asyncio

import pytest

from protocol.records import NotAcceptable, write
from tests.kit.web import House, visit
from tests.web.test_problems import formats
from web.i18n import Language
from web.problems import message_in

SECRET = "zibeline quittance"
STEP = {"type": "idp", "skill": {"en": SECRET}, "cycle": 1, "part": "reflection", "text": {"en": SECRET}}


@pytest.mark.parametrize("role", ["member", "steward", "operator"])
async def test_a_plan_is_nobody_else_s_whatever_her_role(house: House, role: str) -> None:
    author = await asyncio.to_thread(house.member, "Author")
    other = await asyncio.to_thread(house.member, "Other", role=role)
    made = (await house.publish(author.author, STEP)).id
    calls = (
        "idp",
        "export",
        "search?q=zibeline",
        "changes",
        f"entries/{made}",
        "artifacts",
        "waiting",
        f"comments?on={made}",
    )
    async with visit(house) as site:
        hers, theirs = await site.program(author), await site.program(other)
        for call in ("idp", "export"):
            assert SECRET in (await hers.get(f"/api/v1/{call}")).text, call
        for call in calls:
            assert "zibeline" not in (await theirs.get(f"/api/v1/{call}")).text.replace("q=zibeline", ""), (
                call
            )
        assert (await theirs.get(f"/api/v1/entries/{made}/receipt")).status == 404
        comment = {"type": "comment", "on": str(made), "text": {"en": "Seen"}}
        assert (await theirs.post("/api/v1/records", json=comment)).status == 422
        assert "quittance" not in (await theirs.get("/search?q=zibeline")).text
        assert (await hers.get("/api/v1/search?q=zibeline")).json()["items"] == []


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Choose a licence"), ("fr", "Choisissez une licence")]
)
def test_a_missing_licence_is_asked_for_in_words(language: Language, words: str) -> None:
    with pytest.raises(NotAcceptable) as refused:
        write({"type": "artifact.publish", "by": "a" * 32 + "-0-0", "kind": "note", "title": {"en": "Note"}})
    (fault,) = refused.value.problems
    assert (fault.field, fault.code) == ("licence", "missing")
    assert formats(language).say(message_in(fault)).startswith(words)


async def test_a_comment_taken_back_leaves_its_place(house: House) -> None:
    amira = await asyncio.to_thread(house.member, "Amira")
    note = {"type": "artifact.publish", "kind": "note", "title": {"en": "Note"}, "licence": "CC0-1.0"}
    on = str((await house.publish(amira.author, note)).id)
    async with visit(house) as site:
        program = await site.program(amira)
        said = {"type": "comment", "on": on, "text": {"en": SECRET}}
        comment = (await program.post("/api/v1/records", json=said)).json()["id"]
        revise = {"type": "comment.revise", "comment": comment, "text": {"en": "Better"}}
        assert (await program.post("/api/v1/records", json=revise)).status == 201
        shown = (await program.get(f"/api/v1/comments?on={on}")).json()["items"][0]
        assert (shown["text"], shown["withdrawn"], shown["can_revise"]) == ({"en": "Better"}, False, True)
        withdraw = {"type": "comment.withdraw", "comment": comment}
        assert (await program.post("/api/v1/records", json=withdraw)).status == 201
        shown = (await program.get(f"/api/v1/comments?on={on}")).json()["items"][0]
        assert (shown["text"], shown["withdrawn"], shown["can_revise"]) == (None, True, False)
        page = await (await site.browser(amira)).get(f"/library/{on}")
        assert page.status == 200 and "Better" not in page.text
