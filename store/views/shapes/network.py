"""An organisation and its policy. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import TypedDict

from store.views.shapes.knowledge import ArtifactItem
from store.views.shapes.parts import Text
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


class Policy(TypedDict):
    """The policy in force; ``set`` names the numbers that differ from the defaults."""

    own_share: int
    time_instead: int | None
    apply_within: int
    share_within: int
    check_ins: list[int]
    min_group: int
    decided_by: str | None
    text: Text | None
    set: list[str]


class Node(NodeItem):
    """An organisation's own page; lists are its newest."""

    addresses: list[str]
    policy: Policy
    newest_pitches: list[PitchItem]
    newest_artifacts: list[ArtifactItem]
    newest_members: list[MemberItem]
