"""Whom a connection counts for, told to whoever counts connections.

Law: the web floor knows who is signed in, the floor above counts connections; this is the one word between them.
Without a listener that counts, everybody has a seat. Source: PROTOCOL section 12.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aiohttp import web

Seat = Callable[[web.Request, int], bool]
"""Count this request's connection for an account; False when that account has too many busy ones already."""

SEAT: Final[web.AppKey[Seat]] = web.AppKey("seat")


def has_seat(request: web.Request, account: int) -> bool:
    """Have the connection of this request counted for this account; False when there is no room for it."""
    seat = request.app.get(SEAT)
    return seat is None or seat(request, account)
