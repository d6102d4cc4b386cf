"""A member's development plan: what she learns, turn by turn of the learning cycle.

Law: a step of a plan is its author's alone unless she gave it to others; it is in no list, no search and no count.
Source: DOMAIN section 3, "Audience" and area *knowledge*.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Final

from protocol.records import Record
from protocol.records.knowledge import Idp
from protocol.records.lists import IDP_PARTS
from store.views import object_rows, pitch_rows
from store.views.ground import Said, as_a, said
from store.views.object_rows import ObjectRow, newest, query_of
from store.views.objects import Area
from store.views.people import original
from store.views.pledge_page import find as find_pledge
from store.views.shapes import IdpCycle, IdpEntry, IdpSkill, Text, Viewer
from store.views.texts import folded

MAX_STEPS: Final = 200  # of one plan, the newest

AREA: Final = Area(name="idp", topic="idp", opens="idp")


def plan(db: sqlite3.Connection, viewer: Viewer) -> list[IdpSkill]:
    """The viewer's own plan: skills in the order she began them, in each the turns, in each the chain of parts."""
    query = query_of(db, viewer, "idp")
    query.equal("owner", viewer.member or "")
    rows = newest(db, query, None, MAX_STEPS)[0][::-1]
    records, told = object_rows.records(db, rows), said(db, [row.key for row in rows])
    titles = _Titles(db, viewer)
    skills: dict[str, _Skill] = {}
    for row in rows:
        record = as_a(Idp, records[row.id])
        tag = original(record.lang, record.skill)
        skill = skills.setdefault(folded(record.skill.get(tag, "")).strip(), _Skill(record.skill, tag))
        skill.add(record, _entry(titles, row, record, told[row.key]))
    return [skill.shown() for skill in skills.values()]


class _Skill:
    """The steps of one skill, as they are gathered."""

    def __init__(self, name: Text, lang: str) -> None:
        self.name, self.lang = name, lang
        self.cycles: dict[int, list[IdpEntry]] = {}

    def add(self, record: Idp, entry: IdpEntry) -> None:
        self.cycles.setdefault(record.cycle, []).append(entry)

    def shown(self) -> IdpSkill:
        cycles: list[IdpCycle] = [
            {"cycle": number, "chain": sorted(chain, key=_in_the_cycle)}
            for number, chain in sorted(self.cycles.items())
        ]
        return {"skill": self.name, "lang": self.lang, "cycles": cycles}


def _in_the_cycle(entry: IdpEntry) -> tuple[int, int]:
    part = entry["part"]
    return IDP_PARTS.index(part) if part in IDP_PARTS else len(IDP_PARTS), entry["time"]


def _entry(titles: _Titles, row: ObjectRow, record: Idp, told: Said) -> IdpEntry:
    return {
        "id": row.id,
        "part": record.part,
        "text": record.text,
        "refers": [{"id": id_, "title": titles.of(id_)} for id_ in record.refers],
        "shared": not row.restricted,
        "time": told.at,
    }


class _Titles:
    """Titles of what a plan refers to, as far as the viewer may see it."""

    def __init__(self, db: sqlite3.Connection, viewer: Viewer) -> None:
        self._db, self._viewer = db, viewer

    def of(self, id_: str) -> Text | None:
        """What it is called; None for what is not here or not hers to see."""
        pitch = pitch_rows.rows(self._db, [id_]).get(id_)
        if pitch is not None:
            return pitch_rows.state_of(self._db, pitch).pitch.title
        pledge = find_pledge(self._db, self._viewer, id_)
        if pledge is not None:
            return pledge.offer.text or pledge.state.pitch.title
        row = object_rows.find(self._db, self._viewer, id_)
        return _title(object_rows.records(self._db, [row])[id_]) if row else None


_NAMED: Final = ("title", "skill", "name", "question", "text")


def _title(record: Record) -> Text | None:
    """The first of the fields by which people call something."""
    fields: Mapping[str, object] = dict(record)
    found = next((fields[name] for name in _NAMED if isinstance(fields.get(name), dict)), None)
    return found if isinstance(found, dict) else None
