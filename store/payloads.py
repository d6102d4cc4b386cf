"""From an entry's bytes to a record, or to the reason why it is not shown.

Law: a payload never stops a feed. Whatever it holds, the answer is an Item for the views or a Rejected with its
verdict. Source: PROTOCOL sections 2 and 9, DOMAIN section 2.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from protocol.ids import EntryId, NodeId
from protocol.records import Record


class Item(NamedTuple):
    """One record as the views get it; ``time`` is claimed, both times are POSIX ms."""

    key: int
    entry: EntryId
    restricted: bool
    audience: frozenset[NodeId] | None
    time: int
    first_seen: int
    record: Record
    content: dict[str, Any]


class Rejected(NamedTuple):
    """Why an entry is not shown: ``verdict`` as in table verdicts, ``detail`` for the operator, never content."""

    verdict: str
    detail: str
