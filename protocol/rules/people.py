"""One person at several nodes, one after the other (R10).

Law: a move counts when both sides say it: ``member.move`` in the old feed, ``was`` on the card in the new. What she
says is ordered by her stretches, and inside one by its feed; after her move the old feed says no more in her name.
Source: DOMAIN R10.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from protocol.ids import NodeId
from protocol.rules.policies import Order

MAX_STRETCHES: Final = 32
"""Employers of one working life, amply; a longer chain is cut, so that nobody can make one without end."""

Turn = tuple[int, int, int]
"""(stretch, epoch, index): the place of a record among all a person says."""


class Stretch(NamedTuple):
    """A member at one node. ``member`` is None when she is not named (only her node knows); ``until`` is the place of
    her move (None: she is still there)."""

    node: NodeId
    member: str | None
    until: Order | None = None


Person = tuple[Stretch, ...]
"""Who somebody was and is, the oldest stretch first."""


def alone(node: NodeId, member: str | None) -> Person:
    """Somebody who never moved, or whom nobody else can know to have moved."""
    return (Stretch(node, member),)


def turn(person: Person, node: NodeId, by: str | None, order: Order) -> Turn | None:
    """When in her time a person said a record that names ``by``, in a feed of ``node``; None if she did not.

    Somebody who is not named is her node's to check: whatever it says in that role is hers.
    """
    for number, stretch in enumerate(person):
        if stretch.node == node and stretch.member in (None, by) and _still_there(stretch, order):
            return number, *order
    return None


def node_turn(person: Person, node: NodeId, order: Order) -> Turn | None:
    """The same for what a person's node says in nobody's name."""
    for number, stretch in enumerate(person):
        if stretch.node == node and _still_there(stretch, order):
            return number, *order
    return None


def _still_there(stretch: Stretch, order: Order) -> bool:
    return stretch.until is None or order <= stretch.until


def is_one_of(person: Person, member: str | None) -> bool:
    """Whether a member is this person, at whatever node."""
    return member is not None and any(stretch.member == member for stretch in person)
