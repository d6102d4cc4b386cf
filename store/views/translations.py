"""Translations of an object's texts, by whoever made them.

Law: a translation is a record beside the object; which of them is shown is asked of
``protocol.rules.translations`` when the object is read. Source: DOMAIN section 2, "Translations".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from protocol.records import Record, read
from protocol.records.knowledge import Translation
from protocol.rules.translations import Offered, Shown, Text, language, shown, texts_of
from store.views import versions as told
from store.views.access import is_open
from store.views.ground import Said, as_a, listed, said
from store.views.people import Names
from store.views.shapes import Translated, Viewer
from store.views.versions import Told

MAX_LOOKED_AT: Final = 500  # translations of one object, the newest
_OF: Final = """
SELECT key FROM steps
WHERE about IN (SELECT value FROM json_each(?)) AND type = 'translation' AND applies = 1 AND applies IS NOT -1
ORDER BY at DESC LIMIT ?
"""


def translated(db: sqlite3.Connection, viewer: Viewer, object_id: str) -> list[Translated]:
    """The translations that stand for an object's texts now, those of one record and language together.

    For objects the viewer may see: that is asked before.
    """
    return of_versions(db, Names(db, viewer), told.versions(db, object_id))


def of_versions(db: sqlite3.Connection, names: Names, versions: Sequence[Told]) -> list[Translated]:
    """The same for an object whose versions were looked up."""
    if not versions:
        return []
    keys = [key for (key,) in db.execute(_OF, (listed([one.said.id for one in versions]), MAX_LOOKED_AT))]
    here = said(db, keys).values()
    records = {record.id: record for record in here if is_open(db, names.viewer, record)}
    was = {one.said.id: texts_of(one.record) for one in versions}
    offered = [one for record in records.values() for one in _offered(record, was)]
    return _together(names, records, shown(texts_of(versions[-1].record), offered))


def for_reader(
    db: sqlite3.Connection, viewer: Viewer, object_ids: Iterable[str], lang: str
) -> dict[str, list[Translated]]:
    """For each object that has any: the translations into the reader's language that stand for its texts now."""
    names, found = Names(db, viewer), {}
    for id_ in object_ids:
        some = of_versions(db, names, told.versions(db, id_))
        if hers := [one for one in some if language(one["lang"]) == language(lang)]:
            found[id_] = hers
    return found


def _offered(record: Said, was: Mapping[str, Mapping[str, Text]]) -> Iterator[Offered]:
    translation = as_a(Translation, read(record.content))
    version = was.get(translation.of)
    for field, texts in translation.texts.items():
        for tag, text in texts.items():
            before = version.get(field) if version is not None else None
            yield Offered(record.id, field, tag, text, translation.origin, record.at, before)


def _together(names: Names, records: Mapping[str, Said], found: Sequence[Shown]) -> list[Translated]:
    some: dict[tuple[str, str], Translated] = {}
    for one, state in found:
        record = records[one.id]
        place = (one.id, one.tag)
        if place not in some:
            some[place] = {
                "id": one.id,
                "of": record.content["of"],
                "lang": one.tag,
                "origin": record.content["origin"],
                "by": names.person(record.content["by"]),
                "fields": [],
                "time": record.at,
            }
        some[place]["fields"].append({"field": one.field, "text": one.text, "state": state})
    return sorted(some.values(), key=lambda one: (one["lang"], one["time"], one["id"]))


def texts_at(db: sqlite3.Connection, object_id: str, version: str) -> dict[str, Text] | None:
    """The texts of an object as a version of it said them; None if that is no version of it here."""
    found: Record | None = next(
        (one.record for one in told.versions(db, object_id) if one.said.id == version), None
    )
    return dict(texts_of(found)) if found is not None else None
