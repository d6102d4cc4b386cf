"""A member's card and page. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import Any, TypedDict

from store.views.shapes.knowledge import ArtifactItem
from store.views.shapes.offers import OfferItem
from store.views.shapes.parts import HeldBy, Text
from store.views.shapes.pitches import PitchItem
from store.views.shapes.pledges import PledgeItem


class MemberItem(TypedDict):
    """A member's card. ``offers``: [{kind, topics, text}]."""

    id: str
    name: str
    organisation: Text | None
    jurisdiction: str | None
    languages: list[str]
    offers: list[dict[str, Any]]
    node: str
    node_name: Text | None
    you: bool
    time: int


class Member(MemberItem):
    """A member's own page: the card, what she stands ready to give, what she did under her name and in public.

    ``was`` and ``now`` are her cards before and after a move that both nodes confirm.
    """

    pitches: list[PitchItem]
    pledges: list[PledgeItem]
    artifacts: list[ArtifactItem]
    standing: list[OfferItem]
    was: str | None
    now: str | None
    retired: bool
    held_by: HeldBy
