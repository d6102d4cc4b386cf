"""One entry as a member may see it: its header, and what it says or why that is not shown.

Law: the header of every entry is public, the content of a restricted one only between those it is between; a payload
that was not taken in is not shown, whoever asks. Source: DOMAIN section 3 "Audience", PROTOCOL section 9.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Literal, TypedDict

from protocol.entry import Header, parse_header
from protocol.frame_types import ERASED, RESTRICTED
from protocol.ids import EntryId
from store.payloads import FUTURE_DATED
from store.reading import StoredEntry, read_entry
from store.views.access import carried_in, may_read
from store.views.shapes import Viewer

State = Literal["here", "restricted", "erased", "missing", "not-shown"]


class EntryAnswer(TypedDict):
    """An entry. ``length`` and ``hash`` are the envelope's; ``time`` is claimed, ``first_seen`` when it came here.

    ``state`` is ``here`` with the content as it came, unknown fields too, else why there is none: ``restricted`` (not
    for the caller), ``erased``, ``missing`` (not here yet), ``not-shown`` (``verdict`` says why).
    """

    id: str
    node: str
    epoch: int
    index: int
    version: int
    restricted: bool
    time: int
    length: int
    hash: str
    first_seen: int
    state: State
    verdict: str | None
    type: str | None
    content: dict[str, Any] | None


def entry_answer(db: sqlite3.Connection, viewer: Viewer, entry: EntryId) -> EntryAnswer | None:
    """The entry as this viewer may see it; None if it is not here."""
    found = read_entry(db, entry)
    if found is None:
        return None
    header = parse_header(found.header)
    content = carried_in(found) if may_read(db, viewer, found) else None
    state = _state(found, header, content)
    shown = content if state == "here" else None
    return EntryAnswer(
        id=str(entry),
        node=entry.node,
        epoch=entry.epoch,
        index=entry.index,
        version=header.version,
        restricted=header.restricted,
        time=header.time,
        length=header.length,
        hash=header.digest.hex(),
        first_seen=found.first_seen,
        state=state,
        verdict=found.verdict,
        type=str(shown["type"]) if shown else None,
        content=shown,
    )


def _state(found: StoredEntry, header: Header, content: dict[str, Any] | None) -> State:
    if not isinstance(found.payload, bytes):
        return {RESTRICTED: "restricted", ERASED: "erased"}.get(found.payload, "missing")  # type: ignore[return-value]
    if content is None:
        return "restricted" if header.restricted else "not-shown"
    return "here" if found.verdict in (None, FUTURE_DATED) else "not-shown"
