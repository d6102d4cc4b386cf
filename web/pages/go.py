"""``/go/{id}``: the same link everywhere; it opens at home.

Law: ids are the same on every node, so a share link, a QR code or a mail names only the id. Signed in, it leads to the
object's page here. Not signed in, it shows the title and the organisation of what the whole network may read, the page
where the node has public ones, and where it can be opened. A browser is never sent to another node by itself: the
reader chooses, from organisations that publish an address. Source: WEB "A link opens at home".
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple
from urllib.parse import urlencode

from aiohttp import web

from protocol.errors import Malformed
from protocol.ids import NodeId, parse_entry, parse_node
from store import notices
from store.reading import read_entry
from store.views import nodes
from store.views.access import content_in
from store.views.shapes import Text, Viewer
from web.context import Context
from web.entries import path_of
from web.pages.places import allow_leaving, elsewhere, lead_to
from web.pages.public import PAGES


class Outside(NamedTuple):
    """What somebody who is not signed in is told of an object: ``path`` of its page here, title, organisation."""

    id: str
    path: str | None
    title: Text | None
    organisation: Text | None


async def go(context: Context) -> web.StreamResponse:
    """On to the object's page, or to where it can be opened."""
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
    return context.page("go/not_here.html", status=404, wanted=wanted, owner=about, node=node, around=None)


def _node_of(wanted: str) -> NodeId:
    """The node in an id. Malformed (answered as 404) for anything else."""
    try:
        return parse_node(wanted)
    except Malformed:
        return parse_entry(wanted).node


async def _where(context: Context, wanted: str, node: NodeId) -> web.StreamResponse:
    found = await context.read(_outside, context.viewer, wanted, node, now=context.now)
    named = context.query.get("at", "")
    if context.port.public and found.path is not None and not named:
        place, _, id_ = found.path.removeprefix("/").partition("/")
        if place in PAGES and id_ == wanted:
            return await PAGES[place](context)
    here = f"/sign-in?{urlencode({'to': f'/go/{wanted}'})}"
    places = await elsewhere(context, wanted, named)
    return allow_leaving(context.page("go/where.html", about=found, here=here, places=places), places)


async def leave(context: Context) -> web.StreamResponse:
    """On to the organisation whose button the reader pressed."""
    form = await context.form()
    wanted = context.id("id")
    _node_of(wanted)
    return await lead_to(context, wanted, form.typed("at"))


def _outside(db: sqlite3.Connection, viewer: Viewer, wanted: str, node: NodeId, *, now: int) -> Outside:
    """Title and organisation of an object the whole network may read; a member's name is not among them."""
    about = nodes.one(db, viewer, node, now=now)
    organisation = about["name"] if about else None
    path = None if wanted == node else path_of(db, viewer, wanted, now=now)
    id_ = path.rsplit("/", 1)[1] if path else ""
    if path is None or path.startswith(("/people/", "/organisations/")) or not _is_open(db, id_):
        return Outside(wanted, None, None, organisation)
    return Outside(id_, path, notices.titles_of(db, [id_]).get(id_), organisation)


def _is_open(db: sqlite3.Connection, id_: str) -> bool:
    found = read_entry(db, parse_entry(id_))
    content = content_in(found) if found else None
    return content is not None and content.get("audience") is None
