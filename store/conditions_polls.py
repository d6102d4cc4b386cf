"""What must hold before a poll is opened and a ballot cast, and what the node adds to a secret one.

Law: as in ``store.conditions``; what would count for nothing is refused with its reason. Source: DOMAIN section 3,
"Polls", docs/spec/states.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from protocol.records import Problem, Record, problem
from protocol.records.polls import Ballot, Eligible, PollOpen
from protocol.rules.polls import choice_problems, open_problems
from store.acting import Act
from store.ballots import token_of
from store.views import object_rows, seats
from store.views.ground import as_a
from store.views.object_rows import ObjectRow
from store.views.poll_counts import close_of
from store.views.poll_rolls import Roll
from store.views.polls import vote_problems


def _asked(act: Act) -> tuple[ObjectRow, PollOpen] | None:
    row = act.object
    if row is None or row.area != "poll":
        return None
    return row, as_a(PollOpen, object_rows.records(act.db, [row])[row.id])


def is_secret(act: Act) -> bool:
    """Whether the ballot to be cast is one of a secret poll."""
    asked = _asked(act)
    return asked is not None and asked[1].secret


def token(act: Act) -> dict[str, Any]:
    """What a secret ballot carries instead of a name."""
    if not is_secret(act) or act.author.member is None:
        return {}
    return {"token": token_of(act.db, act.author.member, str(act.content["poll"]))}


def _open(act: Act, record: Record) -> Iterator[Problem]:
    poll = as_a(PollOpen, record)
    yield from open_problems(poll, act.now)
    circle = poll.eligible.circle if isinstance(poll.eligible, Eligible) else None
    if circle is not None and not seats.is_formed(act.db, circle):
        yield problem("eligible.circle", "not-here")


def _ballot(act: Act, record: Record) -> Iterator[Problem]:
    asked = _asked(act)
    if asked is None:
        yield problem("poll", "not-here")
        return
    row, poll = asked
    if "token" in act.content:
        yield problem("token", "made-by-the-node")
    close = close_of(act.db, row)
    roll = Roll(act.db, act.people, poll, close.content["cut"] if close else None)
    yield from vote_problems(act.db, row, poll, roll, act.author.member, act.now)
    yield from choice_problems(poll, as_a(Ballot, record).choice)


CONDITIONS: Final[Mapping[str, Callable[[Act, Any], Iterator[Problem]]]] = {
    "poll.open": _open,
    "ballot": _ballot,
}
