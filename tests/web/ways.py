"""Every way out of a node, for tests that look for what must not leave: addresses with their ids, letters, receipts."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from store import notices
from store.views import hiding
from tests.kit.web import House, Member, renderer
from web.digest import Addressee, Letter, Sender, compose

PAGES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "pitches": ("pitch.open",),
    "pledges": ("pledge.offer",),
    "library": ("artifact.publish",),
    "artifacts": ("artifact.publish",),
    "issues": ("issue.raise",),
    "offers": ("offer.stand",),
    "polls": ("poll.open",),
    "circles": ("circle.found", "pitch.open"),
    "events": ("event.schedule",),
    "people": ("member.introduce",),
}
"""What has its page under the first part of an address; under another any record may."""


def filled(path: str, kinds: Mapping[str, Sequence[str]], others: Iterable[str]) -> Iterable[str]:
    """An address with each id of what has a page there, by ``kinds`` (type of the first record → ids), else of ``others``."""
    if "{id}" not in path:
        return [path]
    pages = PAGES_OF.get(path.removeprefix("/api/v1").split("/")[1])
    ids = others if pages is None else [id_ for kind in pages for id_ in kinds.get(kind, ())]
    return [path.replace("{id}", id_) for id_ in ids]


def readable(text: str) -> str:
    """The answer, and what is in it in base64 as in receipts."""
    found = [text]
    for token in re.findall(r"[A-Za-z0-9+/]{40,}={0,2}", text):
        try:
            found.append(base64.b64decode(token + "=" * (-len(token) % 4)).decode("utf-8", "replace"))
        except binascii.Error:
            continue
    return "\n".join(found)


def letter(house: House, who: Member) -> Letter:
    """The digest of a member as it is sent, with everything she has not read."""
    viewer = house.viewer(who)

    def news(db: Any) -> Any:
        return hiding.shown(db, viewer, notices.unmailed(db, viewer, until=house.now, limit=500))

    sender = Sender(house.name, house.jurisdiction, house.url)
    to = Addressee(who.name, "en", "k")
    return compose(renderer(), sender, to, house.read_now(news), most=500, now=house.now)
