"""Home and My barn: every line says why, what is hidden here is no news, what is hers stands on one page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import hides
from store.hides import Why
from tests.kit.html import Page, faults
from tests.kit.web import visit
from tests.web.world import World

CIRCLE = {
    "type": "circle.found",
    "name": {"en": "Plain words", "fr": "Mots simples"},
    "purpose": {"en": "To be understood."},
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path, meets=False)
    yield world
    world.close()


def lines(html: str, id_: str) -> list[str]:
    """The items of the region with this id."""
    return [
        item.text
        for item in Page(html).all("li")
        if any(one.get("id") == id_ for one in item.path) and item.text
    ]


async def test_every_line_says_why(world: World) -> None:
    used = {"type": "reuse", "artifact": world.ids["artifact"], "result": "worked"}
    world.make(world.giver, {**used, "where": {"en": "Counter services"}})
    circle = world.make(world.giver, CIRCLE)
    world.make(world.owner, {"type": "circle.join", "circle": circle})
    issue = {
        "type": "issue.raise",
        "circle": circle,
        "title": {"en": "Nobody reads", "fr": "Personne ne lit"},
    }
    world.make(world.giver, issue)
    async with visit(world.home) as site:
        for language, why, because in (
            ("en", "You see this because", "because"),
            ("fr", "Vous le voyez parce que", "parce que"),
        ):
            answer = await (await site.browser(world.owner, language=language)).get("/")
            assert faults(answer.text) == []
            for region in ("came", "for-you"):
                shown = lines(answer.text, region)
                assert shown and all(why in line for line in shown), region
            for region in ("on-me-list", "on-others"):
                shown = lines(answer.text, region)
                assert shown and all(because in line for line in shown), region
        page = (await (await site.browser(world.owner)).get("/")).text
        assert any("Counter services" in line and "you wrote it" in line for line in lines(page, "came"))
        assert any("Nobody reads" in line and "Plain words" in line for line in lines(page, "for-you"))
        giver = (await (await site.browser(world.other)).get("/")).text
        assert "Counter services" not in giver and "Nobody reads" not in giver


async def test_what_is_hidden_here_is_no_news(world: World) -> None:
    title = "What Halifax changed"
    why = Why("other", "Not for this page.", world.operator.account)
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        assert any(title in line for line in lines((await browser.get("/")).text, "for-you"))
        await asyncio.to_thread(
            world.home.write_now,
            lambda tx: hides.hide(tx, world.ids["artifact"], str(world.owner.member), why),
        )
        answer = await browser.get("/")
        assert title not in answer.text and faults(answer.text) == []


async def test_who_begins_is_helped(world: World) -> None:
    async with visit(world.home) as site:
        newcomer = (await (await site.browser(world.newcomer)).get("/")).text
        assert "Say three things you could give" in newcomer and 'id="came-title"' not in newcomer
        mine = (await (await site.browser(world.newcomer)).get("/mine")).text
        for words in (
            "You have not pitched anything yet.",
            "You are in no circle yet.",
            "Nothing is planned.",
        ):
            assert words in mine
        assert {"/mine/pathway", "/mine/import", "/api/v1/export"} <= set(Page(mine).links)


async def test_my_barn_holds_what_is_mine_and_nothing_else(world: World) -> None:
    circle = world.make(world.owner, CIRCLE)
    poll = {
        "type": "poll.open",
        "subject": circle,
        "question": {"en": "Which letter first?"},
        "kind": "choose-one",
    }
    options = [{"key": "a", "text": {"en": "A"}}, {"key": "b", "text": {"en": "B"}}]
    world.make(world.owner, {**poll, "options": options, "closes": "2027-06-01T00:00:00Z"})
    event = {"type": "event.schedule", "kind": "webinar", "title": {"en": "Letters, live"}}
    world.make(world.owner, {**event, "start": "2027-03-16T12:00:00-07:00"})
    async with visit(world.home) as site:
        owner = await (await site.browser(world.owner)).get("/mine")
        other = (await (await site.browser(world.other)).get("/mine")).text
    assert faults(owner.text) == []
    for region, words in (
        ("own-circles", "Plain words"),
        ("own-events", "Letters, live"),
        ("own-polls", "Which letter first?"),
    ):
        assert any(words in line for line in lines(owner.text, region)), region
        assert words not in other
