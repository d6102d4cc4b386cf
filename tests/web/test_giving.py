"""What giving asks by kind, thanks that begin with what was given, check-ins that ask who saw it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.records.lists import KINDS
from tests.kit.web import visit
from tests.web.test_pages_forms import page_of, pitch_now, pledge_now, send
from tests.web.test_practice import underway
from tests.web.world import World
from web.pages import pledge_kinds


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path)
    yield world
    world.close()


def test_every_kind_of_the_list_has_its_questions_or_is_other() -> None:
    assert set(KINDS) - pledge_kinds.KINDS.keys() == {"other"}


async def test_a_kind_asks_its_own_questions_and_answers_become_words(world: World) -> None:
    path = world.path("/pitches/{french}/pledge")
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        asked = {"kind": "venue", "do": "kind", "text": "A bright room", "text_in": "fr"}
        status, page, _ = await send(browser, path, asked, at=f"{path}?ask=")
        assert status == 200 and "Accessible without steps" in page.text
        form = page.form(path)
        assert form["text"] == "A bright room" and form["unit"] == "day" and "detail.seats" in form
        answer = await browser.post(
            path, form | {"quantity": "1", "detail.seats": "20", "detail.place": "Library"}
        )
        assert answer.status == 303, answer.text
        pledge = await pledge_now(world.home, world.other, answer.location.rpartition("/")[2])
    assert pledge["text"] == {"fr": "A bright room\n\n- Où elle se trouve : Library\n- Nombre de places : 20"}
    assert (pledge["kind"], pledge["unit"]) == ("venue", "day")


async def test_money_beside_the_asks_is_in_the_currency_of_the_pitch(world: World) -> None:
    path = world.path("/pitches/{pitch}/pledge")
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        answer = await browser.post(
            path, {"kind": "money", "quantity": "20", "show": "anonymous", "conflict": "none", "ask": ""}
        )
        assert answer.status == 303, answer.text
        pledge = await pledge_now(world.home, world.other, answer.location.rpartition("/")[2])
    assert (pledge["quantity"], pledge["unit"], pledge["restricted"]) == (2000, "CAD", True)


async def test_thanks_begin_with_what_each_gave_and_what_it_led_to(world: World) -> None:
    path = world.path("/pitches/{pitch}")
    async with visit(world.home) as site:
        page = await page_of(await site.browser(world.owner), path)
        draft = page.form(f"{path}/thank")["thanks"]
        assert "- Intake lead, Lethbridge: Testing, 2 hours" in draft and "- What Halifax changed" in draft
        assert "36" not in draft, "private gifts stay out of public thanks"
        french = await page_of(await site.browser(world.owner, language="fr"), path)
        form = french.form(f"{path}/thank")
        assert form["thanks_in"] == "fr" and "Lethbridge\u00a0: Mise à l’essai, 2 heures" in form["thanks"]


async def test_a_private_gift_is_thanked_between_the_two(world: World) -> None:
    path, pitch = world.path("/pledges/{money}"), world.path("/pitches/{pitch}")
    async with visit(world.home) as site:
        owner = await site.browser(world.owner)
        page = await page_of(owner, path)
        assert "Only the two of you read it." in page.text
        form = page.form(f"{path}/thank")
        assert form["thank.text"].startswith("Thank you for what you gave: Money, $367.50.")
        assert (await owner.post(f"{path}/thank", form | {"thank.text": " "})).status == 422
        assert (await owner.post(f"{path}/thank", form | {"thank.text": "Bless you"})).status == 303
        assert "Bless you" in (await page_of(owner, pitch)).text
        assert "Bless you" not in (await page_of(await site.browser(world.other), pitch)).text
        assert f"{path}/thank" not in {
            one.get("action") for one in (await page_of(owner, world.path("/pledges/{unnamed}"))).all("form")
        }
    await asyncio.to_thread(world.home.carry, world.away)
    async with visit(world.away) as site:
        assert "Bless you" in (await page_of(await site.browser(world.giver), pitch)).text


async def test_a_check_in_asks_who_saw_it_and_they_are_asked_on_their_page(world: World) -> None:
    pitch = await asyncio.to_thread(underway, world)
    path = f"/pitches/{pitch}"
    async with visit(world.home) as site:
        owner = await site.browser(world.owner)
        page = await page_of(owner, path)
        assert [one.get("value") for one in page.all("input", name="asks")] == [world.giver.member]
        status, page, _ = await send(
            owner, f"{path}/check-in", {"applied": "yes", "asks": str(world.other.member)}, at=path
        )
        assert status == 422, "only who gave by name, carries it further or facilitates it is asked"
        answer = {"applied": "yes", "evidence": "It is live", "asks": str(world.giver.member)}
        assert (await send(owner, f"{path}/check-in", answer, at=path))[0] == 303
        assert "Intake lead, Lethbridge is asked what there was to see" in (await page_of(owner, path)).text
    await asyncio.to_thread(world.home.carry, world.away)
    async with visit(world.away) as site:
        peer = await site.browser(world.giver)
        assert f"{path}#witness" in (await page_of(peer, "/")).links
        page = await page_of(peer, path)
        assert "The pitcher asks what you saw." in page.text
        assert (await send(peer, f"{path}/witness", {"saw": "partly"}, at=path))[0] == 303
        assert "The pitcher asks what you saw." not in (await page_of(peer, path)).text
    await asyncio.to_thread(world.away.carry, world.home)
    seen = await pitch_now(world, world.owner, pitch)
    assert [one["saw"] for one in seen["check_ins"][0]["attests"]] == ["partly"]
