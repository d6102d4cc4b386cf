"""Members' Markdown is shown, never run (QUALITY "Threats": hostile Markdown)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.markdown import plain_words, render_markdown

BLOB = "/blobs/" + "ab" * 32


def test_the_usual_marks() -> None:
    html = render_markdown("# Title\n\n**bold** and *soft*\n\n- one\n- two\n\n| a |\n|---|\n| 1 |")
    assert "<h3>Title</h3>" in html
    assert "<strong>bold</strong> and <em>soft</em>" in html
    assert "<li>one</li>" in html and "<td>1</td>" in html


@pytest.mark.parametrize(("level", "shift", "tag"), [(1, 1, "h2"), (3, 2, "h3"), (6, 5, "h6")])
def test_headings_stay_below_the_page(level: int, shift: int, tag: str) -> None:
    assert f"<{tag}>x</{tag}>" in render_markdown("#" * level + " x", shift=shift)


def test_headings_go_down_one_level_at_a_time() -> None:
    html = render_markdown("## a\n\n#### b\n\n# c\n\n#### d", shift=1)
    assert re.findall(r"<(h\d)>(\w)", html) == [("h2", "a"), ("h3", "b"), ("h2", "c"), ("h3", "d")]


def test_the_beginning_shown_in_a_list_is_bare_words() -> None:
    text = "Three *fields*.\n\n## What\n\n- not this\n\n| d |\n|---|\n| f |\n\nThen `b`\n<i>g</i>"
    assert plain_words(text) == "Three fields. Then b <i>g</i>"
    assert plain_words("- [a](https://x.example)\n- c") == "a · c"


def test_links_carry_no_weight() -> None:
    assert 'rel="nofollow noopener"' in render_markdown("[x](https://example.org)")
    assert 'href="mailto:a@example.org"' in render_markdown("<a@example.org>")


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](javascript:alert(1))",
    "[x]( &#106;avascript:alert(1))",
    "<svg onload=alert(1)>",
    '[x](https://e.example "\\" onclick=\\"alert(1)")',
    "```<script>\n```",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_hostile_lives(source: str) -> None:
    tags = re.findall(r"<[^>]*>", render_markdown(source))
    assert not [
        tag
        for tag in tags
        if re.search(r"script|javascript:|data:|\son\w+=|<img|<svg", re.sub(r'"[^"]*"', '""', tag))
        or 'href="javascript' in tag
    ]


def test_pictures_come_from_here_only() -> None:
    assert f'<img src="{BLOB}"' in render_markdown(f"![form]({BLOB})")
    html = render_markdown("![form](https://elsewhere.example/x.png)")
    assert "<img" not in html and 'href="https://elsewhere.example/x.png"' in html
    assert "<img" not in render_markdown("![form](/sign-out)")


def test_french_text_is_typeset_and_code_is_not() -> None:
    html = render_markdown("Vraiment ? `a ?`", "fr")
    assert "Vraiment\u202f?" in html and "<code>a ?</code>" in html


@given(st.text(max_size=300))
def test_any_text_gives_clean_html(source: str) -> None:
    html = render_markdown(source)
    allowed = "p|br|hr|strong|em|s|code|pre|blockquote|ul|ol|li|a|img|h[1-6]|table|thead|tbody|tr|th|td"
    assert not [tag for tag in re.findall(r"</?([a-z0-9]+)", html) if not re.fullmatch(allowed, tag)]
