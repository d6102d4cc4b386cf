"""An artifact in a list and on its page. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import Literal, TypedDict

from store.views.shapes.parts import Blob, HeldBy, NodeRef, Person, Ref, Text, Translated, Version


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


class Withdrawn(TypedDict):
    """That the publisher no longer stands by it, since when and why."""

    id: str
    time: int
    reason: str | None
    note: Text | None


class Reuse(TypedDict):
    """One use somebody made of it. ``own``: at the organisation that published it."""

    id: str
    who: Person
    node: str
    node_name: Text | None
    jurisdiction: str | None
    own: bool
    where: Text | None
    what: Text | None
    result: str
    time: int


class Reuses(TypedDict):
    """Uses of an artifact, newest first: how many at its own organisation, at others, of each result, in how many
    jurisdictions. Counts cover all, ``items`` the newest.
    """

    own: int
    others: int
    results: dict[str, int]
    jurisdictions: int
    items: list[Reuse]


class ArtifactCan(TypedDict):
    """What the viewer may do with an artifact now."""

    revise: bool
    withdraw: bool
    reuse: bool
    translate: bool
    comment: bool


class Artifact(ArtifactItem):
    """An artifact's own page. ``sources`` is what it derives from, ``derived`` what derives from it.

    ``review``: whether the day it is to be reviewed by has passed, None without one. ``version`` is the newest of
    ``versions``, oldest first.
    """

    body: Text | None
    rights: str | None
    blobs: list[Blob]
    sources: list[Ref]
    derived: list[Ref]
    review_by: str | None
    review: Literal["current", "review-due"] | None
    withdrawn: Withdrawn | None
    version: str
    versions: list[Version]
    reused_by: Reuses
    translations: list[Translated]
    comments: int
    audience: list[NodeRef] | None
    held_by: HeldBy
    can: ArtifactCan


class IdpEntry(TypedDict):
    """One step of a development plan. ``refers`` are what it builds on, as far as the reader may see them;
    ``shared``: others may read it.
    """

    id: str
    part: str
    text: Text | None
    refers: list[Ref]
    shared: bool
    time: int


class IdpCycle(TypedDict):
    """One turn of the learning cycle, its steps in the order of the cycle: experience, reflection, concept,
    experiment, then any other.
    """

    cycle: int
    chain: list[IdpEntry]


class IdpSkill(TypedDict):
    """A skill the member works on, and the turns she took."""

    skill: Text
    lang: str
    cycles: list[IdpCycle]
