"""TIFF and the raw files of cameras: their data points at itself, so they are not rewritten. Source: TIFF 6.0."""

from __future__ import annotations

from typing import Final

from store.metadata import exif
from store.metadata.parts import SEGMENT_MOST, Found, Source

_TELLING: Final = frozenset({"location", "camera", "author"})


def begins(head: bytes) -> bool:
    """Whether a file is one."""
    return head[:4] in (b"II*\0", b"MM\0*")


def look(source: Source) -> Found:
    """What a TIFF tells of place, camera and author; pages of a scan and their size are no such thing."""
    told = exif.read(source.at(0, min(source.size, SEGMENT_MOST)))
    return Found(taken=set(told.codes & _TELLING))
