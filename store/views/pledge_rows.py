"""Rows of pledges: the row, read and written.

Law: a row says what the offer and the steps in effect make of a pledge; who it is between is in it, what it says is in
envelopes until it was revised. Source: DOMAIN section 2, R5, R12.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from protocol.records.pledges import PledgeOffer
from store.payloads import Item
from store.views.ground import WAITS, Batch, as_a, listed


class PledgeRow(NamedTuple):
    """A row of ``pledges``, in the order of its columns."""

    key: int
    id: str
    pitch: str
    node: str
    maker: str | None
    giver: str | None
    owner: str | None
    ask: str | None
    kind: str
    unit: str
    quantity: int
    version: str
    revised: str | None
    time: int
    at: int
    restricted: int
    private: int
    applies: int | None
    state: str | None
    taken: int
    turn: int
    accepted: int
    accepted_at: int | None
    fulfilled_at: int | None
    return_state: str
    return_due: str | None
    delivered_at: int | None


COLUMNS: Final = ", ".join(PledgeRow._fields)
_WRITE: Final = (
    f"INSERT INTO pledges ({COLUMNS}) VALUES ({', '.join('?' * len(PledgeRow._fields))})"  # noqa: S608
    f" ON CONFLICT (key) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in PledgeRow._fields[4:])}"
)
_BY_ID: Final = f"SELECT {COLUMNS} FROM pledges WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608


def rows(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, PledgeRow]:
    """The pledges of these ids that are here."""
    return {row[1]: PledgeRow(*row) for row in db.execute(_BY_ID, (listed(ids),))}


def new_row(item: Item) -> PledgeRow:
    """A pledge of which only the offer is known."""
    record = as_a(PledgeOffer, item.record)
    return PledgeRow(
        key=item.key,
        id=str(item.entry),
        pitch=record.pitch,
        node=item.entry.node,
        maker=record.by,
        giver=record.by,
        owner=None,
        ask=record.ask,
        kind=record.kind,
        unit=record.unit,
        quantity=record.quantity,
        version=str(item.entry),
        revised=None,
        time=item.time,
        at=item.at,
        restricted=int(item.restricted),
        private=int(item.restricted),
        applies=WAITS,
        **UNSETTLED,
    )


UNSETTLED: Final[dict[str, Any]] = {
    "state": None,
    "taken": 0,
    "turn": -1,
    "accepted": 0,
    "accepted_at": None,
    "fulfilled_at": None,
    "return_state": "none",
    "return_due": None,
    "delivered_at": None,
}
"""What a pledge says that is not in effect."""


def write(batch: Batch, changed: Sequence[PledgeRow]) -> None:
    """Put rows down."""
    batch.db.executemany(_WRITE, changed)
    batch.tx.topics.update(f"pledge:{row.id}" for row in changed)
    batch.tx.topics.update(f"pitch:{row.pitch}" for row in changed)
