"""What this node does not show to a viewer is taken out of every answer, whatever query made it.

Law: one place behind every page, call and feed. An item of a list that is hidden is left out of the list; where
something hidden is spoken of, its id stays and its words go, as if it were not here yet. Nothing else changes, no
record and no number. Source: DOMAIN R14.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeVar, cast

from store import hides
from store.views.ground import listed
from store.views.shapes import Viewer

T = TypeVar("T")

_WORDS: Final = ("title", "name", "text", "why", "excerpt", "content")


class _Hidden(NamedTuple):
    """Ids of what is hidden, and of pledges to pitches that are."""

    ids: frozenset[str]
    pledges: frozenset[str]


_PLEDGES: Final = "SELECT id FROM pledges WHERE pitch IN (SELECT value FROM json_each(?))"


def shown(db: sqlite3.Connection, viewer: Viewer, answer: T) -> T:
    """The answer without what is not shown to this viewer."""
    ids = hides.unseen(db, viewer.member, viewer.role)
    if not ids:
        return answer
    pledges = frozenset(pledge for (pledge,) in db.execute(_PLEDGES, (listed(ids),)))
    return cast(T, _without(answer, _Hidden(ids, pledges)))


def _without(value: Any, hidden: _Hidden) -> Any:
    if isinstance(value, Mapping):
        return _mapping(value, hidden)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_without(part, hidden) for part in value))
    if isinstance(value, list | tuple):
        return type(value)(_without(item, hidden) for item in value if not _is_hidden(item, hidden))
    return value


def _is_hidden(item: Any, hidden: _Hidden) -> bool:
    if (
        isinstance(item, tuple) and item and isinstance(item[0], Mapping)
    ):  # an item, and why it is in the list
        return _is_hidden(item[0], hidden)
    return isinstance(item, Mapping) and isinstance(item.get("id"), str) and item["id"] in hidden.ids


def _mapping(value: Mapping[str, Any], hidden: _Hidden) -> dict[str, Any]:
    made = {name: _without(part, hidden) for name, part in value.items()}
    if _is_hidden(value, hidden):
        made |= {name: None for name in _WORDS if name in value}
    spoken = [name for name, part in value.items() if isinstance(part, str) and part in hidden.ids]
    derived = [f"{name}_title" for name in spoken] + ["ask_text"] * bool(
        spoken
    )  # an ask's words are its pitch's
    made |= {name: None for name in derived if name in value}
    if _is_titled_by_another(value, spoken, hidden):
        made["title"] = None
    return made


def _is_titled_by_another(value: Mapping[str, Any], spoken: list[str], hidden: _Hidden) -> bool:
    """Whether a line has the title of something hidden: of what it names, or of the pitch of its pledge."""
    if "title" not in value:
        return False
    if "step" in value and "about" in value:  # a notice
        return value["about"] in hidden.ids | hidden.pledges
    return bool(spoken and "id" not in value) or (
        value.get("kind") == "pledge" and value["id"] in hidden.pledges
    )
