"""Mixed records: the whole life of a pitch over and over, every kind of record a node writes.

Law: the same bytes for the same node and count; every record applies. A life speaks of nothing but itself, so what is
measured is how a record's cost grows with the store, not with one popular object.
"""

from __future__ import annotations

from typing import Any, Final

from protocol.entry import dump_json
from protocol.ids import EntryId, NodeId

Json = dict[str, Any]
OWNER, GIVER, CIRCLE, ISSUE, PITCH, HANDS, ROOM, ARTIFACT, EVENT, POLL = 0, 1, 2, 3, 4, 8, 9, 18, 24, 28
COMMENT, CHECK_IN = 14, 32


def _text(words: str) -> dict[str, str]:
    return {"en": words}


def _ask(key: str, kind: str, quantity: int, unit: str) -> Json:
    return {
        "key": key,
        "kind": kind,
        "text": _text("Help"),
        "quantity": quantity,
        "unit": unit,
        "split": True,
    }


_READY: Final[Json] = {
    "topics": ["data", "citizen-services"],
    "when": {"start": "2027-03-09", "end": "2027-03-11"},
    "benefits": {"self": _text("I learn"), "peers": _text("They learn"), "organisation": _text("It gains")},
    "asks": [_ask("hands", "review", 2, "hour"), _ask("room", "venue", 1, "day")],
    "sharing": [{"key": "note", "avenue": "post", "audience": _text("Everybody"), "due": "2027-03-18"}],
    "application": {
        "practice": _text("The form"),
        "first_date": "2027-04-01",
        "signal": _text("Fewer calls"),
    },
}
LIFE: Final[tuple[tuple[str, str | None, Json], ...]] = (
    ("member.introduce", None, {"name": "policy analyst", "offers": [{"kind": "review"}]}),
    ("member.introduce", None, {"name": "service designer", "jurisdiction": "CA-NS"}),
    ("circle.found", "by", {"name": _text("Form makers"), "purpose": _text("Better forms")}),
    ("issue.raise", "by", {"circle": CIRCLE, "title": _text("Forms nobody finishes")}),
    (
        "pitch.open",
        "by",
        {
            "title": _text("Service design lab"),
            "why": _text("Our form loses one in three"),
            "opportunity": "change-lab",
            "answers": [ISSUE],
        },
    ),
    ("pitch.revise", "by", {"pitch": PITCH, **_READY}),
    ("offer.stand", "to", {"kind": "review", "text": _text("An evening a month"), "until": "2027-12-31"}),
    ("circle.join", "to", {"circle": CIRCLE}),
    ("pledge.offer", "to", {"pitch": PITCH, "ask": "hands", "kind": "review", "quantity": 2, "unit": "hour"}),
    ("pledge.offer", "to", {"pitch": PITCH, "ask": "room", "kind": "venue", "quantity": 1, "unit": "day"}),
    (
        "pledge.accept",
        "by",
        {"pledge": HANDS, "quantity": 2, "return": _text("A call"), "return_due": "2027-04-15"},
    ),
    ("pledge.accept", "by", {"pledge": ROOM, "quantity": 1}),
    ("pledge.fulfil", "to", {"pledge": HANDS}),
    ("pledge.confirm", "by", {"pledge": HANDS, "result": "met"}),
    ("comment", "to", {"on": PITCH, "text": _text("We tried this in the autumn")}),
    ("comment.revise", "to", {"comment": COMMENT, "text": _text("We tried this in spring")}),
    ("catalyse", "to", {"pitch": PITCH, "text": _text("I carry it on")}),
    ("encourage", "to", {"on": PITCH}),
    (
        "artifact.publish",
        "by",
        {
            "kind": "post",
            "title": _text("What we changed"),
            "body": _text("Three fields went, one came."),
            "licence": "CC-BY-4.0",
            "pitch": PITCH,
            "fulfils": ["note"],
        },
    ),
    ("artifact.revise", "by", {"artifact": ARTIFACT, "body": _text("Three fields went, two came.")}),
    ("reuse", "to", {"artifact": ARTIFACT, "result": "worked", "where": _text("Counter services")}),
    ("translation", "to", {"of": ARTIFACT, "texts": {"title": {"fr": "Ce qui a changé"}}, "origin": "human"}),
    ("return.deliver", "by", {"pledge": HANDS, "text": _text("The call")}),
    ("return.confirm", "to", {"pledge": HANDS, "result": "partly"}),
    (
        "event.schedule",
        "by",
        {
            "kind": "webinar",
            "title": _text("What a form taught us"),
            "start": "2027-03-25T12:00:00-07:00",
            "pitch": PITCH,
        },
    ),
    ("rsvp", "to", {"event": EVENT, "answer": "maybe"}),
    ("rsvp", "to", {"event": EVENT, "answer": "yes"}),
    ("event.revise", "by", {"event": EVENT, "access": _text("Live captions")}),
    (
        "poll.open",
        "by",
        {
            "question": _text("Which form next?"),
            "kind": "choose-one",
            "options": [{"key": "a", "text": _text("Permits")}, {"key": "b", "text": _text("Parking")}],
            "closes": "2027-06-01T00:00:00Z",
        },
    ),
    ("ballot", "by", {"poll": POLL, "choice": {"a": 1}}),
    ("ballot", "to", {"poll": POLL, "choice": {"b": 1}}),
    ("pitch.update", "by", {"pitch": PITCH, "text": _text("On the train")}),
    ("check_in", "by", {"pitch": PITCH, "day": 30, "applied": "yes", "evidence": _text("In use")}),
    ("check_in.attest", "to", {"check_in": CHECK_IN, "saw": "yes"}),
    ("thanks", "by", {"pitch": PITCH, "to": [HANDS], "text": _text("Thank you")}),
    ("issue.share", "to", {"issue": ISSUE}),
)
"""Type, who speaks (``by`` the owner, ``to`` the giver) and fields; a number names another record of the same life."""
_NAMING: Final = frozenset(
    {
        "circle",
        "answers",
        "pitch",
        "pledge",
        "comment",
        "on",
        "artifact",
        "of",
        "event",
        "poll",
        "check_in",
        "to",
        "issue",
    }
)


def content(node: NodeId, index: int) -> bytes:
    """The record at this index of a log of lives."""
    at = index % len(LIFE)
    return dump_json(record(node, index - at, at))


def record(node: NodeId, start: int, at: int) -> Json:
    """The record at this place of the life that begins at an index of the log."""
    kind, who, fields = LIFE[at]

    def id_(place: int) -> str:
        return str(EntryId(node, 0, start + place))

    said = {name: _named(value, id_) if name in _NAMING else value for name, value in fields.items()}
    by = {} if who is None else {"by": id_(OWNER if who == "by" else GIVER)}
    return {"type": kind, **by, **said}


def _named(value: Any, id_: Any) -> Any:
    return [id_(place) for place in value] if isinstance(value, list) else id_(value)
