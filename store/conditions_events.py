"""What must hold before an event is scheduled, revised, cancelled or answered.

Law: as in ``store.conditions``. An event carries sharing activities of its organiser's own pitch only.
Source: DOMAIN R4 and section 3, area *events*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from protocol.records import Problem, Record, problem
from protocol.records.events import EventRevise, EventSchedule
from protocol.rules.events import is_orderly, over_at
from protocol.rules.objects import revised
from protocol.rules.pitches import PitchState
from store.acting import Act
from store.views import object_rows, pitch_rows
from store.views.ground import as_a
from store.views.object_rows import ObjectRow


def unknown_keys(state: PitchState, keys: tuple[str, ...]) -> Iterator[Problem]:
    """Sharing keys named in ``fulfils`` that the pitch does not have."""
    here = {activity.key for activity in state.sharing}
    yield from (
        problem(f"fulfils.{at}", "key-unknown", key=key) for at, key in enumerate(keys) if key not in here
    )


def _schedule(act: Act, record: Record) -> Iterator[Problem]:
    yield from _sound(act, as_a(EventSchedule, record))


def _revise(act: Act, record: Record) -> Iterator[Problem]:
    row, event = _event(act)
    yield from _still_on(act, row, event)
    yield from _sound(act, revised(event, as_a(EventRevise, record)))


def _cancel(act: Act, _record: Record) -> Iterator[Problem]:
    yield from _still_on(act, *_event(act))


def _rsvp(act: Act, _record: Record) -> Iterator[Problem]:
    row = act.object
    if row is None or row.area != "event":
        yield problem("event", "not-here")
        return
    yield from _still_on(act, *_event(act))


def _event(act: Act) -> tuple[ObjectRow, EventSchedule]:
    row = as_a(ObjectRow, act.object)
    return row, as_a(EventSchedule, object_rows.records(act.db, [row])[row.id])


def _still_on(act: Act, row: ObjectRow, event: EventSchedule) -> Iterator[Problem]:
    if row.ended is not None or act.now >= over_at(event.start, event.end):
        yield problem("event", "event-over")


def _sound(act: Act, event: EventSchedule) -> Iterator[Problem]:
    """What is wrong with an event as it would stand."""
    if not is_orderly(event.start, event.end):
        yield problem("end", "end-before-start")
    if event.circle is not None and not _is_circle(act, event.circle):
        yield problem("circle", "not-here")
    if event.pitch is None:
        if event.fulfils:
            yield problem("pitch", "missing")
        return
    row = pitch_rows.rows(act.db, [event.pitch]).get(event.pitch)
    if row is None:
        yield problem("pitch", "not-here")
    elif event.fulfils:
        if act.author.member is None or not act.people.same(row.owner, act.author.member):
            yield problem("fulfils", "not-yours")
        yield from unknown_keys(pitch_rows.state_of(act.db, row), event.fulfils)


def _is_circle(act: Act, circle: str) -> bool:
    row = pitch_rows.rows(act.db, [circle]).get(circle)
    if row is not None:
        return bool(row.formed)
    return object_rows.find(act.db, act.viewer, circle, "circle") is not None


CONDITIONS: Final[Mapping[str, Callable[[Act, Any], Iterator[Problem]]]] = {
    "event.schedule": _schedule,
    "event.revise": _revise,
    "event.cancel": _cancel,
    "rsvp": _rsvp,
}
