"""A change of employer and a retirement: said in words first, ticked, published, told on the pages of the person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit.web import visit
from tests.web.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path)
    yield world
    world.close()


async def say(world: World, content: dict[str, Any]) -> Any:
    """The new card, on the other node, and everything carried home."""
    made = await asyncio.to_thread(world.away.publish_now, world.adviser._replace(member=None), content)
    await asyncio.to_thread(world.away.carry, world.home)
    return str(made.id)


def new_card(world: World) -> dict[str, Any]:
    return {"type": "member.introduce", "name": "Analyst, now in Lethbridge", "was": world.owner.member}


async def test_a_move_both_sides_say_makes_one_person_and_ends_the_old_card_here(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        page = (await browser.get("/settings/move")).text
        assert "What it means" in page and f"/people/{world.owner.member}" in page
        to = await say(world, new_card(world))
        unticked = await browser.post("/settings/move", {"to": to})
        assert unticked.status == 422 and "cannot be called back" in unticked.text and to in unticked.text
        moved = await browser.post("/settings/move", {"to": f"https://x.example/people/{to}", "sure": "yes"})
        assert moved.location == "/settings/move"
        after = (await browser.get("/settings/move")).text
        assert (
            "You have moved" in after
            and "City of Lethbridge" in after
            and "<form" not in after.split("<footer")[0]
        )
        old = (await browser.get(f"/people/{world.owner.member}")).text
        assert "This member works somewhere else now" in old and f'href="/people/{to}"' in old
        assert "Before, at Ministry" in (await browser.get(f"/people/{to}")).text
        refused = await browser.post("/card", {"name": "Still here"})
        assert refused.status == 422 and "You have moved to another node" in refused.text


async def test_one_side_alone_is_said_to_be_that(world: World) -> None:
    unknown = f"{world.away.node}-0-900"
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        await browser.post("/settings/move", {"to": unknown, "sure": "yes"})
        page = (await browser.get("/settings/move")).text
        assert "One side has said so" in page and unknown in page and "has not reached this node" in page
        assert (await browser.post("/card", {"name": "Still here"})).status == 303


@pytest.mark.parametrize("to", ["", "nowhere", "{giver}"])
async def test_a_card_that_is_none_or_not_hers_is_refused_beside_the_field(world: World, to: str) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        typed = world.path(to) if to else to
        answer = await browser.post("/settings/move", {"to": typed, "sure": "yes"})
        assert answer.status == 422 and 'id="f-to-error"' in answer.text


async def test_retiring_takes_the_card_off_the_directory_and_says_so(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        assert "What it means" in (await browser.get("/settings/retire")).text
        unticked = await browser.post("/settings/retire", {"note.en": "Thank you all."})
        assert unticked.status == 422 and "Thank you all." in unticked.text
        gone = await browser.post("/settings/retire", {"note.en": "Thank you all.", "sure": "yes"})
        assert gone.location == f"/people/{world.other.member}"
        assert "takes no further part" in (await browser.get(gone.location)).text
        assert "Data analyst, Nanaimo" not in (await browser.get("/people")).text.split("<footer")[0]
        assert "Your card is retired." in (await browser.get("/settings/retire")).text
        assert (await browser.post("/card", {"name": "Back"})).status == 422


async def test_both_pages_speak_french(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner, language="fr")
        for path, words in (("move", "Ce que cela veut dire"), ("retire", "Mettre fin à ma participation")):
            assert words in (await browser.get(f"/settings/{path}")).text
