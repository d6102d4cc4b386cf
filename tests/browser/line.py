"""Three organisations that know each other in a line, for whatever a test needs at them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

from tests.kit.organisations import Organisation


class Line(NamedTuple):
    """Three organisations; A and C know each other through B alone."""

    a: Organisation
    b: Organisation
    c: Organisation


class Dated(NamedTuple):
    """Three more in a line, which take the time from a file."""

    line: Line
    clock: Path

    def now(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.clock.read_text("ascii"))

    def day(self, ahead: int) -> str:
        """The day so many days from theirs."""
        return (self.now().date() + dt.timedelta(days=ahead)).isoformat()

    def later(self, hours: int) -> None:
        """Move the clock of all three."""
        fresh = self.clock.with_suffix(".new")
        fresh.write_text((self.now() + dt.timedelta(hours=hours)).isoformat(timespec="seconds"))
        fresh.replace(self.clock)
