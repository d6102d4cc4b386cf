"""What this node does not show to a viewer is taken out of every answer, whatever query made it.

Law: one place behind every page, call and feed. An object that is hidden is no answer, and no item of a list; what is
told of it in its place (a match, a return, a result) goes with it. Where something hidden is spoken of, its id stays
and its words go, as if it were not here yet. Nothing else changes, no record and no number. Source: DOMAIN R14.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeVar, cast

from store import hides
from store.views.ground import listed
from store.views.shapes import Viewer

T = TypeVar("T")

_WORDS: Final = ("title", "name", "text", "why", "excerpt")
_IN_ITS_PLACE: Final = ("pitch", "pledge", "poll")
"""Fields by which what has no id of its own names what it tells of: a match, a return, a circle's priorities."""
_BORROWED: Final[Mapping[str, tuple[str, ...]]] = {
    "pitch": ("ask_text",),
    "member": ("name",),
    "attest": ("note",),
}
"""Words of what a field names, beside that field: an ask's are its pitch's, a credit's the member's."""
_RECORD: Final = "content"
"""A record as it was said: whether it may be read was asked of ``access``."""


class _Hidden(NamedTuple):
    """Ids of what is hidden, and of pledges to pitches that are: neither has a title."""

    ids: frozenset[str]
    pledges: frozenset[str]

    @property
    def titles(self) -> frozenset[str]:
        return self.ids | self.pledges


_PLEDGES: Final = "SELECT id FROM pledges WHERE pitch IN (SELECT value FROM json_each(?))"


def shown(db: sqlite3.Connection, viewer: Viewer, answer: T) -> T:
    """The answer without what is not shown to this viewer; None for an object that is hidden itself."""
    ids = hides.unseen(db, viewer.member, viewer.role)
    if not ids:
        return answer
    pledges = frozenset(pledge for (pledge,) in db.execute(_PLEDGES, (listed(ids),)))
    hidden = _Hidden(ids, pledges)
    return cast(T, None if _is_hidden(answer, hidden) else _without(answer, hidden))


def _without(value: Any, hidden: _Hidden) -> Any:
    if isinstance(value, Mapping):
        return _mapping(value, hidden)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _row(value, hidden)
    if isinstance(value, list | tuple):
        return type(value)(_without(item, hidden) for item in value if not _is_hidden(item, hidden))
    return value


def _row(value: Any, hidden: _Hidden) -> Any:
    """A row: its title goes where it names something hidden, or a pledge, whose title is its pitch's."""
    made = type(value)(*(_without(part, hidden) for part in value))
    titled = "title" in value._fields and not hidden.titles.isdisjoint(_texts(value))
    return made._replace(title=None) if titled else made


def _texts(parts: Iterable[Any]) -> set[str]:
    return {part for part in parts if isinstance(part, str)}


# ── one thing ────────────────────────────────────────────────────────────────────────────────────────────────


def _is_hidden(item: Any, hidden: _Hidden) -> bool:
    """Whether it is something hidden, or tells of that in its place."""
    if isinstance(item, tuple) and item and isinstance(item[0], Mapping):  # with why it is in the list
        return _is_hidden(item[0], hidden)
    if not isinstance(item, Mapping):
        return False
    return _names(item.get("id"), hidden) if "id" in item else _tells_of(item, hidden)


def _tells_of(item: Mapping[str, Any], hidden: _Hidden) -> bool:
    return "id" not in item and any(_names(item.get(name), hidden) for name in _IN_ITS_PLACE)


def _names(value: Any, hidden: _Hidden) -> bool:
    """Whether it is the id of something hidden, or a mapping with that id."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return isinstance(found, str) and found in hidden.ids


def _mapping(value: Mapping[str, Any], hidden: _Hidden) -> dict[str, Any]:
    made = {name: part if name == _RECORD else _field(part, hidden) for name, part in value.items()}
    gone = {*_WORDS} if _is_hidden(value, hidden) else set()
    for name in (name for name, part in value.items() if isinstance(part, str) and part in hidden.ids):
        gone |= {f"{name}_title", *_BORROWED.get(name, ())}
    if _is_titled_by_another(value, hidden):
        gone.add("title")
    return made | {name: None for name in gone if name in value}


def _field(part: Any, hidden: _Hidden) -> Any:
    """A part of something shown: one that names something hidden keeps its id, one that tells of it is None."""
    return None if isinstance(part, Mapping) and _tells_of(part, hidden) else _without(part, hidden)


def _is_titled_by_another(value: Mapping[str, Any], hidden: _Hidden) -> bool:
    """Whether a line has the title of something hidden: of what it names, or of the pitch of its pledge."""
    if "title" not in value:
        return False
    if "step" in value and "about" in value:  # a notice
        return value["about"] in hidden.titles
    if "id" not in value:
        return not hidden.ids.isdisjoint(_texts(value.values()))
    return value.get("kind") == "pledge" and value["id"] in hidden.pledges
