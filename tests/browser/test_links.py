"""J13 of WEB "Journeys", the link's part: what was passed on opens at the reader's own organisation, by her choice."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import samples
from tests.browser.conftest import Way
from tests.browser.line import Line
from tests.browser.test_journeys import PASSWORD, join
from tests.kit.browser import Desk, Reader
from tests.kit.organisations import until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

NOBODY = "a" * 32  # an id no profile is known of


def follow_to(reader: Reader, words: str, organisation: str) -> None:
    """Follow the link that names an organisation."""
    reader.into(reader.page.get_by_role("link", name=reader.say(words, organisation=organisation)))


def open_at(reader: Reader, organisation: str) -> None:
    """Press the button that leads to an organisation."""
    words = reader.say("Open at %(organisation)s", organisation=organisation)
    reader.into(reader.page.get_by_role("button", name=words))


def test_j13_a_link_opens_at_home(desk: Desk, line: Line, way: Way) -> None:
    title = f"Passed on ({way.language}, {way.scripts})"
    owner, colleague = line.a.member("Pitcher"), line.c.member("Colleague")
    pitch = owner.say("pitch.open", **samples.pitch(title))
    until(lambda: colleague.get(f"/pitches/{pitch}"), "her node holds it")
    name = f"Reader of {title}"
    join(desk.visitor(line.c.url, **way._asdict()), line.c.invite(), name)

    stranger = desk.visitor(line.a.url, **way._asdict()).go(f"/go/{pitch}")
    stranger.homes.add(line.c.url)  # where the link leads to, when she says so
    expect(stranger.page.locator("h1")).to_have_text(title)
    assert line.a.name in stranger.page.locator(".lead").inner_text()
    assert "one applicant in three" not in stranger.page.content()
    stranger.follow(line.c.name)
    assert stranger.page.url.startswith(f"{line.a.url}/go/{pitch}?at="), "a link alone leads to no other node"
    assert line.c.url.removeprefix("http://") in stranger.page.locator("main").inner_text()
    open_at(stranger, line.c.name)
    assert stranger.page.url == f"{line.c.url}/go/{pitch}"

    # at home she signs in and is where the link leads
    follow_to(stranger, "Sign in at %(organisation)s", line.c.name)
    stranger.fill({"name": name, "password": PASSWORD}).press("Sign in")
    assert stranger.page.url == f"{line.c.url}/pitches/{pitch}"
    expect(stranger.page.locator("h1")).to_have_text(title)

    # the next link of that organisation knows where she is at home
    stranger.go(f"/go/{pitch}")
    open_at(stranger, line.c.name)
    assert stranger.page.url == f"{line.c.url}/pitches/{pitch}"
    for nobody in (NOBODY, line.a.node, "https:%2F%2Fexample.org"):
        stranger.go(f"/go/{pitch}?at={nobody}")
        assert stranger.page.url == f"{line.a.url}/go/{pitch}?at={nobody}"
    stranger.go(f"/go/{pitch}").follow("Ask for a guest’s place")
    assert stranger.page.url == f"{line.a.url}/go/{pitch}/guest"


def test_j13_a_home_that_does_not_hold_it_says_whom_to_ask(desk: Desk, line: Line, way: Way) -> None:
    title = f"Between us ({way.language}, {way.scripts})"
    owner, reader = line.a.member("Pitcher"), line.c.member("Reader", lang=way.language)
    pitch = owner.say("pitch.open", **samples.pitch(title, audience=[line.a.node]))
    stranger = desk.visitor(line.a.url, **way._asdict()).go(f"/go/{pitch}")
    assert title not in stranger.page.content()
    at_home = desk.reader(line.c, reader.member, **way._asdict()).go(f"/go/{pitch}")
    expect(at_home.page.locator("h1")).to_have_text(at_home.say("This node does not show it to you"))
    expect(at_home.page.locator(".lead")).to_contain_text(line.a.name)
    asked = at_home.say(
        "Ask who sent you the link. Whoever runs this node can see on the network page whether anything is missing."
    )
    expect(at_home.page.locator("main")).to_contain_text(asked)
    assert title not in at_home.page.content()
