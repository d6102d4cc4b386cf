"""The first useful action: three things ticked, today's asks with their reasons, one pledge away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import accounts
from tests.kit.web import visit
from tests.web.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path)
    yield world
    world.close()


async def test_who_has_no_card_makes_it_first_and_comes_back(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.newcomer)
        assert (await browser.get("/welcome")).location == "/card?to=%2Fwelcome"
        made = await browser.post("/card", {"name": "Newcomer", "languages": "en"})
        assert made.location == "/welcome"
        page = (await browser.get("/welcome")).text
        assert "Show me who asks for it" in page and "Asks that match today" not in page


async def test_ticking_puts_it_on_the_card_and_shows_why_an_ask_fits(world: World) -> None:
    async with visit(world.home) as site:
        browser, program = await site.browser(world.other), await site.program(world.other)
        ticked = [("kinds", kind) for kind in ("review", "testing", "venue")]
        answer = await browser.post("/welcome", ticked)
        assert answer.location == "/welcome#matches"
        page = (await browser.get("/welcome")).text
        assert f"/pitches/{world.ids['french']}/pledge?ask=review" in page
        assert "You see this because:" in page and "You offer what is asked for" in page
        card = (await program.get(f"/api/v1/people/{world.other.member}")).json()
        assert [offer["kind"] for offer in card["offers"]] == ["review", "testing", "venue"]
        assert (await browser.get(f"/pitches/{world.ids['french']}/pledge?ask=review")).status == 200


async def test_what_the_card_says_of_a_kind_stays_and_the_same_ticks_publish_nothing(world: World) -> None:
    async with visit(world.home) as site:
        browser, program = await site.browser(world.owner), await site.program(world.owner)
        before = (await program.get("/api/v1/state_hash")).text
        await browser.post("/welcome", [("kinds", "review"), ("kinds", "testing")])
        assert (await program.get("/api/v1/state_hash")).text == before
        await browser.post("/welcome", [("kinds", "review"), ("kinds", "venue")])
        card = (await program.get(f"/api/v1/people/{world.owner.member}")).json()
        assert card["offers"][0]["text"] == {"en": "I read forms."}
        assert [offer["kind"] for offer in card["offers"]] == ["review", "venue"]


async def test_nothing_ticked_is_said_in_both_languages_and_nothing_matching_shows_the_soonest(
    world: World,
) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        assert (await browser.post("/welcome", {})).status == 422
        await browser.post("/welcome", {"kinds": "travel-help"})
        page = (await browser.get("/welcome")).text
        assert "Nobody asks for exactly that today." in page and "These need something soonest" in page
        french = await (await site.browser(world.other, language="fr")).get("/welcome")
        assert "Que pourriez-vous offrir" in french.text


async def test_a_card_names_the_one_it_was_by_id_or_address(world: World) -> None:
    async with visit(world.home) as site:
        browser, program = await site.browser(world.newcomer), await site.program(world.newcomer)
        wrong = await browser.post("/card", {"name": "Lee", "was": "somewhere"})
        assert wrong.status == 422 and "Paste the address" in wrong.text
        was = str(world.giver.member)
        await browser.post("/card", {"name": "Lee", "was": f"https://barn.example.ca/people/{was}"})
        account = await asyncio.to_thread(world.home.read_now, accounts.by_id, world.newcomer.account)
        said = (await program.get(f"/api/v1/entries/{account.member}")).json()["content"]
        assert said["was"] == was
