"""E0 in the pages and the API: what waits to be signed is told as waiting, to its author alone, and never as published."""

from __future__ import annotations

import re
from typing import Any

import pytest

from store import outbox, standing
from store.database import Tx
from store.signing import sign_outbox
from tests.kit.web import Browser, House, Member, Site

PITCH = {
    "type": "pitch.open",
    "title": {"en": "Service design lab"},
    "why": {"en": "One in three gives up."},
    "opportunity": "change-lab",
}


@pytest.fixture
def ada(house: House) -> Member:
    return house.member("Ada")


@pytest.fixture
def bob(house: House) -> Member:
    return house.member("Bob")


@pytest.fixture
def waits(house: House, ada: Member, bob: Member) -> House:
    """The house after a start, before its peers have answered."""
    house.write_now(lambda tx: standing.wait(tx, house.node, standing.ASKING))
    return house


def begin(house: House) -> None:
    def change(tx: Tx) -> None:
        standing.resume(tx, house.node)
        sign_outbox(tx, house.store.own)

    house.write_now(change)


async def post(browser: Browser, **headers: str) -> Any:
    return await browser.post("/api/v1/records", json=PITCH, headers=headers)


async def test_e0_the_api_answers_202_and_says_later_what_became_of_it(
    waits: House, ada: Member, bob: Member, site: Site
) -> None:
    browser = await site.program(ada)
    answer = await post(browser, **{"Idempotency-Key": "once"})
    assert answer.status == 202
    queued = answer.json()["queued"]
    assert answer.json() == {"queued": queued, "type": "pitch.open"}
    assert answer.location == f"/api/v1/queued/{queued}"
    assert (await post(browser, **{"Idempotency-Key": "once"})).json()["queued"] == queued
    told = (await browser.get(answer.location)).json()
    assert (told["state"], told["content"]) == ("waiting", PITCH)
    assert "id" not in told
    assert (await browser.get("/api/v1/pitches")).json()["items"] == []
    begin(waits)
    told = (await browser.get(answer.location)).json()
    assert told["state"] == "signed"
    assert (await browser.get(f"/api/v1/pitches/{told['id']}")).json()["title"] == PITCH["title"]
    again = await post(browser, **{"Idempotency-Key": "once"})
    assert (again.status, again.json()["id"]) == (201, told["id"])


async def test_e0_nobody_but_its_author_is_told_of_what_waits(
    waits: House, ada: Member, bob: Member, site: Site
) -> None:
    mine, theirs = await site.program(ada), await site.program(bob)
    place = (await post(mine)).location
    assert (await theirs.get(place)).status == 404
    other = await site.browser(bob)
    assert (await other.get(place.replace("/api/v1", ""))).status == 404
    assert PITCH["title"]["en"] not in (await other.get("/mine")).text
    assert (await site.stranger().get(place)).status == 401


async def test_e0_a_form_leads_to_the_page_of_what_waits_and_that_to_the_record(
    waits: House, ada: Member, site: Site
) -> None:
    browser = await site.browser(ada)
    form = {"title.en": "Service design lab", "why.en": "One in three.", "opportunity": "change-lab"}
    answer = await browser.post("/pitches/new", form)
    assert answer.status == 303
    assert re.fullmatch(r"/queued/[a-z2-7]{26}", answer.location)
    page = await browser.get(answer.location)
    assert "Kept, and waiting to be signed" in page.text
    assert "Service design lab" in page.text
    assert answer.location in (await browser.get("/mine")).text
    begin(waits)
    page = await browser.follow(await browser.get(answer.location))
    assert "/pitches/" in page.url
    assert "Service design lab" in page.text
    assert answer.location not in (await browser.get("/mine")).text


async def test_e0_what_is_refused_at_its_turn_is_told_with_its_reason_and_can_be_put_away(
    waits: House, ada: Member, site: Site
) -> None:
    browser, program = await site.browser(ada), await site.program(ada)
    place = (await post(program)).location

    def refuse(tx: Tx) -> None:
        row = next(outbox.waiting(tx.db))
        outbox.refused(tx, row, (outbox.Problem("title", "too-long", {"max_length": 200}),), None)

    waits.write_now(refuse)
    told = (await program.get(place)).json()
    assert (told["state"], told["errors"][0]["field"]) == ("refused", "title")
    page = await browser.get(place.replace("/api/v1", ""))
    assert "It could not be published" in page.text
    assert "200" in page.text
    await browser.post(f"{place.replace('/api/v1', '')}/drop", {})
    assert (await program.get(place)).status == 404


async def test_e0_a_card_that_waits_leaves_its_author_without_a_card(waits: House, site: Site) -> None:
    new = waits.member("Cy", card=False)
    browser = await site.browser(new)
    answer = await browser.post("/card", {"name": "Cy", "languages": "en"})
    assert answer.location.startswith("/queued/")
    begin(waits)
    page = await browser.follow(await browser.get(answer.location))
    assert page.status == 200
    assert "/people/" in page.url
