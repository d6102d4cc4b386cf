"""The page of one pledge: what was promised on both sides, what happened, what the viewer may do.

Law: what may be done is asked of the same rules that judge what was done. Source: DOMAIN section 2, R2, R5, R12.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from protocol.ids import NodeId
from protocol.records import Problem
from protocol.records.knowledge import ArtifactPublish
from protocol.rules.asks import TAKEN
from protocol.rules.people import node_turn
from protocol.rules.pitches import ENDS
from protocol.rules.pledges import accept_problems, return_clock
from protocol.rules.readiness import readiness
from store.views import object_rows, pledge_rows
from store.views.ground import Said, as_a
from store.views.held import audience_of, held_by
from store.views.people import Names
from store.views.pitch_rows import policy_at, progress_of
from store.views.places import place_in
from store.views.pledge_items import VISIBLE, Known, item, known
from store.views.shapes import Agreement, Missing, Pledge, PledgeCan, Ref, Return, Viewer
from store.views.studies import naming_now, studies
from store.views.succession import number_of
from store.views.timeline import in_time, step, steps_about
from store.views.translations import translated

_VISIBLE: Final = f"SELECT 1 FROM pledges WHERE id = :id AND {VISIBLE}"  # noqa: S608
_BY_GIVER: Final = frozenset(
    {"pledge.withdraw", "pledge.revise", "pledge.release", "pledge.fulfil", "return.confirm"}
)


def find(db: sqlite3.Connection, viewer: Viewer, pledge: str) -> Known | None:
    """A pledge the viewer may see; None for any other."""
    if db.execute(_VISIBLE, {"id": pledge, "viewer": viewer.member}).fetchone() is None:
        return None
    return known(db, list(pledge_rows.rows(db, [pledge]).values()))[0]


def one(db: sqlite3.Connection, viewer: Viewer, pledge: str, *, now: int) -> Pledge | None:
    """A pledge with its page; None if it is not here or not for the viewer."""
    found = find(db, viewer, pledge)
    if found is None:
        return None
    names = Names(db, viewer)
    offer, row = found.offer, found.row
    steps = steps_about(db, [row.id])
    giver = names.giver(row.id, found.said.content)
    return {
        **item(names, found, now),
        "wanted": offer.return_,
        "condition": offer.condition.after if offer.condition else None,
        "show": offer.show,
        "terms": offer.terms,
        "version": row.version,
        "agreement": _agreement(names, found, steps),
        "artifacts": _case_studies(db, names, found),
        "translations": translated(db, viewer, row.id),
        "returns": returned(names, found, steps, now),
        "steps": [
            step(names, record, giver if record.content["type"] in (*_BY_GIVER, "pledge.offer") else None)
            for record in in_time([found.said, *steps])
        ],
        "audience": audience_of(db, names, row.key),
        "private": _private(db, row.id) if giver["you"] else None,
        "held_by": held_by(db, names, row.key, row.node, restricted=bool(row.restricted)),
        "can": can(db, viewer, found, is_giver=giver["you"]),
    }


def _agreement(names: Names, one_: Known, steps: Sequence[Said]) -> Agreement | None:
    """What both agreed to: the versions each accept and offer name."""
    accept = next((step for step in steps if _is_in_force(names, one_, step)), None)
    if accept is None:
        return None
    pitch, pledge = one_.offer.terms, accept.content.get("terms")
    return {
        "pitch_version": pitch,
        "pledge_version": pledge,
        "current": pitch == one_.pitch.version and pledge == one_.row.version,
    }


def _is_in_force(names: Names, one_: Known, step: Said) -> bool:
    """Whether a step is the accept that counts."""
    if step.content["type"] != "pledge.accept":
        return False
    owner = names.people.person(one_.pitch.node, one_.pitch.owner)
    at = node_turn(owner, NodeId(step.node), step.order)
    return at is not None and number_of(at) == one_.row.turn


def _case_studies(db: sqlite3.Connection, names: Names, one_: Known) -> list[Ref]:
    """The giver's artifacts that fulfil it."""
    row = one_.row
    giver = names.people.person(row.node, row.giver)
    here = {other.id: other for other in naming_now(db, row.id)}
    found = studies(row.kind, giver, row.restricted, here.values(), row.giver)
    titles = object_rows.records(db, [here[study.artifact] for study in found])
    return [
        {"id": study.artifact, "title": as_a(ArtifactPublish, titles[study.artifact]).title}
        for study in found
    ]


def _private(db: sqlite3.Connection, entry: str) -> dict[str, Any] | None:
    row = db.execute("SELECT json FROM privates WHERE entry = ?", (entry,)).fetchone()
    return json.loads(row[0]) if row else None


def returned(names: Names, one_: Known, steps: Sequence[Said], now: int) -> Return:
    """What the giver wished for in return, was promised and got; ``steps`` in effect about the pledge, oldest first."""
    row = one_.row
    accept = _last(steps, "pledge.accept")
    delivered = _last(steps, "return.deliver")
    answer = _last(steps, "return.confirm")
    state = return_clock(row.return_state, now, due=row.return_due, delivered=row.delivered_at)
    return {
        "pledge": row.id,
        "giver": names.giver(row.id, one_.said.content),
        "wanted": one_.offer.return_,
        "promised": accept.content.get("return") if accept else None,
        "due": row.return_due,
        "delivered": delivered.content["text"] if delivered else None,
        "delivered_at": delivered.at if delivered else None,
        "result": answer.content["result"] if answer else None,
        "state": state,  # type: ignore[typeddict-item]  # the rule's words are the shape's
    }


def _last(steps: Sequence[Said], kind: str) -> Said | None:
    made = [step for step in steps if step.content["type"] == kind]
    return max(made, key=lambda step: step.place, default=None)


def can(db: sqlite3.Connection, viewer: Viewer, one_: Known, *, is_giver: bool) -> PledgeCan:
    """What the viewer may do with a pledge now."""
    row = one_.row
    state, is_owner = row.state or "", viewer.member is not None and viewer.member == row.owner
    lacking = accept_lacks(db, one_) if is_owner and state in ("offered", "declined") else ()
    open_ = is_owner and state in ("offered", "declined") and one_.pitch.said not in ENDS
    promised = row.return_state in ("promised", "delivered")
    return {
        "accept": open_ and not lacking and not _fits(one_),
        "accept_missing": missing(lacking),
        "decline": is_owner and state == "offered",
        "fulfil": is_giver and state in ("accepted", "disputed"),
        "confirm": is_owner and state in ("accepted", "fulfilled", "disputed"),
        "withdraw": is_giver and state in ("offered", "accepted"),
        "revise": is_giver and state in ("offered", "accepted", "declined"),
        "release": (is_giver or is_owner) and state == "accepted",
        "comment": is_giver or is_owner or (viewer.member is not None and not row.restricted),
        "deliver_return": is_owner and state in TAKEN and row.return_state == "promised",
        "confirm_return": is_giver and state in TAKEN and promised,
    }


def accept_lacks(db: sqlite3.Connection, one_: Known) -> tuple[Problem, ...]:
    """What the pitch misses before a pledge to it may be accepted (R2)."""
    return readiness(one_.state.pitch, policy_at(db, one_.pitch.node, place_in(one_.pitch.id)))


def _fits(one_: Known) -> tuple[Problem, ...]:
    """What keeps the owner from accepting as much as is needed and offered."""
    ask = one_.ask
    progress = progress_of(one_.pitch).get(ask.key) if ask else None
    most = min(one_.row.quantity, progress.remaining) if progress else one_.row.quantity
    return accept_problems(most, one_.row.quantity, one_.row.state or "", ask, progress)


def missing(problems: Sequence[Problem]) -> list[Missing]:
    """Problems as values."""
    return [{"field": found.field, "code": found.code, "params": dict(found.params)} for found in problems]
