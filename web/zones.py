"""Time zones by IANA name, read once.

Law: no request reads the zone files; a name nobody knows is UTC, because records may carry any.
Source: IANA tz, RFC 3339.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def zones() -> Mapping[str, ZoneInfo]:
    """Every zone there is: 600 small tables."""
    return {name: ZoneInfo(name) for name in available_timezones()}


def zone(name: str) -> ZoneInfo:
    """The zone of a name."""
    return zones().get(name) or zones()["UTC"]
