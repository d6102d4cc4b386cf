"""The viewer's offers against open asks. Source: WEB "HTTP API" matches."""

from __future__ import annotations

from typing import Any, TypedDict

from store.views.shapes.parts import Text
from store.views.shapes.pitches import Ask, PitchItem


class MatchReason(TypedDict):
    """One thing in common: a stable code and what its sentence needs."""

    code: str
    params: dict[str, Any]


class Offering(TypedDict):
    """What the viewer offers: a standing offer by its ``id``, or a line of her card (``id`` None)."""

    id: str | None
    kind: str
    text: Text | None


class Match(TypedDict):
    """An ask that is not met, its pitch, the offer that fits it best, and why."""

    ask: Ask
    pitch: PitchItem
    offer: Offering
    reasons: list[MatchReason]
