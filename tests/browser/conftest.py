"""One Chromium, three organisations in a line A–B–C, and whoever a test needs at them.

The fixtures live as long as this package's tests: Playwright's loop must be gone before other tests run theirs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser

from tests.browser.line import Dated, Line
from tests.browser.looking import Rooms
from tests.browser.samples import ORGANISATIONS
from tests.browser.story import Story, tell
from tests.kit.browser import WINDOW, Desk, Reader, chromium
from tests.kit.by_keys import KeyReader
from tests.kit.organisations import organisations
from web.i18n import Language


class Way(NamedTuple):
    """How somebody reads: language, whether scripts run, mouse or keyboard, and how large the window is."""

    language: Language
    scripts: bool
    hands: type[Reader] = Reader
    window: tuple[int, int] = WINDOW

    def __str__(self) -> str:
        hands = "" if self.hands is Reader else f"-keys-{self.window[0]}"
        return f"{self.language}-{'scripts' if self.scripts else 'plain'}{hands}"


SHOTS = Path(__file__).parent / "shots"
FAILED = pytest.StashKey[bool]()
PHONE = (360, 640)
ZOOMED = (320, 256)  # 1280 × 1024 at 400 %
WAYS = [Way("en", True), Way("en", False), Way("fr", True), Way("fr", False)]
# The main journeys, J2 to J5: by mouse on a large screen; by keyboard alone on a phone and magnified.
MAIN_WAYS = [
    Way("en", True),
    Way("en", False, KeyReader, PHONE),
    Way("fr", True, KeyReader, ZOOMED),
    Way("fr", False),
]


@pytest.fixture(autouse=True)
def no_blocking_call_on_the_loop() -> None:
    """No watch here: the only loop of this process is Playwright's, and the nodes are other processes."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with organisations(tmp_path_factory.mktemp("line"), *ORGANISATIONS) as (a, b, c):
        yield Line(a, b, c)


@pytest.fixture(scope="package")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dated]:
    folder = tmp_path_factory.mktemp("dated")
    clock = folder / "clock"
    clock.write_text(dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
    with organisations(folder, *ORGANISATIONS, clock=clock) as (a, b, c):
        yield Dated(Line(a, b, c), clock)


@pytest.fixture(scope="package")
def story(line: Line) -> Story:
    return tell(line)


@pytest.fixture(scope="package")
def rooms(browser: Browser, line: Line, story: Story) -> Iterator[Rooms]:
    rooms = Rooms(browser, line, story)
    desk = rooms.reader("operator", "en").go(f"/desk/objects/{story.ids['hidden']}")
    desk.fill({"reason": "personal-information", "words": "Line two names a person."}).press("Hide it here")
    yield rooms
    rooms.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def desk(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Windows for a test; when it fails, what they showed is kept in ``shots``."""
    desk = Desk(browser)
    yield desk
    if request.node.stash.get(FAILED, False):
        desk.keep(SHOTS / request.node.name)
        desk.abandon()
    desk.close()


@pytest.fixture(autouse=True)
def no_errors_in_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    """A node that logged an error failed the test, whatever the page looked like."""
    used = [request.getfixturevalue(name) for name in ("line", "dated") if name in request.fixturenames]
    nodes = [one for found in used for one in (found.line if isinstance(found, Dated) else found)]
    seen = [len(one.errors()) for one in nodes]
    yield
    assert [one.errors()[count:] for one, count in zip(nodes, seen, strict=True)] == [[] for _ in nodes]


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


main_ways = pytest.mark.parametrize("way", MAIN_WAYS, ids=str, indirect=True)
by_keys = pytest.mark.parametrize(
    "way", [Way("en", True, KeyReader, ZOOMED), Way("fr", False, KeyReader, PHONE)], ids=str, indirect=True
)
