"""One node of the demo: ``barnraise run`` that does not outlive whoever started it.

Law: the process ends when its standard input ends, however the parent went; with ``--temporary`` its folder goes too.
Run as ``python -m node.demo.child [--temporary] FOLDER RUN-ARGUMENTS…``.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Final

from node.cli import main as barnraise
from node.demo.processes import TEMPORARY

STOP_SECONDS: Final = 15.0  # an orderly stop takes two; then it is stuck


def _follow(parent_gone: threading.Event) -> None:
    """Wait for the end of standard input, then stop this process, orderly if it can."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    parent_gone.set()
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(STOP_SECONDS)
    os._exit(1)


def _leave(*_: object) -> None:
    """Until the node has its own handler, SIGTERM still runs what cleans up."""
    sys.exit(1)


def _clear(folder: Path) -> None:
    """Take this node's folder away; whoever is last takes the rest."""
    shutil.rmtree(folder, ignore_errors=True)
    if not any(other.is_dir() for other in folder.parent.iterdir()):
        shutil.rmtree(folder.parent, ignore_errors=True)


def main(arguments: list[str]) -> None:
    """Run the node of a folder until told to stop or left alone."""
    temporary = arguments[0] == TEMPORARY
    folder, *rest = arguments[temporary:]
    signal.signal(signal.SIGTERM, _leave)
    parent_gone = threading.Event()
    threading.Thread(target=_follow, args=(parent_gone,), daemon=True).start()
    try:
        barnraise(["run", "--data", folder, *rest], prog_name="barnraise")
    finally:
        if temporary and parent_gone.is_set():
            _clear(Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
