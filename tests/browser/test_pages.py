"""Every page there is, in English, in both colour schemes.

A page not listed in ``spots`` fails the last test: what members can open is what is looked at.
"""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.browser.looking import Rooms, look, visit, wrong_with_form, wrong_with_page
from tests.browser.spots import FORMS, SPOTS, Spot, name_of, pattern_of
from web.routes import ROUTES

pytestmark = [pytest.mark.browser, pytest.mark.processes]

NO_PAGES: Final = re.compile(
    r"/(language|entries|blobs|live|healthz|metrics|static|api/)|.*[./](svg|ics|csv|atom|json)$"
)


@pytest.mark.parametrize("spot", SPOTS, ids=name_of)
def test_a_page(rooms: Rooms, spot: Spot) -> None:
    wrong = wrong_with_page(rooms, spot, "en")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("spot", FORMS, ids=name_of)
def test_a_form_sent_empty(rooms: Rooms, spot: Spot) -> None:
    wrong = wrong_with_form(rooms, spot, "en")
    assert not wrong, "\n".join(wrong)


def test_what_is_wrong_is_found(rooms: Rooms) -> None:
    reader = visit(rooms, Spot("/help", "nobody"), "en")
    reader.page.evaluate(
        """() => {
          document.documentElement.lang = "fr";
          const wide = '<p style="width: 90rem; color: #777; background: #888">too pale, too wide</p>';
          document.querySelector("main").innerHTML += `<h1>two</h1><p><a href="/">a</a> <a href="/help">b</a></p><input name=bare>${wide}<img src="/static/barn.svg">`;
          document.querySelector("main p:last-of-type").style.cssText = "width: 90rem; color: #777; background: #888";
          console.error("a word");
        }"""
    )
    found = "\n".join(look(reader))
    for word in (
        "color-contrast",
        "dark:",
        "image-alt",
        "wider than 320",
        "textbox without a name",
        "too small",
        "lang",
        "2 headings of level 1",
        "a word",
    ):
        assert word in found, word


def test_no_page_is_left_out() -> None:
    listed = {pattern_of(spot.path) for spot in SPOTS}
    pages = [route.path for route in ROUTES if route.method == "GET"]
    there = {pattern_of(path) for path in pages if not NO_PAGES.match(path)}
    assert there <= listed, sorted(there - listed)
