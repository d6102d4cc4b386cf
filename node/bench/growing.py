"""Whether a record's cost grows with the store: mixed records of every kind, taken in live and by rebuild.

Law: both ways must end in the same ``state_hash``, or there is no row. What is compared is one run's last part with its
first, in processor time: neighbours on a busy machine are not measured.
Source: ARCHITECTURE "Scale", QUALITY "Benchmarks" (no step O(n²)).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from node.bench import lives, samples
from node.bench.nodes import Neighbour
from node.bench.table import Plan, Row, Step, median_of
from protocol.errors import LocalError
from protocol.ids import EntryId
from store import log, views
from store.database import Tx
from store.payloads import Item, classify
from store.rows import entry_key

_BATCH: Final = 256  # records a transaction: a chunk
_PART: Final = 10  # the last tenth is compared with the first
_GOAL: Final = 1.5  # trees are a level deeper with ten times as much in them


def rows(plan: Plan, step: Step) -> Iterator[Row]:
    """The row; twice as many records as entries elsewhere."""
    count = 2 * plan.entries
    runs = []
    for number in range(plan.runs):
        step(f"{count} mixed records: run {number + 1}")
        runs.append(_run(plan.folder / f"run-{number}", count))
    found = median_of(runs)
    yield Row(
        what=f"take in {count:,} mixed records, the last tenth",
        measured=f"{found['last_us']:,.0f} µs of processor a record; rebuild {found['rebuild_us']:,.0f}",
        yardstick=f"{found['first_us']:,.0f} µs, the first tenth; rebuild of it {found['rebuild_first_us']:,.0f}",
        goal=f"≤ {_GOAL}",
        ratio=found["ratio"],
        met=found["ratio"] <= _GOAL and found["rebuild_ratio"] <= _GOAL,
        figures=found,
    )


def _run(folder: Path, count: int) -> dict[str, float]:
    neighbour = Neighbour(folder)
    try:
        part = max(count // _PART, 1)
        first = _taken(neighbour, range(part))
        rebuilt_first = _rebuilt(neighbour)
        _taken(neighbour, range(part, count - part))
        last = _taken(neighbour, range(count - part, count))
        rebuilt = _rebuilt(neighbour)
    finally:
        neighbour.store.close()
    figures = {"first_us": first / part, "last_us": last / part}
    figures |= {"rebuild_first_us": rebuilt_first / part, "rebuild_us": rebuilt / count}
    return {
        **{name: 1e6 * value for name, value in figures.items()},
        "ratio": figures["last_us"] / figures["first_us"],
        "rebuild_ratio": figures["rebuild_us"] / figures["rebuild_first_us"],
    }


def _taken(neighbour: Neighbour, indexes: range) -> float:
    """Seconds of processor time it took to sign, keep and show these records, so many a transaction."""
    began = time.process_time()
    for start in range(indexes.start, indexes.stop, _BATCH):
        some = range(start, min(start + _BATCH, indexes.stop))
        neighbour.store.database.write(partial(_take, neighbour=neighbour, indexes=some)).result()
    return time.process_time() - began


def _take(tx: Tx, neighbour: Neighbour, indexes: range) -> None:
    items = []
    for index in indexes:
        own = neighbour.house.own
        said = lives.content(own.node, index)
        entry = log.append_own(tx, own, said, restricted=False, audience=None, salt=samples.salt(index))
        items.append(_item(tx, neighbour, entry))
    views.apply(tx, items)


def _item(tx: Tx, neighbour: Neighbour, entry: EntryId) -> Item:
    key = entry_key(tx.db, entry)
    _, header, envelope, _ = tx.appended[-1]
    found = classify(key or 0, entry, header, envelope, own_node=neighbour.node, first_seen=tx.now)
    if not isinstance(found, Item):
        raise LocalError(f"a sample is no record: {found.detail}")
    return found


def _rebuilt(neighbour: Neighbour) -> float:
    """The same of a rebuild. LocalError if it makes another state than taking in did."""
    database = neighbour.store.database
    before = database.read(views.state_hash).result()
    began = time.process_time()
    database.write(lambda tx: views.rebuild(tx, neighbour.node)).result()
    seconds = time.process_time() - began
    if database.read(views.state_hash).result() != before:
        raise LocalError("rebuild makes another state than taking in")
    return seconds
