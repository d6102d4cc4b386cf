"""Events over the application: scheduled, answered, revised, cancelled, reported; the month; hours in two zones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import icalendar
import pytest

from store.views import events, pitches
from tests.kit.html import Page, faults
from tests.kit.web import DAY, visit
from tests.web.world import World

TYPED = {
    "write": "en",
    "title.en": "Forms clinic",
    "kind": "workshop",
    "start": "2027-03-25",
    "start_at": "09:30",
    "end": "2027-03-25",
    "end_at": "11:00",
    "zone": "America/Halifax",
    "online": "https://example.org/clinic",
    "where.place": "Room 4",
    "where.jurisdiction": "CA-NS",
    "languages": "en",
    "audience": "network",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path)
    yield world
    world.close()


def _event(world: World, name: str = "event") -> Any:
    id_ = world.ids.get(name, name)
    return world.home.read_now(events.one, world.home.viewer(world.owner), id_, now=world.home.now)


async def test_an_event_is_scheduled_and_shown_in_both_zones(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        page = Page((await browser.get("/events/new")).text)
        assert page.form("/events/new")["zone"] == "America/Vancouver"
        answer = await browser.post("/events/new", TYPED)
        assert answer.status == 303, answer.text
        shown = Page((await browser.follow(answer)).text)
        assert "Thursday, March 25, 2027, 5:30" in shown.text
        assert "Where it is held: Thursday, March 25, 2027, 9:30" in shown.text
        assert "Published." in shown.text and "Room 4, Nova Scotia" in shown.text
        french = await site.browser(world.other, language="fr")
        assert "jeudi 25 mars 2027, 05 h 30" in Page((await french.get(answer.location)).text).text
    made = _event(world, answer.location.rsplit("/", 1)[1])
    assert made["start"] == "2027-03-25T09:30:00-03:00" and made["kind"] == "workshop"


async def test_what_is_wrong_comes_back_with_what_was_typed(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        wrong = {**TYPED, "kind": "", "start": "", "zone": "Nowhere/Land", "online": "ftp://x"}
        answer = await browser.post("/events/new", wrong)
        page = Page(answer.text)
        assert answer.status == 422 and page.title.startswith("Error:") and faults(answer.text) == []
        kept = page.form("/events/new")
        assert kept["title.en"] == "Forms clinic" and kept["zone"] == "Nowhere/Land"
        for name in ("kind", "start", "zone"):
            assert f"#f-{name}" in page.links
        backwards = await browser.post("/events/new", {**TYPED, "end": "2027-03-24"})
        assert backwards.status == 422 and "The end must come after the start." in backwards.text
        address = await browser.post("/events/new", {**TYPED, "online": "ftp://x"})
        assert address.status == 422 and "#f-online" in Page(address.text).links
        switched = await browser.post("/events/new", {**TYPED, "language": "fr"})
        assert Page(switched.text).form("/events/new")["title.en"] == "Forms clinic"
        both = await browser.post("/events/new", {**TYPED, "do": "write-both"})
        assert "title.fr" in Page(both.text).form("/events/new")
        marked = await browser.post("/events/new", {**TYPED, "title.en": "PROTECTED B clinic"})
        assert marked.status == 422 and "may be a protective marking" in Page(marked.text).text


async def test_an_event_begins_from_a_sharing_plan(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        path = world.path("/events/new?pitch={pitch}&fulfils=talk")
        form = Page((await browser.get(path)).text).form("/events/new")
        assert form["kind"] == "lunch-and-learn" and form["start"] == "2027-03-16"
        assert form["pitch"] == world.ids["pitch"] and form["fulfils"] == "talk"
        assert form["title.en"] == "Service design lab, Halifax"
        answer = await browser.post("/events/new", {**form, "start_at": "12:00", "end_at": "13:00"})
        assert answer.status == 303, answer.text
        pitch = Page((await browser.get(world.path("/pitches/{pitch}"))).text)
        assert answer.location in pitch.links and "Planned for March 16, 2027" in pitch.text
        other = await site.browser(world.other)
        assert "fulfils" not in Page((await other.get(path)).text).form("/events/new")


async def test_members_answer_and_are_seen(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        url = world.path("/events/{event}")
        before = Page((await browser.get(url)).text)
        assert "Your answer: No" in before.text and "1 comes, 1 perhaps · 1 cannot" in before.text
        answer = await browser.post(f"{url}/rsvp", {"answer": "yes"})
        assert answer.status == 303
        after = Page((await browser.follow(answer)).text)
        assert "Your answer is published." in after.text and "2 come, 1 perhaps" in after.text
        assert "Data analyst, Nanaimo (you)" in after.text
        assert (await browser.post(f"{url}/rsvp", {"answer": "perhaps"})).status == 422
        mine = Page((await browser.get("/events?mine=yes")).text)
        assert url in mine.links
        newcomer = await site.browser(world.newcomer)
        assert "Publish your card to answer" in (await newcomer.get(url)).text
        assert (await newcomer.post(f"{url}/rsvp", {"answer": "yes"})).status == 303
    assert _event(world)["coming"] == {"yes": 2, "maybe": 1, "no": 0}


async def test_the_organiser_revises_and_cancels_and_nobody_else(world: World) -> None:
    async with visit(world.home) as site:
        owner, other = await site.browser(world.owner), await site.browser(world.other)
        url = world.path("/events/{event}")
        assert (await other.get(f"{url}/revise")).status == 403
        form = Page((await owner.get(f"{url}/revise")).text).form(f"{url}/revise")
        assert form["start_at"] == "12:00" and form["access.en"] == "Live captions"
        form.pop("languages")  # both are ticked
        spoken = [("languages", "fr"), ("languages", "en")]
        same = await owner.post(f"{url}/revise", [*form.items(), *spoken])
        assert "Nothing was changed" in Page((await owner.follow(same)).text).text
        version = _event(world)["version"]
        moved = await owner.post(
            f"{url}/revise", {**form, "languages": "en", "start_at": "12:30", "access.en": ""}
        )
        assert moved.status == 303 and _event(world)["version"] != version
        assert _event(world)["start"] == "2027-03-16T12:30:00-07:00" and _event(world)["access"] is None
        assert _event(world)["fulfils"] == ["talk"] and _event(world)["languages"] == ["en"]
        unsure = await owner.post(f"{url}/cancel", {"reason": "workload", "note": "Two of us are ill."})
        assert unsure.status == 422 and "Two of us are ill." in unsure.text
        cancelled = await owner.post(f"{url}/cancel", {"certain": "yes", "note": "Two of us are ill."})
        page = Page((await owner.follow(cancelled)).text)
        assert "Cancelled: it does not take place" in page.text and "Two of us are ill." in page.text
        assert f"{url}/rsvp" not in [form.get("action") for form in page.all("form")]
        late = await other.post(f"{url}/rsvp", {"answer": "yes"})
        assert late.status == 422 and "This event is over or was cancelled." in late.text


async def test_after_it_the_owner_says_how_many_came(world: World) -> None:
    world.home.later(90 * DAY)
    async with visit(world.home) as site:
        owner, other = await site.browser(world.owner), await site.browser(world.other)
        url = world.path("/events/{event}")
        assert "How did it go?" not in (await other.get(url)).text
        page = Page((await owner.get(url)).text)
        assert "How did it go?" in page.text and "It is over" in page.text
        wrong = await owner.post(f"{url}/held", {"attended": "many", "held": "A good hour."})
        assert wrong.status == 422 and "A good hour." in wrong.text
        answer = await owner.post(f"{url}/held", {"attended": "24", "held": "A good hour."})
        assert answer.status == 303, answer.text
        after = Page((await owner.follow(answer)).text)
        assert "How did it go?" not in after.text and "Delivered" in after.text
        assert url in Page((await owner.get("/events?past=yes")).text).links
        refused = await other.post(f"{url}/held", {"attended": "3", "held": "I was there."})
        assert refused.status == 422
    viewer = world.home.viewer(world.owner)
    pitch = world.home.read_now(pitches.one, viewer, world.ids["pitch"], now=world.home.now)
    assert [item["state"] for item in pitch["sharing"]] == ["delivered"]
    assert [step["attended"] for step in pitch["steps"] if "attended" in step] == [24]


async def test_the_month_is_a_table_of_links(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        page = Page((await browser.get("/events?month=2027-03")).text)
        assert page.title.startswith("Events of March 2027")
        assert {"#day-2027-03-16", "#day-2027-03-17", "/events?month=2027-02"} <= set(page.links)
        assert page.all("th")[0].text == "Sun"
        assert "Nothing is planned in May 2027." in (await browser.get("/events?month=2027-05")).text
        beside = Page((await browser.get("/events?kind=webinar")).text)
        assert "/events?kind=webinar&month=2027-01" in beside.links
        for typed in ("2027-13", "zzz", "0000-01", "9999-12", "2027-3"):
            assert (await browser.get(f"/events?month={typed}")).status == 200
        french = Page(
            (await (await site.browser(world.other, language="fr")).get("/events?month=2027-03")).text
        )
        assert "Mars 2027" in french.title or "mars 2027" in french.title


async def test_filters_narrow_the_list(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        url = world.path("/events/{event}")
        for query in ("kind=webinar", "topic=citizen-services", "lang=fr", "q=halifax"):
            assert url in Page((await browser.get(f"/events?{query}")).text).links, query
        for query in ("kind=workshop", "topic=data", "jurisdiction=CA-QC", "q=nothingislikethis"):
            page = Page((await browser.get(f"/events?{query}")).text)
            assert url not in page.links and "No event fits these filters." in page.text, query


async def test_an_event_is_a_file_for_calendars(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        answer = await browser.get(world.path("/events/{event}/ics"))
        assert answer.headers["Content-Type"].startswith("text/calendar")
        [entry] = icalendar.Calendar.from_ical(answer.body).walk("VEVENT")
        assert entry["summary"] == "What Halifax changed, live"
        assert entry["url"] == world.path("http://localhost:7400/go/{event}")
        assert (await browser.get(world.path("/go/{event}"))).location == world.path("/events/{event}")
        assert (await browser.get(world.path("/events/{pitch}/ics"))).status == 404


async def test_an_event_for_the_organisation_stays_there(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        answer = await browser.post("/events/new", {**TYPED, "audience": "here"})
        page = Page((await browser.follow(answer)).text)
        assert "Not for the whole network" in page.text
    world.home.carry(world.away)
    made = answer.location.rsplit("/", 1)[1]
    viewer = world.away.viewer(world.giver)
    assert world.away.read_now(events.one, viewer, made, now=world.away.now) is None
