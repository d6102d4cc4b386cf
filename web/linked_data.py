"""What search engines are told of a public page: schema.org and LRMI as JSON-LD.

Law: public fields only, in the reader's language; the block is data, never script: no sign in it can end its element.
Source: WEB "Feeds", DOMAIN section 4.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from store.views.shapes import Artifact, Event, Pitch
from web.formats import Formats

CONTEXT: Final = "https://schema.org"
LICENCES: Final[Mapping[str, str]] = {
    "OGL-Canada-2.0": "https://open.canada.ca/en/open-government-licence-canada",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
_ESCAPES: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def block(data: Mapping[str, Any]) -> Markup:
    """The content of an ``application/ld+json`` element."""
    full = {name: value for name, value in data.items() if value not in (None, "", [], {})}
    return Markup(json.dumps(full, ensure_ascii=False).translate(_ESCAPES))  # noqa: S704 - no sign of mark-up left


def pitch(words: Formats, item: Pitch, url: str) -> Markup:
    """A pitch: a work that says what somebody wants to learn, for whom."""
    return block(
        _head(words, item, "CreativeWork", url) | {"abstract": words.plain(item["why"], item["lang"])}
    )


def artifact(words: Formats, item: Artifact, url: str) -> Markup:
    """An artifact: a learning resource with its licence and credits."""
    excerpt = item["excerpt"]
    return block(
        _head(words, item, "LearningResource", url)
        | {
            "learningResourceType": words.label(item["kind"], "artifact"),
            "license": LICENCES.get(item["licence"], item["licence"]),
            "isAccessibleForFree": True,
            "abstract": words.plain(excerpt, item["lang"]) if excerpt else None,
            "author": [{"@type": "Person", "name": one["name"]} for one in item["authors"] if one["name"]],
        }
    )


def event(words: Formats, item: Event, url: str) -> Markup:
    """An event, where and when."""
    where = item["where"] or {}
    place = where.get("place")
    online = {"@type": "VirtualLocation", "url": url} if item["online"] else None
    at = {"@type": "Place", "name": place, "address": place} if place else online
    status = "EventCancelled" if item["state"] == "cancelled" else "EventScheduled"
    mode = "Mixed" if place and online else "Online" if online else "Offline"
    return block(
        _head(words, item, "EducationEvent", url)
        | {
            "startDate": item["start"],
            "endDate": item["end"],
            "eventStatus": f"{CONTEXT}/{status}",
            "eventAttendanceMode": f"{CONTEXT}/{mode}EventAttendanceMode",
            "location": at,
            "description": words.plain(item["text"], item["lang"]) if item["text"] else None,
            "organizer": _organisation(words, item),
        }
    )


def _head(words: Formats, item: Any, kind: str, url: str) -> dict[str, Any]:
    """What all of them say; an event has no publisher but an organiser."""
    made = dt.datetime.fromtimestamp(item["time"] // 1000, dt.UTC).date().isoformat()
    return {
        "@context": CONTEXT,
        "@type": kind,
        "@id": f"{url}/go/{item['id']}",
        "url": f"{url}/go/{item['id']}",
        "name": words.plain(item["title"], item["lang"]),
        "inLanguage": item["lang"],
        "keywords": [words.label(topic, "topic") for topic in item["topics"]],
    } | ({"datePublished": made, "publisher": _organisation(words, item)} if kind != "EducationEvent" else {})


def _organisation(words: Formats, item: Any) -> dict[str, str] | None:
    name = item["node_name"]
    return {"@type": "Organization", "name": words.plain(name)} if name else None
