"""People by the skill they offer, and the page of an organisation: paged, narrowed, without what is hidden."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import hides
from store.hides import Why
from tests.kit.html import Page, faults
from tests.kit.web import Browser, visit
from tests.web.world import World

MANY = 27  # more than a page


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path, meets=False)
    yield world
    world.close()


async def names_on(browser: Browser, path: str) -> list[str]:
    """Names of the cards listed, over all pages."""
    found: list[str] = []
    while path:
        answer = await browser.get(path)
        assert answer.status == 200 and faults(answer.text) == [], path
        page = Page(answer.text)
        found += [one.text for one in page.all("h2", class_="card-title")]
        onward = [link for link in page.links if link.startswith("/people?") and "cursor=" in link]
        path = onward[-1] if onward else ""
    return found


async def test_people_are_found_by_what_they_offer_page_by_page(world: World) -> None:
    testing = {"kind": "testing", "topics": ["data"], "text": {"en": "Two evenings", "fr": "Deux soirs"}}
    for number in range(MANY):
        world.home.member(f"Tester {number:02}", offers=[testing, {"kind": "venue"}])
    async with visit(world.home) as site:
        browser = await site.browser(world.newcomer)
        found = await names_on(browser, "/people?offers=testing")
        named = {name for name in found if name.startswith("Tester")}
        assert (
            len(named) == MANY and len(found) == len(set(found)) == MANY + 2
        )  # two of the world test as well
        assert found == sorted(found)
        for language, words, also in (("en", "Two evenings", "Also: Venue"), ("fr", "Deux soirs", "Aussi")):
            shown = await (await site.browser(world.other, language=language)).get(
                "/people?offers=testing&topic=data"
            )
            assert words in shown.text and also in shown.text
        assert await names_on(browser, "/people?offers=backfill") == []
        odd = await browser.get("/people?offers=%3Cb%3E&node=nobody&lang=xx")
        assert odd.status == 200 and "Clear the filters" not in odd.text


async def test_people_and_pitches_of_one_organisation(world: World) -> None:
    away = world.ids["away"]
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        assert await names_on(browser, f"/people?node={away}") == [
            "Conseillère, Lethbridge",
            "Intake lead, Lethbridge",
        ]
        narrowed = Page((await browser.get(f"/people?node={away}&q=Intake")).text)
        assert narrowed.all("input", name="node")[0].get("value") == away
        pitches = Page((await browser.get(f"/pitches?node={away}")).text)
        own = world.path("/pitches/{pitch}")
        assert world.path("/pitches/{french}") in pitches.links and own not in pitches.links
        page = await browser.get(f"/organisations/{away}")
        links = Page(page.text).links
        assert faults(page.text) == [] and {f"/people?node={away}", f"/pitches?node={away}"} <= set(links)


async def test_an_organisation_says_where_its_rules_differ_and_who_decided(world: World) -> None:
    poll = world.make(
        world.owner,
        {
            "type": "poll.open",
            "subject": world.ids["pitch"],
            "question": {"en": "A quarter?"},
            "kind": "choose-one",
            "options": [{"key": "a", "text": {"en": "Yes"}}, {"key": "b", "text": {"en": "No"}}],
            "closes": "2027-06-01T00:00:00Z",
        },
    )
    world.home.publish_now(None, {"type": "node.policy", "own_share": 25, "decided_by": poll})
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        text = Page((await browser.get(f"/organisations/{world.home.node}")).text).text
        usual = Page((await browser.get(world.path("/organisations/{away}"))).text).text
    assert "25% default: 50%" in text and "Decided by this poll" in text
    assert "default:" not in usual and "These are the defaults." in usual


async def test_what_is_hidden_stands_on_neither_page(world: World) -> None:
    why = Why("other", "Not for this page.", world.operator.account)
    card = str(world.giver.member)
    hidden = (card, world.ids["french"])
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        for id_ in hidden:
            await asyncio.to_thread(world.home.write_now, lambda tx, id_=id_: hides.hide(tx, id_, None, why))
        assert "Intake lead, Lethbridge" not in await names_on(browser, "/people")
        page = (await browser.get(world.path("/organisations/{away}"))).text
        assert "Intake lead" not in page and world.ids["french"] not in page
        assert (await browser.get(f"/people/{card}")).status == 403
        assert (await (await site.browser()).get("/people")).status == 303
        assert (await (await site.browser()).get(world.path("/organisations/{away}"))).status == 303
