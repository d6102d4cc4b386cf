"""J12: a member reports, a steward hides here and says why, the author asks again, and it is shown."""

from __future__ import annotations

import pytest

from tests.browser import samples
from tests.browser.conftest import Way
from tests.browser.line import Line
from tests.kit.browser import Desk

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_j12_report_hide_appeal(desk: Desk, line: Line, way: Way) -> None:
    home, mark = line.a, f"Care {way.language} {way.scripts}"
    owner, other = (home.member(f"{who} {mark}", lang=way.language) for who in ("Analyst", "Reader"))
    steward = home.member(f"Steward {mark}", role="steward", lang=way.language)
    pitch = owner.say("pitch.open", **samples.pitch(f"Two names {mark}"))
    reading, keeping, writing = (
        desk.reader(home, member.member, **way._asdict()) for member in (other, steward, owner)
    )

    reading.go(f"/pitches/{pitch}").follow("Report a problem with this")
    reading.fill({"reason": "personal-information", "text": "Line two names a colleague."})
    reading.press("Send the report")
    told = reading.say("Your report is with the stewards. They answer within seven days.")
    assert reading.page.get_by_text(told).count() == 1

    keeping.go("/desk/care")
    keeping.into(keeping.page.locator("main li", has_text=mark).locator("a[href^='/desk/reports/']").first)
    keeping.fill({"decision": "hide", "words": "Say the role, not the name."}).press("Decide")
    answer = reading.page.goto(f"{reading.home}/pitches/{pitch}")
    assert answer is not None and answer.status == 403
    assert reading.page.get_by_text("Say the role, not the name.").count() == 1
    reading.go("/pitches")
    assert reading.page.get_by_text(f"Two names {mark}").count() == 0

    writing.go(f"/pitches/{pitch}").follow("Ask the stewards to look again")
    writing.fill({"words": "It names my own role."}).press("Send")

    keeping.go(f"/desk/objects/{pitch}")
    assert keeping.page.get_by_text("It names my own role.").count() == 1
    keeping.fill({"again": "show", "answer": "Thank you."}).press("Answer")
    reading.go(f"/pitches/{pitch}")
    assert reading.page.locator("h1", has_text=f"Two names {mark}").count() == 1
