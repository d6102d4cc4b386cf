"""A digest as text and as simple HTML, in the language of whom it is for.

Law: it holds titles, what was done and why she is told; nothing others wrote, and no picture or address of anybody
else. Every link is made from the node's own address. Source: docs/spec/notices.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

from store.notices import Notice
from web.i18n import N_, Language, Message, Text
from web.render import Page, Renderer

SUBJECT: Final = N_("New for you on Barnraise: %(count)s")
SETTINGS: Final = "/settings/notifications"


class Letter(NamedTuple):
    """What is handed to a mail server, besides the addresses; ``settings`` is where she ends it."""

    subject: str
    text: str
    html: str
    settings: str


class Sender(NamedTuple):
    """The node a letter comes from: its organisation, where, and the address of its pages."""

    organisation: Text
    jurisdiction: str
    url: str


def compose(
    renderer: Renderer, sender: Sender, name: str, language: Language, items: Sequence[Notice], *, now: int
) -> Letter:
    """The letter about these notices; ``now`` is POSIX ms."""
    page = Page(
        language=language,
        now=dt.datetime.fromtimestamp(now / 1000, dt.UTC),
        path="/",
        organisation=sender.organisation,
        jurisdiction=sender.jurisdiction,
    )
    words = renderer.formats(page)
    lines = [
        {
            "link": f"{sender.url}/go/{item['about']}?seen=yes",
            "title": words.plain(item["title"]) if item["title"] else words.say(Message(N_("Open it"))),
            "words": _bare(renderer.render(page, "notifications/line.html", item=item)),
        }
        for item in items
    ]
    values = {"name": name, "lines": lines, "settings": f"{sender.url}{SETTINGS}", "url": sender.url}
    return Letter(
        words.say(Message(SUBJECT, {"count": len(items)})),
        Markup(renderer.render(page, "notifications/letter_text.html", **values).strip() + "\n").unescape(),  # noqa: S704 - to plain text
        renderer.render(page, "notifications/letter.html", **values),
        values["settings"],  # type: ignore[arg-type]
    )


def _bare(html: str) -> str:
    return " ".join(Markup(html).striptags().split())  # noqa: S704 - our own template, escaped
