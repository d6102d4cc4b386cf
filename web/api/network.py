"""The network as this node sees it. Source: WEB "HTTP API" and "Pages" (Network)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TypedDict

from aiohttp import web

from store import peers, reading
from store.rows import all_feeds
from web.api.answers import answer
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
    """``refusals`` and ``knocks`` are told to operators only; others get empty lists."""

    node: str
    name: Text
    peers: list[PeerAnswer]
    feeds: list[FeedAnswer]
    knocks: list[KnockAnswer]
    refusals: list[RefusalAnswer]


class Rows(TypedDict):
    """What the store tells of the network."""

    feeds: list[FeedAnswer]
    knocks: list[KnockAnswer]
    refusals: list[RefusalAnswer]


async def network(context: Context) -> web.Response:
    """Peers, feeds, knocks."""
    return answer(context, await network_answer(context))


async def network_answer(context: Context) -> NetworkAnswer:
    """The same for the network page."""
    rows = await context.read(network_rows)
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
    )


def _text(name: Mapping[str, str] | None) -> Text | None:
    return None if name is None else dict(name)


def network_rows(db: sqlite3.Connection) -> Rows:
    """Feeds with their gaps, knocks, what was not taken."""
    gaps = {count.feed: count for count in reading.gap_counts(db)}
    refused = reading.verdicts_by_feed(db)
    feeds = []
    for row in all_feeds(db):
        lacking = gaps.get(row.feed)
        restricted, missing = (lacking.restricted, lacking.missing) if lacking else (0, 0)
        feeds.append(
            FeedAnswer(
                node=row.feed.node,
                epoch=row.feed.epoch,
                size=row.size,
                held=row.size - restricted - missing,
                gaps=missing,
                restricted=restricted,
                refused=refused.get(row.feed, 0),
                standing=row.standing,
            )
        )
    return Rows(
        feeds=feeds,
        knocks=[
            KnockAnswer(node=k.node, address=k.address, count=k[2], last=k.last) for k in peers.knocks(db)
        ],
        refusals=[
            RefusalAnswer(node=r.node, verdict=r.verdict, count=r[2], last=r.last) for r in peers.refusals(db)
        ],
    )
