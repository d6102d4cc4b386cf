"""Figures about what came of it all, and what keeps them from telling on anybody (R15).

Law: nothing is counted per person. A number that stands on fewer things or fewer people than the smallest group is not
told; where a total is told, so much more is left out that it cannot be had by taking the others away; and what is told
is rounded to more than so few people can account for, so that no two answers, of whatever months, places or days, give
by their difference what one of them would not tell. Source: DOMAIN R7, R15, docs/decisions/0014.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from protocol.rules.moments import DAY

RETURNS: Final = ("met", "partly", "not", "no-answer", "overdue", "open")
"""What became of returns; ``open``: promised or delivered, and still in time."""
WHERE: Final = ("within", "across", "unknown")
"""Where an artifact is used: in the jurisdiction it comes from, in another, or nobody can say."""


class Count(NamedTuple):
    """How many things, and how many people they are of; ``most``: how many each has, the most first.

    Without ``most`` each person has one.
    """

    things: int
    people: int
    most: tuple[int, ...] = ()


def count_of(people: Iterable[str]) -> Count:
    """The count of things, by the person of each."""
    each = Counter(people)
    return Count(each.total(), len(each), tuple(sorted(each.values(), reverse=True)))


class Told(NamedTuple):
    """A row as it may be told: None is suppressed."""

    total: int | None
    groups: Mapping[str, int | None]


def counted(pairs: Iterable[tuple[str, str]]) -> dict[str, Count]:
    """(group, person) of each thing, added up by group."""
    things: dict[str, int] = {}
    people: dict[str, set[str]] = {}
    for group, person in pairs:
        things[group] = things.get(group, 0) + 1
        people.setdefault(group, set()).add(person)
    return {group: Count(count, len(people[group])) for group, count in things.items()}


def may_be_told(count: Count, smallest: int) -> bool:
    """Whether a number stands on enough; nothing at all tells on nobody."""
    return count.things == 0 or (count.things >= smallest and count.people >= smallest)


def unit(count: Count, smallest: int) -> int:
    """What a number is rounded to: the smallest group, or as many times that as fewer people can account for."""
    few = smallest - 1
    held = sum(count.most[:few]) if count.most else min(few, count.things)
    return smallest * (held // smallest + 1)


def rounded(count: Count, smallest: int) -> int:
    """A number as it is told, half up; a told one is never rounded to nothing."""
    step = unit(count, smallest)
    return (2 * count.things + step) // (2 * step) * step


def row(groups: Mapping[str, Count], total: Count, smallest: int) -> Told:
    """A row with its total. Its groups share no thing and make up the total."""
    hidden = {name for name, count in groups.items() if not may_be_told(count, smallest)}
    whole = may_be_told(total, smallest)
    if whole and hidden:
        spare = sorted(
            groups.keys() - hidden, key=lambda name: (groups[name].things == 0, groups[name], name)
        )
        while spare and not _covered(groups, hidden, smallest):
            hidden.add(spare.pop(0))
        whole = _covered(groups, hidden, smallest)
    return Told(
        total.things if whole else None,
        {name: None if name in hidden else count.things for name, count in groups.items()},
    )


def _covered(groups: Mapping[str, Count], hidden: Iterable[str], smallest: int) -> bool:
    """Whether the hidden groups cannot be told apart: two at least, and together no small group."""
    found = [groups[name].things for name in hidden]
    return len(found) > 1 and sum(found) >= smallest


def percent(part: int | None, whole: int | None) -> int | None:
    """A share of a whole in percent, half up; None where one of them is not told or nothing is.

    Both may be rounded, so a part may seem more than the whole: it is all of it.
    """
    return min(100, (200 * part + whole) // (2 * whole)) if part is not None and whole else None


def days_after(end: int, time: int) -> int:
    """Whole days from an end to a time, both in ms; what came earlier came at once."""
    return max(0, time - end) // DAY


def median(values: Sequence[int]) -> float | None:
    """The middle one, or halfway between the two in the middle."""
    if not values:
        return None
    ordered, half = sorted(values), len(values) // 2
    middle = ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2
    return float(middle)
