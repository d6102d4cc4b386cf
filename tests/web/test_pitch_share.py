"""The share kit: link, QR, calendar, letters in both languages, what is printed, invitations."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import icalendar
import pytest

from tests.kit.web import visit
from tests.web.test_pages_forms import page_of, pitch_now, send
from tests.web.world import World
from web.share_kit import qr_svg, working_days


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path)
    yield world
    world.close()


async def test_the_kit_holds_link_letters_and_papers(world: World) -> None:
    path = world.path("/pitches/{pitch}")
    async with visit(world.home) as site:
        page = await page_of(await site.browser(world.other, language="fr"), f"{path}/share")
    assert {f"{path}/poster", f"{path}/manager", f"{path}/dates.ics"} <= set(page.links)
    assert page.all("input", id="share-link")[0].get("value") == world.path(
        "http://localhost:7400/go/{pitch}"
    )
    english, french = (page.all("textarea", id=f"letter-{tag}")[0] for tag in ("en", "fr"))
    assert (english.get("lang"), french.get("lang")) == ("en", "fr")
    assert "Service design lab, Halifax" in english.text and "Half of train and lodging" in english.text
    assert "one applicant in three" in english.text and "**" not in english.text
    assert "Labo de design de services, Halifax" in french.text and "Il manque encore" in french.text
    mail = next(link for link in page.links if link.startswith("mailto:"))
    assert world.path("/go/{pitch}") in parse_qs(urlsplit(mail).query)["body"][0]


async def test_letters_and_files_tell_nothing_private(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        for name in ("share", "poster", "manager", "dates.ics", "qr.svg", "facilitator"):
            answer = await browser.get(world.path("/pitches/{pitch}/") + name)
            assert answer.status == 200, name
            assert "quiet learning fund" not in answer.text and "Intake lead" not in answer.text


async def test_the_qr_code_is_a_picture_that_runs_nothing(world: World) -> None:
    async with visit(world.home) as site:
        answer = await (await site.browser(world.other)).get(world.path("/pitches/{pitch}/qr.svg"))
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text and "style" not in answer.text
    assert answer.body == qr_svg(world.path("http://localhost:7400/go/{pitch}"))


async def test_its_days_go_into_a_calendar(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        answer = await browser.get(world.path("/pitches/{pitch}/dates.ics"))
        assert (await browser.get(world.path("/pitches/{french}/dates.ics"))).status == 404
    found = {
        str(one["uid"]).partition("/")[2]: one
        for one in icalendar.Calendar.from_ical(answer.body).walk("VEVENT")
    }
    assert set(found) == {"learning", "pledges", "sharing-talk", "application"}
    assert found["learning"].decoded("dtstart").isoformat() == "2027-03-09T13:00:00+00:00"
    assert str(found["learning"]["location"]) == "Halifax, Nova Scotia"
    first = found["application"]
    assert first.decoded("dtstart").isoformat() == "2027-04-01"
    assert first.decoded("dtend").isoformat() == "2027-04-02"
    assert str(first["summary"]) == "First day it is applied · Service design lab, Halifax"


async def test_what_is_printed_says_what_a_wall_and_a_manager_need(world: World) -> None:
    path = world.path("/pitches/{pitch}")
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        poster = (await page_of(browser, f"{path}/poster")).text
        assert "Someone on the Halifax team" in poster and "/go/" in poster
        manager = (await page_of(browser, f"{path}/manager")).text
        for words in ("3 days, Monday to Friday", "12 hours", "Cost to the employer", "April 1, 2027"):
            assert words in manager, words
        bare = (await page_of(browser, world.path("/pitches/{french}/manager"))).text
        assert "none stated" in bare and "The plan is still to be written." in bare
        assert (await page_of(browser, world.path("/pitches/{hostile}/poster"))).all("script", src="") == []


def test_working_days_leave_weekends_out() -> None:
    assert working_days({"start": "2027-03-05", "end": "2027-03-08"}) == 2
    assert working_days({"start": "2027-03-09"}) == working_days(None) == 0
    assert working_days({"start": "2027-03-09", "end": "2027-03-01"}) == 0


async def test_an_invitation_is_drafted_sent_and_listed(world: World) -> None:
    path = world.path("/pitches/{pitch}/share")
    invite = world.path("/pitches/{pitch}/invite")
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        none = await page_of(browser, f"{path}?who=zeppelin")
        assert "Nobody found" in none.text
        found = await page_of(browser, f"{path}?who=conseill%C3%A8re")
        assert [one.get("value") for one in found.all("input", name="to")] == [world.adviser.member]
        form = found.form(invite)
        assert "“Service design lab, Halifax” still looks for: Money and Introduction" in form["text"]
        empty = await browser.post(invite, form)
        assert empty.status == 422 and "Whom you invite" in empty.text
        answer = await browser.post(invite, form | {"to": str(world.adviser.member)})
        assert answer.status == 303, answer.text
        shown = await page_of(browser, path)
        assert (
            "You invited Conseillère, Lethbridge to look at it" in shown.text and "open until" in shown.text
        )
        refused = await browser.post(invite, form | {"to": str(world.owner.member)})
        assert refused.status == 422 and "still looks for" in refused.text
        owner = await page_of(await site.browser(world.owner), path)
        assert "You invited" not in owner.text


async def test_people_are_offered_for_what_their_card_says(world: World) -> None:
    offers = [{"kind": "introduction", "text": {"en": "I know them"}}]
    card = {"type": "member.revise", "member": world.adviser.member, "offers": offers}
    await asyncio.to_thread(world.make, world.adviser, card)
    async with visit(world.home) as site:
        page = await page_of(await site.browser(world.owner), world.path("/pitches/{pitch}/share"))
    assert re.search(
        r"Conseillère, Lethbridge\s*City of Lethbridge · shown because the card offers: Introduction",
        page.text,
    )


# ── the facilitator ──────────────────────────────────────────────────────────────────────────────────────────


async def test_the_owner_asks_and_the_facilitator_says_what_she_stands_for(world: World) -> None:
    path, page_at = world.path("/pitches/{pitch}"), world.path("/pitches/{pitch}/facilitator")
    async with visit(world.home) as site:
        owner, named = await site.browser(world.owner), await site.browser(world.other)
        assert (await named.get(page_at)).location.startswith(path)
        wrong = await owner.post(page_at, {"do": "name", "facilitator": str(world.giver.member)})
        assert wrong.status == 422 and "Choose one of the list." in wrong.text
        choice = {"facilitator": str(world.other.member)}
        assert (await send(owner, page_at, choice))[0] == 303
        assert (await send(owner, page_at, {}))[0] == 303
        asked = await page_of(owner, page_at)
        assert "asked, until" in asked.text and asked.all("textarea", id="letter-fr")
        hers = await page_of(named, page_at)
        assert "No private pledge" in hers.text and "Cost to the employer" in hers.text
        assert page_at in (await page_of(named, "/")).links
        past = await send(named, page_at, {"what": "time", "until": "2020-01-01"})
        assert past[0] == 422 and past[1].form(page_at)["until"] == "2020-01-01"
        said = {"what": "time", "until": "2027-06-30", "note": "Gladly"}
        assert (await send(named, page_at, said))[0] == 303
        assert "Gladly" in (await page_of(owner, path)).text
        assert (await (await site.browser(world.operator)).post(page_at, {"do": "attest"})).status == 403
    pitch = await pitch_now(world, world.owner, world.ids["pitch"])
    assert pitch["facilitator"] is not None and pitch["facilitator"]["what"] == ["time"]
