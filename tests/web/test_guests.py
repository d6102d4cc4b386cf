"""Guests: invited by a member, asking by the link of a pitch, counted, shown as guests, ended by a steward."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import Refused
from store import accounts, guests
from tests.kit.web import DAY, PASSWORD, Answer, Browser, visit
from tests.web.world import World

ASKING = {
    "name": "Planner, Fort St. John",
    "organisation": "City of Fort St. John",
    "words": "I saw the poster.",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path)
    yield world
    world.close()


async def invite(browser: Browser, name: str = "Lee") -> str:
    page = await browser.post("/settings/guests", {"name": name})
    assert page.status == 200 and page.headers["Cache-Control"] == "no-store"
    found = re.search(r'value="http://localhost:7400(/join/[\w-]{43})"', page.text)
    assert found
    return found[1]


async def join(browser: Browser, path: str, name: str) -> Answer:
    return await browser.post(path, {"name": name, "interface": "en", "password": PASSWORD})


async def test_a_guest_is_invited_joins_and_her_card_names_her_own_organisation(world: World) -> None:
    async with visit(world.home) as site:
        host, browser = await site.browser(world.owner), await site.browser()
        path = await invite(host)
        assert "You come as a guest of Policy analyst, Victoria" in (await browser.get(path)).text
        assert (await join(browser, path, "Lee")).location == "/card"
        card = {"name": "Lee", "languages": "en"}
        missing = await browser.post("/card", card)
        assert missing.status == 422 and "Organisation where you work" in missing.text
        own = {**card, "organisation.en": "City of Fort St. John", "jurisdiction": "CA-BC"}
        assert (await browser.post("/card", own)).location == "/welcome"
        lee = await asyncio.to_thread(world.home.read_now, accounts.by_name, "Lee")
        page = (await host.get(f"/people/{lee.member}")).text
        assert "City of Fort St. John" in page and "Guest of" in page
        assert "guest of Ministry of Citizens&#39; Services" in (await host.get("/people")).text
        assert "signs in as Lee" in (await host.get("/settings/guests")).text
        refused = await browser.post("/settings/guests", {"name": "Another"})
        assert refused.status == 422 and "Guests cannot invite guests" in refused.text


async def test_five_in_thirty_days_counted_where_they_are_made(world: World) -> None:
    home, owner = world.home, world.owner.account

    def one(number: int) -> bool:
        try:
            home.write_now(lambda tx: guests.invite(tx, owner, b"%d" % number, f"guest {number}"))
        except Refused as error:
            assert error.code == "guests-month"
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        made = list(await asyncio.to_thread(lambda: list(pool.map(one, range(8)))))
    assert sum(made) == guests.MONTHLY
    async with visit(home) as site:
        browser = await site.browser(world.owner)
        assert "the most there can be" in (await browser.get("/settings/guests")).text
        home.later(31 * DAY)
        assert "5 more" in (await (await site.browser(world.owner)).get("/settings/guests")).text


async def test_a_steward_sees_all_ends_a_place_and_stops_inviting(world: World) -> None:
    async with visit(world.home) as site:
        host, desk = await site.browser(world.owner), await site.browser(world.operator)
        used, unused = await invite(host, "Lee"), await invite(host, "Kim")
        guest = await site.browser()
        await join(guest, used, "Lee")
        page = (await desk.get("/desk/guests")).text
        assert "signs in as Lee" in page and "has not used the link yet" in page and "invited by" in page
        assert (await host.get("/desk/guests")).status == 403
        for which in re.findall(r'name="which" value="(\w+)"', page):
            assert (await desk.post("/desk/guests/end", {"which": which})).status == 303
        assert (await guest.get("/settings")).status == 303
        assert (await (await site.browser()).get(unused)).status == 410
        await desk.post("/desk/guests/welcome", {})
        assert (await host.post("/settings/guests", {"name": "Lee"})).status == 422
        assert "does not take guests" in (await host.get("/settings/guests")).text
        await desk.post("/desk/guests/welcome", {"welcome": "yes"})
        await invite(host)


async def test_a_member_takes_back_her_unused_links_and_ends_nothing_else(world: World) -> None:
    async with visit(world.home) as site:
        host, other = await site.browser(world.owner), await site.browser(world.other)
        used, unused = await invite(host, "Lee"), await invite(host, "Kim")
        guest = await site.browser()
        await join(guest, used, "Lee")
        found = await asyncio.to_thread(world.home.read_now, guests.places, world.home.now)
        for browser in (other, host):
            for place in found:
                await browser.post("/settings/guests/end", {"which": place.link.hex()})
            opened = (await (await site.browser()).get(unused)).status
            assert opened == (200 if browser is other else 410)
        assert (await guest.get("/settings")).status == 200


async def ask(browser: Browser, pitch: str, **changes: str) -> Answer:
    return await browser.post(f"/go/{pitch}/guest", {**ASKING, **changes})


async def test_who_follows_a_link_asks_its_pitcher_and_her_page_becomes_her_place(world: World) -> None:
    pitch = world.ids["pitch"]
    async with visit(world.home) as site:
        stranger, host = await site.browser(), await site.browser(world.owner)
        assert f"/go/{pitch}/guest" in (await stranger.get(f"/go/{pitch}")).text
        form = (await stranger.get(f"/go/{pitch}/guest")).text
        assert "Service design lab" not in form and "Policy analyst" not in form
        page = (await ask(stranger, pitch)).location
        assert "Your request waits" in (await stranger.get(page)).text
        assert "1 person asks you" in (await host.get("/")).text
        waiting = (await host.get("/settings/guests")).text
        assert "City of Fort St. John" in waiting and "I saw the poster." in waiting
        which = re.search(r'name="which" value="(\w+)"', waiting)
        assert which
        token = page.rsplit("/", 1)[1]
        assert (await stranger.get(f"/join/{token}")).status == 410
        await host.post("/settings/guests/answer", {"which": which[1], "answer": "yes"})
        assert f'href="/join/{token}"' in (await stranger.get(page)).text
        assert (await join(stranger, f"/join/{token}", "Planner")).status == 303
        assert "The place is taken" in (await stranger.get(page)).text
        again = await host.post("/settings/guests/answer", {"which": which[1], "answer": "yes"})
        assert again.status == 422 and "answered already" in again.text


async def test_a_no_is_said_and_only_the_one_asked_answers(world: World) -> None:
    async with visit(world.home) as site:
        stranger, host = await site.browser(), await site.browser(world.owner)
        other = await site.browser(world.other)
        page = (await ask(stranger, world.ids["pitch"])).location
        [request] = await asyncio.to_thread(
            world.home.read_now, guests.requests, world.owner.account, world.home.now
        )
        sent = {"which": request.hash.hex(), "answer": "yes"}
        assert (await other.post("/settings/guests/answer", sent)).status == 422
        assert "Fort St. John" not in (await other.get("/settings/guests")).text
        await host.post("/settings/guests/answer", {**sent, "answer": "no"})
        assert "Not this time" in (await stranger.get(page)).text


async def test_nobody_is_asked_about_what_is_not_hers_here(world: World) -> None:
    async with visit(world.home) as site:
        stranger = await site.browser()
        for wanted in ("french", "money", "public", "artifact"):
            assert (await ask(stranger, world.ids[wanted])).status == 404, wanted
            assert "/guest" not in (await stranger.get(f"/go/{world.ids[wanted]}")).text
        assert (await ask(stranger, f"{world.home.node}-0-9999")).status == 404
        assert (await ask(stranger, "x")).status == 404
        assert (await stranger.get("/guest/nothing")).status == 410


async def test_asking_is_slowed_bounded_kept_when_wrong_and_forgotten(world: World) -> None:
    pitch = world.ids["pitch"]
    async with visit(world.home) as site:
        stranger = await site.browser()
        wrong = await ask(stranger, pitch, name="")
        assert wrong.status == 422 and 'value="City of Fort St. John"' in wrong.text
        said = [await ask(stranger, pitch) for _ in range(6)]
        assert [answer.status for answer in said] == [303] * 5 + [422]
        await asyncio.to_thread(world.home.write_now, lambda tx: fill(tx, world.owner.account, pitch))
        world.home.proxies = ("127.0.0.1",)
        elsewhere = await stranger.post(
            f"/go/{pitch}/guest", ASKING, headers={"X-Forwarded-For": "203.0.113.9"}
        )
        assert elsewhere.status == 422 and "Many have asked already" in elsewhere.text
        world.home.later(15 * DAY)
        assert (await stranger.get(said[0].location)).status == 410
        assert (await ask(stranger, pitch)).status == 303
        count = "SELECT count(*) FROM guest_requests"
        assert await asyncio.to_thread(world.home.read_now, lambda db: db.execute(count).fetchone()[0]) == 1


def fill(tx: Any, account: int, pitch: str) -> None:
    for number in range(guests.MAX_ASKED - 5):
        guests.ask(tx, b"%d" % number, account, pitch, name="n", organisation="o", words="")
