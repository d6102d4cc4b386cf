"""J9 of WEB "Journeys": the facilitator is asked, sees what she may, and says what she stands for; and the share kit."""

from __future__ import annotations

import pytest

from tests.browser import samples
from tests.browser.conftest import Way
from tests.browser.line import Line
from tests.kit.browser import Desk
from tests.kit.organisations import until

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_j9_the_facilitator_attests(desk: Desk, line: Line, way: Way) -> None:
    owner, manager = line.a.member("Pitcher", lang=way.language), line.a.member("Manager", lang=way.language)
    donor = line.b.member("Donor")
    pitch = owner.say("pitch.open", **samples.pitch(f"My manager knows ({way.language}, {way.scripts})"))
    until(lambda: donor.get(f"/pitches/{pitch}"))
    money = {"ask": "travel", "kind": "money", "quantity": 31313, "unit": "CAD", "show": "anonymous"}
    donor.say("pledge.offer", **samples.offer(pitch, **money))

    asking = desk.reader(line.a, owner.member, **way._asdict()).go(f"/pitches/{pitch}")
    asking.follow("Ask a facilitator")
    asking.fill({"facilitator": manager.member}).press("Publish the choice")
    asking.comes("textarea#letter-fr", pitch)

    named = desk.reader(line.a, manager.member, **way._asdict()).go("/")
    named.comes(f'a[href="/pitches/{pitch}/facilitator"]')
    named.follow("Say what you attest as facilitator")
    assert "313" not in named.page.locator("main").inner_text()
    named.fill({"what": ["conversation", "time"], "until": samples.day(90), "note": "Gladly"})
    named.press("Publish your attestation")
    named.comes("#word", named.say("%(who)s:", who="").strip())
    asking.go(f"/pitches/{pitch}").comes("#word", "Gladly")
    assert until(lambda: donor.get(f"/pitches/{pitch}")["facilitator"]["what"]) == ["conversation", "time"]


def test_a_member_passes_a_pitch_on(desk: Desk, line: Line, way: Way) -> None:
    owner, carrier = line.a.member("Pitcher"), line.a.member("Catalyst", lang=way.language)
    friend = line.b.member("Friend of Halifax")
    pitch = owner.say("pitch.open", **samples.pitch(f"Tell a friend ({way.language}, {way.scripts})"))
    until(lambda: friend.get(f"/pitches/{pitch}"))
    until(lambda: carrier.get(f"/people/{friend.member}"))
    reader = desk.reader(line.a, carrier.member, **way._asdict()).go(f"/pitches/{pitch}")
    reader.follow("Letter, poster, QR code, invitation").press("I carry it further")
    reader.go(f"/pitches/{pitch}/share").fill({"who": "Friend of Halifax"}).press("Find")
    reader.fill({"to": friend.member}).press("Send the invitation")
    reader.comes("#invited-list", "Friend of Halifax")
    until(lambda: friend.get(f"/pitches/{pitch}")["invites"])
    assert [one["id"] for one in friend.get(f"/pitches/{pitch}")["catalysts"]] == [carrier.member]
