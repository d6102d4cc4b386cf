"""A circle and an issue, in lists and on their pages. Source: WEB "HTTP API", DOMAIN R11."""

from __future__ import annotations

from typing import Literal, TypedDict

from store.views.shapes.knowledge import ArtifactItem
from store.views.shapes.parts import HeldBy, NodeRef, Person, Ref, Text
from store.views.shapes.pitches import PitchItem


class CircleItem(TypedDict):
    """A circle in a list: ``founded``, or a ``pitch``'s, which has the pitch's id and, unless it says otherwise, title.

    ``over``: its last day has passed. ``organisations``: of its members. ``you``: the viewer is in it.
    """

    id: str
    kind: Literal["founded", "pitch"]
    name: Text
    purpose: Text | None
    lang: str
    topics: list[str]
    cadence: Text | None
    sunset: str | None
    over: bool
    owner: Person
    node: str
    node_name: Text | None
    members: int
    organisations: int
    you: bool
    restricted: bool
    time: int


class Place(TypedDict):
    """Who is in a circle, why, and since when."""

    who: Person
    basis: Literal["owner", "catalyst", "attester", "giver", "joined"]
    since: int


class Keeper(TypedDict):
    """A steward: its ``owner``, ``named`` by another, or one who has ``taken`` the role when nobody kept the circle."""

    who: Person
    how: Literal["owner", "named", "taken"]
    by: Person | None
    since: int


class Priority(TypedDict):
    """An option of the last closed rank poll, with its points; ``ref`` is what it stands for, perhaps an issue."""

    ref: str | None
    text: Text
    points: int


class Priorities(TypedDict):
    """What a circle ranks highest first, by which poll."""

    poll: str
    question: Text
    options: list[Priority]


class Meeting(TypedDict):
    """An event about a circle."""

    id: str
    title: Text
    start: str


class Health(TypedDict):
    """How a circle does: who is in it, who of them said something about it in the last 90 days, what is open."""

    members: int
    organisations: int
    active: int
    open_issues: int


class CircleCan(TypedDict):
    """What the viewer may do with a circle now."""

    join: bool
    leave: bool
    take_role: bool
    name_steward: bool
    lay_down_role: bool
    revise: bool
    raise_issue: bool
    comment: bool


class IssueItem(TypedDict):
    """An issue in a list. ``shared``: how many besides who raised it have it too; ``answers``: how many pitches do."""

    id: str
    title: Text
    text: Text | None
    lang: str
    topics: list[str]
    circle: Ref | None
    raised_by: Person
    node: str
    node_name: Text | None
    shared: int
    answers: int
    restricted: bool
    time: int


class IssueCan(TypedDict):
    """What the viewer may do with an issue now."""

    share: bool
    same: bool
    comment: bool


class Issue(IssueItem):
    """An issue's own page. ``same`` are the issues that members say are one with it, directly or by another."""

    shared_by: list[Person]
    same: list[Ref]
    pitches: list[PitchItem]
    comments: int
    audience: list[NodeRef] | None
    held_by: HeldBy
    can: IssueCan


class Circle(CircleItem):
    """A circle's own page. ``members_list`` is who is in it, the longest there first.

    ``second_steward_wanted``: all its stewards are of one organisation, or it has none. ``pitches``: its own, if
    it is a pitch's, and those that answer its issues.
    """

    members_list: list[Place]
    stewards: list[Keeper]
    second_steward_wanted: bool
    issues: list[IssueItem]
    priorities: Priorities | None
    pitches: list[PitchItem]
    artifacts: list[ArtifactItem]
    events: list[Meeting]
    comments: int
    health: Health
    version: str
    audience: list[NodeRef] | None
    held_by: HeldBy
    can: CircleCan
