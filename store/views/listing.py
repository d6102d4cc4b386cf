"""Pages of lists: cursors and filters.

Law: a cursor says where to go on, by the values rows are ordered by, so a page costs the same wherever it stands. A
filter that leaves little is looked up first, one that leaves much is asked row by row. Source: QUALITY benchmarks.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from typing import Any, Final

from protocol.errors import Refused
from store.views.texts import match

MAX_LIMIT: Final = 200  # rows of one page: more is an export
FEW: Final = 10_000  # keys worth collecting before the list is walked
_MAX_CURSOR: Final = 400  # characters of an honest cursor, amply


def encode(*values: object) -> str:
    """A cursor holding these values."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def decode(cursor: str, *shape: type) -> list[Any]:
    """The values of a cursor, of these types. Refused("cursor") for what is not one of ours."""
    try:
        if len(cursor) > _MAX_CURSOR:
            raise ValueError
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise Refused("cursor", field="cursor") from None
    fits = type(values) is list and len(values) == len(shape)
    if not fits or not all(type(value) is kind for value, kind in zip(values, shape, strict=True)):
        raise Refused("cursor", field="cursor")
    if not all(abs(value) < 2**63 for value in values if type(value) is int):
        raise Refused("cursor", field="cursor")
    return list(values)


def limited(limit: int) -> int:
    """How many rows a page has."""
    return max(1, min(limit, MAX_LIMIT))


class Query:
    """The filters of one list, as clauses over a table with a column ``key`` and their values."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._clauses: list[str] = []
        self.values: dict[str, object] = {}

    def where(self, clause: str, **values: object) -> None:
        """Narrow by a clause; its values are named."""
        self._clauses.append(clause)
        self.values |= values

    def equal(self, column: str, value: object | None) -> None:
        """Narrow by a column, if a value is asked for."""
        if value is not None:
            self.where(f"{column} = :{column}", **{column: value})

    def facet(self, facet: str, value: str | None) -> None:
        """Narrow by a facet, if a value is asked for."""
        if value is not None:
            self.where(self.has(facet, value))

    def has(self, facet: str, value: str) -> str:
        """The clause that an object has a value in a facet."""
        name = facet.replace(".", "_")
        self.values |= {f"{name}_facet": facet, name: value}
        few = "SELECT count(*) FROM (SELECT 1 FROM facets WHERE facet = ? AND value = ? LIMIT ?)"
        if self._db.execute(few, (facet, value, FEW)).fetchone()[0] < FEW:
            return f"key IN (SELECT key FROM facets WHERE facet = :{name}_facet AND value = :{name})"  # noqa: S608
        return (
            "EXISTS (SELECT 1 FROM facets AS has"  # noqa: S608
            f" WHERE has.facet = :{name}_facet AND has.value = :{name} AND has.key = listed.key)"
        )

    def words(self, typed: str | None, kind: str) -> None:
        """Narrow by words typed, if any were; what holds no word is found nowhere."""
        if typed is None or not typed.strip():
            return
        expression = match(typed, kind)
        if expression is None:
            self.where("0")
        else:
            self.where("key IN (SELECT rowid FROM search WHERE search MATCH :words)", words=expression)

    def phase(self, state: str | None, now: int) -> None:
        """Narrow pitches by the state they are in now."""
        if state is None:
            return
        self.values |= {"phase": state, "now": now}
        few = (
            "SELECT count(*) FROM"
            " (SELECT 1 FROM phases WHERE state = ?1 AND until > ?2 AND since <= ?2 LIMIT ?3)"
        )
        if self._db.execute(few, (state, now, FEW)).fetchone()[0] < FEW:
            self.where(
                "key IN (SELECT key FROM phases WHERE state = :phase AND until > :now AND since <= :now)"
            )
        else:
            self.where(
                "EXISTS (SELECT 1 FROM phases AS at WHERE at.key = listed.key AND +at.state = :phase"
                " AND +at.until > :now AND at.since <= :now)"  # by key: the plus keeps the other index out
            )

    def __str__(self) -> str:
        return " AND ".join(self._clauses) or "1"
