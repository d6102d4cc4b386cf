"""What waits on whom, by the table of R16, worked out slowly from the whole log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.kit.slow_life import CHECK_INS, DAY, OVER, Pitch, Pledge, Slow, ended_everywhere, noon


class Duty(NamedTuple):
    """One line, as a viewer sees it; ``mine``: it waits on her."""

    mine: bool
    reason: str
    id: str
    due: int | None
    overdue: bool


class Line(NamedTuple):
    """One open thing: on whom it waits, who waits for it."""

    on: str | None
    waits: str | None
    reason: str
    id: str
    due: int | None


def duties(slow: Slow, lines: list[Line], member: str) -> list[Duty]:
    """Those of ``every`` that are a member's, sorted."""
    lines = [line for line in lines if member in (line.on, line.waits)]
    return sorted(
        (
            Duty(
                line.on == member,
                line.reason,
                line.id,
                line.due,
                line.due is not None and slow.now >= line.due,
            )
            for line in lines
        ),
        key=repr,
    )


def every(slow: Slow, node: str, unnamed: Mapping[str, str]) -> list[Line]:
    """Everything that is open as a node knows it; ``unnamed``: who is behind its own pledges without a name."""
    known = [pledge for pledge in slow.pledges if pledge.record.is_at(node)]
    behind = {pledge.id: unnamed.get(pledge.id) if pledge.record.node == node else None for pledge in known}
    found = [line for pledge in known for line in _pledge(pledge, pledge.giver or behind[pledge.id])]
    for pitch in slow.pitches.values():
        givers = [(pledge, behind[pledge.id]) for pledge in known if pledge.pitch is pitch]
        invites = _invites(pitch, node, givers)
        found += [*_passing_on(pitch), *_facilitator(pitch), *invites, *_witnesses(pitch)]
    return [*found, *_offers(slow), *_reports(slow, node, behind)]


def _pledge(pledge: Pledge, giver: str | None) -> Iterator[Line]:
    owner, id_ = pledge.pitch.owner, pledge.id
    unconfirmed = pledge.said == "fulfilled" and pledge.due is not None and pledge.slow.now >= pledge.due
    if not pledge.lapsed and not unconfirmed and pledge.pitch.said != "closed":
        if pledge.said in ("offered", "fulfilled"):
            yield Line(owner, giver, f"pledge-{pledge.said}", id_, pledge.due)
        if pledge.said in ("accepted", "disputed"):
            yield Line(giver, owner, f"pledge-{pledge.said}", id_, pledge.due)
    if pledge.said in ("fulfilled", "confirmed"):
        if pledge.returned in ("promised", "overdue") and pledge.accept:
            day = pledge.accept.content.get("return_due")
            yield Line(owner, giver, "return-promised", id_, ended_everywhere(day) if day else None)
        if pledge.returned == "delivered" and pledge.delivered:
            yield Line(giver, owner, "return-delivered", id_, pledge.delivered.time + 14 * DAY)


def _passing_on(pitch: Pitch) -> Iterator[Line]:
    slow, end = pitch.slow, pitch.end
    if end is None or slow.now < end or pitch.state not in ("sharing", "applied"):
        return
    gone = {one.content["artifact"] for one in slow.said_by(pitch.owner, "artifact.withdraw")}
    artifacts = [
        one for one in slow.said_by(pitch.owner, "artifact.publish", pitch=pitch.id) if one.id not in gone
    ]
    if not artifacts:
        yield Line(pitch.owner, None, "first-artifact", pitch.id, end + 7 * DAY)
    told = [*artifacts, *slow.said_by(pitch.owner, "pitch.update", pitch=pitch.id)]
    done = {key for one in told for key in one.content.get("fulfils", ())}
    for promise in pitch.now.get("sharing", ()):
        if promise["key"] not in done:
            due = ended_everywhere(promise["due"]) if "due" in promise else None
            told_of = "to-report" if _has_met(pitch, promise["key"]) else "promised"
            yield Line(pitch.owner, None, f"sharing-{told_of}", pitch.id, due)
    for day in CHECK_INS:
        due = end + day * DAY
        if day not in pitch.check_ins and slow.now < due + 30 * DAY:
            yield Line(pitch.owner, None, "check-in-due", pitch.id, due)
            if slow.now < due:
                break


def _has_met(pitch: Pitch, key: str) -> bool:
    """Whether an event of the owner that names a promise is over and was not called off."""
    slow = pitch.slow
    cancelled = {one.content["event"] for one in slow.said_by(pitch.owner, "event.cancel")}
    return any(
        slow.now
        >= (ended_everywhere(end) if (end := one.content.get("end")) else noon(one.content["start"]) + DAY)
        for one in slow.said_by(pitch.owner, "event.schedule", pitch=pitch.id)
        if key in one.content.get("fulfils", ()) and one.id not in cancelled
    )


def _facilitator(pitch: Pitch) -> Iterator[Line]:
    named = pitch.now.get("facilitator")
    if named is None or pitch.state in OVER:
        return
    who = pitch.slow.today(named)
    if who == pitch.owner:  # nobody is the facilitator of their own
        return
    if pitch.slow.said_by(who, "attest", pitch=pitch.id):
        return
    due = pitch.named_at + 14 * DAY
    if pitch.slow.now < due:
        yield Line(who, pitch.owner, "facilitator-asked", pitch.id, due)


def _witnesses(pitch: Pitch) -> Iterator[Line]:
    slow = pitch.slow
    if pitch.state in ("withdrawn", "cancelled"):
        return
    for record in slow.said_by(pitch.owner, "check_in", pitch=pitch.id):
        due = record.time + 14 * DAY
        for who in {slow.today(card) for card in record.content.get("asks", ())}:
            heard = slow.said_by(who, "check_in.attest", check_in=record.id)
            if who != pitch.owner and not heard and slow.now < due:
                yield Line(who, pitch.owner, "attest-asked", pitch.id, due)


def _invites(pitch: Pitch, node: str, givers: Sequence[tuple[Pledge, str | None]]) -> Iterator[Line]:
    """``givers``: the pledges to the pitch that the node holds, and who only may know that she is behind one."""
    slow = pitch.slow
    if pitch.state in OVER:
        return
    here = [one for one in slow.of("invite", pitch=pitch.id) if one.is_at(node)]
    pairs = ((slow.today(str(one.by)), slow.today(one.content["to"]), one) for one in here)
    last = {(by, to): one for by, to, one in sorted(pairs, key=lambda pair: pair[2].time)}
    for (by, to), one in last.items():
        due = one.time + 30 * DAY
        if to in (by, pitch.owner) or slow.now >= due:
            continue
        said = [
            *slow.said_by(to, "catalyse", pitch=pitch.id),
            *slow.said_by(to, "encourage", on=pitch.id),
            *slow.said_by(to, "comment", on=pitch.id),
        ]
        if said or to in [one.giver for one, _ in givers if not one.hidden or by == pitch.owner]:
            continue
        hers = any(to in (one.giver, behind) for one, behind in givers)
        yield Line(None if hers else to, by, "invited", pitch.id, due)


def _offers(slow: Slow) -> Iterator[Line]:
    for record in slow.of("offer.stand"):
        until = record.content.get("until")
        due = ended_everywhere(until) if until else record.time + 180 * DAY
        if slow.now < due and not slow.said_by(slow.today(str(record.by)), "offer.close", offer=record.id):
            yield Line(slow.today(str(record.by)), None, "offer-standing", record.id, due)


def _reports(slow: Slow, node: str, behind: Mapping[str, str | None]) -> Iterator[Line]:
    """The stewards' side is nobody's here: a member is looked at as a member. Who made a thing labels it in vain."""
    for record in (one for one in slow.of("report") if one.is_at(node)):
        about = record.content["on"]
        thing = slow.by_id.get(about)
        card = thing is not None and thing.content["type"] == "member.introduce"
        maker = about if card else (thing and thing.content.get("by")) or behind.get(about)
        labels = [
            one
            for one in slow.of("label", on=about)
            if one.node == about[:32] and not (maker and slow.today(maker) == slow.today(str(one.by)))
        ]
        if not any(label.time >= record.time for label in labels):
            yield Line(None, slow.today(str(record.by)), "reported", about, record.time + 7 * DAY)
