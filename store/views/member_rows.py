"""Rows of members: the cards as they were last revised.

Law: a card is her introduction with what her own revises restate, in order: absent stays, null empties.
Source: DOMAIN section 3, area *people*, R10.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from protocol.records import plain, read
from protocol.records.people import MemberIntroduce, MemberRevise
from protocol.rules.ownership import may
from store.payloads import Item
from store.views import moving
from store.views.ground import APPLIES, STRANGER, Batch, about, as_a, compact, listed, said
from store.views.places import place_of
from store.views.texts import Doc, Stems, doc, folded, texts_in

_RESTATED: Final = frozenset(MemberRevise.model_fields) - {"type", "by", "audience", "member"}


class MemberRow(NamedTuple):
    """A row of ``members``, in the order of its columns."""

    key: int
    id: str
    node: str
    name: str
    sort: str
    restricted: int
    was: str | None
    retired: int
    folded: int
    card: str | None


_WRITE: Final = """
INSERT INTO members (key, id, node, name, sort, restricted, was, retired, folded, card)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
  name = excluded.name, sort = excluded.sort, folded = excluded.folded, card = excluded.card
"""
_BY_ID: Final = """
SELECT key, id, node, name, sort, restricted, was, retired, folded, card FROM members
WHERE id IN (SELECT value FROM json_each(?))
"""


@dataclass(slots=True)
class _Working:
    """A member being settled. ``before`` is the card as it was (None: new)."""

    row: MemberRow
    card: MemberIntroduce
    before: MemberIntroduce | None = None


def rows(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, MemberRow]:
    """The members of these ids whose cards are here."""
    return {row[1]: MemberRow(*row) for row in db.execute(_BY_ID, (listed(ids),))}


def cards(db: sqlite3.Connection, some: Sequence[MemberRow]) -> dict[str, MemberIntroduce]:
    """The cards of several members, by id."""
    found = {row.id: _card(json.loads(row.card)) for row in some if row.card is not None}
    introduced = said(db, [row.key for row in some if row.card is None])
    return found | {record.id: _card(record.content) for record in introduced.values()}


def _card(content: dict[str, Any]) -> MemberIntroduce:
    return as_a(MemberIntroduce, read(content))


def take_introductions(batch: Batch, items: list[Item]) -> None:
    """New cards, with the revises that came before them."""
    found = {str(item.entry): _introduced(item) for item in items}
    for id_ in _waiting(batch, found):
        _fold_anew(batch, found[id_])
    _write(batch, found.values())
    batch.db.execute(_RETIRED, (listed(found),))
    moving.pair(batch, moving.claimed(batch, found))


_RETIRED: Final = """
UPDATE members SET retired = 1 WHERE id IN (SELECT value FROM json_each(?)) AND EXISTS (
  SELECT 1 FROM steps
  WHERE about = members.id AND type = 'member.retire' AND steps.restricted = members.restricted
    AND applies = 1 AND applies IS NOT -1)
"""


def take_retirements(batch: Batch, items: list[Item]) -> None:
    """Members who take no further part."""
    batch.take_voices(items)
    members = [about(item) for item in items]
    batch.db.execute(_RETIRED, (listed(members),))
    batch.tx.topics.update({"members", *(f"member:{member}" for member in members)})


def take_revises(batch: Batch, items: list[Item]) -> None:
    """Revised cards: her own node's word only."""
    batch.take_strangers([item for item in items if not may(item.record, item.entry.node)])
    own = [item for item in items if may(item.record, item.entry.node)]
    batch.take_steps(own)
    here = rows(batch.db, {about(item) for item in own})
    shown = cards(batch.db, list(here.values()))
    for row in here.values():
        member = _Working(row, shown[row.id], shown[row.id])
        _fold_new(batch, member, [item for item in own if about(item) == row.id])
        _write(batch, [member])


def _introduced(item: Item) -> _Working:
    card = as_a(MemberIntroduce, item.record)
    place = place_of(item.entry)
    row = MemberRow(
        key=item.key,
        id=str(item.entry),
        node=item.entry.node,
        name=card.name,
        sort=folded(card.name),
        restricted=int(item.restricted),
        was=card.was,
        retired=0,
        folded=place,
        card=None,
    )
    return _Working(row, card)


_WAITING: Final = """
SELECT DISTINCT about FROM steps
WHERE about IN (SELECT value FROM json_each(?)) AND type = 'member.revise' AND applies IS NOT -1
"""
_ABOUT: Final = "SELECT key FROM steps WHERE about = ? AND type = 'member.revise' AND applies IS NOT -1"


def _waiting(batch: Batch, found: Mapping[str, _Working]) -> list[str]:
    return [id_ for (id_,) in batch.db.execute(_WAITING, (listed(found),))]


def _fold_new(batch: Batch, member: _Working, items: Sequence[Item]) -> None:
    if any(place_of(item.entry) < member.row.folded for item in items):
        _fold_anew(batch, member)
        return
    for item in sorted(items, key=lambda item: place_of(item.entry)):
        _fold_one(batch, member, item.key, place_of(item.entry), as_a(MemberRevise, item.record))


def _fold_anew(batch: Batch, member: _Working) -> None:
    keys = [key for (key,) in batch.db.execute(_ABOUT, (member.row.id,))]
    records = said(batch.db, [member.row.key, *keys])
    first = records.pop(member.row.key)
    member.card = _card(first.content)
    member.row = member.row._replace(folded=first.place, card=None)
    for record in sorted(records.values(), key=lambda record: record.place):
        _fold_one(batch, member, record.key, record.place, as_a(MemberRevise, read(record.content)))


def _fold_one(batch: Batch, member: _Working, key: int, place: int, record: MemberRevise) -> None:
    member.row = member.row._replace(folded=place)
    if record.audience != member.card.audience:
        batch.judged.append((STRANGER, key, "member.revise: its audience is not the card's"))
        return
    named = record.model_fields_set & _RESTATED
    member.card = member.card.model_copy(update={name: getattr(record, name) for name in named})
    member.row = member.row._replace(card=compact(plain(member.card)))
    batch.judged.append((APPLIES, key, ""))


def _write(batch: Batch, some: Iterable[_Working]) -> None:
    changed, stems = list(some), Stems()
    for member in changed:
        member.row = member.row._replace(name=member.card.name, sort=folded(member.card.name))
        old = facets(member.before) if member.before else set()
        batch.change_facets(member.row.key, old, facets(member.card))
        if not member.row.restricted:
            was = document(member.row.key, member.before, stems) if member.before else None
            batch.change_doc(was, document(member.row.key, member.card, stems))
    batch.db.executemany(_WRITE, [member.row for member in changed])
    batch.tx.topics.update(f"member:{member.row.id}" for member in changed)
    batch.tx.topics.add("members")


def facets(card: MemberIntroduce) -> set[tuple[str, str]]:
    """What the directory filters by."""
    place = card.jurisdiction
    return {
        *(("member.offers", offer.kind) for offer in card.offers or ()),
        *(("member.topic", topic) for offer in card.offers or () for topic in offer.topics or ()),
        *(("member.lang", tag.partition("-")[0].lower()) for tag in card.languages or ()),
        *(("member.jurisdiction", code) for code in ((place, place[:2]) if place else ())),
    }


def document(key: int, card: MemberIntroduce, stems: Stems) -> Doc:
    """The text an unrestricted card is found by."""
    return doc(key, "member", [("", card.name)], texts_in((card.organisation, card.offers)), stems)
