"""The page of one pitch, whole, as this viewer may see it.

Law: what everybody sees comes from the shared row; private pledges are shown to their two parties only and change no
number. Source: WEB "HTTP API" pitches/{id}, DOMAIN R1 to R8, R12.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from protocol.records import NotAcceptable, plain, write
from protocol.records.pitches import PitchAdvance
from protocol.rules.asks import TAKEN
from protocol.rules.pitches import (
    ADVANCES,
    ENDS,
    PitchState,
    clock_state,
    fold,
    may_advance,
)
from protocol.rules.policies import Policy
from protocol.rules.readiness import own_share, readiness
from store.views import (
    artifacts,
    pitch_rows,
    pledge_items,
    policies,
    practice_page,
    sharing,
    talk,
    translations,
    versions,
)
from store.views.access import is_open
from store.views.ground import Said, as_a, said
from store.views.held import audience_of, held_by
from store.views.people import Names, original
from store.views.pitch_items import asks_met, part
from store.views.pitch_rows import PitchRow, policy_at, progress_of
from store.views.places import place_in
from store.views.pledge_items import Known
from store.views.pledge_page import missing, returned
from store.views.practice_page import Stand
from store.views.shapes import (
    Ask,
    Facilitator,
    OwnShare,
    Person,
    Pitch,
    PitchCan,
    Step,
    Viewer,
)
from store.views.timeline import in_time, step, steps_about, thanks

MAX_PLEDGES: Final = 200  # of one pitch on its page, the newest


def one(db: sqlite3.Connection, viewer: Viewer, pitch: str, *, now: int) -> Pitch | None:
    """A pitch with its page; None if it is not here."""
    row = pitch_rows.rows(db, [pitch]).get(pitch)
    if row is None:
        return None
    names, state = Names(db, viewer), pitch_rows.state_of(db, row)
    policy = policy_at(db, row.node, place_in(row.id))
    opening = said(db, [row.key])[row.key]
    shown = pledge_items.of_pitch(db, viewer, row.id, MAX_PLEDGES)
    steps = _seen(db, viewer, steps_about(db, [row.id, *(pledge.row.id for pledge in shown)]))
    here = artifacts.of_pitch(db, names, row.id)
    stand = practice_page.stand(db, names, (row, state), (opening, policy), now)
    told, said_of = versions.versions(db, row.id), state.pitch
    return {
        "id": row.id,
        "title": said_of.title,
        "why": said_of.why,
        "lang": original(said_of.lang, said_of.title),
        "opportunity": said_of.opportunity,
        "topics": list(said_of.topics or ()),
        "answers": list(said_of.answers or ()),
        "facilitator": stand.facilitator,
        "catalysts": stand.catalysts,
        "encouragements": stand.encouragements,
        "invites": stand.invites,
        "when": part(said_of.when),
        "where": part(said_of.where),
        "barrier": said_of.barrier,
        "benefits": part(said_of.benefits),
        "asks": asks_of(state, row),
        "own": [plain(own) for own in said_of.own or ()],
        "cost": part(said_of.cost),
        "sharing": sharing.of_pitch(db, names, (row, state), (steps, here), now),
        "application": part(said_of.application),
        "resources": [plain(resource) for resource in said_of.resources or ()],
        "window": part(said_of.window),
        "owner": names.person(row.owner),
        "node": row.node,
        "node_name": names.node(row.node),
        "state": clock_state(row.facts, now),
        "readiness": {"ready": bool(row.ready), "missing": missing(readiness(said_of, policy))},
        "own_share": _own_share(state, policy),
        "policy": policies.at(db, row.node, place_in(row.id)),
        "asks_met": asks_met(state, progress_of(row)),
        "ends": row.ends,
        "lapses": row.lapses,
        "pledges": [pledge_items.item(names, pledge, now) for pledge in shown],
        "returns": [
            returned(names, pledge, _about(steps, pledge.row.id), now)
            for pledge in shown
            if pledge.row.state in TAKEN
        ],
        "thanks": [thanks(names, record) for record in steps if record.content["type"] == "thanks"],
        "updates": [step(names, record) for record in steps if record.content["type"] == "pitch.update"],
        "steps": _steps(names, opening, shown, _counting(names, stand.facilitator, steps)),
        "comments": talk.count_on(db, viewer, row.id),
        "artifacts": here,
        "check_ins": stand.check_ins,
        "circle": row.id if row.formed else None,
        "outcome": stand.outcome,
        "reason": stand.reason,
        "version": row.version,
        "versions": versions.listed(told),
        "translations": translations.of_versions(db, names, told),
        "restricted": bool(row.restricted),
        "audience": audience_of(db, names, row.key),
        "time": opening.at,
        "held_by": held_by(db, names, row.key, row.node, restricted=bool(row.restricted)),
        "can": can(viewer, (row, state), shown, stand, now),
    }


def _seen(db: sqlite3.Connection, viewer: Viewer, steps: Sequence[Said]) -> list[Said]:
    """The steps without what is between others: thanks for their private pledges, words for some."""
    return [record for record in steps if is_open(db, viewer, record)]


def _counting(names: Names, facilitator: Facilitator | None, steps: Sequence[Said]) -> list[Said]:
    """The steps without attests of members who are not the facilitator named."""
    return [
        record
        for record in steps
        if record.content["type"] != "attest"
        or (facilitator is not None and names.people.same(str(facilitator["id"]), record.content["by"]))
    ]


def asks_of(state: PitchState, row: PitchRow) -> list[Ask]:
    """The asks of a pitch and how far each is met."""
    progress = progress_of(row)
    return [
        {
            "key": ask.key,
            "kind": ask.kind,
            "text": ask.text,
            "quantity": ask.quantity,
            "unit": ask.unit,
            "must": ask.must,
            "split": ask.split,
            "needed_by": ask.needed_by,
            "offered": progress[ask.key].offered,
            "accepted": progress[ask.key].accepted,
            "fulfilled": progress[ask.key].fulfilled,
            "waiting": progress[ask.key].waiting,
            "met": progress[ask.key].met,
        }
        for ask in state.asks
    ]


def _own_share(state: PitchState, policy: Policy) -> OwnShare:
    share = own_share(state.pitch.cost, state.asks, state.pitch.own or (), policy)
    return {
        "satisfied": share.satisfied,
        "percent": policy.own_share,
        "currency": share.currency,
        "asked": share.asked,
        "own": share.own,
        "employer": share.employer,
        "total": share.total,
        "gaps": missing(share.gaps),
    }


def _about(steps: Sequence[Said], pledge: str) -> list[Said]:
    return [record for record in steps if record.content.get("pledge") == pledge]


def _steps(names: Names, opening: Said, shown: Sequence[Known], steps: Sequence[Said]) -> list[Step]:
    """What happened: the opening, what the owner said, every pledge the viewer may see and its steps."""
    givers = {one_.row.id: names.giver(one_.row.id, one_.said.content) for one_ in shown}
    records = in_time([opening, *(one_.said for one_ in shown), *steps])
    return [step(names, record, _giver(record, givers)) for record in records]


def _giver(record: Said, givers: Mapping[str, Person]) -> Person | None:
    return givers.get(record.content.get("pledge") or record.id)


def can(
    viewer: Viewer, pitch: tuple[PitchRow, PitchState], shown: Sequence[Known], stand: Stand, now: int
) -> PitchCan:
    """What the viewer may do with a pitch now."""
    row, state = pitch
    is_owner = viewer.member is not None and viewer.member == row.owner
    return {
        "revise": is_owner and row.said not in ENDS,
        "advance": [to for to in ADVANCES if is_owner and _may_say(row, state, to, now)],
        "update": is_owner and row.said not in ("withdrawn", "cancelled"),
        "pledge": viewer.member is not None and not is_owner and row.said not in ENDS,
        "comment": viewer.member is not None,
        "thank": is_owner and any(one_.row.state in TAKEN for one_ in shown),
        **stand.can,
    }


def _may_say(row: PitchRow, state: PitchState, to: str, now: int) -> bool:
    """Whether clock and record both allow the owner to say ``to``."""
    said_next = {"type": "pitch.advance", "by": row.owner, "pitch": row.id, "to": to}
    step_ = as_a(PitchAdvance, write({**said_next, "audience": state.pitch.audience}))
    try:
        fold(state, step_, now)
    except NotAcceptable:
        return False
    return may_advance(clock_state(row.facts, now), to)
