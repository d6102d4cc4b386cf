"""Home: what waits on me, what I wait for, what came of what I gave, and what is new.

Law: everything shown says why it is shown. A new node's operator sees five first steps that tick themselves.
Source: WEB "Pages" (home), OPERATIONS "Real parts", DOMAIN R16.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from aiohttp import web

from store import accounts, guests, peers
from store.views import home, nodes
from web.context import Context
from web.i18n import N_, Message

COLLEAGUES: Final = 3  # invited before a node counts as begun


class FirstStep(NamedTuple):
    """One of the five: whether it is done, what it is, why, and where it is done."""

    done: bool
    what: Message
    why: Message
    href: str


async def show(context: Context) -> web.StreamResponse:
    """The page."""
    feed = await context.read(home.feed, context.viewer, now=context.now)
    own = context.account is not None and context.account.role == "operator"
    steps = await _first_steps(context) if own else []
    return context.page(
        "home/home.html",
        feed=feed,
        steps=[] if all(step.done for step in steps) else steps,
        waits=len(feed["on_me"]),
        asked=len(await context.read(guests.requests, context.account.id, context.now))
        if context.account
        else 0,
    )


async def _first_steps(context: Context) -> list[FirstStep]:
    node = await context.read(nodes.one, context.viewer, context.port.node, now=context.now)
    people, _more = await context.read(accounts.page)
    paired = any(peer.pinned for peer in await context.read(peers.everyone))
    local = context.port.url.startswith(("http://localhost", "http://127.0.0.1"))
    return [
        FirstStep(
            not context.port.health().get("kit_pending", False),
            Message(N_("Store the recovery kit")),
            Message(
                N_("It brings the node back when its machine is lost. Whoever runs the machine prints it.")
            ),
            "/desk#kit",
        ),
        FirstStep(
            not local,
            Message(N_("Give the node an address colleagues reach")),
            Message(
                N_("Today it is %(url)s; it is set with --url when the node is started."),
                {"url": context.port.url},
            ),
            "/help#address",
        ),
        FirstStep(
            paired,
            Message(N_("Pair with another organisation")),
            Message(N_("Exchange a code with whoever runs a node there.")),
            "/network#pair",
        ),
        FirstStep(
            len(people) > COLLEAGUES,
            Message(N_("Invite three colleagues")),
            Message(N_("Each gets a link that works once.")),
            "/desk#invite",
        ),
        FirstStep(
            bool(node and node["pitches"]),
            Message(N_("Publish the first pitch")),
            Message(N_("A title, a reason and a kind are enough to begin.")),
            "/pitches/new",
        ),
    ]
