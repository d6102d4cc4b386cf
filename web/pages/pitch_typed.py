"""A pitch back in its form, and a look at one before it is published.

Law: pure functions. A form says what the pitch says now, so that sending it unchanged changes nothing; a look uses the
rules that will judge the record. Source: DOMAIN section 2 (revise), R1, R2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

from protocol.records import NotAcceptable, write
from protocol.records.lists import MONEY
from protocol.records.pitches import PitchOpen
from protocol.rules.policies import Policy
from protocol.rules.readiness import Missing, OwnShare, own_share, readiness
from store.importing import CONTENT
from store.views.shapes import Pitch
from store.views.shapes import Policy as PolicyShape
from web.forms import Form, typed_amount
from web.pages.pitch_fields import OPENING, OPTIONAL, ROWS
from web.pages.writing import typed_moment

_NOBODY: Final = "a" * 32 + "-0-0"  # stands for whoever will sign, while a pitch is only looked at


class Looked(NamedTuple):
    """A pitch before it is published: what readiness misses, how the own share stands (None: cannot be read yet)."""

    missing: tuple[Missing, ...]
    share: OwnShare | None


def typed_pitch(pitch: Pitch) -> Form:
    """The form that says what the pitch says now."""
    when = pitch["when"] or {}
    cost = pitch["cost"]
    values: dict[str, object] = {
        name: pitch[name] for name in (*OPENING, "topics", "answers", "barrier", "benefits", "where")
    }
    values |= {
        "when.zone": when.get("zone"),
        "facilitator": pitch["facilitator"]["id"] if pitch["facilitator"] else None,
        "asks": [_typed_ask(dict(ask)) for ask in pitch["asks"]],
        "own": pitch["own"],
        "sharing": [
            {name: item[name] for name in ("key", "avenue", "audience", "due")} for item in pitch["sharing"]
        ],
        "application": pitch["application"],
        "resources": pitch["resources"],
        "window": pitch["window"],
        "cost": _typed_cost(cost) if cost else None,
    }
    form = Form.of({name: value for name, value in values.items() if value is not None})
    for name in ("when.start", "when.end"):
        for field, value in typed_moment(name, when.get(name[5:])).items():
            form.values[field] = [value]
    return form


def form_of(draft: Mapping[str, Any]) -> Form:
    """The form a draft was left as, or that says what was brought in from a file."""
    if CONTENT not in draft:
        return Form({name: list(items) for name, items in draft.items()})
    content = draft[CONTENT]
    nothing: dict[str, Any] = {
        **dict.fromkeys((*OPENING, *OPTIONAL)),
        **{name: [] for name in ("topics", *ROWS)},
    }
    facilitator = content.get("facilitator")
    whole = {**nothing, **content, "facilitator": {"id": facilitator} if facilitator else None}
    whole["asks"] = [{"must": True, "split": False, "needed_by": None, **ask} for ask in whole["asks"]]
    whole["sharing"] = [{"audience": None, "due": None, **item} for item in whole["sharing"]]
    return typed_pitch(cast(Pitch, whole))


def _typed_ask(ask: dict[str, Any]) -> dict[str, Any]:
    kept = {name: ask[name] for name in ("key", "kind", "text", "unit", "must", "split", "needed_by")}
    money = ask["kind"] == MONEY
    return kept | {"quantity": typed_amount(ask["quantity"], ask["unit"]) if money else ask["quantity"]}


def _typed_cost(cost: Mapping[str, Any]) -> dict[str, str]:
    currency = cost["currency"]
    sums = {name: typed_amount(cost.get(name) or 0, currency) for name in ("own", "employer", "total")}
    return {"currency": currency, **sums}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What a revise restates: fields that differ; one that is gone is emptied (DOMAIN section 2)."""
    names = [name for name in (*OPENING, *OPTIONAL) if before.get(name) != after.get(name)]
    return {name: after.get(name) for name in names}


def look(content: Mapping[str, Any], policy: Policy) -> Looked | None:
    """What readiness would say of the pitch; None while it cannot be read as one."""
    fields = {name: value for name, value in content.items() if name in (*OPENING, *OPTIONAL)}
    try:
        pitch = write({"type": "pitch.open", "by": _NOBODY, **fields})
    except NotAcceptable:
        return None
    if not isinstance(pitch, PitchOpen):
        return None
    share = own_share(pitch.cost, pitch.asks or (), pitch.own or (), policy)
    return Looked(readiness(pitch, policy), share)


def policy_in(shape: PolicyShape) -> Policy:
    """The numbers of a policy as the rules take them."""
    return Policy(
        own_share=shape["own_share"],
        time_instead=shape["time_instead"],
        apply_within=shape["apply_within"],
        share_within=shape["share_within"],
        check_ins=tuple(shape["check_ins"]),
        min_group=shape["min_group"],
        tally_every=shape["tally_every"],
    )
