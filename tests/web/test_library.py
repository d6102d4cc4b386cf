"""The library: found by anybody, read in one's language, put to use, revised, taken back. WEB "Pages", DOMAIN 2 and 3."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.views import artifacts
from store.views.shapes import Artifact
from tests.kit.html import Page, faults
from tests.kit.web import DAY, Browser, Member, visit
from tests.web.test_pages_forms import page_of, send
from tests.web.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path)
    yield world
    world.close()


FRENCH: dict[str, Any] = {
    "type": "artifact.publish",
    "kind": "how-to",
    "title": {"fr": "Alléger un formulaire"},
    "body": {"fr": "Compter d’abord **où** les gens abandonnent."},
    "licence": "CC0-1.0",
    "evidence": "research",
    "topics": ["data"],
}


async def now(world: World, who: Member, artifact: str) -> Artifact:
    house = world.away if who in (world.giver, world.adviser) else world.home
    found = await asyncio.to_thread(house.read_now, artifacts.one, house.viewer(who), artifact, now=house.now)
    assert found is not None
    return found  # type: ignore[no-any-return]


def titles(page: Page) -> list[str]:
    return [one.text for one in page.all("h2", class_="card-title")]


# ── found ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=formulaires+alleger", 1),
        ("q=halifax", 1),
        ("kind=how-to", 1),
        ("evidence=one-experience", 2),
        ("jurisdiction=CA-AB", 2),
        ("jurisdiction=CA", 3),
        ("lang=fr&licence=CC0-1.0", 1),
        ("review=due", 0),
        ("kind=no-such-kind", 3),
    ],
)
async def test_it_is_found_by_words_and_filters(world: World, query: str, found: int) -> None:
    await asyncio.to_thread(world.make, world.adviser, FRENCH)
    async with visit(world.home) as site:
        page = await page_of(await site.browser(world.owner), f"/library?{query}")
    assert len(titles(page)) == found


async def test_filters_say_how_many_there_are(world: World) -> None:
    await asyncio.to_thread(world.make, world.adviser, FRENCH)
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        options = {one.get("value"): one.text for one in (await page_of(browser, "/library")).all("option")}
        assert options["how-to"] == "How-to (1)" and options["CC-BY-4.0"].endswith("(2)")
        assert options["CA-AB"] == "Alberta (2)" and options["note"] == "Note"
        chosen = await page_of(browser, "/library?kind=how-to")
        assert {one.text for one in chosen.all("option", value="post")} == {"Blog post"}


# ── read in one's language ───────────────────────────────────────────────────────────────────────────────────


async def test_a_translation_is_offered_shown_and_told_stale(world: World) -> None:
    artifact = await asyncio.to_thread(world.make, world.adviser, FRENCH)
    path = f"/library/{artifact}"
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        assert f"{path}/translate?to=en" in (await page_of(browser, path)).links
        form = {"text.title": "A lighter form", "text.body": "First count **where** they leave."}
        status, page, _ = await send(browser, f"{path}/translate", form)
        assert status == 422 and "How you translate: Choose one." in page.all("div", id="errors")[0].text
        assert page.form(f"{path}/translate")["text.title"] == "A lighter form"
        assert (await send(browser, f"{path}/translate", form | {"origin": "machine"}))[0] == 303
        assert (
            await send(browser, f"{path}/translate", {"text.title": "A lighter form", "origin": "human"})
        )[0] == 303

        page = await page_of(browser, path)
        assert page.all("h1")[0].text == "A lighter form" and "First count where they leave." in page.text
        assert "Translated by a person · Data analyst, Nanaimo" in page.text
        original = await page_of(browser, f"{path}?original=yes")
        assert original.all("h1")[0].text == "Alléger un formulaire"
        assert "A lighter form" in titles(await page_of(browser, "/library"))
        french = await site.browser(world.other, language="fr")
        assert (await page_of(french, path)).all("h1")[0].text == "Alléger un formulaire"

    revise = {"type": "artifact.revise", "artifact": artifact, "title": {"fr": "Alléger trois formulaires"}}
    await asyncio.to_thread(world.make, world.adviser, revise)
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        page = await page_of(browser, path)
        assert "The author has changed this since: the title." in page.text
        beside = await page_of(browser, f"{path}/translate")
        assert (
            "Alléger trois formulaires" in beside.text
            and "The author has changed this text since." in beside.text
        )


async def test_what_the_author_says_in_both_is_not_translated(world: World) -> None:
    both = FRENCH | {"title": {"fr": "Un", "en": "One"}, "body": {"fr": "Deux", "en": "Two"}}
    artifact = await asyncio.to_thread(world.make, world.adviser, both)
    async with visit(world.home) as site:
        page = await page_of(await site.browser(world.other), f"/library/{artifact}/translate?to=en")
        assert "There is nothing to translate." in page.text


# ── put to use ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_use_is_reported_back(world: World) -> None:
    path = world.path("/library/{artifact}")
    async with visit(world.away) as site:
        browser = await site.browser(world.giver)
        words = {"where.en": "Intake desk", "what.en": "Took out *two* fields"}
        status, page, _ = await send(browser, f"{path}/reuse", words)
        assert status == 422 and page.form(f"{path}/reuse")["what.en"] == words["what.en"]
        status, _, where = await send(browser, f"{path}/reuse", words | {"result": "partly"})
        assert status == 303 and where == f"{path}#used"
        page = await page_of(browser, path)
        assert "It worked in part · Intake desk" in page.text and "1 reuse elsewhere" in page.text
        assert "Took out two fields" in page.text
    seen = await now(world, world.giver, world.ids["artifact"])
    assert seen["reused_by"]["others"] == 1 and seen["reused_by"]["results"] == {"partly": 1}


async def test_the_form_of_a_use_changes_language_and_keeps_words(world: World) -> None:
    path = world.path("/library/{artifact}/reuse")
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        form = (await page_of(browser, path)).form(path) | {"where.en": "Nanaimo", "do": "write-both"}
        page = Page((await browser.post(path, form)).text)
        assert page.form(path)["where.en"] == "Nanaimo" and "where.fr" in page.form(path)
        form = page.form(path) | {"language": "fr"}
        french = Page((await browser.post(path, form)).text)
        assert french.all("html")[0].get("lang") == "fr" and french.form(path)["where.en"] == "Nanaimo"


# ── revised and taken back ───────────────────────────────────────────────────────────────────────────────────


async def revised(browser: Browser, path: str, changes: dict[str, str]) -> tuple[int, Page, str]:
    return await send(browser, f"{path}/revise", changes)


async def test_a_revision_says_what_changed_and_nothing_else(world: World) -> None:
    path = world.path("/library/{artifact}")
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        answer = await revised(browser, path, {})
        assert (
            answer[0] == 303 and (await now(world, world.owner, world.ids["artifact"]))["versions"][1:] == []
        )
        changes = {
            "body.en": "Four fields went.",
            "review_by": "2027-01-02",
            "authors.0.name": "Clerks",
            "authors.0.role": "contributor",
        }
        assert (await revised(browser, path, changes))[0] == 303
        seen = await now(world, world.owner, world.ids["artifact"])
        assert seen["versions"][1]["fields"] == ["authors", "body", "review_by"]
        assert seen["authors"] == [{"member": None, "name": "Clerks", "role": "contributor"}]
        page = await page_of(browser, path)
        assert "Four fields went." in page.text and "Clerks Contributor" in page.text
        await asyncio.to_thread(world.home.later, 20 * DAY)
        assert "It was to be looked at again by" in (await page_of(browser, path)).text
        assert len(titles(await page_of(browser, "/library?review=due"))) == 1
        assert (await revised(browser, path, {"review_by": ""}))[0] == 303
        assert (await now(world, world.owner, world.ids["artifact"]))["review_by"] is None


async def test_only_the_owner_revises_and_withdraws(world: World) -> None:
    path = world.path("/library/{artifact}")
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        for step in ("revise", "withdraw"):
            assert (await browser.get(f"{path}/{step}")).status == 403
            assert (await browser.post(f"{path}/{step}", {"certain": "yes"})).status == 403


async def test_one_withdrawn_says_so_and_leaves_the_list(world: World) -> None:
    path = world.path("/library/{artifact}")
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        words = {"reason": "superseded", "note.en": "See the how-to."}
        status, page, _ = await send(browser, f"{path}/withdraw", words)
        assert status == 422 and page.form(f"{path}/withdraw")["note.en"] == "See the how-to."
        assert (await send(browser, f"{path}/withdraw", words | {"certain": "yes"}))[0] == 303
        page = await page_of(browser, path)
        assert "Its author no longer stands by it" in page.text and "See the how-to." in page.text
        assert "Superseded" in page.text and f"{path}/reuse" not in page.links
        assert "What Halifax changed" not in titles(await page_of(browser, "/library"))
        assert (await browser.get(f"{path}/reuse")).status == 403


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_recording_is_asked_for_its_transcript(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        file = await sent(browser, b"RIFF", "talk.wav", "audio/wav")
        kept = {f"files.0.{name}": str(file[name]) for name in ("hash", "size", "media_type", "name")}
        words = {"kind": "podcast", "title.en": "A talk", "evidence": "opinion"} | kept
        status, page, _ = await send(browser, "/library/new", words)
        assert status == 422
        assert "For those who do not hear it: Choose one." in page.all("div", id="errors")[0].text
        status, _, path = await send(browser, "/library/new", words | {"files.0.transcript": "none"})
        assert status == 303
        page = await page_of(browser, path)
        assert page.all("audio") and "Not yet: no captions and no transcript" in page.text
        # a revision that says nothing of the file leaves it as it is
        assert (await revised(browser, path, {"title.en": "A long talk"}))[0] == 303
        seen = await now(world, world.owner, path.rpartition("/")[2])
        assert seen["versions"][1]["fields"] == ["title"] and seen["blobs"][0]["transcript"] == "none"


async def sent(browser: Browser, data: bytes, name: str, kind: str, piece: int = 3) -> dict[str, Any]:
    """Send a file in pieces, as the script of the form does."""
    about = {"name": name, "size": str(len(data)), "type": kind, "day": "1"}
    part = (await browser.post("/uploads", about)).json()
    while "hash" not in part:
        query = {"at": str(part["here"]), "name": name, "type": kind}
        body = data[part["here"] : part["here"] + piece]
        answer = await browser.ask("POST", f"/uploads/{part['id']}", params=query, data=body)
        assert answer.status == 200, answer.text
        part = answer.json()
    return part  # type: ignore[no-any-return]


async def test_an_interrupted_file_goes_on_where_it_stopped(world: World) -> None:
    about = {"name": "../film.mp4", "size": "6", "type": "video/mp4", "day": "7"}
    async with visit(world.home) as site:
        browser, other = await site.browser(world.owner), await site.browser(world.other)
        part = (await browser.post("/uploads", about)).json()
        path = f"/uploads/{part['id']}"
        assert (await browser.ask("POST", f"{path}?at=0", data=b"abc")).json()["here"] == 3
        assert (await browser.ask("POST", f"{path}?at=0", data=b"xyz")).json()["here"] == 3
        assert (await browser.ask("POST", f"{path}?at=3", data=b"toomuch")).json()["here"] == 3
        assert (await other.ask("POST", f"{path}?at=3", data=b"def")).status == 404
        assert (await browser.post("/uploads", about)).json() == part | {"here": 3}
        query = {"at": "3", "name": "../film.mp4", "type": "video/mp4"}
        kept = (await browser.ask("POST", path, params=query, data=b"def")).json()
        assert kept["name"] == "film.mp4" and kept["media_type"] == "video/mp4"
        assert (await browser.get(f"/blobs/{kept['hash']}")).body == b"abcdef"
        assert (await browser.ask("POST", f"{path}?at=0", data=b"abc")).status == 404


async def test_files_on_their_way_are_bounded_and_forgotten(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        answers = [await browser.post("/uploads", {"name": str(number), "size": "6"}) for number in range(9)]
        assert [answer.status for answer in answers] == [200] * 8 + [429]
        for size in ("0", "67108865"):
            assert (await browser.post("/uploads", {"name": "x", "size": size})).status in (413, 422)
        await asyncio.to_thread(world.home.later, 2 * DAY)
        assert (await browser.post("/uploads", {"name": "new", "size": "6"})).status == 200
        part = answers[0].json()
        assert (await browser.ask("POST", f"/uploads/{part['id']}?at=0", data=b"abc")).status == 404
        for wrong in ("1-6-" + "a" * 32, "..%2F..%2Fmeta", "x"):
            assert (await browser.ask("POST", f"/uploads/{wrong}?at=0", data=b"abc")).status == 404


async def test_a_pdf_is_shown_in_place_and_may_do_nothing(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        file = await sent(browser, b"%PDF-1.4", "form.pdf", "application/pdf")
        kept = {f"files.0.{name}": str(file[name]) for name in ("hash", "size", "media_type", "name")}
        words = {"kind": "slides", "title.en": "Slides", "evidence": "opinion"} | kept
        page = await page_of(browser, (await send(browser, "/library/new", words))[2])
        frame = page.all("iframe")[0]
        assert frame.get("title") == "form.pdf" and frame.get("loading") == "lazy"
        headers = (await browser.get(frame.get("src"))).headers
        assert headers["Content-Security-Policy"].startswith(
            "default-src 'none'; object-src 'self'; frame-anc"
        )
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Content-Type"] == "application/pdf"


# ── after the learning ───────────────────────────────────────────────────────────────────────────────────────


async def test_the_short_note_delivers_what_was_promised(world: World) -> None:
    path = world.path("/pitches/{pitch}/note")
    async with visit(world.home) as site:
        assert (await (await site.browser(world.other)).get(path)).status == 403
        browser = await site.browser(world.owner)
        words = {"learned.0": "Count first", "learned.1": "Ask the clerks", "in": "fr"}
        status, page, _ = await send(browser, path, words)
        assert (
            status == 422 and "One I will try Monday: Fill this in." in page.all("div", id="errors")[0].text
        )
        assert page.form(path)["learned.1"] == "Ask the clerks"
        status, _, where = await send(browser, path, words | {"monday": "One phone call", "fulfils": "talk"})
        assert status == 303
        seen = await now(world, world.owner, where.rpartition("/")[2])
        assert seen["kind"] == "short-note" and seen["fulfils"] == ["talk"]
        assert seen["pitch"] and seen["pitch"]["id"] == world.ids["pitch"]
        assert seen["body"] == {
            "fr": "1. Count first\n2. Ask the clerks\n\n**Lundi, j’essaie :** One phone call"
        }
        assert "Delivered" in (await page_of(browser, world.path("/pitches/{pitch}"))).text


# ── the pathway ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_pathway_is_hers_alone_turn_by_turn(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        words = {"skill.en": "Running a usability test", "text.en": "Two people, one clerk"}
        status, page, _ = await send(browser, "/mine/pathway", words)
        assert status == 422 and page.form("/mine/pathway")["text.en"] == "Two people, one clerk"
        first = words | {"part": "experience", "refers": world.ids["pitch"]}
        assert (await send(browser, "/mine/pathway", first))[0] == 303
        at = "/mine/pathway?skill=Running+a+usability+test&lang=en&cycle=1&part=reflection"
        assert (await send(browser, "/mine/pathway", {"text.en": "I talk too much"}, at=at))[0] == 303
        page = await page_of(browser, "/mine/pathway")
        assert [one.text for one in page.all("h2") if "usability" in one.text] == ["Running a usability test"]
        assert "Service design lab, Halifax" in page.text and "I talk too much" in page.text
        assert "Still open: Concept Experiment" in page.text
        for who in (world.other, world.operator):
            others = await (await site.browser(who)).get("/mine/pathway")
            assert "Two people" not in others.text and faults(others.text) == []
            assert "Two people" not in (await (await site.browser(who)).get("/search?q=people")).text
