"""Every page, in both languages, for everybody who may ask: sound mark-up, nothing hostile, nothing private."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

import web
from protocol.gossip.signals import Verdict
from store import payloads
from store.views.ground import NOT_APPLICABLE
from tests.kit.html import Page, faults
from tests.kit.web import visit
from tests.web.world import FULL, HOSTILE, PATHS, SECRET_TALK, SECRET_WORDS, World
from web.i18n import LANGUAGE_COOKIE, Language

WEIGHT = 100_000
"""Bytes of a page without what is attached to it."""
FETCHED = {
    "img": "src",
    "script": "src",
    "link": "href",
    "source": "src",
    "video": "src",
    "audio": "src",
    "iframe": "src",
}


def outside(page: Page) -> list[str]:
    """Addresses a browser fetches by itself that are not this node's."""
    found = [element.get(FETCHED[element.tag]) for element in page.elements if element.tag in FETCHED]
    return [address for address in found if address and not address.startswith("/")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Only read by the tests of this file."""
    world = World.build(tmp_path_factory.mktemp("world"))
    yield world
    world.close()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("who", ["owner", "operator", "newcomer"])
async def test_every_page_is_sound(world: World, language: Language, who: str) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(getattr(world, who))
        browser.session.cookie_jar.update_cookies({LANGUAGE_COOKIE: language}, site.server.make_url("/"))
        for pattern in PATHS:
            answer = await browser.get(world.path(pattern))
            allowed = {200} if who == "owner" else {200, 303, 403, 404}
            assert answer.status in allowed, (pattern, answer.status)
            if answer.status == 303:
                assert answer.location.startswith("/card?to="), pattern
                continue
            assert faults(answer.text) == [], pattern
            page = Page(answer.text)
            assert len(answer.body) <= WEIGHT, f"{pattern} weighs {len(answer.body)} bytes"
            assert [
                link.get("href").partition("?")[0]
                for link in page.all("link")
                if link.get("rel") == "stylesheet"
            ] == ["/static/barnraise.css"], pattern
            assert outside(page) == [], pattern
            assert page.all("html")[0].get("lang") == language
            assert page.title.endswith(" · Barnraise") and len(page.title) > len(" · Barnraise"), pattern


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("<p><div>x</div></p>", "<div> in <p>"), ("<ul><p>x</p></ul>", "<p> in <ul>"), ("<li>x</li>", "<li> in <main>"),
        ('<a href="/x"><button>y</button></a>', "something that is pressed"), ("<img src='/x'>", "<img> without alt"),
        ('<p id="x"></p><p id="x"></p>', "id 'x' twice"), ("<input name='x'>", "has no label"), ("<p><b>x</p>", "inside <b>"),
        ("<select><option><b>x</b></option></select>", "<b> in <option>"), ("<input type='month' placeholder='x'>", "of type month"),
        ("<time datetime='2027-01-12T16:00:00.123456Z'>x</time>", "finer than"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_page_is_found(wrong: str, said: str) -> None:
    assert said in "; ".join(faults(f'<html lang="en"><main><h1>x</h1>{wrong}</main></html>'))


async def test_the_desk_is_sound_and_the_operators_alone(world: World) -> None:
    async with visit(world.home) as site:
        operator = await site.browser(world.operator)
        desk = await operator.get("/desk")
        assert desk.status == 200 and faults(desk.text) == []
        assert "/desk" in Page(desk.text).links
        other = await site.browser(world.other)
        assert (await other.get("/desk")).status == 403
        assert "/desk" not in Page((await other.get("/")).text).links


async def test_what_members_write_is_never_mark_up(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        for pattern in PATHS:
            page = Page((await browser.get(world.path(pattern))).text)
            sources = [element.get("src") for element in page.elements if "src" in element.attributes]
            assert all(source.startswith(("/static/", "/blobs/")) for source in sources), (pattern, sources)
            assert not any(link.startswith("javascript") for link in page.links), pattern
        hostile = Page((await browser.get(world.path("/pitches/{hostile}"))).text)
        assert HOSTILE in hostile.all("h1")[0].text
        assert "<b>odd</b>" in hostile.text


async def test_signed_out_only_the_help_is_open(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser()
        for pattern in PATHS:
            answer = await browser.get(world.path(pattern))
            if pattern in (
                "/help",
                "/help/members",
                "/help/operators",
                "/help/style",
                "/about",
                "/privacy",
                "/accessibility",
            ):
                assert answer.status == 200 and faults(answer.text) == []
                assert not {"/desk", "/mine", "/settings"} & set(Page(answer.text).links)
            else:
                assert answer.status == 303 and answer.location.startswith("/sign-in?to="), pattern


# ── private stays private ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["other", "operator", "newcomer"])
async def test_a_private_pledge_is_nowhere_for_others(world: World, who: str) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(getattr(world, who))
        extra = ("/search?q=learning+fund", "/search?q=transfer", "/pitches?q=learning", "/desk")
        for pattern in (*PATHS, *extra):
            if "{money}" in pattern:
                continue
            text = (await browser.get(world.path(pattern))).text
            seen = text.replace("learning+fund", "").replace("q=transfer", "")
            assert SECRET_WORDS not in seen and SECRET_TALK not in seen, pattern
            assert world.ids["money"] not in seen, pattern
        assert (await browser.get(world.path("/pledges/{money}"))).status == 404
        for step in ("accept", "comment", "withdraw"):
            answer = await browser.post(world.path("/pledges/{money}/") + step, {"comment.text": "x"})
            assert answer.status in (303, 404) and "/pledges/" not in answer.location
        pitch = Page((await browser.get(world.path("/pitches/{pitch}"))).text)
        assert "$367.50 of $612.50" in pitch.text  # the sum is everybody's


async def test_the_parties_see_it_and_their_talk(world: World) -> None:
    for house, who in ((world.home, world.owner), (world.away, world.giver)):
        async with visit(house) as site:
            browser = await site.browser(who)
            pledge = await browser.get(world.path("/pledges/{money}"))
            assert SECRET_WORDS in pledge.text and SECRET_TALK in pledge.text
            assert "between the two parties" in (await browser.get(world.path("/pitches/{pitch}"))).text


async def test_who_is_not_named_is_not_named_anywhere(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        for pattern in ("/pledges/{unnamed}", "/pitches/{pitch}", "/", "/mine"):
            page = Page((await browser.get(world.path(pattern))).text)
            assert "A member of City of Lethbridge" in page.text, pattern
            assert "Conseillère, Lethbridge" not in (page.text if "{unnamed}" in pattern else ""), pattern


# ── what may be done ─────────────────────────────────────────────────────────────────────────────────────────


async def test_forms_follow_what_the_reader_may_do(world: World) -> None:
    path = world.path("/pitches/{pitch}")
    async with visit(world.home) as site:
        owner = Page((await (await site.browser(world.owner)).get(path)).text)
        other = Page((await (await site.browser(world.other)).get(path)).text)
        newcomer = Page((await (await site.browser(world.newcomer)).get(path)).text)
    actions = [{form.get("action") for form in page.all("form")} for page in (owner, other, newcomer)]
    assert {f"{path}/update", f"{path}/advance", f"{path}/thank", f"{path}/comment"} <= actions[0]
    assert f"{path}/comment" in actions[1]
    assert not {f"{path}/update", f"{path}/advance", f"{path}/thank"} & actions[1]
    assert not {action for action in actions[2] if action.startswith(path)}
    assert f"{path}/revise" in owner.links and f"{path}/revise" not in other.links
    assert f"{path}/pledge" in other.links and f"{path}/pledge" not in owner.links
    assert f"{path}/pledge?ask=intro" in other.links


async def test_steps_of_others_are_refused(world: World) -> None:
    path = world.path("/pitches/{pitch}")
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        assert (await browser.get(f"{path}/revise")).status == 403
        assert (await browser.post(f"{path}/revise", {"title.en": "Mine now"})).status == 403
        answer = await browser.post(f"{path}/update", {"update": "Not mine", "update_in": "en"})
        assert answer.status == 422 and Page(answer.text).title.startswith("Error")
        accept = await browser.post(world.path("/pledges/{unnamed}/accept"), {"accept.quantity": "1"})
        assert accept.status == 422
        assert (await browser.post(f"{path}/nonsense", {})).status == 404
        assert (await browser.post(world.path("/pledges/{public}/nonsense"), {})).status == 404


@pytest.mark.parametrize(
    "path", ["/pitches/none", "/pledges/x-0-1", "/people/" + "a" * 32 + "-0-9", "/organisations/x"]
)
async def test_what_is_not_here_says_so(world: World, path: str) -> None:
    async with visit(world.home) as site:
        answer = await (await site.browser(world.owner)).get(path)
        assert answer.status == 404 and faults(answer.text) == []


async def test_a_wrong_address_signs_nobody_out(world: World) -> None:
    async with visit(world.home) as site:
        answer = await (await site.browser(world.owner)).get("/nowhere")
        assert answer.status == 404 and faults(answer.text) == []
        assert "Sign out" in answer.text and "/sign-in" not in Page(answer.text).links


# ── in words ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_pitch_page_answers_in_order(world: World) -> None:
    async with visit(world.home) as site:
        page = Page((await (await site.browser(world.other)).get(world.path("/pitches/{pitch}"))).text)
    headings = [element.text for element in page.elements if element.tag in ("h1", "h2")]
    wanted = [
        "Service design lab, Halifax",
        "What is still missing",
        "Who gains",
        "How it will be shared and applied",
        "Pledges",
        "What happened",
        "Talk",
    ]
    assert [heading for heading in headings if heading in wanted] == wanted
    text = page.text
    assert "own share promised: yes" in text
    assert "1 of 3 asks met." in text


async def test_two_pledges_of_one_kind_have_two_titles(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        paths = [
            link for link in Page((await browser.get("/mine")).text).links if link.startswith("/pledges/")
        ]
        titles = {path: Page((await browser.get(path)).text).title for path in paths}
    assert len(titles) > 2 and len(set(titles.values())) == len(titles)


async def test_the_readiness_list_says_the_days_of_the_policy(tmp_path: Path) -> None:
    from tests.kit.web import House

    house = await asyncio.to_thread(House.open, tmp_path)
    operator = await asyncio.to_thread(house.member, "Operator", role="operator")
    await asyncio.to_thread(house.publish_now, operator, {"type": "node.policy", "apply_within": 45})
    pitch = await asyncio.to_thread(house.publish_now, operator, FULL)
    async with visit(house) as site:
        browser = await site.browser(operator)
        for path in (f"/pitches/{pitch.id}", f"/pitches/{pitch.id}/revise"):
            assert "within 45 days of the end" in (await browser.get(path)).text, path
    await asyncio.to_thread(house.close)


async def test_other_languages_are_marked_and_noticed(world: World) -> None:
    async with visit(world.home) as site:
        page = Page((await (await site.browser(world.owner)).get(world.path("/pitches/{french}"))).text)
        assert "Written in French." in page.text
        marked = [element.text for element in page.elements if element.get("lang") == "fr"]
        assert any("Atelier sur l’accessibilité" in words for words in marked)
        browser = await site.browser(world.owner)
        await browser.get("/language/fr")
        french = Page((await browser.get(world.path("/pitches/{pitch}"))).text)
        assert french.all("h1")[0].text == "Labo de design de services, Halifax"
        assert "Rédigé en anglais." in french.text


async def test_lists_filter_and_say_their_order(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        everything = Page((await browser.get("/pitches")).text)
        assert "The same order for everybody" in everything.text
        shown = [item.get("data-item") for item in everything.all("li") if item.get("data-item")]
        assert shown[0] == world.path("/pitches/{pitch}")  # what must be had soonest
        asked = Page((await browser.get("/pitches?asks=review")).text)
        assert world.path("/pitches/{french}") in asked.links
        assert world.path("/pitches/{pitch}") not in asked.links
        none = Page((await browser.get("/pitches?q=zeppelin")).text)
        assert "No pitch fits these filters." in none.text
        assert "zeppelin" in none.form("/pitches")["q"]
        assert (await browser.get("/pitches?cursor=nonsense")).status == 400
        give = Page((await browser.get("/pitches?give=yes")).text)
        assert "because your card offers Review" in give.text
        newcomer = await site.browser(world.newcomer)
        assert "Say on your card" in (await newcomer.get("/pitches?give=yes")).text


async def test_search_marks_what_it_found(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        page = Page((await browser.get("/search?q=formulaire")).text)
        assert any(mark.text.casefold().startswith("formulaire") for mark in page.all("mark"))
        assert world.path("/pitches/{french}") in page.links
        only = Page((await browser.get("/search?q=formulaire&kind=artifact")).text)
        assert world.path("/pitches/{french}") not in only.links
        await browser.get("/language/fr")
        french = Page((await browser.get("/search?q=halifax")).text)
        assert "Labo de design de services" in french.text


async def test_home_says_what_waits_and_why(world: World) -> None:
    async with visit(world.home) as site:
        owner = Page((await (await site.browser(world.owner)).get("/")).text)
        assert "Accept or decline a pledge" in owner.text and "Until January" in owner.text
        assert "A pledge to you is to be given" in owner.text
        operator = Page((await (await site.browser(world.operator)).get("/")).text)
        assert "Five steps to a living node" in operator.text
        assert "Five steps" not in owner.text
        newcomer = Page((await (await site.browser(world.newcomer)).get("/")).text)
        assert "Say three things you could give" in newcomer.text


async def test_a_lonely_node_helps_instead_of_being_empty(tmp_path: Path) -> None:
    from tests.kit.web import House

    house = await asyncio.to_thread(House.open, tmp_path)
    member = await asyncio.to_thread(house.member, "First member")
    async with visit(house) as site:
        browser = await site.browser(member)
        for path, words in (
            ("/", "No pitch has reached this node yet."),
            ("/pitches", "Begin with one of your own"),
            ("/library", "The library is still empty."),
            ("/mine", "You have not pitched anything yet."),
            ("/network", "This node talks to no other yet."),
        ):
            answer = await browser.get(path)
            assert words in answer.text and faults(answer.text) == [], path
    await asyncio.to_thread(house.close)


def test_the_sample_pitch_is_the_one_of_the_documents() -> None:
    assert FULL["cost"]["own"] == FULL["cost"]["total"] - FULL["asks"][0]["quantity"]


def test_every_verdict_has_its_words_on_the_network_page() -> None:
    template = (Path(web.__file__).parent / "templates/network/network.html").read_text("utf-8")
    silent = {Verdict.STORED, Verdict.JOINED, Verdict.NOTHING_NEW, Verdict.AHEAD}
    kept = {payloads.FUTURE_VERSION, payloads.UNKNOWN_TYPE, payloads.INVALID, payloads.NOT_FOR_US}
    words = (
        kept
        | {payloads.FUTURE_DATED, NOT_APPLICABLE}
        | {verdict.value for verdict in Verdict if verdict not in silent}
    )
    assert {word for word in words if f'"{word}": _(' not in template} == set()
