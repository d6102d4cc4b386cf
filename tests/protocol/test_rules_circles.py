"""Who is in a circle, and who keeps it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.rules.circles import Event, Keeping, Passage, Seat, is_over, keeping, seat, second_wanted
from protocol.rules.moments import DAY, begins

FOUNDER, SECOND, THIRD = "a-0-0", "b-0-0", "c-0-0"


@pytest.mark.parametrize(
    ("passages", "expected"),
    [
        ([], None),
        ([Passage("owner", 5)], Seat("owner", 5)),
        ([Passage("giver", 9), Passage("catalyst", 12)], Seat("catalyst", 9)),
        ([Passage("attester", 9), Passage("giver", 7)], Seat("attester", 7)),
        ([Passage("joined", 9, 1)], Seat("joined", 9)),
        ([Passage("giver", 9), Passage("joined", 3, 1)], Seat("giver", 3)),
        ([Passage("left", 9, 1)], None),
        ([Passage("owner", 5), Passage("left", 9, 1)], None),
        ([Passage("left", 9, 1), Passage("giver", 20)], None),
        ([Passage("left", 9, 1), Passage("giver", 5), Passage("joined", 30, 2)], Seat("giver", 30)),
        ([Passage("joined", 3, 1), Passage("left", 9, 2), Passage("joined", 12, 3)], Seat("joined", 12)),
        ([Passage("joined", 3, 2), Passage("left", 9, 1)], Seat("joined", 3)),
    ],
)
def test_who_is_in_and_why(passages: list[Passage], expected: Seat | None) -> None:
    assert seat(passages) == expected


@given(
    st.permutations([Passage("giver", 4), *(Passage(w, t, t) for t, w in enumerate(["joined", "left"] * 3))])
)
def test_no_order_of_arrival_matters(passages: list[Passage]) -> None:
    assert seat(passages) is None
    assert seat([*passages, Passage("joined", 90, 90)]) == Seat("giver", 90)


def kept(*events: Event, now: int = 10**6 * DAY, owner: str = FOUNDER) -> Keeping:
    """Who keeps a circle begun on day 0 in which everybody always was."""
    return keeping(owner, 0, events, lambda member, at: True, now)


def names(by: str, member: str, day: int) -> Event:
    return Event(day * DAY, f"{by}-{day}", by, "names", member)


def lays(by: str, day: int, member: str | None = None) -> Event:
    return Event(day * DAY, f"{by}-{day}", by, "lays-down", member or by)


def says(by: str, day: int) -> Event:
    return Event(day * DAY, f"{by}-{day}", by)


def stewards(found: Keeping) -> dict[str, str]:
    return {one.member: one.how for one in found.stewards}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], {FOUNDER: "owner"}),
        ([names(FOUNDER, SECOND, 1)], {FOUNDER: "owner", SECOND: "named"}),
        (
            [names(FOUNDER, SECOND, 1), names(SECOND, THIRD, 2)],
            {FOUNDER: "owner", SECOND: "named", THIRD: "named"},
        ),
        ([names(SECOND, THIRD, 1)], {FOUNDER: "owner"}),
        ([names(SECOND, SECOND, 1)], {FOUNDER: "owner"}),
        ([names(FOUNDER, SECOND, 1), lays(SECOND, 2, FOUNDER)], {FOUNDER: "owner", SECOND: "named"}),
        ([names(FOUNDER, SECOND, 1), lays(FOUNDER, 2)], {SECOND: "named"}),
        (
            [names(FOUNDER, SECOND, 1), Event(2 * DAY, "x", FOUNDER, "leaves"), names(FOUNDER, THIRD, 3)],
            {SECOND: "named"},
        ),
        ([names(SECOND, SECOND, 179)], {FOUNDER: "owner"}),
        ([names(SECOND, SECOND, 180)], {FOUNDER: "owner", SECOND: "taken"}),
        ([says(FOUNDER, 100), names(SECOND, SECOND, 180)], {FOUNDER: "owner"}),
        ([says(SECOND, 100), names(SECOND, SECOND, 180)], {FOUNDER: "owner", SECOND: "taken"}),
        ([lays(FOUNDER, 10), names(SECOND, SECOND, 100)], {}),
        ([lays(FOUNDER, 10), names(SECOND, SECOND, 190)], {SECOND: "taken"}),
        ([names(SECOND, THIRD, 400)], {FOUNDER: "owner"}),
    ],
)
def test_who_keeps_a_circle(events: list[Event], expected: dict[str, str]) -> None:
    assert stewards(kept(*events)) == expected
    shuffled = [*events]
    Random(len(events)).shuffle(shuffled)
    assert kept(*shuffled) == kept(*events)


def test_who_is_not_in_takes_no_role() -> None:
    claim = names(SECOND, SECOND, 200)
    found = keeping(FOUNDER, 0, [claim], lambda member, at: at > 300 * DAY, 400 * DAY)
    assert stewards(found) == {FOUNDER: "owner"}


def test_what_is_dated_ahead_has_not_happened() -> None:
    claim = names(SECOND, SECOND, 200)
    assert stewards(kept(claim, now=199 * DAY)) == {FOUNDER: "owner"}
    assert stewards(kept(claim, now=200 * DAY)) == {FOUNDER: "owner", SECOND: "taken"}


def test_the_role_is_free_180_days_after_a_steward_said_something() -> None:
    found = kept(says(FOUNDER, 20), says(SECOND, 50))
    assert found.active == 20 * DAY
    assert not found.may_take(200 * DAY - 1)
    assert found.may_take(200 * DAY)


def test_a_second_organisation_is_asked_for() -> None:
    assert second_wanted([])
    assert second_wanted(["a", "a"])
    assert not second_wanted(["a", "b"])


def test_a_circle_is_over_when_its_last_day_has_ended_everywhere() -> None:
    everywhere = begins("2028-01-01T12:00:00Z")
    assert not is_over(None, 10**15)
    assert not is_over("2027-12-31", everywhere - 1)
    assert is_over("2027-12-31", everywhere)
