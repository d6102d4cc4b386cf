"""The clock of the nodes while the history of the demo is told.

Law: it only goes forward. Every step moves it on by some minutes, so that no two things happen at once; the nodes read
it from a file (``run --clock``). When the story is told the nodes are started again with the machine's own clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from node.demo.stories import day_from

MORNING: Final = time(15, tzinfo=UTC)  # eight in Vancouver, ten in Montreal
STEP: Final = timedelta(minutes=3)


class Almanac:
    """The time told so far, in the file at ``path``."""

    def __init__(self, path: Path, begins: int) -> None:
        self.path = path
        self.today = datetime.now(UTC).date()
        self._now = datetime.combine(day_from(self.today, begins), MORNING)
        self._write()

    def turn_to(self, day: int) -> None:
        """Go on to the morning of the working day ``day`` days from today."""
        self._now = max(self._now, datetime.combine(day_from(self.today, day), MORNING))
        self._write()

    def tick(self) -> None:
        """Go on by a few minutes."""
        self._now += STEP
        self._write()

    def _write(self) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(self._now.isoformat(), "ascii")
        new.replace(self.path)
