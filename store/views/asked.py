"""Who was asked for something: facilitators, members who saw it, guests, stewards; and offers that stand.

Law: asking is a record that names somebody; that she spoke since is found where she speaks, never written beside it.
Sources: DOMAIN R6, R9, R16.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from protocol.ids import NodeId
from protocol.records import Record
from protocol.records.care import Report
from protocol.records.pitches import Invite
from protocol.records.pledges import OfferStand
from protocol.records.practice import CheckIn
from protocol.roles import OPERATOR
from protocol.rules.obligations import Due, asked
from protocol.rules.people import turn
from protocol.rules.pitches import ENDS, PitchState, clock_state
from store import hides, own_cause
from store.payloads import Item
from store.views import object_rows, offers, owned, pitch_rows, practice, voices
from store.views.care import author_of
from store.views.ground import Batch, Said, as_a, listed, said
from store.views.people import Names
from store.views.pitch_rows import COLUMNS, PitchRow, state_of
from store.views.succession import People
from store.views.timeline import steps_of_type
from store.views.waits import MAX_NAMED, Open, cards, line, naming


def take_check_ins(batch: Batch, items: list[Item]) -> None:
    """Check-ins: found by whom they ask, and by who made them if they ask somebody."""
    owned.take_steps(batch, items)
    for item in items:
        record = as_a(CheckIn, item.record)
        batch.facets.update(("check_in.asks", member, item.key) for member in record.asks)
        if record.asks:
            batch.facets.add(("check_in.by", record.by, item.key))


def take_invites(batch: Batch, items: list[Item]) -> None:
    """Invitations: found by both."""
    batch.take_voices(items)
    for item in items:
        record = as_a(Invite, item.record)
        batch.facets.update({("invite.to", record.to, item.key), ("invite.by", record.by, item.key)})


def take_reports(batch: Batch, items: list[Item]) -> None:
    """Reports: found by the node whose record they are about, and by who made them."""
    batch.take_voices(items)
    for item in items:
        record = as_a(Report, item.record)
        at = record.on.partition("-")[0]
        batch.facets.update({("report.at", at, item.key), ("report.by", record.by, item.key)})


# ── who was asked ────────────────────────────────────────────────────────────────────────────────────────────

_BY_KEY: Final = f"SELECT {COLUMNS} FROM pitches WHERE key IN (SELECT value FROM json_each(?))"  # noqa: S608
_OWN: Final = f"""
SELECT {COLUMNS} FROM pitches WHERE owner = ? AND (said IS NULL OR said NOT IN ('closed', 'withdrawn', 'cancelled'))
ORDER BY fresh LIMIT ?
"""  # noqa: S608


def facilitating(db: sqlite3.Connection, names: Names, now: int) -> Iterator[Open]:
    """A facilitator named and not heard yet (R9)."""
    keys = naming(db, "pitch.facilitator", cards(names))
    found = [
        *db.execute(_BY_KEY, (listed(keys),)),
        *db.execute(_OWN, (names.viewer.member, MAX_NAMED)),
    ]
    for row in {row[0]: PitchRow(*row) for row in found}.values():
        state = state_of(db, row)
        facilitator = state.pitch.facilitator
        if facilitator is None or names.people.same(facilitator, row.owner):
            continue
        if clock_state(row.facts, now) in ENDS:
            continue
        due = asked("facilitator-asked", _named_at(db, names, row, state))
        if due.waits(now) and not _attested(db, names, row.id, facilitator):
            about = (row.id, "pitch", state.pitch.title)
            if names.is_viewer(facilitator):
                yield Open(True, line(due, about, names.person(row.owner), now))
            elif names.is_viewer(row.owner):
                yield Open(False, line(due, about, names.person(facilitator), now))


def _named_at(db: sqlite3.Connection, names: Names, row: PitchRow, state: PitchState) -> int:
    """When the facilitator of today was named: the first of the owner's records that say so without a break."""
    person = names.people.person(row.node, row.owner)
    placed = [
        (at, record)
        for record in steps_of_type(db, row.id, "pitch.revise")
        if "facilitator" in record.content
        and (at := turn(person, NodeId(record.node), record.content["by"], record.order)) is not None
    ]
    since = state.opened
    named = said(db, [row.key])[row.key].content.get("facilitator")
    for _, record in sorted(placed, key=lambda one: one[0]):
        if record.content["facilitator"] != named:
            named, since = record.content["facilitator"], record.time
    return since


def _attested(db: sqlite3.Connection, names: Names, pitch: str, member: str) -> bool:
    heir = names.people.heir(member)
    return heir in voices.last_words(names.people, voices.on(db, [pitch], "attest"))


def attesting(db: sqlite3.Connection, names: Names, now: int) -> Iterator[Open]:
    """Members asked to attest a check-in who have said nothing of it (R6)."""
    asked_of_me = naming(db, "check_in.asks", cards(names))
    mine = naming(db, "check_in.by", cards(names))
    for record in said(db, _applying(db, {*asked_of_me, *mine})).values():
        pitch = pitch_rows.rows(db, [record.content["pitch"]]).get(record.content["pitch"])
        due = asked("attest-asked", record.time)
        if pitch is None or not due.waits(now) or clock_state(pitch.facts, now) in ("withdrawn", "cancelled"):
            continue
        heard = voices.last_words(names.people, voices.on(db, [record.id], practice.ATTEST))
        about = (pitch.id, "pitch", state_of(db, pitch).pitch.title)
        for member in dict.fromkeys(map(names.people.heir, record.content.get("asks") or ())):
            if member in heard or names.people.same(member, record.content["by"]):
                continue
            if names.is_viewer(member):
                yield Open(True, line(due, about, names.person(record.content["by"]), now))
            elif names.is_viewer(record.content["by"]):
                yield Open(False, line(due, about, names.person(member), now))


_APPLIES: Final = "SELECT key FROM steps WHERE key IN (SELECT value FROM json_each(?)) AND applies = 1"


def _applying(db: sqlite3.Connection, keys: set[int]) -> list[int]:
    return [key for (key,) in db.execute(_APPLIES, (listed(keys),))]


def invited(db: sqlite3.Connection, names: Names, now: int) -> Iterator[Open]:
    """Invitations to a pitch that have had no answer: the newest of one member to another."""
    keys = {*naming(db, "invite.to", cards(names)), *naming(db, "invite.by", cards(names))}
    newest: dict[tuple[str, str, str], Said] = {}
    heir = names.people.heir
    for record in sorted(said(db, keys).values(), key=lambda record: (record.at, record.id)):
        content = record.content
        newest[content["pitch"], heir(content["by"]), heir(content["to"])] = record
    for (pitch, inviter, member), record in newest.items():
        row, due = pitch_rows.rows(db, [pitch]).get(pitch), asked("invited", record.time)
        if row is None or not due.waits(now) or inviter == member or clock_state(row.facts, now) in ENDS:
            continue
        if _has_taken_part(db, names, row, member):
            continue
        mine = names.is_viewer(member)
        about = (pitch, "pitch", state_of(db, row).pitch.title)
        yield Open(mine, line(due, about, names.person(inviter if mine else member), now))


_PLEDGED: Final = """
SELECT 1 FROM pledges WHERE pitch = :pitch AND applies = 1 AND (
  (giver = :member AND (restricted = 0 OR :mine OR owner = :viewer))
  OR (:mine AND id IN (SELECT entry FROM unnamed WHERE member = :member))) LIMIT 1
"""
_COMMENTED: Final = """
SELECT 1 FROM comments WHERE about = ? AND restricted = 0 AND ended IS NULL
  AND author IN (SELECT value FROM json_each(?)) LIMIT 1
"""
TAKES_PART: Final = ("catalyse", "encourage", "circle.join")
"""What answers an invitation, besides a pledge to the pitch and a comment on it."""


def _has_taken_part(db: sqlite3.Connection, names: Names, row: PitchRow, member: str) -> bool:
    """Whether somebody invited has done something for the pitch, as far as the viewer may know."""
    if names.people.same(member, row.owner):
        return True
    values = {
        "pitch": row.id,
        "member": member,
        "mine": names.is_viewer(member),
        "viewer": names.viewer.member,
    }
    if db.execute(_PLEDGED, values).fetchone():
        return True
    if any(member in voices.last_words(names.people, voices.on(db, [row.id], kind)) for kind in TAKES_PART):
        return True
    person = names.people.person(member.partition("-")[0], member)
    written = listed(stretch.member for stretch in person if stretch.member)
    return db.execute(_COMMENTED, (row.id, written)).fetchone() is not None


# ── what stands, and what needs care ─────────────────────────────────────────────────────────────────────────


def standing(db: sqlite3.Connection, names: Names, now: int) -> Iterator[Open]:
    """Her offers that stand, until they lapse."""
    rows = offers.standing(db, names.viewer, names.viewer.member or "", now, MAX_NAMED)
    records: dict[str, Record] = object_rows.records(db, rows)
    for row in rows:
        due = Due("offer-standing", row.due, -row.age)
        about = (row.id, "offer", as_a(OfferStand, records[row.id]).text)
        yield Open(True, line(due, about, None, now))


def _reports(db: sqlite3.Connection, keys: Sequence[int]) -> Iterator[Said]:
    """Reports nobody has answered: no label stands on the object by its node since, nothing was decided here."""
    for record in said(db, keys).values():
        if hides.decision_on(db, record.id) is not None:
            continue
        node = record.content["on"].partition("-")[0]
        labels = [one for one in voices.on(db, [record.content["on"]], "label") if one.node == node]
        if not any(label.at >= record.at and not _is_own(db, label) for label in labels):
            yield record


def _is_own(db: sqlite3.Connection, label: Said) -> bool:
    """Whether a label stands on something its own steward made: that answers no report."""
    made = author_of(db, label.content["on"])
    return made is not None and People(db).same(made, label.content["by"])


def reported(db: sqlite3.Connection, names: Names, now: int) -> Iterator[Open]:
    """Reports about what this node published: for its stewards, after a week, or without any, for its operators.

    Nobody is asked to decide about something of their own, or their own report.
    """
    operator = names.viewer.role == OPERATOR
    for record in _reports(db, naming(db, "report.at", [names.viewer.node])):
        due, concerned = asked("reported", record.time), (record.content["on"], record.id)
        if own_cause.is_own(db, names.viewer, *concerned):
            continue
        if operator and not due.overdue(now) and own_cause.others_keep(db, *concerned):
            continue
        about = (record.content["on"], "entry", record.content.get("text"))
        yield Open(True, line(due, about, names.person(record.content["by"]), now))


def reporting(db: sqlite3.Connection, names: Names, now: int) -> Iterator[Open]:
    """Her own reports, until the object's node has answered."""
    for record in _reports(db, naming(db, "report.by", cards(names))):
        node = record.content["on"].partition("-")[0]
        about = (record.content["on"], "entry", record.content.get("text"))
        steward = names.unnamed("organisation", node, you=False)
        yield Open(False, line(asked("reported", record.time), about, steward, now))
