"""The tools that look at pages find what is wrong: the accessibility tree, the keyboard, the size of targets.

No server: a page is written here, right first, then with one fault after another.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.kit.browser import chromium
from tests.kit.by_keys import KeyReader
from tests.kit.targets import small

pytestmark = pytest.mark.browser

HOME = "http://barn.test"
PITCH = f"{HOME}/pitches/abc-0-12"
RIGHT = """<!doctype html><html lang="en"><title>Error: Lab</title>
<style>.skip { position: absolute } a, button { display: inline-block; padding: 8px } :focus-within { outline: 3px solid blue }</style>
<a class="skip" href="#main">Go to the content</a>
<header><nav aria-label="Main"><a href="/">Home</a></nav></header>
<p role="status" id="status">One is new.</p>
<main id="main" tabindex="-1"><div role="alert" id="errors" tabindex="-1"><a href="#f-text">Words: too long</a></div>
<h1>Lab</h1><h2>What is still missing</h2><h3>Hours</h3><h2>Your next steps</h2>
<details><summary>More</summary><button>Inside</button></details>
<form><p class="error" id="f-text-error">Too long</p>
<label>Words <input id="f-text" aria-required="true" aria-invalid="true" aria-describedby="f-text-error"></label>
<label>Kind (required) <select required><option value="a">A</option><option value="b">B</option></select></label>
<label>Day <input type="date" name="day"></label>
<label><input type="radio" name="r" value="1"> One</label><label><input type="radio" name="r" value="2"> Two</label>
<label><input type="checkbox" name="c" value="yes" checked> Yes</label><button>Send</button></form>
<h2>Who is in</h2><h2>What happened</h2></main>
<footer><nav aria-label="More"><a href="/help">Help</a></nav></footer></html>"""
FAULTS = [
    ('<main id="main" tabindex="-1">', '<div id="main">', "0 of main"),
    ("<header>", "<div>", "0 of banner"),
    ("<footer>", "<footer></footer><footer>", "2 of contentinfo"),
    ('<nav aria-label="Main">', "<nav>", "navigation without a name"),
    ('<nav aria-label="More">', '<nav aria-label="Main">', "navigation are called “Main”"),
    ('role="status"', 'aria-live="polite"', "0 of status"),
    ('role="status"', 'role="status" aria-live="assertive"', "not polite"),
    ("<h1>", '<p aria-live="polite">x</p><h1>', "speaks besides the status region"),
    ("<h1>Lab</h1>", "<h2>Lab</h2>", "0 headings of level 1"),
    ("<h1>Lab</h1>", "<h1>Lab</h1><h1>Lab</h1>", "2 headings of level 1"),
    ("<h3>Hours</h3>", "<h4>Hours</h4>", "skips from level 2 to 4"),
    ("<h3>Hours</h3>", "<h3></h3>", "an empty heading"),
    ("<h1>", '<img src="data:," alt="" role="img"><h1>', "image without a name"),
    ("<h1>", '<div tabindex="0">x</div><h1>', "takes focus and has no role"),
    ("<button>Send</button>", "<button><svg></svg></button>", "button without a name"),
    ("<button>Send</button>", '<button role="presentation" disabled>Send</button>', "controls are shown"),
    ('aria-invalid="true" ', 'aria-invalid="true" aria-expanded="true" ', "is expanded in the page only"),
    ('aria-required="true"', 'role="button" aria-required="true"', "required in the page only"),
    ('aria-invalid="true" ', "", "no field is invalid"),
    ('id="f-text-error">Too long', 'id="f-text-error">', "has lost its description"),
    ("Kind (required)", "Kind", "does not say that it is required"),
    ('type="checkbox"', 'type="checkbox" role="button"', "is checked in the page only"),
    ("Error: Lab", "Lab", "no “Error” in the title"),
    ('role="alert" id="errors" tabindex="-1"', 'id="errors"', "and no summary does"),
    ('href="#f-text"', 'href="#f-nothing"', "#f-nothing, which is not there"),
    ("Your next steps", "What happened", "“Who is in” comes after “What happened”"),
    ("<h3>Hours</h3>", '<div style="width: 3000px">x</div>', "wider than its window"),
]
BAD_STOPS = [
    ("<button>Send", '<button style="outline: none">Send', "focus does not show"),
    ("<button>Send", '<button style="position: fixed; top: -90px">Send', "not in the window"),
    ("<footer>", '<div style="position: fixed; inset: 0"></div><footer>', "it lies under"),
    ('class="skip"', 'class="late"', "the first stop is"),
    ('tabindex="-1"><div', 'tabindex="-1" onkeydown="event.preventDefault()"><div', "is held by"),
    ("<button>Send", '<button tabindex="-1">Send', "does not reach"),
]
TARGETS = [
    ('<a href="/a">a</a> <a href="/b">b</a>', 2),
    ('<p>Look at <a href="/a">this</a> or <a href="/b">that</a>.</p>', 0),
    ('<a href="/a">a</a><p style="margin: 60px">x</p><a href="/b">b</a>', 0),
    ('<a href="/a" class="wide">a</a><a href="/b" class="wide">b</a>', 0),
    (
        '<label><input type="checkbox"> A long word</label><label><input type="checkbox"> Another word</label>',
        0,
    ),
    ('<input type="checkbox" aria-label="a"><input type="checkbox" aria-label="b">', 2),
]


@pytest.fixture(autouse=True)
def no_blocking_call_on_the_loop() -> None:
    """No watch here: the only loop is Playwright's."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def reader(browser: Browser) -> Iterator[KeyReader]:
    reader = KeyReader(browser, HOME)
    yield reader
    reader.context.close()


def open_page(reader: KeyReader, html: str) -> list[str]:
    """Come to a page as a journey does; what is wrong with it."""
    reader.context.unroute_all()
    reader.context.route(
        "**", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8")
    )
    reader.faults.clear()
    reader.go(PITCH)
    return reader.faults


def with_fault(right: str, wrong: str) -> str:
    assert right in RIGHT
    return RIGHT.replace(right, wrong, 1)


def test_nothing_is_wrong_with_a_right_page(reader: KeyReader) -> None:
    assert open_page(reader, RIGHT) == []
    assert reader.ear.announced() == "One is new."
    reader.hears("One is new.")


@pytest.mark.parametrize(("right", "wrong", "found"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_each_kind_of_fault_in_the_tree_is_found(
    reader: KeyReader, right: str, wrong: str, found: str
) -> None:
    assert found in "\n".join(open_page(reader, with_fault(right, wrong)))


def test_everything_is_done_by_keys(reader: KeyReader) -> None:
    open_page(reader, RIGHT)
    reader.page.locator("input[id]").evaluate("field => field.name = 'words'")
    reader.page.locator("select").evaluate("field => field.name = 'kind'")
    reader.fill({"words": "Two hours", "kind": "b", "day": "2027-03-09", "r": "2", "c": "yes"})
    reader.fill({"r": "1", "kind": "a"})  # back again
    typed = "form => [...new FormData(form)].map(([name, value]) => `${name}=${value}`)"
    assert reader.page.locator("form").evaluate(typed) == [
        "words=Two hours",
        "kind=a",
        "day=2027-03-09",
        "r=1",
        "c=yes",
    ]
    reader.unfold("More")
    assert reader.page.locator("details").evaluate("one => one.open")
    reader.into(reader.page.get_by_role("link", name="Help"))
    assert reader.page.url == f"{HOME}/help"


@pytest.mark.parametrize(("right", "wrong", "found"), BAD_STOPS, ids=[fault[2] for fault in BAD_STOPS])
def test_a_bad_stop_of_the_keyboard_is_found(reader: KeyReader, right: str, wrong: str, found: str) -> None:
    open_page(reader, with_fault(right, wrong))
    with pytest.raises(AssertionError, match=found):
        reader.reach(reader.page.locator("form button"))


@pytest.mark.parametrize(("html", "count"), TARGETS)
def test_small_targets_near_to_each_other_are_found(browser: Browser, html: str, count: int) -> None:
    page: Page = browser.new_page()
    page.set_content(
        f"<style>.wide {{ display: inline-block; padding: 8px }} input {{ margin: 0 }}</style>{html}"
    )
    found = small(page)
    page.close()
    assert len(found) == count, found
