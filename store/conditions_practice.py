"""What must hold before somebody answers a check-in, attests, carries a pitch further, encourages or invites.

Law: as in ``store.conditions``. Nobody vouches for herself. Sources: DOMAIN R6, R9, R16.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from protocol.records import Problem, Record, problem
from protocol.records.pitches import Attest, Invite, PitchFields
from protocol.records.practice import CheckIn
from protocol.rules.moments import lasts_until
from protocol.rules.pitches import ENDS, PitchState, clock_state
from protocol.rules.practice import OPEN_TO
from store.acting import Act
from store.views.ground import as_a
from store.views.pitch_rows import PitchRow, policy_at
from store.views.places import place_in

GIVEN_UP: Final = ("withdrawn", "cancelled")


def _pitch(act: Act) -> tuple[PitchRow, PitchState]:
    return as_a(PitchRow, act.pitch), as_a(PitchState, act.state)


def _check_in(act: Act, record: Record) -> Iterator[Problem]:
    row, _ = _pitch(act)
    check_in, shown = as_a(CheckIn, record), clock_state(row.facts, act.now)
    if shown in GIVEN_UP:
        yield problem("pitch", "ended", state=shown)
    elif shown not in OPEN_TO:
        yield problem("pitch", "not-begun", state=shown)
    days = policy_at(act.db, row.node, place_in(row.id)).check_ins
    if check_in.day is not None and check_in.day not in days:
        yield problem("day", "day-unknown", days=", ".join(map(str, days)))
    for at, member in enumerate(check_in.asks):
        yield from _another(act, member, f"asks.{at}")


_CARD: Final = "SELECT 1 FROM members WHERE id = ?"


def _another(act: Act, member: str, field: str) -> Iterator[Problem]:
    """What is wrong with naming a member: she is not known here, or the author herself."""
    if act.db.execute(_CARD, (member,)).fetchone() is None:
        yield problem(field, "not-here")
    elif act.people.same(member, act.author.member):
        yield problem(field, "your-own")


def open_pitch(act: Act, record: Record) -> Iterator[Problem]:
    """What must hold before a pitch is opened."""
    yield from facilitated(act, record)


def facilitated(act: Act, record: Record) -> Iterator[Problem]:
    """A pitch's owner is not its facilitator: nobody says of a pitch of their own that it has the time."""
    named = as_a(PitchFields, record).facilitator
    if named is not None and act.people.same(named, act.author.member):
        yield problem("facilitator", "your-own")


def _witness(act: Act, _record: Record) -> Iterator[Problem]:
    if act.owns:
        yield problem("check_in", "your-own")


def _attest(act: Act, record: Record) -> Iterator[Problem]:
    row, state = _pitch(act)
    named, until = state.pitch.facilitator, as_a(Attest, record).until
    if act.owns:
        yield problem("pitch", "your-own")
    elif named is None or not act.people.same(named, act.author.member):
        yield problem("pitch", "not-facilitator")
    if row.said in GIVEN_UP:
        yield problem("pitch", "ended", state=row.said)
    if until is not None and lasts_until(until) <= act.now:
        yield problem("until", "date-passed")


def _catalyse(act: Act, _record: Record) -> Iterator[Problem]:
    row, _ = _pitch(act)
    if act.owns:
        yield problem("pitch", "your-own")
    if row.said in GIVEN_UP:
        yield problem("pitch", "ended", state=row.said)


def _encourage(act: Act, _record: Record) -> Iterator[Problem]:
    member = act.author.member
    herself = member is not None and act.people.same(member, act.content["on"])
    if act.gave or herself or (act.pledge is None and act.owns):
        yield problem("on", "your-own")


def _invite(act: Act, record: Record) -> Iterator[Problem]:
    row, _ = _pitch(act)
    invite = as_a(Invite, record)
    yield from _another(act, invite.to, "to")
    if row.said in ENDS:
        yield problem("pitch", "ended", state=row.said)
    elif act.people.same(invite.to, row.owner):
        yield problem("to", "owner-invited")


CONDITIONS: Final[Mapping[str, Callable[[Act, Any], Iterator[Problem]]]] = {
    "check_in": _check_in,
    "check_in.attest": _witness,
    "attest": _attest,
    "catalyse": _catalyse,
    "encourage": _encourage,
    "invite": _invite,
}
