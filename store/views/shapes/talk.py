"""What people say to each other. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import TypedDict

from store.views.shapes.parts import Person, Text


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
