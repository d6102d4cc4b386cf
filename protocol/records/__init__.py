"""The register of record types and the two doors into them.

Law: ``write`` is strict, ``read`` is generous. What is written by this version names no unknown field and no
unknown type; what is read may carry fields this version does not know. A new type is one line here and one
class in the module of its area. Source: DOMAIN section 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, get_args

from pydantic import ValidationError

from protocol.errors import Malformed, Unsupported
from protocol.records.base import BlobRef, NotAcceptable, Part, Problem, Record, plain, problem, problem_of
from protocol.records.care import Erase, Label, Report
from protocol.records.circles import (
    CircleFound,
    CircleJoin,
    CircleLeave,
    CircleRevise,
    CircleRole,
    IssueRaise,
    IssueSame,
    IssueShare,
)
from protocol.records.events import EventCancel, EventRevise, EventSchedule, Rsvp
from protocol.records.knowledge import (
    ArtifactPublish,
    ArtifactRevise,
    ArtifactWithdraw,
    Idp,
    Reuse,
    Translation,
)
from protocol.records.network import NodePolicy, NodeProfile, NodeRetire, Unvouch, Vouch
from protocol.records.people import MemberIntroduce, MemberMove, MemberRetire, MemberRevise
from protocol.records.pitches import (
    Attest,
    Catalyse,
    Encourage,
    Invite,
    PitchAdvance,
    PitchOpen,
    PitchRevise,
    PitchTally,
    PitchUpdate,
)
from protocol.records.pledges import (
    OfferClose,
    OfferStand,
    PledgeAccept,
    PledgeConfirm,
    PledgeDecline,
    PledgeFulfil,
    PledgeOffer,
    PledgeRelease,
    PledgeRevise,
    PledgeWithdraw,
    ReturnConfirm,
    ReturnDeliver,
)
from protocol.records.polls import Ballot, PollClose, PollOpen
from protocol.records.practice import CheckIn, CheckInAttest
from protocol.records.talk import Comment, CommentRevise, CommentWithdraw, Thanks

__all__ = [
    "REGISTER",
    "BlobRef",
    "NotAcceptable",
    "Part",
    "Problem",
    "Record",
    "blobs_of",
    "known",
    "plain",
    "problem",
    "read",
    "refers_to",
    "write",
]

_TYPES: Final[tuple[type[Record], ...]] = (
    *(NodeProfile, NodePolicy, NodeRetire, Vouch, Unvouch),
    *(MemberIntroduce, MemberRevise, MemberMove, MemberRetire),
    *(CircleFound, CircleRevise, CircleJoin, CircleLeave, CircleRole, IssueRaise, IssueShare, IssueSame),
    *(PitchOpen, PitchRevise, PitchAdvance, PitchUpdate, PitchTally, Attest, Catalyse, Encourage, Invite),
    *(PledgeOffer, PledgeRevise, PledgeWithdraw, PledgeAccept, PledgeDecline, PledgeFulfil, PledgeConfirm),
    *(PledgeRelease, ReturnDeliver, ReturnConfirm, OfferStand, OfferClose),
    *(ArtifactPublish, ArtifactRevise, ArtifactWithdraw, Reuse, Translation, Idp),
    *(CheckIn, CheckInAttest),
    *(EventSchedule, EventRevise, EventCancel, Rsvp),
    *(PollOpen, PollClose, Ballot),
    *(Comment, CommentRevise, CommentWithdraw, Thanks),
    *(Erase, Report, Label),
)

REGISTER: Final[Mapping[str, type[Record]]] = MappingProxyType(
    {get_args(model.model_fields["type"].annotation)[0]: model for model in _TYPES}
)
"""Every type this version knows, by its name in ``type``."""


def write(content: Mapping[str, Any]) -> Record:
    """The record a person or program wants to make. NotAcceptable with every problem if it has any."""
    kind = content.get("type")
    model = REGISTER.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise NotAcceptable(problem("type", "missing" if kind is None else "unknown", value=str(kind)[:64]))
    try:
        return model.model_validate(dict(content), extra="forbid")
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise NotAcceptable(*map(problem_of, found)) from None


def read(content: dict[str, Any]) -> Record:
    """The record in an entry's content. Unknown fields are passed over (the log carries them, byte for byte).

    Raises Unsupported for a type this version does not know, Malformed for a shape that is not the type's.
    """
    kind = content.get("type")
    model = REGISTER.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise Unsupported("a record type this version does not know")
    try:
        record: Record = model.__pydantic_validator__.validate_python(content, extra="ignore")
    except ValidationError as error:
        first = problem_of(error.errors(include_url=False, include_input=False)[0])
        raise Malformed(f"{kind}: {_own_words(first.field)}: {first.code}") from None
    return record


def _own_words(path: str) -> str:
    """A path as far as it names fields and positions: the keys of a text are its author's, and no log may hold them."""
    return ".".join(
        step if step in _NAMES or (step.isdigit() and len(step) < 4) else "…" for step in path.split(".")
    )


_FIELDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        kind: frozenset(field.alias or name for name, field in model.model_fields.items())
        for kind, model in REGISTER.items()
    }
)
_BARE: Final = frozenset({"type"})


def _parts(part: type[Part]) -> Iterator[type[Part]]:
    yield part
    for narrower in part.__subclasses__():
        yield from _parts(narrower)


_NAMES: Final = frozenset(
    name
    for part in _parts(Part)
    for plain_name, field in part.model_fields.items()
    for name in (plain_name, field.alias)
    if name
)
"""Every field that a record or a part of one has."""


def known(content: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a content that its type has. What else it carries stays in the log and is read by nothing.

    Of a content that ``read`` takes, each value has the shape of its field. Of an unknown type the type is left.
    """
    fields = _FIELDS.get(str(content.get("type")), _BARE)
    return {name: value for name, value in content.items() if name in fields}


def blobs_of(record: Record) -> tuple[BlobRef, ...]:
    """The files a record refers to."""
    return getattr(record, "blobs", None) or ()


def refers_to(record: Record) -> str | None:
    """Entry id of the object the record changes or speaks of; None when it speaks of nothing else."""
    return getattr(record, record.SUBJECT) if record.SUBJECT else None
