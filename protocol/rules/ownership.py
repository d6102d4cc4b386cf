"""Who may say what (R10).

Law: only a member's own node speaks for her, only the owner changes an object, each party makes its own
transitions. What breaks this is kept in the log, shown to nobody and counted as *not applicable*.
Sources: DOMAIN R10, R12 and section 3, "Not named means not signed".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from protocol.ids import NodeId
from protocol.records import Record
from protocol.records.people import MemberRevise

AUTHOR: Final = "author"  # anybody, for herself
NODE: Final = "node"  # the organisation
SELF: Final = "self"  # the member the record is about
OWNER: Final = "owner"  # of the pitch
OWNERS_NODE: Final = "owner's node"  # of the pitch, in nobody's name
GIVER: Final = "giver"  # of the pledge
GUEST: Final = "not the owner"  # anybody but the pitch's owner

WHO: Final[Mapping[str, str]] = {
    "node.profile": NODE,
    "node.policy": NODE,
    "member.introduce": AUTHOR,
    "member.revise": SELF,
    "pitch.open": AUTHOR,
    "pitch.revise": OWNER,
    "pitch.advance": OWNER,
    "pitch.update": OWNER,
    "pitch.tally": OWNERS_NODE,
    "pledge.offer": GUEST,
    "pledge.withdraw": GIVER,
    "pledge.accept": OWNER,
    "pledge.decline": OWNER,
    "pledge.fulfil": GIVER,
    "pledge.confirm": OWNER,
    "return.deliver": OWNER,
    "return.confirm": GIVER,
    "artifact.publish": AUTHOR,
    "comment": AUTHOR,
    "thanks": OWNER,
}
"""Which party makes a record of each type; every registered type has its line."""


class Party(NamedTuple):
    """A member at her node; ``member`` is None when she is not named (only her node knows)."""

    node: NodeId
    member: str | None


def may(record: Record, author: NodeId, *, owner: Party | None = None, giver: Party | None = None) -> bool:
    """Whether a record in a feed of ``author`` applies.

    ``owner`` of the pitch and ``giver`` of the pledge it speaks of are given where the type needs them; without
    them it does not apply.
    """
    at_home = record.by is None or record.by.startswith(f"{author}-")
    return at_home and _RULES[WHO[record.type]](record, author, owner, giver)


_Rule = Callable[[Record, NodeId, Party | None, Party | None], bool]


def _is_self(record: Record, author: NodeId, owner: Party | None, giver: Party | None) -> bool:
    return isinstance(record, MemberRevise) and record.by == record.member


def _is_owner(record: Record, author: NodeId, owner: Party | None, giver: Party | None) -> bool:
    return owner is not None and owner == (author, record.by)


def _is_owners_node(record: Record, author: NodeId, owner: Party | None, giver: Party | None) -> bool:
    return owner is not None and owner.node == author


def _is_giver(record: Record, author: NodeId, owner: Party | None, giver: Party | None) -> bool:
    """An unnamed giver's steps carry no name; her node has checked who she is."""
    return giver is not None and giver.node == author and giver.member in (None, record.by)


def _is_guest(record: Record, author: NodeId, owner: Party | None, giver: Party | None) -> bool:
    """Nobody pledges to herself; of an unnamed giver only her node knows that."""
    return owner is not None and (record.by is None or record.by != owner.member)


def _is_anybody(record: Record, author: NodeId, owner: Party | None, giver: Party | None) -> bool:
    return True


_RULES: Final[Mapping[str, _Rule]] = {
    AUTHOR: _is_anybody,
    NODE: _is_anybody,
    SELF: _is_self,
    OWNER: _is_owner,
    OWNERS_NODE: _is_owners_node,
    GIVER: _is_giver,
    GUEST: _is_guest,
}


def same_audience(about: Record, record: Record) -> bool:
    """Whether a step may change an object, going by who holds the two.

    A step kept from some would leave them with another state than the rest, and one shown to all would give a
    private object away: both are restricted or neither is.
    """
    return (about.audience is None) == (record.audience is None)
