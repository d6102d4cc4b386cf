"""J8: members of three nodes vote on an open page; the count changes before their eyes, and after the close it is final."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.browser.conftest import Way
from tests.browser.samples import ORGANISATIONS
from tests.kit.browser import Desk
from tests.kit.organisations import Organisation, organisations, until

pytestmark = [pytest.mark.browser, pytest.mark.processes]


class Voting(NamedTuple):
    """Three organisations in a line and the file they read the time from."""

    line: list[Organisation]
    clock: Path

    def now(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.clock.read_text("ascii"))

    def later(self, hours: int) -> None:
        """Move the clock of all three."""
        fresh = self.clock.with_suffix(".new")
        fresh.write_text((self.now() + dt.timedelta(hours=hours)).isoformat(timespec="seconds"))
        fresh.replace(self.clock)


@pytest.fixture(scope="module")
def voting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voting]:
    folder = tmp_path_factory.mktemp("voting")
    clock = folder / "clock"
    clock.write_text(dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
    with organisations(folder, *ORGANISATIONS, clock=clock) as line:
        yield Voting(line, clock)


def test_j8_a_poll_with_members_of_three_nodes(desk: Desk, voting: Voting, way: Way) -> None:
    voting.later(1)
    members = [one.member("Voter", lang=way.language) for one in voting.line]
    question, tag = f"Which form first ({way.language}, {way.scripts})", way.language
    asking, near, far = (
        desk.reader(one, who.member, **way._asdict()) for one, who in zip(voting.line, members, strict=True)
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

    voting.later(15 * 24)
    asking.go(path)
    assert asking.page.locator("form[action$='/vote']").count() == 0
    voting.later(25)
    members[0].say("circle.found", name={"en": f"After {question}"})
    for reader in (asking, near, far):
        reader.comes("#results", reader.say("Final"))
        reader.comes("#results .ask-met", "Renewal")
    assert all(who.get(path)["ballots"] == 3 for who in members)
