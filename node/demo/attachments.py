"""The files members of the demo attach: charts drawn by ``node.demo.chart``, tables and texts kept beside the stories.

Law: the register below is the whole list; every file is made or read here, none is fetched from anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NamedTuple

from node.demo.chart import Bar, bar_chart


class Attachment(NamedTuple):
    media_type: str
    data: bytes


_CHARTS: Final[Mapping[str, tuple[str, tuple[Bar, ...]]]] = MappingProxyType(
    {
        "queue-minutes.png": (
            "MEDIAN MINUTES IN LINE",
            (
                *(Bar(f"DAY {day}", minutes) for day, minutes in ((1, 41), (2, 38), (3, 44))),
                *(Bar(f"DAY {day}", minutes, after=True) for day, minutes in ((4, 24), (5, 19), (6, 17))),
            ),
        ),
        "reading-time.png": (
            "SECONDS TO READ THE LETTER",
            (Bar("BEFORE", 148), Bar("AFTER", 61, after=True)),
        ),
        "where-people-stop.png": (
            "STILL THERE AFTER EACH PAGE",
            tuple(Bar(f"P {page}", left) for page, left in enumerate((100, 93, 88, 57, 52, 49), 1)),
        ),
    }
)
_TYPES: Final = {"csv": "text/csv", "txt": "text/plain"}


def attachment(name: str) -> Attachment:
    """The file of this name. KeyError or FileNotFoundError if a story names one there is not."""
    if name in _CHARTS:
        return Attachment("image/png", bar_chart(*_CHARTS[name]))
    data = files(__package__).joinpath("attached", name).read_bytes()
    return Attachment(_TYPES[name.rpartition(".")[2]], data)
