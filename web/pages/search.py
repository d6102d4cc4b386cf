"""Search: one field over pitches, artifacts, people and organisations.

Law: a match is marked by the page, never by the text; restricted records are in no index. Source: WEB "Languages",
"HTTP API" (search).
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from store import search as index
from web.context import Context
from web.forms import Form

KINDS: Final = ("pitch", "artifact", "member", "node", "offer")
"""What has a page to lead to; the API searches every kind."""
HITS: Final = 40
Q_MOST: Final = 200


async def show(context: Context) -> web.StreamResponse:
    """The field, and what it found."""
    words = " ".join(context.query.get("q", "").split())[:Q_MOST]
    kind = context.query.get("kind", "")
    kinds = (kind,) if kind in KINDS else KINDS
    hits = (
        await context.read(index.find, context.viewer, words, limit=HITS, lang=context.language, kinds=kinds)
        if words
        else []
    )
    return context.page(
        "search/search.html",
        q=words,
        kind=kind if kind in KINDS else "",
        hits=hits,
        kinds=KINDS,
        filters=Form.of({"q": words}),
    )
