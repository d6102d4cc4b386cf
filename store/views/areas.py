"""The register of areas whose objects one record makes and its owner revises and ends.

Law: an area is one line here. Source: ARCHITECTURE "One capability, one name on every floor".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from store.views import artifacts, circles, events, idps, issues, offers, polls
from store.views.objects import Area

_ALL: Final = (artifacts.AREA, idps.AREA, circles.AREA, events.AREA, issues.AREA, offers.AREA, polls.AREA)

BY_NAME: Final[Mapping[str, Area]] = MappingProxyType({area.name: area for area in _ALL})
BY_TYPE: Final[Mapping[str, Area]] = MappingProxyType(
    {kind: area for area in _ALL for kind in (area.opens, area.revises, area.ends) if kind}
)
"""Areas by the types of the records that make, revise and end their objects."""
