"""People at browsers: a ``Reader`` is one member in one Chromium window, with or without scripts, in one language.

    reader = desk.reader(node, member)              signed in by a one-time link
    reader.go("/pitches")
    reader.fill({"title.en": "…", "opportunity": "change-lab", "topics": ["health"]})   fields by their names
    reader.press("Publish the pitch")               a button by what is written on it, in the reader's language
    reader.comes(".state-ready")                    shown without reload where scripts run, else by reloading
    reader.close()                                  AssertionError if a page complained or asked another host

Every window is watched: a message on the console, a script error, a request to another origin or a broken
sub-request is a fault of the test. Nothing sleeps: everything waits for a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.kit.chromium import FLAGS, executable
from tests.kit.nodes import DEADLINE
from tests.kit.organisations import Organisation, until
from tests.kit.tree import Ear
from web.i18n import Language, catalogues, french_spaces

PATIENCE: Final = DEADLINE * 1000  # ms: three processes and a browser share two cores
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SHADES: Final = ("color-contrast", "link-in-text-block")  # the rules a colour scheme can change
WINDOW: Final = (1280, 900)
_FAILED: Final = re.compile("Failed to load resource")  # what the watch on responses knows better
_TOO_WIDE: Final = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((e) => e.getBoundingClientRect().right > wide + 1)
    .slice(0, 8).map((e) => `${e.tagName}.${e.className} ${e.id} → ${e.getBoundingClientRect().right}`);
}"""
_AXE_RUN: Final = """async ([tags, rules]) => {
  const only = rules.length ? { type: "rule", values: rules } : { type: "tag", values: tags };
  const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
  return found.violations.map((v) => `${v.id} (${v.impact}): ${v.help}\\n` +
    v.nodes.slice(0, 5).map((n) => `    ${n.target.join(" ")}\\n      ${n.html.slice(0, 200)}\\n      ` +
      n.any.concat(n.all, n.none).map((c) => c.message).join("; ")).join("\\n"));
}"""


@cache
def words(language: Language) -> Any:
    """The catalogue of a language."""
    return catalogues()[language]


@cache
def axe() -> str:
    """The source of axe-core as its package brings it."""
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class Reader:
    """One window. ``faults`` collects what pages did that they must not."""

    def __init__(
        self,
        browser: Browser,
        home: str,
        *,
        language: Language = "en",
        scripts: bool = True,
        window: tuple[int, int] = WINDOW,
    ) -> None:
        self.home, self.language, self.scripts = home, language, scripts
        self.homes = {home}  # addresses whose pages this window may ask for
        self.faults: list[str] = []
        self.documents: list[str] = []
        self.context: BrowserContext = browser.new_context(
            locale=f"{language}-CA",
            java_script_enabled=scripts,
            color_scheme="light",
            reduced_motion="reduce",
            viewport={"width": window[0], "height": window[1]},
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.on("request", self._requested)
        self.context.on("response", self._answered)
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))
        self.page: Page = self.context.new_page()
        self.ear = Ear(self.page)

    # what is watched

    def _requested(self, request: Request) -> None:
        if _origin(request.url) not in map(_origin, self.homes) and not request.url.startswith("data:"):
            self.faults.append(f"a request left the origin: {request.url}")
        if request.is_navigation_request() and request.redirected_from is None:
            self.documents.append(f"{request.method} {urlsplit(request.url).path}")

    def _answered(self, response: Response) -> None:
        wrong = 500 if response.request.is_navigation_request() else 400
        if response.status >= wrong:
            self.faults.append(f"{response.status} for {response.request.method} {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _FAILED.search(message.text):
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def close(self) -> None:
        """Close the window. AssertionError with everything that was wrong in it."""
        self.context.close()
        assert not self.faults, "\n".join(self.faults)

    # what a person does

    def say(self, message: str, **params: object) -> str:
        """A sentence of the interface in this reader's language, as it is typeset."""
        said = words(self.language).gettext(message)
        shown = said % params if params else said
        return french_spaces(shown) if self.language == "fr" else str(shown)

    def label(self, context: str, message: str) -> str:
        """A label of the interface in this reader's language: a word that has a context."""
        return str(words(self.language).pgettext(context, message))

    def go(self, path: str) -> Reader:
        """Open an address of this node, or a whole one."""
        self.page.goto(path if "://" in path else self.home + path)
        return self._arrived()

    def into(self, target: Locator) -> Reader:
        """Use a link or a button and wait for the page it leads to."""
        self.reach(target)
        with self.page.expect_navigation():
            self._use(target)
        return self._arrived()

    def unfold(self, label: str, within: str = "main") -> Reader:
        """Open what is folded under these words."""
        self._unfold(self.page.locator(f"{within} summary").filter(has_text=self.say(label)).first)
        return self

    def _arrived(self) -> Reader:
        """What must hold of every page a journey comes to: what is heard, and that it fits the window."""
        self.faults += self.ear.faults(self.say)
        self.faults += [
            f"{self.page.url} is wider than its window: {one}" for one in self.page.evaluate(_TOO_WIDE)
        ]
        return self

    def another(self, path: str) -> Page:
        """A second window of the same member."""
        page = self.context.new_page()
        page.goto(self.home + path)
        return page

    def fill(self, fields: Mapping[str, str | Sequence[str]], within: str = "main") -> Reader:
        """Fill fields by their names: text, a choice, or the values to tick."""
        for name, value in fields.items():
            found = self.page.locator(f'{within} [name="{name}"]:not([type="hidden"])')
            kind = found.first.evaluate("field => field.type || field.tagName")
            if kind in {"radio", "checkbox"}:
                for one in [value] if isinstance(value, str) else value:
                    self._tick(self.page.locator(f'{within} [name="{name}"][value="{one}"]'))
                continue
            assert isinstance(value, str)
            if kind.startswith("select"):
                self._choose(found, value)
            else:
                self._write(found, value)
        return self

    # with which hands: here with a mouse, in tests.kit.by_keys without

    def reach(self, target: Locator) -> Locator:
        """Come to where a control can be used."""
        return target

    def _use(self, target: Locator) -> None:
        target.click()

    def _unfold(self, summary: Locator) -> None:
        summary.click()

    def _tick(self, box: Locator) -> None:
        box.check()

    def _choose(self, field: Locator, value: str) -> None:
        field.select_option(value)

    def _write(self, field: Locator, value: str) -> None:
        field.fill(value)

    def button(self, label: str, within: str = "main") -> Locator:
        """The first button with this written on it."""
        return self.page.locator(within).get_by_role("button", name=self.say(label), exact=True).first

    def press(self, label: str, within: str = "main") -> Reader:
        """Press a button and wait for the page it leads to."""
        return self.into(self.button(label, within))

    def follow(self, label: str, within: str = "main") -> Reader:
        """Follow the first link that begins with these words."""
        name = re.compile("^" + _spaced(self.say(label)))
        return self.into(self.page.locator(within).get_by_role("link", name=name).first)

    def comes(self, selector: str, text: str | None = None, page: Page | None = None) -> Locator:
        """Something comes to be on the page: by itself where scripts run, else after looking again."""
        page = page or self.page
        found = page.locator(selector).filter(has_text=text) if text else page.locator(selector)
        if self.scripts:
            expect(found.first).to_be_visible(timeout=PATIENCE)
            return found.first
        until(lambda: found.count() or not page.reload(), f"{selector} {text or ''} on {page.url}")
        return found.first

    def hears(self, message: str) -> Reader:
        """Where scripts run, the polite status region says this sentence by itself."""
        if self.scripts:
            until(
                lambda: _plain(self.say(message)) in _plain(self.ear.announced()), f"“{message}” is announced"
            )
        return self

    # what a page must be

    def axe(self, *rules: str) -> list[str]:
        """What axe-core finds on this page, by rules or by TAGS; each finding as text. Needs scripts."""
        if self.page.evaluate("typeof axe") == "undefined":
            self.page.evaluate(axe())
        found: list[str] = self.page.evaluate(_AXE_RUN, [list(TAGS), list(rules)])
        return found

    def overflow(self, width: int) -> list[str]:
        """Elements that make the page scroll sideways at a width in CSS pixels; empty when nothing does."""
        self.page.set_viewport_size({"width": width, "height": 800})
        found: list[str] = self.page.evaluate(_TOO_WIDE)
        return found


class Desk:
    """Makes readers of one browser and closes them all, telling their faults."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.readers: list[Reader] = []

    def visitor(self, home: str, hands: type[Reader] = Reader, **ways: Any) -> Reader:
        """Somebody who is not signed in; ``hands``: how she uses a page."""
        reader = hands(self.browser, home, **ways)
        self.readers.append(reader)
        return reader

    def reader(self, at: Organisation, member: str, **ways: Any) -> Reader:
        """A member, signed in by a one-time link."""
        reader = self.visitor(at.url, **ways)
        reader.go(at.sign_in_link(member))
        reader.press("Sign in")
        return reader

    def keep(self, folder: Path) -> None:
        """Take a picture of every window."""
        pages = [page for reader in self.readers for page in reader.context.pages]
        for number, page in enumerate(pages):
            page.screenshot(path=folder / f"{number}.png", full_page=True)

    def abandon(self) -> None:
        """Close all windows without a word: the test has already failed."""
        for reader in self.readers:
            reader.faults.clear()
        self.close()

    def close(self) -> None:
        """Close all windows. AssertionError with the faults of all."""
        faults = []
        for reader in self.readers:
            try:
                reader.close()
            except AssertionError as error:
                faults.append(str(error))
        self.readers.clear()
        assert not faults, "\n".join(faults)


def _plain(words: str) -> str:
    """Words with one plain space between them."""
    return " ".join(words.split())


def _spaced(words: str) -> str:
    """A pattern for words whatever kind of space is between them: names of controls are read with plain ones."""
    return r"\s+".join(re.escape(word) for word in words.split())


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
