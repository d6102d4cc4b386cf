"""An artifact in a list and on its page. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import TypedDict

from store.views.shapes.parts import Blob, HeldBy, NodeRef, Person, Ref, Text


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
