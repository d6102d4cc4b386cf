"""How a poll is counted.

Law: the result is a function of the poll, its ballots, who may vote and, once there is one, the cut: every node that
holds the same ballots counts the same, in whatever order they came. Each ballot ends in exactly one verdict, looked for
in this order:

    late          claimed after the poll closes, or not below the cut
    not-eligible  not by somebody who may vote here, or named in a secret poll, or unnamed in an open one
    spoiled       an unknown option, a broken limit, a mark of another kind; it says nothing, so it replaces nothing
    replaced      the same voter cast another after it
    beyond        of a token that is one too many for its node
    counted

Source: DOMAIN section 3, "Polls", docs/spec/states.md.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from protocol.ids import NodeId
from protocol.records import Problem, problem
from protocol.records.polls import ANSWERS, Limits, PollOpen
from protocol.rules.moments import begins
from protocol.rules.people import Turn
from protocol.rules.policies import Order

LATE: Final = "late"
NOT_ELIGIBLE: Final = "not-eligible"
SPOILED: Final = "spoiled"
REPLACED: Final = "replaced"
BEYOND: Final = "beyond"
COUNTED: Final = "counted"
VERDICTS: Final = (LATE, NOT_ELIGIBLE, SPOILED, REPLACED, BEYOND, COUNTED)

SCORE: Final = (0, 5)
"""The range of a score poll that names none."""
POINTS: Final = "points"
"""The key of the Borda points beside the ranks of an option."""

Choice = Mapping[str, int | str]
Counts = dict[str, int | dict[str, int]]
Cut = Mapping[str, int]
"""How much of each feed counts: {"<node>-<epoch>": size}."""


class Cast(NamedTuple):
    """A ballot as it is judged. ``person``: who cast it, today (None: not named); ``turn``: its place among all she, or
    for a token her node, said (None: she does not speak there any more); ``entitled``: she may vote in this poll."""

    id: str
    node: NodeId
    order: Order
    time: int
    choice: Choice
    turn: Turn | None
    person: str | None
    token: str | None
    entitled: bool


class Result(NamedTuple):
    """``verdicts`` by ballot id; ``counts`` by option in the order of the poll."""

    verdicts: Mapping[str, str]
    counts: Counts

    def number(self, *verdicts: str) -> int:
        """How many ballots ended so."""
        found = Counter(self.verdicts.values())
        return sum(found[verdict] for verdict in verdicts)


def token(secret: bytes, member: str, poll: str) -> str:
    """What stands in a secret ballot instead of a name: the same for each ballot of a member, in this poll alone."""
    said = f"barnraise/ballot/1\n{member}\n{poll}".encode()
    return hmac.new(secret, said, hashlib.sha256).hexdigest()


def position(cut: Cut, node: str) -> Order | None:
    """How far a node's feeds count, as one place: the end of the newest feed the cut names. None: it names none."""
    ends = [(int(feed.rpartition("-")[2]), size) for feed, size in cut.items() if feed.startswith(f"{node}-")]
    return max(ends, default=None)


def count(poll: PollOpen, casts: Iterable[Cast], cut: Cut | None, members: Callable[[NodeId], int]) -> Result:
    """Judge and count. ``members``: how many of a node may vote at the cut, asked for secret polls only."""
    verdicts: dict[str, str] = {}
    sound: list[Cast] = []
    closes = begins(poll.closes)
    for cast in casts:
        verdict = _by_itself(poll, cast, closes, cut)
        if verdict is None:
            sound.append(cast)
        else:
            verdicts[cast.id] = verdict
    last = _last(sound)
    kept = _within(sound, members) if poll.secret else None
    counted: list[Choice] = []
    for cast in sound:
        if last[_voter(cast)] is not cast:
            verdicts[cast.id] = REPLACED
        elif kept is not None and _voter(cast) not in kept:
            verdicts[cast.id] = BEYOND
        else:
            verdicts[cast.id] = COUNTED
            counted.append(cast.choice)
    return Result(verdicts, summed(poll, counted))


def _by_itself(poll: PollOpen, cast: Cast, closes: int, cut: Cut | None) -> str | None:
    """What a ballot ends in whatever else was cast; None when it may count."""
    epoch, index = cast.order
    if cast.time > closes or (cut is not None and index >= cut.get(f"{cast.node}-{epoch}", 0)):
        return LATE
    named = cast.person is not None
    if cast.turn is None or not cast.entitled or poll.secret in (named, cast.token is None):
        return NOT_ELIGIBLE
    return SPOILED if any(True for _ in choice_problems(poll, cast.choice)) else None


def _voter(cast: Cast) -> tuple[str, str]:
    return ("", cast.person) if cast.person is not None else (cast.node, cast.token or "")


def _last(casts: Sequence[Cast]) -> dict[tuple[str, str], Cast]:
    found: dict[tuple[str, str], Cast] = {}
    for cast in casts:
        before = found.get(_voter(cast))
        if before is None or (before.turn or ()) < (cast.turn or ()):
            found[_voter(cast)] = cast
    return found


def _within(casts: Sequence[Cast], members: Callable[[NodeId], int]) -> set[tuple[str, str]]:
    """The tokens of each node that count: as many as it has members who may vote, those cast first."""
    first: dict[tuple[NodeId, str], Order] = {}
    for cast in casts:
        at = (cast.node, cast.token or "")
        first[at] = min(first.get(at, cast.order), cast.order)
    by_node: dict[NodeId, list[tuple[Order, str]]] = {}
    for (node, token_), order in first.items():
        by_node.setdefault(node, []).append((order, token_))
    return {
        (node, token_)
        for node, tokens in by_node.items()
        for _, token_ in sorted(tokens)[: max(0, members(node))]
    }


# ── one ballot ───────────────────────────────────────────────────────────────────────────────────────────────


def choice_problems(poll: PollOpen, choice: Choice) -> Iterator[Problem]:
    """What is wrong with a ballot's choice, every fault with its field."""
    known = {option.key for option in poll.options}
    if not choice:
        yield problem("choice", "missing")
    yield from (problem(f"choice.{key}", "option-unknown", key=key) for key in choice if key not in known)
    here = {key: mark for key, mark in choice.items() if key in known}
    yield from _MARKS[poll.kind](here, poll.limits or Limits(), len(known))


def _chosen(choice: Choice, most: int) -> Iterator[Problem]:
    yield from (problem(f"choice.{key}", "mark-one") for key, mark in choice.items() if mark != 1)
    if len(choice) > most:
        yield problem("choice", "too-many-chosen", most=most)


def _ranked(choice: Choice, limits: Limits, options: int) -> Iterator[Problem]:
    """Ranks from 1, each once and none left out: 1, 2, 3 …; options may be left unranked."""
    ranks = [mark for mark in choice.values() if type(mark) is int and 1 <= mark <= options]
    for key, mark in choice.items():
        if type(mark) is not int or not 1 <= mark <= options:
            yield problem(f"choice.{key}", "mark-rank", most=options)
        elif ranks.count(mark) > 1:
            yield problem(f"choice.{key}", "rank-repeated", rank=mark)
        elif mark > len(choice):
            yield problem(f"choice.{key}", "rank-left-out", most=len(choice))


def _scored(choice: Choice, limits: Limits, options: int) -> Iterator[Problem]:
    least, most = limits.score or SCORE
    for key, mark in choice.items():
        if type(mark) is not int or not least <= mark <= most:
            yield problem(f"choice.{key}", "mark-score", least=least, most=most)


def _dotted(choice: Choice, limits: Limits, options: int) -> Iterator[Problem]:
    most = limits.dots or options
    dots = [mark for mark in choice.values() if type(mark) is int and mark >= 0]
    for key, mark in choice.items():
        if type(mark) is not int or mark < 0:
            yield problem(f"choice.{key}", "mark-dots", most=most)
    if sum(dots) > most:
        yield problem("choice", "too-many-dots", most=most)


def _timed(choice: Choice, limits: Limits, options: int) -> Iterator[Problem]:
    yield from (problem(f"choice.{key}", "mark-time") for key, mark in choice.items() if mark not in ANSWERS)


_Marks = Callable[[Choice, Limits, int], Iterator[Problem]]
_MARKS: Final[Mapping[str, _Marks]] = {
    "choose-one": lambda choice, limits, options: _chosen(choice, 1),
    "choose-many": lambda choice, limits, options: _chosen(choice, limits.choose or options),
    "rank": _ranked,
    "score": _scored,
    "dots": _dotted,
    "times": _timed,
}


# ── all that count ───────────────────────────────────────────────────────────────────────────────────────────


def summed(poll: PollOpen, choices: Sequence[Choice]) -> Counts:
    """The counts of sound ballots, by option.

    Choosing: ballots; score and dots: sums; rank: {rank: ballots, "points": the sum of options − rank}; times:
    {"yes", "maybe", "no": ballots}.
    """
    return {
        option.key: _of_option(poll, [choice[option.key] for choice in choices if option.key in choice])
        for option in poll.options
    }


def _of_option(poll: PollOpen, marks: Sequence[int | str]) -> int | dict[str, int]:
    if poll.kind == "times":
        return {answer: marks.count(answer) for answer in ANSWERS}
    numbers = [mark for mark in marks if isinstance(mark, int)]
    if poll.kind != "rank":
        return sum(numbers)
    options = len(poll.options)
    ranks = {str(rank): number for rank, number in sorted(Counter(numbers).items())}
    return {**ranks, POINTS: sum(options - rank for rank in numbers)}


# ── one poll ─────────────────────────────────────────────────────────────────────────────────────────────────

_LIMITS: Final = {"choose": "choose-many", "dots": "dots", "score": "score"}


def open_problems(poll: PollOpen, now: int) -> Iterator[Problem]:
    """What is wrong with a poll that is to be opened now (POSIX ms)."""
    if begins(poll.closes) <= now:
        yield problem("closes", "date-passed")
    for name in (poll.limits or Limits()).model_fields_set:
        if _LIMITS[name] != poll.kind:
            yield problem(f"limits.{name}", "not-this-kind", kind=poll.kind)
        elif name == "choose" and poll.limits and (poll.limits.choose or 0) > len(poll.options):
            yield problem("limits.choose", "too-large", le=len(poll.options))
