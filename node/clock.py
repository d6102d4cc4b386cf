"""The one place that asks what time it is.

Law: records and pages take milliseconds from ``ms``; the engine's timers take seconds from ``monotonic`` and never
see the other. A clock read from a file is for tests and says so on every page. Source: OPERATIONS, ``--clock``.
"""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Protocol

from protocol.errors import Refused


class Clock(Protocol):
    """What time it is, for people and for timers."""

    def ms(self) -> int:
        """POSIX milliseconds."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards; only differences mean anything."""
        ...

    @property
    def shown(self) -> str | None:
        """The time as every page must show it when it is not the real one; None when it is."""
        ...


class SystemClock:
    """The machine's own."""

    shown: str | None = None

    def ms(self) -> int:
        """POSIX milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()


class FileClock:
    """The RFC 3339 instant a file holds, read again whenever the file changes; it stands still in between."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] = (0, 0)
        self._text = ""
        self._ms = 0
        self._refresh(strict=True)

    def _refresh(self, *, strict: bool) -> None:
        """Take the file's instant if it changed. A file that cannot be read mid-change keeps the last instant."""
        try:
            stat = self._path.stat()
            if (stat.st_mtime_ns, stat.st_ino) == self._stamp:
                return
            text = self._path.read_text("ascii").strip()
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise ValueError("no offset")
        except (OSError, ValueError) as error:
            if strict:
                raise Refused("clock-unreadable", field="clock", path=str(self._path)) from error
            return
        self._stamp = (stat.st_mtime_ns, stat.st_ino)
        self._text, self._ms = text, round(moment.timestamp() * 1000)

    def ms(self) -> int:
        """POSIX milliseconds of the instant in the file."""
        self._refresh(strict=False)
        return self._ms

    def monotonic(self) -> float:
        """The machine's own: timers of connections do not follow the file."""
        return time.monotonic()

    @property
    def shown(self) -> str | None:
        """The instant as the file spells it."""
        self._refresh(strict=False)
        return self._text


def open_clock(path: Path | None) -> Clock:
    """The machine's clock, or the one in the file. Refused if the file holds no RFC 3339 instant."""
    return SystemClock() if path is None else FileClock(path)
