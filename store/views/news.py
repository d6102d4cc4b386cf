"""What is new for one member: in her circles, on the topics of her card, in her jurisdiction; each line says which.

Law: the strongest reason is told, her own things never; a line is as old as its record says, none older than two
months. What she may not read is not there. Source: WEB "Pages" (Home).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from protocol.records import plain
from protocol.rules.moments import DAY
from store.views import circles, object_rows, pitch_rows
from store.views.access import is_open
from store.views.ground import Said, listed, said
from store.views.listing import Query
from store.views.member_rows import MemberRow, cards
from store.views.object_rows import ObjectRow, query_of
from store.views.people import Names
from store.views.pitch_rows import PitchRow
from store.views.shapes import CircleFilters, News, NewsKind, NewsWhy, Ref, Text, Viewer

SHOWN: Final = 8
NEWS_DAYS: Final = 60
MAX_CIRCLES: Final = 30  # of the member, the newest
MAX_TOPICS: Final = 5  # of her card, in the order it names them
_AREAS: Final[dict[str, NewsKind]] = {
    "artifact": "artifact",
    "event": "event",
    "issue": "issue",
    "poll": "poll",
}
_NEAR: Final = ("artifact", "event")
"""Areas told by topic and by place; pitches have a list of their own beside."""


class Found(NamedTuple):
    """Something new: kind, id, whose and when, why it is told and of which circle, topic or place."""

    kind: NewsKind
    id: str
    owner: str
    node: str
    time: int
    why: NewsWhy
    of: str


class Interests(NamedTuple):
    """What a member is told of; ``place`` is where her card says, else where her organisation is."""

    circles: dict[str, Text]
    topics: list[str]
    place: str | None


def of_viewer(db: sqlite3.Connection, names: Names, wanted: Interests, *, now: int) -> list[News]:
    """The newest of everything, newest first."""
    since = now - NEWS_DAYS * DAY
    chosen: dict[tuple[str, str], Found] = {}
    for found in _everything(db, names.viewer, wanted, since):  # the strongest reasons come first
        if not names.is_viewer(found.owner):
            chosen.setdefault((found.kind, found.id), found)
    newest = sorted(chosen.values(), key=lambda one: (-one.time, one.id))[:SHOWN]
    titles = _titles(db, newest)
    return [_line(names, one, titles.get(one.id), wanted) for one in newest]


_CARD: Final = f"SELECT {', '.join(MemberRow._fields)} FROM members WHERE id = ?"  # noqa: S608
_PLACE: Final = "SELECT jurisdiction FROM profiles WHERE node = ?"


def interests(db: sqlite3.Connection, viewer: Viewer, now: int) -> Interests:
    """What the viewer is told of."""
    row = db.execute(_PLACE, (viewer.node,)).fetchone()
    place = row[0] if row else None
    found = db.execute(_CARD, (viewer.member,)).fetchone() if viewer.member else None
    if found is None:
        return Interests({}, [], place)
    card = cards(db, [MemberRow(*found)])[str(viewer.member)]
    topics = dict.fromkeys(topic for offer in card.offers or () for topic in offer.topics or ())
    mine = circles.listing(db, viewer, CircleFilters(mine=True), now=now, limit=MAX_CIRCLES).items
    return Interests(
        {one["id"]: one["name"] for one in mine}, list(topics)[:MAX_TOPICS], card.jurisdiction or place
    )


_IN_CIRCLES: Final = (
    "key IN (SELECT key FROM objects WHERE about IN (SELECT value FROM json_each(:circles))"
    " AND area = :area AND fresh < :old)"
)


def _everything(db: sqlite3.Connection, viewer: Viewer, wanted: Interests, since: int) -> Iterator[Found]:
    if wanted.circles:
        for area in _AREAS:
            query = _young(db, viewer, area, since)
            query.where(_IN_CIRCLES, circles=listed(wanted.circles))
            yield from _found(db, query, "circle")
        yield from _updates(db, viewer, wanted.circles, since)
    for topic in wanted.topics:
        for area in _NEAR:
            query = _young(db, viewer, area, since)
            query.facet(f"{area}.topic", topic)
            yield from _found(db, query, "topic", topic)
    if wanted.place is not None:
        for area in _NEAR:
            query = _young(db, viewer, area, since)
            query.where("node IN (SELECT node FROM profiles WHERE jurisdiction = :place)", place=wanted.place)
            yield from _found(db, query, "jurisdiction", wanted.place)


def _young(db: sqlite3.Connection, viewer: Viewer, area: str, since: int) -> Query:
    query = query_of(db, viewer, area)
    query.where("ended IS NULL AND fresh < :old", old=-since)
    return query


def _found(db: sqlite3.Connection, query: Query, why: NewsWhy, of: str = "") -> Iterator[Found]:
    rows, _ = object_rows.newest(db, query, None, SHOWN)
    for row in rows:
        yield Found(_AREAS[row.area], row.id, row.owner, row.node, -row.fresh, why, of or str(row.about))


_UPDATES: Final = """
SELECT key FROM steps WHERE about IN (SELECT value FROM json_each(?)) AND applies IS NOT -1 AND applies = 1
  AND type = 'pitch.update' ORDER BY at DESC LIMIT ?
"""


def _updates(db: sqlite3.Connection, viewer: Viewer, pitches: Iterable[str], since: int) -> Iterator[Found]:
    """What pitchers said to their circles; a pitch is told once, with the last of it."""
    keys = [key for (key,) in db.execute(_UPDATES, (listed(pitches), SHOWN))]
    records = sorted(said(db, keys).values(), key=lambda record: -record.at)
    for record in records:
        if record.at > since and is_open(db, viewer, record):
            yield _update(record)


def _update(record: Said) -> Found:
    pitch, by = str(record.content["pitch"]), str(record.content["by"])
    return Found("update", pitch, by, record.node, record.at, "circle", pitch)


def _titles(db: sqlite3.Connection, some: Iterable[Found]) -> dict[str, tuple[Text, str | None]]:
    ids = [one.id for one in some]
    rows: list[ObjectRow] = list(object_rows.rows(db, ids).values())
    pitches: list[PitchRow] = list(pitch_rows.rows(db, ids).values())
    found = {id_: _title(plain(record)) for id_, record in object_rows.records(db, rows).items()}
    for id_, state in pitch_rows.states(db, pitches).items():
        found[id_] = (state.pitch.title, state.pitch.lang)
    return found


def _title(content: dict[str, object]) -> tuple[Text, str | None]:
    text = content.get("title") or content.get("question") or {}
    return text, content.get("lang")  # type: ignore[return-value]  # a text and a tag, by the model


def _line(names: Names, one: Found, said_: tuple[Text, str | None] | None, wanted: Interests) -> News:
    title, lang = said_ or (None, None)
    circle: Ref | None = {"id": one.of, "title": wanted.circles.get(one.of)} if one.why == "circle" else None
    return {
        "id": one.id,
        "kind": one.kind,
        "title": title,
        "lang": lang or next(iter(title or {}), None),
        "who": names.person(one.owner),
        "why": one.why,
        "circle": circle,
        "of": None if circle else one.of,
        "time": one.time,
    }
