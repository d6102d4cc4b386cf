"""A small world for tests of pages: two organisations, a pitch with a private and a public pledge, an artifact.

``World.build(folder)`` makes it; ``PATHS`` are the pages of it, with the names of objects to fill in.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

from tests.kit.web import DAY, House, Member
from web.port import PeerStatus

SECRET_WORDS = "From our quiet learning fund"
SECRET_TALK = "Call me about the transfer"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"

FULL: dict[str, Any] = {
    "type": "pitch.open",
    "title": {"en": "Service design lab, Halifax", "fr": "Labo de design de services, Halifax"},
    "why": {
        "en": "Our intake form loses **one applicant in three**; I want to learn how Halifax fixed theirs."
    },
    "opportunity": "change-lab",
    "topics": ["citizen-services"],
    "when": {
        "start": "2027-03-09T09:00:00-04:00",
        "end": "2027-03-11T16:00:00-04:00",
        "zone": "America/Halifax",
    },
    "where": {"place": "Halifax", "jurisdiction": "CA-NS", "online": False},
    "barrier": {"en": "No travel budget and no contact in the team."},
    "benefits": {
        "self": {"en": "Running a usability test."},
        "peers": {"en": "A form kit others can copy."},
        "organisation": {"en": "Fewer abandoned files."},
    },
    "asks": [
        {
            "key": "travel",
            "kind": "money",
            "text": {"en": "Half of train and lodging"},
            "quantity": 61250,
            "unit": "CAD",
            "must": True,
            "split": True,
            "needed_by": "2027-02-01",
        },
        {
            "key": "intro",
            "kind": "introduction",
            "text": {"en": "Someone on the Halifax team"},
            "quantity": 1,
            "unit": "person",
            "must": True,
            "split": False,
            "needed_by": "2027-02-15",
        },
        {
            "key": "test",
            "kind": "testing",
            "text": {"en": "A tester for the new form"},
            "quantity": 2,
            "unit": "hour",
            "must": False,
            "split": False,
        },
    ],
    "own": [{"kind": "time", "text": {"en": "My own evenings"}, "quantity": 12, "unit": "hour"}],
    "cost": {"currency": "CAD", "total": 122500, "own": 61250, "employer": 0},
    "sharing": [
        {
            "key": "talk",
            "avenue": "lunch-and-learn",
            "audience": {"en": "Intake teams of BC and NS"},
            "due": "2027-03-16",
        }
    ],
    "application": {
        "practice": {"en": "Intake form v2"},
        "first_date": "2027-04-01",
        "signal": {"en": "Drop-off under 20 %"},
    },
    "resources": [{"text": {"en": "Agenda"}, "url": "https://example.org/agenda", "licence": "CC-BY-4.0"}],
    "window": {"opens": "2026-12-01", "closes": "2027-02-20"},
}

PATHS = (
    "/",
    "/pitches",
    "/pitches?give=yes",
    "/pitches?mine=yes",
    "/pitches?q=halifax&topic=citizen-services&level=federal",
    "/pitches/new",
    "/pitches/{pitch}",
    "/pitches/{french}",
    "/pitches/{hostile}",
    "/pitches/{pitch}/revise",
    "/pitches/{french}/pledge",
    "/pitches/{french}/pledge?ask=",
    "/pledges/{public}",
    "/pledges/{money}",
    "/pledges/{unnamed}",
    "/impact",
    "/impact?from=2026-11&to=2027-04&jurisdiction=CA&topic=data",
    "/library",
    "/library?kind=post",
    "/library/new",
    "/library/new?pitch={pitch}",
    "/library?q=Halifax&review=due&jurisdiction=CA-BC",
    "/library/new?from={artifact}",
    "/library/{artifact}",
    "/library/{artifact}?original=yes",
    "/library/{artifact}/revise",
    "/library/{artifact}/reuse",
    "/library/{artifact}/translate",
    "/library/{artifact}/translate?to=en",
    "/library/{artifact}/withdraw",
    "/library/{hostile_artifact}",
    "/polls",
    "/polls/new?kind=times",
    "/circles",
    "/circles?mine=yes&topic=citizen-services",
    "/circles/new",
    "/circles/{circle}",
    "/circles/{pitch}",
    "/circles/{hostile_circle}",
    "/circles/{circle}/revise",
    "/events",
    "/events?month=2027-03",
    "/events?past=yes",
    "/events?mine=yes&kind=webinar",
    "/events/new",
    "/events/new?pitch={pitch}&fulfils=talk",
    "/events/{event}",
    "/events/{hostile_event}",
    "/events/{event}/revise",
    "/library/{hostile_artifact}/reuse",
    "/library/{hostile_artifact}/translate",
    "/pitches/{pitch}/note",
    "/mine/pathway",
    "/mine/pathway?skill=x&cycle=2&part=concept",
    "/issues",
    "/issues?q=form&topic=data",
    "/issues/new",
    "/offers",
    "/offers?mine=yes",
    "/offers/new",
    "/people",
    "/people/{giver}",
    "/people/{owner}",
    "/organisations/{away}",
    "/network",
    "/notifications",
    "/settings/notifications",
    "/search",
    "/search?q=formulaire",
    "/search?q=script",
    "/mine",
    "/help",
    "/help/members",
    "/help/operators",
    "/help/style",
    "/about",
    "/privacy",
    "/accessibility",
)


@dataclass
class World:
    """``home`` is visited, ``away`` the other organisation; ``ids`` are the names PATHS speaks of."""

    home: House
    away: House
    owner: Member
    other: Member
    operator: Member
    newcomer: Member
    giver: Member
    adviser: Member
    ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    def build(cls, folder: Path, *, meets: bool = True) -> Self:
        """A copy of the world as it is built once; ``meets``: with an event, a circle and an issue of its own."""
        first = cls._first(meets)
        return replace(
            first, home=first.home.copied(folder), away=first.away.copied(folder), ids=dict(first.ids)
        )

    @classmethod
    @cache
    def _first(cls, meets: bool) -> Self:
        """Built and closed: a third of a second, where a copy takes a tenth of it."""
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        world = cls._built(Path(folder), meets)
        world.close()
        return world

    @classmethod
    def _built(cls, folder: Path, meets: bool) -> Self:
        home = House.open(folder, number=1)
        away = House.open(
            folder,
            number=2,
            name={"en": "City of Lethbridge", "fr": "Ville de Lethbridge"},
            jurisdiction="CA-AB",
            kind="municipality",
        )
        offers = [
            {"kind": "review", "topics": ["data"], "text": {"en": "I read forms."}},
            {"kind": "testing"},
        ]
        world = cls(
            home,
            away,
            owner=home.member(
                "Policy analyst, Victoria", jurisdiction="CA-BC", languages=["en"], offers=offers
            ),
            other=home.member("Data analyst, Nanaimo", jurisdiction="CA-BC"),
            operator=home.member("Operator, Victoria", role="operator"),
            newcomer=home.member("Newcomer, Kelowna", card=False),
            giver=away.member("Intake lead, Lethbridge", jurisdiction="CA-AB", offers=[{"kind": "testing"}]),
            adviser=away.member("Conseillère, Lethbridge", languages=["fr"]),
        )
        world.ids = {
            "owner": str(world.owner.member),
            "giver": str(world.giver.member),
            "away": str(away.node),
        }
        home.publish_now(None, {"type": "node.policy", "tally_every": 0})  # sums at once, not by the hour
        world._open()
        world._pledge()
        world._answer()
        if meets:
            world._meet()
        home.peer_list = [PeerStatus(away.node, away.name, "connected", "out", 3, home.now - 60_000, None)]
        return world

    def close(self) -> None:
        self.home.close()
        self.away.close()

    def make(self, who: Member, content: dict[str, Any]) -> str:
        """Publish on the node of ``who`` and carry everything over; the id."""
        house = self.away if who in (self.giver, self.adviser) else self.home
        made = house.publish_now(who, content)
        self.home.carry(self.away)
        self.away.carry(self.home)
        return str(made.id)

    def path(self, pattern: str) -> str:
        return pattern.format(**self.ids)

    def _open(self) -> None:
        self.ids["pitch"] = self.make(self.owner, FULL)
        review = {
            "key": "review",
            "kind": "review",
            "text": {"fr": "Une relecture"},
            "quantity": 3,
            "unit": "hour",
        }
        self.ids["french"] = self.make(
            self.adviser,
            {
                "type": "pitch.open",
                "title": {"fr": "Atelier sur l’accessibilité des formulaires : que faire ?"},
                "why": {"fr": "Nos formulaires excluent des gens."},
                "opportunity": "workshop",
                "asks": [review],
            },
        )
        self.ids["hostile"] = self.make(
            self.giver,
            {
                "type": "pitch.open",
                "title": {"en": HOSTILE + "W" * 100},
                "why": {
                    "en": f"{HOSTILE} \u202e שלום [x](javascript:alert(1)) ![p](https://evil.example/p.png)"
                },
                "opportunity": "<b>odd</b>",
                "topics": [HOSTILE[:60]],
                "asks": [
                    {"key": "a", "kind": "<u>k</u>", "text": {"en": HOSTILE}, "quantity": 1, "unit": "<hr>"}
                ],
            },
        )

    def _pledge(self) -> None:
        base = {"type": "pledge.offer", "pitch": self.ids["pitch"], "return": {"en": "The form kit"}}
        money = {
            "ask": "travel",
            "kind": "money",
            "quantity": 36750,
            "unit": "CAD",
            "text": {"en": SECRET_WORDS},
        }
        testing = {"ask": "test", "kind": "testing", "quantity": 2, "unit": "hour"}
        introduction = {
            "ask": "intro",
            "kind": "introduction",
            "quantity": 1,
            "unit": "person",
            "show": "organisation",
        }
        self.ids["money"] = self.make(self.giver, {**base, **money})
        self.ids["public"] = self.make(self.giver, {**base, **testing, "text": {"en": "With a stopwatch."}})
        self.ids["unnamed"] = self.make(
            self.adviser, {**base, **introduction, "text": {"fr": "J’ai travaillé avec eux."}}
        )

    def _answer(self) -> None:
        self.home.later(DAY)
        self.away.later(DAY)
        for pledge, quantity in (("money", 36750), ("public", 2)):
            accept = {"type": "pledge.accept", "pledge": self.ids[pledge], "quantity": quantity}
            self.make(
                self.owner, {**accept, "return": {"en": "The kit, in April"}, "return_due": "2027-04-15"}
            )
        self.make(self.owner, {"type": "comment", "on": self.ids["money"], "text": {"en": SECRET_TALK}})
        self.make(
            self.giver, {"type": "comment", "on": self.ids["pitch"], "text": {"en": f"Ask them. {HOSTILE}"}}
        )
        update = {
            "type": "pitch.update",
            "pitch": self.ids["pitch"],
            "text": {"en": "The dates are confirmed."},
        }
        self.make(self.owner, update)
        artifact = {"type": "artifact.publish", "licence": "CC-BY-4.0", "evidence": "one-experience"}
        self.ids["artifact"] = self.make(
            self.owner,
            {
                **artifact,
                "kind": "post",
                "title": {"en": "What Halifax changed"},
                "body": {"en": "Three *fields* went.\n\n### How\n\n- one\n"},
                "pitch": self.ids["pitch"],
            },
        )
        self.ids["hostile_artifact"] = self.make(
            self.giver,
            {
                **artifact,
                "kind": HOSTILE[:60],
                "title": {"en": HOSTILE},
                "body": {"en": HOSTILE},
                "rights": HOSTILE,
                "authors": [{"name": HOSTILE, "role": "<i>"}],
            },
        )

    def _meet(self) -> None:
        event = {
            "type": "event.schedule",
            "kind": "webinar",
            "title": {"en": "What Halifax changed, live", "fr": "Halifax en direct"},
            "start": "2027-03-16T12:00:00-07:00",
            "end": "2027-03-16T13:00:00-07:00",
            "zone": "America/Vancouver",
            "online": "https://example.org/room",
            "text": {"en": "Bring **one** form."},
            "languages": ["en", "fr"],
            "access": {"en": "Live captions"},
            "topics": ["citizen-services"],
            "pitch": self.ids["pitch"],
            "fulfils": ["talk"],
        }
        self.ids["event"] = self.make(self.owner, event)
        for who, answer in ((self.giver, "yes"), (self.adviser, "maybe"), (self.other, "no")):
            self.make(who, {"type": "rsvp", "event": self.ids["event"], "answer": answer})
        self.ids["hostile_event"] = self.make(
            self.giver,
            {
                "type": "event.schedule",
                "kind": HOSTILE[:60],
                "title": {"en": HOSTILE + "W" * 100},
                "start": "2027-03-17",
                "where": {"place": HOSTILE},
                "text": {"en": f"{HOSTILE} [x](javascript:alert(1))"},
                "access": {"en": HOSTILE},
                "topics": [HOSTILE[:60]],
            },
        )
        circle = {"type": "circle.found", "name": {"en": "Plain forms"}, "topics": ["citizen-services"]}
        self.ids["circle"] = self.make(
            self.owner, {**circle, "purpose": {"en": "Forms that **everybody** can fill in."}}
        )
        self.make(self.giver, {"type": "circle.join", "circle": self.ids["circle"]})
        issue = {
            "type": "issue.raise",
            "circle": self.ids["circle"],
            "title": {"en": "Nobody tests with screen readers"},
        }
        self.ids["circle_issue"] = self.make(self.giver, issue)
        self.ids["hostile_circle"] = self.make(
            self.giver,
            {
                "type": "circle.found",
                "name": {"en": HOSTILE + "W" * 100},
                "purpose": {"en": f"{HOSTILE} [x](javascript:alert(1))"},
                "cadence": {"en": HOSTILE},
                "topics": [HOSTILE[:60]],
            },
        )
