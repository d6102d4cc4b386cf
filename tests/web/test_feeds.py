"""Feeds: per filter, for whom they open, what is in them, and that nothing is sent twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import icalendar
import pytest

from tests.kit.web import DAY, visit
from tests.web.world import SECRET_TALK, World
from web import feeds
from web.feeds import Channel, Entry

FEEDS = ("pitches.atom", "pitches.json", "artifacts.atom", "artifacts.json", "events.ics")
MINE = ("mine.atom", "mine.ics")
ATOM = "{http://www.w3.org/2005/Atom}"
WEBINAR = {
    "type": "event.schedule",
    "kind": "webinar",
    "title": {"en": "What Halifax changed, told", "fr": "Ce que Halifax a changé"},
    "start": "2027-03-25T12:00:00-07:00",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World.build(tmp_path_factory.mktemp("world"))
    world.ids["event"] = world.make(world.owner, {**WEBINAR, "topics": ["food-systems"]})
    world.ids["hidden"] = world.make(
        world.owner, {**WEBINAR, "title": {"en": "Among us"}, "audience": "here"}
    )
    yield world
    world.close()


async def test_lists_are_feeds_with_the_filters_of_the_list(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner, language="fr")
        atom = await browser.get("/feeds/pitches.atom?topic=citizen-services")
        assert atom.headers["Content-Type"].startswith("application/atom+xml")
        (entry,) = ElementTree.fromstring(atom.text).findall(f"{ATOM}entry")  # noqa: S314 - our own
        assert entry.findtext(f"{ATOM}title") == "Labo de design de services, Halifax"
        assert entry.findtext(f"{ATOM}id") == f"http://localhost:7400/go/{world.ids['pitch']}"
        everything = (await browser.get("/feeds/pitches.json")).json()
        assert everything["version"] == "https://jsonfeed.org/version/1.1"
        assert len(everything["items"]) == 3
        assert "Policy analyst" not in atom.text and "Intake lead" not in str(everything)
        listed = (await browser.get("/pitches?topic=data")).text
        assert 'href="/feeds/pitches.atom?topic=data"' in listed
        assert (await browser.get("/feeds/artifacts.json?kind=post")).json()["items"][0][
            "title"
        ] == "What Halifax changed"
        assert ElementTree.fromstring((await browser.get("/feeds/artifacts.atom")).text) is not None  # noqa: S314


async def test_a_calendar_holds_what_all_may_read(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        assert "Among us" not in (await browser.get("/feeds/events.ics")).text
        body = (await browser.get("/feeds/events.ics?topic=food-systems")).text
        (entry,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
        assert str(entry["summary"]) == "What Halifax changed, told"
        assert not icalendar.Calendar.from_ical(
            (await browser.get("/feeds/events.ics?topic=policy")).text
        ).walk("VEVENT")


async def test_feeds_open_for_members_keys_and_public_nodes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with visit(world.home) as site:
        stranger, owner = site.stranger(), await site.browser(world.owner)
        for name in (*FEEDS, *MINE):
            assert (await stranger.get(f"/feeds/{name}")).status == 401
            assert (await stranger.get(f"/feeds/{name}?key=guessed")).status == 401
            assert (await owner.get(f"/feeds/{name}")).status == 200
        page = (await owner.post("/settings/feeds")).text
        (key,) = set(re.findall(r"mine\.(?:ics|atom)\?key=([\w-]+)", page))
        for name in (*FEEDS, *MINE):
            answer = await stranger.get(f"/feeds/{name}?key={key}")
            assert answer.status == 200 and key not in answer.text
        assert (await stranger.get(f"/pitches?key={key}")).status == 303, "it opens feeds and nothing else"
        await owner.post("/settings/feeds/revoke")
        assert (await stranger.get(f"/feeds/mine.ics?key={key}")).status == 401
        monkeypatch.setattr(world.home, "public", True)
        for name in FEEDS:
            assert (await stranger.get(f"/feeds/{name}")).status == 200
        for name in MINE:
            assert (await stranger.get(f"/feeds/{name}")).status == 401


async def test_personal_feeds_hold_public_things_without_names(world: World) -> None:
    async with visit(world.home) as site:
        owner = await site.browser(world.owner)
        calendar = icalendar.Calendar.from_ical((await owner.get("/feeds/mine.ics")).text)
        names = sorted(str(entry["summary"]) for entry in calendar.walk("VEVENT"))
        assert {"Service design lab, Halifax", "What Halifax changed, told"} <= set(names)
        assert "Among us" not in names
        days = next(entry for entry in calendar.walk("VEVENT") if "days" in str(entry["uid"]))
        assert (days["dtend"].dt - days["dtstart"].dt).days == 3
        news = (await owner.get("/feeds/mine.atom")).text
        assert "Someone commented. Because it is yours." in news
        assert "Intake lead" not in news and SECRET_TALK not in news and world.ids["money"] not in news


@pytest.mark.parametrize("name", [*FEEDS, *MINE])
async def test_what_did_not_change_is_not_sent_again(world: World, name: str) -> None:
    async with visit(world.home) as site:
        owner = await site.browser(world.owner)
        first = await owner.get(f"/feeds/{name}")
        world.home.later(DAY)
        again = await owner.get(f"/feeds/{name}", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, again.body) == (304, b"")
        since = {"If-Modified-Since": first.headers["Last-Modified"]}
        assert (await owner.get(f"/feeds/{name}", headers=since)).status == 304
        assert (await owner.get(f"/feeds/{name}", headers={"If-None-Match": '"other"'} | since)).status == 200
        assert (await owner.get(f"/feeds/{name}", headers={"If-Modified-Since": "soon"})).status == 200
        world.home.later(-DAY)


def test_signs_xml_cannot_carry_are_left_out() -> None:
    channel = Channel("a\x00b", "http://here/feed", "http://here", "en")
    body = feeds.atom(channel, [Entry("http://here/1", "\x1b[31m<b>", "\ufffe&", "x", 1)])
    root = ElementTree.fromstring(body)  # noqa: S314
    assert root.findtext(f"{ATOM}title") == "ab"
    assert root.findtext(f"{ATOM}entry/{ATOM}title") == "[31m<b>"
