"""Own share to the cent, readiness, and the policy they are judged by."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.records import write
from protocol.records.network import NodePolicy
from protocol.records.pitches import Ask, Cost, Own
from protocol.rules.policies import DEFAULT, Policy, differences, in_force, policy_of
from protocol.rules.readiness import own_share, readiness
from tests.kit.records import FULL, SMALL, ask, opened


def money(*quantities: int, unit: str = "CAD") -> list[Ask]:
    return [
        Ask.model_validate(ask(f"m{index}", quantity, kind="money", unit=unit))
        for index, quantity in enumerate(quantities)
    ]


def cost(total: int, own: int, employer: int = 0, currency: str = "CAD") -> Cost:
    return Cost(currency=currency, total=total, own=own, employer=employer)


def hours(quantity: int, kind: str = "time", unit: str = "hour") -> Own:
    return Own(kind=kind, text={"en": "x"}, quantity=quantity, unit=unit)


@pytest.mark.parametrize(
    ("percent", "asked", "own", "employer", "total", "gaps"),
    [
        (50, [61250], 61250, 0, 122500, []),
        (50, [61250], 61249, 0, 122499, ["own-share"]),
        (50, [61250], 61251, 0, 122501, []),
        (50, [61250], 61250, 0, 122499, ["sum"]),
        (50, [61250], 61250, 50000, 172500, []),
        (50, [61250], 11250, 50000, 122500, ["own-share"]),  # employer money is not own money
        (50, [30000, 31250], 61250, 0, 122500, []),
        (50, [1], 0, 0, 1, ["own-share"]),
        (50, [1], 0, 0, 2, ["sum", "own-share"]),
        (33, [67], 33, 0, 100, []),
        (33, [68], 33, 0, 101, ["own-share"]),  # 33 x 67 = 2211 < 68 x 33 = 2244
        (33, [66], 32, 0, 98, ["own-share"]),  # 32 x 67 = 2144 < 66 x 33 = 2178
        (0, [100], 0, 0, 100, []),
        (100, [1], 2**52, 0, 2**52 + 1, ["own-share"]),
        (50, [2**51], 2**51, 0, 2**52, []),
        (50, [2**51], 2**51 - 1, 0, 2**52 - 1, ["own-share"]),
    ],
)
def test_own_share_to_the_cent(
    *, percent: int, asked: list[int], own: int, employer: int, total: int, gaps: list[str]
) -> None:
    found = own_share(cost(total, own, employer), money(*asked), [], Policy(own_share=percent))
    assert [gap.code for gap in found.gaps] == gaps
    assert found.satisfied is (not gaps)
    assert (found.asked, found.own, found.employer, found.total) == (sum(asked), own, employer, total)


def test_no_money_asked_leaves_nothing_to_satisfy() -> None:
    found = own_share(cost(5, 1), [Ask.model_validate(ask("time", 3))], [], DEFAULT)
    assert (found.satisfied, found.asked, found.gaps) == (None, 0, ())


def test_money_without_a_sum_or_in_two_currencies() -> None:
    assert [gap[:2] for gap in own_share(None, money(5), [], DEFAULT).gaps] == [("cost", "missing")]
    mixed = [*money(5), *money(5, unit="USD")]
    assert [gap[:2] for gap in own_share(cost(20, 10), mixed, [], DEFAULT).gaps] == [
        ("cost.currency", "one-currency")
    ]
    assert own_share(cost(10, 5, currency="USD"), money(5), [], DEFAULT).satisfied is False


def test_gaps_say_how_much() -> None:
    total, own = own_share(cost(900, 300), money(700), [], DEFAULT).gaps
    assert total.params == {"currency": "CAD", "stated": 900, "summed": 1000}
    assert own.params == {"currency": "CAD", "needed": 700, "short": 400}


@pytest.mark.parametrize(
    ("own", "stands"),
    [
        ([hours(20)], True),
        ([hours(12), hours(8)], True),
        ([hours(19)], False),
        ([hours(20, unit="day")], False),
        ([hours(20, kind="review")], False),
        ([], False),
    ],
)
def test_own_hours_may_stand_for_own_money_if_the_policy_says_so(own: list[Own], stands: bool) -> None:
    found = own_share(cost(500, 0), money(500), own, Policy(time_instead=20))
    assert (found.by_time, found.satisfied) == (stands, stands)
    assert own_share(cost(500, 0), money(500), own, DEFAULT).satisfied is False
    assert own_share(cost(501, 0), money(500), own, Policy(time_instead=20)).satisfied is False, (
        "the sum must hold"
    )


@given(st.integers(0, 100), st.integers(1, 10**9), st.integers(0, 10**9))
def test_own_share_equals_the_fraction(percent: int, asked: int, own: int) -> None:
    found = own_share(cost(own + asked, own), money(asked), [], Policy(own_share=percent))
    assert found.satisfied is (Fraction(own, own + asked) >= Fraction(percent, 100))
    if found.needed is not None:
        enough = found.needed
        assert own_share(cost(enough + asked, enough), money(asked), [], Policy(own_share=percent)).satisfied
        assert found.satisfied is (own >= enough)


def missing(policy: Policy = DEFAULT, **changes: Any) -> list[tuple[str, str]]:
    return [(gap.field, gap.code) for gap in readiness(opened(**changes), policy)]


def test_the_full_pitch_is_ready_and_the_smallest_lacks_everything() -> None:
    assert missing() == []
    assert [(gap.field, gap.code) for gap in readiness(opened(SMALL), DEFAULT)] == [
        ("benefits.self", "missing"),
        ("benefits.peers", "missing"),
        ("benefits.organisation", "missing"),
        ("when.end", "missing"),
        ("asks", "missing"),
        ("sharing", "missing"),
        ("application.practice", "missing"),
        ("application.first_date", "missing"),
        ("application.signal", "missing"),
    ]


def without(field: str, name: str) -> dict[str, Any]:
    return {field: {key: value for key, value in FULL[field].items() if key != name}}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (without("benefits", "peers"), [("benefits.peers", "missing")]),
        (without("benefits", "self"), [("benefits.self", "missing")]),
        (without("when", "end"), [("when.end", "missing")]),
        (without("when", "start"), []),
        ({"asks": []}, [("asks", "missing")]),
        ({"asks": [FULL["asks"][1]], "cost": None}, []),
        ({"cost": None}, [("cost", "missing")]),
        (
            {"sharing": [{"key": "a"}]},
            [(f"sharing.0.{part}", "missing") for part in ("avenue", "audience", "due")],
        ),
        ({"sharing": [{"key": "a"}, {**FULL["sharing"][0]}]}, []),
        ({"sharing": [{**FULL["sharing"][0], "due": None}]}, [("sharing.0.due", "missing")]),
        (without("application", "signal"), [("application.signal", "missing")]),
        (without("application", "who"), []),
        ({"application": {**FULL["application"], "first_date": "2027-04-10"}}, []),
        (
            {"application": {**FULL["application"], "first_date": "2027-04-11"}},
            [("application.first_date", "too-late")],
        ),
        (
            {"cost": {"currency": "CAD", "total": 122500, "own": 61249, "employer": 1}},
            [("cost.own", "own-share")],
        ),
    ],
)
def test_readiness_names_what_is_missing(changes: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert missing(**changes) == found


def test_the_first_application_is_judged_by_the_policy() -> None:
    assert missing(Policy(apply_within=20)) == [("application.first_date", "too-late")]
    assert readiness(opened(), Policy(apply_within=20))[0].params == {"latest": "2027-03-31", "days": 20}


def policy(**numbers: Any) -> NodePolicy:
    record = write({"type": "node.policy", **numbers})
    assert isinstance(record, NodePolicy)
    return record


def test_a_policy_fills_what_it_leaves_out_with_the_defaults() -> None:
    assert policy_of(None) == policy_of(policy()) == DEFAULT
    made = policy_of(policy(own_share=40, time_instead=20, check_ins=[90, 30, 90], min_group=None))
    assert (made.own_share, made.time_instead, made.check_ins, made.min_group) == (40, 20, (30, 90), 5)
    assert differences(made) == ("own_share", "time_instead", "check_ins")
    assert differences(DEFAULT) == ()


@pytest.mark.parametrize(
    ("opened_at", "share"),
    [((0, 1), 50), ((0, 3), 10), ((0, 9), 20), ((0, 12), 30), ((1, 0), 30), ((1, 9), 40)],
)
def test_the_policy_in_force_is_the_last_before_the_pitch(opened_at: tuple[int, int], share: int) -> None:
    set_at = [((1, 5), 40), ((0, 2), 10), ((0, 10), 30), ((0, 4), 20)]
    assert in_force([(order, policy(own_share=own)) for order, own in set_at], opened_at).own_share == share
