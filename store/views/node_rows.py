"""Rows of organisations: profile and policies.

Law: the last profile of a node counts, whole; policies are all kept, because a pitch keeps the one it was opened under.
Where the organisation speaks, it speaks to the network and no member is named: a restricted record does not apply, and
one with ``by`` does not either, because only a role that ``by`` does not show gave the right to make it.
Source: DOMAIN sections 1 and 3, ``protocol.records.speakers``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final, NamedTuple

from protocol.records.network import NodeProfile
from protocol.rules.ownership import may
from store.payloads import Item
from store.views.ground import Batch, as_a, compact, listed
from store.views.places import place_of
from store.views.texts import Doc, Stems, doc


class ProfileRow(NamedTuple):
    """A row of ``profiles``, in the order of its columns."""

    node: str
    key: int
    place: int
    name: str
    kind: str | None
    level: str | None
    jurisdiction: str


_WRITE: Final = """
INSERT INTO profiles (node, key, place, name, kind, level, jurisdiction) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (node) DO UPDATE SET key = excluded.key, place = excluded.place, name = excluded.name,
  kind = excluded.kind, level = excluded.level, jurisdiction = excluded.jurisdiction
"""
_BY_NODE: Final = """
SELECT node, key, place, name, kind, level, jurisdiction FROM profiles
WHERE node IN (SELECT value FROM json_each(?))
"""


def take_profiles(batch: Batch, items: list[Item]) -> None:
    """Profiles: the one with the last place counts."""
    rows = sorted((_row(item) for item in _applying(batch, items)), key=lambda row: row.place)
    newest = {row.node: row for row in rows}
    here = {row[0]: ProfileRow(*row) for row in batch.db.execute(_BY_NODE, (listed(newest),))}
    later = [row for node, row in newest.items() if node not in here or here[node].place < row.place]
    batch.db.executemany(_WRITE, later)
    stems = Stems()
    for row in later:
        before = here.get(row.node)
        batch.change_doc(document(before, stems) if before else None, document(row, stems))
    batch.tx.topics |= {"network", "profiles"}


def _row(item: Item) -> ProfileRow:
    record = as_a(NodeProfile, item.record)
    return ProfileRow(
        node=item.entry.node,
        key=item.key,
        place=place_of(item.entry),
        name=compact(record.name),
        kind=record.kind,
        level=record.level,
        jurisdiction=record.jurisdiction,
    )


def document(row: ProfileRow, stems: Stems) -> Doc:
    """The text an organisation is found by."""
    return doc(row.key, "node", list(json.loads(row.name).items()), [], stems)


_OPENED_LATER: Final = """
SELECT p.id FROM pitches AS p JOIN feeds AS f ON f.no = p.key >> 40
WHERE p.node = ? AND (f.epoch << 40 | (p.key & 0xFFFFFFFFFF)) > ?
"""


def take_policies(batch: Batch, items: list[Item]) -> None:
    """Policies. One that comes late is in force for pitches opened after it: they are settled anew."""
    rows = [(item.key, item.entry.node, place_of(item.entry)) for item in _applying(batch, items)]
    batch.db.executemany("INSERT INTO policies (key, node, place) VALUES (?, ?, ?)", rows)
    for _, node, place in rows:
        batch.pitches.update(id_ for (id_,) in batch.db.execute(_OPENED_LATER, (node, place)))
    batch.tx.topics.add("network")


def take_words(batch: Batch, items: list[Item]) -> None:
    """Vouches, an end of the node, erasures: nothing is made of them here; those that never apply are counted."""
    _applying(batch, items)


def _applying(batch: Batch, items: Iterable[Item]) -> list[Item]:
    """The records in which the organisation may be heard."""
    found: list[Item] = []
    for item in items:
        why = (
            "is said to the network or not at all"
            if item.restricted
            else None
            if may(item.record, item.entry.node)
            else "a member speaks where only the organisation may"
        )
        if why is None:
            found.append(item)
        else:
            batch.refused.append((item.key, f"{item.record.type}: {why}"))
    return found
