"""Log lines: fields and short ids, in text for people or JSON for machines.

Law: only ``configure`` touches the logging of the process, and only the command line calls it. A line carries an
event name and fields; never content, names, keys or secrets. The newest lines are kept in the data folder too, within a
bound. Source: OPERATIONS "Data folder", QUALITY 19.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

from aiohttp.http_exceptions import HttpProcessingError

FOLDER: Final = "log"
FILE: Final = "node.log"
MAX_FILE: Final = 4 * 1024 * 1024  # bytes of one file: what an editor opens at once
OLDER: Final = 3  # files before the newest one: weeks of a quiet node
_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def event(logger: logging.Logger, level: int, name: str, **fields: object) -> None:
    """Log an event with its fields."""
    logger.log(level, name, extra={"fields": fields})


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    found = getattr(record, "fields", {})
    lines = {} if record.exc_info is None else {"error": logging.Formatter().formatException(record.exc_info)}
    return {**found, **lines}


class _Lines(logging.Formatter):
    """One line a record; ``now`` gives POSIX milliseconds."""

    def __init__(self, *, as_json: bool, now: Callable[[], int]) -> None:
        super().__init__()
        self._as_json, self._now = as_json, now

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(self._now() / 1000, UTC).isoformat(timespec="milliseconds")
        level, name, fields = record.levelname.lower(), record.getMessage(), _fields(record)
        if self._as_json:
            return json.dumps({"at": at, "level": level, "event": name, **fields}, default=str)
        told = " ".join(f"{key}={value}" for key, value in fields.items())
        return f"{at} {level:7} {name} {told}".rstrip()


class _Unquoted(logging.Filter):
    """What the HTTP parser says of a request it cannot read quotes it, perhaps a secret: only that there was one."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info is not None and isinstance(record.exc_info[1], HttpProcessingError):
            record.exc_info, record.levelno, record.levelname = None, logging.INFO, "INFO"
        return True


def configure(form: str, level: str, now: Callable[[], int], data: Path) -> None:
    """Send the lines of this process to its standard error and to ``log/`` in ``data``, from the level given on."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = RotatingFileHandler(folder / FILE, maxBytes=MAX_FILE, backupCount=OLDER, encoding="utf-8")
    root = logging.getLogger()
    root.handlers[:] = [logging.StreamHandler(sys.stderr), kept]
    for handler in root.handlers:
        handler.setFormatter(_Lines(as_json=form == "json", now=now))
    root.setLevel(_LEVELS[level])
    logging.getLogger("aiohttp.server").addFilter(_Unquoted())
    for noisy in ("aiohttp.access", "asyncio", "zeroconf"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
