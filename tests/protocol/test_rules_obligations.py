"""R16 row by row: whom an open thing waits on, until when, and what it is called then."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from protocol.rules.moments import DAY
from protocol.rules.obligations import DAYS, NEXT, NEXT_RETURN, TABLE, Due, asked
from protocol.rules.pledges import STATES, PledgeTimes, pledge_clock, waits_until

PAGE = (Path(__file__).parents[2] / "docs/spec/states.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("reason", "on", "then", "ends"),
    [
        ("pledge-offered", "pitcher", "lapsed", True),
        ("pledge-accepted", "giver", "lapsed", True),
        ("pledge-disputed", "giver", "overdue", False),
        ("pledge-fulfilled", "pitcher", "not-confirmed", True),
        ("return-promised", "pitcher", "overdue", False),
        ("return-delivered", "giver", "no-answer", True),
        ("facilitator-asked", "asked", "not-attested", True),
        ("attest-asked", "asked", "not-attested", True),
        ("sharing-promised", "pitcher", "overdue", False),
        ("sharing-to-report", "pitcher", "overdue", False),
        ("first-artifact", "pitcher", "overdue", False),
        ("check-in-due", "pitcher", "no-answer", True),
        ("invited", "invited", "lapsed", True),
        ("offer-standing", "giver", "lapsed", True),
        ("reported", "steward", "shown-to-operator", False),
        ("erasure-requested", "steward", "shown-to-operator", False),
    ],
)
def test_each_row_has_an_owner_and_a_neutral_end(reason: str, on: str, then: str, ends: bool) -> None:
    row = TABLE[reason]
    assert (row.on, row.then, row.ends) == (on, then, ends)
    assert f"| `{reason}` | `{row.what}` | {on} |" in PAGE


def test_no_row_stands_beside_the_table() -> None:
    assert set(re.findall(r"^\| `([a-z-]+)` \| `[a-z-]+` \| \w+ \| ", PAGE, re.MULTILINE)) >= set(TABLE)
    assert set(DAYS) <= set(TABLE)
    assert {*NEXT.values(), *NEXT_RETURN.values()} <= set(TABLE)
    assert set(NEXT) <= set(STATES)


@pytest.mark.parametrize(
    ("reason", "days"),
    [
        ("facilitator-asked", 14),
        ("attest-asked", 14),
        ("invited", 30),
        ("offer-standing", 180),
        ("reported", 7),
        ("erasure-requested", 7),
    ],
)
def test_what_was_asked_waits_so_many_days(reason: str, days: int) -> None:
    due = asked(reason, 1_000)
    last = 1_000 + days * DAY
    assert due == Due(reason, last, 1_000)
    assert due.waits(last - 1) and not due.overdue(last - 1)
    assert due.overdue(last)
    assert due.waits(last) is not TABLE[reason].ends


@pytest.mark.parametrize(("reason", "grace"), [("pledge-accepted", 14), ("check-in-due", 30)])
def test_some_wait_on_after_their_day(reason: str, grace: int) -> None:
    due = Due(reason, 1_000, 0)
    assert due.overdue(1_000) and due.waits(1_000 + grace * DAY - 1)
    assert not due.waits(1_000 + grace * DAY)


@pytest.mark.parametrize("reason", ["return-promised", "sharing-promised", "first-artifact", "reported"])
def test_what_was_promised_stays_promised(reason: str) -> None:
    assert Due(reason, 1_000, 0).waits(10**15)


def test_what_has_no_day_is_never_overdue() -> None:
    due = Due("sharing-promised", None, 0)
    assert due.waits(10**15) and not due.overdue(10**15)


@pytest.mark.parametrize("state", ["offered", "accepted"])
@pytest.mark.parametrize("day", range(0, 40, 3))
def test_the_table_ends_a_pledge_when_it_lapses(state: str, day: int) -> None:
    times = PledgeTimes(offered=0, accepted=DAY if state == "accepted" else None)
    due = Due(NEXT[state], waits_until(state, times), 0)
    assert due.waits(day * DAY) is (pledge_clock(state, times, day * DAY) == state)
