"""Hits of a search. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import NamedTuple, TypedDict

from store.views.shapes.parts import Text


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
