"""The pictures of the README, taken anew from the demo: ``make screenshots``.

Starts a demo network in a temporary folder, signs in as a member of the first organisation, and writes
``docs/guide/images/<page>-<scheme>-<language>.png``.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.kit.chromium import FLAGS, executable

IMAGES = Path(__file__).parents[2] / "docs/guide/images"
SHOTS = (("pitch", "light", "en"), ("pitch", "dark", "fr"))
SIZE = {"width": 1180, "height": 1180}
PATIENCE = 240.0


def _ready(file: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE
    while not file.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit("the demo did not come up")
        time.sleep(0.2)
    return dict(json.loads(file.read_text("utf-8")))


def _shoot(browser: Browser, node: dict[str, Any], member: dict[str, Any]) -> None:
    context = browser.new_context(viewport=SIZE, locale="en-CA")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(member["sign_in"])
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/join/" not in url)
    for name, scheme, language in SHOTS:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(f"{node['web']}/language/{language}?to=/pitches")
        page.locator("main h2 a[href^='/pitches/'], main h3 a[href^='/pitches/']").first.click()
        page.wait_for_load_state("load")
        page.screenshot(path=IMAGES / f"{name}-{scheme}-{language}.png")
    context.close()


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        ready = Path(folder) / "ready.json"
        line = [sys.executable, "-c", "from node.cli import main; main()", "demo", "--no-browser"]
        process = subprocess.Popen([*line, "--ready-file", str(ready)], stdout=subprocess.DEVNULL)
        try:
            [node, *_] = _ready(ready, process)["nodes"]
            browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
            _shoot(browser, node, node["members"][2])
            browser.close()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


if __name__ == "__main__":
    main()
