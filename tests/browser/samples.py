"""What the people of the browser tests say: a pitch that is ready for pledges, a card, an artifact with a picture.

Days are counted from today, so that nothing here lapses.
"""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from typing import Any, Final

ORGANISATIONS: Final = (
    ("Ministry of Citizens' Services", "CA-BC", "ministry"),
    ("Ville de Québec", "CA-QC", "municipality"),
    ("Institute of Public Administration", "CA-ON", "institute"),
)
REVIEW: Final = {"en": "Two hours of user testing", "fr": "Deux heures de tests avec des usagers"}
HALF: Final = {"en": "Half of train and lodging", "fr": "La moitié du train et de l’hébergement"}


def day(ahead: int) -> str:
    """The day so many days from today."""
    return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=ahead)).isoformat()


def pitch(title: str, **changes: Any) -> dict[str, Any]:
    """Fields of a pitch that is ready: it asks for two hours of testing (key ``review``) and for money (``travel``)."""
    both = {"en": title, "fr": title}
    return {
        "title": both,
        "why": {"en": "Our form loses **one applicant in three**.", "fr": "Notre formulaire perd des gens."},
        "opportunity": "change-lab",
        "topics": ["citizen-services"],
        "when": {"start": day(60), "end": day(62), "zone": "America/Halifax"},
        "where": {"place": "Halifax", "jurisdiction": "CA-NS", "online": True},
        "benefits": {
            "self": {"en": "I learn to redesign a form", "fr": "J’apprends à refaire un formulaire"},
            "peers": {"en": "A worked example", "fr": "Un exemple complet"},
            "organisation": {"en": "Fewer lost applicants", "fr": "Moins d’abandons"},
        },
        "asks": [
            {
                "key": "review",
                "kind": "testing",
                "text": REVIEW,
                "quantity": 2,
                "unit": "hour",
                "must": True,
                "split": True,
                "needed_by": day(40),
            },
            {
                "key": "travel",
                "kind": "money",
                "text": HALF,
                "quantity": 61250,
                "unit": "CAD",
                "must": False,
                "split": True,
            },
        ],
        "own": [
            {
                "kind": "time",
                "text": {"en": "My evenings", "fr": "Mes soirées"},
                "quantity": 12,
                "unit": "hour",
            }
        ],
        "cost": {"currency": "CAD", "total": 122500, "own": 61250, "employer": 0},
        "sharing": [
            {
                "key": "talk",
                "avenue": "lunch-and-learn",
                "audience": {"en": "Intake teams", "fr": "Équipes d’accueil"},
                "due": day(66),
            }
        ],
        "application": {
            "practice": {"en": "Intake form v2", "fr": "Formulaire, version 2"},
            "first_date": day(80),
            "signal": {"en": "Drop-off under 20 %", "fr": "Moins de 20 % d’abandons"},
        },
        **changes,
    }


def offer(of: str, **changes: Any) -> dict[str, Any]:
    """Fields of a pledge of one hour towards the ask ``review`` of a pitch; a field given as None is left out."""
    fields = {
        "pitch": of,
        "ask": "review",
        "kind": "testing",
        "text": {"en": "On a Tuesday evening", "fr": "Un mardi soir"},
        "quantity": 1,
        "unit": "hour",
        "return": {"en": "The new form", "fr": "Le nouveau formulaire"},
        "conflict": "none",
        "show": "named",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def artifact(of: str, *blobs: dict[str, Any]) -> dict[str, Any]:
    """Fields of an artifact that came of a pitch."""
    return {
        "kind": "post",
        "title": {"en": "What Halifax changed", "fr": "Ce que Halifax a changé"},
        "body": {"en": "## Three fields went\n\n- one\n- two", "fr": "## Trois champs de moins\n\n- un"},
        "licence": "CC-BY-4.0",
        "evidence": "one-experience",
        "topics": ["citizen-services"],
        "pitch": of,
        "blobs": list(blobs),
    }


def poll(kind: str, subject: str) -> dict[str, Any]:
    """Fields of a poll with two options (``o1``, ``o2``) that closes in ten days."""
    words = ({"en": "Intake", "fr": "Accueil"}, {"en": "Renewal", "fr": "Renouvellement"})
    hours = {"start": f"{day(20)}T09:00:00-04:00", "end": f"{day(20)}T10:00:00-04:00"}
    options = [{"key": f"o{number}", "text": text} for number, text in enumerate(words, 1)]
    return {
        "subject": subject,
        "question": {"en": f"Which form first ({kind})?", "fr": f"Quel formulaire d’abord ({kind})?"},
        "kind": kind,
        "options": [{**option, **hours} if kind == "times" else option for option in options],
        "closes": f"{day(10)}T17:00:00-08:00",
    }


def picture(size: int = 32) -> bytes:
    """A small grey PNG."""
    rows = b"".join(b"\0" + b"\x80" * size for _ in range(size))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def event(pitch: str | None = None, **changes: Any) -> dict[str, Any]:
    """Fields of an event: of a pitch it carries the ``talk`` of its sharing plan."""
    carried = {"pitch": pitch, "fulfils": ["talk"]} if pitch else {}
    return {
        "kind": "lunch-and-learn",
        "title": {"en": "What Halifax changed, live", "fr": "Halifax en direct"},
        "start": f"{day(64)}T12:00:00-03:00",
        "end": f"{day(64)}T13:00:00-03:00",
        "zone": "America/Halifax",
        "online": "https://example.org/room",
        "where": {"place": "Room 4", "jurisdiction": "CA-NS"},
        "text": {"en": "Bring **one** form.", "fr": "Apportez **un** formulaire."},
        "languages": ["en", "fr"],
        "access": {"en": "Live captions", "fr": "Sous-titres en direct"},
        "topics": ["citizen-services"],
        **carried,
        **changes,
    }


def circle(**changes: Any) -> dict[str, Any]:
    """Fields of a circle."""
    return {
        "name": {"en": "Plain forms", "fr": "Formulaires clairs"},
        "purpose": {"en": "Forms everybody can fill in.", "fr": "Des formulaires que tous peuvent remplir."},
        "topics": ["citizen-services", "accessibility"],
        "cadence": {"en": "Every second Thursday", "fr": "Un jeudi sur deux"},
        **changes,
    }
