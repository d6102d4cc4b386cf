"""Members' Markdown as safe HTML.

Law: CommonMark with tables, no raw HTML, cleaned again by a second tool; no page of ours makes a reader's browser
fetch anything from elsewhere, so an image not kept as a blob becomes a link. Headings go below those of the page.
Source: WEB "Look" (no third-party request), QUALITY "Threats" (hostile Markdown).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from web.i18n import typeset

_BLOB = re.compile(r"/blobs/[0-9a-f]{64}", re.ASCII)
_PARSER: Final = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_TAGS: Final = frozenset(
    {
        "p",
        "br",
        "hr",
        "strong",
        "em",
        "s",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "a",
        "img",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
)
_ATTRIBUTES: Final = {"a": {"href", "title"}, "img": {"src", "alt", "title", "loading"}, "ol": {"start"}}
_SCHEMES: Final = frozenset({"https", "http", "mailto"})


def render_markdown(source: str, tag: str = "en", shift: int = 2) -> Markup:
    """HTML blocks of a Markdown text in the language ``tag``; its highest heading becomes level ``1 + shift``."""
    tokens = _PARSER.parse(source)
    _place_headings(tokens, shift)
    for token in tokens:
        if token.children:
            token.children = list(_inline(token.children, tag))
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return Markup(_CLEANER.clean(html))  # noqa: S704 - the one place where cleaned HTML is declared safe


def _place_headings(tokens: list[Token], shift: int) -> None:
    """Headings below those of the page, none more than one level below the one before it: readers walk by them."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    ranks = sorted({token.tag for token in headings})
    level = 0
    for token in headings:
        if token.type == "heading_open":
            level = min(ranks.index(token.tag) + 1, level + 1)
        token.tag = f"h{min(level + shift, 6)}"


def plain_words(source: str) -> str:
    """The words of a Markdown text on one line, for the beginning shown in a list: its paragraphs, else all of it.

    Headings and items, which end without a stop, are set apart by dots.
    """
    tokens = _PARSER.parse(source)
    paragraphs = [inline for start, inline in pairwise(tokens) if _is_paragraph(start)]
    blocks = paragraphs or [token for token in tokens if token.type == "inline"]
    said = [" ".join(_words_of(block).split()) for block in blocks]
    return (" " if paragraphs else " · ").join(words for words in said if words)


def _is_paragraph(token: Token) -> bool:
    """Whether a paragraph of the text itself begins, not one inside a list or a quotation."""
    return token.type == "paragraph_open" and token.level == 0


def _words_of(block: Token) -> str:
    return "".join(
        child.content if child.type in ("text", "code_inline") else " " * child.type.endswith("break")
        for child in block.children or []
    )


def _inline(children: list[Token], tag: str) -> Iterator[Token]:
    for child in children:
        if child.type == "text":
            child.content = typeset(child.content, tag)
            yield child
        elif child.type == "image" and not _BLOB.fullmatch(str(child.attrs.get("src", ""))):
            yield from _as_link(child)
        else:
            if child.type == "image":
                child.attrs["loading"] = "lazy"
            yield child


def _as_link(image: Token) -> Iterator[Token]:
    source = str(image.attrs.get("src", ""))
    opened = Token("link_open", "a", 1)
    opened.attrs["href"] = source
    words = Token("text", "", 0)
    words.content = image.content or source
    yield from (opened, words, Token("link_close", "a", -1))


def _own_images(element: str, attribute: str, value: str) -> str | None:
    if element == "img" and attribute == "src" and not _BLOB.fullmatch(value):
        return None
    return value


_CLEANER: Final = nh3.Cleaner(
    tags=set(_TAGS),
    attributes={name: set(allowed) for name, allowed in _ATTRIBUTES.items()},
    attribute_filter=_own_images,
    url_schemes=set(_SCHEMES),
    link_rel="nofollow noopener",
)
"""Made once: to make it takes longer than to clean a text with it."""
