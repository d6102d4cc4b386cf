"""Log lines: fields and short ids, in text for people or JSON for machines.

Law: only ``configure`` touches the logging of the process, and only the command line calls it. A line carries an
event name and fields; never content, names, keys or secrets. The newest lines are kept in the data folder too, within a
bound. Lines of one cause are counted, not repeated, whoever writes them. Source: OPERATIONS "Data folder", QUALITY 19.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

from aiohttp import BadContentDispositionHeader, BadContentDispositionParam
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

FOLDER: Final = "log"
FILE: Final = "node.log"
MAX_FILE: Final = 4 * 1024 * 1024  # bytes of one file: what an editor opens at once
OLDER: Final = 3  # files before the newest one: weeks of a quiet node
EACH: Final = 20  # lines of one cause that are written in a minute
MINUTE: Final = 60.0
MAX_CAUSES: Final = 500  # counted at once: the log knows far fewer
MAX_CAUSE: Final = 200  # characters of what tells causes apart
_SENT: Final = (HttpProcessingError, RequestPayloadError)  # faults of who sent a request
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


class Unquoted(logging.Filter):
    """What the HTTP parser says of a request or body it cannot read may quote it: only that there was one.

    A body that is packed wrongly comes up again when the server passes over the rest of it, after the answer.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info is not None and isinstance(record.exc_info[1], _SENT):
            record.exc_info, record.levelno, record.levelname = None, logging.INFO, "INFO"
        return True


def _why(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return str(
        getattr(record, "fields", {}).get("why", "") or ("" if error is None else type(error).__name__)
    )


class Counted(logging.Filter):
    """Lets EACH lines of one cause through in a minute and counts the rest; one line then says how many there were.

    A cause is who says what and why; what else a line carries (an address, a node) makes no cause of its own. The line
    that tells the count comes with the next line of any cause, or by ``tell``.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._lock = threading.RLock()  # lines come from every thread
        self._minutes: OrderedDict[tuple[str, str, str], list[float]] = (
            OrderedDict()
        )  # cause: since when, lines

    def filter(self, record: logging.LogRecord) -> bool:
        if "written" not in record.__dict__:  # else another handler has asked already
            record.__dict__["written"] = self._counts(record)
        return bool(record.__dict__["written"])

    def _counts(self, record: logging.LogRecord) -> bool:
        with self._lock:
            self.tell()
            cause = (record.name, record.getMessage()[:MAX_CAUSE], _why(record)[:MAX_CAUSE])
            begun = self._minutes.setdefault(cause, [self._now(), 0])
            begun[1] += 1
            if len(self._minutes) > MAX_CAUSES:
                self._told(*self._minutes.popitem(last=False))
            return begun[1] <= EACH

    def tell(self) -> None:
        """Say of every cause whose minute is over how many lines it had beyond those written."""
        with self._lock:
            self._tell(self._now())

    def _tell(self, now: float) -> None:
        while self._minutes and not 0 <= now - next(iter(self._minutes.values()))[0] < MINUTE:
            self._told(*self._minutes.popitem(last=False))

    def _told(self, cause: tuple[str, str, str], begun: list[float]) -> None:
        if begun[1] > EACH:
            name, what, why = cause
            fields = {"of": what, **({"why": why} if why else {}), "more": int(begun[1]) - EACH}
            told = {"fields": fields, "written": True}
            logging.getLogger(name).warning("repeated", extra=told)


def tell_counted() -> None:
    """Say how often what was not repeated happened, of causes whose minute is over."""
    for handler in logging.getLogger().handlers:
        for one in handler.filters:
            if isinstance(one, Counted):
                one.tell()
                return  # all handlers share it


def quieten() -> None:
    """Libraries say less: of headers of forms that cannot be read one warns on standard error, and quotes them."""
    for quoting in (BadContentDispositionHeader, BadContentDispositionParam):
        warnings.simplefilter("ignore", quoting)
    for noisy in ("aiohttp.access", "asyncio", "markdown_it", "zeroconf"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def configure(form: str, level: str, now: Callable[[], int], data: Path) -> None:
    """Send the lines of this process to its standard error and to ``log/`` in ``data``, from the level given on."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = RotatingFileHandler(folder / FILE, maxBytes=MAX_FILE, backupCount=OLDER, encoding="utf-8")
    root = logging.getLogger()
    root.handlers[:] = [logging.StreamHandler(sys.stderr), kept]
    counted = Counted()
    for handler in root.handlers:
        handler.setFormatter(_Lines(as_json=form == "json", now=now))
        handler.addFilter(counted)
    root.setLevel(_LEVELS[level])
    quieten()
    logging.getLogger("aiohttp.server").addFilter(Unquoted())
