"""The network page: who the peers are, how far each feed is here, what was not taken and why.

Law: names, sizes and codes in words, never content. Making and using pairing codes is for whoever runs the node; a
code is shown once. Source: WEB "Pages" (network), PROTOCOL sections 4 and 6.
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from aiohttp import web

from protocol.errors import Refused
from protocol.ids import NodeId, parse_node
from store import figures, peers
from store.figures import FeedFigures, Verdicts
from store.peers import Knock, Refusal
from store.views import nodes
from store.views.shapes import NodeFilters, Viewer
from web.context import Context
from web.forms import Form
from web.i18n import Text
from web.pages.network_picture import picture
from web.pages.writing import note_as

NODES_SHOWN: Final = 500


class Figures(NamedTuple):
    """What the store counts for this page; ``names`` by node id."""

    feeds: list[FeedFigures]
    knocks: list[Knock]
    refusals: list[Refusal]
    verdicts: list[Verdicts]
    names: dict[str, Text | None]


async def show(context: Context) -> web.StreamResponse:
    """The page."""
    return await _page(context, Form())


def _figures(db: sqlite3.Connection, viewer: Viewer, *, now: int) -> Figures:
    known = nodes.listing(db, viewer, NodeFilters(), now=now, limit=NODES_SHOWN)
    names: dict[str, Text | None] = {item["node"]: item["name"] for item in known.items}
    return Figures(figures.feeds(db), peers.knocks(db), peers.refusals(db), figures.verdicts(db), names)


async def _page(context: Context, form: Form, status: int = 200, code: str = "") -> web.Response:
    found = await context.read(_figures, context.viewer, now=context.now)
    port = context.port
    connected = port.peers()
    beyond = {NodeId(node): name for node, name in found.names.items() if node != port.node}
    for peer in connected:
        beyond.pop(peer.node, None)
    return context.page(
        "network/network.html",
        status=status,
        form=form,
        code=code,
        peers=connected,
        figures=found,
        picture=picture(port.node, port.name, connected, beyond),
        operator=context.viewer.role == "operator",
    )


async def invite(context: Context) -> web.StreamResponse:
    """A pairing code, shown this once."""
    form = await context.form()
    if form.switch:
        return await _page(context.in_language(form.switch), form)
    try:
        code = await context.port.invite_peer(form.line("at") or None, form.ticked("tls"))
    except Refused as error:
        note_as(form, error, {"address": "at"})
        return await _page(context, form, status=422)
    response = await _page(context, form, code=code)
    response.headers["Cache-Control"] = "no-store"
    return response


async def add(context: Context) -> web.StreamResponse:
    """Use a code another operator made."""
    form = await context.form()
    if form.switch:
        return await _page(context.in_language(form.switch), form)
    code = "".join(form.text("code", required=True, longest=4_000).split())
    try:
        if not form.errors:
            await context.port.add_peer(code)
            return context.redirect("/network", said="added")
    except Refused as error:
        note_as(form, error, {"invite": "code"})
    return await _page(context, form, status=422)


async def remove(context: Context) -> web.StreamResponse:
    """Unpin a peer."""
    form = await context.form()
    await context.port.remove_peer(parse_node(form.typed("node")))
    return context.redirect("/network", said="removed")
