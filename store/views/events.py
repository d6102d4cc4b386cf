"""Events: when people meet, who comes, what of a pitch's sharing they carry.

Law: an event is what its organiser says; answers to it stand beside it and the last of each person counts. One that was
cancelled leaves the lists, and its page says so. What has begun, and what is over, the clock says when it is read.
Source: DOMAIN section 3, area *events*, R4.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final, cast

from protocol.records import Record, plain
from protocol.records.circles import CircleFound
from protocol.records.events import EventSchedule
from protocol.rules.events import event_state, over_at
from protocol.rules.moments import DAY, begins
from store.views import object_rows, pitch_rows, talk, voices
from store.views.ground import Said, as_a, listed, said
from store.views.held import audience_of, held_by
from store.views.listing import Query
from store.views.object_rows import ObjectRow, find, latest, newest, query_of, soonest
from store.views.objects import Area
from store.views.people import Names, original
from store.views.shapes import (
    Coming,
    Event,
    EventCan,
    EventFilters,
    EventItem,
    Guest,
    Page,
    Ref,
    Rsvp,
    SharingEvent,
    Viewer,
)
from store.views.texts import Texts, texts_in


def facets(record: EventSchedule) -> set[tuple[str, str]]:
    """What lists filter by; a place is found by its country too, a language by its primary subtag."""
    place = record.where.jurisdiction if record.where else None
    return {
        ("event.kind", record.kind),
        *(("event.topic", topic) for topic in record.topics or ()),
        *(("event.jurisdiction", code) for code in ((place, place[:2]) if place else ())),
        *(("event.lang", tag.partition("-")[0].lower()) for tag in record.languages or record.title),
        *(("event.circle", circle) for circle in (record.circle,) if circle),
        *(("event.fulfils", key) for key in record.fulfils),
    }


def other_texts(record: EventSchedule) -> Texts:
    """Every text of an event but its title, and the place."""
    place = [("", record.where.place)] if record.where and record.where.place else []
    return [*texts_in(record.text), *texts_in(record.access), *place]


AREA: Final = Area(
    name="event",
    topic="events",
    opens="event.schedule",
    revises="event.revise",
    ends="event.cancel",
    about=lambda record: record.pitch or record.circle,
    due=lambda record: begins(record.start),
    facets=facets,
    texts=lambda record: (list(record.title.items()), other_texts(record)),
)


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────


MAX_OF_PITCH: Final = 100  # events of one pitch looked at for what they deliver, the newest
MAX_BETWEEN: Final = 100  # events of one month in a calendar
LONGEST: Final = 14 * DAY  # an event that began longer ago stands in the month it began in only
_MAY_COME: Final = ("yes", "maybe")


def listing(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: EventFilters,
    *,
    now: int,
    cursor: str | None = None,
    limit: int = 25,
) -> Page[EventItem]:
    """Events to come and those that began within a day, soonest first; or those before, the last first."""
    names = Names(db, viewer)
    query = _query(db, names, filters)
    begun = now - DAY
    if filters.past:
        rows, onward = latest(db, query, cursor, limit, before=begun)
    else:
        rows, onward = soonest(db, query, cursor, limit, since=begun)
    return Page(items(db, names, rows, now), onward)


def between(
    db: sqlite3.Connection, viewer: Viewer, filters: EventFilters, since: int, until: int, *, now: int
) -> list[EventItem]:
    """Events that are on between two times (POSIX ms), soonest first, MAX_BETWEEN at most: what a calendar shows."""
    names = Names(db, viewer)
    query = _query(db, names, filters)
    query.where("due < :until", until=until)
    rows, _ = soonest(db, query, None, MAX_BETWEEN, since=since - LONGEST)
    return [item for item in items(db, names, rows, now) if item["ends"] > since]


_HERS: Final = (
    "key IN (SELECT key FROM objects WHERE owner = :viewer AND area = 'event'"
    " UNION ALL SELECT key FROM objects WHERE id IN (SELECT value FROM json_each(:going)))"
)
"""Hers are few: they are looked up, not looked for among all that is to come."""


def _query(db: sqlite3.Connection, names: Names, filters: EventFilters) -> Query:
    query = query_of(db, names.viewer, "event")
    query.where("ended IS NULL")
    query.facet("event.kind", filters.kind)
    query.facet("event.topic", filters.topic)
    query.facet("event.jurisdiction", filters.jurisdiction)
    query.facet("event.lang", filters.lang and filters.lang.partition("-")[0].lower())
    query.facet("event.circle", filters.circle)
    query.equal("node", filters.node)
    query.equal("about", filters.pitch)
    query.words(filters.q, "event")
    if filters.mine:
        member = names.viewer.member
        going = _going(db, names, member) if member else []
        query.where(_HERS, going=listed(going))
    return query


def _going(db: sqlite3.Connection, names: Names, member: str) -> list[str]:
    """Events a member last answered she may come to."""
    by_event: dict[str, list[Said]] = {}
    for record in voices.by(db, names.people, member, "rsvp"):
        by_event.setdefault(record.content["event"], []).append(record)
    last = {event: voices.last_words(names.people, made) for event, made in by_event.items()}
    return [
        event
        for event, words in last.items()
        if any(word.content["answer"] in _MAY_COME for word in words.values())
    ]


def items(db: sqlite3.Connection, names: Names, rows: Sequence[ObjectRow], now: int) -> list[EventItem]:
    """Rows as list items, in the order given."""
    first, records = said(db, [row.key for row in rows]), object_rows.records(db, rows)
    some = {row.id: as_a(EventSchedule, records[row.id]) for row in rows}
    refs = _refs(db, {id_ for one_ in some.values() for id_ in (one_.pitch, one_.circle) if id_})
    answers = _answers(db, names, list(some))
    return [
        _item(names, row, some[row.id], first[row.key].at, (answers.get(row.id, {}), refs, now))
        for row in rows
    ]


def _answers(db: sqlite3.Connection, names: Names, ids: Sequence[str]) -> dict[str, dict[str, Said]]:
    """By event, the last answer of each person."""
    found: dict[str, list[Said]] = {}
    for record in voices.on(db, ids, "rsvp"):
        found.setdefault(record.content["event"], []).append(record)
    return {event: voices.last_words(names.people, made) for event, made in found.items()}


def _refs(db: sqlite3.Connection, ids: set[str]) -> dict[str, Ref]:
    """Pitches and circles by id, with what they are called as far as they are here."""
    pitches = pitch_rows.states(db, list(pitch_rows.rows(db, ids).values()))
    circles = object_rows.records(db, list(object_rows.rows(db, ids - pitches.keys()).values()))
    titles = {id_: state.pitch.title for id_, state in pitches.items()}
    titles |= {id_: record.name for id_, record in circles.items() if isinstance(record, CircleFound)}
    return {id_: {"id": id_, "title": titles.get(id_)} for id_ in ids}


def _item(
    names: Names,
    row: ObjectRow,
    event: EventSchedule,
    time: int,
    around: tuple[dict[str, Said], dict[str, Ref], int],
) -> EventItem:
    answers, refs, now = around
    starts, ends = begins(event.start), over_at(event.start, event.end)
    return {
        "id": row.id,
        "kind": event.kind,
        "title": event.title,
        "lang": original(event.lang, event.title),
        "start": event.start,
        "end": event.end,
        "zone": event.zone,
        "starts": starts,
        "ends": ends,
        "state": cast(Any, event_state(starts, ends, now, cancelled=row.ended is not None)),
        "online": event.online,
        "where": plain(event.where) if event.where else None,
        "languages": list(event.languages or ()),
        "topics": list(event.topics or ()),
        "organiser": names.person(row.owner),
        "node": row.node,
        "node_name": names.node(row.node),
        "pitch": refs[event.pitch] if event.pitch else None,
        "circle": refs[event.circle] if event.circle else None,
        "fulfils": list(event.fulfils),
        "coming": _counted(answers),
        "answer": _own(names, answers),
        "restricted": bool(row.restricted),
        "time": time,
    }


def _counted(answers: dict[str, Said]) -> Coming:
    said_ = [record.content["answer"] for record in answers.values()]
    return {"yes": said_.count("yes"), "maybe": said_.count("maybe"), "no": said_.count("no")}


def _own(names: Names, answers: dict[str, Said]) -> Rsvp | None:
    mine = names.viewer.member
    record = answers.get(names.people.heir(mine)) if mine else None
    return cast(Rsvp, record.content["answer"]) if record else None


# ── one event ────────────────────────────────────────────────────────────────────────────────────────────────


def one(db: sqlite3.Connection, viewer: Viewer, event: str, *, now: int) -> Event | None:
    """An event with its page; None if it is not here."""
    row, names = find(db, viewer, event, "event"), Names(db, viewer)
    if row is None:
        return None
    record = as_a(EventSchedule, object_rows.records(db, [row])[row.id])
    item = items(db, names, [row], now)[0]
    ending = _ending(db, row)
    return {
        **item,
        "text": record.text,
        "access": record.access,
        "guests": _guests(names, _answers(db, names, [row.id]).get(row.id, {})),
        "reason": ending.get("reason"),
        "note": ending.get("note"),
        "comments": talk.count_on(db, viewer, row.id),
        "version": row.version,
        "audience": audience_of(db, names, row.key),
        "held_by": held_by(db, names, row.key, row.node, restricted=bool(row.restricted)),
        "can": _can(names, row, item),
    }


_END: Final = """
SELECT key FROM steps WHERE about = ? AND type = 'event.cancel' AND applies IS NOT -1 AND applies = 1
"""


def _ending(db: sqlite3.Connection, row: ObjectRow) -> dict[str, Any]:
    """What the record that cancelled an event says."""
    if row.ended is None:
        return {}
    found = said(db, [key for (key,) in db.execute(_END, (row.id,))]).values()
    return next((record.content for record in found if record.id == row.ended), {})


def _guests(names: Names, answers: dict[str, Said]) -> list[Guest]:
    """Who may come, those who are sure first, then by when they said so."""
    some = [record for record in answers.values() if record.content["answer"] in _MAY_COME]
    some.sort(key=lambda record: (record.content["answer"] != "yes", record.at, record.id))
    return [
        {"who": names.person(record.content["by"]), "answer": record.content["answer"], "time": record.at}
        for record in some
    ]


def _can(names: Names, row: ObjectRow, item: EventItem) -> EventCan:
    to_come = item["state"] in ("scheduled", "running")
    mine = names.is_viewer(row.owner)
    return {
        "revise": mine and to_come,
        "cancel": mine and to_come,
        "rsvp": names.viewer.member is not None and to_come,
        "comment": names.viewer.member is not None,
    }


# ── what they carry of a pitch's sharing ─────────────────────────────────────────────────────────────────────


def carrying(db: sqlite3.Connection, names: Names, pitch: str, owner: str) -> dict[str, list[SharingEvent]]:
    """By sharing key, the events of a pitch's owner that name it and were not cancelled, soonest first (R4)."""
    query = _query(db, names, EventFilters(pitch=pitch))
    query.equal("owner", owner)
    rows, _ = newest(db, query, None, MAX_OF_PITCH)
    found: dict[str, list[SharingEvent]] = {}
    records = object_rows.records(db, rows)
    for row in sorted(rows, key=lambda row: (row.due or 0, row.id)):
        for key in as_a(EventSchedule, records[row.id]).fulfils:
            found.setdefault(key, []).append(_carries(row.id, records[row.id]))
    return found


def _carries(id_: str, record: Record) -> SharingEvent:
    event = as_a(EventSchedule, record)
    return {
        "id": id_,
        "title": event.title,
        "starts": begins(event.start),
        "ends": over_at(event.start, event.end),
    }
