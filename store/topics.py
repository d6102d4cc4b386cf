"""Names of what changed, for the pages that watch it, and because of which record where not everybody may read that.

Law: a topic alone is for whoever may read what it names. A topic *because of* a record is for whoever may read that
record too: that something happened is as private as what happened. Source: DOMAIN R12, docs/spec/api.md "Live".
"""

from __future__ import annotations

from typing import Final, NamedTuple

_BECAUSE: Final = " because of "  # no topic and no entry id has a space in it


class News(NamedTuple):
    """A topic as pages name it, and the entry id of the restricted record behind it; None: nothing private is."""

    topic: str
    record: str | None


def because_of(topic: str, record: str) -> str:
    """The topic, for who may read the restricted record with this entry id. One that has a reason keeps it."""
    return topic if _BECAUSE in topic else f"{topic}{_BECAUSE}{record}"


def news(topic: str) -> News:
    """What a topic of a transaction says."""
    name, _, record = topic.partition(_BECAUSE)
    return News(name, record or None)
