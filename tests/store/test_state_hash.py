"""Any order, any batches, any duplication of the same records: the same rows, the same hash."""

from __future__ import annotations

import sqlite3
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from store.views import TABLES, pitches
from store.views.shapes import PitchFilters
from tests.kit.histories import History
from tests.kit.logs import NOW, Author
from tests.kit.views import DAY, Shelf, Village, full_pitch, member, say

# Local columns: row keys, and the place folded up to, which is where folding stood and not what it made.
LOCAL = {"key", "folded"}


def entries(authors: list[Author], random: Random) -> list[tuple[Author, int]]:
    """Every entry of these authors once, some twice, shuffled."""
    every = [(author, index) for author in authors for index in range(author.size)]
    every += random.sample(every, len(every) // 3)
    random.shuffle(every)
    return every


def fed(own: Author, authors: list[Author], random: Random) -> Shelf:
    """A shelf that took everything in random order in random batches."""
    shelf, waiting = Shelf(own), entries(authors, random)
    while waiting:
        size = random.choice([1, 1, 2, 5, 20, 100])
        shelf.take(waiting[:size])
        waiting = waiting[size:]
    return shelf


def rows(db: sqlite3.Connection, table: str) -> list[Any]:
    """A table's rows without local columns, in an order of their own, keys written as entry ids."""
    names = [row[1] for row in db.execute("SELECT * FROM pragma_table_info(?)", (table,))]
    shown = [name for name in names if name not in LOCAL]
    which = (
        "(SELECT f.node || '-' || (t.key & 0xFFFFFFFFFF) FROM feeds AS f WHERE f.no = t.key >> 40), "
        if "key" in names
        else ""
    )
    return sorted(db.execute(f"SELECT {which}{', '.join(shown)} FROM {table} AS t").fetchall(), key=repr)  # noqa: S608


def contents(shelf: Shelf) -> dict[str, list[Any]]:
    verdicts = rows(shelf.db, "verdicts")
    return {**{table: rows(shelf.db, table) for table in TABLES}, "verdicts": [row[:2] for row in verdicts]}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(10, 90))
def test_any_order_gives_the_same_rows_on_a_node(seed: int, steps: int) -> None:
    random = Random(seed)
    history = History(random, steps)
    for own in history.authors:
        straight = Shelf(own).take_all(*history.authors)
        shuffled = fed(own, history.authors, random)
        assert contents(shuffled) == contents(straight)
        assert shuffled.hash() == straight.hash()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(10, 120))
def test_nodes_that_hold_different_private_records_agree(seed: int, steps: int) -> None:
    random = Random(seed)
    history = History(random, steps)
    shelves = [fed(own, history.authors, random) for own in [*history.authors, Author(9)]]
    assert len({shelf.hash() for shelf in shelves}) == 1
    viewer = [shelf.viewer(None) for shelf in shelves]
    lists = [
        [
            item
            for item in pitches.listing(shelf.db, seen, PitchFilters(), now=NOW + 40 * DAY, limit=200).items
            if not item["restricted"]
        ]
        for shelf, seen in zip(shelves, viewer, strict=True)
    ]
    shown = [[{k: v for k, v in item.items() if k != "time"} for item in items] for items in lists]
    assert all(items == shown[0] for items in shown)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.integers(10, 90))
def test_rebuild_makes_the_same_rows(seed: int, steps: int) -> None:
    random = Random(seed)
    history = History(random, steps)
    shelf = fed(history.authors[0], history.authors, random)
    before, hash_before = contents(shelf), shelf.hash()
    found = shelf.db.execute(
        "SELECT rowid FROM search WHERE search MATCH 'pitch OR title' ORDER BY rowid"
    ).fetchall()
    shelf.rebuild()
    assert contents(shelf) == before
    assert shelf.hash() == hash_before
    assert (
        shelf.db.execute(
            "SELECT rowid FROM search WHERE search MATCH 'pitch OR title' ORDER BY rowid"
        ).fetchall()
        == found
    )


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.integers(10, 90))
def test_the_index_holds_what_a_new_one_would(seed: int, steps: int) -> None:
    """Texts are taken out of the index by working them out again: nothing may be left behind."""
    random = Random(seed)
    history = History(random, steps)
    shelf = fed(history.authors[1], history.authors, random)
    shelf.db.execute("CREATE VIRTUAL TABLE temp.had USING fts5vocab(main, search, instance)")
    query = "SELECT term, doc, col FROM temp.had ORDER BY term, doc, col, offset"
    before = shelf.db.execute(query).fetchall()
    shelf.rebuild()
    assert before and shelf.db.execute(query).fetchall() == before


def test_the_hash_tells_two_worlds_apart() -> None:
    one, two = Village(), Village()
    assert Shelf(one.a).take_all(*one.authors).hash() == Shelf(two.b).take_all(*two.authors).hash()
    say(two.c, {"type": "pitch.advance", "by": two.owner, "pitch": two.pitch, "to": "withdrawn"})
    assert Shelf(one.a).take_all(*one.authors).hash() != Shelf(two.a).take_all(*two.authors).hash()


def test_the_clock_is_not_in_the_hash() -> None:
    village = Village()
    early, late = Shelf(village.a), Shelf(village.a)
    late.now = NOW + 400 * DAY
    assert early.take_all(*village.authors).hash() == late.take_all(*village.authors).hash()


def test_a_header_time_beyond_all_time_is_shown_and_stored() -> None:
    author = Author(1)
    by = member(author)
    pitch = say(author, full_pitch(by), at=2**53 - 1)
    shelf = Shelf(author).take_all(author)
    item = pitches.listing(shelf.db, shelf.viewer(by), PitchFilters(), now=NOW).items[0]
    assert item["id"] == pitch
    assert item["time"] == NOW, "never later than it came"
