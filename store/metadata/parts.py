"""Reading a file by its segments: bounded reads, spans to be copied, and the one error for what is no such file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO, Final, NamedTuple

from protocol.limits import MIB

SEGMENT_MOST: Final = 16 * MIB  # bytes of one segment that are looked into
SEGMENTS_MOST: Final = 100_000  # of one file: ten times what cameras and editors make of the largest
PADDING_MOST: Final = 65_536


class Odd(Exception):
    """The bytes are not what their beginning says."""


class Span(NamedTuple):
    """Bytes [start, end) of the file."""

    start: int
    end: int


class Source:
    """A file that is read at places; never beyond its end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)

    def at(self, start: int, length: int) -> bytes:
        """Up to ``length`` bytes from ``start``; fewer at the end."""
        if not 0 <= length <= SEGMENT_MOST:
            raise Odd
        self._file.seek(start)
        return self._file.read(length)

    def exactly(self, start: int, length: int) -> bytes:
        """The bytes, all of them. Odd when the file ends before."""
        data = self.at(start, length)
        if len(data) < length:
            raise Odd
        return data


@dataclass(slots=True)
class Found:
    """What a walk found: codes of what is taken off or warned about, and what the file is to consist of.

    ``parts`` None: this kind of file cannot be rewritten. Neighbouring spans are joined.
    """

    taken: set[str] = field(default_factory=set)
    warned: set[str] = field(default_factory=set)
    parts: list[Span | bytes] | None = None

    def keep(self, part: Span | bytes) -> None:
        """One more part of the file."""
        parts = self.parts = self.parts if self.parts is not None else []
        last = parts[-1] if parts else None
        if isinstance(part, Span) and isinstance(last, Span) and last.end == part.start:
            parts[-1] = Span(last.start, part.end)
        elif not isinstance(part, Span) or part.end > part.start:
            parts.append(part)

    def behind(self, source: Source, at: int) -> None:
        """What stands behind the end of the picture: padding stays, all else goes (what was cut away, a film)."""
        rest = source.at(at, min(source.size - at, PADDING_MOST + 1))
        if len(rest) > PADDING_MOST or rest.strip(b"\0\n\r \xff"):
            self.take({"other"})
        else:
            self.keep(Span(at, source.size))

    def take(self, codes: set[str]) -> None:
        """Something is left out; ``other`` when nobody can say what it tells."""
        self.taken |= codes or {"other"}
