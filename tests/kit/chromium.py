"""A Chromium for the browser tests: what is there, then Debian's when root, then Playwright's own.

Run as ``python -m tests.kit.chromium`` it makes sure there is one and says what it does; ``executable()`` finds it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# The shell has no windows to draw, so that a page opens three times as fast.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium-headless-shell", "chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)


def executable() -> str | None:
    """Path of a Chromium on this machine; None: there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _apt() -> None:
    print("Installing Debian's Chromium with apt (once) …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    any(subprocess.run([*install, name], check=False, env=environment).returncode == 0 for name in PACKAGES)


def main() -> int:
    if found := executable():
        print(f"Browser tests use {found}")
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _apt()
    else:
        print("Fetching Playwright's Chromium (once) …", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
    if found := executable():
        print(f"Browser tests use {found}")
        return 0
    print(
        "No Chromium could be installed. Install one (Debian: apt install chromium) and run make test again."
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
