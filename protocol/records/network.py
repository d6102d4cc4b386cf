"""What an organisation's node says of itself. Source: DOMAIN sections 1 and 3, area *network*."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from protocol.records.base import (
    Address,
    Days,
    EntryIdText,
    Jurisdiction,
    Many,
    NodeIdText,
    Record,
    Tags,
    Text,
    Title,
    Url,
    Word,
    some,
)

CheckIns = Annotated[Many[Days], AfterValidator(some)]


class NodeProfile(Record):
    """Who runs the node and where its members' pages are; the last one counts, whole."""

    type: Literal["node.profile"]
    name: Title
    jurisdiction: Jurisdiction
    kind: Word | None = None
    level: Word | None = None
    languages: Tags = ()
    web: Url | None = None
    addresses: Many[Address] = ()


class NodePolicy(Record):
    """The numbers this organisation sets for its own pitches; what is absent or null is the default.

    ``own_share`` is a percentage, ``time_instead`` whole hours, the rest days but ``min_group`` (people)
    and ``tally_every`` (hours). Source: DOMAIN R1 to R6, R12 and R15.
    """

    type: Literal["node.policy"]
    own_share: Annotated[int, Field(ge=0, le=100)] | None = None
    time_instead: Annotated[int, Field(ge=1, le=10_000)] | None = None
    apply_within: Days | None = None
    share_within: Days | None = None
    check_ins: CheckIns | None = None
    min_group: Annotated[int, Field(ge=2, le=1_000)] | None = None
    tally_every: Annotated[int, Field(ge=0, le=168)] | None = None
    decided_by: EntryIdText | None = None
    text: Text | None = None


class NodeRetire(Record):
    """The organisation ends this node. ``successor`` is the node its members are found at from now on."""

    type: Literal["node.retire"]
    successor: NodeIdText | None = None
    note: Text | None = None


class Vouch(Record):
    """This node trusts another one to speak for an organisation."""

    type: Literal["vouch"]
    node: NodeIdText
    note: Text | None = None


class Unvouch(Record):
    """The vouch is taken back."""

    type: Literal["unvouch"]
    node: NodeIdText
    note: Text | None = None
