"""Polls on pages: asked with rows and without a script, answered in every kind, refused, closed; what a secret one says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.views import polls
from store.views.shapes import Poll
from tests.kit.html import Page, faults
from tests.kit.web import DAY, Member, visit
from tests.web.test_pages_forms import page_of, send
from tests.web.world import World

CLOSES = "2027-01-10T17:00:00-08:00"
OPTIONS = [
    {"key": "o1", "text": {"en": "Intake", "fr": "Accueil"}},
    {"key": "o2", "text": {"en": "Renewal"}},
    {"key": "o3", "text": {"en": "Address"}},
]
TIMES = [
    {
        "key": f"o{day}",
        "text": {"en": f"day {day}"},
        "start": f"2027-01-1{day}T09:00:00-08:00",
        "end": f"2027-01-1{day}T10:30:00-08:00",
    }
    for day in (1, 2)
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.build(tmp_path)
    yield world
    world.close()


def opened(world: World, kind: str = "choose-one", **fields: Any) -> str:
    question = {"en": "Which form first?", "fr": "Quel formulaire d’abord?"}
    options = TIMES if kind == "times" else OPTIONS
    asked = {"type": "poll.open", "question": question, "kind": kind, "options": options, "closes": CLOSES}
    return world.make(world.owner, asked | fields)


async def poll_now(world: World, who: Member, poll: str) -> Poll:
    house = world.away if who in (world.giver, world.adviser) else world.home
    found = await asyncio.to_thread(house.read_now, polls.one, house.viewer(who), poll, now=house.now)
    assert found is not None
    return found  # type: ignore[no-any-return]


NEW = {
    "question.en": "When do we meet?",
    "kind": "choose-many",
    "options.0.text.en": "Mondays",
    "options.2.text.en": "Fridays",
    "limits.choose": "2",
    "closes": "2027-01-05T17:00",
}


async def test_a_poll_is_asked_about_a_pitch_and_stands_on_its_page(world: World) -> None:
    pitch = world.ids["pitch"]
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        page = await page_of(browser, f"/pitches/{pitch}")
        assert f"/polls/new?subject={pitch}" in page.links
        status, _, location = await send(browser, "/polls/new", NEW, f"/polls/new?subject={pitch}")
        assert status == 303 and location.startswith("/polls/")
        poll = await poll_now(world, world.owner, location.rsplit("/", 1)[1])
        assert poll["subject"] == pitch and poll["limits"]["choose"] == 2 and poll["secret"] is False
        assert [option["text"] for option in poll["options"]] == [{"en": "Mondays"}, {"en": "Fridays"}]
        assert location in (await page_of(browser, f"/pitches/{pitch}")).links
        assert location in (await page_of(browser, "/polls?kind=choose-many&q=meet")).links
        assert location not in (await page_of(browser, "/polls?state=closed")).links
        assert (await browser.get(f"/go/{poll['id']}")).location == location
        missing = await browser.get(f"/polls/new?subject={world.home.node}-0-9999")
        assert missing.status == 404


async def test_rows_are_added_and_what_is_missing_is_said_without_losing_a_word(world: World) -> None:
    async with visit(world.home) as site:
        browser = await site.browser(world.owner, language="fr")
        typed = {"question.fr": "Quoi?", "options.3.text.fr": "Seule", "do": "more"}
        status, page, _ = await send(browser, "/polls/new", typed)
        form = page.form("/polls/new")
        assert status == 200 and form["options.0.text.fr"] == "Seule" and "options.5.text.fr" in form
        for changes, words in (
            ({"options.0.text.fr": "Seule"}, "au moins deux options"),
            ({"question.fr": ""}, "au moins une langue"),
            ({"closes": ""}, "Remplissez"),
            ({"closes": "2020-01-01T10:00"}, ""),
            ({"who": "nodes"}, ""),
            ({"kind": "score", "limits.least": "5", "limits.most": "2"}, ""),
        ):
            good = {"question.fr": "Quoi?", "options.0.text.fr": "Un", "options.1.text.fr": "Deux"}
            good |= {"options.1.text.fr": ""} if changes.get("options.0.text.fr") else {}
            status, page, _ = await send(browser, "/polls/new", good | changes)
            assert status == 422 and page.title.startswith("Erreur"), changes
            assert words in page.text and (page.form("/polls/new")["options.0.text.fr"] in ("Un", "Seule"))


async def test_times_are_told_in_both_languages(world: World) -> None:
    fields = {
        "question.en": "When?",
        "options.0.start": "2027-01-12T09:00",
        "options.0.end": "2027-01-12T10:00",
        "options.1.start": "2027-01-13T09:00",
        "closes": "2027-01-05T17:00",
        "who": "nodes",
        "nodes": world.ids["away"],
        "secret": "yes",
    }
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        before = {"options.0.end": "2027-01-12T08:00"}
        status, page, _ = await send(browser, "/polls/new", fields | before, "/polls/new?kind=times")
        assert status == 422 and "before the start" in page.text
        status, _, location = await send(browser, "/polls/new", fields, "/polls/new?kind=times")
        assert status == 303
        poll = await poll_now(world, world.owner, location.rsplit("/", 1)[1])
        assert poll["options"][0]["start"] == "2027-01-12T09:00:00-08:00"
        assert set(poll["options"][0]["text"]) == {"en", "fr"} and poll["secret"]
        shown = await page_of(browser, location)
        assert "9:00" in shown.text and "This poll is for others" in shown.text
        assert shown.form(f"{location}/vote") == {}


async def test_priorities_are_a_rank_poll_over_the_issues_of_a_circle(world: World) -> None:
    circle = world.make(
        world.owner, {"type": "circle.found", "name": {"en": "Forms"}, "purpose": {"en": "To mend them"}}
    )
    issues = [
        world.make(world.owner, {"type": "issue.raise", "circle": circle, "title": {tag: f"Issue {tag}"}})
        for tag in ("en", "fr")
    ]
    async with visit(world.home) as site:
        browser = await site.browser(world.owner)
        status, _, location = await send(
            browser, "/polls/new", {}, f"/polls/new?subject={circle}&priorities=1"
        )
        assert status == 303
        poll = await poll_now(world, world.owner, location.rsplit("/", 1)[1])
        assert poll["kind"] == "rank" and poll["eligible"]["circle"] == circle
        assert {option["ref"]["id"] for option in poll["options"] if option["ref"]} == set(issues)
        assert set(poll["question"]) == {"en", "fr"}
        assert f"/go/{issues[0]}" in (await page_of(browser, location)).links


@pytest.mark.parametrize(
    ("kind", "bad", "good", "choice"),
    [
        ("choose-one", {}, {"choice": "o2"}, {"o2": 1}),
        ("choose-many", {"choice": "o9"}, {"choice": "o3"}, {"o3": 1}),
        ("rank", {"choice.o1": "1", "choice.o2": "1"}, {"choice.o1": "2", "choice.o2": "1"}, {"o1": 2, "o2": 1}),
        ("score", {"choice.o1": "9"}, {"choice.o1": "5", "choice.o2": "0"}, {"o1": 5, "o2": 0}),
        ("dots", {"choice.o1": "4"}, {"choice.o1": "2", "choice.o3": "1", "choice.o2": "0"}, {"o1": 2, "o3": 1}),
        ("times", {"choice.o1": "perhaps"}, {"choice.o1": "yes", "choice.o2": "maybe"}, {"o1": "yes", "o2": "maybe"}),
    ],
)  # fmt: skip
async def test_a_ballot_of_each_kind(
    world: World, kind: str, bad: dict[str, str], good: dict[str, str], choice: dict[str, Any]
) -> None:
    poll = opened(world, kind)
    path = f"/polls/{poll}"
    async with visit(world.home) as site:
        browser = await site.browser(world.other)
        for fields in ({}, bad):
            answer = await browser.post(f"{path}/vote", fields)
            assert answer.status == 422 and faults(answer.text) == [] and "Error:" in Page(answer.text).title
        answer = await browser.post(f"{path}/vote", good)
        assert (answer.status, answer.location) == (303, path)
        shown = await poll_now(world, world.other, poll)
        assert shown["mine"] is not None and shown["mine"]["choice"] == choice and shown["ballots"] == 1
        page = await browser.follow(answer)
        assert "Your ballot is cast" in page.text and "You voted on" in page.text
        form = Page(page.text).form(f"{path}/vote")
        assert all(form[name] == value for name, value in good.items() if value != "0" or kind == "score")


async def test_a_result_is_provisional_until_it_is_counted(world: World) -> None:
    poll = opened(world)
    world.make(world.giver, {"type": "ballot", "poll": poll, "choice": {"o2": 1}})
    path = f"/polls/{poll}"
    async with visit(world.home) as site:
        owner, newcomer = await site.browser(world.owner), await site.browser(world.newcomer, language="fr")
        assert "Provisional" in (await page_of(owner, path)).text
        assert "Publiez votre carte pour voter" in (await page_of(newcomer, path)).text
        world.home.later(20 * DAY)
        answer = await owner.post(f"{path}/vote", {"choice": "o1"})
        assert answer.status == 422 and "This poll is closed" in answer.text
        assert "No ballot is taken any more" in (await page_of(owner, path)).text
        world.home.later(2 * DAY)
        await world.home.publish(world.other.author, {"type": "circle.found", "name": {"en": "Any record"}})
        page = await page_of(owner, path)
        assert "Final" in page.text and "Counted on" in page.text and "you did not vote" in page.text
