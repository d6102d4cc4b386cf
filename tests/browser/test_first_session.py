"""J2 of WEB "Journeys": from an invitation to one useful action; with a passkey where scripts run, else with a password."""

from __future__ import annotations

import pytest

from tests.browser import samples
from tests.browser.conftest import Way, main_ways
from tests.browser.line import Line
from tests.browser.test_journeys import PASSWORD
from tests.kit.browser import Desk, Reader
from tests.kit.organisations import Program, until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_device(reader: Reader) -> Reader:
    """The reader's machine makes passkeys, as a laptop with a finger on it."""
    session = reader.context.new_cdp_session(reader.page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return reader


def join(reader: Reader, link: str, name: str) -> None:
    """Make the account, the way this reader can."""
    reader.go(link).fill({"name": name, "interface": reader.language})
    if reader.scripts:
        reader.press("Make my account with a passkey")
    else:
        reader.fill({"password": PASSWORD}).press("Make my account")
    assert reader.page.url.endswith("/card")


def sign_in_again(reader: Reader, name: str) -> None:
    """Out and in, the way this reader can."""
    reader.into(reader.page.locator("footer form button"))
    if reader.scripts:
        reader.press("Sign in with a passkey")
    else:
        reader.fill({"name": name, "password": PASSWORD}).press("Sign in")


def owner_of(line: Line, title: str) -> Program:
    owner = line.a.member(f"Owner of {title}")
    pitch = owner.say("pitch.open", **samples.pitch(title))
    until(lambda: owner.get(f"/pitches/{pitch}"))
    return owner


@main_ways
def test_j2_member_from_invitation_to_one_useful_action(desk: Desk, line: Line, way: Way) -> None:
    title = f"Intake lab ({way.language}, {way.scripts})"
    owner, name = owner_of(line, title), f"New at {title}"
    reader = desk.visitor(line.a.url, **way._asdict())
    if way.scripts:
        with_device(reader)
    join(reader, line.a.invite(), name)
    before = len(owner.get("/people?limit=100")["items"])
    reader.press("Publish my card")
    assert len(owner.get("/people?limit=100")["items"]) == before + 1

    assert reader.page.url.endswith("/welcome")
    reader.fill({"kinds": ["testing", "venue", "expertise"]}).press("Show me who asks for it")
    card = reader.page.locator("#fits .card").filter(has_text=title)
    assert reader.say("You see this because:") in card.first.inner_text()
    reader.into(card.get_by_role("link", name=reader.say("Help with this")).first)
    reader.press("Make the pledge")
    assert "/pledges/" in reader.page.url
    reader.comes(".state-offered")

    sign_in_again(reader, name)
    reader.go("/settings")
    ways = "with a passkey" if way.scripts else "with the password"
    assert reader.say(ways) in reader.page.locator("main").inner_text()
