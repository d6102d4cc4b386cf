"""Where a link from elsewhere can be opened: organisations that publish the address of their pages.

Law: only addresses of profiles their own nodes signed are offered and led to, and only when the reader chooses. Her
choice is remembered in her browser and nowhere else. Source: WEB "A link opens at home".
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from aiohttp import web

from protocol.ids import NodeId, parse_node
from store.views import nodes
from store.views.shapes import NodeFilters, Text, Viewer
from web.context import Context
from web.pages.guests import pitcher_of

HOME_COOKIE: Final = "barnraise-home"
YEAR_SECONDS: Final = 365 * 24 * 3600
NODES_SHOWN: Final = 200
WEB: Final = ("https://", "http://")


class Place(NamedTuple):
    """An organisation with pages of its own; ``chosen`` when this browser chose it before."""

    node: str
    name: Text
    web: str
    chosen: bool


class Places(NamedTuple):
    """Where an object can be opened: the place chosen before, the others, and where to ask for a guest's place."""

    wanted: str
    before: Place | None
    others: list[Place]
    guest: str


async def elsewhere(context: Context, wanted: str) -> Places:
    """The places to open an object at."""
    before = context.request.cookies.get(HOME_COOKIE, "")
    found = await context.read(_places, context.viewer, before, now=context.now)
    pitcher = await context.read(pitcher_of, context.port.node, wanted)
    guest = f"/go/{wanted}/guest" if pitcher is not None else ""
    chosen = next((place for place in found if place.chosen), None)
    return Places(wanted, chosen, [place for place in found if not place.chosen], guest)


async def lead_to(context: Context, wanted: str, node: str) -> web.Response:
    """On to the same link at the organisation chosen. 404 for one whose profile names no address."""
    found = await context.read(nodes.one, context.viewer, parse_node(node), now=context.now)
    address = _address(found["web"]) if found else ""
    if not address or node == context.port.node:
        raise web.HTTPNotFound
    response = web.Response(status=303, headers={"Location": f"{address}/go/{wanted}"})
    response.set_cookie(
        HOME_COOKIE,
        NodeId(node),
        path="/go",
        max_age=YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=context.site.secure,
    )
    return response


def _places(db: sqlite3.Connection, viewer: Viewer, before: str, *, now: int) -> list[Place]:
    page = nodes.listing(db, viewer, NodeFilters(), now=now, limit=NODES_SHOWN)
    found = [
        Place(item["node"], item["name"], _address(item["web"]), item["node"] == before)
        for item in page.items
        if item["name"] and _address(item["web"]) and item["node"] != viewer.node
    ]
    return sorted(found, key=lambda place: next(iter(place.name.values())).casefold())


def _address(said: str | None) -> str:
    """An address a browser can be led to, without a slash at its end; empty for anything else."""
    address = (said or "").rstrip("/")
    plain = address.isascii() and address.isprintable() and not set(address) & set(" \\\"'<>?#")
    return address if address.startswith(WEB) and plain else ""
