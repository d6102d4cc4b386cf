"""Lines of one cause are counted, not repeated."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from node.logs import EACH, MAX_CAUSES, Counted, event


class Kept(logging.Handler):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def told(self, what: str) -> list[dict[str, object]]:
        return [getattr(record, "fields", {}) for record in self.records if record.getMessage() == what]


class Hand:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def written() -> Iterator[tuple[logging.Logger, Kept, Counted, Hand]]:
    """A logger with two handlers that share the counting, as a node's have."""
    hand = Hand()
    log, first, second, counted = logging.getLogger("tests.counted"), Kept(), Kept(), Counted(hand)
    log.setLevel(logging.INFO)
    for handler in (first, second):
        handler.addFilter(counted)
        log.addHandler(handler)
    yield log, first, counted, hand
    for handler in (first, second):
        log.removeHandler(handler)
    assert [r.getMessage() for r in first.records] == [r.getMessage() for r in second.records]


Written = tuple[logging.Logger, Kept, Counted, Hand]


def test_c1_4_600_lines_of_one_cause_become_a_few_and_a_count(written: Written) -> None:
    """The log got 46,000 lines of one cause; a tenth of them here."""
    log, kept, counted, hand = written
    for number in range(4_600):
        event(log, logging.WARNING, "accept", why="too many open files", address=f"192.0.2.{number % 250}")
    assert len(kept.told("accept")) == EACH
    hand.now = 61.0
    counted.tell()
    assert kept.told("repeated") == [{"of": "accept", "why": "too many open files", "more": 4_600 - EACH}]
    event(log, logging.WARNING, "accept", why="too many open files")
    assert len(kept.told("accept")) == EACH + 1, "the next minute begins afresh"


def test_c1_another_cause_is_another_count(written: Written) -> None:
    """A flood of one kind does not hide a line of another."""
    log, kept, _, _ = written
    for _ in range(1_000):
        event(log, logging.INFO, "handshake-failed", why="invalid")
    event(log, logging.INFO, "handshake-failed", why="own-node")
    event(log, logging.ERROR, "store-failed", why="disk I/O error")
    assert {"why": "own-node"} in kept.told("handshake-failed")
    assert kept.told("store-failed")


def test_c1_lines_of_libraries_are_counted_as_ours(written: Written) -> None:
    """Whoever writes them: a traceback's kind is its cause."""
    log, kept, _, _ = written
    for number in range(200):
        try:
            raise ValueError(number)
        except ValueError:
            log.exception("Error handling request")
    assert len(kept.told("Error handling request")) == EACH


def test_c1_causes_without_end_are_a_bounded_table(written: Written) -> None:
    """Not even made-up causes fill memory."""
    log, _, counted, _ = written
    for number in range(3 * MAX_CAUSES):
        event(log, logging.INFO, f"event {number}")
    assert len(counted._minutes) <= MAX_CAUSES
