"""A pledge across organisations that know each other only through a third: open pages, the keyboard, and money."""

from __future__ import annotations

import pytest

from tests.browser import samples
from tests.browser.conftest import Way, by_keys
from tests.browser.line import Line
from tests.kit.browser import Desk
from tests.kit.organisations import Program, until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

MARK = "window.untouched = true"
UNTOUCHED = "window.untouched === true"


def test_open_pages_of_both_change_without_reload(desk: Desk, line: Line) -> None:
    owner, giver = line.c.member("Pitcher"), line.a.member("Tester")
    pitch = owner.say("pitch.open", **samples.pitch("Seen by both"))
    until(lambda: giver.get(f"/pitches/{pitch}"))
    far = desk.reader(line.c, owner.member).go(f"/pitches/{pitch}")
    here = desk.reader(line.a, giver.member).go(f"/pitches/{pitch}")
    beside = here.another(f"/pitches/{pitch}")
    for page in (far.page, beside):
        page.evaluate(MARK)

    here.follow("Help with this").fill({"quantity": "2", "text": "On Tuesday"}).press("Make the pledge")
    here.page.evaluate(MARK)
    path = "/pledges/" + here.page.url.rsplit("/", 1)[1]
    far.comes(f'#pledge-list [href="{path}"]')
    far.hears("This page has been brought up to date.")
    beside_far = far.another(path)
    beside_far.get_by_role("button", name="Accept the pledge").click()

    here.comes("#state .state-accepted")
    for reader, page in ((far, far.page), (here, beside)):
        reader.comes("#ask-review.ask-met", page=page)
        reader.comes("#pledge-list .state-accepted", page=page)
    assert [page.evaluate(UNTOUCHED) for page in (far.page, here.page, beside)] == [True, True, True]


@by_keys
def test_a_pledge_by_keyboard_in_two_page_loads(desk: Desk, line: Line, way: Way) -> None:
    owner, giver = line.a.member("Pitcher"), line.a.member("Tester", lang=way.language)
    pitch = owner.say("pitch.open", **samples.pitch("By keyboard"))
    reader = desk.reader(line.a, giver.member, **way._asdict()).go(f"/pitches/{pitch}")
    reader.documents.clear()
    reader.into(reader.page.locator("#ask-review .ask-do a"))
    reader.fill({"text": "On a Tuesday evening"}).press("Make the pledge")
    assert reader.documents == [f"GET /pitches/{pitch}/pledge", f"POST /pitches/{pitch}/pledge"]
    reader.comes("#state .state-offered")
    assert reader.page.locator(".lead").inner_text() == "On a Tuesday evening"


def everything(reader: Program) -> str:
    """Every record of a node that its API gives a reader."""
    pages = [reader.get("/changes")]
    while pages[-1]["more"]:
        pages.append(reader.get(f"/changes?cursor={pages[-1]['next']}"))
    return str(pages)


def test_money_is_between_the_two_and_its_sum_for_all(desk: Desk, line: Line) -> None:
    owner, giver, third = line.c.member("Pitcher"), line.a.member("Donor"), line.b.member("Neighbour")
    line.c.member("Keeper", role="operator").say(
        "node.policy", tally_every=0
    )  # else the sum is told by the hour
    pitch = owner.say("pitch.open", **samples.pitch("Who pays the train"))
    until(lambda: giver.get(f"/pitches/{pitch}"))
    secret = "zwischendurch"
    offered = samples.offer(pitch, ask="travel", kind="money", quantity=20000, unit="CAD", show="anonymous")
    pledge = giver.say("pledge.offer", **offered | {"text": {"en": f"A {secret} gift"}})
    until(lambda: owner.get(f"/pledges/{pledge}"), "the owner's node was handed the envelope")
    owner.say("pledge.accept", pledge=pledge, quantity=20000)
    assert until(lambda: giver.get(f"/pledges/{pledge}"))["text"] == {"en": f"A {secret} gift"}

    def accepted() -> bool:
        return [ask["accepted"] for ask in third.get(f"/pitches/{pitch}")["asks"]] == [0, 20000]

    until(accepted, "the sum rises on the third node")
    reader = desk.reader(line.b, third.member).go(f"/pitches/{pitch}")
    reader.comes("#ask-travel", "$200.00")
    assert third.get(f"/pledges/{pledge}") is None
    assert third.get(f"/search?q={secret}")["items"] == []
    assert pledge not in str(third.get(f"/pitches/{pitch}"))
    assert secret not in everything(third) + str(third.get(f"/entries/{pledge}"))
    assert secret in everything(giver)
    holding = [
        path.name
        for path in line.b.process.data.rglob("*")
        if path.is_file() and secret.encode() in path.read_bytes()
    ]
    assert holding == []
    assert any(
        secret.encode() in path.read_bytes() for path in line.a.process.data.rglob("*") if path.is_file()
    )
