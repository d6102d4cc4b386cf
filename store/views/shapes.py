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
    members.listing(db, viewer, filters: MemberFilters, *, now, cursor=None, limit=25) -> Page[MemberItem]
    members.one(db, viewer, member, *, now) -> Member | None
    nodes.listing(db, viewer, filters: NodeFilters, *, now, cursor=None, limit=25) -> Page[NodeItem]
    nodes.one(db, viewer, node, *, now) -> Node | None
    talk.comments_on(db, viewer, object_id) -> list[CommentItem]
    home.feed(db, viewer, *, now) -> Home
    search.find(db, viewer, q, *, limit=20, lang=None, kinds=()) -> list[Hit]

A cursor that is not one of ours raises Refused("cursor").
"""

from __future__ import annotations

from typing import Any, Final, Generic, Literal, NamedTuple, NotRequired, TypedDict, TypeVar

from protocol.ids import NodeId

Text = dict[str, str]
T = TypeVar("T")

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
PLEDGE_STATES: Final = (
    "offered",
    "accepted",
    "declined",
    "withdrawn",
    "released",
    "fulfilled",
    "confirmed",
    "disputed",
    "lapsed",
)

# ── who asks, what for ───────────────────────────────────────────────────────────────────────────────────────


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
    kind: str | None = None
    topic: str | None = None
    licence: str | None = None
    evidence: str | None = None
    lang: str | None = None
    node: str | None = None
    pitch: str | None = None
    member: str | None = None
    q: str | None = None


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


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────


class Person(TypedDict):
    """How somebody appears. ``named``: the member, ``organisation``: "a member of …", ``anonymous``: "someone".

    ``name`` is None while the card is not here. ``you`` is true for the viewer, named or not.
    """

    shown: Literal["named", "organisation", "anonymous"]
    id: str | None
    name: str | None
    node: str | None
    node_name: Text | None
    you: bool


class NodeRef(TypedDict):
    """A node and its name, None while its profile is not here."""

    node: str
    name: Text | None


class Ref(TypedDict):
    """Another object; ``title`` is None while it is not here."""

    id: str
    title: Text | None


class HeldBy(TypedDict):
    """Nodes known to hold the record (this one and the author's among them), of how many that are to hold it.

    Without an audience ``of`` counts the nodes known here and ``nodes`` is an "at least"; with one, ``not_yet_at``
    lists the nodes that have not acknowledged it (known at the author's node only).
    """

    nodes: list[NodeRef]
    of: int
    not_yet_at: list[NodeRef]


class Blob(TypedDict):
    hash: str
    size: int
    media_type: str
    name: str
    alt: Text | None
    here: bool


class Missing(TypedDict):
    """One thing readiness misses: dotted field, stable code, what the sentence about it needs."""

    field: str
    code: str
    params: dict[str, Any]


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


class Sharing(TypedDict):
    key: str
    avenue: str | None
    audience: Text | None
    due: str | None
    state: Literal["promised", "overdue", "delivered"]
    delivered: list[Delivery]


class Return(TypedDict):
    """What a giver wished for, was promised and got. ``state`` is ``none`` when nothing was promised."""

    pledge: str
    giver: Person
    wanted: Text | None
    promised: Text | None
    due: str | None
    delivered: Text | None
    delivered_at: int | None
    result: Literal["met", "partly", "not"] | None
    state: Literal["none", "promised", "overdue", "delivered", "no-answer", "met", "partly", "not"]


class Step(TypedDict):
    """One thing somebody did, as the timeline of a pledge or pitch shows it; ``type`` is the record's type.

    Present only where the record says it: ``text`` (text, note or evidence), ``quantity`` and ``unit``, ``reason``,
    ``result``, ``to`` (of pitch.advance), ``fulfils``, ``attended``, ``fields`` (a revise names them), ``pledge``.
    """

    id: str
    type: str
    who: Person | None
    time: int
    text: NotRequired[Text]
    quantity: NotRequired[int]
    unit: NotRequired[str]
    reason: NotRequired[str]
    result: NotRequired[str]
    to: NotRequired[str]
    fulfils: NotRequired[list[str]]
    attended: NotRequired[int]
    fields: NotRequired[list[str]]
    pledge: NotRequired[str]
    restricted: NotRequired[bool]


class PitchCan(TypedDict):
    """What the viewer may do now. ``advance`` lists what she may say next of her pitch."""

    revise: bool
    advance: list[str]
    update: bool
    pledge: bool
    comment: bool
    thank: bool


class PledgeCan(TypedDict):
    """What the viewer may do now; ``accept`` is false while the pitch is not ready (``accept_missing`` says why)."""

    accept: bool
    accept_missing: list[Missing]
    decline: bool
    fulfil: bool
    confirm: bool
    withdraw: bool
    comment: bool
    deliver_return: bool
    confirm_return: bool


# ── objects ──────────────────────────────────────────────────────────────────────────────────────────────────


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
    ``circle``, ``facilitator``, ``check_ins`` and ``outcome`` are as far as records of this version tell.
    """

    id: str
    title: Text
    why: Text
    lang: str
    opportunity: str
    topics: list[str]
    answers: list[str]
    facilitator: Person | None
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
    check_ins: list[dict[str, Any]]
    circle: str | None
    outcome: str | None
    version: str
    restricted: bool
    audience: list[NodeRef] | None
    time: int
    held_by: HeldBy
    can: PitchCan


class PledgeItem(TypedDict):
    """A pledge in a list. ``accepted`` counts towards the ask, ``waiting`` was accepted beyond it."""

    id: str
    pitch: str
    pitch_title: Text | None
    ask: str | None
    ask_text: Text | None
    kind: str
    text: Text | None
    quantity: int
    unit: str
    accepted: int
    waiting: int
    state: str
    giver: Person
    owner: Person | None
    conflict: Literal["none", "declared"]
    restricted: bool
    due: int | None
    time: int


class Pledge(PledgeItem):
    """A pledge's own page. ``terms``: the pitch's version the giver read; ``private``: what stayed on this node."""

    wanted: Text | None
    condition: str | None
    show: Literal["named", "organisation", "anonymous"]
    terms: str | None
    returns: Return
    steps: list[Step]
    audience: list[NodeRef] | None
    private: dict[str, Any] | None
    held_by: HeldBy
    can: PledgeCan


class Credit(TypedDict):
    """An author of an artifact; ``name`` as the artifact says, else the member's."""

    member: str | None
    name: str | None
    role: str


class ArtifactItem(TypedDict):
    """An artifact in a list; ``excerpt`` is the beginning of its body."""

    id: str
    kind: str
    title: Text
    excerpt: Text | None
    lang: str
    licence: str
    evidence: str | None
    topics: list[str]
    authors: list[Credit]
    publisher: Person
    node: str
    node_name: Text | None
    pitch: Ref | None
    fulfils: list[str]
    attachments: int
    restricted: bool
    time: int


class Artifact(ArtifactItem):
    """An artifact's own page. ``sources`` is what it derives from, ``derived`` what derives from it."""

    body: Text | None
    rights: str | None
    blobs: list[Blob]
    sources: list[Ref]
    derived: list[Ref]
    review_by: str | None
    audience: list[NodeRef] | None
    held_by: HeldBy


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
    """A member's own page: the card and what she did under her name and in public.

    ``was`` and ``now`` are her cards before and after a move that both nodes confirm.
    """

    pitches: list[PitchItem]
    pledges: list[PledgeItem]
    artifacts: list[ArtifactItem]
    was: str | None
    now: str | None
    retired: bool
    held_by: HeldBy


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


class CommentItem(TypedDict):
    """A comment; ``who`` is None when it carries no name. Oldest first; ``reply_to`` names a comment of the list."""

    id: str
    on: str
    who: Person
    text: Text
    lang: str
    reply_to: str | None
    restricted: bool
    time: int


class Thanks(TypedDict):
    id: str
    who: Person
    text: Text
    lang: str
    to: list[str]
    time: int


class Fragment(NamedTuple):
    """A piece of text and whether it is a match: nothing in it is markup."""

    text: str
    match: bool


class Hit(TypedDict):
    """A search result, best first. ``kind``: pitch, member, node or an area; ``title`` is whole, ``excerpt`` around the
    matches.
    """

    id: str
    kind: str
    title: list[Fragment]
    excerpt: list[Fragment]
    lang: str
    node: str
    node_name: Text | None
    time: int


class Wait(TypedDict):
    """Something open. ``what``: accept, fulfil, confirm, deliver-return, confirm-return, share, write-artifact.

    ``id`` is the object to open, ``who`` the other party (on me: who waits; on others: who is to act), ``due`` the last
    day, ``reason`` a stable code of why it waits on that person (R16).
    """

    what: str
    reason: str
    id: str
    kind: Literal["pitch", "pledge"]
    title: Text | None
    who: Person | None
    due: int | None
    overdue: bool
    since: int


class Came(TypedDict):
    """What came of a gift of the viewer: the pledge, its pitch, and how far that got."""

    pledge: str
    pitch: str
    title: Text | None
    state: str
    thanks: Text | None
    artifacts: list[Ref]
    time: int


class Home(TypedDict):
    on_me: list[Wait]
    on_others: list[Wait]
    came: list[Came]
    newest: list[PitchItem]
    newest_artifacts: list[ArtifactItem]
