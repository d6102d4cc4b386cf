"""The views: rows people see, worked out from records. The register of areas and the one door into them.

Law: every row is a function of the set of records, whatever order they came in. ``apply`` takes each record once (the
log sees to that), in the transaction that stores it. An area is one line in ``_TAKES``. Source: DOMAIN section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from protocol.ids import NodeId
from protocol.rules.pledges import STEP_OF
from store import blobs
from store.database import Tx
from store.payloads import Item, Rejected, every, future_dated
from store.views import (
    asked,
    comment_rows,
    issues,
    member_rows,
    moving,
    node_rows,
    objects,
    owned,
    practice,
    seats,
    settling,
    voices,
)
from store.views.areas import BY_NAME, BY_TYPE
from store.views.ground import Batch, grouped
from store.views.hashing import state_hash
from store.views.shapes import Page, Viewer

__all__ = ["Page", "Viewer", "apply", "rebuild", "state_hash"]

_VOICES: Final = (
    *("attest", "catalyse", "encourage", "ballot", "reuse", "translation", "label"),
    *("circle.join", "circle.leave", "circle.role", "issue.share"),
)
"""What anybody says beside an object: it is in effect by itself and counted when the object is read."""
_TAKES: Final[Mapping[str, Callable[[Batch, list[Item]], None]]] = {
    "node.profile": node_rows.take_profiles,
    "node.policy": node_rows.take_policies,
    **dict.fromkeys(("node.retire", "vouch", "unvouch", "erase"), node_rows.take_words),
    "member.introduce": member_rows.take_introductions,
    "member.revise": member_rows.take_revises,
    "member.move": moving.take_moves,
    "member.retire": member_rows.take_retirements,
    "pitch.open": settling.take_pitches,
    "pitch.revise": owned.take_steps,
    "pitch.advance": owned.take_steps,
    "pitch.update": owned.take_steps,
    "pitch.tally": owned.take_steps,
    "pledge.offer": settling.take_pledges,
    **dict.fromkeys(STEP_OF, settling.take_pledge_steps),
    "check_in": asked.take_check_ins,
    "invite": asked.take_invites,
    "report": asked.take_reports,
    "check_in.attest": practice.take_attests,
    "rsvp": voices.take,
    "comment": comment_rows.take,
    **dict.fromkeys(comment_rows.STEPS, comment_rows.take_steps),
    "thanks": owned.take_steps,
    **dict.fromkeys(_VOICES, Batch.take_voices),
    "issue.same": issues.take_same,
    **{area.opens: objects.take_made for area in BY_NAME.values()},
    **{kind: owned.take_steps for kind, area in BY_TYPE.items() if kind != area.opens},
    "circle.revise": Batch.take_steps,  # perhaps of a pitch's circle, which is no object
}
"""What takes the records of each type. A type that is not here is kept in the log and shown by nothing yet."""

TABLES: Final = (
    "profiles",
    "policies",
    "members",
    "moves",
    "pitches",
    "phases",
    "pledges",
    "steps",
    "comments",
    "objects",
    "passages",
    "seats",
    "facets",
)
"""Every table of the views but the index, which is emptied in its own way."""
_BATCH: Final = 2_000  # records a batch of rebuild: enough to settle once, few enough to hold


def apply(tx: Tx, items: Sequence[Item]) -> None:
    """Take in new records, whose entries and envelopes are in the log.

    Adds to ``tx.topics``: what a restricted record changes is told because of that record, so each of those is taken
    by itself.
    """
    _take(tx, [item for item in items if not item.restricted])
    for item in items:
        if item.restricted:
            with tx.because_of(str(item.entry)):
                _take(tx, [item])


def _take(tx: Tx, items: Sequence[Item]) -> None:
    if not items:
        return
    batch = Batch(tx)
    batch.audiences.update((item.key, item.audience) for item in items if item.audience is not None)
    kinds = grouped(items)
    for kind in sorted(kinds, key=_members_first):
        if kind in _TAKES:
            _TAKES[kind](batch, kinds[kind])
    objects.settle(batch, BY_TYPE)
    settling.settle(batch)  # after artifacts: one may fulfil a pledge
    comment_rows.settle(batch)
    batch.write()
    seats.settle(batch, kinds)


def _members_first(kind: str) -> bool:
    """Who somebody is is known before what she says is judged."""
    return not kind.startswith("member.")


def rebuild(tx: Tx, own_node: NodeId) -> int:
    """Forget every row and work all of them out again from the log; how many records there were.

    Verdicts on payloads that are here are found again too: this version may know what an earlier one did not.
    """
    _empty(tx)
    count, items = 0, []
    for no in [no for (no,) in tx.db.execute("SELECT no FROM feeds ORDER BY no")]:
        for key, found in every(tx.db, own_node, no):
            odd = found if isinstance(found, Rejected) else future_dated(found)
            if odd is not None:
                _reject(tx, key, odd)
            if isinstance(found, Item):
                items.append(found)
            if len(items) == _BATCH:
                _take_again(tx, items)
                count, items = count + _BATCH, []
    _take_again(tx, items)
    return count + len(items)


def _take_again(tx: Tx, items: Sequence[Item]) -> None:
    _take(tx, items)
    blobs.refer(tx, items)


def _empty(tx: Tx) -> None:
    for table in TABLES:
        tx.db.execute(f"DELETE FROM {table}")  # noqa: S608  # names of our own tables
    tx.db.execute("INSERT INTO search (search) VALUES ('delete-all')")
    tx.db.execute("DELETE FROM verdicts WHERE key IN (SELECT key FROM envelopes)")


def _reject(tx: Tx, key: int, found: Rejected) -> None:
    tx.db.execute(
        "INSERT INTO verdicts (key, verdict, detail) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (key, found.verdict, found.detail),
    )
