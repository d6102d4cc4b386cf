"""The network as this node sees it. Source: WEB "HTTP API" and "Pages" (Network)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TypedDict

from aiohttp import web

from store import figures, peers
from store.views.listing import decode, encode, limited
from web.api.answers import answer
from web.api.queries import Listing, parse
from web.context import Context

Text = dict[str, str]


class PeerAnswer(TypedDict):
    """A peer. ``lag``: entries it announced that are not here yet."""

    node: str
    name: Text | None
    state: str
    direction: str | None
    lag: int
    last_seen: int | None
    error: str | None


class FeedAnswer(TypedDict):
    """A feed held here. ``size`` entries are kept, ``held`` of them with their payload.

    ``gaps`` are payloads still missing, ``restricted`` those not for this node, ``refused`` those not shown.
    ``standing`` is ``live`` or why nothing more is taken.
    """

    node: str
    epoch: int
    size: int
    held: int
    gaps: int
    restricted: int
    refused: int
    standing: str


class KnockAnswer(TypedDict):
    """A stranger that asked to come in."""

    node: str
    address: str
    count: int
    last: int


class RefusalAnswer(TypedDict):
    """Offers of a peer that were not taken."""

    node: str
    verdict: str
    count: int
    last: int


class NetworkAnswer(TypedDict):
    """``refusals`` and ``knocks`` are told to operators only; others get empty lists.

    ``feeds`` come in pages: ``next`` is the cursor of the following one.
    """

    node: str
    name: Text
    peers: list[PeerAnswer]
    feeds: list[FeedAnswer]
    knocks: list[KnockAnswer]
    refusals: list[RefusalAnswer]
    next: str | None


class Rows(TypedDict):
    """What the store tells of the network."""

    feeds: list[FeedAnswer]
    next: str | None
    knocks: list[KnockAnswer]
    refusals: list[RefusalAnswer]


async def network(context: Context) -> web.Response:
    """Peers, a page of feeds, knocks."""
    query = parse(Listing, context.query)
    (after,) = decode(query.cursor, int) if query.cursor else (0,)
    rows = await context.read(network_rows, after, limited(query.limit))
    return answer(context, _told(context, rows))


def _told(context: Context, rows: Rows) -> NetworkAnswer:
    operator = context.viewer.role == "operator"
    return NetworkAnswer(
        node=context.port.node,
        name=dict(context.port.name),
        peers=[
            PeerAnswer(
                node=peer.node,
                name=_text(peer.name),
                state=peer.state,
                direction=peer.direction,
                lag=peer.lag,
                last_seen=peer.last_seen,
                error=peer.error if operator else None,
            )
            for peer in context.port.peers()
        ],
        feeds=rows["feeds"],
        knocks=rows["knocks"] if operator else [],
        refusals=rows["refusals"] if operator else [],
        next=rows["next"],
    )


def _text(name: Mapping[str, str] | None) -> Text | None:
    return None if name is None else dict(name)


def network_rows(db: sqlite3.Connection, after: int, limit: int) -> Rows:
    """A page of feeds with their gaps, knocks, what was not taken."""
    found, onward = figures.page(db, after, limit)
    feeds = [
        FeedAnswer(
            node=one.feed.node,
            epoch=one.feed.epoch,
            size=one.size,
            held=one.held,
            gaps=one.gaps,
            restricted=one.private,
            refused=one.refused,
            standing=one.standing,
        )
        for one in found
    ]
    return Rows(
        feeds=feeds,
        next=None if onward is None else encode(onward),
        knocks=[
            KnockAnswer(node=k.node, address=k.address, count=k[2], last=k.last) for k in peers.knocks(db)
        ],
        refusals=[
            RefusalAnswer(node=r.node, verdict=r.verdict, count=r[2], last=r.last) for r in peers.refusals(db)
        ],
    )
