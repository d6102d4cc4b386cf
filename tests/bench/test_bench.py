"""The benchmark itself: its samples are right in every way, its rows are complete, a missed goal is shown as missed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from node.bench import attacks, lives, samples, suite, town, yardsticks
from node.bench.nodes import Neighbour
from node.bench.replicate import LOG, VIEWS
from node.bench.serving import Standing
from node.bench.table import FULL, Row, median_of, percentile, plan_of
from node.cli import main
from node.cli.bench import _table
from protocol.ids import NodeId
from protocol.records import REGISTER
from store import serve, views
from store.store import Store
from tests.kit.logs import Author
from tests.kit.views import Shelf

COUNT = 3 * samples.BLOCK
NODE = NodeId("a" * 32)


@pytest.fixture
def source(tmp_path: Path):
    neighbour = Neighbour(tmp_path / "source")
    neighbour.store.database.write(lambda tx: samples.fill(tx, neighbour.house.own, range(COUNT))).result()
    yield neighbour
    neighbour.store.close()


def test_samples_are_the_same_bytes_every_time_and_all_of_one_size():
    once = [samples.content(NODE, index) for index in range(COUNT)]
    assert once == [samples.content(NODE, index) for index in range(COUNT)]
    assert {len(content) + len(samples.salt(0)) for content in once} == {samples.ENVELOPE}
    assert len({samples.salt(index) for index in range(COUNT)}) == COUNT


def test_every_sample_is_shown_and_applies(source: Neighbour):
    def rebuilt(tx):
        count = views.rebuild(tx, source.node)
        return count, tx.db.execute("SELECT verdict, detail FROM verdicts").fetchall()

    assert source.store.database.write(rebuilt).result() == (COUNT, [])


def test_every_record_of_a_life_applies():
    author = Author(1)
    for index in range(2 * len(lives.LIFE)):
        author.say(lives.content(author.node, index))
    shelf = Shelf(author).take_all(author)
    assert shelf.one("SELECT count(*) FROM steps WHERE applies IS NOT 1") == 0
    assert shelf.one("SELECT count(*) FROM verdicts") == 0
    assert shelf.one("SELECT min(applied), min(attested), min(formed) FROM pitches") == (3, 1, 1)
    assert shelf.one("SELECT count(DISTINCT area) FROM objects") == 6
    assert len({kind for kind, _, _ in lives.LIFE}) > len(REGISTER) / 2


def test_every_record_of_a_town_applies(tmp_path: Path):
    clock = Standing(town.NOW)
    neighbour = Neighbour(tmp_path, clock=clock)
    count = 2 * town.UNIT + 1
    town.fill(neighbour.store, neighbour.house.own, count, clock.set)
    with closing(sqlite3.connect(tmp_path / "node.db")) as db:
        assert db.execute("SELECT count(*) FROM verdicts").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM steps WHERE applies IS NOT 1").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM pitches").fetchone() == (count // 10,)
        assert {pitch for _, pitch in town.pitches(neighbour.node, count)} <= {
            id_ for (id_,) in db.execute("SELECT id FROM pitches")
        }
    neighbour.store.close()


def test_the_yardstick_inserts_the_rows_a_replica_holds(source: Neighbour, tmp_path: Path):
    replica = Store.open(tmp_path / "replica", Author(1).own, lambda: 0)
    want = serve.Want(source.feed, 0, COUNT)
    frames, _ = source.store.database.read(
        lambda db: (
            [
                *serve.answer(db, serve.KeyringWant(source.node), replica.own.node, source.store.blobs)[0],
                *serve.answer(db, want, replica.own.node, source.store.blobs)[0],
            ],
            None,
        )
    ).result()
    replica.database.write(lambda tx: replica.take_all(tx, frames, source.node)).result()
    replica.close()
    held = sqlite3.connect(tmp_path / "replica" / "node.db")
    assert held.execute("SELECT count(*) FROM envelopes").fetchone() == (COUNT,)
    found = held.execute("SELECT count(*) FROM search WHERE search MATCH 'service OR policy'").fetchone()
    held.close()
    assert found[0] > 0
    bare = tmp_path / "bare.db"
    assert yardsticks.bare(tmp_path / "replica" / "node.db", bare, (*LOG, *VIEWS), search=True).wall > 0
    assert not bare.exists()


@pytest.mark.parametrize("part", suite.PARTS)
def test_every_part_gives_whole_rows(part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    few = dict(item for item in attacks.ATTACKS.items() if item[0].startswith("1,024"))
    monkeypatch.setattr(attacks, "ATTACKS", few)
    plan = plan_of(0.01, 1, tmp_path)
    said: list[str] = []
    rows = list(suite.measure(plan, [part], said.append))
    assert rows
    assert said
    assert list(tmp_path.iterdir()) == []
    for row in rows:
        assert row.what and row.measured and row.yardstick and row.goal
        assert all(value >= 0 for value in row.figures.values())
        json.dumps(row.as_json())


def test_reconnecting_with_nothing_new_costs_what_the_goal_says(tmp_path: Path):
    quiet, changed = suite.measure(plan_of(0.3, 1, tmp_path), ["reconnect"], lambda _what: None)
    assert quiet.met
    assert quiet.figures["wire_bytes"] <= 200
    assert quiet.figures["round_trips"] == 1
    assert changed.figures["changed_feeds"] >= 1
    assert changed.met


def test_the_command_answers_in_json():
    done = CliRunner().invoke(main, ["bench", "verify", "--scale", "0.02", "--runs", "1", "--json"])
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.output)
    assert row["goal"] == "≥ 20"
    assert row["figures"]["entries_per_second"] > 0


def test_a_missed_goal_is_shown_as_missed():
    rows = [Row("one", "1/s", "9/s", "≥ 5", 0.1, met=False), Row("two", "9 B", "-", "≤ 10 B", None, met=True)]
    cells = [list(column.cells) for column in _table(rows, 5).columns]
    assert cells[3] == ["0.10", ""]
    assert ["missed" in cell for cell in cells[5]] == [True, False]


def test_medians_and_percentiles():
    assert median_of([{"a": 1.0}, {"a": 9.0}, {"a": 2.0}]) == {"a": 2.0}
    assert percentile([5, 1, 4, 2, 3], 0.5) == 3
    assert percentile(list(range(100)), 0.99) == 99
    assert plan_of(FULL, 5, Path()).entries == 100_000
