"""Revising and releasing a pledge by the plain forms of its page, in both languages."""

from __future__ import annotations

import asyncio

import pytest

from tests.kit.views import full_pitch, offer
from tests.kit.web import House, visit


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Revise the pledge", "Release")), ("fr", ("Réviser l’engagement", "Lever l’engagement"))],
)
async def test_a_giver_revises_and_the_pitcher_accepts_anew(
    house: House, language: str, words: tuple[str, str]
) -> None:
    owner = await asyncio.to_thread(house.member, "Owner")
    giver = await asyncio.to_thread(house.member, "Giver")
    opened = {name: value for name, value in full_pitch("").items() if name != "by"}
    pitch = str((await house.publish(owner.author, opened)).id)
    content = {**offer(pitch, None, None, "testing", 2, "hour"), "text": {"en": "With a stopwatch"}}
    pledge = str((await house.publish(giver.author, content)).id)
    accept = {"type": "pledge.accept", "pledge": pledge, "quantity": 2}
    await house.publish(owner.author, accept)
    async with visit(house) as site:
        browser, program = await site.browser(giver, language=language), await site.program(giver)
        page = await browser.get(f"/pledges/{pledge}")
        assert all(word in page.text for word in words) and "With a stopwatch" in page.text
        typed = {"revise.quantity": "2", "revise.text": "", "revise.text_in": "en", "revise.return": ""}
        same = {**typed, "revise.text": "With a stopwatch"}
        await browser.post(f"/pledges/{pledge}/revise", data=same)
        assert (await program.get(f"/api/v1/pledges/{pledge}")).json()["state"] == "accepted"
        await browser.post(f"/pledges/{pledge}/revise", data={**typed, "revise.quantity": "1"})
        shown = (await program.get(f"/api/v1/pledges/{pledge}")).json()
        assert (shown["state"], shown["quantity"], shown["text"]) == ("offered", 1, None)
        assert shown["agreement"]["current"] is False
        refused = await browser.post(f"/pledges/{pledge}/revise", data={**typed, "revise.quantity": "none"})
        assert refused.status == 422
        await house.publish(owner.author, {**accept, "quantity": 1})
        note = {"release.reason": "workload", "release.note": "Next year", "release.note_in": "en"}
        await browser.post(f"/pledges/{pledge}/release", data=note)
        shown = (await program.get(f"/api/v1/pledges/{pledge}")).json()
        assert (shown["state"], shown["can"]["release"]) == ("released", False)
        page = await browser.get(f"/pledges/{pledge}")
        assert "Next year" in page.text and f'action="/pledges/{pledge}/release"' not in page.text


@pytest.mark.parametrize(
    ("language", "dollars", "hours"),
    [
        ("en", ('value="612.50"', 'title="Canadian Dollar">CAD</abbr>'), "2 hours"),
        ("fr", ('value="612,50"', 'title="dollar canadien">CAD</abbr>'), "2 heures"),
    ],
)
async def test_the_form_that_revises_says_what_is_counted(
    house: House, language: str, dollars: tuple[str, str], hours: str
) -> None:
    owner = await asyncio.to_thread(house.member, "Owner")
    giver = await asyncio.to_thread(house.member, "Giver")
    opened = {name: value for name, value in full_pitch("").items() if name != "by"}
    pitch = str((await house.publish(owner.author, opened)).id)
    async with visit(house) as site:
        browser = await site.browser(giver, language=language)
        for given, expected in (
            (("travel", "money", 61_250, "CAD"), dollars),
            (("tester", "testing", 2, "hour"), (hours,)),
        ):
            pledge = (await house.publish(giver.author, offer(pitch, None, *given))).id
            page = (await browser.get(f"/pledges/{pledge}")).text
            form = page.partition(f'action="/pledges/{pledge}/revise"')[2].partition("</form>")[0]
            assert all(words in form for words in expected), form
