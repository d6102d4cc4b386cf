"""Who may say what (R9, R10).

Law: only a member's own node speaks for her, only the owner changes an object, each party makes its own
transitions. What breaks this is kept in the log, shown to nobody and counted as *not applicable*.
Sources: DOMAIN R9, R10, R12 and section 3, "Not named means not signed".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from protocol.ids import NodeId
from protocol.records import Record
from protocol.records.people import MemberRevise
from protocol.rules.people import Person, Turn, is_one_of, node_turn, turn
from protocol.rules.policies import Order

AUTHOR: Final = "author"  # anybody, for herself
NODE: Final = "node"  # the organisation
SELF: Final = "self"  # the member the record is about
OWNER: Final = "owner"  # of the pitch, or of the object the record changes
OWNERS_NODE: Final = "owner's node"  # the same, in nobody's name
GIVER: Final = "giver"  # of the pledge
PARTY: Final = "party"  # to the pledge: giver or owner
GUEST: Final = "not the owner"  # anybody but the owner of the object

WHO: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("node.profile", "node.policy", "node.retire", "vouch", "unvouch", "erase", "label"), NODE
    ),
    **dict.fromkeys(("member.revise", "member.move", "member.retire"), SELF),
    **dict.fromkeys(
        (
            *(
                "member.introduce",
                "pitch.open",
                "artifact.publish",
                "comment",
                "offer.stand",
                "idp",
                "poll.open",
            ),
            *("event.schedule", "circle.found", "issue.raise"),
            *("circle.join", "circle.leave", "circle.role", "issue.share", "issue.same"),
            *(
                "attest",
                "catalyse",
                "encourage",
                "invite",
                "rsvp",
                "ballot",
                "reuse",
                "translation",
                "report",
            ),
        ),
        AUTHOR,
    ),
    **dict.fromkeys(
        (
            *("pitch.revise", "pitch.advance", "pitch.update", "thanks", "check_in"),
            *("pledge.accept", "pledge.decline", "pledge.confirm", "return.deliver"),
            *("offer.close", "artifact.revise", "artifact.withdraw", "event.revise", "event.cancel"),
            *("circle.revise", "comment.revise", "comment.withdraw"),
        ),
        OWNER,
    ),
    **dict.fromkeys(("pitch.tally", "poll.close"), OWNERS_NODE),
    **dict.fromkeys(("pledge.withdraw", "pledge.revise", "pledge.fulfil", "return.confirm"), GIVER),
    "pledge.release": PARTY,
    **dict.fromkeys(("pledge.offer", "check_in.attest"), GUEST),
}
"""Which party makes a record of each type; every registered type has its line. What a facilitator, a steward of a
circle or a voter may say besides is asked where it is counted."""


def when_said(
    record: Record, author: NodeId, order: Order, *, owner: Person | None = None, giver: Person | None = None
) -> Turn | None:
    """The place of a record in a feed of ``author`` among all its party says; None if it does not apply.

    ``owner`` of the object and ``giver`` of the pledge it speaks of are given where the type needs them; without
    them it does not apply.
    """
    if record.by is not None and not record.by.startswith(f"{author}-"):
        return None
    who, own = WHO[record.type], (0, *order)
    if who in (AUTHOR, NODE):
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
