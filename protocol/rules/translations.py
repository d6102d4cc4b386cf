"""Which translation of a text is shown, and whether it still fits.

Law: the author's own text goes first, then a person's translation, then a machine's; of two of a kind the newer, ties
by id. A translation is *stale* when the author said the field otherwise after the version it was made of. Whether a
translation is here decides nothing but itself. Source: DOMAIN section 2, "Translations".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple

from protocol.records.base import Part

Text = Mapping[str, str]
State = Literal["current", "stale", "unknown"]
CURRENT: Final = "current"
STALE: Final = "stale"
UNKNOWN: Final = "unknown"
_SCRIPT: Final = 4  # letters of a script subtag, RFC 5646


class Offered(NamedTuple):
    """One text of one translation. ``was``: the author's text in the version it was made of, None: not known here;
    ``time``: effective, POSIX ms."""

    id: str
    field: str
    tag: str
    text: str
    origin: str
    time: int
    was: Text | None


class Shown(NamedTuple):
    """A text that stands for a field in a language, and whether it fits what the author says now."""

    offered: Offered
    state: State


def language(tag: str) -> str:
    """What tells readers of two tags apart: primary language and script. ``fr-CA`` reads as ``fr``, ``iu-Latn`` not as
    ``iu-Cans``."""
    primary, *rest = tag.lower().split("-")
    script = next((part for part in rest if len(part) == _SCRIPT and part.isalpha()), "")
    return f"{primary}-{script}" if script else primary


def shown(now: Mapping[str, Text], offered: Iterable[Offered]) -> list[Shown]:
    """The text to show for each field and language its author does not give, fields in the order of the object.

    ``now``: the author's texts by field. A field that is no more shows nothing.
    """
    best: dict[tuple[str, str], Offered] = {}
    for one in offered:
        if one.field not in now or language(one.tag) in set(map(language, now[one.field])):
            continue
        place = one.field, language(one.tag)
        best[place] = max(best.get(place, one), one, key=_rank)
    order = {field: at for at, field in enumerate(now)}
    found = sorted(best.values(), key=lambda one: (order[one.field], language(one.tag)))
    return [Shown(one, state(one.was, now[one.field])) for one in found]


def _rank(one: Offered) -> tuple[bool, int, str]:
    return one.origin == "human", one.time, one.id


def state(was: Text | None, now: Text) -> State:
    """How a translation stands to the author's text: as it was translated, and as it is."""
    if was is None:
        return UNKNOWN
    return CURRENT if was == now else STALE


_NO_TEXTS: Final[Collection[str]] = ("lang", "audience", "by", "type")


def texts_of(part: Part) -> dict[str, Text]:
    """Every text of a record by its dotted field, in the order of the record.

    Items of a list that have keys are named by their key, others by their number: ``asks.travel.text``,
    ``own.0.text``.
    """
    return dict(_walk("", part))


def _walk(path: str, value: object) -> Iterator[tuple[str, Text]]:
    if isinstance(value, Part):
        for name, field in type(value).model_fields.items():
            if path or name not in _NO_TEXTS:
                yield from _walk(_below(path, field.alias or name), getattr(value, name))
    elif isinstance(value, tuple):
        for at, item in enumerate(value):
            yield from _walk(_below(path, str(getattr(item, "key", at))), item)
    elif isinstance(value, dict) and value and all(isinstance(text, str) for text in value.values()):
        yield path, value


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
