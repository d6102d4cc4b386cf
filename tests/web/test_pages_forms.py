"""What members do on pages: pitch, revise, pledge, answer, share, run the node. Each form refused and accepted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import FormData

from store import accounts
from store.views import artifacts, pitches, pledges
from store.views.shapes import Artifact, Pitch, Pledge
from tests.kit.html import Page, faults
from tests.kit.web import Browser, House, Member, Site, visit
from tests.web.world import World

MARKED = "This note is PROTECTED B, and 046 454 286 is a number."


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path)
    yield world
    world.close()


async def page_of(browser: Browser, path: str) -> Page:
    answer = await browser.get(path)
    assert answer.status == 200, (path, answer.status)
    assert faults(answer.text) == [], path
    return Page(answer.text)


async def send(browser: Browser, path: str, changes: dict[str, str], at: str = "") -> tuple[int, Page, str]:
    """Fill in the form at ``at`` (else ``path``) whose action is ``path`` and send it: status, page, where it leads."""
    form = (await page_of(browser, at or path)).form(path.partition("?")[0])
    answer = await browser.post(path, form | changes)
    if answer.status != 303:
        assert faults(answer.text) == [], path
    return answer.status, Page(answer.text), answer.location


async def pitch_now(world: World, who: Member, pitch: str) -> Pitch:
    house = world.home
    found = await asyncio.to_thread(house.read_now, pitches.one, house.viewer(who), pitch, now=house.now)
    assert found is not None
    return found  # type: ignore[no-any-return]


async def pledge_now(house: House, who: Member, pledge: str) -> Pledge:
    found = await asyncio.to_thread(house.read_now, pledges.one, house.viewer(who), pledge, now=house.now)
    assert found is not None
    return found  # type: ignore[no-any-return]


# ── a pitch ──────────────────────────────────────────────────────────────────────────────────────────────────

SMALL = {
    "title.en": "A week beside a clerk",
    "why.en": "Our letters confuse people.",
    "opportunity": "shadowing",
}
WHOLE = SMALL | {
    "topics": "data",
    "when.start": "2027-03-01",
    "when.start_at": "09:30",
    "when.end": "2027-03-05",
    "when.zone": "America/Halifax",
    "where.place": "Halifax",
    "where.jurisdiction": "CA-NS",
    "benefits.self.en": "I learn it.",
    "benefits.peers.en": "They copy it.",
    "benefits.organisation.en": "Fewer letters.",
    "asks.0.kind": "money",
    "asks.0.quantity": "612.50",
    "asks.0.text.en": "Half of the train",
    "asks.0.must": "yes",
    "cost.own": "612,50",
    "sharing.0.avenue": "lunch-and-learn",
    "sharing.0.audience.en": "Our branch",
    "sharing.0.due": "2027-03-10",
    "application.practice.en": "New letters",
    "application.first_date": "2027-03-20",
    "application.signal.en": "Fewer calls",
}


async def test_three_fields_open_a_pitch(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        status, _page, to = await send(browser, "/pitches/new", SMALL)
        assert status == 303
        page = await page_of(browser, to)
        assert "Published." in page.text and "A week beside a clerk" in page.text
        pitch = await pitch_now(world, world.other, to.rpartition("/")[2])
        assert pitch["state"] == "open" and not pitch["readiness"]["ready"]


async def test_a_whole_pitch_is_ready_at_once(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        status, page, to = await send(browser, "/pitches/new", WHOLE)
        assert status == 303, page.text
        pitch = await pitch_now(world, world.other, to.rpartition("/")[2])
        assert pitch["state"] == "ready", pitch["readiness"]
        assert pitch["when"] == {
            "start": "2027-03-01T09:30:00-04:00",
            "end": "2027-03-05",
            "zone": "America/Halifax",
        }
        assert pitch["cost"] == {"currency": "CAD", "total": 122500, "own": 61250, "employer": 0}
        assert pitch["asks"][0]["quantity"] == 61250 and pitch["asks"][0]["key"] == "money"
        assert not pitch["asks"][0]["split"]


async def test_errors_come_first_name_their_field_and_keep_what_was_typed(world: World) -> None:
    wrong = WHOLE | {
        "title.en": "",
        "asks.0.quantity": "lots",
        "when.end": "2027-02-01",
        "when.zone": "Mars/Dome",
    }
    async with visit(world.home) as site:
        status, page, _ = await send(await site.browser(world.other), "/pitches/new", wrong)
    assert status == 422 and page.title.startswith("Error:")
    summary = page.all("div", id="errors")[0].text
    assert "Title: Write this in at least one language." in summary
    assert "How much: Use an amount" in summary
    assert "Last day: The end comes before the start." in summary
    assert "Time zone: Use a time zone" in summary
    links = [link for link in page.links if link.startswith("#f-")]
    ids = {element.get("id") for element in page.elements}
    assert links and all(link[1:] in ids for link in links)
    kept = page.form("/pitches/new")
    assert kept["why.en"] == WHOLE["why.en"] and kept["asks.0.quantity"] == "lots"
    assert kept["sharing.0.due"] == WHOLE["sharing.0.due"] and kept["opportunity"] == "shadowing"


async def test_checking_says_what_is_missing_and_publishes_nothing(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        changes = SMALL | {
            "do": "check",
            "asks.0.kind": "money",
            "asks.0.quantity": "600",
            "asks.0.text.en": "x",
        }
        status, page, _ = await send(browser, "/pitches/new", changes)
        assert status == 200
        assert "your own money is $600.00 short of its share" in page.text
        assert "what you gain" in page.text and "Your own share is not there yet." in page.text
        assert "A week beside a clerk" not in (await page_of(browser, "/pitches")).text


async def test_more_rows_keep_those_typed_and_empty_ones_do_not_count(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        ask = {
            "asks.4.kind": "venue",
            "asks.4.quantity": "1",
            "asks.4.text.en": "A room",
            "asks.4.unit": "day",
        }
        status, page, _ = await send(browser, "/pitches/new", SMALL | ask | {"do": "more-asks"})
        form = page.form("/pitches/new")
        assert status == 200 and form["asks.0.text.en"] == "A room" and form["asks.3.text.en"] == ""
        assert page.all("div", id="errors") == []
        status, page, to = await send(browser, "/pitches/new", SMALL | ask)
        assert status == 303, page.text
        pitch = await pitch_now(world, world.other, to.rpartition("/")[2])
        assert [(item["key"], item["unit"]) for item in pitch["asks"]] == [("venue", "day")]


async def test_writing_in_both_languages(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        status, page, _ = await send(browser, "/pitches/new", SMALL | {"do": "write-both"})
        assert status == 200
        form = page.form("/pitches/new")
        assert form["title.en"] == SMALL["title.en"] and form["title.fr"] == "" and form["write"] == "both"
        answer = await browser.post(
            "/pitches/new", form | {"title.fr": "Une semaine", "opportunity": "shadowing"}
        )
        pitch = await pitch_now(world, world.other, answer.location.rpartition("/")[2])
        assert pitch["title"] == {"en": "A week beside a clerk", "fr": "Une semaine"}


async def test_the_language_switch_keeps_what_is_typed(world: World) -> None:
    async with visit(world.home) as site:
        status, page, _ = await send(
            await site.browser(world.other), "/pitches/new", SMALL | {"language": "fr"}
        )
    assert status == 200 and page.all("html")[0].get("lang") == "fr"
    assert page.form("/pitches/new")["title.en"] == SMALL["title.en"]


async def test_markings_are_asked_about_once(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        status, page, _ = await send(browser, "/pitches/new", SMALL | {"why.en": MARKED})
        assert status == 422
        assert "“PROTECTED B” may be a protective marking." in page.text
        assert "“046 454 286” may be a social insurance number." in page.text
        form = page.form("/pitches/new")
        assert "sure" not in form
        answer = await browser.post("/pitches/new", form | {"sure": "yes"})
        assert answer.status == 303


async def test_a_draft_is_kept_for_its_writer_alone(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        status, _, to = await send(browser, "/pitches/new", {"title.en": "Half a thought", "do": "draft"})
        assert status == 303 and to.startswith("/pitches/new?draft=")
        assert (await page_of(browser, to)).form("/pitches/new")["title.en"] == "Half a thought"
        assert "Half a thought" in (await page_of(browser, "/mine")).text
        stranger = await site.browser(world.owner)
        assert (await page_of(stranger, to)).form("/pitches/new")["title.en"] == ""
        status, _, _ = await send(browser, "/pitches/new", SMALL, at=to)
        assert status == 303
        assert "Half a thought" not in (await page_of(browser, "/mine")).text


async def test_a_preview_shows_markdown_and_publishes_nothing(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        typed = WHOLE | {"why.en": "Our letters **confuse** <b>people</b>.", "do": "preview"}
        status, page, _ = await send(browser, "/pitches/new", typed)
        assert status == 200 and page.all("section", id="preview")
        assert any(bold.text == "confuse" for bold in page.all("strong"))
        assert "<b>people</b>" in page.all("section", id="preview")[0].text
        assert page.form("/pitches/new")["why.en"] == typed["why.en"]
        assert "A week beside a clerk" not in (await page_of(browser, "/pitches")).text


async def test_what_is_missing_leads_to_its_fields(world: World) -> None:
    async with visit(world.home) as site:
        status, page, _ = await send(await site.browser(world.other), "/pitches/new", SMALL | {"do": "check"})
    ids = {element.get("id") for element in page.elements}
    wanted = {"#f-benefits", "#f-when-end", "#step-asks", "#step-sharing", "#step-application"}
    assert status == 200 and wanted <= set(page.links) and {link[1:] for link in wanted} <= ids


async def test_a_draft_is_kept_while_typing_and_none_comes_back_to_life(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        form = (await page_of(browser, "/pitches/new")).form("/pitches/new") | SMALL | {"do": "autosave"}
        number = str((await browser.post("/pitches/new", form)).json()["draft"])
        again = await browser.post("/pitches/new", form | {"draft": number, "title.en": "Two weeks"})
        assert again.json() == {"draft": int(number)}
        kept = (await page_of(browser, f"/pitches/new?draft={number}")).form("/pitches/new")
        assert kept["title.en"] == "Two weeks" and kept["draft"] == number
        assert (await browser.post("/pitches/new", kept)).status == 303
        assert (await browser.post("/pitches/new", form | {"draft": number})).status == 410
        assert "Two weeks" not in (await page_of(browser, "/mine")).text or "draft=" not in " ".join(
            (await page_of(browser, "/mine")).links
        )


async def test_a_draft_can_be_thrown_away(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        await send(browser, "/pitches/new", {"title.en": "Half a thought", "do": "draft"})
        action = next(
            form.get("action")
            for form in (await page_of(browser, "/mine")).all("form")
            if "drafts" in form.get("action")
        )
        assert (await browser.post(action, {})).status == 303
        assert "Half a thought" not in (await page_of(browser, "/mine")).text


async def test_without_a_card_the_pitch_waits_as_a_draft(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.newcomer)
        status, _, to = await send(browser, "/pitches/new", SMALL)
        assert status == 303 and re.fullmatch(r"/card\?to=%2Fpitches%2Fnew%3Fdraft%3D\d+", to)
        assert "A week beside a clerk" in (await page_of(browser, "/mine")).text


async def test_sent_twice_it_is_published_once(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        form = (await page_of(browser, "/pitches/new")).form("/pitches/new") | SMALL
        first, second = [await browser.post("/pitches/new", form) for _ in range(2)]
        assert first.location == second.location


async def test_a_pitch_for_this_organisation_only(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        _, _, to = await send(browser, "/pitches/new", SMALL | {"audience": "here"})
        assert "Not for the whole network" in (await page_of(browser, to)).text


async def test_a_revise_says_only_what_changed(world: World) -> None:
    path = world.path("/pitches/{pitch}/revise")
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        status, _, to = await send(browser, path, {})
        assert status == 303 and "Nothing was changed" in (await page_of(browser, to)).text
        before = await pitch_now(world, world.owner, world.ids["pitch"])
        status, page, to = await send(browser, path, {"barrier.en": "Only the contact is missing now."})
        assert status == 303, page.text
        after = await pitch_now(world, world.owner, world.ids["pitch"])
        assert after["barrier"] == {"en": "Only the contact is missing now."}
        assert after["asks"] == before["asks"] and after["when"] == before["when"]
        revised = next(step for step in after["steps"] if step["type"] == "pitch.revise")
        assert revised["fields"] == ["barrier"]
        assert "Changed: what is in the way" in (await page_of(browser, to)).text


async def test_an_ask_may_be_added_and_one_with_an_accept_may_not_go(world: World) -> None:
    path = world.path("/pitches/{pitch}/revise")
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        new = {
            "asks.3.kind": "venue",
            "asks.3.quantity": "1",
            "asks.3.text.en": "A room",
            "asks.3.unit": "day",
        }
        status, page, _ = await send(browser, path, new)
        assert status == 303, page.text
        pitch = await pitch_now(world, world.owner, world.ids["pitch"])
        assert [ask["key"] for ask in pitch["asks"]] == ["travel", "intro", "test", "venue"]
        gone = {f"asks.0.{name}": "" for name in ("key", "kind", "quantity", "unit", "text.en", "needed_by")}
        status, page, _ = await send(browser, path, gone)
        assert status == 422 and page.title.startswith("Error")


# ── on the page of a pitch ───────────────────────────────────────────────────────────────────────────────────


async def test_the_owner_reports_and_thanks(world: World) -> None:
    path = world.path("/pitches/{pitch}")
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        report = {"update": "Twenty came.", "update_in": "en", "fulfils": "talk", "attended": "20"}
        status, page, _ = await send(browser, f"{path}/update", report, at=path)
        assert status == 303, page.text
        text = (await page_of(browser, path)).text
        assert "20 people took part" in text and "Delivers what was promised: Lunch and learn" in text
        status, page, _ = await send(browser, f"{path}/thank", {"thanks": "Thank you all."}, at=path)
        assert status == 303, page.text
        assert "Thank you all." in (await page_of(browser, path)).text


async def test_an_end_is_ticked_for_once_more(world: World) -> None:
    path = world.path("/pitches/{pitch}")
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        status, page, _ = await send(browser, f"{path}/advance", {"to": "withdrawn"}, at=path)
        assert status == 422 and "Tick this" in page.text
        status, page, _ = await send(
            browser, f"{path}/advance", {"to": "withdrawn", "certain": "yes", "reason": "workload"}, at=path
        )
        assert status == 303, page.text
        page = await page_of(browser, path)
        assert "The pitcher took it back." in page.text and f"{path}/pledge" not in page.links
        released = await pledge_now(world.home, world.owner, world.ids["money"])
        assert released["state"] == "released"


async def test_comments_carry_their_language(world: World) -> None:
    path = world.path("/pitches/{french}")
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        assert (await send(browser, f"{path}/comment", {"comment": " "}, at=path))[0] == 422
        said = {"comment": "Je peux relire.", "comment_in": "fr"}
        assert (await send(browser, f"{path}/comment", said, at=path))[0] == 303
        page = await page_of(browser, path)
        assert any(
            element.get("lang") == "fr" and "Je peux relire." in element.text for element in page.all("div")
        )


# ── pledges ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_two_loads_from_a_pitch_to_a_pledge(world: World) -> None:
    path = world.path("/pitches/{french}")
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        link = next(
            link for link in (await page_of(browser, path)).links if link.startswith(f"{path}/pledge?ask=")
        )
        form = (await page_of(browser, link)).form(f"{path}/pledge")
        assert form["quantity"] == "3" and form["show"] == "named" and form["audience"] == "network"
        answer = await browser.post(f"{path}/pledge", form)
        assert answer.status == 303
        pledge = await pledge_now(world.home, world.other, answer.location.rpartition("/")[2])
        assert (pledge["ask"], pledge["quantity"], pledge["unit"]) == ("review", 3, "hour")
        assert "Your pledge is made." in (await page_of(browser, answer.location)).text


async def test_a_money_pledge_is_between_the_parties_whatever_is_sent(world: World) -> None:
    path = world.path("/pitches/{pitch}/pledge")
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        page = await page_of(browser, f"{path}?ask=travel")
        assert "Money is between the parties" in page.text
        form = page.form(path)
        assert form["quantity"] == "245.00" and "audience" not in form
        answer = await browser.post(path, form | {"quantity": "100,00 $", "audience": "network"})
        assert answer.status == 303, answer.text
        pledge = await pledge_now(world.home, world.other, answer.location.rpartition("/")[2])
        assert pledge["restricted"] and pledge["quantity"] == 10000


async def test_what_a_conflict_is_stays_here(world: World) -> None:
    path = world.path("/pitches/{french}/pledge")
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        status, page, _ = await send(browser, path, {"conflict": "declared"})
        assert status == 422 and "What the conflict is: Fill this in." in page.all("div", id="errors")[0].text
        declared = {"conflict": "declared", "conflict_words": "My sister sits on that team"}
        _, _, to = await send(browser, path, declared)
        assert "My sister sits on that team" in (await page_of(browser, to)).text
    pledge = to.rpartition("/")[2]
    await asyncio.to_thread(world.home.carry, world.away)
    async with visit(world.away) as site:
        page = await page_of(await site.browser(world.adviser), f"/pledges/{pledge}")
        assert "declared" in page.text and "My sister" not in page.text


async def test_not_named_means_not_named(world: World) -> None:
    path = world.path("/pitches/{french}/pledge")
    async with visit(world.home) as site:
        _, _, to = await send(await site.browser(world.other), path, {"show": "anonymous"})
        page = await page_of(await site.browser(world.owner), to)
        assert "Someone" in page.text and "Data analyst" not in page.text


async def test_something_beside_the_asks(world: World) -> None:
    path = world.path("/pitches/{french}/pledge")
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        status, page, _ = await send(browser, path, {"quantity": ""}, at=f"{path}?ask=")
        assert status == 422 and "What you give: Choose one." in page.all("div", id="errors")[0].text
        status, page, to = await send(
            browser, path, {"kind": "venue", "quantity": "1", "unit": "day"}, at=f"{path}?ask="
        )
        assert status == 303, page.text
        assert "Venue, 1 day" in (await page_of(browser, to)).text


async def test_accepting_what_is_not_ready_lists_what_is_missing(world: World) -> None:
    content = {"type": "pledge.offer", "pitch": world.ids["french"], "ask": "review", "kind": "review"}
    pledge = await asyncio.to_thread(world.make, world.owner, {**content, "quantity": 3, "unit": "hour"})
    async with visit(world.away) as site:
        browser = await site.browser(world.adviser)
        page = await page_of(browser, f"/pledges/{pledge}")
        assert "It cannot be accepted yet: the pitch is not ready" in page.text
        assert "what peers gain" in page.text and f"/pledges/{pledge}/accept" not in {
            form.get("action") for form in page.all("form")
        }
        answer = await browser.post(f"/pledges/{pledge}/accept", {"accept.quantity": "3"})
        assert answer.status == 422


async def test_from_answer_to_return(world: World) -> None:
    """Accept, fulfil, confirm, give the return, say whether it was met: each on the node of who does it."""
    pledge, path = world.ids["unnamed"], world.path("/pledges/{unnamed}")
    async with visit(world.home) as site:
        owner = await site.browser(world.owner)
        promise = {"accept.quantity": "1", "accept.return": "A call", "accept.return_due": "2027-04-15"}
        status, page, _ = await send(owner, f"{path}/accept", promise, at=path)
        assert status == 303, page.text
    await asyncio.to_thread(world.home.carry, world.away)
    async with visit(world.away) as site:
        giver = await site.browser(world.adviser)
        status, page, _ = await send(giver, f"{path}/fulfil", {"fulfil.evidence": "By e-mail."}, at=path)
        assert status == 303, page.text
    await asyncio.to_thread(world.away.carry, world.home)
    async with visit(world.home) as site:
        owner = await site.browser(world.owner)
        status, page, _ = await send(owner, f"{path}/confirm", {}, at=path)
        assert status == 422 and "It came: Choose one." in page.text
        assert (await send(owner, f"{path}/confirm", {"confirm.result": "met"}, at=path))[0] == 303
        assert (await send(owner, f"{path}/deliver", {"deliver.text": "We talked."}, at=path))[0] == 303
    await asyncio.to_thread(world.home.carry, world.away)
    async with visit(world.away) as site:
        giver = await site.browser(world.adviser)
        assert (await send(giver, f"{path}/answer", {"answer.result": "met"}, at=path))[0] == 303
    settled = await pledge_now(world.away, world.adviser, pledge)
    assert settled["state"] == "confirmed" and settled["returns"]["result"] == "met"


async def test_declining_needs_a_reason(world: World) -> None:
    path = world.path("/pledges/{unnamed}")
    async with visit(world.home) as site:
        owner = await site.browser(world.owner)
        status, page, _ = await send(owner, f"{path}/decline", {}, at=path)
        assert status == 422 and "Reason: Choose one." in page.text
        assert (await send(owner, f"{path}/decline", {"decline.reason": "already-met"}, at=path))[0] == 303
        assert "Already met" in (await page_of(owner, path)).text


async def test_the_giver_withdraws(world: World) -> None:
    path = world.path("/pledges/{public}")
    async with visit(world.away) as site:
        giver = await site.browser(world.giver)
        status, page, _ = await send(giver, f"{path}/withdraw", {"withdraw.reason": "workload"}, at=path)
        assert status == 303, page.text
    assert (await pledge_now(world.away, world.giver, world.ids["public"]))["state"] == "released"


async def test_talk_on_a_pledge_is_for_the_two(world: World) -> None:
    path = world.path("/pledges/{public}")
    async with visit(world.home) as site:
        owner = await site.browser(world.owner)
        status, page, _ = await send(owner, f"{path}/comment", {"comment.text": "Ring me on Monday"}, at=path)
        assert status == 303, page.text
        assert "Ring me on Monday" in (await page_of(owner, path)).text
        other = await site.browser(world.other)
        assert "Ring me on Monday" not in (await other.get(path)).text


# ── the library ──────────────────────────────────────────────────────────────────────────────────────────────

NOTE = {
    "kind": "short-note",
    "title.en": "Three things",
    "body.en": "One, two, three.",
    "evidence": "opinion",
}


def with_file(fields: dict[str, str], alt: str = "", media_type: str = "image/png") -> FormData:
    data = FormData(list((fields | {"new.0.alt": alt}).items()))
    data.add_field("new.0", b"\x89PNG not really", filename="before-after.png", content_type=media_type)
    return data


async def artifact_now(site: Site, who: Member, artifact: str) -> Artifact:
    house = site.house
    found = await asyncio.to_thread(house.read_now, artifacts.one, house.viewer(who), artifact, now=house.now)
    assert found is not None
    return found  # type: ignore[no-any-return]


async def test_an_artifact_with_a_picture(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        at = world.path("/library/new?pitch={pitch}")
        form = (await page_of(browser, at)).form("/library/new") | NOTE | {"fulfils": "talk"}
        answer = await browser.post("/library/new", with_file(form, "The form before and after"))
        assert answer.status == 303, Page(answer.text).text
        page = await page_of(browser, answer.location)
        picture = next(element for element in page.all("img"))
        assert picture.get("alt") == "The form before and after"
        assert (await browser.get(picture.get("src"))).body == b"\x89PNG not really"
        artifact = await artifact_now(site, world.owner, answer.location.rpartition("/")[2])
        assert artifact["pitch"] and artifact["pitch"]["id"] == world.ids["pitch"]
        assert artifact["authors"][0]["member"] == world.owner.member
        assert "Delivered" in (await page_of(browser, world.path("/pitches/{pitch}"))).text


async def test_a_picture_without_words_is_asked_for_them_and_kept(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        form = (await page_of(browser, "/library/new")).form("/library/new") | NOTE
        answer = await browser.post("/library/new", with_file(form))
        assert answer.status == 422 and faults(answer.text) == []
        page = Page(answer.text)
        assert "What it shows or says: Fill this in." in page.all("div", id="errors")[0].text
        kept = page.form("/library/new")
        assert kept["files.0.name"] == "before-after.png" and kept["body.en"] == NOTE["body.en"]
        answer = await browser.post("/library/new", kept | {"files.0.alt": "Two forms"})
        assert answer.status == 303, Page(answer.text).text
        artifact = await artifact_now(site, world.owner, answer.location.rpartition("/")[2])
        assert [blob["alt"] for blob in artifact["blobs"]] == [{"en": "Two forms"}]


async def test_a_file_may_be_left_out_again(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        form = (await page_of(browser, "/library/new")).form("/library/new") | NOTE
        kept = Page((await browser.post("/library/new", with_file(form))).text).form("/library/new")
        answer = await browser.post("/library/new", kept | {"files.0.drop": "yes"})
        artifact = await artifact_now(site, world.owner, answer.location.rpartition("/")[2])
        assert artifact["blobs"] == []


async def test_an_artifact_needs_words_or_a_file(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        status, page, _ = await send(browser, "/library/new", NOTE | {"body.en": "", "evidence": ""})
        summary = page.all("div", id="errors")[0].text
        assert status == 422 and "Write something, or attach a file." in summary
        assert "How well tried: Choose one." in summary


async def test_talk_about_an_artifact(world: World) -> None:
    path = world.path("/library/{artifact}")
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        assert (await send(browser, f"{path}/comment", {"comment": "Tried it."}, at=path))[0] == 303
        assert "Tried it." in (await page_of(browser, path)).text


# ── who runs the node ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_link_made_at_the_desk_opens(world: World) -> None:
    async with visit(world.home) as site:
        operator = await site.browser(world.operator)
        answer = await operator.post("/desk/invite", {"role": "member"})
        assert answer.status == 200 and faults(answer.text) == []
        assert answer.headers["Cache-Control"] == "no-store"
        link = Page(answer.text).all("input", id="one-time-link")[0].get("value")
        path = link.removeprefix(world.home.url)
        assert "Welcome" in (await (await site.browser()).get(path)).text
        assert path not in (await operator.get("/desk")).text
        assert (await operator.post("/desk/invite", {"role": "emperor"})).status == 422


async def test_a_steward_invites_members_and_no_more(world: World) -> None:
    steward = await asyncio.to_thread(world.home.member, "Steward, Victoria", "steward")
    async with visit(world.home) as site:
        browser = await site.browser(steward)
        desk = await page_of(browser, "/desk")
        assert {form.get("action") for form in desk.all("form")} == {"/desk/invite", "/sign-out"}
        assert (await browser.post("/desk/invite", desk.form("/desk/invite"))).status == 200
        assert (await browser.post("/desk/invite", {"role": "operator"})).status == 422
        number = {"account": str(world.operator.account), "role": "operator"}
        for step in ("role", "disable", "sign-in-link"):
            assert (await browser.post(f"/desk/{step}", number)).status == 403
        answer = await (await site.browser(world.other)).get("/desk")
        assert answer.status == 403 and "Only who looks after this node" in answer.text


async def test_roles_and_shutting_out(world: World) -> None:
    async with visit(world.home) as site:
        operator = await site.browser(world.operator)
        other = await site.browser(world.other)
        number = str(world.other.account)
        assert (await operator.post("/desk/role", {"account": number, "role": "steward"})).status == 303
        assert "Steward" in (await page_of(operator, "/desk")).text
        assert (await operator.post("/desk/disable", {"account": number, "disabled": "yes"})).status == 303
        assert (await other.get("/")).location.startswith("/sign-in")
        assert (await operator.post("/desk/disable", {"account": number})).status == 303
        own = await operator.post("/desk/role", {"account": str(world.operator.account), "role": "member"})
        assert own.status == 422 and "Somebody must be left" in own.text
        assert (await operator.post("/desk/role", {"account": "9999", "role": "member"})).status == 404


async def test_the_desk_lists_accounts_by_name_a_page_at_a_time(world: World) -> None:
    for number in reversed(range(2 * accounts.PAGE)):
        await asyncio.to_thread(world.home.member, f"Clerk {number:02}", card=False)
    everyone = await asyncio.to_thread(world.home.read_now, accounts.everyone)
    async with visit(world.home) as site:
        operator = await site.browser(world.operator)
        path, listed = "/desk", []
        while path:
            page = await page_of(operator, path)
            names = [element.text for element in page.all("strong") if element.path[-1].tag == "span"]
            assert len(names) <= accounts.PAGE
            listed += names
            last, path = path, next((link for link in page.links if link.startswith("/desk?cursor=")), "")
        assert listed == [account.name for account in everyone]
        sent = {**page.form("/desk/role"), "role": "steward"}
        assert (await operator.post("/desk/role", sent)).location == f"{last}#members"
        assert "/desk#members" in page.links
        assert (await page_of(operator, "/desk?cursor=nobody")).form("/desk/role") != page.form("/desk/role")


async def test_a_sign_in_link_for_who_forgot(world: World) -> None:
    async with visit(world.home) as site:
        answer = await (await site.browser(world.operator)).post(
            "/desk/sign-in-link", {"account": str(world.other.account)}
        )
        link = Page(answer.text).all("input", id="one-time-link")[0].get("value")
        page = await (await site.browser()).get(link.removeprefix(world.home.url))
        assert "Data analyst, Nanaimo" in page.text


async def test_pairing_is_for_the_operator(world: World) -> None:
    async with visit(world.home) as site:
        operator, other = await site.browser(world.operator), await site.browser(world.other)
        answer = await operator.post("/network/invite", {"at": "barn.example.org:7401", "tls": "yes"})
        assert "barn-invite-code" in answer.text and faults(answer.text) == []
        assert world.home.invites == [("barn.example.org:7401", True)]
        assert (await operator.post("/network/add", {"code": " a\n b "})).status == 303
        assert world.home.added == ["ab"]
        assert (await operator.post("/network/add", {"code": ""})).status == 422
        assert (await operator.post("/network/remove", {"node": world.ids["away"]})).status == 303
        assert world.home.removed == [world.away.node]
        for step in ("invite", "add", "remove"):
            assert (await other.post(f"/network/{step}", {})).status == 403
        page = await page_of(other, "/network")
        assert not [form for form in page.all("form") if form.get("action").startswith("/network")]


async def test_the_network_page_counts(world: World) -> None:
    async with visit(world.home) as site:
        page = await page_of(await site.browser(world.owner), "/network")
    rows = [row.text for row in page.all("tr")]
    assert any("City of Lethbridge" in row and "connected" in row and "3" in row for row in rows)
    assert "This node and 1 neighbour" in page.all("svg", role="img")[0].get("aria-label")
