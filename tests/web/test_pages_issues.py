"""Issues and standing offers on pages: raised, shared, found to be one, answered; offered, pledged from, closed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.views import issue_page, offers
from tests.kit.html import Page, faults
from tests.kit.web import Browser, House, Member, visit
from tests.web.test_pages_forms import SMALL, page_of, pitch_now, send
from tests.web.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path)
    yield world
    world.close()


async def seen(house: House, who: Member, query: Any, entry: str) -> Any:
    found = await asyncio.to_thread(house.read_now, query, house.viewer(who), entry, now=house.now)
    assert found is not None
    return found


async def refused(browser: Browser, path: str, fields: dict[str, str], words: str) -> None:
    answer = await browser.post(path, fields)
    assert answer.status == 422 and faults(answer.text) == []
    assert words in Page(answer.text).text and Page(answer.text).title.split(":")[0].strip() in (
        "Error",
        "Erreur",
    )


# ── issues ───────────────────────────────────────────────────────────────────────────────────────────────────

ISSUE = {"title.en": "One applicant in three gives up", "text.en": "On the intake form.", "topics": "data"}


async def test_an_issue_is_raised_shared_and_answered_by_a_pitch(world: World) -> None:
    async with visit(world.home) as site:
        owner, other = await site.browser(world.owner), await site.browser(world.other, language="fr")
        marked = {**ISSUE, "text.en": "See the file, PROTECTED B."}
        assert (await send(owner, "/issues/new", marked))[0] == 422
        status, page, _ = await send(owner, "/issues/new", {"text.en": "Only words"})
        assert status == 422 and page.form("/issues/new")["text.en"] == "Only words"
        status, _, path = await send(owner, "/issues/new", ISSUE)
        assert status == 303 and path.startswith("/issues/")
        issue = path.rsplit("/", 1)[1]
        assert (await owner.get(f"/go/{issue}")).location == path
        assert path in (await page_of(other, "/issues?q=applicant&topic=data")).links
        assert path not in (await page_of(other, "/issues?topic=policy")).links
        await refused(owner, f"{path}/share", {}, "You raised this issue yourself")
        assert (await send(other, f"{path}/share", {}, path))[0] == 303
        await refused(other, f"{path}/share", {}, "Vous avez déjà dit")
        assert (await send(other, f"{path}/comment", {"comment": "Chez nous aussi."}, path))[0] == 303
        shown = await page_of(other, path)
        assert "Vous l’avez aussi" in shown.text and "Chez nous aussi." in shown.text
        assert f"/pitches/new?answers={issue}" in shown.links
        answered = SMALL | {"answers": issue}
        status, _, pitch = await send(owner, "/pitches/new", answered, f"/pitches/new?answers={issue}")
        assert status == 303
        assert (await pitch_now(world, world.owner, pitch.rsplit("/", 1)[1]))["answers"] == [issue]
        assert pitch in (await page_of(owner, path)).links
        assert path in (await page_of(owner, pitch)).links
        revised = await page_of(owner, f"{pitch}/revise")
        assert revised.form(f"{pitch}/revise")["answers"] == issue


async def test_two_issues_are_said_to_be_one(world: World) -> None:
    async with visit(world.home) as site:
        owner = await site.browser(world.owner)
        first, second = [(await send(owner, "/issues/new", ISSUE))[2] for _ in range(2)]
        await refused(
            owner, f"{first}/same", {"as": "", "address": "nowhere"}, "give the address of its page"
        )
        itself = first.rsplit("/", 1)[1]
        await refused(owner, f"{first}/same", {"as": itself}, "this is the same")
        address = {"address": f"https://elsewhere.example{second}"}
        assert (await owner.post(f"{first}/same", address)).status == 303
        issue = await seen(world.home, world.owner, issue_page.one, itself)
        assert [one["id"] for one in issue["same"]] == [second.rsplit("/", 1)[1]]
        assert first in (await page_of(owner, second)).links
        assert (await owner.post(f"{first}/dance", {})).status == 404


async def test_an_issue_of_a_circle_is_for_who_is_in_it(world: World) -> None:
    circle = world.make(world.owner, {"type": "circle.found", "name": {"en": "Plain forms"}})
    at = f"/circles/{circle}/issues/new"
    async with visit(world.home) as site:
        owner, other = await site.browser(world.owner), await site.browser(world.other)
        status, _, path = await send(owner, "/issues/new", ISSUE, at)
        assert status == 303
        issue = await seen(world.home, world.owner, issue_page.one, path.rsplit("/", 1)[1])
        assert issue["circle"]["id"] == circle
        assert path in (await page_of(owner, f"/issues?circle={circle}")).links
        await refused(other, "/issues/new", {**ISSUE, "circle": circle}, "This is for members of the circle")
        assert (await other.get(f"/circles/{world.home.node}-0-9999/issues/new")).status == 404


# ── standing offers ──────────────────────────────────────────────────────────────────────────────────────────

OFFER = {"kind": "review", "text.en": "I read forms, an evening a month.", "quantity": "2", "unit": "hour"}


async def test_an_offer_stands_on_her_pages_until_she_closes_it(world: World) -> None:
    async with visit(world.home) as site:
        owner, other = await site.browser(world.owner), await site.browser(world.other, language="fr")
        await refused(owner, "/offers/new", {**OFFER, "until": "2020-01-01"}, "Choose a day to come")
        await refused(owner, "/offers/new", {"kind": "money", "text.en": "x"}, "Choose one of the list")
        status, _, path = await send(owner, "/offers/new", OFFER)
        assert status == 303 and path.startswith("/offers/")
        for page in ("/mine", "/offers", "/offers?mine=yes", f"/people/{world.owner.member}"):
            assert path in (await page_of(owner, page)).links, page
        assert path in (await page_of(other, "/offers?kind=review")).links
        assert path not in (await page_of(other, "/offers?mine=yes")).links
        assert (await owner.get(f"/go/{path.rsplit('/', 1)[1]}")).location == path
        assert (await page_of(other, path)).form(f"{path}/close") == {}
        assert (await other.post(f"{path}/close", {})).status == 422
        assert (await send(owner, f"{path}/close", {"reason": "workload"}, path))[0] == 303
        assert path not in (await page_of(other, "/offers")).links
        assert path in (await page_of(owner, "/offers?mine=yes")).links
        assert "Closed" in (await page_of(owner, path)).text


async def test_a_pledge_comes_of_an_offer(world: World) -> None:
    french = world.ids["french"]
    async with visit(world.home) as site:
        owner = await site.browser(world.owner)
        path = (await send(owner, "/offers/new", OFFER))[2]
        offer = path.rsplit("/", 1)[1]
        at = f"/pitches/{french}/pledge?ask=review&offer={offer}"
        assert at in (await page_of(owner, path)).links
        form = (await page_of(owner, at)).form(f"/pitches/{french}/pledge")
        assert (form["offer"], form["quantity"], form["text"]) == (
            offer,
            "2",
            "I read forms, an evening a month.",
        )
        status, page, _ = await send(owner, f"/pitches/{french}/pledge", {"show": "anonymous"}, at)
        assert status == 422 and "it would show who you are" in page.text
        status, _, made = await send(owner, f"/pitches/{french}/pledge", {}, at)
        assert status == 303
        assert made in (await page_of(owner, path)).links
        shown = await seen(world.home, world.owner, offers.one, offer)
        assert [one["id"] for one in shown["pledges"]] == [made.rsplit("/", 1)[1]]
        stranger = await site.browser(world.other)
        other = (await page_of(stranger, at)).form(f"/pitches/{french}/pledge")
        assert "offer" not in other, "an offer of somebody else's fills in nothing"
