"""R15: what is not told, and what else is not so that nobody works it out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.rules.impact import (
    Count,
    count_of,
    counted,
    days_after,
    may_be_told,
    median,
    percent,
    rounded,
    row,
    unit,
)
from protocol.rules.moments import DAY

NAMES = "abcdef"


@pytest.mark.parametrize(
    ("things", "people", "told"),
    [(0, 0, True), (1, 1, False), (4, 4, False), (5, 4, False), (9, 1, False), (5, 5, True), (50, 5, True)],
)
def test_small_groups_of_things_or_people_are_not_told(things: int, people: int, told: bool) -> None:
    assert may_be_told(Count(things, people), 5) is told


@pytest.mark.parametrize(
    ("groups", "hidden"),
    [
        ({"a": 8, "b": 9}, ""),
        ({"a": 2, "b": 9, "c": 7}, "ac"),
        ({"a": 2, "b": 3, "c": 7}, "ab"),
        ({"a": 1, "b": 1, "c": 7}, "abc"),
        ({"a": 0, "b": 9}, ""),
        ({"a": 0, "b": 2, "c": 6}, "bc"),
    ],
)
def test_a_second_group_is_hidden_before_one_can_be_subtracted(groups: dict[str, int], hidden: str) -> None:
    total = sum(groups.values())
    told = row({name: Count(n, n) for name, n in groups.items()}, Count(total, total), 5)
    assert told.total == total
    assert "".join(name for name, value in told.groups.items() if value is None) == hidden


def test_a_total_that_is_small_is_hidden_with_its_groups() -> None:
    told = row({"a": Count(3, 3), "b": Count(0, 0)}, Count(3, 3), 5)
    assert told == (None, {"a": None, "b": 0})


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 12).map(str)), max_size=60), st.integers(2, 8)
)
def test_no_small_group_can_be_had_by_subtraction(pairs: list[tuple[str, str]], smallest: int) -> None:
    groups = {name: Count(0, 0) for name in NAMES} | counted(pairs)
    told = row(groups, Count(len(pairs), len({person for _, person in pairs})), smallest)
    for name, count in groups.items():
        assert told.groups[name] in (None, count.things)
        assert may_be_told(count, smallest) or told.groups[name] is None
    if told.total is not None:
        left = told.total - sum(value for value in told.groups.values() if value is not None)
        assert left == 0 or left >= smallest
        assert sum(value is None for value in told.groups.values()) != 1


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(10, 5, 100), (1, 3, 33), (2, 3, 67), (1, 8, 13), (0, 5, 0), (None, 5, None), (0, 0, None)],
)
def test_shares_are_whole_percents(part: int | None, whole: int, share: int | None) -> None:
    assert percent(part, whole) == share


@pytest.mark.parametrize(("values", "middle"), [([], None), ([4], 4.0), ([9, 1], 5.0), ([7, 1, 2], 2.0)])
def test_the_median(values: list[int], middle: float | None) -> None:
    assert median(values) == middle


def test_days_are_whole_and_never_before_the_end() -> None:
    assert [days_after(DAY, time) for time in (0, DAY, 2 * DAY - 1, 3 * DAY)] == [0, 0, 0, 2]


@pytest.mark.parametrize(
    ("people", "told"),
    [("abcde", 5), ("abcdefg", 5), ("abcdefgh", 10), ("aabbccdde", 10), ("a" * 20 + "bcde", 25), ("", 0)],
)
def test_b2_what_is_told_is_rounded(people: str, told: int) -> None:
    """B2: to the smallest group, and more coarsely where few people stand for many."""
    assert rounded(count_of(people), 5) == told


THINGS = st.lists(st.tuples(st.integers(1, 6), st.sampled_from("abcdefghij")), max_size=60)


@given(THINGS, st.integers(2, 6))
def test_b2_no_two_periods_give_by_their_difference_what_is_too_few(
    things: list[tuple[int, str]], smallest: int
) -> None:
    """B2: `/impact` for Jan-Nov minus Jan-Oct gives 3 and 4 where November alone says "too few".

    All pairs of periods, one in the other: where what lies between them is too few to tell, the difference of what is
    told is none of it, and the step the wider one is rounded to is more than all of it.
    """

    def of(first: int, last: int) -> list[str]:
        return [person for month, person in things if first <= month <= last]

    periods = [(first, last) for first in range(1, 7) for last in range(first, 7)]
    for first, last in periods:
        wide = count_of(of(first, last))
        for inner in [one for one in periods if first <= one[0] and one[1] <= last]:
            narrow = count_of(of(*inner))
            between = count_of([*of(first, inner[0] - 1), *of(inner[1] + 1, last)])
            if not between.things or may_be_told(between, smallest):
                continue
            assert between.things < unit(wide, smallest)
            told = [rounded(one, smallest) for one in (wide, narrow) if may_be_told(one, smallest)]
            if len(told) == 2 and between.things < smallest:
                assert told[0] - told[1] != between.things


@given(st.lists(st.sampled_from("abcdefghij"), max_size=40), st.integers(2, 6))
def test_b2_a_number_that_is_told_is_never_rounded_to_nothing(people: list[str], smallest: int) -> None:
    """B2: what is there is told as something, and as no more than a step away."""
    count = count_of(people)
    if count.things and may_be_told(count, smallest):
        assert rounded(count, smallest) > 0
        assert abs(rounded(count, smallest) - count.things) <= unit(count, smallest) / 2
