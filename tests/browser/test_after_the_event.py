"""J6 of WEB "Journeys": back from the event, a short note on a phone, a webinar held; what was promised is met."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import samples
from tests.browser.conftest import Way
from tests.browser.line import Dated
from tests.kit.browser import PATIENCE, Desk, Reader
from tests.kit.organisations import Program, until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PHONE = {"width": 390, "height": 844}
NOTE, TALK = "short-note", "webinar"
AVENUES = {NOTE: "Short note", TALK: "Webinar"}


def promised(owner: Program, dated: Dated, title: str) -> str:
    """A pitch that went ahead and is over; its plan promises a note in two days and a webinar in ten."""
    sharing = [
        {"key": "note", "avenue": NOTE, "audience": {"en": "Everybody"}, "due": dated.day(5)},
        {"key": "talk", "avenue": TALK, "audience": {"en": "Intake teams"}, "due": dated.day(13)},
    ]
    when = {"start": dated.day(1), "end": dated.day(2), "zone": "America/Halifax"}
    asked = samples.pitch(title, when=when, sharing=sharing)
    asked["asks"][0]["needed_by"] = dated.day(1)
    asked["application"]["first_date"] = dated.day(20)
    pitch = owner.say("pitch.open", **asked)
    owner.say("pitch.advance", pitch=pitch, to="underway")
    dated.later(3 * 24)
    return pitch


def item(reader: Reader, avenue: str) -> Locator:
    """What the page of the pitch says of one thing the plan promises."""
    return reader.page.locator("#plan .rows li").filter(has_text=reader.label("avenue", AVENUES[avenue]))


def test_j6_after_the_event(desk: Desk, dated: Dated, way: Way) -> None:
    at, title, tag = dated.line, f"Back from Halifax ({way.language}, {way.scripts})", way.language
    owner = at.a.member("Pitcher", lang=tag)
    pitch = promised(owner, dated, title)
    path = f"/pitches/{pitch}"

    # the note, on a phone
    reader = desk.reader(at.a, owner.member, **way._asdict())
    reader.page.set_viewport_size(PHONE)
    reader.go(path).follow("Write the short note: three things you learned, one you will try Monday")
    first, last = (
        box.bounding_box() for box in (reader.page.locator("h1"), reader.button("Publish the note"))
    )
    assert first and last and last["y"] + last["height"] - first["y"] < PHONE["height"]
    reader.fill({"learned.0": "Count first", "learned.1": "Ask the clerks", "learned.2": "Read aloud"})
    reader.fill({"monday": "One phone call"}).press("Publish the note")
    for words in ("Count first", "Ask the clerks", "Read aloud", "One phone call"):
        reader.comes(".reading", words)
    artifact = reader.page.url.partition("?")[0].rsplit("/", 1)[1]
    made = owner.get(f"/artifacts/{artifact}")
    assert (made["kind"], made["pitch"]["id"]) == (NOTE, pitch)

    # the webinar its plan promises
    reader.go(path)
    delivered = reader.say("Delivered")
    expect(item(reader, NOTE)).to_contain_text(delivered)
    expect(item(reader, TALK)).not_to_contain_text(delivered)
    reader.into(item(reader, TALK).get_by_role("link"))
    reader.fill({"start_at": "12:00", "end_at": "13:00", "online": "https://example.org/room"})
    reader.press("Publish the event")
    event = reader.page.url.removeprefix(reader.home).partition("?")[0]
    for one in (at.b, at.c):
        guest = one.member("Guest", lang=tag)
        until(lambda guest=guest: guest.get(event), "the webinar is known there")
        desk.reader(one, guest.member, **way._asdict()).go(event).press("I will come")
    reader.comes("#guests", "Guest")
    until(lambda: owner.get(event)["coming"]["yes"] == 2, "both answers are here")

    # held, told, and met
    dated.later(11 * 24)
    reader.go(path)
    expect(item(reader, TALK)).not_to_contain_text(delivered)
    reader.go(event).fill({"attended": "24", "held": "Two teams took the form home"})
    reader.press("Publish how it went").go(path)
    expect(item(reader, TALK)).to_contain_text(delivered)
    far = desk.readers[-1].go(path)
    far.comes("#timeline", "Two teams took the form home")
    expect(item(far, TALK)).to_contain_text(delivered, timeout=PATIENCE)
