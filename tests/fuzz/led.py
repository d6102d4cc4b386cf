"""One target in this process, led by coverage: ``python -m tests.fuzz.led TARGET [options of libFuzzer] CORPUS``.

Law: atheris sees what is imported below it, so the product is imported here and nowhere before.
"""

from __future__ import annotations

import os
import sys
from typing import Final

import atheris

GIVES_WAY: Final = 10  # how nice fuzzing is to whatever else this machine does
SEEN: Final = [
    *("protocol", "store.metadata", "store.payloads", "store.table_files", "store.importing"),
    *("store.views.listing", "store.views.texts", "node.audit", "node.witness"),
    *(
        "web.api.queries",
        "web.api.records",
        "web.bodies",
        "web.formats",
        "web.forms",
        "web.guards",
        "web.i18n",
    ),
    *("web.live", "web.markdown", "web.passkeys", "web.uploads", "web.pages.settings", "web.accounts"),
    *("aiohttp.multipart", "aiohttp.web_request", "aiohttp.helpers", "markdown_it", "webauthn"),
]
"""Where a new branch counts as news: the parsers, not the whole program, which would take a minute to prepare."""

with atheris.instrument_imports(include=SEEN):
    from tests.fuzz.law import listening, obey, quoted
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz until the time given is over; the process ends in here."""
    name, *options = sys.argv[1:]
    target = TARGETS[name]
    quoted("what the product says by itself", b"")  # its words are gathered once, before any input is timed
    with listening() as heard:
        os.nice(GIVES_WAY)
        atheris.Setup([sys.argv[0], *options], lambda data: obey(target, data, heard))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
