"""What people say to each other. Source: WEB "HTTP API"."""

from __future__ import annotations

from typing import TypedDict

from store.views.shapes.parts import Person, Text, Translated


class CommentItem(TypedDict):
    """A comment. Oldest first; ``reply_to`` names a comment of the list.

    ``text`` is as last revised, at ``revised``; None when it was ``withdrawn``: only its place is left.
    """

    id: str
    on: str
    who: Person
    text: Text | None
    lang: str
    reply_to: str | None
    restricted: bool
    time: int
    revised: int | None
    withdrawn: bool
    translations: list[Translated]
    can_revise: bool
