"""What happened: the records about an object, each as one step, oldest first.

Law: a step shows what its record says and nothing it does not; a step about a private pledge is shown to those who see
the pledge. Source: WEB "Look" (what happened), DOMAIN section 2.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final

from store.views.ground import Said, listed, said
from store.views.people import Names
from store.views.shapes import Person, Step, Thanks

_UNSAID: Final = frozenset(
    {"type", "by", "lang", "audience", "pitch", "pledge", "member", "artifact", "event", "circle"}
)
_CARRIED: Final = ("quantity", "unit", "reason", "result", "to", "fulfils", "attended")

_OF: Final = """
SELECT key FROM steps
WHERE about IN (SELECT value FROM json_each(?)) AND applies IS NOT -1 AND applies = 1
  AND type NOT IN ('pitch.tally', 'invite', 'report', 'translation', 'circle.join', 'circle.leave', 'circle.role')
ORDER BY at DESC LIMIT ?
"""
_OF_TYPE: Final = """
SELECT key FROM steps WHERE about = ? AND applies IS NOT -1 AND applies = 1 AND type = ? ORDER BY at DESC LIMIT ?
"""
MAX_STEPS: Final = 300  # of one page; the newest are shown


def steps_about(db: sqlite3.Connection, ids: Iterable[str]) -> list[Said]:
    """The newest steps in effect about these objects, oldest first."""
    keys = [key for (key,) in db.execute(_OF, (listed(ids), MAX_STEPS))]
    return in_time(said(db, keys).values())


def steps_of_type(db: sqlite3.Connection, about: str, kind: str, limit: int = MAX_STEPS) -> list[Said]:
    """The newest steps of one type about an object, oldest first."""
    keys = [key for (key,) in db.execute(_OF_TYPE, (about, kind, limit))]
    return in_time(said(db, keys).values())


def in_time(records: Iterable[Said]) -> list[Said]:
    """Records by the time people are shown, then as their nodes made them."""
    return sorted(records, key=lambda record: (record.at, record.node, record.place))


def step(names: Names, record: Said, who: Person | None = None) -> Step:
    """A record as a step; ``who`` when it names nobody."""
    content = record.content
    shown: dict[str, Any] = {
        "id": record.id,
        "type": content["type"],
        "who": names.person(content["by"]) if content.get("by") else who,
        "time": record.at,
    }
    text = _text(content)
    if text:
        shown["text"] = text
    shown |= {name: content[name] for name in _carried(content) if content.get(name) is not None}
    if content["type"].endswith(".revise"):
        shown["fields"] = sorted(content.keys() - _UNSAID)
    if "pledge" in content:
        shown["pledge"] = content["pledge"]
    elif content["type"] == "pledge.offer":
        shown["pledge"] = record.id
    if content.get("audience") is not None:
        shown["restricted"] = True
    return shown  # type: ignore[return-value]  # built of Step's own keys


def _carried(content: Mapping[str, Any]) -> tuple[str, ...]:
    """What a step shows besides its text; "to" of thanks are pledges, shown with the thanks."""
    return tuple(name for name in _CARRIED if name != "to" or content["type"] == "pitch.advance")


def _text(content: Mapping[str, Any]) -> Any:
    if content["type"] in ("pitch.open", "pitch.revise"):
        return None
    return content.get("text") or content.get("note") or content.get("evidence") or content.get("return")


def thanks(names: Names, record: Said) -> Thanks:
    """A record of thanks."""
    content = record.content
    return {
        "id": record.id,
        "who": names.person(content["by"]),
        "text": content["text"],
        "lang": content.get("lang") or next(iter(content["text"])),
        "to": list(content.get("to") or ()),
        "time": record.at,
    }
