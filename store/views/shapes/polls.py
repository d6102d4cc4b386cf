"""A poll in a list and on its page. Source: WEB "HTTP API", DOMAIN section 3, "Polls"."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypedDict

from store.views.shapes.parts import HeldBy, Missing, NodeRef, Person, Ref, Text

PollState = Literal["open", "counting", "closed"]


class PollFilters(NamedTuple):
    """Every filter narrows; None does not. ``subject``: what it is about; ``circle``: whose members may vote; ``mine``:
    opened by the viewer."""

    state: PollState | None = None
    kind: str | None = None
    subject: str | None = None
    circle: str | None = None
    node: str | None = None
    member: str | None = None
    q: str | None = None
    mine: bool = False


class Voters(TypedDict):
    """Who may vote: ``network``, the members of a ``circle``, or those of some ``nodes``."""

    kind: Literal["network", "circle", "nodes"]
    circle: str | None
    nodes: list[NodeRef]


class PollLimits(TypedDict):
    """What a ballot may hold, defaults filled in: None where the kind has no such limit."""

    choose: int | None
    dots: int | None
    score: list[int] | None


class PollItem(TypedDict):
    """A poll in a list. ``closes``: POSIX ms; ``state``: ``open`` until then, ``counting`` until the owner's node has
    said what counts, ``closed`` from then on."""

    id: str
    question: Text
    lang: str
    kind: str
    subject: str | None
    owner: Person
    node: str
    node_name: Text | None
    eligible: Voters
    secret: bool
    closes: int
    state: PollState
    final: bool
    restricted: bool
    time: int


class PollOption(TypedDict):
    """An option and its counts: ballots or a sum; of a rank poll {rank: ballots, "points": Borda}; of times
    {yes, maybe, no}. ``declared`` is what the owner's node counted when it closed the poll."""

    key: str
    text: Text
    ref: Ref | None
    start: str | None
    end: str | None
    counts: int | dict[str, int]
    declared: int | dict[str, int] | None


class OwnBallot(TypedDict):
    """The viewer's own last ballot that says something, or what became of it."""

    id: str
    choice: dict[str, int | str]
    verdict: str
    time: int


class PollCan(TypedDict):
    """What the viewer may do now; ``why`` lists what keeps her from voting."""

    vote: bool
    why: list[Missing]


class Poll(PollItem):
    """A poll's own page. ``ballots`` count; ``spoiled``, ``late``, ``replaced``, ``beyond`` and
    ``not_eligible`` do not."""

    text: Text | None
    limits: PollLimits
    options: list[PollOption]
    ballots: int
    spoiled: int
    late: int
    replaced: int
    beyond: int
    not_eligible: int
    could_vote: int
    closed_at: int | None
    mine: OwnBallot | None
    audience: list[NodeRef] | None
    held_by: HeldBy
    can: PollCan
