"""Who may say what (R9, R10).

Law: only a member's own node speaks for her, only the owner changes an object, each party makes its own
transitions; where the organisation speaks no member is named. What breaks this is kept in the log, shown to nobody
and counted as *not applicable*. Which party a type belongs to stands in the allow list, ``protocol.records.speakers``.
Sources: DOMAIN R9, R10, R12 and section 3, "Not named means not signed".
"""

from __future__ import annotations

from protocol.ids import NodeId
from protocol.records import Record
from protocol.records.people import MemberRevise
from protocol.records.speakers import (
    AUTHOR,
    DESK_MEMBER,
    GIVER,
    GUEST,
    NODE,
    OWNER,
    OWNERS_NODE,
    PARTY,
    SELF,
    SPEAKERS,
)
from protocol.rules.people import Person, Turn, is_one_of, node_turn, turn
from protocol.rules.policies import Order


def when_said(
    record: Record, author: NodeId, order: Order, *, owner: Person | None = None, giver: Person | None = None
) -> Turn | None:
    """The place of a record in a feed of ``author`` among all its party says; None if it does not apply.

    ``owner`` of the object and ``giver`` of the pledge it speaks of are given where the type needs them; without
    them it does not apply.
    """
    speaker, own = SPEAKERS[record.type], (0, *order)
    who = speaker.party
    if record.by is not None and (speaker.organisation or not record.by.startswith(f"{author}-")):
        return None
    if who in (AUTHOR, DESK_MEMBER, NODE):
        return own
    if who == SELF:
        return own if not isinstance(record, MemberRevise) or record.by == record.member else None
    if who == GUEST:
        return own if owner is not None and not is_one_of(owner, record.by) else None
    if who == OWNERS_NODE:
        return node_turn(owner, author, order) if owner else None
    parties = {OWNER: (owner,), GIVER: (giver,), PARTY: (owner, giver)}[who]
    return next((at for one in parties if one and (at := turn(one, author, record.by, order))), None)


def may(
    record: Record,
    author: NodeId,
    order: Order = (0, 0),
    *,
    owner: Person | None = None,
    giver: Person | None = None,
) -> bool:
    """Whether a record in a feed of ``author`` applies."""
    return when_said(record, author, order, owner=owner, giver=giver) is not None


def same_audience(about: Record, record: Record) -> bool:
    """Whether a step may change an object, going by who holds the two.

    A step kept from some would leave them with another state than the rest, and one shown to all would give a
    private object away: both are restricted or neither is.
    """
    return (about.audience is None) == (record.audience is None)
