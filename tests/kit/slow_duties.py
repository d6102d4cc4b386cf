"""What waits on whom, by the table of R16, worked out slowly from the whole log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.kit.slow_life import CHECK_INS, DAY, OVER, Pitch, Pledge, Slow, ended_everywhere


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


def every(slow: Slow) -> list[Line]:
    """Everything that is open."""
    found = [line for pledge in slow.pledges for line in _pledge(pledge)]
    for pitch in slow.pitches.values():
        found += [*_passing_on(pitch), *_facilitator(pitch), *_invites(pitch), *_witnesses(pitch)]
    return [*found, *_offers(slow), *_reports(slow)]


def _pledge(pledge: Pledge) -> Iterator[Line]:
    giver, owner, id_ = pledge.giver, pledge.pitch.owner, pledge.id
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
    gone = {one.content["artifact"] for one in slow.of("artifact.withdraw") if _is_hers(slow, one)}
    artifacts = [
        one for one in slow.of("artifact.publish", pitch=pitch.id, by=pitch.owner) if one.id not in gone
    ]
    if not artifacts:
        yield Line(pitch.owner, None, "first-artifact", pitch.id, end + 7 * DAY)
    told = [*artifacts, *slow.of("pitch.update", pitch=pitch.id, by=pitch.owner)]
    done = {key for one in told for key in one.content.get("fulfils", ())}
    for promise in pitch.now.get("sharing", ()):
        if promise["key"] not in done:
            due = ended_everywhere(promise["due"]) if "due" in promise else None
            yield Line(pitch.owner, None, "sharing-promised", pitch.id, due)
    for day in CHECK_INS:
        due = end + day * DAY
        if day not in pitch.check_ins and slow.now < due + 30 * DAY:
            yield Line(pitch.owner, None, "check-in-due", pitch.id, due)
            if slow.now < due:
                break


def _is_hers(slow: Slow, record: object) -> bool:
    content = record.content  # type: ignore[attr-defined]
    return bool(slow.by_id[content["artifact"]].by == content["by"])


def _facilitator(pitch: Pitch) -> Iterator[Line]:
    who = pitch.now.get("facilitator")
    if who is None or pitch.state in OVER or pitch.slow.of("attest", pitch=pitch.id, by=who):
        return
    due = pitch.named_at + 14 * DAY
    if pitch.slow.now < due:
        yield Line(who, pitch.owner, "facilitator-asked", pitch.id, due)


def _witnesses(pitch: Pitch) -> Iterator[Line]:
    slow = pitch.slow
    if pitch.state in ("withdrawn", "cancelled"):
        return
    for record in slow.of("check_in", pitch=pitch.id, by=pitch.owner):
        due = record.time + 14 * DAY
        for who in record.content.get("asks", ()):
            heard = slow.of("check_in.attest", check_in=record.id, by=who)
            if who != pitch.owner and not heard and slow.now < due:
                yield Line(who, pitch.owner, "attest-asked", pitch.id, due)


def _invites(pitch: Pitch) -> Iterator[Line]:
    slow = pitch.slow
    if pitch.state in OVER:
        return
    last = {(one.content["by"], one.content["to"]): one for one in slow.of("invite", pitch=pitch.id)}
    for (by, to), one in last.items():
        answers = [
            *(pledge for pledge in slow.pledges if pledge.pitch is pitch and pledge.giver == to),
            *slow.of("catalyse", pitch=pitch.id, by=to),
            *slow.of("encourage", on=pitch.id, by=to),
            *slow.of("comment", on=pitch.id, by=to),
        ]
        public = [answer for answer in answers if not getattr(answer, "hidden", False)]
        due = one.time + 30 * DAY
        if to in (by, pitch.owner) or slow.now >= due:
            continue
        if not answers:
            yield Line(to, by, "invited", pitch.id, due)
        elif not public and not _knows(answers, by, to):
            yield Line(None, by, "invited", pitch.id, due)


def _knows(answers: list[object], by: str, to: str) -> bool:
    """Whether the inviter's node holds one of the private pledges that answer."""
    return any(by[:32] in answer.record.content["audience"] for answer in answers)  # type: ignore[attr-defined]


def _offers(slow: Slow) -> Iterator[Line]:
    for record in slow.of("offer.stand"):
        until = record.content.get("until")
        due = ended_everywhere(until) if until else record.time + 180 * DAY
        if slow.now < due and not slow.of("offer.close", offer=record.id, by=str(record.by)):
            yield Line(record.by, None, "offer-standing", record.id, due)


def _reports(slow: Slow) -> Iterator[Line]:
    """The stewards' side is nobody's here: a member is looked at as a member."""
    for record in slow.of("report"):
        about = record.content["on"]
        labels = [one for one in slow.of("label", on=about) if one.node == about[:32]]
        if not any(label.time >= record.time for label in labels):
            yield Line(None, record.by, "reported", about, record.time + 7 * DAY)
