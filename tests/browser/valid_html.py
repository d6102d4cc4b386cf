"""Every page and every form sent empty, in both languages, before vnu, the checker of the HTML standard: ``make html``.

It needs Java and a file from npm, so it does not run with the tests; ``tests.kit.html`` keeps what it has taught.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.looking import Rooms, send_empty, visit
from tests.browser.spots import FORMS, LANGUAGES, SPOTS

CHECKER = Path(sys.prefix) / "vnu/node_modules/vnu-jar/build/dist/vnu.jar"

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def errors(folder: Path) -> str:
    """What vnu calls errors in the pages of a folder, a line each; empty when there are none."""
    line = ["java", "-jar", str(CHECKER), "--errors-only", "--exit-zero-always", "--stdout", str(folder)]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout


def test_the_checker_checks(tmp_path: Path) -> None:
    (tmp_path / "wrong.html").write_text("<!doctype html><html lang=en><title>x</title><p><div></p>", "utf-8")
    assert "No “p” element in scope" in errors(tmp_path)


def test_html_is_valid(rooms: Rooms, tmp_path: Path) -> None:
    for language in LANGUAGES:
        for spot in SPOTS:
            visit(rooms, spot, language)
        for spot in FORMS:
            send_empty(rooms, spot, language)
    assert len(rooms.html) == len(LANGUAGES) * len({*SPOTS, *FORMS})
    for number, ((spot, language), html) in enumerate(rooms.html.items()):
        name = "".join(letter if letter.isalnum() else "-" for letter in f"{spot.path}-{spot.who}")
        (tmp_path / f"{number:03}-{name}-{language}.html").write_text(html, "utf-8")
    assert errors(tmp_path) == ""
