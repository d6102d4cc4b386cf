"""What came out of a poll, as a page shows it.

Law: pure functions over the shape of a poll; options stay in the order they were asked in, open or closed. A share is a
part of the most an option could have got. Source: DOMAIN section 3, *Polls*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from protocol.records.polls import ANSWERS
from protocol.rules.polls import POINTS, SCORE
from store.views.shapes import Poll, PollOption


class Bar(NamedTuple):
    """An option: what it got (ballots, sum, points, yes), the share 0…1, whether nothing got more, what it was declared
    to have got when that differs (else None)."""

    option: PollOption
    value: int
    share: float
    leads: bool
    declared: int | None


def bars(poll: Poll) -> list[Bar]:
    """Every option in the order of the poll."""
    most = max(_most(poll), 1)
    values = [_value(poll["kind"], option["counts"]) for option in poll["options"]]
    top = max(values, default=0)
    return [
        Bar(
            option,
            value,
            _share(poll, value, most),
            bool(poll["ballots"]) and value == top,
            _other(poll, option),
        )
        for option, value in zip(poll["options"], values, strict=True)
    ]


def rows(poll: Poll) -> list[tuple[PollOption, list[int]]]:
    """Ballots by rank, or by answer, of every option: for the table."""
    heads = _heads(poll)
    return [(option, [_count(option["counts"], head) for head in heads]) for option in poll["options"]]


def _heads(poll: Poll) -> Sequence[str]:
    if poll["kind"] == "times":
        return ANSWERS
    return [str(rank) for rank in range(1, len(poll["options"]) + 1)] if poll["kind"] == "rank" else ()


def _count(counts: int | Mapping[str, int], key: str) -> int:
    return counts.get(key, 0) if isinstance(counts, Mapping) else 0


def _value(kind: str, counts: int | Mapping[str, int]) -> int:
    if isinstance(counts, Mapping):
        return counts.get(POINTS if kind == "rank" else "yes", 0)
    return counts


def _other(poll: Poll, option: PollOption) -> int | None:
    declared = option["declared"]
    if declared is None or declared == option["counts"]:
        return None
    return _value(poll["kind"], declared)


def _most(poll: Poll) -> int:
    """The most one option could have got of these ballots."""
    each = {"rank": len(poll["options"]) - 1, "dots": poll["limits"]["dots"] or 1}.get(poll["kind"], 1)
    return poll["ballots"] * each


def _share(poll: Poll, value: int, most: int) -> float:
    if poll["kind"] != "score":
        return min(value / most, 1)
    least, best = poll["limits"]["score"] or list(SCORE)
    mean = value / max(poll["ballots"], 1)
    return min(max((mean - least) / (best - least), 0), 1) if poll["ballots"] else 0
