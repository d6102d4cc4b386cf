"""Who may ask for an address, and the line that says so.

Law: access is a word in the table of routes, never a question inside a handler. Source: QUALITY "Style" 3.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from protocol.scopes import ADMIN, PUBLISH, READ
from web.context import Handler


class Access(Enum):
    """Who may ask.

    ANYONE: also who is not signed in. ACCOUNT: signed in. CARD: signed in with a published card; others are led to
    the card first. FEED: signed in, by the key of a member's feeds, or anybody where the node has public pages.
    STEWARD: who looks after members, and who runs the node. OPERATOR: whoever runs the node.
    """

    ANYONE = "anyone"
    ACCOUNT = "account"
    CARD = "card"
    FEED = "feed"
    STEWARD = "steward"
    OPERATOR = "operator"


class Route(NamedTuple):
    """One address: method, path, who answers, who may ask, what it is for.

    ``slow`` lifts the time limit: for streams and files, which bound themselves. ``public`` answers who is not signed
    in where the node has public pages. ``from_anywhere`` takes a form that comes from no page of ours: only where the
    address itself holds the right and nothing else of the request is believed. ``session``: a browser must be signed
    in, no token does: what opens a way into an account, or changes one.
    """

    method: str
    path: str
    handler: Handler
    access: Access
    about: str
    slow: bool = False
    public: Handler | None = None
    from_anywhere: bool = False
    session: bool = False

    @property
    def scope(self) -> str:
        """The scope a token needs here."""
        if self.access in (Access.STEWARD, Access.OPERATOR):
            return ADMIN
        return READ if self.method == "GET" else PUBLISH
