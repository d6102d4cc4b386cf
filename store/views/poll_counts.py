"""The ballots of a poll read from the log, and its result.

Law: every ballot here is judged each time the poll is read, by the one rule; nothing of it is stored. A ballot is for
exactly those its poll is for. Source: ``protocol.rules.polls``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from protocol.ids import NodeId, parse_entry
from protocol.records.polls import PollOpen
from protocol.rules import polls
from protocol.rules.moments import begins
from protocol.rules.people import alone, turn
from protocol.rules.polls import Cast, Cut, Result
from store.rows import entry_key
from store.views.ground import Said, said
from store.views.object_rows import ObjectRow
from store.views.poll_rolls import Roll
from store.views.succession import People

_BALLOTS: Final = """
SELECT key FROM steps
WHERE about = ? AND type = 'ballot' AND applies IS NOT -1 AND applies = 1 AND restricted = ?
"""


class Counted(NamedTuple):
    """A poll with everything that was cast: ``close`` is the owner's node's word, None before it."""

    ballots: Sequence[Said]
    result: Result
    roll: Roll
    cut: Cut | None
    close: Said | None


def ballots_of(db: sqlite3.Connection, row: ObjectRow, poll: PollOpen) -> list[Said]:
    """Every ballot of a poll that is for those the poll is for."""
    found = said(db, [key for (key,) in db.execute(_BALLOTS, (row.id, row.restricted))]).values()
    wanted = set(poll.audience or ())
    return [ballot for ballot in found if set(ballot.content.get("audience") or ()) == wanted]


def close_of(db: sqlite3.Connection, row: ObjectRow) -> Said | None:
    """The record that closed a poll."""
    key = entry_key(db, parse_entry(row.ended)) if row.ended else None
    return said(db, [key]).get(key) if key is not None else None


def counted(db: sqlite3.Connection, people: People, row: ObjectRow, poll: PollOpen) -> Counted:
    """Count a poll as it stands here."""
    close, ballots = close_of(db, row), ballots_of(db, row, poll)
    cut: Cut | None = close.content["cut"] if close is not None else None
    return at_cut(db, people, poll, ballots, cut)._replace(close=close)


def at_cut(
    db: sqlite3.Connection, people: People, poll: PollOpen, ballots: Sequence[Said], cut: Cut | None
) -> Counted:
    """Count ballots as from a cut on."""
    roll = Roll(db, people, poll, cut)
    entitled = roll.entitled(ballots)
    casts = [_cast(people, roll, ballot, entitled) for ballot in ballots]
    return Counted(ballots, polls.count(poll, casts, cut, roll.members), roll, cut, None)


def _cast(people: People, roll: Roll, ballot: Said, entitled: set[str]) -> Cast:
    by, node = ballot.content.get("by"), NodeId(ballot.node)
    person = people.person(node, by) if by else alone(node, None)
    return Cast(
        id=ballot.id,
        node=node,
        order=ballot.order,
        time=ballot.time,
        choice=ballot.content["choice"],
        turn=turn(person, node, by, ballot.order),
        person=people.heir(by) if by else None,
        token=ballot.content.get("token"),
        entitled=ballot.id in entitled if by else roll.admits_node(node),
    )


_SIZES: Final = "SELECT node, epoch, size FROM feeds"


def cut_now(db: sqlite3.Connection, poll: PollOpen, ballots: Sequence[Said]) -> dict[str, int]:
    """How much is here of each feed that holds a ballot in time."""
    closes = begins(poll.closes)
    holding = {f"{ballot.node}-{ballot.order[0]}" for ballot in ballots if ballot.time <= closes}
    sizes: Mapping[str, int] = {f"{node}-{epoch}": size for node, epoch, size in db.execute(_SIZES)}
    return {feed: sizes[feed] for feed in sorted(holding)}
