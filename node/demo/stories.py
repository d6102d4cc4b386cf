"""What happens in the demo network, read from ``stories/*.toml``: who says what, so many days ago.

Law: a story is data and holds whatever day the demo is opened. In its texts ``@-12`` is the day twelve days ago,
``@+3T09:00 America/Toronto`` a time of day there; ``$name`` the id of what an earlier step of the story said,
``#node.member`` a member's id; ``file`` in a blob an attachment of ``node.demo.attachments``. Days that would fall on a
weekend move away from today, so nothing is due on a Sunday and nothing changes sides.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

SATURDAY: Final = 5
_DAY: Final = re.compile(r"@([+-]\d{1,3})(?:T(\d\d:\d\d) ([A-Za-z_/]+))?")
_NAME: Final = re.compile(r"\$[a-z0-9]+")
_MEMBER: Final = re.compile(r"#[a-z0-9-]+\.[a-z]+")


class Step(NamedTuple):
    """One record: said ``day`` days from today (negative) by ``who`` (node.member), known as ``name`` afterwards.

    ``after``: steps it does not speak of but follows from; they too are at her node before she says it.
    """

    day: int
    who: str
    name: str | None
    say: Mapping[str, Any]
    after: tuple[str, ...] = ()

    @property
    def node(self) -> str:
        return self.who.partition(".")[0]

    @property
    def names(self) -> tuple[str, ...]:
        """What earlier steps this one refers to or follows from."""
        return (*(text[1:] for text in _strings(self.say) if _NAME.fullmatch(text)), *self.after)


class Story(NamedTuple):
    """Steps in order; ``state`` is what the pitch named ``pitch`` has come to, if there is one."""

    title: str
    state: str | None
    steps: tuple[Step, ...]

    @property
    def nodes(self) -> frozenset[str]:
        """Whose members take part."""
        return frozenset(step.node for step in self.steps)


def stories(nodes: frozenset[str]) -> tuple[Story, ...]:
    """Every story whose members are all there, in the order of their files."""
    folder = files(__package__).joinpath("stories")
    found = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda item: item.name
    )
    told = (_story(item.name.removesuffix(".toml"), tomllib.loads(item.read_text("utf-8"))) for item in found)
    return tuple(story for story in told if story.nodes <= nodes)


def _story(title: str, said: Mapping[str, Any]) -> Story:
    steps = tuple(
        Step(step["day"], step["who"], step.get("as"), step["say"], tuple(step.get("after", ())))
        for step in said["step"]
    )
    return Story(title, said.get("state"), steps)


def day_from(today: date, days: int) -> date:
    """The working day ``days`` from today: a weekend moves on to Monday, in the past back to Friday."""
    day = today + timedelta(days=days)
    beyond = day.weekday() - SATURDAY
    if beyond < 0 or days == 0:
        return day
    return day + timedelta(days=2 - beyond) if days > 0 else day - timedelta(days=1 + beyond)


def moment(text: str, today: date) -> str:
    """The date or RFC 3339 instant that an ``@`` text stands for; any other text as it is."""
    found = _DAY.fullmatch(text)
    if found is None:
        return text
    day = day_from(today, int(found[1]))
    if found[2] is None:
        return day.isoformat()
    return datetime.combine(day, datetime.strptime(found[2], "%H:%M").time(), ZoneInfo(found[3])).isoformat()  # noqa: DTZ007 - joined with its zone at once


def content(
    say: Mapping[str, Any],
    today: date,
    ids: Mapping[str, str],
    members: Mapping[str, str],
    blobs: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The content of a step as it is posted: dates and ids put in, ``blobs`` in place of the attachments it names."""

    def put(text: str) -> str:
        if _NAME.fullmatch(text):
            return ids[text[1:]]
        return members[text[1:]] if _MEMBER.fullmatch(text) else moment(text, today)

    made: dict[str, Any] = {name: _mapped(value, put) for name, value in say.items() if name != "blobs"}
    return made | ({"blobs": [dict(blob) for blob in blobs]} if blobs else {})


def _mapped(value: Any, put: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return put(value)
    if isinstance(value, Mapping):
        return {name: _mapped(inner, put) for name, inner in value.items()}
    return [_mapped(inner, put) for inner in value] if isinstance(value, list) else value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _strings(inner)
