"""J8: members of three nodes vote on an open page; the count changes before their eyes, and after the close it is final."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Way
from tests.browser.line import Dated
from tests.kit.browser import Desk
from tests.kit.organisations import until

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_j8_a_poll_with_members_of_three_nodes(desk: Desk, dated: Dated, way: Way) -> None:
    dated.later(1)
    members = [one.member("Voter", lang=way.language) for one in dated.line]
    question, tag = f"Which form first ({way.language}, {way.scripts})", way.language
    asking, near, far = (
        desk.reader(one, who.member, **way._asdict()) for one, who in zip(dated.line, members, strict=True)
    )
    asking.go("/polls/new")
    asking.fill({f"question.{tag}": question, f"options.0.text.{tag}": "Intake"})
    asking.fill({f"options.1.text.{tag}": "Renewal", "secret": "yes"})
    asking.press("Open the poll")
    path = asking.page.url.removeprefix(asking.home).partition("?")[0]
    until(lambda: all(who.get(path) for who in members), "the poll is on all three nodes")
    near.go(path)
    far.go(path).fill({"choice": "o2"}).press("Cast the ballot")
    near.fill({"choice": "o1"}).press("Cast the ballot")
    asking.fill({"choice": "o2"}).press("Cast the ballot")
    for reader in (asking, near, far):
        reader.comes("#turnout", "3 b")  # ballots, bulletins
        reader.comes("#results .ask-met", "Renewal")
        assert reader.page.locator("#results").get_by_text(reader.say("Provisional")).count()

    dated.later(15 * 24)
    asking.go(path)
    assert asking.page.locator("form[action$='/vote']").count() == 0
    dated.later(25)
    members[0].say("circle.found", name={"en": f"After {question}"})
    for reader in (asking, near, far):
        reader.comes("#results", reader.say("Final"))
        reader.comes("#results .ask-met", "Renewal")
    assert all(who.get(path)["ballots"] == 3 for who in members)
