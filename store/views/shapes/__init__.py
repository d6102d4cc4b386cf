"""The shapes in which rows leave the store: what pages show and what the HTTP API answers.

Law: plain JSON values only, so that a page and a program read the same thing. Texts are ``{language tag: text}``,
times POSIX milliseconds, dates ``YYYY-MM-DD``, money minor units; nothing here is a sentence for people, that is for
the floor above. An *Item* is a row of a list, the longer shape of the same name the object's own page. What a viewer
may not see is absent, never blanked. Source: WEB "HTTP API", DOMAIN sections 1 and 2.

Queries, all pure reads; ``one`` answers None both for what is not here and for what this viewer may not see:

    pitches.listing(db, viewer, filters: PitchFilters, *, now, cursor=None, limit=25) -> Page[PitchItem]
    pitches.one(db, viewer, pitch, *, now) -> Pitch | None
    pledges.listing(db, viewer, filters: PledgeFilters, *, now, cursor=None, limit=25) -> Page[PledgeItem]
    pledges.one(db, viewer, pledge, *, now) -> Pledge | None
    artifacts.listing(db, viewer, filters: ArtifactFilters, *, now, cursor=None, limit=25) -> Page[ArtifactItem]
    artifacts.one(db, viewer, artifact, *, now) -> Artifact | None
    events.listing(db, viewer, filters: EventFilters, *, now, cursor=None, limit=25) -> Page[EventItem]
    events.one(db, viewer, event, *, now) -> Event | None
    members.listing(db, viewer, filters: MemberFilters, *, now, cursor=None, limit=25) -> Page[MemberItem]
    members.one(db, viewer, member, *, now) -> Member | None
    nodes.listing(db, viewer, filters: NodeFilters, *, now, cursor=None, limit=25) -> Page[NodeItem]
    nodes.one(db, viewer, node, *, now) -> Node | None
    offers.listing(db, viewer, filters: OfferFilters, *, now, cursor=None, limit=25) -> Page[OfferItem]
    offers.one(db, viewer, offer, *, now) -> Offer | None
    polls.listing(db, viewer, filters: PollFilters, *, now, cursor=None, limit=25) -> Page[PollItem]
    polls.one(db, viewer, poll, *, now) -> Poll | None
    circles.listing(db, viewer, filters: CircleFilters, *, now, cursor=None, limit=25) -> Page[CircleItem]
    circle_page.one(db, viewer, circle, *, now) -> Circle | None
    issues.listing(db, viewer, filters: IssueFilters, *, now, cursor=None, limit=25) -> Page[IssueItem]
    issue_page.one(db, viewer, issue, *, now) -> Issue | None
    talk.comments_on(db, viewer, object_id) -> list[CommentItem]
    home.feed(db, viewer, *, now) -> Home
    obligations.of_viewer(db, viewer, *, now) -> Obligations
    impact.figures(db, viewer, filters: ImpactFilters, *, now) -> Impact
    matches.of_viewer(db, viewer, *, now, limit=25) -> list[Match]
    search.find(db, viewer, q, *, limit=20, lang=None, kinds=()) -> list[Hit]

A cursor that is not one of ours raises Refused("cursor").
"""

from __future__ import annotations

from store.views.shapes.asking import (
    ArtifactFilters,
    CircleFilters,
    IssueFilters,
    MemberFilters,
    NodeFilters,
    Page,
    PitchFilters,
    PledgeFilters,
    Viewer,
)
from store.views.shapes.circles import (
    Circle,
    CircleCan,
    CircleItem,
    Health,
    Issue,
    IssueCan,
    IssueItem,
    Keeper,
    Meeting,
    Place,
    Priorities,
    Priority,
)
from store.views.shapes.events import (
    Coming,
    Event,
    EventCan,
    EventFilters,
    EventItem,
    Guest,
    Rsvp,
)
from store.views.shapes.finding import Fragment, Hit
from store.views.shapes.impact import Breakdown, Figure, Flow, Flows, Gap, Group, Impact, ImpactFilters
from store.views.shapes.knowledge import (
    Artifact,
    ArtifactCan,
    ArtifactItem,
    Credit,
    IdpCycle,
    IdpEntry,
    IdpSkill,
    Reuse,
    Reuses,
    Withdrawn,
)
from store.views.shapes.matching import Match, MatchReason, Offering
from store.views.shapes.network import Node, NodeItem
from store.views.shapes.offers import Offer, OfferCan, OfferFilters, OfferItem
from store.views.shapes.parts import (
    Blob,
    HeldBy,
    Leg,
    Missing,
    NodeRef,
    Person,
    Policy,
    Ref,
    Return,
    Step,
    Text,
    Translated,
    TranslatedField,
    Version,
)
from store.views.shapes.people import Member, MemberItem
from store.views.shapes.pitches import (
    PITCH_STATES,
    Ask,
    AsksMet,
    Delivery,
    OwnShare,
    Pitch,
    PitchCan,
    PitchItem,
    Readiness,
    Sharing,
    SharingEvent,
    StandCan,
    Thanks,
)
from store.views.shapes.pledges import PLEDGE_STATES, Agreement, Pledge, PledgeCan, PledgeItem
from store.views.shapes.polls import (
    OwnBallot,
    Poll,
    PollCan,
    PollFilters,
    PollItem,
    PollLimits,
    PollOption,
    PollState,
    Voters,
)
from store.views.shapes.practice import Asked, CheckIn, Facilitator, Invited, Witness
from store.views.shapes.talk import CommentItem
from store.views.shapes.waiting import Came, Home, News, NewsKind, NewsWhy, Reused, Wait

__all__ = [
    "PITCH_STATES",
    "PLEDGE_STATES",
    "Agreement",
    "Artifact",
    "ArtifactCan",
    "ArtifactFilters",
    "ArtifactItem",
    "Ask",
    "Asked",
    "AsksMet",
    "Blob",
    "Breakdown",
    "Came",
    "CheckIn",
    "Circle",
    "CircleCan",
    "CircleFilters",
    "CircleItem",
    "Coming",
    "CommentItem",
    "Credit",
    "Delivery",
    "Event",
    "EventCan",
    "EventFilters",
    "EventItem",
    "Facilitator",
    "Figure",
    "Flow",
    "Flows",
    "Fragment",
    "Gap",
    "Group",
    "Guest",
    "Health",
    "HeldBy",
    "Hit",
    "Home",
    "IdpCycle",
    "IdpEntry",
    "IdpSkill",
    "Impact",
    "ImpactFilters",
    "Invited",
    "Issue",
    "IssueCan",
    "IssueFilters",
    "IssueItem",
    "Keeper",
    "Leg",
    "Match",
    "MatchReason",
    "Meeting",
    "Member",
    "MemberFilters",
    "MemberItem",
    "Missing",
    "News",
    "NewsKind",
    "NewsWhy",
    "Node",
    "NodeFilters",
    "NodeItem",
    "NodeRef",
    "Offer",
    "OfferCan",
    "OfferFilters",
    "OfferItem",
    "Offering",
    "OwnBallot",
    "OwnShare",
    "Page",
    "Person",
    "Pitch",
    "PitchCan",
    "PitchFilters",
    "PitchItem",
    "Place",
    "Pledge",
    "PledgeCan",
    "PledgeFilters",
    "PledgeItem",
    "Policy",
    "Poll",
    "PollCan",
    "PollFilters",
    "PollItem",
    "PollLimits",
    "PollOption",
    "PollState",
    "Priorities",
    "Priority",
    "Readiness",
    "Ref",
    "Return",
    "Reuse",
    "Reused",
    "Reuses",
    "Rsvp",
    "Sharing",
    "SharingEvent",
    "StandCan",
    "Step",
    "Text",
    "Thanks",
    "Translated",
    "TranslatedField",
    "Version",
    "Viewer",
    "Voters",
    "Wait",
    "Withdrawn",
    "Witness",
]
