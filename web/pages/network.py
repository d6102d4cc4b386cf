"""The network page: who the peers are, how far each feed is here, who holds what of ours, what was not taken and why.

Law: names, sizes and codes in words, never content; what went wrong and who knocked is for whoever runs the node, who
also makes and uses pairing codes. A code is shown once. Source: WEB "Pages" (network), PROTOCOL sections 4 and 6.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Final, NamedTuple

from aiohttp import web

from protocol.errors import Refused
from protocol.ids import NodeId, parse_node
from store import figures, peers
from store.figures import FeedFigures, Holding, Verdicts
from store.peers import Knock, Refusal
from store.views import nodes
from store.views.listing import decode, encode
from store.views.shapes import NodeFilters, Viewer
from web.context import Context
from web.forms import Form
from web.i18n import Text
from web.pages.network_picture import picture
from web.pages.writing import note_as
from web.port import PeerStatus

NODES_SHOWN: Final = 500
FEEDS_SHOWN: Final = 50


class Figures(NamedTuple):
    """What the store counts for this page; ``names`` by node id.

    ``feeds`` is one page of them, ``next`` where the following begins; ``near`` are those of this node and its peers.
    """

    feeds: list[FeedFigures]
    next: str | None
    near: Mapping[NodeId, list[FeedFigures]]
    holding: list[Holding]
    knocks: list[Knock]
    refusals: list[Refusal]
    verdicts: list[Verdicts]
    names: Mapping[NodeId, Text | None]


class PeerLine(NamedTuple):
    """A peer, what is here of its own feeds, and what it has said it holds of ours (None: nothing yet)."""

    peer: PeerStatus
    size: int
    gaps: int
    holding: Holding | None


async def show(context: Context) -> web.StreamResponse:
    """The page."""
    return await _page(context, Form())


def _figures(db: sqlite3.Connection, viewer: Viewer, cursor: str, near: list[NodeId], *, now: int) -> Figures:
    (after,) = decode(cursor, int) if cursor else (0,)
    feeds, onward = figures.page(db, after, FEEDS_SHOWN)
    known = nodes.listing(db, viewer, NodeFilters(), now=now, limit=NODES_SHOWN)
    names = {NodeId(item["node"]): item["name"] for item in known.items}
    operator = viewer.role == "operator"
    return Figures(
        feeds,
        None if onward is None else encode(onward),
        {node: figures.of_node(db, node) for node in near},
        figures.holding(db, NodeId(viewer.node)),
        peers.knocks(db) if operator else [],
        peers.refusals(db) if operator else [],
        figures.verdicts(db),
        names,
    )


def _peer_lines(connected: list[PeerStatus], found: Figures) -> list[PeerLine]:
    held = {one.node: one for one in found.holding}
    return [
        PeerLine(
            peer,
            sum(feed.size for feed in found.near[peer.node]),
            sum(feed.gaps for feed in found.near[peer.node]),
            held.get(peer.node),
        )
        for peer in connected
    ]


def _spoken(context: Context, names: Mapping[NodeId, Text | None]) -> dict[NodeId, str | None]:
    return {node: context.plain(name) if name else None for node, name in names.items()}


async def _page(context: Context, form: Form, status: int = 200, code: str = "") -> web.Response:
    port = context.port
    operator = context.viewer.role == "operator"
    connected = port.peers()
    near = [port.node, *(peer.node for peer in connected)]
    cursor = context.query.get("cursor", "")
    found = await context.read(_figures, context.viewer, cursor, near, now=context.now)
    ours = found.near[port.node]
    names = {**{peer.node: peer.name for peer in connected}, **found.names}
    return context.page(
        "network/network.html",
        status=status,
        form=form,
        code=code,
        peers=_peer_lines(connected, found),
        figures=found._replace(names=names),
        own=port.node,
        ours=sum(feed.size for feed in ours),
        own_feeds=[feed.feed for feed in ours],
        picture=picture(port.node, context.plain(port.name), connected, _spoken(context, names)),
        operator=operator,
        addresses=await port.own_addresses() if operator else [],
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


async def address(context: Context) -> web.StreamResponse:
    """Publish an address of this node, or do so no more."""
    form = await context.form()
    await context.port.publish_address(form.typed("address"), form.ticked("publish"))
    return context.redirect("/network", said="address-chosen")
