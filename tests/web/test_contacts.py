"""B5: texts that hold somebody's e-mail address or telephone number are asked about before they leave, in every form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import FormData

from tests.kit.html import Page, faults
from tests.kit.web import Browser, visit
from tests.web.world import World

REACHED = "Ask Jo at jo.tremblay@exemple.ca or 604 555-0123"
PAGES = Path(__file__).parents[2] / "web"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World.build(tmp_path_factory.mktemp("contacts"))
    yield world
    world.close()


async def asked(browser: Browser, path: str, typed: dict[str, str]) -> dict[str, str]:
    """Send a form with contact details in it: it comes back with the question. What its answer would send."""
    answer = await browser.post(path, typed)
    page = Page(answer.text)
    assert answer.status == 422 and faults(answer.text) == [], (path, answer.status)
    assert "“jo.tremblay@exemple.ca” may be somebody’s e-mail address." in page.text, path
    assert "“604 555-0123” may be somebody’s telephone number." in page.text, path
    inside = [one for one in page.all("input") if any(outer.get("id") == "marks" for outer in one.path)]
    return {one.get("name"): one.get("value") for one in inside if one.get("type") == "hidden"}


async def test_b5_forms_of_one_step_ask_too_and_what_was_typed_is_sent_again(world: World) -> None:
    """B5: a comment, an update, a talk between two, a report: no form lets somebody's number through unasked."""
    pitch, pledge = f"/pitches/{world.ids['pitch']}", f"/pledges/{world.ids['money']}"
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        for path, typed in {
            f"{pitch}/comment": {"comment": REACHED, "comment_in": "en"},
            f"{pitch}/update": {"update": REACHED, "update_in": "en"},
            f"{pitch}/thank": {"thanks": REACHED, "thanks_in": "en"},
            f"{pledge}/comment": {"comment.text": REACHED, "comment.text_in": "en"},
            f"{pledge}/decline": {
                "decline.reason": "workload", "decline.note": REACHED, "decline.note_in": "en",
            },
            f"/report/{world.ids['pitch']}": {"reason": "other", "text": REACHED, "text_in": "en"},
        }.items():  # fmt: skip
            again = await asked(browser, path, typed)
            assert typed.items() <= again.items(), path
        comment = f"{pitch}/comment"
        again = await asked(browser, comment, {"comment": REACHED, "comment_in": "en"})
        assert (await browser.post(comment, again | {"sure": "yes"})).status == 303
        assert "604 555-0123" in (await browser.get(pitch)).text


async def test_b5_the_card_and_long_forms_ask(world: World) -> None:
    """B5: the card of a member, and a form that has its own place for the question."""
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        form = Page((await browser.get("/card")).text).form("/card")
        await asked(browser, "/card", form | {"kinds": "venue", "text.en": REACHED})
        issue = await browser.post("/issues/new", {"title.en": "Forms", "text.en": REACHED, "topics": "data"})
        assert issue.status == 422 and "may be somebody’s telephone number" in issue.text
        assert "If it is your own, that is for you to decide." in issue.text


async def test_b5_a_form_in_french_asks_in_french(world: World) -> None:
    """B5: in the reader's language."""
    async with visit(world.home) as site:
        browser = await site.browser(world.owner, language="fr")
        answer = await browser.post(
            f"/pitches/{world.ids['pitch']}/comment", {"comment": REACHED, "comment_in": "en"}
        )
        assert "ressemble à une adresse courriel" in answer.text and answer.status == 422


async def test_b5_programs_and_imports_are_told(world: World) -> None:
    """B5: `warnings` of a published record and of an import name the field; nothing is refused."""
    async with visit(world.home) as site:
        program = await site.program(world.owner)
        talk = {"type": "comment", "on": world.ids["pitch"], "text": {"en": REACHED}}
        made = await program.post("/api/v1/records", json=talk)
        assert made.status == 201
        assert [(one["field"], one["code"]) for one in made.json()["warnings"]] == [
            ("text.en", "email"),
            ("text.en", "phone"),
        ]
        assert (await program.post("/api/v1/records", json=talk | {"text": {"en": "Fine"}})).json()[
            "warnings"
        ] == []
        rows = FormData()
        rows.add_field(
            "file", f"title.en,why.en,opportunity\nA,{REACHED},course\n".encode(), filename="a.csv"
        )
        brought = (await program.post("/api/v1/drafts/import", rows)).json()
        assert {one["code"] for one in brought["warnings"]} == {"email", "phone"}


def test_b5_every_form_publishes_through_the_door_that_asks() -> None:
    """B5: the next form cannot forget the question: only the door of forms, the card and the API reach the node."""
    calls = re.compile(r"\.publish(_as)?\(")
    here = {
        str(path.relative_to(PAGES))
        for path in PAGES.rglob("*.py")
        if calls.search(path.read_text(encoding="utf-8"))
    }
    assert here == {"api/records.py", "context.py", "pages/writing.py", "pages/card.py"}
