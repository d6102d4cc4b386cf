"""Two people at nodes that know each other through a third, with open pages: nobody reloads, and everybody is up to date.

WEB "Live parts": what one does is seen by the other and announced; what has focus and unsent words stay; after a cut,
of the network or of the browser, the pages catch up by themselves; many windows do not starve one another.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser import samples
from tests.browser.line import Line
from tests.kit.browser import PATIENCE, Desk, Reader
from tests.kit.organisations import Program, until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

MARK = "window.untouched = true"
UNTOUCHED = "window.untouched === true"
HIDE = """Object.defineProperty(document, "hidden", {value: true, configurable: true});
document.dispatchEvent(new Event("visibilitychange"));"""
RENEWED = "This page has been brought up to date."
STREAMS = 4  # of one browser, as live.js says
WINDOWS = 9
POLL = 30_000  # ms, as live.js says


class Two(NamedTuple):
    """Somebody at A who reads English and somebody at C who reads French, and one pitch of a third at B."""

    here: Reader
    far: Reader
    near: Program
    away: Program
    pitch: str


@pytest.fixture
def two(desk: Desk, line: Line, request: pytest.FixtureRequest) -> Two:
    owner = line.b.member("Pitcher")
    near, away = line.a.member("Tester"), line.c.member("Analyste", lang="fr")
    pitch = owner.say("pitch.open", **samples.pitch(f"Together: {request.node.name}"))
    until(lambda: near.get(f"/pitches/{pitch}") and away.get(f"/pitches/{pitch}"), "both have the pitch")
    here = desk.reader(line.a, near.member)
    far = desk.reader(line.c, away.member, language="fr")
    return Two(here, far, near, away, pitch)


def marked(page: Page) -> Page:
    """A page that knows whether it was loaded again."""
    page.evaluate(MARK)
    return page


def window(reader: Reader, path: str) -> Page:
    return marked(reader.another(path))


def comment(reader: Reader, path: str, words: str) -> None:
    """Say something on a page, as people do; the page is loaded anew by the form."""
    reader.go(path).fill({"comment": words}).press("Publish the comment")


def told(reader: Reader, page: Page, words: str) -> None:
    """The one polite line of a page says it."""
    line = page.locator('[role="status"], [aria-live]')
    expect(line).to_have_count(1)
    expect(line).to_have_text(reader.say(words), timeout=PATIENCE)


def test_what_one_does_the_other_sees(two: Two) -> None:
    here, far, near, away, pitch = two
    subject = f"/pitches/{pitch}"
    poll = near.say("poll.open", **samples.poll("choose-one", pitch))
    event = near.say("event.schedule", **samples.event())
    until(lambda: away.get(f"/polls/{poll}") and away.get(f"/events/{event}"), "both are there")
    read = window(far, subject)
    vote = window(here, f"/polls/{poll}")
    coming = window(here, f"/events/{event}")

    read.locator('[name="comment"]').fill("À moitié")
    comment(here, subject, "May I bring a colleague")
    far.comes("#comments", "May I bring a colleague", read)
    told(far, read, RENEWED)
    assert read.evaluate("document.activeElement.name") == "comment"
    assert read.locator('[name="comment"]').input_value() == "À moitié"

    # where the keyboard stands inside what changed, it is offered
    link = read.locator("#ask-review .ask-do a")
    link.focus()
    here.go(f"{subject}/pledge?ask=review").fill({"quantity": "1", "text": "On a Tuesday"})
    here.press("Make the pledge")
    pledge = "/pledges/" + here.page.url.rsplit("/", 1)[1]
    far.comes(f'#pledge-list [href="{pledge}"]', page=read)
    told(far, read, "There is something new on this page.")
    expect(link).to_be_focused()
    read.locator('[data-fresh="asks"]').click()
    expect(read.locator("#ask-review")).to_contain_text(
        far.say("%(amount)s more offered, to be accepted", amount="")
    )
    expect(read.locator("#asks")).to_be_focused()

    vote.locator('[name="choice"][value="o1"]').check()
    far.go(f"/polls/{poll}").fill({"choice": "o2"}).press("Cast the ballot")
    here.comes("#results .ask-met", "Renewal", vote)
    told(here, vote, RENEWED)
    assert vote.locator('[name="choice"][value="o1"]').is_checked()

    far.go(f"/events/{event}").press("I will come")
    here.comes("#guests", "Analyste", coming)
    told(here, coming, RENEWED)
    assert [page.evaluate(UNTOUCHED) for page in (read, vote, coming)] == [True, True, True]


def test_after_a_cut_of_the_network_both_catch_up(two: Two, line: Line) -> None:
    here, far, _, away, pitch = two
    subject = f"/pitches/{pitch}"
    near_page, far_page = window(here, subject), window(far, subject)
    line.b.process.stop()
    try:
        comment(here, subject, "Said while we were apart")
        comment(far, subject, "Dit pendant la coupure")
        away.say("pledge.offer", **samples.offer(pitch))
    finally:
        line.b.process.come_back()
    for page in (near_page, here.page):
        here.comes("#comments", "Dit pendant la coupure", page)
    here.comes("#pledge-list", "Analyste", near_page)
    far.comes("#comments", "Said while we were apart", far_page)
    told(far, far_page, RENEWED)
    assert [page.evaluate(UNTOUCHED) for page in (near_page, far_page)] == [True, True]


def test_a_browser_that_was_offline_catches_up(two: Two) -> None:
    _, far, near, away, pitch = two
    page = window(far, f"/pitches/{pitch}")
    with page.expect_request(lambda request: "/live" in request.url, timeout=PATIENCE):
        page.reload()
    marked(page)
    far.context.set_offline(True)
    said = near.say("comment", on=pitch, text={"en": "You were away"})
    until(lambda: said in str(away.get(f"/comments?on={pitch}")), "it is at her node")
    assert not page.locator("#comments", has_text="You were away").count()
    far.context.set_offline(False)
    far.comes("#comments", "You were away", page)
    told(far, page, RENEWED)
    assert page.evaluate(UNTOUCHED)


def test_nine_windows_share_a_few_streams_and_the_rest_ask(two: Two) -> None:
    here, far, near, _, pitch = two
    subject = f"/pitches/{pitch}"
    streams: list[Page] = []
    here.context.on("request", lambda request: _is_stream(request) and streams.append(request.frame.page))
    here.page.clock.install()
    windows = [here.go(subject).page, *(here.another(subject) for _ in range(WINDOWS - 1))]
    until(lambda: here.page.title() and len(streams) == STREAMS)  # events are told while something is asked
    ninth = marked(windows[-1])
    assert ninth not in streams

    # with all of them in sight the first goes on, and what is sent from there arrives
    assert not any(page.evaluate("document.hidden") for page in windows)
    comment(here, subject, "From one of nine")
    far.go(subject).comes("#comments", "From one of nine")
    comment(far, subject, "Pour les neuf")
    for page in windows[1:STREAMS]:
        here.comes("#comments", "Pour les neuf", page)
    assert not ninth.locator("#comments", has_text="Pour les neuf").count()
    here.page.clock.fast_forward(POLL)
    for page in windows[STREAMS:]:
        here.comes("#comments", "Pour les neuf", page)

    # a window that is hidden leaves its stream to one that had none
    with here.context.expect_event("request", _is_stream, timeout=PATIENCE) as opened:
        windows[1].evaluate(HIDE)
    heir = opened.value.frame.page
    assert heir in windows[STREAMS:]
    near.say("comment", on=pitch, text={"en": "And without asking"})
    here.comes("#comments", "And without asking", heir)
    assert ninth.evaluate(UNTOUCHED)


def _is_stream(request: Request) -> bool:
    return "/live?" in request.url
