"""The guides for members and for whoever runs a node, in the reader's language, with pictures of the pages.

Law: read once a process, from Markdown that stands in ``web/guides``; a line that is a picture names a file of
``web/static`` without its language. Both languages of a guide have the same parts (tests). Source: WEB "Pages".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final, Literal, NamedTuple

from aiohttp import web
from markupsafe import Markup

from web.context import Context
from web.i18n import Language, typeset
from web.markdown import render_markdown

Name = Literal["member", "operator"]

WIDTH: Final = 960  # pixels of every picture, so that nothing moves when it comes
HEIGHT: Final = 640
_PICTURE: Final = re.compile(r"^!\[(?P<alt>[^\]]+)\]\((?P<name>guide-[a-z]+)\)$", re.MULTILINE)


class Part(NamedTuple):
    """A stretch of text, or a picture: its file in ``web/static`` and what it shows."""

    text: Markup | None
    picture: str = ""
    alt: str = ""


@cache
def guide(name: Name, language: Language) -> tuple[Part, ...]:
    """The parts of a guide, in order."""
    source = (files("web") / "guides" / f"{name}.{language}.md").read_text("utf-8")
    return tuple(_parts(source, language))


def _parts(source: str, language: Language) -> Iterator[Part]:
    begin = 0
    for picture in _PICTURE.finditer(source):
        yield Part(render_markdown(source[begin : picture.start()], language, shift=1))
        yield Part(None, f"{picture['name']}.{language}.webp", typeset(picture["alt"], language))
        begin = picture.end()
    yield Part(render_markdown(source[begin:], language, shift=1))


async def member(context: Context) -> web.StreamResponse:
    """How members go about it."""
    return _show(context, "member")


async def operator(context: Context) -> web.StreamResponse:
    """How a node is looked after."""
    return _show(context, "operator")


def load() -> None:
    """Read all guides: before the event loop, or in a thread."""
    for name in ("member", "operator"):
        for language in ("en", "fr"):
            guide(name, language)


def _show(context: Context, name: Name) -> web.Response:
    parts = guide(name, context.language)
    return context.page("help/guide.html", name=name, parts=parts, width=WIDTH, height=HEIGHT)
