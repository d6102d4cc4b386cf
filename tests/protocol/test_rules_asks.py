"""Progress of asks and the tally: accepts count in order, sums are the same on every node."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.limits import MAX_INT
from protocol.records import write
from protocol.records.pitches import Ask, PitchTally, TallyLine
from protocol.rules.asks import TAKEN, AskProgress, PledgeFacts, asks_progress, order_key, resourced
from protocol.rules.moments import lasts_until
from protocol.rules.pledges import STATES
from protocol.rules.tally import tally, tally_content
from tests.kit.records import PITCH, ask


def asked(key: str = "a", quantity: int = 10, **fields: Any) -> Ask:
    return Ask.model_validate(ask(key, quantity, **fields))


def pledge(accepted: int, at: int, state: str = "accepted", **more: Any) -> PledgeFacts:
    return PledgeFacts(
        **{"ask": "a", "offered": accepted, "accepted": accepted, "order": (0, at), **more}, state=state
    )


def lines(found: dict[str, dict[str, int]]) -> dict[str, TallyLine]:
    return {key: TallyLine(**line) for key, line in found.items()}


@pytest.mark.parametrize(
    ("pledges", "sums"),  # offered, accepted, fulfilled, waiting, met
    [
        ([], (0, 0, 0, 0, False)),
        ([pledge(4, 1)], (4, 4, 0, 0, False)),
        ([pledge(4, 1, "fulfilled"), pledge(6, 2, "confirmed")], (10, 10, 10, 0, True)),
        ([pledge(4, 1, "disputed")], (4, 4, 0, 0, False)),
        ([pledge(7, 2), pledge(7, 1, "fulfilled")], (14, 10, 7, 4, True)),
        ([pledge(7, 1), pledge(7, 2, "fulfilled")], (14, 10, 3, 4, True)),
        ([PledgeFacts("a", 5, "offered")], (5, 0, 0, 0, False)),
        (
            [PledgeFacts("a", 5, state) for state in ("declined", "withdrawn", "released", "lapsed")],
            (0, 0, 0, 0, False),
        ),
        ([pledge(5, 1, ask="b"), pledge(5, 2, ask=None)], (0, 0, 0, 0, False)),
        ([pledge(5, 1, offered=8)], (8, 5, 0, 0, False)),
    ],
)
def test_accepts_count_in_order(pledges: list[PledgeFacts], sums: tuple[int, int, int, int, bool]) -> None:
    found = asks_progress([asked()], pledges)["a"]
    assert (found.offered, found.accepted, found.fulfilled, found.waiting, found.met) == sums
    assert found.remaining == 10 - found.accepted
    assert found.unit == "hour"


def test_private_pledges_enter_by_the_tally_alone() -> None:
    private = pledge(6, 1, private=True)
    assert asks_progress([asked()], [private])["a"].accepted == 0
    public = asks_progress([asked()], [private], lines(tally([asked()], [private])))["a"]
    assert (public.accepted, public.fulfilled, public.offered) == (6, 0, 6)


def test_the_tally_says_sums_and_nothing_else() -> None:
    pledges = [
        pledge(3, 1, private=True),
        pledge(4, 2, "fulfilled", private=True),
        pledge(2, 3, "released", private=True),
        pledge(1, 4),
    ]
    assert tally([asked()], pledges) == {"a": {"accepted": 7, "fulfilled": 4}}
    content = tally_content(PITCH, [asked(), asked("b")], pledges)
    assert content == {"type": "pitch.tally", "pitch": PITCH, "asks": {"a": {"accepted": 7, "fulfilled": 4}}}
    assert isinstance(write(content), PitchTally)


def test_the_tally_counts_private_pledges_among_all_in_order() -> None:
    pledges = [pledge(6, 1), pledge(7, 2, "fulfilled", private=True)]
    assert tally([asked()], pledges) == {"a": {"accepted": 4, "fulfilled": 4}}
    found = asks_progress([asked()], pledges, lines(tally([asked()], pledges)))["a"]
    assert (found.accepted, found.fulfilled, found.waiting) == (10, 4, 0)


def test_an_offer_not_accepted_leaves_no_trace_in_the_tally() -> None:
    offers = [PledgeFacts("a", 5, state, private=True) for state in ("offered", "declined", "withdrawn")]
    assert tally([asked()], offers) == {}
    assert tally_content(PITCH, [asked()], [*offers, pledge(3, 1)]) is None


def test_a_release_brings_the_tally_back_to_nothing() -> None:
    assert tally([asked()], [pledge(5, 1, "released", private=True)]) == {
        "a": {"accepted": 0, "fulfilled": 0}
    }


PLEDGES = st.lists(
    st.builds(
        lambda quantity, state, private: (quantity, state, private),
        st.integers(1, 12),
        st.sampled_from(STATES),
        st.booleans(),
    ),
    max_size=8,
)


@given(PLEDGES, st.randoms(use_true_random=False))
def test_every_node_sees_the_same_sum_whatever_it_holds(
    made: list[tuple[int, str, bool]], chance: Any
) -> None:
    pledges = [
        pledge(quantity, index, state, private=private, order=(0, index) if state in TAKEN else None)
        for index, (quantity, state, private) in enumerate(made)
    ]
    arrived = list(pledges)
    chance.shuffle(arrived)
    sums = lines(tally([asked()], arrived))
    party = asks_progress([asked()], arrived, sums)
    stranger = asks_progress([asked()], [p for p in pledges if not p.private], sums)
    assert party == stranger
    taken = sum(p.accepted for p in pledges if p.state in TAKEN)
    assert party["a"].accepted == min(10, taken)
    assert 0 <= party["a"].fulfilled <= party["a"].accepted <= party["a"].quantity


@pytest.mark.parametrize(
    ("met", "expected"),
    [
        ([(True, 1, True), (True, 2, True)], True),
        ([(True, 1, True), (True, 1, False)], False),
        ([(True, 2, True), (False, 0, False)], True),
        ([(False, 0, False)], False),
        ([(False, 1, False)], True),
        ([], False),
    ],
)
def test_resourced_is_every_must_and_one_accept(met: list[tuple[bool, int, bool]], expected: bool) -> None:
    progress = [AskProgress("k", "hour", 2, must, 0, accepted, 0, 0, full) for must, accepted, full in met]
    assert resourced(progress) is expected
    assert resourced(progress, beside=True) is all(full for must, _, full in met if must)


def test_the_order_of_pitches() -> None:
    def key(name: str, opened: int, *asks: Ask, filled: bool = False) -> tuple[int, int, str]:
        pledges = [pledge(10, 1)] if filled else []
        return order_key(asks, asks_progress(asks, pledges), opened, name)

    soon, late = asked(needed_by="2027-01-10"), asked("b", needed_by="2027-02-10")
    keys = [
        key("soon", 1, late, soon),
        key("late", 1, late),
        key("met", 1, soon, filled=True),
        key("newest", 9),
        key("also newest", 9, asked(must=False, needed_by="2027-01-01")),
        key("undated", 5, asked()),
        key("half met", 1, soon, late, filled=True),
    ]
    order = [name for _, _, name in sorted(keys)]
    assert order == ["soon", "half met", "late", "also newest", "newest", "undated", "met"]
    assert keys[0] == (lasts_until("2027-01-10"), -1, "soon")
    assert keys[3][0] == MAX_INT
