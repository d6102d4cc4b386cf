"""Whether the node is well, for supervisors and Prometheus.

Law: names and numbers only, never content. Metrics are open to this machine and to an operator's token; a request that
came through a proxy or under another host name is not from this machine. Source: OPERATIONS "Real parts", WEB "Routes".
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from protocol.errors import Refused
from web.context import Context

LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


async def healthz(context: Context) -> web.Response:
    """200 when the node is well, else 503."""
    health = context.port.health()
    return web.json_response(dict(health), status=200 if health.get("healthy") else 503)


async def metrics(context: Context) -> web.Response:
    """Prometheus text."""
    operator = context.account is not None and context.account.role == "operator"
    if not (operator or from_this_machine(context.request)):
        raise Refused("operator-only")
    return web.Response(
        text=context.port.metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    )


def from_this_machine(request: web.Request) -> bool:
    """Whether a program here asked, not a proxy for somebody and not a page that rebound its name to us."""
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-IP"} & set(request.headers)
    host = request.host.rpartition(":")[0] or request.host
    return request.remote in LOOPBACK and not forwarded and host in LOCAL_HOSTS
