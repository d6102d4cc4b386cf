"""The world with a thing of every kind, which remembers every word written into it.

For tests that look at all pages and must know what members wrote from what pages say themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from store import standing
from tests.kit.web import Member
from tests.web.world import FULL, World
from web.i18n import is_language
from web.markdown import plain_words

NAMES: Final = ("name", "place", "rights")
"""Fields of records that are words though they are no texts."""


def words_of(content: Mapping[str, Any]) -> Iterator[str]:
    """What a record says in words: its texts, and what it calls people, places and files."""
    for name, value in content.items():
        if isinstance(value, str) and (name in NAMES or is_language(name)):
            yield value
            yield plain_words(value)
        elif isinstance(value, dict):
            yield from words_of(value)
        elif isinstance(value, list):
            for part in value:
                if isinstance(part, dict):
                    yield from words_of(part)


@dataclass
class Told(World):
    """The world that remembers every word written into it."""

    words: set[str] = field(default_factory=set)

    @classmethod
    def with_everything(cls, folder: Path) -> Self:
        """Also polls of every kind, issues, an offer, reuse, an invitation, a word of a facilitator, rules, a pathway."""
        world = cls.build(folder)
        for arrange in (_ask, _raise, _give, _write, _practise):
            arrange(world)
        return world

    def make(self, who: Member, content: dict[str, Any]) -> str:
        self.words |= {who.name, *words_of(content)}
        return super().make(who, content)


def _ask(world: Told) -> None:
    """A poll of every kind, with ballots."""
    options = [{"key": key, "text": {"en": f"Form {key}"}} for key in ("one", "two")]
    hours = {"start": "2027-01-20T09:00:00-04:00", "end": "2027-01-20T10:00:00-04:00"}
    for kind, choice in (
        ("choose-one", {"one": 1}), ("choose-many", {"one": 1}), ("rank", {"one": 1, "two": 2}),
        ("score", {"one": 3}), ("dots", {"one": 2}), ("times", {"one": "maybe"}),
    ):  # fmt: skip
        poll = {"type": "poll.open", "subject": world.ids["pitch"], "closes": "2027-01-10T00:00:00Z"}
        question = {"en": f"Which form first, {kind}", "fr": f"Quel formulaire, {kind}"}
        words = {"question": question, "text": {"en": "Think of the clerks."}}
        shown = [{**option, **hours} if kind == "times" else option for option in options]
        more = {"kind": kind, "options": shown, "secret": kind == "dots"}
        world.ids[kind] = world.make(world.owner, {**poll, **words, **more})
        world.make(world.giver, {"type": "ballot", "poll": world.ids[kind], "choice": choice})


def _raise(world: Told) -> None:
    """An issue somebody else has too, which is another one as well."""
    title = {"en": "Clerks retype forms", "fr": "On recopie"}
    issue = world.make(world.giver, {"type": "issue.raise", "title": title, "text": {"en": "Every day."}})
    world.make(world.owner, {"type": "issue.share", "issue": issue})
    world.make(world.owner, {"type": "issue.same", "issue": issue, "as": world.ids["circle_issue"]})
    world.ids["issue"] = issue


def _give(world: Told) -> None:
    """A standing offer, an hour given, what came of an artifact, a word of encouragement, who carries a pitch further, an invitation."""
    pitch = world.ids["pitch"]
    standing = {"type": "offer.stand", "kind": "testing", "text": {"en": "An evening a month"}}
    world.ids["standing"] = world.make(world.other, {**standing, "quantity": 2, "unit": "hour"})
    given = {"type": "pledge.offer", "pitch": pitch, "kind": "time", "quantity": 1, "unit": "hour"}
    world.ids["given"] = world.make(world.other, {**given, "text": {"en": "One evening."}})
    reuse = {"type": "reuse", "artifact": world.ids["artifact"], "where": {"en": "Intake desk"}}
    world.make(world.giver, {**reuse, "what": {"en": "We kept two *fields*."}, "result": "partly"})
    world.make(world.giver, {"type": "encourage", "on": pitch, "text": {"en": "Go there!"}})
    world.make(world.giver, {"type": "catalyse", "pitch": pitch, "text": {"en": "I carry it west."}})
    invite = {"type": "invite", "pitch": pitch, "to": world.giver.member, "text": {"en": "Have a look."}}
    world.make(world.owner, invite)


def _write(world: Told) -> None:
    """Things half in French, a pitch to hide, one that lapses, a label, rules, a step of a pathway."""
    opened = {"type": "pitch.open", "why": {"en": "To see."}, "opportunity": "host"}
    world.ids["hidden"] = world.make(world.owner, {**opened, "title": {"en": "A week"}})
    later = {"title": {"en": "A later lab"}, "window": {"closes": "2026-12-24"}}
    world.ids["lapsing"] = world.make(world.owner, {**FULL, **later})
    artifact = {"type": "artifact.publish", "kind": "note", "licence": "CC0-1.0", "evidence": "opinion"}
    half = {"title": {"en": "Half", "fr": "À moitié"}, "body": {"en": "Only the title is both."}}
    world.ids["half"] = world.make(world.owner, {**artifact, **half})
    circle = {"name": {"en": "Both", "fr": "Deux"}, "purpose": {"en": "English here."}}
    world.ids["half_circle"] = world.make(world.owner, {"type": "circle.found", **circle})
    label = {"type": "label", "on": world.ids["artifact"], "label": "outdated"}
    world.make(world.operator, {**label, "text": {"en": "The form is gone."}})
    world.make(world.operator, {"type": "node.policy", "own_share": 40, "text": {"en": "We pay *trains*."}})
    step = {"type": "idp", "skill": {"en": "Usability"}, "cycle": 1, "part": "experience"}
    world.make(world.owner, {**step, "refers": [world.ids["pitch"]], "text": {"en": "A test went wrong."}})
    world.home.write_now(lambda tx: standing.wait(tx, world.home.node, standing.ASKING))
    world.ids["queued"] = world.make(world.owner, {**opened, "title": {"en": "A wait", "fr": "Une attente"}})
    world.home.write_now(lambda tx: standing.resume(tx, world.home.node))
    world.ids["elsewhere"] = f"{world.away.node}-0-999"
    world.ids["home"] = str(world.home.node)


def _practise(world: Told) -> None:
    """A facilitator and her word."""
    world.make(
        world.owner,
        {"type": "pitch.revise", "pitch": world.ids["pitch"], "facilitator": world.other.member},
    )
    attest = {"type": "attest", "pitch": world.ids["pitch"], "what": ["time"], "note": {"en": "Gladly."}}
    world.make(world.other, attest)


def go_ahead(world: Told) -> None:
    """The pitch goes ahead with what it has."""
    ahead = {"type": "pitch.advance", "pitch": world.ids["pitch"], "to": "underway", "reason": "other"}
    world.make(world.owner, {**ahead, "note": {"en": "Trains are booked."}})


def come_back(world: Told) -> None:
    """The learning is over: what is said of it, who saw it, thanks."""
    pitch = world.ids["pitch"]
    check = {
        "type": "check_in",
        "pitch": pitch,
        "day": 30,
        "applied": "partly",
        "obstacle": {"en": "Freeze."},
    }
    said = world.make(world.owner, {**check, "evidence": {"en": "Two *desks* use it."}, "level": 3})
    world.make(
        world.other,
        {"type": "check_in.attest", "check_in": said, "saw": "partly", "note": {"en": "So I did."}},
    )
    thanks = {"type": "thanks", "pitch": pitch, "text": {"en": "Thank you all."}}
    world.make(world.owner, {**thanks, "to": [world.ids["public"]]})
