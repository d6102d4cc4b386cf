"""What every area of the views stands on: places, the texts in envelopes, and one batch of changes.

Law: areas say what changed, the batch writes it, each kind of row with one ``executemany``. An area takes the new
records of its types (``take``); what depends on several records is worked out once a batch for the objects touched
(``settle``). Source: DOMAIN section 2.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

from protocol.entry import parse_header
from protocol.errors import LocalError
from protocol.limits import MAX_INDEX, SALT
from protocol.records import REGISTER, Record, known, read
from protocol.rules.policies import Order
from store.database import Tx
from store.payloads import Item
from store.rows import INDEX_BITS
from store.views.places import order_of, place_of
from store.views.succession import People
from store.views.texts import Doc

PLEDGE_FACET: Final = "artifact.pledge"
"""The pledges an artifact says it fulfils: they are settled when that changes."""
NOT_APPLICABLE: Final = "not-applicable"

APPLIES: Final = 1
OUT_OF_TURN: Final = 0  # a party's step that does not apply; it may yet, when an earlier one comes
STRANGER: Final = -1  # no party's: not looked at again unless a person moves
WAITS: Final = None


def content_of(envelope: bytes) -> dict[str, Any]:
    """What a readable envelope says in the fields of its type, never what else it carries."""
    return known(json.loads(envelope[SALT:]))


def claimed_in(header: bytes) -> int:
    """Claimed time in a header, POSIX ms."""
    return parse_header(header).time


def compact(value: object) -> str:
    """JSON for a column: the order of keys as it was said."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def listed(values: Iterable[str | int]) -> str:
    """Values as the one parameter of ``IN (SELECT value FROM json_each(?))``."""
    return json.dumps(list(values))


R = TypeVar("R")


def as_a(kind: type[R], record: object) -> R:
    """A record of the type a row or the register vouches for. LocalError if it is another."""
    if not isinstance(record, kind):
        raise LocalError(f"a row of {kind.__name__} was made of something else")
    return record


class Said(NamedTuple):
    """A record read back from the log: where it stands and what it says."""

    key: int
    id: str
    node: str
    place: int
    time: int
    seen: int
    content: dict[str, Any]

    @property
    def order(self) -> Order:
        """(epoch, index)."""
        return order_of(self.place)

    @property
    def at(self) -> int:
        """Effective time: as claimed, but not after it was first seen here."""
        return min(self.time, self.seen)


_SAID: Final = """
SELECT e.key, f.node, f.epoch, e.header, e.first_seen, v.envelope
FROM json_each(?) AS wanted
JOIN entries AS e ON e.key = wanted.value
JOIN envelopes AS v ON v.key = e.key
JOIN feeds AS f ON f.no = e.key >> 40
"""


def said(db: sqlite3.Connection, keys: Iterable[int]) -> dict[int, Said]:
    """The records at these keys, by key; one whose envelope is not here is left out."""
    return {row[0]: _said(*row) for row in db.execute(_SAID, (listed(keys),))}


def _said(key: int, node: str, epoch: int, *rest: Any) -> Said:
    header, seen, envelope = rest
    index = key & (MAX_INDEX - 1)
    place = epoch << INDEX_BITS | index
    return Said(key, f"{node}-{epoch}-{index}", node, place, claimed_in(header), seen, content_of(envelope))


def heard(item: Item) -> Said:
    """A record of this batch as it would be read back."""
    place = place_of(item.entry)
    return Said(item.key, str(item.entry), item.entry.node, place, item.time, item.first_seen, item.content)


_STRANGERS: Final = """
FROM steps
WHERE about IN (SELECT value FROM json_each(?)) AND type IN (SELECT value FROM json_each(?)) AND applies = -1
"""
_PARDON: Final = f"""
DELETE FROM verdicts WHERE verdict = '{NOT_APPLICABLE}' AND key IN (SELECT key {_STRANGERS})
"""  # noqa: S608
_RECALL: Final = f"UPDATE steps SET applies = NULL WHERE key IN (SELECT key {_STRANGERS})"  # noqa: S608


def about(item: Item) -> str:
    """Entry id of the object a record changes or speaks of."""
    subject: str = getattr(item.record, item.record.SUBJECT or "")
    return subject


@dataclass(slots=True)
class Batch:
    """What a batch of new records changes, collected until ``write``.

    ``judged`` steps: (applies, key, why); ``refused``: (key, why) of objects that do not apply; ``pitches`` and
    ``pledges``: ids of those to settle, ``anew``: from their first record on, ``made``: objects of other areas that are
    new; ``seats``: (circle, member) to look at again; ``witnessed``: check-ins others said something of; ``remarks``:
    comments to look at again; ``steps``: new records about an object, by its id.
    """

    tx: Tx
    pitches: set[str] = field(default_factory=set)
    pledges: set[str] = field(default_factory=set)
    anew: set[str] = field(default_factory=set)
    made: dict[str, Item] = field(default_factory=dict)
    seats: set[tuple[str, str]] = field(default_factory=set)
    witnessed: set[str] = field(default_factory=set)
    remarks: set[str] = field(default_factory=set)
    opened: dict[str, Item] = field(default_factory=dict)
    offered: dict[str, Item] = field(default_factory=dict)
    steps: dict[str, list[Item]] = field(default_factory=dict)
    judged: list[tuple[int | None, int, str]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    facets: set[tuple[str, str, int]] = field(default_factory=set)
    facets_gone: set[tuple[str, str, int]] = field(default_factory=set)
    audiences: dict[int, frozenset[str]] = field(default_factory=dict)
    docs: dict[int, Doc] = field(default_factory=dict)
    docs_gone: list[Doc] = field(default_factory=list)
    people: People = field(init=False)

    def __post_init__(self) -> None:
        self.people = People(self.tx.db)

    @property
    def db(self) -> sqlite3.Connection:
        return self.tx.db

    def take_steps(self, items: list[Item]) -> None:
        """Records about an object, to be judged with it."""
        for item in items:
            self.steps.setdefault(about(item), []).append(item)
        self._keep_steps(items, WAITS)

    def take_strangers(self, items: list[Item]) -> None:
        """Records about an object by a node that has no part in it."""
        self._keep_steps(items, STRANGER)
        self.refused += [(item.key, f"{item.record.type}: by another node") for item in items]

    def take_voices(self, items: list[Item]) -> None:
        """Records beside an object that change nothing of it: anybody's, in effect by themselves."""
        self._keep_steps(items, APPLIES)
        self.tx.topics.update(f"on:{about(item)}" for item in items)

    def recall(self, ids: Iterable[str], kind: str) -> None:
        """Let what strangers said about these objects wait again: one of them may be the owner at another node.

        ``kind``: what these are. A record that takes one for something else is judged with none and stays as it is.
        """
        kinds = ("pitch", "circle") if kind == "pitch" else (kind,)  # a pitch's circle has the pitch's id
        types = [type_ for type_, model in REGISTER.items() if model.SUBJECT in kinds]
        for query in (_PARDON, _RECALL):
            self.db.execute(query, (listed(ids), listed(types)))

    def _keep_steps(self, items: list[Item], applies: int | None) -> None:
        self.db.executemany(
            "INSERT INTO steps (key, about, type, at, restricted, applies) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (item.key, about(item), item.record.type, item.at, int(item.restricted), applies)
                for item in items
            ],
        )

    def told(self, subjects: Iterable[str], keys: Iterable[int]) -> dict[int, tuple[Said, Record]]:
        """The records at these keys, about these objects; those of this batch need not be read back."""
        new = {item.key: item for id_ in subjects for item in self.steps.get(id_, ())}
        older = said(self.db, [key for key in keys if key not in new])
        return {key: (heard(item), item.record) for key, item in new.items()} | {
            key: (record, read(record.content)) for key, record in older.items()
        }

    def audience(self, key: int, restricted: bool) -> frozenset[str] | None:
        """The nodes a record is for, None: the network."""
        if not restricted:
            return None
        if key not in self.audiences:
            found = self.db.execute("SELECT node FROM audiences WHERE key = ?", (key,))
            self.audiences[key] = frozenset(node for (node,) in found)
        return self.audiences[key]

    def change_facets(self, key: int, before: set[tuple[str, str]], after: set[tuple[str, str]]) -> None:
        """Values an object is found by: those gone and those new, perhaps of a row of this very batch."""
        self.pledges.update(value for facet, value in before ^ after if facet == PLEDGE_FACET)
        for facet, value in before - after:
            self.facets.discard((facet, value, key))
            self.facets_gone.add((facet, value, key))
        for facet, value in after - before:
            self.facets.add((facet, value, key))

    def change_doc(self, before: Doc | None, after: Doc | None) -> None:
        """Text an object is found by. What this batch has not put in yet need not be taken out."""
        if before == after:
            return
        if before is not None and self.docs.pop(before.key, None) is None:
            self.docs_gone.append(before)
        if after is not None:
            self.docs[after.key] = after

    def write(self) -> None:
        """Write down what all areas share."""
        many = self.db.executemany
        many("DELETE FROM facets WHERE facet = ? AND value = ? AND key = ?", self.facets_gone)
        many("INSERT INTO facets (facet, value, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", self.facets)
        many(
            "INSERT INTO search (search, rowid, kind, title, words, title_stems, stems)"
            " VALUES ('delete', ?, ?, ?, ?, ?, ?)",
            self.docs_gone,
        )
        many(
            "INSERT INTO search (rowid, kind, title, words, title_stems, stems) VALUES (?, ?, ?, ?, ?, ?)",
            self.docs.values(),
        )
        self._write_judged()

    def _write_judged(self) -> None:
        many = self.db.executemany
        many(
            "UPDATE steps SET applies = ? WHERE key = ?", [(applies, key) for applies, key, _ in self.judged]
        )
        last = {key: (applies, why) for applies, key, why in self.judged}
        fine = [(key,) for key, (applies, _) in last.items() if applies in (APPLIES, WAITS)]
        many("DELETE FROM verdicts WHERE key = ? AND verdict = 'not-applicable'", fine)
        wrong = [(key, why) for key, (applies, why) in last.items() if applies in (OUT_OF_TURN, STRANGER)]
        strangers = [(key, why) for key, why in self.refused if key not in last]
        many(
            "INSERT INTO verdicts (key, verdict, detail) VALUES (?, 'not-applicable', ?) ON CONFLICT DO NOTHING",
            [*wrong, *strangers],
        )


def grouped(items: Iterable[Item]) -> Mapping[str, list[Item]]:
    """Items by record type, each list in the order given."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.record.type, []).append(item)
    return found


def in_turn(items: Iterable[Item]) -> Iterator[Item]:
    """Items of one node in the order of its feeds."""
    return iter(sorted(items, key=lambda item: place_of(item.entry)))
