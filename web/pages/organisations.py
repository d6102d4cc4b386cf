"""An organisation: its node's own page, with the policy in force.

Law: what the node says of itself, and what of it is held here; nothing else. Source: WEB "Pages" (people), DOMAIN R9.
"""

from __future__ import annotations

from aiohttp import web

from protocol.errors import RemoteError
from protocol.ids import parse_node
from protocol.rules.policies import DEFAULT
from store.views import nodes
from web.context import Context


def narrowed_to(context: Context) -> dict[str, str]:
    """The organisation a list is narrowed to by its address, as a filter; one that is no node id is none."""
    try:
        return {"node": str(parse_node(context.query.get("node", "")))}
    except RemoteError:
        return {}


async def show(context: Context) -> web.StreamResponse:
    """The page."""
    wanted = parse_node(context.id("node"))
    node = await context.read(nodes.one, context.viewer, wanted, now=context.now)
    if node is None:
        raise web.HTTPNotFound
    own = wanted == context.port.node
    return context.page("people/organisation.html", node=node, own=own, defaults=DEFAULT)
