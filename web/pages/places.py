"""Where a link from elsewhere can be opened: organisations that publish the address of their pages.

Law: only addresses of profiles their own nodes signed are offered, of nodes that stand unquestioned here; a browser is
led to one when the reader has seen its host and pressed a button on a page of ours, never by a link alone. Her choice
is remembered in her browser and nowhere else. Source: WEB "A link opens at home".
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from aiohttp import web

from store.views import nodes
from store.views.shapes import NodeFilters, Text, Viewer
from web.context import Context
from web.guards import CONTENT_SECURITY_POLICY
from web.pages.guests import pitcher_of

HOME_COOKIE: Final = "barnraise-home"
YEAR_SECONDS: Final = 365 * 24 * 3600
NODES_SHOWN: Final = 200
WEB: Final = ("https://", "http://")


class Place(NamedTuple):
    """An organisation with pages of its own, at ``web``."""

    node: str
    name: Text
    web: str

    @property
    def host(self) -> str:
        """What a reader looks at before going there: the host, with its port and scheme unless they are the usual."""
        parts = urlsplit(self.web)
        return parts.netloc if parts.scheme == "https" else f"http://{parts.netloc}"


class Places(NamedTuple):
    """Where an object can be opened: the place named or chosen before, the others, where to ask for a guest's place."""

    wanted: str
    before: Place | None
    others: list[Place]
    guest: str


async def elsewhere(context: Context, wanted: str, named: str = "") -> Places:
    """The places to open an object at. 404 when one is ``named`` that is none."""
    before = named or context.request.cookies.get(HOME_COOKIE, "")
    found = await context.read(_places, context.viewer, now=context.now)
    pitcher = await context.read(pitcher_of, context.port.node, wanted)
    guest = f"/go/{wanted}/guest" if pitcher is not None else ""
    chosen = next((place for place in found if place.node == before), None)
    if named and chosen is None:
        raise web.HTTPNotFound
    return Places(wanted, chosen, [place for place in found if place is not chosen], guest)


def allow_leaving(response: web.Response, places: Places) -> web.Response:
    """A page from which one button leads to the place shown on it, and to no other."""
    if places.before is not None:
        parts = urlsplit(places.before.web)
        leave = f"form-action 'self' {parts.scheme}://{parts.netloc}"
        policy = CONTENT_SECURITY_POLICY.replace("form-action 'self'", leave)
        response.headers["Content-Security-Policy"] = policy
    return response


async def lead_to(context: Context, wanted: str, node: str) -> web.Response:
    """On to the same link at the organisation chosen. 404 for one whose profile names no address."""
    places = await elsewhere(context, wanted, node)
    if places.before is None:
        raise web.HTTPNotFound
    response = web.Response(status=303, headers={"Location": f"{places.before.web}/go/{wanted}"})
    response.set_cookie(
        HOME_COOKIE,
        places.before.node,
        path="/go",
        max_age=YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=context.site.secure,
    )
    return response


_DOUBTED: Final = """
SELECT node FROM feeds WHERE standing IN ('convicted', 'frozen') UNION SELECT node FROM keyrings WHERE frozen = 1
UNION SELECT node FROM peers WHERE blocked = 1
"""


def _places(db: sqlite3.Connection, viewer: Viewer, *, now: int) -> list[Place]:
    page = nodes.listing(db, viewer, NodeFilters(), now=now, limit=NODES_SHOWN)
    doubted = {node for (node,) in db.execute(_DOUBTED)} | {viewer.node}
    found = [
        Place(item["node"], item["name"], _address(item["web"]))
        for item in page.items
        if item["name"] and _address(item["web"]) and item["node"] not in doubted
    ]
    return sorted(found, key=lambda place: next(iter(place.name.values())).casefold())


def _address(said: str | None) -> str:
    """An address a browser can be led to, without a slash at its end; empty for anything else."""
    address = (said or "").rstrip("/")
    plain = address.isascii() and address.isprintable() and not set(address) & set(" \\\"'<>?#")
    return address if address.startswith(WEB) and plain else ""
