"""What an object says after its owner restated some of it. Source: DOMAIN section 2, "A revise restates whole".

Law: absent stays, null empties. Names of who speaks, for whom and of what are no fields of the object.
"""

from __future__ import annotations

from typing import Final, TypeVar

from protocol.records import Record

R = TypeVar("R", bound=Record)
_NOT_RESTATED: Final = frozenset({"type", "by", "audience"})


def revised(record: R, revise: Record) -> R:
    """The record that made an object, with every field its revise names."""
    named = (revise.model_fields_set & type(record).model_fields.keys()) - _NOT_RESTATED
    return record.model_copy(update={name: _said(record, revise, name) for name in named})


def _said(record: Record, revise: Record, name: str) -> object:
    """What a field says now; a list that was emptied holds nothing."""
    value = getattr(revise, name)
    return type(record).model_fields[name].get_default(call_default_factory=True) if value is None else value
