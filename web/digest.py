"""A digest as text and as simple HTML, in the language of whom it is for.

Law: mail is read by machines on its way. A letter holds titles, what was done and why she is told; nothing others
wrote, and of what only some may read, only that it is there and why. No picture, nobody else's address, nothing to
fetch; every link is made from the node's own address. Source: docs/spec/notices.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

from store.notices import Notice
from web.formats import Formats
from web.i18n import N_, Language, Message, Text
from web.render import Page, Renderer

SUBJECT: Final = N_("Barnraise: what is new for you (%(count)s)")
UNTITLED: Final = N_("Open it")
RESTRICTED: Final = N_("Between you and others")
SETTINGS: Final = "/settings/notifications"


class Letter(NamedTuple):
    """What is handed to a mail server, besides the addresses; ``ending`` is where one step ends all letters."""

    subject: str
    text: str
    html: str
    ending: str


class Sender(NamedTuple):
    """The node a letter comes from: its organisation, where, and the address of its pages."""

    organisation: Text
    jurisdiction: str
    url: str


class Addressee(NamedTuple):
    """Whom it is for, in which language, and the key that ends her letters."""

    name: str
    language: Language
    key: str


def compose(
    renderer: Renderer, sender: Sender, to: Addressee, items: Sequence[Notice], *, most: int, now: int
) -> Letter:
    """The letter about these notices, of which ``most`` are told; ``now`` is POSIX ms."""
    page = Page(
        language=to.language,
        now=dt.datetime.fromtimestamp(now / 1000, dt.UTC),
        path="/",
        organisation=sender.organisation,
        jurisdiction=sender.jurisdiction,
    )
    values = {
        "name": to.name,
        "lines": [_line(renderer, page, sender, item) for item in items[:most]],
        "more": len(items) > most,
        "url": sender.url,
        "settings": f"{sender.url}{SETTINGS}",
        "ending": f"{sender.url}/letters/{to.key}",
    }
    text = Markup(renderer.render(page, "notifications/letter_text.html", **values))  # noqa: S704 - to plain text
    return Letter(
        renderer.formats(page).say(Message(SUBJECT, {"count": len(items[:most])})),
        text.strip().unescape() + "\n",
        renderer.render(page, "notifications/letter.html", **values),
        str(values["ending"]),
    )


def _line(renderer: Renderer, page: Page, sender: Sender, item: Notice) -> dict[str, str]:
    return {
        "link": f"{sender.url}/go/{item['about']}?seen=yes",
        "title": _title(renderer.formats(page), item),
        "words": _bare(renderer.render(page, "notifications/line.html", item=item)),
    }


def _title(words: Formats, item: Notice) -> str:
    if item["restricted"]:
        return words.say(Message(RESTRICTED))
    return words.plain(item["title"]) if item["title"] else words.say(Message(UNTITLED))


def _bare(html: str) -> str:
    return " ".join(Markup(html).striptags().split())  # noqa: S704 - our own template, escaped
