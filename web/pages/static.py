"""Style, scripts and pictures of the pages, from memory.

Law: only files that were there at start, by their exact name; the address carries a tag of the content, so a browser
may keep each for good. The stylesheet is written to be read and served without its comments and blanks; strings,
selectors and values stay as they are. Source: WEB head, "Look".
"""

from __future__ import annotations

import mimetypes
import re
from functools import cache
from importlib.resources import files
from typing import Final

from aiohttp import web

from web.context import Context

FOR_GOOD: Final = "public, max-age=31536000, immutable"
TYPES: Final = {".js": "text/javascript", ".svg": "image/svg+xml", ".css": "text/css", ".woff2": "font/woff2"}
_BLANK: Final = r"(?:\s|(?>/\*.*?\*/))"  # a comment ends at its first end, whatever follows
_CSS: Final = re.compile(
    rf"""(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    rf"|{_BLANK}*(?P<mark>[{{}};,]){_BLANK}*|(?P<colon>:){_BLANK}+|{_BLANK}+",
    re.DOTALL,
)


@cache
def load() -> dict[str, tuple[bytes, str]]:
    """Bytes and media type by file name; read once a process."""
    return {
        item.name: (_served(item.name, item.read_bytes()), _type(item.name))
        for item in (files("web") / "static").iterdir()
        if item.is_file()
    }


def tight(css: str) -> str:
    """A stylesheet without comments and the blanks nobody needs: around ``{ } ; ,`` and after ``:``."""
    return _CSS.sub(_tightened, css).strip()


def _tightened(found: re.Match[str]) -> str:
    return found["string"] or found["mark"] or found["colon"] or " "


def _served(name: str, written: bytes) -> bytes:
    return tight(written.decode("utf-8")).encode() if name.endswith(".css") else written


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
