"""Why an open ask may be one for what somebody offers (R8).

Law: an ask of the kind offered matches, every other thing in common is a reason more; money is never one. The more
reasons the earlier, then the order of pitches, the same on every node. Source: DOMAIN R8, WEB "HTTP API" matches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from protocol.rules.moments import DAY, lasts_until

SOON_DAYS: Final = 30
"""An ask needed within so many days is one to answer now."""
REASONS: Final = ("kind", "topics", "language", "jurisdiction", "level", "soon", "circle")


class Offered(NamedTuple):
    """What somebody could give, and where and how she works; ``kind`` is one of her card's or a standing offer's."""

    kind: str
    topics: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    jurisdiction: str | None = None
    level: str | None = None
    circles: frozenset[str] = frozenset()


class Wanted(NamedTuple):
    """An ask that is not met, and what its pitch says. ``circles``: those its owner is in, and its own."""

    kind: str
    topics: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    jurisdiction: str | None = None
    level: str | None = None
    circles: frozenset[str] = frozenset()
    needed_by: str | None = None


class Reason(NamedTuple):
    """One thing in common: a code of REASONS and what its sentence needs."""

    code: str
    params: Mapping[str, object]


def reasons(offered: Offered, wanted: Wanted, now: int) -> tuple[Reason, ...]:
    """Everything that speaks for it; nothing when the kind is another."""
    if offered.kind != wanted.kind:
        return ()
    found = [Reason("kind", {"kind": offered.kind})]
    if topics := sorted(offered.topics & wanted.topics):
        found.append(Reason("topics", {"topics": topics}))
    if languages := sorted(primary(offered.languages) & primary(wanted.languages)):
        found.append(Reason("language", {"languages": languages}))
    if offered.jurisdiction and offered.jurisdiction == wanted.jurisdiction:
        found.append(Reason("jurisdiction", {"jurisdiction": offered.jurisdiction}))
    if offered.level and offered.level == wanted.level:
        found.append(Reason("level", {"level": offered.level}))
    if wanted.needed_by and now < lasts_until(wanted.needed_by) <= now + SOON_DAYS * DAY:
        found.append(Reason("soon", {"date": wanted.needed_by}))
    if circles := sorted(offered.circles & wanted.circles):
        found.append(Reason("circle", {"circles": circles}))
    return tuple(found)


def primary(tags: frozenset[str]) -> frozenset[str]:
    """Languages by their primary subtag: fr-CA is French."""
    return frozenset(tag.partition("-")[0].lower() for tag in tags)
