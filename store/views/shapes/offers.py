"""A standing offer in a list and on its page. Source: WEB "HTTP API", DOMAIN section 3."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypedDict

from store.views.shapes.parts import HeldBy, NodeRef, Person, Text
from store.views.shapes.pledges import PledgeItem


class OfferFilters(NamedTuple):
    """Every filter narrows; None does not. ``mine``: the viewer's own. ``open``: standing now, or no longer."""

    kind: str | None = None
    topic: str | None = None
    jurisdiction: str | None = None
    lang: str | None = None
    node: str | None = None
    member: str | None = None
    q: str | None = None
    mine: bool = False
    open: bool | None = None


class OfferItem(TypedDict):
    """A standing offer in a list. ``due``: when it lapses; ``until`` is the day the giver named, if she did."""

    id: str
    kind: str
    text: Text
    lang: str
    quantity: int | None
    unit: str | None
    topics: list[str]
    languages: list[str]
    jurisdiction: str | None
    giver: Person
    node: str
    node_name: Text | None
    state: Literal["open", "closed", "lapsed"]
    until: str | None
    due: int
    restricted: bool
    time: int


class OfferCan(TypedDict):
    """What the viewer may do with a standing offer now."""

    close: bool


class Offer(OfferItem):
    """A standing offer's own page; ``pledges`` that name it, as far as the viewer may see them."""

    pledges: list[PledgeItem]
    reason: str | None
    audience: list[NodeRef] | None
    held_by: HeldBy
    can: OfferCan
