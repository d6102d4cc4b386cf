"""What must hold of every page and every form sent empty: axe-core, the accessibility tree, targets, titles, weight, narrow and zoomed."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Browser

from tests.browser.line import Line
from tests.browser.spots import Spot, Who, pattern_of
from tests.browser.story import Story
from tests.kit.browser import SHADES, Reader
from tests.kit.html import Page
from tests.kit.targets import small
from web.i18n import Language
from web.pages import static

NARROW: Final = (360, 320)  # a small phone; 1280 pixels at a zoom of 400 %
WEIGHT: Final = 100_000  # bytes of a page with its stylesheet and scripts, without what is attached to it


class Rooms:
    """Readers kept through the package, one for each person and language: signing in once is enough."""

    def __init__(self, browser: Browser, line: Line, story: Story) -> None:
        self.browser, self.line, self.story = browser, line, story
        self.html: dict[tuple[Spot, Language], str] = {}
        self.titles: dict[tuple[Language, str], str] = {}  # and the page each was seen on
        self._readers: dict[tuple[Who, Language], Reader] = {}

    def reader(self, who: Who, language: Language) -> Reader:
        found = self._readers.get((who, language))
        if found is None:
            found = self._readers[who, language] = Reader(self.browser, self.line.a.url, language=language)
            self._enter(found, who)
        return found

    def _enter(self, reader: Reader, who: Who) -> None:
        if who == "newcomer":
            reader.go(self.line.a.invite())
            name = f"Nouvelle {reader.language}"
            reader.fill({"name": name, "interface": reader.language, "password": "four brown words here"})
            reader.press("Make my account")
        elif who != "nobody":
            reader.go(self.line.a.sign_in_link(self.story.people[who])).press("Sign in")
        reader.go(f"/language/{reader.language}")

    def close(self) -> None:
        for reader in self._readers.values():
            reader.context.close()


def look(reader: Reader) -> list[str]:
    """Everything that is wrong with the page a reader has open."""
    page = reader.page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    wrong = [f"light: {one}" for one in reader.axe()]
    page.emulate_media(color_scheme="dark")
    wrong += [f"dark: {one}" for one in reader.axe(*SHADES)]
    page.emulate_media(color_scheme="light")
    for width in NARROW:
        wrong += [f"wider than {width} px: {one}" for one in reader.overflow(width)]
        wrong += [f"too small at {width} px: {one}" for one in small(page)]
    page.set_viewport_size({"width": 1280, "height": 900})
    wrong += [f"too small: {one}" for one in small(page)]
    wrong += reader.ear.faults(reader.say)
    if page.locator("html").get_attribute("lang") != reader.language:
        wrong.append("lang of the page is not the reader's")
    wrong += reader.faults
    reader.faults.clear()
    return wrong


def visit(rooms: Rooms, spot: Spot, language: Language) -> Reader:
    """The page, with the status it must have."""
    reader = rooms.reader(spot.who, language)
    path = spot.path.format(**rooms.story.ids)
    answer = reader.page.goto(reader.home + path)
    assert answer is not None
    assert answer.status == (200 if spot.status == 422 else spot.status), path
    rooms.html[spot, language] = answer.text()
    return reader


def send_empty(rooms: Rooms, spot: Spot, language: Language) -> Reader:
    """The page of a form that was sent as it stands there, with what is wrong."""
    reader = visit(rooms, spot, language)
    with reader.page.expect_navigation() as sent:
        reader.page.locator("main form[method=post] button.button:not(.quiet):not(.hidden)").last.click()
    assert sent.value.status == 422
    rooms.html[spot, language] = sent.value.text()
    return reader


def burden(html: str) -> list[str]:
    """What is wrong with what a page makes a browser fetch before it can be read and used, pictures apart."""
    page, files = Page(html), static.load()
    asked = {link.get("href") for link in page.all("link")} | {code.get("src") for code in page.all("script")}
    names = {address.partition("?")[0].removeprefix("/static/") for address in asked}
    weight = len(html.encode()) + sum(len(files[name][0]) for name in names if name in files)
    wrong = [f"weighs {weight} bytes"] if weight > WEIGHT else []
    sheets = [link for link in page.all("link") if link.get("rel") == "stylesheet"]
    waits = [code for code in page.all("script") if not {"type", "async", "defer"} & code.attributes.keys()]
    if len(sheets) != 1 or waits or page.all("style"):
        wrong.append("more than one stylesheet stands before the first paint")
    return wrong


def wrong_with_page(rooms: Rooms, spot: Spot, language: Language) -> list[str]:
    """Everything that is wrong with a page; no other page of this language may have its title."""
    reader = visit(rooms, spot, language)
    wrong = look(reader) + burden(rooms.html[spot, language])
    pattern, title = pattern_of(spot.path), reader.page.title()
    if spot.status == 200 and rooms.titles.setdefault((language, title), pattern) != pattern:
        wrong.append(f"“{title}” is also the title of {rooms.titles[language, title]}")
    return wrong


def wrong_with_form(rooms: Rooms, spot: Spot, language: Language) -> list[str]:
    """Everything that is wrong with a form that was sent empty: the summary has focus and leads to the fields."""
    reader = send_empty(rooms, spot, language)
    summary = reader.page.locator("#errors")
    assert reader.page.title().startswith(reader.say("Error:"))
    assert summary.evaluate("box => box === document.activeElement")
    for link in summary.locator("a").all():
        target = link.get_attribute("href") or ""
        assert reader.page.locator(target).count() == 1, f"{target} leads nowhere"
    return look(reader)
