"""Polls: what is asked, until when, and what came out.

Law: a poll is what its owner asked, unchanged; ballots are voices beside it, judged when it is read. Its node's closing
word fixes which of them count; until then every count is provisional. What was closed stays in lists. Source: DOMAIN
section 3, "Polls".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from protocol.records import Problem, problem
from protocol.records.polls import Eligible, Limits, Option, PollOpen
from protocol.rules import polls
from protocol.rules.moments import begins
from store import ballots
from store.views import object_rows, pitch_rows
from store.views.ground import Said, as_a, said
from store.views.held import audience_of, held_by
from store.views.listing import Query
from store.views.object_rows import ObjectRow, find, newest, query_of
from store.views.objects import Area
from store.views.people import Names, original
from store.views.poll_counts import Counted, counted
from store.views.poll_rolls import Roll, could_vote
from store.views.shapes import (
    OwnBallot,
    Page,
    Poll,
    PollFilters,
    PollItem,
    PollLimits,
    PollOption,
    PollState,
    Ref,
    Text,
    Viewer,
    Voters,
)
from store.views.texts import texts_in


def facets(record: PollOpen) -> set[tuple[str, str]]:
    """What polls are filtered by."""
    circle = record.eligible.circle if isinstance(record.eligible, Eligible) else None
    return {
        ("poll.kind", record.kind),
        *(("poll.circle", id_) for id_ in (circle,) if id_),
        *(("poll.option", option.ref) for option in record.options if option.ref),
    }


AREA: Final = Area(
    name="poll",
    topic="polls",
    opens="poll.open",
    ends="poll.close",
    about=lambda record: record.subject,
    due=lambda record: begins(record.closes),
    facets=facets,
    texts=lambda record: (
        list(record.question.items()),
        [*texts_in(record.text), *texts_in(tuple(option.text for option in record.options))],
    ),
    stays=True,
    ends_when_due=True,
)


def state_at(row: ObjectRow, now: int) -> PollState:
    """Where a poll stands."""
    if row.ended is not None:
        return "closed"
    return "open" if now <= (row.due or 0) else "counting"


_STATES: Final = {
    "open": "ended IS NULL AND due >= :now",
    "counting": "ended IS NULL AND due < :now",
    "closed": "ended IS NOT NULL",
}


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────


def listing(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: PollFilters,
    *,
    now: int,
    cursor: str | None = None,
    limit: int = 25,
) -> Page[PollItem]:
    """Polls, newest first. Refused("cursor") for a cursor that is not ours."""
    rows, onward = newest(db, _query(db, viewer, filters, now), cursor, limit)
    return Page(items(db, Names(db, viewer), rows, now), onward)


def _query(db: sqlite3.Connection, viewer: Viewer, filters: PollFilters, now: int) -> Query:
    query = query_of(db, viewer, "poll")
    if filters.state is not None:
        query.where(_STATES[filters.state], now=now)
    query.facet("poll.kind", filters.kind)
    query.facet("poll.circle", filters.circle)
    query.equal("about", filters.subject)
    query.equal("node", filters.node)
    query.equal("owner", filters.member)
    if filters.mine:
        query.where("owner = :mine", mine=viewer.member)
    query.words(filters.q, "poll")
    return query


def items(db: sqlite3.Connection, names: Names, rows: Sequence[ObjectRow], now: int) -> list[PollItem]:
    """Rows as list items, in the order given."""
    first, records = said(db, [row.key for row in rows]), object_rows.records(db, rows)
    return [_item(names, row, as_a(PollOpen, records[row.id]), first[row.key].at, now) for row in rows]


def _item(names: Names, row: ObjectRow, poll: PollOpen, time: int, now: int) -> PollItem:
    return {
        "id": row.id,
        "question": poll.question,
        "lang": original(poll.lang, poll.question),
        "kind": poll.kind,
        "subject": poll.subject,
        "owner": names.person(row.owner),
        "node": row.node,
        "node_name": names.node(row.node),
        "eligible": _voters(names, poll),
        "secret": poll.secret,
        "closes": begins(poll.closes),
        "state": state_at(row, now),
        "final": row.ended is not None,
        "restricted": bool(row.restricted),
        "time": time,
    }


def _voters(names: Names, poll: PollOpen) -> Voters:
    if not isinstance(poll.eligible, Eligible):
        return {"kind": "network", "circle": None, "nodes": []}
    nodes = [names.ref(node) for node in poll.eligible.nodes or ()]
    return {"kind": "nodes" if nodes else "circle", "circle": poll.eligible.circle, "nodes": nodes}


# ── one ──────────────────────────────────────────────────────────────────────────────────────────────────────


def one(db: sqlite3.Connection, viewer: Viewer, poll: str, *, now: int) -> Poll | None:
    """A poll with its result as it stands; None if it is not here."""
    row, names = find(db, viewer, poll, "poll"), Names(db, viewer)
    if row is None:
        return None
    asked = as_a(PollOpen, object_rows.records(db, [row])[row.id])
    found = counted(db, names.people, row, asked)
    number, why = found.result.number, vote_problems(db, row, asked, found.roll, viewer.member, now)
    return {
        **items(db, names, [row], now)[0],
        "text": asked.text,
        "limits": limits_of(asked),
        "options": _options(db, asked, found),
        "ballots": number(polls.COUNTED),
        "spoiled": number(polls.SPOILED),
        "late": number(polls.LATE),
        "replaced": number(polls.REPLACED),
        "beyond": number(polls.BEYOND),
        "not_eligible": number(polls.NOT_ELIGIBLE),
        "could_vote": could_vote(db, found.roll, found.cut),
        "closed_at": found.close.at if found.close else None,
        "mine": _mine(db, names, row, found),
        "audience": audience_of(db, names, row.key),
        "held_by": held_by(db, names, row.key, row.node, restricted=bool(row.restricted)),
        "can": {
            "vote": not why,
            "why": [{"field": one_.field, "code": one_.code, "params": dict(one_.params)} for one_ in why],
        },
    }


def vote_problems(  # noqa: PLR0917
    db: sqlite3.Connection, row: ObjectRow, poll: PollOpen, roll: Roll, member: str | None, now: int
) -> list[Problem]:
    """What keeps a member from voting now."""
    if row.ended is not None or now > begins(poll.closes):
        return [problem("poll", "poll-over")]
    if member is None or not roll.admits(member):
        return [problem("poll", "not-eligible")]
    return []


def limits_of(poll: PollOpen) -> PollLimits:
    """The limits of a poll's kind, those it does not name filled in."""
    limits, options = poll.limits or Limits(), len(poll.options)
    return {
        "choose": {"choose-one": 1, "choose-many": limits.choose or options}.get(poll.kind),
        "dots": (limits.dots or options) if poll.kind == "dots" else None,
        "score": list(limits.score or polls.SCORE) if poll.kind == "score" else None,
    }


def _options(db: sqlite3.Connection, poll: PollOpen, found: Counted) -> list[PollOption]:
    titles = _titles(db, [option.ref for option in poll.options if option.ref])
    declared = found.close.content["counts"] if found.close else {}
    return [_option(option, titles, found, declared.get(option.key)) for option in poll.options]


def _option(
    option: Option, titles: dict[str, Text], found: Counted, declared: int | dict[str, int] | None
) -> PollOption:
    ref: Ref | None = {"id": option.ref, "title": titles.get(option.ref)} if option.ref else None
    return {
        "key": option.key,
        "text": option.text,
        "ref": ref,
        "start": option.start,
        "end": option.end,
        "counts": found.result.counts[option.key],
        "declared": declared,
    }


def _titles(db: sqlite3.Connection, ids: Sequence[str]) -> dict[str, Text]:
    """Titles of pitches and issues everybody may see."""
    pitches = [row for row in pitch_rows.rows(db, ids).values() if not row.restricted]
    others = [row for row in object_rows.rows(db, ids).values() if not row.restricted]
    titles = {id_: state.pitch.title for id_, state in pitch_rows.states(db, pitches).items()}
    return titles | {
        id_: title
        for id_, record in object_rows.records(db, others).items()
        if (title := getattr(record, "title", None))
    }


def _mine(db: sqlite3.Connection, names: Names, row: ObjectRow, found: Counted) -> OwnBallot | None:
    """The viewer's ballot: the one that counts, else the newest she cast. By its token this node alone knows it."""
    member, here = names.viewer.member, names.viewer.node
    if member is None:
        return None
    token = ballots.token_of(db, member, row.id)
    cast = [ballot for ballot in found.ballots if _is_hers(names, ballot, here, token)]
    verdicts = found.result.verdicts
    counting = [ballot for ballot in cast if verdicts[ballot.id] == polls.COUNTED]
    last = max(counting or cast, key=lambda ballot: (ballot.at, ballot.place), default=None)
    if last is None:
        return None
    return {
        "id": last.id,
        "choice": last.content["choice"],
        "verdict": verdicts[last.id],
        "time": last.at,
    }


def _is_hers(names: Names, ballot: Said, here: str, token: str) -> bool:
    if ballot.content.get("by"):
        return names.is_viewer(ballot.content["by"])
    return ballot.node == here and ballot.content.get("token") == token
