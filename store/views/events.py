"""Events: when people meet, who comes, what of a pitch's sharing they carry.

Law: an event is what its organiser says; answers to it stand beside it and the last of each person counts. One that was
cancelled leaves the lists, and its page says so. What has begun, and what is over, the clock says when it is read.
Source: DOMAIN section 3, area *events*, R4.
"""

from __future__ import annotations

from protocol.records.events import EventSchedule
from protocol.rules.moments import begins
from store.views.objects import Area
from store.views.texts import Texts, texts_in


def facets(record: EventSchedule) -> set[tuple[str, str]]:
    """What lists filter by; a place is found by its country too, a language by its primary subtag."""
    place = record.where.jurisdiction if record.where else None
    return {
        ("event.kind", record.kind),
        *(("event.topic", topic) for topic in record.topics or ()),
        *(("event.jurisdiction", code) for code in ((place, place[:2]) if place else ())),
        *(("event.lang", tag.partition("-")[0].lower()) for tag in record.languages or record.title),
        *(("event.circle", circle) for circle in (record.circle,) if circle),
        *(("event.fulfils", key) for key in record.fulfils),
    }


def other_texts(record: EventSchedule) -> Texts:
    """Every text of an event but its title, and the place."""
    place = [("", record.where.place)] if record.where and record.where.place else []
    return [*texts_in(record.text), *texts_in(record.access), *place]


AREA = Area(
    name="event",
    topic="events",
    opens="event.schedule",
    revises="event.revise",
    ends="event.cancel",
    about=lambda record: record.pitch or record.circle,
    due=lambda record: begins(record.start),
    facets=facets,
    texts=lambda record: (list(record.title.items()), other_texts(record)),
)
