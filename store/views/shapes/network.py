"""An organisation and its policy. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import TypedDict

from store.views.shapes.knowledge import ArtifactItem
from store.views.shapes.parts import Policy, Text
from store.views.shapes.people import MemberItem
from store.views.shapes.pitches import PitchItem


class NodeItem(TypedDict):
    """An organisation. Before its profile is here ``name`` and the rest are None; counts are of what is here."""

    node: str
    name: Text | None
    kind: str | None
    level: str | None
    jurisdiction: str | None
    languages: list[str]
    web: str | None
    members: int
    pitches: int
    artifacts: int
    here: bool


class Node(NodeItem):
    """An organisation's own page; lists are its newest."""

    addresses: list[str]
    policy: Policy
    newest_pitches: list[PitchItem]
    newest_artifacts: list[ArtifactItem]
    newest_members: list[MemberItem]
