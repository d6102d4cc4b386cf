"""Pitches: folding what the owner said, the states the clock makes, the promises to share."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.records import NotAcceptable
from protocol.rules.moments import DAY, begins, lasts_until
from protocol.rules.pitches import (
    ADVANCES,
    ENDS,
    STATES,
    PitchFacts,
    PitchState,
    clock_state,
    dump,
    fold,
    lapses_at,
    load,
    may_advance,
    pitch_facts,
    sharing_progress,
    the_end,
)
from protocol.rules.policies import Policy
from tests.kit.records import FULL, OWNER, SMALL, advance, ask, opened, revise

T0 = begins("2026-12-01T09:00:00-08:00")


def start(**changes: Any) -> PitchState:
    return fold(None, opened(**changes), T0)


def refusal(state: PitchState, record: Any, accepted: dict[str, int] | None = None) -> list[tuple[str, str]]:
    with pytest.raises(NotAcceptable) as refused:
        fold(state, record, T0 + 1, accepted)
    return [(problem.field, problem.code) for problem in refused.value.problems]


def test_a_pitch_opens_with_what_was_said() -> None:
    state = start()
    assert (state.owner, state.opened, state.changed, state.said) == (OWNER, T0, T0, None)
    assert state.asked == {"travel": ("money", "CAD"), "intro": ("introduction", "person")}
    assert state.shared == {"talk"}


def test_a_revise_restates_what_it_names_and_nothing_else() -> None:
    state = fold(start(), revise(title={"fr": "Laboratoire"}, barrier=None), T0 + 5)
    assert state.pitch.title == {"fr": "Laboratoire"}
    assert state.pitch.barrier is None
    assert state.pitch.why == FULL["why"]
    assert state.asks == start().asks
    assert (state.opened, state.changed) == (T0, T0 + 5)


def test_only_a_pitch_that_is_here_is_changed_and_opened_once() -> None:
    with pytest.raises(NotAcceptable, match="not-here"):
        fold(None, revise(title={"en": "x"}), T0)
    assert refusal(start(), opened()) == [("type", "already-open")]


def test_a_step_for_some_cannot_change_a_pitch_of_all() -> None:
    assert refusal(start(), revise(title={"en": "x"}, audience=[OWNER[:32]])) == [
        ("audience", "not-the-pitch-s")
    ]
    private = fold(None, opened(SMALL, audience=[OWNER[:32]]), T0)
    assert refusal(private, advance("closed")) == [("audience", "not-the-pitch-s")]
    assert fold(private, advance("closed", audience=[OWNER[:32]]), T0).said == "closed"


def test_keys_are_never_reused() -> None:
    state = fold(start(), revise(asks=[ask("help")], sharing=[]), T0 + 1)
    again = revise(asks=[ask("help"), ask("intro")], sharing=[{"key": "talk"}])
    assert refusal(state, again) == [("asks.1.key", "key-used"), ("sharing.0.key", "key-used")]
    assert refusal(state, revise(asks=[FULL["asks"][1]])) == [("asks.0.key", "key-used")]
    assert refusal(state, revise(asks=[ask("help", unit="day")])) == [("asks.0.key", "key-used")]
    assert fold(state, revise(asks=[ask("help", 7)]), T0 + 2).asks[0].quantity == 7


@pytest.mark.parametrize(
    ("asks", "found"),
    [
        ([ask("a", 5), ask("b", 1)], []),
        ([ask("a", 4), ask("b", 1)], [("asks.0.quantity", "accepted-already")]),
        ([ask("b", 1)], [("asks", "accepted-already")]),
        (None, [("asks", "accepted-already")]),
        ([ask("a", 9)], []),
    ],
)
def test_an_ask_is_not_cut_below_what_is_accepted(asks: Any, found: list[tuple[str, str]]) -> None:
    state = fold(None, opened(asks=[ask("a", 6), ask("b", 2)]), T0)
    if found:
        assert refusal(state, revise(asks=asks), {"a": 5, "b": 0}) == found
    else:
        assert len(fold(state, revise(asks=asks), T0, {"a": 5, "b": 0}).asks) == len(asks)
    assert fold(state, revise(asks=asks), T0).changed == T0, "readers take the owner's word"


def test_a_revise_that_names_no_asks_cuts_none() -> None:
    assert fold(start(), revise(title={"en": "x"}), T0, {"travel": 61250}).asks == start().asks


@pytest.mark.parametrize("end", ENDS)
def test_an_end_is_never_left(end: str) -> None:
    state = fold(start(), advance(end), T0 + 1)
    assert refusal(state, advance("underway")) == [("pitch", "ended")]
    assert refusal(state, revise(title={"en": "x"})) == [("pitch", "ended")]
    assert clock_state(pitch_facts(state, Policy(), ready=True, resourced=True, applied=True), 2**50) == end


@pytest.mark.parametrize(
    ("first", "then", "allowed"),
    [
        ("underway", "sharing", True),
        ("underway", "closed", True),
        ("underway", "cancelled", True),
        ("underway", "withdrawn", False),
        ("underway", "underway", False),
        ("sharing", "underway", False),
        ("sharing", "withdrawn", False),
        ("sharing", "closed", True),
    ],
)
def test_steps_follow_each_other(first: str, then: str, allowed: bool) -> None:
    state = fold(start(), advance(first), T0 + 1)
    if allowed:
        assert fold(state, advance(then), T0 + 2).said == then
    else:
        assert refusal(state, advance(then)) == [("to", "out-of-turn")]


RECORDS = st.one_of(
    st.sampled_from([advance(to) for to in ADVANCES]),
    st.builds(
        lambda keys, sharing: revise(
            asks=[ask(key) for key in keys], sharing=[{"key": key} for key in sharing]
        ),
        st.sets(st.sampled_from("abc")),
        st.sets(st.sampled_from("xyz")),
    ),
    st.sampled_from([revise(title={"en": "x"}), revise(barrier=None, where={"online": True})]),
)


def folded(records: list[tuple[tuple[int, int], Any]]) -> PitchState:
    """As a store does: in the order of the feed; what does not apply changes nothing."""
    state = start()
    for (_, index), record in sorted(records, key=lambda found: found[0]):
        try:
            state = fold(state, record, T0 + index)
        except NotAcceptable:
            continue
    return state


@given(st.lists(RECORDS, max_size=8), st.randoms(use_true_random=False))
def test_arrival_order_makes_no_difference(records: list[Any], chance: Any) -> None:
    feed = [((0, index + 1), record) for index, record in enumerate(records)]
    arrived = list(feed)
    chance.shuffle(arrived)
    state = folded(arrived)
    assert state == folded(feed)
    assert load(json.loads(json.dumps(dump(state)))) == state


@given(st.lists(RECORDS, max_size=8))
def test_no_history_breaks_the_laws_of_a_pitch(records: list[Any]) -> None:
    kinds: dict[str, tuple[str, str]] = {}
    state = start()
    for record in records:
        before = state
        try:
            state = fold(state, record, T0)
        except NotAcceptable:
            assert state is before
        assert state.pitch.title
        assert before.said not in ENDS or state is before
        for made in state.asks:
            assert kinds.setdefault(made.key, (made.kind, made.unit)) == (made.kind, made.unit)


# The clock. Times in days after opening; a fact not named is absent.
D = DAY


def facts(**known: Any) -> PitchFacts:
    base = {"said": None, "ready": False, "resourced": False, "applied": False}
    times = {"starts": 50 * D, "ends": 60 * D, "lapses": 40 * D, "closes": 270 * D}
    return PitchFacts(**{**base, **times, **known})


CLOCK = [
    ({}, 0, "open"),
    ({"ready": True}, 0, "ready"),
    ({"ready": True}, 40 * D - 1, "ready"),
    ({"ready": True}, 40 * D, "lapsed"),
    ({}, 400 * D, "lapsed"),
    ({"resourced": True, "ready": True}, 0, "resourced"),
    ({"resourced": True}, 45 * D, "resourced"),
    ({"resourced": True}, 50 * D, "underway"),
    ({"resourced": True}, 60 * D, "sharing"),
    ({"resourced": True, "applied": True}, 61 * D, "applied"),
    ({"resourced": True, "applied": True}, 270 * D, "closed"),
    ({"resourced": True}, 270 * D - 1, "sharing"),
    ({"resourced": True}, 270 * D, "closed"),
    ({"resourced": True, "starts": None}, 55 * D, "resourced"),
    ({"resourced": True, "ends": None, "closes": None}, 900 * D, "underway"),
    ({"said": "underway"}, 0, "underway"),
    ({"said": "underway"}, 45 * D, "underway"),
    ({"said": "underway"}, 60 * D, "sharing"),
    ({"said": "sharing"}, 0, "sharing"),
    ({"said": "sharing", "applied": True}, 1, "applied"),
    ({"applied": True}, 45 * D, "applied"),
    ({"said": "withdrawn", "resourced": True}, 55 * D, "withdrawn"),
    ({"said": "cancelled", "applied": True}, 55 * D, "cancelled"),
    ({"said": "closed"}, 0, "closed"),
]


@pytest.mark.parametrize(("known", "now", "state"), CLOCK)
def test_the_clock_makes_the_state(known: dict[str, Any], now: int, state: str) -> None:
    assert clock_state(facts(**known), now) == state


@given(
    st.builds(
        facts,
        said=st.sampled_from([None, "underway", "sharing", *ENDS]),
        ready=st.booleans(),
        resourced=st.booleans(),
        applied=st.booleans(),
    ),
    st.integers(0, 300 * D),
    st.integers(0, 300 * D),
)
def test_time_alone_only_moves_a_pitch_forward(found: PitchFacts, one: int, other: int) -> None:
    onward = ["open", "ready", "lapsed", "resourced", "underway", "sharing", "applied", "closed"]
    states = [clock_state(found, now) for now in sorted((one, other))]
    assert set(states) <= set(STATES)
    if found.said not in ENDS:
        assert onward.index(states[0]) <= onward.index(states[1])


def test_a_new_window_ends_a_lapse() -> None:
    late = lasts_until("2027-02-20")
    state = start()
    assert clock_state(pitch_facts(state, Policy(), ready=True, resourced=False), late) == "lapsed"
    state = fold(state, revise(window={"closes": "2027-03-01"}), late)
    assert clock_state(pitch_facts(state, Policy(), ready=True, resourced=False), late) == "ready"


def test_the_facts_of_a_pitch() -> None:
    found = pitch_facts(start(), Policy(check_ins=(10, 20)), ready=True, resourced=True)
    end = begins("2027-03-11T16:00:00-04:00")
    assert found.starts == begins("2027-03-09T09:00:00-04:00")
    assert (found.ends, found.closes) == (end, end + 50 * DAY)
    assert found.lapses == lasts_until("2027-02-20")
    bare = pitch_facts(fold(None, opened(SMALL), T0), Policy(), ready=False, resourced=False)
    assert bare[4:] == (None, None, T0 + 90 * DAY, None)


def test_the_end_is_the_earlier_of_planned_and_reported() -> None:
    assert the_end(None, None) is None
    assert the_end("2027-03-11", None) == begins("2027-03-12T12:00:00Z")
    assert the_end("2027-03-11", "2027-03-10") == begins("2027-03-11T12:00:00Z")
    assert the_end("2027-03-11", "2027-03-20") == begins("2027-03-12T12:00:00Z")
    early = pitch_facts(
        fold(start(), advance("sharing", ended="2027-03-10"), T0), Policy(), ready=True, resourced=True
    )
    assert early.ends == begins("2027-03-11T12:00:00Z")


@pytest.mark.parametrize(
    ("closes", "starts", "lapses"),
    [
        ("2027-02-20", "2027-03-09", begins("2027-02-21T12:00:00Z")),
        (None, "2027-03-09", begins("2027-03-10T12:00:00Z")),
        (None, "2027-03-09T09:00:00-04:00", begins("2027-03-09T13:00:00Z")),
        (None, None, T0 + 90 * DAY),
    ],
)
def test_when_a_pitch_lapses(closes: str | None, starts: str | None, lapses: int) -> None:
    assert lapses_at(closes, starts, T0) == lapses


def test_what_the_owner_may_say_when() -> None:
    allowed = {(state, to) for state in STATES for to in ADVANCES if may_advance(state, to)}
    assert ("lapsed", "underway") in allowed
    assert ("resourced", "underway") not in allowed, "dates say that"
    assert ("underway", "withdrawn") not in allowed, "withdrawn is before underway"
    assert not [state for state, _ in allowed if state in ENDS]
    assert not may_advance("open", "lapsed")


def test_sharing_is_delivered_overdue_or_to_come() -> None:
    state = start(
        sharing=[{"key": "a", "due": "2027-03-16"}, {"key": "b", "due": "2027-03-16"}, {"key": "c"}]
    )
    due = lasts_until("2027-03-16")
    before = sharing_progress(state.sharing, {"a"}, due - 1)
    assert [(made.key, made.delivered, made.overdue) for made in before] == [
        ("a", True, False),
        ("b", False, False),
        ("c", False, False),
    ]
    after = sharing_progress(state.sharing, {"a"}, due)
    assert [made.overdue for made in after] == [False, True, False]
    assert [made.due for made in after] == [due, due, None]


def test_moments() -> None:
    assert begins("1970-01-01T00:00:00Z") == 0
    assert begins("1970-01-01T01:00:00.250+01:00") == 250
    assert begins("1970-01-02") == DAY + DAY // 2
    assert lasts_until("1970-01-02") == 2 * DAY + DAY // 2
    assert lasts_until("1969-12-31T23:59:59.999999-00:00") == -1
