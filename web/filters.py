"""The filters of lists, read from a query: the same names for pages, public pages and feeds.

Law: a value that is not of its list is no filter. Source: WEB "Feeds" (per filter).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from protocol.records.lists import (
    ARTIFACT_KINDS,
    EVENT_KINDS,
    EVIDENCE,
    KINDS,
    LEVELS,
    LICENCES,
    OPPORTUNITIES,
    TOPICS,
)
from store.views.shapes import PITCH_STATES
from web.i18n import LANGUAGES
from web.labels import SUBDIVISIONS

Q_MOST: Final = 200  # characters looked for
PITCHES: Final[Mapping[str, Sequence[str]]] = {
    "state": PITCH_STATES,
    "asks": KINDS,
    "opportunity": OPPORTUNITIES,
    "topic": TOPICS,
    "jurisdiction": tuple(SUBDIVISIONS),
    "level": LEVELS,
    "lang": LANGUAGES,
}
ARTIFACTS: Final[Mapping[str, Sequence[str]]] = {
    "kind": ARTIFACT_KINDS,
    "topic": TOPICS,
    "licence": LICENCES,
    "evidence": EVIDENCE,
    "lang": LANGUAGES,
    "jurisdiction": ("CA", *SUBDIVISIONS),
    "review": ("due",),
}
EVENTS: Final[Mapping[str, Sequence[str]]] = {
    "kind": EVENT_KINDS,
    "topic": TOPICS,
    "jurisdiction": tuple(SUBDIVISIONS),
    "lang": LANGUAGES,
}


def chosen(query: Mapping[str, str], choices: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The filters of a query that are set, by name."""
    kept = {name: value for name in choices if (value := query.get(name, "")) in choices[name]}
    words = " ".join(query.get("q", "").split())[:Q_MOST]
    return kept | ({"q": words} if words else {})
