"""The page on views names every table, facet and line there is."""

from __future__ import annotations

import re
from pathlib import Path

from protocol.rules.pledges import STATES
from store.views import TABLES, hashing
from store.views.shapes import PLEDGE_STATES
from tests.kit.views import Shelf, Village

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/spec/views.md").read_text("utf-8")


def test_every_table_is_described() -> None:
    schema = (ROOT / "store/schema/views.sql").read_text("utf-8")
    made = re.findall(r"CREATE (?:VIRTUAL )?TABLE (\w+)", schema)
    assert set(made) == {*TABLES, "search"}
    assert all(f"| `{table}` |" in PAGE for table in made)


def test_every_column_has_its_comment() -> None:
    schema = (ROOT / "store/schema/views.sql").read_text("utf-8")
    columns = [
        line for line in schema.splitlines() if re.match(r"  [a-z_]+( |,)", line) and "tokenize" not in line
    ]
    assert len(columns) >= 90
    bare = [line for line in columns if "-- " not in line and not line.startswith("  content")]
    assert bare == []


def test_every_facet_in_use_is_described() -> None:
    village = Village()
    shelf = Shelf(village.a).take_all(*village.authors)
    used = {facet for (facet,) in shelf.db.execute("SELECT DISTINCT facet FROM facets")}
    assert used
    assert all(f"`{facet}`" in PAGE for facet in used)


def test_every_line_of_the_hash_is_described() -> None:
    lines = [re.search(r"SELECT '(\w+)'", query)[1] for query in hashing._SHARED]  # type: ignore[index]
    assert len(lines) == 10
    assert all(f"| `{line}` |" in PAGE for line in lines)


def test_the_states_of_pledges_have_one_list() -> None:
    assert set(PLEDGE_STATES) == set(STATES)
