"""Lists as programs subscribe to them: Atom (RFC 4287) and JSON Feed 1.1.

Law: the same entries give the same bytes, so that a feed that did not change is not sent twice; nothing here decides
what may be read. Texts are bare words: no mark-up of a member's reaches a reader of feeds. Source: WEB "Feeds".
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final, NamedTuple
from xml.etree import ElementTree

ATOM: Final = "application/atom+xml"
JSON: Final = "application/feed+json"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
_VERSION: Final = "https://jsonfeed.org/version/1.1"
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Entry(NamedTuple):
    """One thing in a feed; ``made`` is POSIX ms, ``author`` an organisation."""

    link: str
    title: str
    words: str
    author: str
    made: int
    topics: tuple[str, ...] = ()


class Channel(NamedTuple):
    """A feed: its title, its own address, the page it belongs to, its language."""

    title: str
    address: str
    page: str
    language: str


def atom(channel: Channel, entries: Sequence[Entry]) -> bytes:
    """An Atom feed."""
    root = ElementTree.Element("feed", {"xmlns": _NAMESPACE, "xml:lang": channel.language})
    _add(root, "id", channel.address)
    _add(root, "title", channel.title)
    _add(root, "updated", _rfc3339(newest(entries)))
    ElementTree.SubElement(root, "link", {"rel": "self", "type": ATOM, "href": channel.address})
    ElementTree.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": channel.page})
    for entry in entries:
        _atom_entry(root, entry)
    return (
        b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode").encode()
    )


def _atom_entry(root: ElementTree.Element, entry: Entry) -> None:
    item = ElementTree.SubElement(root, "entry")
    _add(item, "id", entry.link)
    _add(item, "title", entry.title)
    _add(item, "updated", _rfc3339(entry.made))
    _add(item, "published", _rfc3339(entry.made))
    ElementTree.SubElement(item, "link", {"rel": "alternate", "type": "text/html", "href": entry.link})
    _add(ElementTree.SubElement(item, "author"), "name", entry.author)
    for topic in entry.topics:
        ElementTree.SubElement(item, "category", {"term": _clean(topic)})
    _add(item, "summary", entry.words)


def json_feed(channel: Channel, entries: Sequence[Entry]) -> bytes:
    """A JSON Feed."""
    items = [
        {
            "id": entry.link,
            "url": entry.link,
            "title": entry.title,
            "content_text": entry.words,
            "date_published": _rfc3339(entry.made),
            "authors": [{"name": entry.author}],
            "tags": list(entry.topics),
        }
        for entry in entries
    ]
    head = {
        "version": _VERSION,
        "title": channel.title,
        "home_page_url": channel.page,
        "feed_url": channel.address,
        "language": channel.language,
    }
    return json.dumps(head | {"items": items}, ensure_ascii=False, indent=1).encode()


def newest(entries: Sequence[Entry]) -> int:
    """When the youngest entry was made, POSIX ms; the beginning of time for none."""
    return max((entry.made for entry in entries), default=0)


# ── not sending twice what did not change ────────────────────────────────────────────────────────────────────


def marks(body: bytes, changed: int | None) -> dict[str, str]:
    """The headers by which a reader asks whether there is anything new; ``changed`` is POSIX ms."""
    found = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
    if changed:
        found["Last-Modified"] = format_datetime(_moment(changed), usegmt=True)
    return found


def is_known(asked: Mapping[str, str], told: Mapping[str, str]) -> bool:
    """Whether a reader that sends these headers has it already (RFC 9110: the tag goes before the date)."""
    tags = asked.get("If-None-Match")
    if tags is not None:
        named = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in named or told["ETag"] in named
    since, changed = asked.get("If-Modified-Since"), told.get("Last-Modified")
    if since is None or changed is None:
        return False
    try:
        return parsedate_to_datetime(since) >= parsedate_to_datetime(changed)
    except (ValueError, TypeError):
        return False


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    """Without the signs XML cannot carry."""
    return _NOT_XML.sub("", text)


def _moment(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(max(0, milliseconds) // 1000, dt.UTC)


def _rfc3339(milliseconds: int) -> str:
    return _moment(milliseconds).strftime("%Y-%m-%dT%H:%M:%SZ")
