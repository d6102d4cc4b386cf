"""Help, the privacy notice, the accessibility statement, and what this node is.

Law: plain words, both languages, no promise the program does not keep. Source: WEB "Pages" (last row),
DOMAIN section 5.
"""

from __future__ import annotations

from aiohttp import web

from web.context import Context


async def show(context: Context) -> web.StreamResponse:
    """What the words mean and how things go."""
    return context.page("help/help.html")


async def about(context: Context) -> web.StreamResponse:
    """Node id and version."""
    return context.page(
        "help/about.html", node=context.port.node, version=context.port.version, url=context.port.url
    )


async def privacy(context: Context) -> web.StreamResponse:
    """Who sees what."""
    return context.page("help/privacy.html")


async def accessibility(context: Context) -> web.StreamResponse:
    """What was done, what is tested, whom to tell."""
    return context.page("help/accessibility.html")
