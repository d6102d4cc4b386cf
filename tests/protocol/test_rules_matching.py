"""Each reason for a match, where it holds and where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from protocol.rules.matching import REASONS, Offered, Wanted, reasons
from protocol.rules.moments import DAY, begins

NOW = begins("2027-02-01")


def codes(offered: dict[str, Any], wanted: dict[str, Any], now: int = NOW) -> list[str]:
    made = Offered(**{"kind": "review", **offered}), Wanted(**{"kind": "review", **wanted})
    return [reason.code for reason in reasons(*made, now)]


@pytest.mark.parametrize(
    ("code", "offered", "wanted"),
    [
        ("topics", {"topics": frozenset({"data", "policy"})}, {"topics": frozenset({"data"})}),
        ("language", {"languages": frozenset({"fr-CA"})}, {"languages": frozenset({"fr"})}),
        ("jurisdiction", {"jurisdiction": "CA-BC"}, {"jurisdiction": "CA-BC"}),
        ("level", {"level": "federal"}, {"level": "federal"}),
        ("soon", {}, {"needed_by": "2027-02-01"}),
        ("soon", {}, {"needed_by": "2027-03-02"}),
        ("circle", {"circles": frozenset({"a", "b"})}, {"circles": frozenset({"b"})}),
    ],
)
def test_what_is_a_reason(code: str, offered: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert codes(offered, wanted) == ["kind", code]
    assert codes({**offered, "kind": "money"}, wanted) == [], "another kind is no match"


@pytest.mark.parametrize(
    ("offered", "wanted"),
    [
        ({"topics": frozenset({"policy"})}, {"topics": frozenset({"data"})}),
        ({"topics": frozenset()}, {"topics": frozenset()}),
        ({"languages": frozenset({"en"})}, {"languages": frozenset({"fr"})}),
        ({"jurisdiction": "CA-BC"}, {"jurisdiction": "CA-AB"}),
        ({"jurisdiction": "CA-BC"}, {"jurisdiction": "CA"}),
        ({"jurisdiction": None}, {"jurisdiction": None}),
        ({"level": "federal"}, {"level": "foreign"}),
        ({"level": None}, {"level": None}),
        ({}, {"needed_by": "2027-01-31"}),
        ({}, {"needed_by": "2027-03-10"}),
        ({}, {"needed_by": None}),
        ({"circles": frozenset({"a"})}, {"circles": frozenset({"b"})}),
    ],
)
def test_what_is_none(offered: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert codes(offered, wanted, NOW + (DAY if "needed_by" in wanted else 0)) == ["kind"]


def test_all_reasons_together_stand_in_their_order() -> None:
    same: dict[str, Any] = {
        "topics": frozenset({"data"}),
        "languages": frozenset({"en"}),
        "jurisdiction": "CA-BC",
        "level": "federal",
        "circles": frozenset({"a"}),
    }
    assert codes(same, {**same, "needed_by": "2027-02-10"}) == list(REASONS)
