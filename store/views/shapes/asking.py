"""Who asks, and what for: the viewer, pages of lists, filters. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import Generic, Literal, NamedTuple, TypeVar

from protocol.ids import NodeId

T = TypeVar("T")


class Viewer(NamedTuple):
    """Who looks. ``member`` is the entry id of the viewer's card (None before it is published), ``node`` this node."""

    account: int | None
    member: str | None
    node: NodeId
    role: str = "member"


class Page(NamedTuple, Generic[T]):
    """Some rows and the cursor of the rows after them (None: that was all)."""

    items: list[T]
    next: str | None


class PitchFilters(NamedTuple):
    """Every filter narrows; None does not. ``asks``: a kind still needed. ``mine``: owned by the viewer."""

    state: str | None = None
    asks: str | None = None
    opportunity: str | None = None
    topic: str | None = None
    jurisdiction: str | None = None
    level: str | None = None
    lang: str | None = None
    node: str | None = None
    member: str | None = None
    q: str | None = None
    mine: bool = False


class PledgeFilters(NamedTuple):
    """``role``: the viewer as ``giver`` or ``owner`` of the pitch, None for every pledge the viewer may see."""

    state: str | None = None
    kind: str | None = None
    pitch: str | None = None
    role: Literal["giver", "owner"] | None = None


class ArtifactFilters(NamedTuple):
    """``review``: ``due``, those to be reviewed by now. ``jurisdiction``: of the organisation."""

    kind: str | None = None
    topic: str | None = None
    licence: str | None = None
    evidence: str | None = None
    lang: str | None = None
    node: str | None = None
    pitch: str | None = None
    member: str | None = None
    q: str | None = None
    review: str | None = None
    jurisdiction: str | None = None


class MemberFilters(NamedTuple):
    """``offers``: a kind the member offers. ``q``: words in name, organisation or offers."""

    offers: str | None = None
    topic: str | None = None
    jurisdiction: str | None = None
    lang: str | None = None
    node: str | None = None
    q: str | None = None


class NodeFilters(NamedTuple):
    jurisdiction: str | None = None
    kind: str | None = None
    level: str | None = None


class CircleFilters(NamedTuple):
    """``member``: who is in it; ``mine``: the viewer is; ``node``: whose organisation began it; ``q``: words in it."""

    topic: str | None = None
    member: str | None = None
    node: str | None = None
    q: str | None = None
    mine: bool = False


class IssueFilters(NamedTuple):
    circle: str | None = None
    topic: str | None = None
    node: str | None = None
    q: str | None = None
