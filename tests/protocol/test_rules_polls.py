"""Counting polls: tables for each kind, what spoils a ballot, which ballots count."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from protocol.ids import NodeId
from protocol.records import write
from protocol.records.polls import PollOpen
from protocol.rules import polls
from protocol.rules.moments import begins
from protocol.rules.polls import Cast, Result, choice_problems, count, open_problems, position, token
from tests.kit.records import AWAY, HOME, OWNER

CLOSES = "2027-01-10T00:00:00Z"
AT = begins(CLOSES)
POLL = f"{HOME}-0-9"


def poll(kind: str = "choose-one", keys: str = "abc", **fields: Any) -> PollOpen:
    options = [{"key": key, "text": {"en": key}} for key in keys]
    content = {"type": "poll.open", "by": OWNER, "question": {"en": "Which?"}, "closes": CLOSES}
    record = write({**content, "kind": kind, "options": options, **fields})
    assert isinstance(record, PollOpen)
    return record


def cast(
    index: int, choice: dict[str, Any], who: str | None = None, *, node: NodeId = HOME, **fields: Any
) -> Cast:
    """The ballot of a person of her own, or of ``who``."""
    plain: dict[str, Any] = {"turn": (0, 0, index), "person": who or f"{node} {index}", "token": None}
    return Cast(
        **{
            "id": f"{node}-0-{index}",
            "node": node,
            "order": (0, index),
            "time": AT,
            "choice": choice,
            "entitled": True,
            **plain,
            **fields,
        }
    )


def secret(index: int, mark: str, *, node: NodeId = HOME, **fields: Any) -> Cast:
    return cast(index, {"a": 1}, node=node, person=None, token=mark, **fields)


def counted(poll_: PollOpen, *casts: Cast, cut: dict[str, int] | None = None, members: int = 99) -> Result:
    return count(poll_, casts, cut, lambda _: members)


def verdicts(result: Result) -> list[str]:
    return [result.verdicts[id_] for id_ in sorted(result.verdicts, key=lambda id_: int(id_[35:]))]


@pytest.mark.parametrize(
    ("kind", "limits", "choices", "counts"),
    [
        ("choose-one", None, [{"a": 1}, {"b": 1}, {"a": 1}], {"a": 2, "b": 1, "c": 0}),
        ("choose-many", {"choose": 2}, [{"a": 1, "c": 1}, {"c": 1}], {"a": 1, "b": 0, "c": 2}),
        ("score", {"score": [-1, 3]}, [{"a": 3, "b": -1}, {"a": 2}], {"a": 5, "b": -1, "c": 0}),
        ("dots", {"dots": 4}, [{"a": 3, "b": 1}, {"a": 4}], {"a": 7, "b": 1, "c": 0}),
        (
            "rank",
            None,
            [{"a": 1, "b": 2, "c": 3}, {"b": 1, "a": 2}, {"a": 1}],
            {
                "a": {"1": 2, "2": 1, "points": 5},
                "b": {"1": 1, "2": 1, "points": 3},
                "c": {"3": 1, "points": 0},
            },
        ),
        (
            "times",
            None,
            [{"a": "yes", "b": "no"}, {"a": "maybe", "b": "yes"}],
            {
                "a": {"yes": 1, "maybe": 1, "no": 0},
                "b": {"yes": 1, "maybe": 0, "no": 1},
                "c": {"yes": 0, "maybe": 0, "no": 0},
            },
        ),
    ],
)
def test_each_kind_is_counted(
    kind: str, limits: Any, choices: list[dict[str, Any]], counts: dict[str, Any]
) -> None:
    asked = poll(kind, **({"limits": limits} if limits else {}))
    result = counted(asked, *(cast(at, choice) for at, choice in enumerate(choices)))
    assert result.counts == counts
    assert set(result.verdicts.values()) == {polls.COUNTED}


@pytest.mark.parametrize(
    ("kind", "limits", "choice", "faults"),
    [
        ("choose-one", None, {}, [("choice", "missing")]),
        ("choose-one", None, {"x": 1}, [("choice.x", "option-unknown")]),
        ("choose-one", None, {"a": 1, "b": 1}, [("choice", "too-many-chosen")]),
        ("choose-one", None, {"a": 2}, [("choice.a", "mark-one")]),
        ("choose-one", None, {"a": "yes"}, [("choice.a", "mark-one")]),
        ("choose-many", {"choose": 1}, {"a": 1, "b": 1}, [("choice", "too-many-chosen")]),
        ("choose-many", None, {"a": 1, "b": 1, "c": 1}, []),
        ("rank", None, {"a": 1, "b": 1}, [("choice.a", "rank-repeated"), ("choice.b", "rank-repeated")]),
        ("rank", None, {"a": 0}, [("choice.a", "mark-rank")]),
        ("rank", None, {"a": 4}, [("choice.a", "mark-rank")]),
        ("rank", None, {"a": 1, "b": 3}, [("choice.b", "rank-left-out")]),
        ("rank", None, {"a": "no"}, [("choice.a", "mark-rank")]),
        (
            "score",
            {"score": [1, 3]},
            {"a": 0, "b": 4},
            [("choice.a", "mark-score"), ("choice.b", "mark-score")],
        ),
        ("score", None, {"a": 5, "b": 0}, []),
        ("score", None, {"a": 6}, [("choice.a", "mark-score")]),
        ("dots", {"dots": 2}, {"a": 2, "b": 1}, [("choice", "too-many-dots")]),
        ("dots", None, {"a": 3}, []),
        ("dots", None, {"a": 4}, [("choice", "too-many-dots")]),
        ("dots", {"dots": 5}, {"a": -1}, [("choice.a", "mark-dots")]),
        ("times", None, {"a": 1}, [("choice.a", "mark-time")]),
    ],
)
def test_what_spoils_a_ballot(kind: str, limits: Any, choice: dict[str, Any], faults: list[Any]) -> None:
    asked = poll(kind, **({"limits": limits} if limits else {}))
    assert [(fault.field, fault.code) for fault in choice_problems(asked, choice)] == faults
    expected = polls.SPOILED if faults else polls.COUNTED
    assert verdicts(counted(asked, cast(0, choice))) == [expected]


def test_the_last_sound_ballot_of_a_person_counts_whatever_the_order() -> None:
    first, again = cast(1, {"a": 1}, "x"), cast(2, {"b": 1}, "x")
    spoilt, late = cast(3, {"z": 1}, "x"), cast(4, {"c": 1}, "x", time=AT + 1)
    for some in ([first, again, spoilt, late], [late, spoilt, again, first]):
        result = counted(poll(), *some)
        assert verdicts(result) == ["replaced", "counted", "spoiled", "late"]
        assert result.counts == {"a": 0, "b": 1, "c": 0}


def test_a_vote_before_and_one_after_a_move_are_one_voter_s() -> None:
    before = cast(50, {"a": 1}, "x")
    after = cast(2, {"b": 1}, "x", node=AWAY, turn=(1, 0, 2))
    for some in ([before, after], [after, before]):
        result = counted(poll(), *some)
        assert result.counts == {"a": 0, "b": 1, "c": 0}
        assert result.verdicts[before.id] == "replaced"


def test_what_her_old_node_says_after_she_moved_is_nobody_s() -> None:
    assert verdicts(counted(poll(), cast(1, {"a": 1}, turn=None))) == ["not-eligible"]


def test_names_and_tokens_do_not_mix() -> None:
    named, unnamed = cast(1, {"a": 1}), secret(2, "t")
    both = cast(3, {"a": 1}, token="t")
    assert verdicts(counted(poll(), named, unnamed, both)) == ["counted", "not-eligible", "not-eligible"]
    assert verdicts(counted(poll(secret=True), named, unnamed, both)) == [
        "not-eligible",
        "counted",
        "not-eligible",
    ]
    assert verdicts(counted(poll(), cast(4, {"a": 1}, entitled=False))) == ["not-eligible"]


def test_from_the_cut_on_what_is_below_it_counts() -> None:
    some = [cast(4, {"a": 1}), cast(5, {"a": 1}), cast(1, {"a": 1}, node=AWAY)]
    other = cast(0, {"a": 1}, order=(1, 0), id=f"{HOME}-1-0")
    result = counted(poll(), *some, other, cut={f"{HOME}-0": 5})
    assert [result.verdicts[one.id] for one in (*some, other)] == ["counted", "late", "late", "late"]
    assert counted(poll(), *some, other).counts["a"] == 4, "before the cut all in time count"


def test_a_node_counts_as_many_tokens_as_it_has_members_the_first_cast() -> None:
    some = [secret(1, "x"), secret(2, "y"), secret(3, "z"), secret(4, "x")]
    result = counted(poll(secret=True), *some, members=2)
    assert verdicts(result) == ["replaced", "counted", "beyond", "counted"]
    assert counted(poll(secret=True), *some, members=0).number(polls.COUNTED) == 0


def test_a_copied_token_is_the_copier_s_own_and_within_its_own_limit() -> None:
    mine, copied = secret(1, "x"), secret(1, "x", node=AWAY)
    limits = {HOME: 1, AWAY: 0}
    result = count(poll(secret=True), [mine, copied], None, lambda node: limits[node])
    assert result.verdicts == {mine.id: "counted", copied.id: "beyond"}


def test_how_far_the_feeds_of_a_node_count() -> None:
    cut = {f"{HOME}-0": 90, f"{HOME}-10": 3, f"{HOME}-9": 70}
    assert position(cut, HOME) == (10, 3)
    assert position(cut, AWAY) is None


def test_a_token_is_the_hmac_the_specification_says() -> None:
    key = bytes(range(32))
    text = b"barnraise/ballot/1\n" + OWNER.encode() + b"\n" + POLL.encode()
    assert token(key, OWNER, POLL) == hmac.new(key, text, hashlib.sha256).hexdigest()
    assert token(key, OWNER, POLL) != token(key, OWNER, f"{HOME}-0-8")


@pytest.mark.parametrize(
    ("kind", "fields", "now", "faults"),
    [
        ("choose-one", {}, AT - 1, []),
        ("choose-one", {}, AT, [("closes", "date-passed")]),
        ("choose-one", {"limits": {"choose": 2}}, 0, [("limits.choose", "not-this-kind")]),
        ("choose-many", {"limits": {"choose": 3}}, 0, []),
        ("choose-many", {"limits": {"choose": 4}}, 0, [("limits.choose", "too-large")]),
        ("score", {"limits": {"dots": 4}}, 0, [("limits.dots", "not-this-kind")]),
        ("rank", {"limits": {"score": [1, 4]}}, 0, [("limits.score", "not-this-kind")]),
    ],
)
def test_what_a_poll_may_ask(kind: str, fields: dict[str, Any], now: int, faults: list[Any]) -> None:
    found = [(fault.field, fault.code) for fault in open_problems(poll(kind, **fields), now)]
    assert found == faults
