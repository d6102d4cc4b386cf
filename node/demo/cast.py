"""Who takes part in the demo network: invented organisations, and people who are roles.

Law: nobody here has a name; a member is what she does and where. The first three organisations stand in a line, more
follow in the order of ``cast.toml``, and past its end more communities of practice. Source: OPERATIONS ``demo``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

LEAST: Final = 3  # two ends that are not paired, and one between
MOST: Final = 12  # processes a laptop carries


class Actor(NamedTuple):
    """A member of the demo. ``key`` is her sign-in name, ``card`` what her member.introduce says besides its type."""

    key: str
    role: str
    language: str
    name: str
    card: Mapping[str, Any]


class Organisation(NamedTuple):
    """A node of the demo. ``profile`` and ``policy`` are contents of its records without type and addresses."""

    key: str
    name: Mapping[str, str]
    profile: Mapping[str, Any]
    policy: Mapping[str, Any] | None
    actors: tuple[Actor, ...]

    @property
    def language(self) -> str:
        """The one it works in."""
        return str(self.profile["languages"][0])

    @property
    def title(self) -> str:
        """What it calls itself."""
        return self.name[self.language]


def _actor(said: Mapping[str, Any], jurisdiction: str) -> Actor:
    languages = [
        said["language"],
        *({"en", "fr"} - {said["language"]} if len(said.get("unit", {})) > 1 else ()),
    ]
    card = {
        "name": said["name"],
        "organisation": said["unit"],
        "jurisdiction": jurisdiction,
        "languages": languages,
        "offers": said["offers"],
    }
    return Actor(said["key"], said["role"], said["language"], said["name"], card)


def _organisation(said: Mapping[str, Any]) -> Organisation:
    fields = ("name", "kind", "level", "jurisdiction", "languages")
    actors = tuple(_actor(member, said["jurisdiction"]) for member in said["member"])
    return Organisation(
        said["key"], said["name"], {name: said[name] for name in fields}, said.get("policy"), actors
    )


@cache
def _written() -> tuple[Organisation, ...]:
    text = files(__package__).joinpath("cast.toml").read_text("utf-8")
    return tuple(map(_organisation, tomllib.loads(text)["node"]))


def _community(number: int) -> Organisation:
    member = {
        "key": "operator",
        "role": "operator",
        "language": "en",
        "name": f"Convener of community {number}",
        "unit": {"en": "Conveners", "fr": "Animation"},
        "offers": [],
    }
    return _organisation(
        {
            "key": f"community-{number}",
            "name": {"en": f"Community of practice {number}", "fr": f"Communauté de pratique {number}"},
            "kind": "community",
            "level": "non-government",
            "jurisdiction": "CA",
            "languages": ["en", "fr"],
            "member": [member],
        }
    )


def organisations(count: int) -> tuple[Organisation, ...]:
    """The first ``count`` organisations, in the order of the line."""
    written = _written()
    return (*written[:count], *(_community(number) for number in range(len(written) + 1, count + 1)))
