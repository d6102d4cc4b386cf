"""Objects that one record makes, and that their owner revises and ends: taken in, whatever the area.

Law: in the owner's order, her revises restate fields (absent stays, null empties) until one record ends the object.
Late steps, and owners who moved, fold it anew from the log. An area says what is its own: what it belongs to, what it
is found and ordered by. Source: DOMAIN sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from protocol.ids import NodeId
from protocol.records import Record, plain, read
from protocol.rules.objects import revised
from protocol.rules.ownership import when_said
from store.payloads import Item
from store.views import object_rows
from store.views.ground import (
    APPLIES,
    OUT_OF_TURN,
    STRANGER,
    Batch,
    Said,
    compact,
    heard,
    listed,
    said,
)
from store.views.object_rows import COLUMNS, ObjectRow
from store.views.places import place_of
from store.views.succession import number_of
from store.views.texts import Doc, Stems, Texts, doc


def _none(_: Any) -> None:
    return None


class Area(NamedTuple):
    """What the objects of one area have of their own.

    ``opens``, ``revises``, ``ends``: record types. ``about``: entry id of what an object belongs to; ``due``: POSIX ms
    its lists order by; ``lasts``: ms after its claimed time when it names no ``due``; ``facets``: what it
    is filtered by; ``texts``: (title, other texts) it is found by, None: by none. ``topic``: what pages that list the
    area watch. ``stays``: an object that has ended is still found. ``ends_when_due``: an end said before it is due, by
    its claimed time, is none.
    """

    name: str
    topic: str
    opens: str
    revises: str | None = None
    ends: str | None = None
    about: Callable[[Any], str | None] = _none
    due: Callable[[Any], int | None] = _none
    lasts: int | None = None
    facets: Callable[[Any], set[tuple[str, str]]] = lambda _: set()
    texts: Callable[[Any], tuple[Texts, Texts] | None] = _none
    stays: bool = False
    ends_when_due: bool = False


def _due(area: Area, record: Record, age: int) -> int | None:
    """When an object is due; ``age`` is minus its claimed time."""
    due = area.due(record)
    return due if due is not None or area.lasts is None else area.lasts - age


def take_made(batch: Batch, items: list[Item]) -> None:
    """New objects."""
    batch.made.update((str(item.entry), item) for item in items)


def _kinds(area: Area) -> set[str]:
    """Types of the records that change its objects."""
    return {kind for kind in (area.revises, area.ends) if kind}


@dataclass(slots=True)
class _Working:
    """An object being settled: its row and record as they are now, ``before`` as they were (None: new)."""

    area: Area
    row: ObjectRow
    record: Record
    before: tuple[ObjectRow, Record] | None = None


class _Step(NamedTuple):
    turn: int
    key: int
    id: str
    time: int
    record: Record


def settle(batch: Batch, areas: Mapping[str, Area]) -> None:
    """Work out every object the batch touches; ``areas`` by the types of their records."""
    spoken = {
        subject
        for subject, items in batch.steps.items()
        if any(
            item.record.type in areas and item.record.type != areas[item.record.type].opens for item in items
        )
    }
    touched = (spoken | batch.anew) - batch.made.keys()
    if not (touched or batch.made):
        return
    new = {id_: _made(batch, areas[item.record.type], item) for id_, item in batch.made.items()}
    old = _resumed(batch, touched, areas)
    _recall(batch, new.values())
    late = {id_ for id_, one in old.items() if id_ in batch.anew or not _fold_new(batch, one)}
    again = {**new, **{id_: old[id_] for id_ in late}}
    _fold_anew(batch, again)
    _write(batch, [*new.values(), *old.values()])


def _made(batch: Batch, area: Area, item: Item) -> _Working:
    by = item.record.by or ""
    row = ObjectRow(
        key=item.key,
        id=str(item.entry),
        area=area.name,
        node=item.entry.node,
        owner=batch.people.heir(by),
        about=area.about(item.record),
        age=-item.time,
        fresh=-item.at,
        due=_due(area, item.record, -item.time),
        restricted=int(item.restricted),
        folded=place_of(item.entry),
        version=str(item.entry),
        state=None,
        ended=None,
    )
    return _Working(area, row, item.record)


def _resumed(batch: Batch, ids: Iterable[str], areas: Mapping[str, Area]) -> dict[str, _Working]:
    rows = object_rows.rows(batch.db, ids)
    by_name = {area.name: area for area in areas.values()}
    records = object_rows.records(batch.db, list(rows.values()))
    return {
        id_: _Working(by_name[row.area], row, records[id_], (row, records[id_])) for id_, row in rows.items()
    }


def _recall(batch: Batch, new: Iterable[_Working]) -> None:
    """What an owner who moved said of hers before it came here was taken for a stranger's."""
    if batch.people.moved:
        persons = ((one, batch.people.person(one.row.node, one.row.owner)) for one in new)
        for one, person in persons:
            if len(person) > 1:
                batch.recall([one.row.id], one.area.name)


def _step(batch: Batch, one: _Working, said_: Said, record: Record, restricted: int) -> _Step | None:
    """A record as a step of the owner; judged and None when it is not hers."""
    person = batch.people.person(one.row.node, one.record.by or one.row.owner)
    at = when_said(record, NodeId(said_.node), said_.order, owner=person)
    if at is None or restricted != one.row.restricted:
        why = "not by the owner" if at is None else "its audience is not the object's"
        batch.judged.append((STRANGER, said_.key, f"{record.type}: {why}"))
        return None
    return _Step(number_of(at), said_.key, said_.id, said_.time, record)


def _fold_new(batch: Batch, one: _Working) -> bool:
    """Take in the steps of this batch one by one; False when one is late, so that all must be folded anew."""
    items = [
        item
        for item in batch.steps.get(one.row.id, ())
        if item.record.type in (one.area.revises, one.area.ends)
    ]
    made = (_step(batch, one, heard(item), item.record, int(item.restricted)) for item in items)
    mine = sorted((step for step in made if step is not None), key=lambda step: step.turn)
    if mine and mine[0].turn < one.row.folded:
        return False
    for step in mine:
        _fold_one(batch, one, step)
    return True


_ABOUT: Final = """
SELECT about, key, type, restricted FROM steps
WHERE about IN (SELECT value FROM json_each(?)) AND type IN (SELECT value FROM json_each(?)) AND applies IS NOT -1
"""


def _fold_anew(batch: Batch, some: Mapping[str, _Working]) -> None:
    """Fold the first record of each object and every step of its owner that is here, in her order."""
    types = {kind for one in some.values() for kind in _kinds(one.area)}
    found: dict[str, dict[int, int]] = {}
    for subject, key, kind, restricted in batch.db.execute(_ABOUT, (listed(some), listed(sorted(types)))):
        if kind in _kinds(some[subject].area):
            found.setdefault(subject, {})[key] = restricted
    for id_, one in some.items():
        steps = found.get(id_, {})
        if not steps and one.before is None:
            continue
        records = said(batch.db, [one.row.key, *steps])
        first = records.pop(one.row.key)
        one.record = read(first.content)
        one.row = one.row._replace(folded=first.place, version=first.id, state=None, ended=None)
        made = (_step(batch, one, step, read(step.content), steps[step.key]) for step in records.values())
        for step in sorted((step for step in made if step is not None), key=lambda step: step.turn):
            _fold_one(batch, one, step)


def _fold_one(batch: Batch, one: _Working, step: _Step) -> None:
    one.row = one.row._replace(folded=step.turn)
    if one.row.ended is not None:
        batch.judged.append((OUT_OF_TURN, step.key, f"{step.record.type}: the object has ended"))
        return
    if step.record.type == one.area.ends and one.area.ends_when_due and step.time < (one.row.due or 0):
        batch.judged.append((OUT_OF_TURN, step.key, f"{step.record.type}: before its time"))
        return
    batch.judged.append((APPLIES, step.key, ""))
    if step.record.type == one.area.ends:
        one.row = one.row._replace(ended=step.id)
        return
    one.record = revised(one.record, step.record)
    one.row = one.row._replace(version=step.id, state=compact(plain(one.record)))


_WRITE: Final = (
    f"INSERT INTO objects ({COLUMNS}) VALUES ({', '.join('?' * len(ObjectRow._fields))})"  # noqa: S608
    f" ON CONFLICT (key) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in ObjectRow._fields[4:])}"
)


def _write(batch: Batch, some: Sequence[_Working]) -> None:
    stems = Stems()
    for one in some:
        owner = batch.people.heir(one.record.by or one.row.owner)
        one.row = one.row._replace(
            owner=owner,
            about=one.area.about(one.record),
            due=_due(one.area, one.record, one.row.age),
        )
        before = _found_by(one.area, *one.before) if one.before else set()
        batch.change_facets(one.row.key, before, _found_by(one.area, one.row, one.record))
        batch.change_doc(
            _document(one.area, *one.before, stems) if one.before else None,
            _document(one.area, one.row, one.record, stems),
        )
        batch.tx.topics.update({f"{one.area.name}:{one.row.id}", one.area.topic})
        abouts = {one.row.about, one.before[0].about if one.before else None} - {None}
        batch.tx.topics.update(f"{kind}:{subject}" for subject in abouts for kind in ("on", "pitch"))
    batch.db.executemany(_WRITE, [one.row for one in some if one.before is None or one.before[0] != one.row])


def _found_by(area: Area, row: ObjectRow, record: Record) -> set[tuple[str, str]]:
    return set() if row.ended and not area.stays else area.facets(record)


def _document(area: Area, row: ObjectRow, record: Record, stems: Stems) -> Doc | None:
    """The words an unrestricted object that stands is found by."""
    gone = row.restricted or (row.ended and not area.stays)
    texts = None if gone else area.texts(record)
    return doc(row.key, area.name, *texts, stems) if texts else None
