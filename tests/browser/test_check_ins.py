"""J7 of WEB "Journeys": a check-in, what somebody elsewhere saw, the pitch closed. Both languages, with and without scripts."""

from __future__ import annotations

import pytest

from tests.browser import samples
from tests.browser.conftest import Way
from tests.browser.line import Line
from tests.kit.browser import Desk
from tests.kit.organisations import until

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_j7_check_in_attest_closed(desk: Desk, line: Line, way: Way) -> None:
    owner, giver = line.b.member("Pitcher", lang=way.language), line.a.member("Tester", lang=way.language)
    pitch = owner.say("pitch.open", **samples.pitch(f"Was it of use ({way.language}, {way.scripts})"))
    until(lambda: giver.get(f"/pitches/{pitch}"))
    pledge = giver.say("pledge.offer", **samples.offer(pitch))
    until(lambda: owner.get(f"/pledges/{pledge}"))
    owner.say("pledge.accept", pledge=pledge, quantity=1)
    owner.say("pitch.advance", pitch=pitch, to="underway")

    far = desk.reader(line.b, owner.member, **way._asdict()).go(f"/pitches/{pitch}")
    far.unfold("Answer a check-in")
    far.fill({"applied": "yes", "evidence": "The form is live", "level": "3", "asks": [giver.member]})
    far.press("Publish the answer")
    far.comes(".state-applied")

    until(lambda: giver.get(f"/pitches/{pitch}")["check_ins"][0]["asked"])
    here = desk.reader(line.a, giver.member, **way._asdict()).go("/")
    here.comes(f'a[href="/pitches/{pitch}#witness"]')
    here.follow("Say what you saw applied")
    here.fill({"saw": "yes", "witness": "In our office too"}).press("Publish what you saw")
    here.comes("#check-ins", "In our office too")
    far.comes("#check-ins", "In our office too")

    far.unfold("Say where it stands")
    far.fill({"to": "closed"}, f'form[action$="{pitch}/advance"]').press(
        "Publish", "form[action$='/advance']"
    )
    far.comes("#check-ins", far.say("Applied, and somebody else saw it"))
    assert until(lambda: giver.get(f"/pitches/{pitch}")["outcome"]) == "applied-attested"
