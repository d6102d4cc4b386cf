"""J13 of WEB "Journeys", the guest's part: a link from elsewhere, a place asked for, given and taken, a first pledge."""

from __future__ import annotations

import pytest

from tests.browser import samples
from tests.browser.conftest import Way
from tests.browser.line import Line
from tests.browser.test_journeys import PASSWORD
from tests.kit.browser import Desk

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_j13_a_link_from_elsewhere_leads_to_a_guest_s_place(desk: Desk, line: Line, way: Way) -> None:
    title = f"Shared by poster ({way.language}, {way.scripts})"
    owner = line.a.member(f"Pitcher of {title}", lang=way.language)
    pitch = owner.say("pitch.open", **samples.pitch(title))

    stranger = desk.visitor(line.a.url, **way._asdict()).go(f"/go/{pitch}")
    stranger.follow("Ask for a guest’s place")
    stranger.fill({"name": f"Planner {title}", "organisation": "City of Fort St. John"}).press(
        "Ask for a place"
    )
    waiting = stranger.page.url
    assert stranger.say("Your request waits for an answer") in stranger.page.locator("h1").inner_text()

    host = desk.reader(line.a, owner.member, **way._asdict()).go("/")
    host.into(host.page.locator('a[href="/settings/guests#requests"]'))
    host.into(host.page.locator('#requests button[value="yes"]'))

    stranger.go(waiting).follow("Take the place")
    stranger.fill({"name": f"Planner {title}", "interface": way.language, "password": PASSWORD})
    stranger.press("Make my account")
    stranger.fill({f"organisation.{way.language}": "City of Fort St. John", "jurisdiction": "CA-BC"})
    stranger.press("Publish my card")
    stranger.go(f"/go/{pitch}").follow("Help with this").press("Make the pledge")
    stranger.comes(".state-offered")

    host.go("/settings/guests").follow("card", within="#main")
    assert "City of Fort St. John" in host.page.locator("main").inner_text()
    assert host.say("Guest of") in host.page.locator("main").inner_text()
