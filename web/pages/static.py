"""Style, scripts and pictures of the pages, from memory.

Law: only files that were there at start, by their exact name; the address carries a tag of the content, so a browser
may keep each for good. Source: WEB head.
"""

from __future__ import annotations

import mimetypes
from functools import cache
from importlib.resources import files
from typing import Final

from aiohttp import web

from web.context import Context

FOR_GOOD: Final = "public, max-age=31536000, immutable"
TYPES: Final = {".js": "text/javascript", ".svg": "image/svg+xml", ".css": "text/css", ".woff2": "font/woff2"}


@cache
def load() -> dict[str, tuple[bytes, str]]:
    """Bytes and media type by file name; read once a process."""
    return {
        item.name: (item.read_bytes(), _type(item.name))
        for item in (files("web") / "static").iterdir()
        if item.is_file()
    }


def _type(name: str) -> str:
    suffix = name[name.rfind(".") :]
    return TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


async def show(context: Context) -> web.Response:
    """One file."""
    found = load().get(context.id("name"))
    if found is None:
        raise web.HTTPNotFound
    body, media_type = found
    return web.Response(body=body, content_type=media_type, headers={"Cache-Control": FOR_GOOD})
