"""Check-ins and what came of a pitch; the facilitator's word; sharing with events. DOMAIN R4, R6, R7, R9, R16."""

from __future__ import annotations

from itertools import permutations

import pytest

from protocol.rules.facilitator import due_at as asked_until
from protocol.rules.facilitator import facilitator_state
from protocol.rules.moments import DAY, lasts_until
from protocol.rules.pitches import PitchFacts, fold, sharing_progress
from protocol.rules.practice import (
    NO,
    NONE,
    OUTCOMES,
    PARTLY,
    YES,
    Answer,
    asked_state,
    attested,
    by_day,
    check_state,
    due_at,
    outcome,
    strongest,
)
from tests.kit.records import advance, opened

DAYS = (30, 90, 180)
END = lasts_until("2027-03-11")


def answers(*said: tuple[int | None, str]) -> list[Answer]:
    """Check-ins in the owner's order: (day named, answer)."""
    return [Answer(turn, f"c{turn}", day, applied) for turn, (day, applied) in enumerate(said)]


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ([], {}),
        ([(None, "no")], {30: "c0"}),
        ([(None, "no"), (None, "partly"), (None, "yes")], {30: "c0", 90: "c1", 180: "c2"}),
        ([(None, "no")] * 4, {30: "c0", 90: "c1", 180: "c3"}),
        ([(90, "yes")], {90: "c0"}),
        ([(90, "yes"), (None, "no")], {90: "c0", 30: "c1"}),
        ([(90, "yes"), (90, "no")], {90: "c1"}),
        ([(None, "yes"), (30, "no")], {30: "c1"}),
        ([(31, "yes")], {}),
        ([(31, "yes"), (None, "no")], {30: "c1"}),
    ],
)
def test_which_answer_counts_for_which_day(
    said: list[tuple[int | None, str]], counts: dict[int, str]
) -> None:
    made = answers(*said)
    for order in permutations(made):
        assert {day: answer.id for day, answer in by_day(DAYS, order).items()} == counts


def test_a_policy_without_check_ins_has_no_answers() -> None:
    assert by_day((), answers((None, "yes"), (30, "yes"))) == {}


def test_the_days_count_from_the_end_which_a_bare_date_reaches_at_noon_of_the_next() -> None:
    assert lasts_until("2027-03-11") == END and due_at(END, 30) == END + 30 * DAY
    assert due_at(None, 30) is None


@pytest.mark.parametrize(
    ("late", "answered", "state"),
    [
        (-1, False, "due"),
        (-1, True, "answered"),
        (0, False, "overdue"),
        (30 * DAY - 1, False, "overdue"),
        (30 * DAY, False, "no-answer"),
        (30 * DAY, True, "answered"),
    ],
)
def test_the_state_of_a_check_in(late: int, answered: bool, state: str) -> None:
    assert check_state(END, END + late, answered=answered) == state


def test_without_an_end_nothing_is_ever_overdue() -> None:
    assert check_state(None, 2**60, answered=False) == "due"


@pytest.mark.parametrize(
    ("said", "best"), [([], NONE), (["no"], NO), (["no", "partly", "no"], PARTLY), (["partly", "yes"], YES)]
)
def test_the_strongest_answer_counts(said: list[str], best: int) -> None:
    assert strongest(answers(*((None, applied) for applied in said))) == best


@pytest.mark.parametrize(
    ("applied", "saw", "seen"),
    [
        ("yes", ["yes"], True),
        ("yes", ["no", "yes"], True),
        ("yes", ["partly"], False),
        ("yes", [], False),
        ("partly", ["yes"], False),
        ("no", ["yes"], False),
    ],
)
def test_attested_is_an_answer_of_yes_that_somebody_else_saw(
    applied: str, saw: list[str], seen: bool
) -> None:
    assert attested(answers((30, applied)), {"c0": saw}) is seen
    assert not attested(answers((30, applied)), {"c9": saw})


def facts(said: str | None = None, *, applied: bool = False, resourced: bool = True) -> PitchFacts:
    return PitchFacts(said, True, resourced, applied, END - 3 * DAY, END, END - 9 * DAY, END + 210 * DAY)


@pytest.mark.parametrize(
    ("said", "applied", "seen", "days", "came"),
    [
        (None, NONE, False, -5, None),
        (None, NONE, False, 1, None),
        (None, NO, False, 40, None),
        (None, PARTLY, False, 40, "partly-applied"),
        (None, YES, False, 40, "applied-self-reported"),
        (None, YES, True, 40, "applied-attested"),
        (None, NONE, False, 210, "no-answer"),
        (None, NO, False, 210, "not-applied"),
        (None, YES, True, 210, "applied-attested"),
        ("closed", NONE, False, 1, "no-answer"),
        ("closed", NO, False, 1, "not-applied"),
        ("closed", PARTLY, False, 1, "partly-applied"),
        ("withdrawn", YES, True, 1, "withdrawn"),
        ("cancelled", NONE, False, 1, "cancelled"),
    ],
)
def test_what_came_of_a_pitch(
    said: str | None, applied: int, seen: bool, days: int, came: str | None
) -> None:
    asked = facts(said, applied=applied >= PARTLY)
    assert outcome(asked, applied, END + days * DAY, attested=seen) == came
    assert came is None or came in OUTCOMES


def test_a_pitch_that_never_went_ahead_lapsed() -> None:
    asked = facts(resourced=False)
    assert outcome(asked, NONE, END, attested=False) == "lapsed"
    assert outcome(facts("closed", resourced=False), NONE, END, attested=False) == "lapsed"
    assert outcome(facts("closed", resourced=False), NONE, END, attested=False, ahead=True) == "no-answer"


def test_that_it_went_ahead_is_remembered_past_the_close() -> None:
    state = fold(None, opened(), 1)
    assert not state.ahead and not fold(state, advance("closed"), 2).ahead
    assert fold(fold(state, advance("underway"), 2), advance("closed"), 3).ahead


def test_who_was_asked_to_attest_a_check_in() -> None:
    assert asked_state(END, END + 14 * DAY - 1, said=False) == "asked"
    assert asked_state(END, END + 14 * DAY, said=False) == "not-attested"
    assert asked_state(END, END + 14 * DAY, said=True) == "attested"


def test_the_facilitators_word() -> None:
    assert facilitator_state(END, asked_until(END) - 1) == "asked"
    assert facilitator_state(END, END + 14 * DAY) == "not-attested"
    assert facilitator_state(END, END + 99 * DAY, attests=True) == "attested"
    until = lasts_until("2027-03-31")
    assert facilitator_state(END, until - 1, attests=True, until="2027-03-31") == "attested"
    assert facilitator_state(END, until, attests=True, until="2027-03-31") == "attest-lapsed"


def test_an_event_makes_sharing_scheduled_and_once_over_asks_for_a_report() -> None:
    sharing = opened(sharing=[{"key": "talk", "due": "2027-03-16"}]).sharing or ()
    due, over = lasts_until("2027-03-16"), lasts_until("2027-03-20")

    def state(now: int, *events: int, delivered: tuple[str, ...] = ()) -> tuple[str, bool]:
        (one,) = sharing_progress(sharing, delivered, now, {"talk": events} if events else None)
        return one.state, one.overdue

    assert state(due - 1) == ("promised", False)
    assert state(due) == ("overdue", True)
    assert state(due - 1, over) == ("scheduled", False)
    assert state(due, over) == ("scheduled", True)
    assert state(over, over) == ("to-report", True)
    assert state(due - 1, due - 2, over) == ("to-report", False)
    assert state(over, over, delivered=("talk",)) == ("delivered", False)
