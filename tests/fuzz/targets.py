"""Every target, and what was found once: kept inputs are tried in every ordinary test run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tests.fuzz import members, peers
from tests.fuzz.law import Target

TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {target.name: target for target in (*peers.TARGETS, *members.TARGETS)}
)
FOUND: Final = Path(__file__).parent / "found"
"""Inputs that broke a target once, in a folder of its name."""


def kept(name: str) -> list[bytes]:
    """The inputs that broke a target once."""
    return [path.read_bytes() for path in sorted((FOUND / name).glob("*"))]
