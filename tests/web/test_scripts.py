"""The scripts of the pages, in Chromium: live regions, own share (WEB "Live parts").

No server: every request is answered here, so that the test says when something changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.kit.chromium import FLAGS, executable

pytestmark = pytest.mark.browser

STATIC = Path(__file__).parents[2] / "web" / "static"
HOME = "https://barn.test/pitches/abc"
BODY = """<!doctype html><html lang="en"><title>t</title><script type="module" src="/static/{script}"></script>
<p role="status" id="status" data-renewed="Renewed." data-held="Something new." data-show="Show what is new ({{n}})"></p>
<main id="main" data-topics="pitch:abc">{content}</main></html>"""
REGION = '<div id="asks" data-live><p id="said">{words}</p><details><summary>more</summary>x</details>{items}<input id="box" name="box"></div>'


class Node:
    """A pretend node: what it serves now, and whether its stream has just said that something changed."""

    def __init__(self) -> None:
        self.html = ""
        self.changed = False
        self.refuses = False  # as a node that is busy, or a proxy whose node is away
        self.retry = 50  # ms until a stream that ended is opened again
        self.streams: list[str] = []

    def answer(self, route: Route) -> None:
        url = route.request.url
        if "/static/" in url:
            name = url.rsplit("/", 1)[1]
            route.fulfill(body=(STATIC / name).read_text(encoding="utf-8"), content_type="text/javascript")
        elif "/live" in url:
            self.streams.append(url)
            if self.refuses:
                route.fulfill(status=503)
                return
            said = 'event: changed\ndata: ["pitch:abc"]\n\n' if self.changed else ": still here\n\n"
            route.fulfill(body=f"retry: {self.retry}\n\n{said}", content_type="text/event-stream")
        else:
            route.fulfill(body=self.html, content_type="text/html")

    def show(self, words: str, items: str = "") -> None:
        self.html = BODY.format(script="live.js", content=REGION.format(words=words, items=items))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def node() -> Node:
    return Node()


@pytest.fixture
def page(browser: Browser, node: Node) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    opened.route("**/*", node.answer)
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    yield opened
    context.close()
    assert faults == []


def opened(page: Page, node: Node) -> Page:
    node.show("one")
    page.goto(HOME)
    expect(page.locator("#said")).to_have_text("one")
    return page


def change(node: Node, words: str, items: str = "") -> None:
    node.show(words, items)
    node.changed = True


def test_what_changed_is_put_in_place_and_said_once(page: Page, node: Node) -> None:
    opened(page, node)
    page.locator("summary").click()
    page.locator("summary").blur()
    change(node, "two")
    expect(page.locator("#said")).to_have_text("two")
    expect(page.locator("#status")).to_have_text("Renewed.")
    assert page.locator("details").evaluate("details => details.open")
    assert node.streams[0].endswith("/live?topics=pitch%3Aabc")


def test_a_region_with_focus_is_offered_not_replaced(page: Page, node: Node) -> None:
    opened(page, node)
    page.locator("#box").focus()
    change(node, "two", '<i data-item="a"></i><i data-item="b"></i>')
    button = page.get_by_role("button", name="Show what is new (2)")
    expect(button).to_be_visible()
    expect(page.locator("#status")).to_have_text("Something new.")
    expect(page.locator("#said")).to_have_text("one")
    assert page.evaluate("document.activeElement.id") == "box"
    button.click()
    expect(page.locator("#said")).to_have_text("two")
    expect(button).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == "asks"


def test_unsent_words_stay(page: Page, node: Node) -> None:
    opened(page, node)
    page.locator("#box").fill("half a thought")
    page.locator("#box").blur()
    change(node, "two")
    expect(page.get_by_role("button", name="Show what is new (1)")).to_be_visible()
    expect(page.locator("#box")).to_have_value("half a thought")


def test_a_page_that_did_not_change_is_left_alone(page: Page, node: Node) -> None:
    opened(page, node)
    page.evaluate("document.getElementById('said').dataset.mark = 'same'")
    node.changed = True
    for _ in range(2):  # the second fetch starts when the first is dealt with
        page.wait_for_event("request", lambda request: request.url == HOME)
    expect(page.locator("#status")).to_have_text("")
    assert page.locator("#said").get_attribute("data-mark") == "same"


def test_a_page_whose_stream_was_away_catches_up(page: Page, node: Node) -> None:
    opened(page, node)
    node.show("two")
    expect(page.locator("#said")).to_have_text("two")


WITHOUT = ("delete window.EventSource", "Object.defineProperty(navigator, 'locks', { value: undefined })")


@pytest.mark.parametrize("script", WITHOUT, ids=["no stream", "no locks"])
def test_without_a_stream_the_page_asks_every_half_minute(page: Page, node: Node, script: str) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    page.add_init_script(script)
    opened(page, node)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    node.show("two")
    page.clock.run_for(29_900)
    assert asked == []
    page.clock.run_for(100)
    expect(page.locator("#said")).to_have_text("two")
    assert (asked, node.streams) == ([HOME], [])


def test_a_stream_that_was_refused_is_asked_for_again(page: Page, node: Node) -> None:
    page.clock.install()
    node.refuses = True
    with page.expect_response(lambda answer: answer.status == 503):
        opened(page, node)
    node.refuses, node.html = False, node.html.replace("one", "two")
    with page.expect_request(lambda request: "/live" in request.url):
        page.clock.fast_forward(30_000)
    expect(page.locator("#said")).to_have_text("two")
    assert len(node.streams) >= 2


SEATS = """() => { for (let n = 0; n < 4; n += 1)
navigator.locks.request(`live-${n}`, () => new Promise((leave) => { (window.leave ||= []).push(leave); })); }"""


def test_a_window_without_a_seat_waits_for_one_and_then_catches_up(page: Page, node: Node) -> None:
    page.clock.install()
    node.retry = 100_000
    others = page.context.new_page()
    others.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    others.goto(HOME)
    others.evaluate(SEATS)
    opened(page, node)
    node.show("two")
    page.clock.fast_forward(10_000)
    assert node.streams == []
    others.evaluate("leave[2]()")
    expect(page.locator("#said")).to_have_text("two")
    assert len(node.streams) == 1


HIDE = """hidden => { Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
document.dispatchEvent(new Event("visibilitychange")); }"""


def test_a_page_shown_again_catches_up(page: Page, node: Node) -> None:
    opened(page, node)
    page.evaluate(HIDE, True)
    node.show("two")
    streams = len(node.streams)
    page.evaluate(HIDE, False)
    expect(page.locator("#said")).to_have_text("two")
    assert len(node.streams) > streams


OWN_SHARE = """<form><input data-sum="own" id="own"><input data-sum="asked" data-sum-unit="kind" id="asked">
<select name="kind" id="kind"><option value="money">m</option><option value="time">t</option></select>
<p data-own-share data-percent="50" data-exponent="2" data-currency="CAD" data-yes="There." data-no="{gap} short."></p>
<label><input type="radio" name="to" data-audience data-words="All five." checked></label>
<label><input type="radio" name="to" data-audience data-words="You two." id="two"></label>
<p data-audience-words></p></form>"""


def test_the_own_share_is_reckoned_while_typing(page: Page, node: Node) -> None:
    node.html = BODY.format(script="pitch-form.js", content="").replace("</main>", OWN_SHARE + "</main>")
    page.goto(HOME)
    said = page.locator("[data-own-share]")
    page.locator("#asked").fill("1,234.50")
    page.locator("#own").fill("1 000,00")
    expect(said).to_have_text("$234.50 short.")
    page.locator("#own").fill("1 234,50 $")
    expect(said).to_have_text("There.")
    page.locator("#kind").select_option("time")
    expect(said).to_have_text("")
    expect(page.locator("[data-audience-words]")).to_have_text("All five.")
    page.locator("#two").check()
    expect(page.locator("[data-audience-words]")).to_have_text("You two.")


TIME_INSTEAD = """<form><input data-sum="own" id="own"><input data-sum="employer" id="employer">
<input data-sum="asked" id="asked"><input data-sum-currency id="currency" value="CAD">
<input id="hours" data-hours="own.0"><select name="own.0.kind" id="kind"><option>time</option><option>venue</option></select>
<select name="own.0.unit"><option>hour</option></select>
<p data-own-share data-percent="50" data-currency="CAD" data-yes="There." data-no="{gap} short."
data-hours-instead="20" data-hours-words="By time." data-total="{total}, {employer} apart."></p></form>"""


def test_own_hours_may_stand_for_own_money_and_the_employer_stands_apart(page: Page, node: Node) -> None:
    node.html = BODY.format(script="pitch-form.js", content="").replace("</main>", TIME_INSTEAD + "</main>")
    page.goto(HOME)
    said = page.locator("[data-own-share]")
    page.locator("#asked").fill("100")
    page.locator("#employer").fill("500")
    expect(said).to_have_text("$100.00 short. $600.00, $500.00 apart.")
    page.locator("#hours").fill("20")
    expect(said).to_have_text("By time. $600.00, $500.00 apart.")
    page.locator("#kind").select_option("venue")
    expect(said).to_have_text("$100.00 short. $600.00, $500.00 apart.")
    page.locator("#currency").fill("jpy")
    expect(said).to_contain_text("100 short")


DRAFT = """<form method="post" action="/pitches/new" data-draft><input name="title" id="title"></form>
<p data-draft-said="Kept at {time}."></p>"""


def test_a_draft_is_kept_after_a_pause_without_losing_focus(page: Page, node: Node) -> None:
    sent: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            node.answer(route)
            return
        sent.append(route.request.post_data or "")
        route.fulfill(body='{"draft": 7}', content_type="application/json")

    page.unroute("**/*")
    page.route("**/*", answer)
    page.clock.install()
    node.html = BODY.format(script="draft.js", content="").replace("</main>", DRAFT + "</main>")
    page.goto(HOME)
    page.locator("#title").press_sequentially("Half a")
    assert sent == []
    page.clock.fast_forward(3_000)
    expect(page.locator("[data-draft-said]")).to_contain_text("Kept at")
    assert sent == ["title=Half+a&do=autosave"]
    assert page.evaluate("document.activeElement.id") == "title"
    assert page.url.endswith("?draft=7") and page.locator("[name=draft]").input_value() == "7"
