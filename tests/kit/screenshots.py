"""The pictures of the README and of the guides, taken anew from the demo: ``make screenshots``.

Starts a demo network in a temporary folder, signs in as members of the first organisation, and writes
``docs/guide/images/<page>-<scheme>-<language>.png`` and ``web/static/guide-<page>.<language>.webp``.
"""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from tests.kit.chromium import FLAGS, executable
from web.pages.guides import HEIGHT, WIDTH

ROOT: Final = Path(__file__).parents[2]
README: Final = ROOT / "docs/guide/images"
GUIDES: Final = ROOT / "web/static"
TALL: Final = (1180, 1180)
QUALITY: Final = 30  # of a picture in a guide: five of them and the text stay below the weight of a page
PATIENCE: Final = 240.0
MEMBER, STEWARD = 2, 1  # of the first organisation, in the order the demo tells them


class Shot(NamedTuple):
    """A picture: where to go, and on which link of that page to go on."""

    name: str
    path: str
    follow: str = ""
    who: int = MEMBER


class Plate(NamedTuple):
    """A picture of the README."""

    shot: Shot
    scheme: Literal["light", "dark"]
    language: str
    size: tuple[int, int] = TALL


PITCH: Final = Shot("pitch", "/pitches", "main :is(h2, h3) a[href^='/pitches/']")
LIBRARY: Final = Shot("library", "/library")
HOME: Final = Shot("home", "/")
PLATES: Final = (
    Plate(PITCH, "light", "en"),
    Plate(PITCH, "dark", "fr"),
    Plate(HOME, "light", "en", (390, 844)),
    Plate(LIBRARY, "light", "fr"),
)
PICTURES: Final = (
    PITCH,
    LIBRARY,
    HOME,
    Shot("pledge", "/pitches", "main :is(h2, h3) a[href^='/pitches/']"),
    Shot("network", "/network"),
    Shot("desk", "/desk", who=STEWARD),
)


def _ready(file: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE
    while not file.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit("the demo did not come up")
        time.sleep(0.2)
    return dict(json.loads(file.read_text("utf-8")))


@contextmanager
def _demo() -> Iterator[dict[str, Any]]:
    """The first organisation of a demo network."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        line = [sys.executable, "-c", "from node.cli import main; main()", "demo", "--no-browser"]
        process = subprocess.Popen([*line, "--ready-file", str(ready)], stdout=subprocess.DEVNULL)
        try:
            yield _ready(ready, process)["nodes"][0]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _signed_in(browser: Browser, member: dict[str, Any]) -> Page:
    page = browser.new_context(locale="en-CA").new_page()
    page.goto(member["sign_in"])
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/join/" not in url)
    return page


def _open(page: Page, web: str, shot: Shot, language: str) -> None:
    page.goto(f"{web}/language/{language}?to={shot.path}")
    if shot.follow:
        page.locator(shot.follow).first.click()
        page.wait_for_load_state("load")
    if shot.name == "pledge":
        page.locator("main a[href*='/pledge']").first.click()
        page.wait_for_load_state("load")


def _plates(pages: dict[int, Page], web: str) -> None:
    README.mkdir(parents=True, exist_ok=True)
    for shot, scheme, language, (width, height) in PLATES:
        page = pages[shot.who]
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        _open(page, web, shot, language)
        page.screenshot(path=README / f"{shot.name}-{scheme}-{language}.png")


def _pictures(pages: dict[int, Page], web: str) -> None:
    for shot in PICTURES:
        page = pages[shot.who]
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        page.emulate_media(color_scheme="light")
        for language in ("en", "fr"):
            _open(page, web, shot, language)
            taken = page.context.new_cdp_session(page).send(
                "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
            )
            file = GUIDES / f"guide-{shot.name}.{language}.webp"
            file.write_bytes(base64.b64decode(taken["data"]))


def main() -> None:
    with _demo() as node, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        pages = {who: _signed_in(browser, node["members"][who]) for who in (MEMBER, STEWARD)}
        _plates(pages, node["web"])
        _pictures(pages, node["web"])
        browser.close()


if __name__ == "__main__":
    main()
