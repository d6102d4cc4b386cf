"""The numbers a pitch is judged by.

Law: the policy of a pitch is the last ``node.policy`` before its ``pitch.open`` in the same feed; one set
later changes nothing for pitches already open. Source: DOMAIN section 1, head.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final

from protocol.records.network import NodePolicy

Order = tuple[int, int]
"""(epoch, index): the place of an entry among those of its node."""


@dataclass(frozen=True, slots=True)
class Policy:
    """``own_share`` in percent, ``time_instead`` and ``tally_every`` in hours, ``min_group`` in people; else days."""

    own_share: int = 50
    time_instead: int | None = None
    apply_within: int = 30
    share_within: int = 7
    check_ins: tuple[int, ...] = (30, 90, 180)
    min_group: int = 5
    tally_every: int = 1
    decided_by: str | None = None


DEFAULT: Final = Policy()
_NUMBERS: Final = tuple(field.name for field in fields(Policy) if field.name != "decided_by")


def policy_of(record: NodePolicy | None) -> Policy:
    """The policy a record sets; what it leaves out or null is the default. No record: the defaults."""
    if record is None:
        return DEFAULT
    said = {name: value for name in _NUMBERS if (value := getattr(record, name)) is not None}
    if "check_ins" in said:
        said["check_ins"] = tuple(sorted(set(said["check_ins"])))
    return Policy(**said, decided_by=record.decided_by)


def in_force(policies: Iterable[tuple[Order, NodePolicy]], opened: Order) -> Policy:
    """The policy of a pitch opened at ``opened``, given its node's policies in whatever order."""
    before = [(order, record) for order, record in policies if order < opened]
    return policy_of(max(before, key=lambda found: found[0])[1] if before else None)


def differences(policy: Policy) -> tuple[str, ...]:
    """Names of the numbers in which a policy departs from the defaults."""
    return tuple(name for name in _NUMBERS if getattr(policy, name) != getattr(DEFAULT, name))
