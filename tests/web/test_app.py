"""The application around the pages: errors in words, static files, links from elsewhere, health and metrics."""

from __future__ import annotations

import asyncio

import pytest

from protocol.errors import Refused
from tests.kit.web import House, Member, visit
from web import topics as web_topics
from web.problems import SENTENCES, STATUSES
from web.topics import MAX_PENDING, Hub

OTHER = "b" * 32


@pytest.fixture
def amira(house: House) -> Member:
    return house.member("Amira")


# ── errors ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_people_get_a_page_in_their_language_and_a_way_on(house: House) -> None:
    async with visit(house) as site:
        answer = await (await site.browser(language="fr")).get("/nulle-part")
        assert answer.status == 404 and 'lang="fr"' in answer.text and 'href="/sign-in"' in answer.text


async def test_programs_get_problem_json_with_every_fault(house: House, amira: Member) -> None:
    async with visit(house) as site:
        program = await site.program(amira)
        answer = await program.post(
            "/api/v1/records", json={"type": "comment", "on": "x", "text": {}, "zest": 1}
        )
        assert answer.status == 422
        problem = answer.json()
        assert problem["type"] == "about:blank" and problem["status"] == 422 and problem["title"]
        assert {(fault["field"], fault["code"]) for fault in problem["errors"]} >= {
            ("on", "entry-id"),
            ("zest", "unknown"),
        }
        assert all(fault["text"] for fault in problem["errors"])


async def test_problems_are_told_in_the_callers_language(house: House, amira: Member) -> None:
    async with visit(house) as site:
        program = await site.program(amira)
        english = (await program.get("/api/v1/entries/x")).json()
        french = (await program.get("/api/v1/entries/x", headers={"Accept-Language": "fr"})).json()
        assert english["title"] == french["title"]  # the account's language outweighs the program's
        stranger = site.stranger(**{"Accept-Language": "fr"})
        assert (await stranger.get("/api/v1/pitches")).json()["title"] != "Sign in first"


async def test_a_method_that_does_not_exist_names_those_that_do(house: House) -> None:
    async with visit(house) as site:
        answer = await (await site.browser()).ask("PUT", "/sign-in")
        assert answer.status == 405 and "POST" in answer.headers["Allow"]


async def test_a_busy_store_says_so(house: House, amira: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_change: object) -> None:
        raise Refused("busy")

    async with visit(house) as site:
        browser = await site.browser(amira)
        monkeypatch.setattr(house.store.database, "write", busy)
        answer = await browser.post("/settings/language", {"interface": "fr"})
        assert answer.status == 503


def test_every_status_belongs_to_a_sentence() -> None:
    assert set(STATUSES) <= set(SENTENCES)


# ── static files ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_style_and_scripts_come_with_their_type_and_may_be_kept(house: House) -> None:
    async with visit(house) as site:
        browser = await site.browser()
        for name, kind in (
            ("barnraise.css", "text/css"),
            ("live.js", "text/javascript"),
            ("barn.svg", "image/svg+xml"),
        ):
            answer = await browser.get(f"/static/{name}")
            assert answer.status == 200 and answer.headers["Content-Type"].startswith(kind)
            assert "immutable" in answer.headers["Cache-Control"]
        assert (await browser.get("/static/nothing.css")).status == 404


# ── links from elsewhere ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_link_shows_nobody_anything_and_says_where_to_sign_in(house: House, amira: Member) -> None:
    wanted = f"{OTHER}-0-7"
    async with visit(house) as site:
        answer = await (await site.browser()).get(f"/go/{amira.member}")
        assert answer.status == 200 and "Amira" not in answer.text
        assert f"/sign-in?to=%2Fgo%2F{amira.member}" in answer.text
        assert (await (await site.browser()).get(f"/go/{wanted}")).status == 200
        assert (await (await site.browser()).get("/go/nothing")).status == 404


async def test_a_link_opens_the_page_of_what_it_names(house: House, amira: Member) -> None:
    pitch = await house.publish(amira.author, PITCH)
    comment = await house.publish(
        amira.author, {"type": "comment", "on": str(pitch.id), "text": {"en": "Yes"}}
    )
    async with visit(house) as site:
        browser = await site.browser(amira)
        assert (await browser.get(f"/go/{pitch.id}")).location == f"/pitches/{pitch.id}"
        assert (await browser.get(f"/go/{comment.id}")).location == f"/pitches/{pitch.id}"
        assert (await browser.get(f"/go/{amira.member}")).location == f"/people/{amira.member}"
        assert (await browser.get(f"/go/{house.node}")).location == f"/organisations/{house.node}"


async def test_what_is_not_here_says_whom_to_ask(house: House, amira: Member) -> None:
    async with visit(house) as site:
        browser = await site.browser(amira)
        for number in (99, 10**14):
            answer = await browser.get(f"/go/{house.node}-0-{number}")
            assert answer.status == 404 and "Citizens" in answer.text
        unknown = await browser.get(f"/go/{OTHER}-0-1")
        assert unknown.status == 404 and "does not know" in unknown.text


PITCH = {
    "type": "pitch.open",
    "title": {"en": "Service design lab"},
    "why": {"en": "Our intake form loses one applicant in three."},
    "opportunity": "change-lab",
}


async def test_other_nodes_are_offered_never_chosen(house: House, tmp_path: object) -> None:
    other = await asyncio.to_thread(
        House.open, tmp_path, number=2, name={"en": "City of Halifax"}, web="https://barn.example.org/"
    )
    await asyncio.to_thread(other.carry, house)
    async with visit(house) as site:
        answer = await (await site.browser()).get(f"/go/{OTHER}-0-7")
        assert answer.status == 200
        assert f'href="/go/{OTHER}-0-7?at={other.node}"' in answer.text
        assert "City of Halifax" in answer.text
    await asyncio.to_thread(other.close)


# ── health ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_health_is_told_to_anyone_in_a_status(house: House) -> None:
    async with visit(house) as site:
        stranger = site.stranger()
        assert (await stranger.get("/healthz")).status == 200
        house.healthy = False
        assert (await stranger.get("/healthz")).status == 503


async def test_metrics_are_for_this_machine_and_for_an_operators_token(house: House, amira: Member) -> None:
    operator = await asyncio.to_thread(house.member, "Operator", "operator")
    async with visit(house) as site:
        stranger = site.stranger()
        assert "barnraise_entries" in (await stranger.get("/metrics")).text
        for headers in (
            {"X-Forwarded-For": "203.0.113.9"},
            {"Forwarded": "for=x"},
        ):
            assert (await stranger.get("/metrics", headers=headers)).status == 403
            assert (await (await site.program(operator)).get("/metrics", headers=headers)).status == 200
            assert (await (await site.program(amira)).get("/metrics", headers=headers)).status == 403


# ── topics ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_subscription_forgets_the_oldest_and_never_grows() -> None:
    hub = Hub()
    news = hub.subscribe()
    for number in range(MAX_PENDING + 10):
        hub.announce({f"pitch:{number}"})
    topics = await anext(news)
    assert len(topics) == MAX_PENDING and "pitch:9" not in topics and "pitch:10" in topics


async def test_what_was_announced_just_before_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub()
    hub.announce({"network"})
    assert await anext(hub.subscribe()) == {"network"}
    monkeypatch.setattr(web_topics, "RECENT_SECONDS", -1.0)
    late = hub.subscribe()
    hub.announce({"pitches"})
    assert await anext(late) == {"pitches"}


async def test_c4_a_full_hub_refuses_the_newcomer_and_lets_nobody_go() -> None:
    """More than 2,000 open pages: the newcomer evicted the oldest, who came back and evicted the next, for ever."""
    hub = Hub(most=3)
    readers = [hub.subscribe() for _ in range(3)]
    for _ in range(5):
        with pytest.raises(web_topics.NoRoom):
            hub.subscribe()
    hub.announce({"pitches"})
    assert [await anext(reader) for reader in readers] == [{"pitches"}] * 3
    assert hub.refused == 5
    readers[0].close()
    assert len(hub) == 2
    hub.subscribe()


async def test_c4_thousands_of_readers_are_told_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """2,100 open pages that all ask again at once would be an attack by themselves: news comes to so many at a time."""
    monkeypatch.setattr(web_topics, "EVERY_SECONDS", 0.0)
    hub = Hub()
    readers = [hub.subscribe() for _ in range(3 * web_topics.AT_ONCE)]
    hub.announce({"pitches"})
    hub.announce({"library"})
    told = [reader for reader in readers if reader._news.is_set()]
    assert told == readers[: web_topics.AT_ONCE]
    readers[-1].close()
    async with asyncio.timeout(5):
        assert [await anext(reader) for reader in readers[:-1]] == [{"pitches", "library"}] * (
            len(readers) - 1
        )


async def test_c4_news_wakes_only_the_pages_it_concerns() -> None:
    """A change costs by the pages that show it, not by all that are open."""
    hub = Hub()
    pitch = hub.subscribe(lambda topic: topic == "pitch:1")
    library = hub.subscribe(lambda topic: topic == "library")
    hub.announce({"pitch:2", "network", "library"})
    assert not pitch._news.is_set()
    assert not pitch._pending
    assert await anext(library) == {"library"}


async def test_a_closed_hub_ends_every_reader_after_what_is_pending() -> None:
    hub = Hub()
    news = hub.subscribe()
    hub.announce({"pitches"})
    hub.close()
    assert [topics async for topics in news] == [frozenset({"pitches"})]
    assert [topics async for topics in hub.subscribe()] == []
    assert len(hub) == 0
