"""Buckets: what comes through, what waits, and that nothing starves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.rates import Bucket, Rates


def test_the_burst_passes_at_once_and_the_next_one_waits() -> None:
    bucket = Bucket(rate=10, burst=40)
    assert [bucket.take(1, 0.0) for _ in range(40)] == [0.0] * 40
    assert bucket.take(1, 0.0) == pytest.approx(0.1)
    assert bucket.take(1, 0.1) == pytest.approx(0.1)
    assert bucket.take(0, 0.2) == 0.0


def test_idling_saves_no_more_than_the_burst() -> None:
    bucket = Bucket(rate=10, burst=40)
    bucket.take(40, 0.0)
    assert bucket.take(40, 3600.0) == 0.0
    assert bucket.take(1, 3600.0) > 0.0


def test_what_is_larger_than_the_burst_passes_and_is_paid_for() -> None:
    bucket = Bucket(rate=10, burst=40)
    assert bucket.take(100, 0.0) == pytest.approx(6.0)
    assert bucket.take(0, 6.0) == pytest.approx(0.0)


def test_a_clock_set_back_neither_fills_nor_blocks() -> None:
    bucket = Bucket(rate=10, burst=40)
    bucket.take(40, 1000.0)
    assert bucket.take(1, 10.0) == pytest.approx(0.1)
    assert bucket.take(0, 10.1) == pytest.approx(0.0)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 10)), min_size=1, max_size=50))
def test_who_waits_as_told_never_exceeds_rate_and_burst(steps: list[tuple[float, float]]) -> None:
    bucket, now, taken, last = Bucket(rate=10, burst=40), 0.0, 0.0, 0.0
    for amount, idle in steps:
        now += idle
        wait = bucket.take(amount, now)
        taken, last = taken + amount, amount
        assert taken - last <= 40 + 10 * now + 1e-6  # the newest may leave a debt, paid by the wait
        now += wait


def test_a_connection_may_push_200_frames_and_2_mib_a_second_and_pinned_peers_ten_times_that() -> None:
    slow, fast = Rates(pinned=False), Rates(pinned=True)
    assert not any(slow.frame(10, 0.0) for _ in range(800))
    assert slow.frame(10, 0.0) == pytest.approx(1 / 200)
    assert not any(fast.frame(10, 0.0) for _ in range(8000))
    assert fast.frame(10, 0.0) == pytest.approx(1 / 2000)
    big = Rates(pinned=False)
    assert not any(big.frame(65_536, 0.0) for _ in range(128))
    assert big.frame(65_536, 0.0) == pytest.approx(1 / 32)
