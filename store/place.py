"""Where a file lies, told so that a copy of its folder does not pass for the folder itself.

Law: the change time of a file cannot be set by whoever copies it, so a file that names its own change time and machine
is where it was written. Snapshots of a disk or of a machine keep both: those only peers can tell.
Source: PROTOCOL section 2 "Signing order".
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import Malformed
from protocol.ids import parse_int

CTIME_MS: Final = 2_000  # a rename moves the change time a little; a copy is made later than that
NO_MACHINE: Final = "0" * 16
NO_BOOT: Final = "-"
_MACHINE_ID: Final = Path("/etc/machine-id")
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_LINE: Final = re.compile(r"place (\d{1,16}) ([0-9a-f]{16}) ([0-9A-Za-z-]{1,64})", re.ASCII)


class Place(NamedTuple):
    """``ctime``: the file's change time in POSIX ms; ``machine``: 16 hex digits; ``boot``: the kernel's boot id."""

    ctime: int
    machine: str
    boot: str

    @property
    def line(self) -> str:
        return f"place {self.ctime} {self.machine} {self.boot}"


def parse(line: str) -> Place:
    """The place a line names. Malformed for any other line."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise Malformed("no line of a place")
    return Place(parse_int(found[1]), found[2], found[3])


def here(ctime_ns: int) -> Place:
    """The place of a file on this machine whose change time is ``ctime_ns``, in nanoseconds."""
    return Place(ctime_ns // 1_000_000, *_machine())


def holds(said: Place, now: Place) -> bool:
    """Whether a file that says ``said`` and stands at ``now`` was written there; the boot may be another."""
    return abs(said.ctime - now.ctime) <= CTIME_MS and said.machine == now.machine


@cache
def _machine() -> tuple[str, str]:
    """Machine and boot; both stay as they are as long as a process lives."""
    said = _text(_MACHINE_ID)
    machine = hashlib.sha256(said.encode()).hexdigest()[:16] if said else NO_MACHINE
    return machine, _text(_BOOT_ID) or NO_BOOT


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
