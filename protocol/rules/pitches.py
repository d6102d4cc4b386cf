"""What a pitch is, from its owner's records, and what state it is in, from those and the clock.

Law: the stored state (``fold``) is a function of the owner's own records in (epoch, index) order, so it is the
same on every node. States that need a clock (``clock_state``) are worked out when read and never stored. An
end (closed, withdrawn, cancelled) is never left. Sources: DOMAIN section 2, R8, R10, R16.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from protocol.records import NotAcceptable, Problem, plain, problem
from protocol.records.pitches import Ask, PitchAdvance, PitchOpen, PitchRevise, Sharing
from protocol.rules.moments import DAY, begins, lasts_until
from protocol.rules.ownership import same_audience
from protocol.rules.policies import Policy

OPEN_DAYS: Final = 90  # a pitch with neither window nor start lapses this long after opening
CLOSE_DAYS: Final = 30  # after the last check-in was due
ENDS: Final = ("closed", "withdrawn", "cancelled")
STATES: Final = ("open", "ready", "resourced", "underway", "sharing", "applied", "lapsed", *ENDS)

# What may follow the owner's last step, going by records alone: true on every node, whatever the clock.
_FOLLOWS: Final[Mapping[str | None, tuple[str, ...]]] = {
    None: ("underway", "sharing", "closed", "withdrawn", "cancelled"),
    "underway": ("sharing", "closed", "cancelled"),
    "sharing": ("closed", "cancelled"),
}

# What the owner may say of a pitch people see in these states: asked when writing, with the clock.
ADVANCES: Final[Mapping[str, tuple[str, ...]]] = {
    "underway": ("open", "ready", "lapsed"),
    "sharing": ("resourced", "underway"),
    "closed": ("underway", "sharing", "applied", "lapsed"),
    "withdrawn": ("open", "ready", "resourced", "lapsed"),
    "cancelled": ("open", "ready", "resourced", "underway", "sharing", "lapsed"),
}

_RESTATED: Final = frozenset(PitchOpen.model_fields) - {"type", "by", "audience"}
_FIXED: Final = ("title", "why", "opportunity")


@dataclass(frozen=True, slots=True)
class PitchState:
    """A pitch as its owner's records leave it.

    ``pitch`` holds the fields as last restated; ``opened`` and ``changed`` are claimed times in ms; ``asked``
    is every ask key ever used with its kind and unit, ``shared`` every sharing key; ``step`` is the owner's
    last ``pitch.advance``, ``stepped`` its claimed time; ``ahead``: she said once that it goes ahead.
    """

    pitch: PitchOpen
    opened: int
    changed: int
    asked: Mapping[str, tuple[str, str]]
    shared: frozenset[str]
    step: PitchAdvance | None = None
    stepped: int | None = None
    ahead: bool = False

    @property
    def owner(self) -> str:
        return self.pitch.by

    @property
    def said(self) -> str | None:
        """The step the owner last said, by name."""
        return self.step.to if self.step else None

    @property
    def asks(self) -> tuple[Ask, ...]:
        return self.pitch.asks or ()

    @property
    def sharing(self) -> tuple[Sharing, ...]:
        return self.pitch.sharing or ()


def fold(
    state: PitchState | None,
    record: PitchOpen | PitchRevise | PitchAdvance,
    claimed: int,
    accepted: Mapping[str, int] | None = None,
) -> PitchState:
    """The state after one more record of the owner's, in her order; ``claimed`` is its time in ms.

    That it is hers was asked before (``ownership.when_said``).

    ``accepted`` (quantity accepted, by ask) is given when writing: an ask is then neither dropped nor cut below
    it. When reading it is left out: what others released since is not the owner's feed's to know.
    NotAcceptable when the record does not apply; the state stays what it was.
    """
    if isinstance(record, PitchOpen):
        if state is not None:
            raise NotAcceptable(problem("type", "already-open"))
        return PitchState(record, claimed, claimed, _asked({}, record), _shared(frozenset(), record))
    if state is None:
        raise NotAcceptable(problem("pitch", "not-here"))
    problems = _closed_to(state, record)
    if not problems and isinstance(record, PitchAdvance):
        problems = _out_of_turn(state, record)
    elif not problems and isinstance(record, PitchRevise):
        problems = [*_reused(state, record), *_cut(record, accepted or {})]
    if problems:
        raise NotAcceptable(*problems)
    if isinstance(record, PitchAdvance):
        ahead = state.ahead or record.to in ("underway", "sharing")
        return replace(state, step=record, stepped=claimed, ahead=ahead)
    return _revised(state, record, claimed)


def _closed_to(state: PitchState, record: PitchRevise | PitchAdvance) -> list[Problem]:
    if not same_audience(state.pitch, record):
        return [problem("audience", "not-the-pitch-s")]
    if state.said in ENDS:
        return [problem("pitch", "ended", state=state.said)]
    return []


def _out_of_turn(state: PitchState, record: PitchAdvance) -> list[Problem]:
    if record.to in _FOLLOWS[state.said]:
        return []
    return [problem("to", "out-of-turn", state=state.said or "open", to=record.to)]


def _reused(state: PitchState, record: PitchRevise) -> list[Problem]:
    """Keys are never reused: one dropped stays dropped, one kept keeps its kind and unit."""
    here = {ask.key for ask in state.asks}
    activities = {activity.key for activity in state.sharing}
    asks = [
        problem(f"asks.{index}.key", "key-used", key=ask.key)
        for index, ask in enumerate(record.asks or ())
        if ask.key in state.asked and (ask.key not in here or state.asked[ask.key] != (ask.kind, ask.unit))
    ]
    shares = [
        problem(f"sharing.{index}.key", "key-used", key=activity.key)
        for index, activity in enumerate(record.sharing or ())
        if activity.key in state.shared and activity.key not in activities
    ]
    return asks + shares


def _cut(record: PitchRevise, accepted: Mapping[str, int]) -> list[Problem]:
    if "asks" not in record.model_fields_set:
        return []
    asks = {ask.key: (index, ask.quantity) for index, ask in enumerate(record.asks or ())}
    found = []
    for key, quantity in accepted.items():
        index, asked = asks.get(key, (None, 0))
        if asked < quantity:
            field = "asks" if index is None else f"asks.{index}.quantity"
            found.append(problem(field, "accepted-already", key=key, accepted=quantity))
    return found


def _revised(state: PitchState, record: PitchRevise, claimed: int) -> PitchState:
    named = record.model_fields_set & _RESTATED
    pitch = state.pitch.model_copy(update={name: getattr(record, name) for name in named})
    return replace(
        state,
        pitch=pitch,
        changed=claimed,
        asked=_asked(state.asked, record),
        shared=_shared(state.shared, record),
    )


def _asked(
    before: Mapping[str, tuple[str, str]], record: PitchOpen | PitchRevise
) -> dict[str, tuple[str, str]]:
    return {**before, **{ask.key: (ask.kind, ask.unit) for ask in record.asks or ()}}


def _shared(before: frozenset[str], record: PitchOpen | PitchRevise) -> frozenset[str]:
    return before | {activity.key for activity in record.sharing or ()}


def dump(state: PitchState) -> dict[str, Any]:
    """The state as JSON, for a row; ``load`` gives it back equal."""
    return {
        "pitch": plain(state.pitch),
        "opened": state.opened,
        "changed": state.changed,
        "asked": {key: list(kind) for key, kind in state.asked.items()},
        "shared": sorted(state.shared),
        "step": plain(state.step) if state.step else None,
        "stepped": state.stepped,
        "ahead": state.ahead,
    }


def load(row: Mapping[str, Any]) -> PitchState:
    """Inverse of ``dump``; the row is our own, so no shape is checked twice but the records'."""
    return PitchState(
        pitch=PitchOpen.model_validate(row["pitch"]),
        opened=row["opened"],
        changed=row["changed"],
        asked={key: (kind, unit) for key, (kind, unit) in row["asked"].items()},
        shared=frozenset(row["shared"]),
        step=PitchAdvance.model_validate(row["step"]) if row["step"] else None,
        stepped=row["stepped"],
        ahead=row["ahead"],
    )


class PitchFacts(NamedTuple):
    """All the clock needs to know of a pitch; times in ms. Every field is a shared column."""

    said: str | None
    ready: bool
    resourced: bool
    applied: bool
    starts: int | None
    ends: int | None
    lapses: int
    closes: int | None


def pitch_facts(
    state: PitchState, policy: Policy, *, ready: bool, resourced: bool, applied: bool = False
) -> PitchFacts:
    """The facts of a pitch. ``applied``: some check-in answered yes or partly."""
    when, window = state.pitch.when, state.pitch.window
    start = when.start if when else None
    end = the_end(when.end if when else None, state.step.ended if state.step else None)
    return PitchFacts(
        said=state.said,
        ready=ready,
        resourced=resourced,
        applied=applied,
        starts=begins(start) if start else None,
        ends=end,
        lapses=lapses_at(window.closes if window else None, start, state.opened),
        closes=None if end is None else end + (max(policy.check_ins) + CLOSE_DAYS) * DAY,
    )


def the_end(planned: str | None, ended: str | None) -> int | None:
    """When the learning is over, in ms: the planned end, or the one the owner reported if that is earlier."""
    known = [lasts_until(moment) for moment in (planned, ended) if moment]
    return min(known, default=None)


def lapses_at(window_closes: str | None, start: str | None, opened: int) -> int:
    """When a pitch not resourced lapses, in ms: the window's close, else the start, else 90 days."""
    moment = window_closes or start
    return lasts_until(moment) if moment else opened + OPEN_DAYS * DAY


def clock_state(facts: PitchFacts, now: int) -> str:
    """The state people see at ``now``: one of STATES. Precedence as in docs/spec/states.md."""
    if facts.said in ENDS:
        return str(facts.said)
    if facts.resourced or facts.said or facts.applied:
        return _going(facts, now)
    if now >= facts.lapses:
        return "lapsed"
    return "ready" if facts.ready else "open"


def _going(facts: PitchFacts, now: int) -> str:
    if facts.closes is not None and now >= facts.closes:
        return "closed"
    if facts.applied:
        return "applied"
    if facts.said == "sharing" or (facts.ends is not None and now >= facts.ends):
        return "sharing"
    if facts.said == "underway" or (facts.starts is not None and now >= facts.starts):
        return "underway"
    return "resourced"


def may_advance(state: str, to: str) -> bool:
    """Whether the owner may say ``to`` of a pitch people see in ``state``."""
    return state in ADVANCES.get(to, ())


class SharingProgress(NamedTuple):
    """One promised sharing activity; ``due`` in ms, None when no date was given yet.

    ``state``: delivered, to-report (an event for it is over and no report has come), scheduled (an event is to come),
    overdue or promised; the first that holds. ``overdue`` says of any not delivered that its date has passed.
    """

    key: str
    due: int | None
    delivered: bool
    overdue: bool
    state: str


def sharing_progress(
    activities: Iterable[Sharing],
    delivered: Collection[str],
    now: int,
    events: Mapping[str, Collection[int]] | None = None,
) -> tuple[SharingProgress, ...]:
    """Each promise with its state (R4); ``delivered``: keys that artifacts and updates of the owner fulfil.

    ``events``: when the events of the owner that name a key are over, POSIX ms; those cancelled are left out.
    """
    planned = events or {}
    return tuple(
        _shared_so_far(activity, activity.key in delivered, planned.get(activity.key, ()), now)
        for activity in activities
    )


def _shared_so_far(activity: Sharing, delivered: bool, events: Collection[int], now: int) -> SharingProgress:
    due = lasts_until(activity.due) if activity.due else None
    overdue = not delivered and due is not None and now >= due
    if delivered:
        state = "delivered"
    elif any(now >= over for over in events):
        state = "to-report"
    elif events:
        state = "scheduled"
    else:
        state = "overdue" if overdue else "promised"
    return SharingProgress(activity.key, due, delivered, overdue, state)
