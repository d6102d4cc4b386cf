"""Making a node: folder, keys, settings, its profile, and the way in for its operator.

Law: all or nothing that matters: keys come first and are never overwritten; what follows can be done again by hand.
Source: OPERATIONS ``init``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node import commands, config
from node.house import PASSPHRASE, open_house
from node.identity import create
from node.profile import say
from protocol import records


@dataclass(frozen=True, slots=True)
class Profile:
    """What an organisation says of itself at the start; ``languages`` are BCP 47 tags, the first one first."""

    name: str
    jurisdiction: str
    kind: str
    level: str | None
    languages: tuple[str, ...]


def profile_record(profile: Profile, url: str, addresses: tuple[str, ...]) -> dict[str, Any]:
    """Content of ``node.profile``. An address that works on this machine only is not told to the network."""
    content: dict[str, Any] = {
        "type": "node.profile",
        "name": {profile.languages[0]: profile.name},
        "jurisdiction": profile.jurisdiction,
        "kind": profile.kind,
        "languages": list(profile.languages),
        "addresses": list(addresses),
    }
    if profile.level is not None:
        content["level"] = profile.level
    return content | ({"web": url} if url else {})


def found(data: Path, profile: Profile, *, url: str = "", clock_file: Path | None = None) -> dict[str, Any]:
    """Make the node: ``{node, kit, sign_in}``. Refused, with nothing made, if the profile cannot stand."""
    records.write(profile_record(profile, url, ()))
    create(data, os.environ.get(PASSPHRASE))
    chosen = config.load(data, {}, {"name": profile.name, "url": url or None})
    config.save(data, chosen)
    with open_house(data, {}, clock_file=clock_file, create=True) as house:
        say(house, profile_record(profile, chosen.url, house.settings.addresses))
        kit = commands.run(house, "key.kit", {})
        link = commands.run(house, "member.invite", {"role": "operator"})
    return {"node": house.node, "kit": kit, "sign_in": link["link"]}
