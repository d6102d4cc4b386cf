"""Who may make a record of each type: the allow list, one line a type.

Law: a type without a line here is made by nobody. ``party`` says which of those concerned a record must come from, on
every node that reads it; ``roles`` which accounts of the node that signs may make one; ``organisation`` that the
organisation speaks in it, so that it is signed without ``by`` and one with ``by`` never applies.
Sources: DOMAIN R9, R10, R14; PROTOCOL sections 8 and 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from protocol.roles import DESK, OPERATOR, ROLES

AUTHOR: Final = "author"  # any member, in the member's own name
DESK_MEMBER: Final = "desk"  # a member whose role here is steward or operator, in that member's own name
NODE: Final = "node"  # the organisation
SELF: Final = "self"  # the member the record is about
OWNER: Final = "owner"  # of the pitch, or of the object the record changes
OWNERS_NODE: Final = "owner's node"  # the same, in nobody's name
GIVER: Final = "giver"  # of the pledge
PARTY: Final = "party"  # to the pledge: giver or owner
GUEST: Final = "not the owner"  # anybody but the owner of the object


class Speaker(NamedTuple):
    """Who may make records of a type. No ``roles``: no account may; ``itself``: the node makes it unasked."""

    party: str
    roles: tuple[str, ...] = ROLES
    organisation: bool = False
    itself: bool = False


def _organisation(*roles: str) -> Speaker:
    return Speaker(NODE, roles, organisation=True)


SPEAKERS: Final[Mapping[str, Speaker]] = MappingProxyType(
    {
        "node.profile": _organisation(OPERATOR),
        "node.policy": _organisation(*DESK),
        "node.retire": _organisation(OPERATOR),
        "vouch": _organisation(*DESK),
        "unvouch": _organisation(*DESK),
        "erase": _organisation(),  # nothing here carries an erasure out yet, so nobody may promise one
        "label": Speaker(DESK_MEMBER, DESK),
        **dict.fromkeys(
            ("pitch.tally", "poll.close"), Speaker(OWNERS_NODE, (), organisation=True, itself=True)
        ),
        **dict.fromkeys(("member.revise", "member.move", "member.retire"), Speaker(SELF)),
        **dict.fromkeys(
            (
                *("member.introduce", "pitch.open", "artifact.publish", "comment", "offer.stand", "idp"),
                *("poll.open", "event.schedule", "circle.found", "issue.raise"),
                *("circle.join", "circle.leave", "circle.role", "issue.share", "issue.same"),
                *("attest", "catalyse", "encourage", "invite", "rsvp", "ballot", "reuse"),
                *("translation", "report"),
            ),
            Speaker(AUTHOR),
        ),
        **dict.fromkeys(
            (
                *("pitch.revise", "pitch.advance", "pitch.update", "thanks", "check_in"),
                *("pledge.accept", "pledge.decline", "pledge.confirm", "return.deliver"),
                *("offer.close", "artifact.revise", "artifact.withdraw", "event.revise", "event.cancel"),
                *("circle.revise", "comment.revise", "comment.withdraw"),
            ),
            Speaker(OWNER),
        ),
        **dict.fromkeys(
            ("pledge.withdraw", "pledge.revise", "pledge.fulfil", "return.confirm"), Speaker(GIVER)
        ),
        "pledge.release": Speaker(PARTY),
        **dict.fromkeys(("pledge.offer", "check_in.attest"), Speaker(GUEST)),
    }
)
"""Every registered type has its line. What a facilitator, a steward of a circle or a voter may say besides is asked
where it is counted."""
