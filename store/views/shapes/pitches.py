"""A pitch in a list and on its page. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import Any, Final, Literal, TypedDict

from store.views.shapes.knowledge import ArtifactItem
from store.views.shapes.parts import (
    HeldBy,
    Missing,
    NodeRef,
    Person,
    Policy,
    Return,
    Step,
    Text,
    Translated,
    Version,
)
from store.views.shapes.pledges import PledgeItem
from store.views.shapes.practice import CheckIn, Facilitator, Invited

PITCH_STATES: Final = (
    "open",
    "ready",
    "resourced",
    "underway",
    "sharing",
    "applied",
    "closed",
    "lapsed",
    "withdrawn",
    "cancelled",
)


class Readiness(TypedDict):
    ready: bool
    missing: list[Missing]


class OwnShare(TypedDict):
    """R1. ``satisfied`` is None when no money is asked for. The sums are on the pitch's own page only."""

    satisfied: bool | None
    percent: int
    currency: str | None
    asked: int
    own: int
    employer: int
    total: int
    gaps: list[Missing]


class Ask(TypedDict):
    """One need and how far it is met. Sums count public pledges and the tally; ``waiting`` was accepted beyond need."""

    key: str
    kind: str
    text: Text
    quantity: int
    unit: str
    must: bool
    split: bool
    needed_by: str | None
    offered: int
    accepted: int
    fulfilled: int
    waiting: int
    met: bool


class AsksMet(TypedDict):
    """Progress in the one measure all asks share: how many are met."""

    met: int
    of: int
    must_met: int
    must_of: int


class Delivery(TypedDict):
    """The record that delivered a sharing activity: a pitch.update (``title`` None) or an artifact."""

    id: str
    type: Literal["pitch.update", "artifact.publish"]
    title: Text | None
    time: int


class SharingEvent(TypedDict):
    """An event of the owner that is to deliver a sharing activity; times in ms."""

    id: str
    title: Text
    starts: int
    ends: int


class Sharing(TypedDict):
    """A promised activity. ``to-report``: an event for it is over and nothing has delivered it yet."""

    key: str
    avenue: str | None
    audience: Text | None
    due: str | None
    state: Literal["promised", "scheduled", "to-report", "overdue", "delivered"]
    delivered: list[Delivery]
    events: list[SharingEvent]


class StandCan(TypedDict):
    """``attest`` is the facilitator's word on the pitch, ``attest_check_in`` what a peer saw of a check-in."""

    check_in: bool
    attest: bool
    attest_check_in: bool
    catalyse: bool
    encourage: bool
    invite: bool


class PitchCan(StandCan):
    """What the viewer may do now. ``advance`` lists what she may say next of her pitch."""

    revise: bool
    advance: list[str]
    update: bool
    pledge: bool
    comment: bool
    thank: bool


class PitchItem(TypedDict):
    """A pitch in a list. ``own_share`` is the yes/no of R1, None when no money is asked for."""

    id: str
    title: Text
    why: Text
    lang: str
    opportunity: str
    topics: list[str]
    owner: Person
    node: str
    node_name: Text | None
    level: str | None
    jurisdiction: str | None
    place: str | None
    online: bool
    when: dict[str, Any] | None
    state: str
    ready: bool
    asks_met: AsksMet
    needs: list[str]
    needed_by: str | None
    own_share: bool | None
    pledges: int
    restricted: bool
    time: int


class Pitch(TypedDict):
    """A pitch's own page. Fields of pitch.open keep their names and shapes; None or [] where it says nothing.

    ``pledges``, ``returns``, ``steps`` hold what this viewer may see; private pledges are not even counted for others.
    ``version`` is the entry id of the open or revise last taken in: what ``terms`` of a pledge names.
    ``outcome`` is None while nothing can be known yet; ``reason`` is what stood in the way of what is not applied, or
    the word at a withdrawal. ``encouragements`` counts persons; ``invites`` holds those the viewer sent or got.
    """

    id: str
    title: Text
    why: Text
    lang: str
    opportunity: str
    topics: list[str]
    answers: list[str]
    facilitator: Facilitator | None
    catalysts: list[Person]
    encouragements: int
    invites: list[Invited]
    when: dict[str, Any] | None
    where: dict[str, Any] | None
    barrier: Text | None
    benefits: dict[str, Text] | None
    asks: list[Ask]
    own: list[dict[str, Any]]
    cost: dict[str, Any] | None
    sharing: list[Sharing]
    application: dict[str, Any] | None
    resources: list[dict[str, Any]]
    window: dict[str, Any] | None
    owner: Person
    node: str
    node_name: Text | None
    state: str
    readiness: Readiness
    own_share: OwnShare
    policy: Policy
    asks_met: AsksMet
    ends: int | None
    lapses: int | None
    pledges: list[PledgeItem]
    returns: list[Return]
    thanks: list[Thanks]
    updates: list[Step]
    steps: list[Step]
    comments: int
    artifacts: list[ArtifactItem]
    check_ins: list[CheckIn]
    circle: str | None
    outcome: str | None
    reason: Text | None
    version: str
    versions: list[Version]
    translations: list[Translated]
    restricted: bool
    audience: list[NodeRef] | None
    time: int
    held_by: HeldBy
    can: PitchCan


class Thanks(TypedDict):
    id: str
    who: Person
    text: Text
    lang: str
    to: list[str]
    time: int
