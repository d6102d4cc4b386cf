"""J14 of WEB "Journeys": a change of employer over two nodes; what was begun at the old one is gone on with at the new."""

from __future__ import annotations

import pytest

from tests.browser import samples
from tests.browser.conftest import Way
from tests.browser.line import Line
from tests.browser.test_journeys import PASSWORD
from tests.kit.browser import Desk
from tests.kit.organisations import until

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_j14_change_of_employer(desk: Desk, line: Line, way: Way) -> None:
    title = f"Taken along ({way.language}, {way.scripts})"
    analyst = line.a.member("Policy analyst", lang=way.language)
    pitch = analyst.say("pitch.open", **samples.pitch(title))
    old = desk.reader(line.a, analyst.member, **way._asdict()).go("/settings")
    old.follow("I work somewhere else now")
    address = old.page.locator("#card-address").input_value()

    new = desk.visitor(line.b.url, **way._asdict()).go(line.b.invite())
    new.fill({"name": f"Analyst of {title}", "interface": way.language, "password": PASSWORD})
    new.press("Make my account")
    new.unfold("I had a card at another organisation")
    new.fill({"was": address}).press("Publish my card")
    new.go("/card")
    there = next(one["id"] for one in line.b.process.command("member.list") if one["name"].endswith(title))
    watcher = line.a.member("Somebody who watches")
    until(lambda: watcher.get(f"/people/{there}"), "the new card is known at the old node")

    old.fill({"to": f"{line.b.url}/people/{there}", "sure": "yes"}).press("Publish that I moved")
    assert old.say("You have moved") in old.page.locator("main").inner_text()
    colleague = desk.reader(line.c, line.c.member("Colleague").member, **way._asdict())
    until(
        lambda: (
            colleague.go(f"/people/{analyst.member}").page.locator(f'main a[href="/people/{there}"]').count()
        )
    )
    colleague.go(f"/people/{there}")
    assert line.a.name in colleague.page.locator("main").inner_text()

    until(lambda: new.go(f"/pitches/{pitch}").page.locator(f'a[href="/pitches/{pitch}/revise"]').count())
    new.go(f"/pitches/{pitch}/revise").fill({f"title.{way.language}": f"{title}, from here"})
    new.press("Publish the revision")
    until(
        lambda: f"{title}, from here" in str(watcher.get(f"/pitches/{pitch}")["title"]),
        "the revision is here",
    )
