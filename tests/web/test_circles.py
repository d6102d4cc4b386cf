"""Circles over the application: founded, joined, left, kept; what is missing, what comes first; a pitch's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.views import circle_page
from tests.kit.html import Page, faults
from tests.kit.web import DAY, visit
from tests.web.world import World

TYPED = {
    "write": "en",
    "name.en": "Screen readers first",
    "purpose.en": "Every form, tested.",
    "topics": "accessibility",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path)
    yield world
    world.close()


def _circle(world: World, id_: str) -> Any:
    return world.home.read_now(circle_page.one, world.home.viewer(world.owner), id_, now=world.home.now)


async def test_a_circle_is_founded_and_says_what_is_missing(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        empty = await browser.post("/circles/new", {**TYPED, "name.en": ""})
        page = Page(empty.text)
        assert empty.status == 422 and page.title.startswith("Error:") and faults(empty.text) == []
        assert page.form("/circles/new")["purpose.en"] == "Every form, tested."
        both = Page((await browser.post("/circles/new", {**TYPED, "do": "write-both"})).text)
        assert "name.fr" in both.form("/circles/new")
        answer = await browser.post("/circles/new", TYPED)
        shown = Page((await browser.follow(answer)).text)
        assert answer.status == 303 and "Screen readers first" in shown.all("h1")[0].text
        for missing in ("A second steward", "Somebody from another organisation", "A day to meet"):
            assert missing in shown.text
        assert "Data analyst, Nanaimo (you) founded the circle" in shown.text
        url = answer.location
        assert f"{url}/issues/new" in shown.links
        assert answer.location in Page((await browser.get("/circles?mine=yes")).text).links
        assert url not in Page((await browser.get("/circles?topic=data")).text).links
        assert (await browser.get(f"/go/{url.rsplit('/', 1)[1]}")).location == url


async def test_members_come_and_go(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        url = world.path("/circles/{circle}")
        before = Page((await browser.get(url)).text)
        assert "Join the circle" in before.text and f"{url}/issues/new" not in before.links
        joined = await browser.post(f"{url}/join", {})
        page = Page((await browser.follow(joined)).text)
        assert "You are in the circle." in page.text and "Why: joined" in page.text
        assert "Data analyst, Nanaimo (you) joined the circle" in page.text
        assert (await browser.post(f"{url}/join", {})).status == 422
        unsure = await browser.post(f"{url}/leave", {"leave": "Thank you all."})
        assert unsure.status == 422 and "Thank you all." in unsure.text
        gone = await browser.post(f"{url}/leave", {"leave": "Thank you all.", "certain": "yes"})
        page = Page((await browser.follow(gone)).text)
        assert "You have left the circle." in page.text and "Join the circle" in page.text
        newcomer = await site.browser(world.newcomer)
        assert "Publish your card to join" in (await newcomer.get(url)).text
        french = await site.browser(world.other, language="fr")
        assert "Se joindre au cercle" in (await french.get(url)).text


async def test_a_steward_names_another_and_lays_the_role_down(world: World) -> None:
    async with visit(world.home) as site:
        owner, other = await site.browser(world.owner), await site.browser(world.other)
        url = world.path("/circles/{circle}")
        name = {"member": str(world.giver.member)}
        assert (await other.post(f"{url}/steward", name)).status == 422
        assert (await owner.post(f"{url}/steward", {"member": str(world.other.member)})).status == 422
        assert (await owner.post(f"{url}/steward", {"member": ""})).status == 422
        named = await owner.post(f"{url}/steward", name)
        page = Page((await owner.follow(named)).text)
        assert "named by Policy analyst, Victoria (you)" in page.text and "A second steward" not in page.text
        laid = await owner.post(f"{url}/lay-down", {})
        assert laid.status == 303
        stewards = [keeper["who"]["id"] for keeper in _circle(world, world.ids["circle"])["stewards"]]
        assert stewards == [world.giver.member]


async def test_after_half_a_year_of_silence_a_member_takes_the_role(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        url = world.path("/circles/{circle}")
        await browser.post(f"{url}/join", {})
        assert (await browser.post(f"{url}/take-role", {})).status == 422
        world.home.later(181 * DAY)
        browser = await site.browser(world.other)  # no session lasts that long
        page = Page((await browser.get(url)).text)
        assert "for 180 days" in page.text
        assert (await browser.post(f"{url}/take-role", {})).status == 303
        assert "took the role when nobody kept the circle" in (await browser.get(url)).text


async def test_whose_it_is_revises_it_and_nobody_else(world: World) -> None:
    async with visit(world.home) as site:
        owner, other = await site.browser(world.owner), await site.browser(world.other)
        for name in ("circle", "pitch"):
            url = world.path(f"/circles/{{{name}}}")
            assert (await other.get(f"{url}/revise")).status == 403
            form = Page((await owner.get(f"{url}/revise")).text).form(f"{url}/revise")
            same = await owner.post(f"{url}/revise", form)
            assert "Nothing was changed" in Page((await owner.follow(same)).text).text
            changed = {**form, "purpose.en": "One form a month.", "sunset": "2027-12-31"}
            answer = await owner.post(f"{url}/revise", changed)
            page = Page((await owner.follow(answer)).text)
            assert "One form a month." in page.text and "until December 31, 2027" in page.text


async def test_a_pitch_s_circle_has_its_members_and_its_work(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        page = Page((await browser.get(world.path("/circles/{pitch}"))).text)
        for words in ("Circle of a pitch", "Givers", "Intake lead, Lethbridge", "What was learned"):
            assert words in page.text, words
        for path in ("/pitches/{pitch}", "/events/{event}", "/library/{artifact}"):
            assert world.path(path) in page.links, path
        assert "Conseillère, Lethbridge" not in page.text, "who gave without a name is not in it"
        assert (await browser.get(world.path("/circles/{french}"))).status == 404
        assert (await browser.get(world.path("/circles/{event}"))).status == 404


async def test_talk_and_an_event_of_a_circle(world: World) -> None:
    async with visit(world.home) as site:
        owner = await site.browser(world.owner)
        url = world.path("/circles/{circle}")
        assert (await owner.post(f"{url}/comment", {"comment": ""})).status == 422
        said = await owner.post(f"{url}/comment", {"comment": "Thursday then?"})
        assert "Thursday then?" in (await owner.follow(said)).text
        path = world.path("/events/new?circle={circle}")
        form = Page((await owner.get(path)).text).form("/events/new")
        assert form["circle"] == world.ids["circle"]
        first = {**form, "write": "en", "title.en": "First meeting", "kind": "meeting", "start": "2027-01-14"}
        answer = await owner.post("/events/new", first)
        assert answer.status == 303, answer.text
        assert answer.location in Page((await owner.get(url)).text).links
        assert "A day to meet" not in (await owner.get(url)).text


async def test_what_comes_first_is_the_last_ranking(world: World) -> None:
    issue, circle = world.ids["circle_issue"], world.ids["circle"]
    options = [
        {"key": "a", "text": {"en": "Screen readers"}, "ref": issue},
        {"key": "b", "text": {"en": "Plain words"}},
    ]
    poll = {
        "type": "poll.open",
        "subject": circle,
        "question": {"en": "What first?"},
        "kind": "rank",
        "secret": False,
    }
    closes = {"closes": "2027-01-10T00:00:00Z", "eligible": "network", "options": options}
    made = world.make(world.owner, {**poll, **closes})
    world.make(world.owner, {"type": "ballot", "poll": made, "choice": {"a": 1, "b": 2}})
    world.home.later(40 * DAY)
    world.home.write_now(lambda _tx: None)  # a commit: polls whose day has come are counted in it
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        page = Page((await browser.get(f"/circles/{circle}")).text)
        assert "What comes first" in page.text and "1 point" in page.text
        assert {f"/go/{issue}", f"/polls/{made}"} <= set(page.links)
