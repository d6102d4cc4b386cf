"""Pledges: the precedence of states, returns, the clock, what may be accepted, who holds what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.records import REGISTER
from protocol.records.pitches import Ask
from protocol.rules.asks import AskProgress
from protocol.rules.moments import DAY, begins, lasts_until
from protocol.rules.pledges import (
    SIDES,
    STATES,
    STEP_OF,
    PledgeTimes,
    Step,
    accept_problems,
    accepted_in_force,
    default_audience,
    pledge_clock,
    pledge_state,
    return_clock,
    return_state,
    unconfirmed,
    waits_until,
)
from tests.kit.records import ask


def owner(kind: str, at: int, **more: Any) -> Step:
    return Step(kind, "owner", (0, at), **more)


def giver(kind: str, at: int, **more: Any) -> Step:
    return Step(kind, "giver", (0, at), **more)


ACCEPT = owner("accept", 1, quantity=5)

PRECEDENCE = [
    ([], "offered"),
    ([ACCEPT], "accepted"),
    ([owner("decline", 1)], "declined"),
    ([ACCEPT, owner("decline", 2)], "declined"),
    ([owner("decline", 1), owner("accept", 2)], "accepted"),
    ([giver("withdraw", 1)], "withdrawn"),
    ([giver("withdraw", 1), owner("decline", 1)], "withdrawn"),
    ([giver("withdraw", 1), ACCEPT], "released"),
    ([owner("release", 2), ACCEPT], "released"),
    ([giver("release", 2), ACCEPT], "released"),
    ([ACCEPT, giver("fulfil", 1)], "fulfilled"),
    ([giver("fulfil", 1)], "offered"),
    ([giver("fulfil", 1), ACCEPT, giver("withdraw", 2)], "fulfilled"),
    ([giver("fulfil", 1), ACCEPT, owner("release", 5)], "fulfilled"),
    ([ACCEPT, owner("confirm", 2, result="met")], "confirmed"),
    ([ACCEPT, owner("confirm", 2, result="partly"), giver("withdraw", 1)], "confirmed"),
    ([owner("confirm", 2, result="met")], "offered"),
    ([ACCEPT, owner("confirm", 2, result="not")], "disputed"),
    ([ACCEPT, giver("fulfil", 7), owner("confirm", 2, result="not", about=(0, 7))], "disputed"),
    (
        [ACCEPT, giver("fulfil", 7), owner("confirm", 2, result="not", about=(0, 7)), giver("fulfil", 9)],
        "fulfilled",
    ),
    ([ACCEPT, giver("fulfil", 7), owner("confirm", 2, result="not")], "fulfilled"),
    ([ACCEPT, owner("confirm", 2, result="not"), owner("confirm", 3, result="met")], "confirmed"),
    ([ACCEPT, owner("confirm", 2, result="met"), owner("confirm", 3, result="not")], "disputed"),
    ([giver("revise", 4), ACCEPT], "offered"),
    ([giver("revise", 4), owner("accept", 1, about=(0, 4))], "accepted"),
    ([giver("revise", 4), owner("accept", 1, about=(0, 0))], "offered"),
    ([giver("accept", 1)], "offered"),
    ([owner("withdraw", 1)], "offered"),
    ([owner("fulfil", 2), ACCEPT], "accepted"),
    ([giver("confirm", 2, result="met"), ACCEPT], "accepted"),
]


@pytest.mark.parametrize(("steps", "state"), PRECEDENCE)
def test_the_stronger_step_wins(steps: list[Step], state: str) -> None:
    assert pledge_state(steps) == state


@pytest.mark.parametrize(("steps", "state"), PRECEDENCE)
def test_a_pitch_withdrawn_releases_what_was_not_given(steps: list[Step], state: str) -> None:
    stays = ("fulfilled", "confirmed", "disputed")
    assert pledge_state(steps, pitch_ended=True) == (state if state in stays else "released")


STEPS = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(list(SIDES)),
        side=st.sampled_from(["owner", "giver"]),
        order=st.tuples(st.integers(0, 1), st.integers(0, 9)),
        result=st.sampled_from(["met", "partly", "not"]),
        quantity=st.integers(1, 5),
        about=st.none() | st.tuples(st.integers(0, 1), st.integers(0, 9)),
        promises=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda step: (step.side, step.order),
)


@given(STEPS, st.randoms(use_true_random=False), st.booleans())
def test_order_and_duplication_of_steps_make_no_difference(
    steps: list[Step], chance: Any, ended: bool
) -> None:
    arrived = steps + steps[: len(steps) // 2]
    chance.shuffle(arrived)
    assert pledge_state(arrived, pitch_ended=ended) == pledge_state(steps, pitch_ended=ended)
    assert return_state(arrived) == return_state(steps)
    assert accepted_in_force(arrived) == accepted_in_force(steps)


@given(STEPS, st.booleans())
def test_no_state_without_the_step_that_makes_it(steps: list[Step], ended: bool) -> None:
    state = pledge_state(steps, pitch_ended=ended)
    made = {step.kind for step in steps if step.side in SIDES[step.kind]}
    needs: dict[str, set[str]] = {
        "accepted": {"accept"},
        "declined": {"decline"},
        "withdrawn": {"withdraw"},
        "fulfilled": {"accept", "fulfil"},
        "confirmed": {"accept", "confirm"},
        "disputed": {"accept", "confirm"},
    }
    assert state in STATES
    assert needs.get(state, set()) <= made
    if state == "released":
        assert ended or "release" in made or {"accept", "withdraw"} <= made
    if state == "withdrawn":
        assert "accept" not in made


def test_the_accept_in_force_is_the_owners_last() -> None:
    steps = [owner("accept", 2, quantity=3), owner("accept", 9, quantity=4), giver("accept", 11, quantity=8)]
    found = accepted_in_force(steps)
    assert found
    assert (found.quantity, found.order) == (4, (0, 9))
    assert accepted_in_force([]) is None


PROMISE = owner("accept", 1, promises=True)


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([], "none"),
        ([ACCEPT], "none"),
        ([PROMISE], "promised"),
        ([PROMISE, owner("accept", 3)], "none"),
        ([PROMISE, owner("deliver", 2)], "delivered"),
        ([PROMISE, owner("deliver", 2), giver("answer", 1, result="partly")], "partly"),
        ([PROMISE, giver("answer", 1, result="met")], "met"),
        ([PROMISE, giver("answer", 1, result="met"), giver("answer", 2, result="not")], "not"),
        ([PROMISE, owner("answer", 2, result="met")], "promised"),
        ([PROMISE, giver("deliver", 2)], "promised"),
    ],
)
def test_the_return(steps: list[Step], state: str) -> None:
    assert return_state(steps) == state


def test_the_return_and_the_clock() -> None:
    due, given_at = lasts_until("2027-04-15"), 1_000
    assert return_clock("promised", due - 1, due="2027-04-15") == "promised"
    assert return_clock("promised", due, due="2027-04-15") == "overdue"
    assert return_clock("promised", due) == "promised"
    assert return_clock("delivered", given_at + 14 * DAY - 1, delivered=given_at) == "delivered"
    assert return_clock("delivered", given_at + 14 * DAY, delivered=given_at) == "no-answer"
    assert return_clock("met", due * 2, due="2027-04-15", delivered=given_at) == "met"


T0 = begins("2027-01-01T00:00:00Z")
FORTNIGHT = 14 * DAY


@pytest.mark.parametrize(
    ("state", "times", "due", "lapse"),
    [
        ("offered", PledgeTimes(T0), T0 + FORTNIGHT, T0 + FORTNIGHT),
        (
            "offered",
            PledgeTimes(T0, needed_by="2027-01-05"),
            lasts_until("2027-01-05"),
            lasts_until("2027-01-05"),
        ),
        ("offered", PledgeTimes(T0, needed_by="2027-03-05"), T0 + FORTNIGHT, T0 + FORTNIGHT),
        ("offered", PledgeTimes(T0, needed_by="2026-12-24"), T0 + FORTNIGHT, T0 + FORTNIGHT),
        (
            "accepted",
            PledgeTimes(T0, T0, needed_by="2027-02-01", start="2027-03-09"),
            lasts_until("2027-02-01"),
            lasts_until("2027-02-01") + FORTNIGHT,
        ),
        (
            "accepted",
            PledgeTimes(T0, lasts_until("2027-02-02"), needed_by="2027-02-01", start="2027-03-09"),
            lasts_until("2027-03-09"),
            lasts_until("2027-03-09") + FORTNIGHT,
        ),
        ("accepted", PledgeTimes(T0, T0 + 5), T0 + 5 + FORTNIGHT, T0 + 5 + 2 * FORTNIGHT),
        ("fulfilled", PledgeTimes(T0, T0, T0 + 7), T0 + 7 + FORTNIGHT, None),
        ("confirmed", PledgeTimes(T0, T0, T0 + 7), None, None),
        ("declined", PledgeTimes(T0), None, None),
    ],
)
def test_who_waits_and_when_it_lapses(
    state: str, times: PledgeTimes, due: int | None, lapse: int | None
) -> None:
    assert waits_until(state, times) == due
    if lapse is None:
        assert pledge_clock(state, times, 2**50) == state
    else:
        assert pledge_clock(state, times, lapse - 1) == state
        assert pledge_clock(state, times, lapse) == "lapsed"


def test_a_fulfilled_pledge_nobody_confirms() -> None:
    times = PledgeTimes(T0, T0, T0)
    assert not unconfirmed("fulfilled", times, T0 + FORTNIGHT - 1)
    assert unconfirmed("fulfilled", times, T0 + FORTNIGHT)
    assert not unconfirmed("confirmed", times, T0 + FORTNIGHT)


def progress(accepted: int) -> AskProgress:
    return AskProgress("a", "hour", 10, True, 0, accepted, 0, 0, accepted == 10)


@pytest.mark.parametrize(
    ("quantity", "offered", "state", "split", "accepted", "code"),
    [
        (5, 5, "offered", True, 0, None),
        (5, 5, "declined", True, 0, None),
        (5, 5, "withdrawn", True, 0, "not-open"),
        (5, 5, "accepted", True, 0, "not-open"),
        (5, 5, "lapsed", True, 0, "not-open"),
        (6, 5, "offered", True, 0, "more-than-offered"),
        (5, 5, "offered", True, 5, None),
        (5, 5, "offered", True, 6, "more-than-asked"),
        (5, 5, "offered", True, 10, "already-met"),
        (5, 5, "offered", False, 0, "not-split"),
        (10, 12, "offered", False, 0, None),
    ],
)
def test_what_may_be_accepted(
    *, quantity: int, offered: int, state: str, split: bool, accepted: int, code: str | None
) -> None:
    wanted = Ask.model_validate(ask("a", 10, split=split))
    found = accept_problems(quantity, offered, state, wanted, progress(accepted))
    assert [problem.code for problem in found] == ([code] if code else [])


def test_a_pledge_beside_the_asks_is_bounded_by_its_offer_alone() -> None:
    assert accept_problems(3, 3, "offered", None, None) == ()
    assert accept_problems(4, 3, "offered", None, None)[0].params == {"offered": 3}


def test_every_step_record_is_known_and_has_its_side() -> None:
    steps = {kind for kind in REGISTER if kind.startswith(("pledge.", "return."))} - {"pledge.offer"}
    assert set(STEP_OF) == steps
    assert set(STEP_OF.values()) <= set(SIDES)


@pytest.mark.parametrize(
    ("kind", "pledge_kind", "audience"),
    [
        ("pledge.offer", "money", "parties"),
        ("pledge.accept", "money", "parties"),
        ("thanks", "money", "parties"),
        ("comment", "money", "parties"),
        ("comment", "venue", "parties"),
        ("pledge.offer", "venue", None),
        ("pledge.confirm", "venue", None),
        ("comment", None, None),
        ("pitch.tally", None, None),
    ],
)
def test_who_holds_what_by_default(kind: str, pledge_kind: str | None, audience: str | None) -> None:
    assert default_audience(kind, pledge_kind) == audience
