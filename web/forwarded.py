"""Whose request it is, when a proxy stands between.

Law: what a header says of an address is believed only from the proxies the settings name; everybody else may write
into it what they like. Source: PROTOCOL section 12.
"""

from __future__ import annotations

from collections.abc import Collection

from aiohttp import web

HEADER = "X-Forwarded-For"


def client_address(peer: str, forwarded: str | None, trusted: Collection[str]) -> str:
    """Whose connection it is: the nearest address of X-Forwarded-For that no trusted proxy stands for."""
    chain = [part.strip() for part in (forwarded or "").split(",") if part.strip()]
    while peer in trusted and chain:
        peer = chain.pop()
    return peer


def address_of(request: web.Request, trusted: Collection[str]) -> str:
    """Whose request it is; the header may come in several lines. Empty text when the connection is gone."""
    return client_address(request.remote or "", ",".join(request.headers.getall(HEADER, [])), trusted)
