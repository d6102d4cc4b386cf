"""What a record costs does not grow with the store: nothing that takes records in walks through a table."""

from __future__ import annotations

import re
import sqlite3
from random import Random

import pytest

from store import ballots
from store.views import (
    TABLES,
    Viewer,
    artifacts,
    circle_page,
    events,
    home,
    issue_page,
    matches,
    members,
    offers,
    pitches,
    pledges,
    polls,
    talk,
)
from tests.kit.histories import History
from tests.kit.logs import NOW
from tests.kit.views import DAY, Shelf

GROWING = {*TABLES, "entries", "envelopes", "verdicts", "audiences"}
_WALK = re.compile(
    r"^SCAN (\w+)(?! USING (?:COVERING )?INDEX objects_unclosed)"
)  # polls not closed yet are few
_ONE = re.compile(r"LIMIT 1$")  # whether there is any: the first row is the answer
_CHANGES = re.compile(r"^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)", re.IGNORECASE)


def walks(db: sqlite3.Connection, statement: str) -> list[str]:
    """The tables a statement walks through, as the planner says."""
    names = {
        alias: table for table, alias in re.findall(r"\b(?:FROM|JOIN)\s+(\w+)\s+AS\s+(\w+)", statement, re.I)
    }
    plan = db.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    found = [match[1] for *_, detail in plan if (match := _WALK.match(detail))]
    return [names.get(name, name) for name in found if names.get(name, name) in GROWING]


@pytest.mark.parametrize("seed", range(6))
def test_taking_records_in_walks_through_no_table_that_grows(seed: int) -> None:
    history = History(Random(seed), 220)
    shelf = Shelf(history.authors[0])
    said: set[str] = set()
    shelf.db.set_trace_callback(lambda statement: said.add(statement) if _CHANGES.match(statement) else None)
    entries = [(author, index) for author in history.authors for index in range(author.size)]
    for start in range(0, len(entries), 20):
        shelf.take(entries[start : start + 20])
    shelf.db.set_trace_callback(None)
    found = {}
    for statement in said:
        if not _ONE.search(statement) and (walked := walks(shelf.db, statement)):
            shape = re.sub(r"'[^']*'|\b\d+\b", "?", statement)
            found[" ".join(shape.split())[:300]] = walked
    assert len(said) > 100
    assert found == {}


NOW_AND_LATER = (NOW, NOW + 200 * DAY)
LISTED = {"pitches", "objects", "members", "policies", "profiles", "moves"}
"""What lists walk along an index, a page at a time."""


_OBJECTS = "SELECT id FROM pitches UNION SELECT id FROM pledges UNION SELECT id FROM objects"


def asked(db: sqlite3.Connection, viewer: Viewer, ids: list[str], now: int) -> None:
    """Everything a page or a call asks of the views about these objects."""
    for room in (pitches, pledges, artifacts, circle_page, issue_page, polls, events, offers):
        for id_ in ids:
            room.one(db, viewer, id_, now=now)
    for id_ in ids:
        talk.comments_on(db, viewer, id_)
    members.one(db, viewer, str(viewer.member), now=now)
    home.feed(db, viewer, now=now)
    matches.of_viewer(db, viewer, now=now)


_OF_ONE = re.compile(r"(?:AND|WHERE) (?:about|owner) = '")


def strays(db: sqlite3.Connection, statement: str) -> str | None:
    """What of a plan passes over things it need not: all of a state once a row, or all of an area for those of one."""
    plan = [detail for *_, detail in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
    for before, step in zip(["", *plan], plan, strict=False):
        if before.startswith("CORRELATED") and "phases_state" in step:
            return step
        if "objects_newest" in step and _OF_ONE.search(statement) and "OR id IN" not in statement:
            return step
    return None


@pytest.mark.parametrize("now", NOW_AND_LATER)
def test_a_page_walks_through_no_table_but_its_lists(now: int) -> None:
    history = History(Random(3), 400)
    shelf = Shelf(history.authors[0]).take_all(*history.authors)
    ballots.ensure_secret(shelf.db)
    ids = [id_ for (id_,) in shelf.db.execute(_OBJECTS)]
    said: set[str] = set()
    shelf.db.set_trace_callback(lambda statement: said.add(statement) if _CHANGES.match(statement) else None)
    for _, member in history.members[:4]:
        asked(shelf.db, shelf.viewer(member), ids, now)
    shelf.db.set_trace_callback(None)
    found = {}
    for statement in said:
        walked = [table for table in walks(shelf.db, statement) if table not in LISTED]
        if walked and not _ONE.search(statement):
            found[" ".join(re.sub(r"'[^']*'|\b\d+\b", "?", statement).split())[:300]] = walked
    assert len(said) > 500
    assert found == {}
    assert [statement for statement in said if strays(shelf.db, statement)] == []


def test_a_walk_is_noticed() -> None:
    shelf = Shelf(History(Random(1), 1).authors[0])
    assert walks(shelf.db, "SELECT key FROM steps WHERE type = 'rsvp'") == ["steps"]
    assert walks(shelf.db, "SELECT s.key FROM steps AS s WHERE s.about = 'x' AND s.applies IS NOT -1") == []
