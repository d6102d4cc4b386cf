"""``/go/{id}``: the same link everywhere; it opens at home.

Law: ids are the same on every node, so a share link, a QR code or a mail names only the id. Signed in, it leads to the
object's page here. Not signed in, it shows nothing of the object, only where it can be opened. A browser is never sent
to another node by itself: the reader chooses, from organisations that publish an address.
Source: WEB "A link opens at home".
"""

from __future__ import annotations

import sqlite3
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from protocol.errors import Malformed
from protocol.ids import NodeId, parse_entry, parse_node
from store import notices
from store.views import nodes
from store.views.shapes import NodeFilters, Viewer
from web.context import Context
from web.entries import path_of

NODES_SHOWN: Final = 100


async def go(context: Context) -> web.StreamResponse:
    """On to the object's page, or where to sign in."""
    wanted = context.id("id")
    node = _node_of(wanted)
    if context.account is None:
        return await _where(context, wanted, node)
    path = (
        f"/organisations/{wanted}"
        if wanted == node
        else await context.read(path_of, context.viewer, wanted, now=context.now)
    )
    if path is not None:
        if context.query.get("seen") and context.news:
            await context.write(notices.mark_read, context.viewer, wanted)
        return context.redirect(path)
    about = await context.read(nodes.one, context.viewer, node, now=context.now)
    return context.page("go/not_here.html", status=404, wanted=wanted, owner=about, node=node)


def _node_of(wanted: str) -> NodeId:
    """The node in an id. Malformed (answered as 404) for anything else."""
    try:
        return parse_node(wanted)
    except Malformed:
        return parse_entry(wanted).node


async def _where(context: Context, wanted: str, node: NodeId) -> web.Response:
    found = await context.read(_open_at, context.viewer, now=context.now)
    here = f"/sign-in?{urlencode({'to': f'/go/{wanted}'})}"
    return context.page("go/where.html", wanted=wanted, here=here, elsewhere=found, node=node)


def _open_at(db: sqlite3.Connection, viewer: Viewer, *, now: int) -> list[dict[str, object]]:
    """Organisations that publish the address of their members' pages."""
    page = nodes.listing(db, viewer, NodeFilters(), now=now, limit=NODES_SHOWN)
    return [
        {"name": item["name"], "web": item["web"].rstrip("/")}
        for item in page.items
        if item["web"] and item["name"] and item["node"] != viewer.node
    ]
