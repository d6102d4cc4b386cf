"""One Chromium, three organisations in a line A–B–C, and whoever a test needs at them.

The fixtures live as long as this package's tests: Playwright's loop must be gone before other tests run theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser

from tests.browser.samples import ORGANISATIONS
from tests.kit.browser import Desk, chromium
from tests.kit.organisations import Organisation, organisations
from web.i18n import Language


class Way(NamedTuple):
    """How somebody reads: language, and whether scripts run."""

    language: Language
    scripts: bool


class Line(NamedTuple):
    """Three organisations; A and C know each other through B alone."""

    a: Organisation
    b: Organisation
    c: Organisation


WAYS = [Way("en", True), Way("en", False), Way("fr", True), Way("fr", False)]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with organisations(tmp_path_factory.mktemp("line"), *ORGANISATIONS) as (a, b, c):
        yield Line(a, b, c)


@pytest.fixture
def desk(browser: Browser) -> Iterator[Desk]:
    desk = Desk(browser)
    yield desk
    desk.close()


@pytest.fixture(params=WAYS, ids=lambda way: f"{way.language}-{'scripts' if way.scripts else 'plain'}")
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found
