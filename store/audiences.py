"""Who may hold a record: words written out as nodes, and what is taken when nothing was said.

Law: what changes an object is seen by whoever sees the object; what is said beside it may be seen by fewer, never by
more. What the organisation says is for everybody; a report is for the stewards of the two nodes, whatever is posted.
This node is always one of them. Source: DOMAIN section 3, "Audience", R12.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from protocol.records import NotAcceptable, problem
from protocol.records.speakers import SPEAKERS
from protocol.rules.pledges import STEP_OF, default_audience
from store.acting import Act
from store.views import seats
from store.views.areas import BY_TYPE
from store.views.comment_rows import STEPS as COMMENT_STEPS
from store.views.pledge_items import of_pitch

WORDS: Final = ("network", "parties", "circle", "here")
_CHANGES: Final = frozenset(
    {
        *("pitch.revise", "pitch.advance", "pitch.update", "thanks", "check_in", "check_in.attest"),
        "ballot",
        *STEP_OF,
        *("circle.join", "circle.leave", "circle.role"),
        *(kind for kind, area in BY_TYPE.items() if kind != area.opens),
        *COMMENT_STEPS,
    }
)
"""Records that go wherever the object is that they change."""
_AT_HOME: Final = frozenset({"idp"})
_MOST: Final = 1_000  # pledges of one pitch looked at


def audience_of(act: Act) -> list[str] | None:
    """The nodes a record is to be for, None: the network. NotAcceptable when that is not possible."""
    bounded = _BOUNDED.get(act.type)
    if bounded is not None:
        return bounded(act)
    whole = _of_object(act)
    if act.type == "thanks" and whole is None and (parties := _thanked(act)):
        return _among(act, parties)
    if act.type in _CHANGES:
        return _same(act, whole)
    if "audience" not in act.content:
        return _default(act, whole)
    chosen = _written(act, act.content["audience"])
    if whole is not None and (chosen is None or not set(chosen) <= {*whole, act.node}):
        raise NotAcceptable(problem("audience", "wider-than-object"))
    return chosen


def _everybody(act: Act) -> list[str] | None:
    """The network: what binds all is told to all."""
    chosen = _written(act, act.content.get("audience"))
    if chosen is not None:
        raise NotAcceptable(problem("audience", "for-everybody"))
    return chosen


def _reported(act: Act) -> list[str] | None:
    """The own node and that of what is reported, or fewer of them when fewer are named."""
    parties = _parties(act)
    chosen = _written(act, act.content.get("audience", "parties"))
    return parties if chosen is None or not set(chosen) <= set(parties) else chosen


def _of_object(act: Act) -> list[str] | None:
    """Who may hold what the record speaks of."""
    if act.step is not None or act.comment is not None:
        return _of_said(act)
    about = act.pledge.offer if act.pledge else act.state.pitch if act.state else None
    if about is None:
        return _of_other(act)
    return list(about.audience) if about.audience is not None else None


_BY_KEY: Final = "SELECT node FROM audiences WHERE key = ? ORDER BY node"


def _of_said(act: Act) -> list[str] | None:
    """Who may hold the step or comment the record speaks of."""
    spoken = act.step or act.comment
    found = [node for (node,) in act.db.execute(_BY_KEY, (spoken.key,))] if spoken else []
    return found or None


_OTHER: Final = """
SELECT a.node FROM audiences AS a JOIN objects AS o ON o.key = a.key WHERE o.id = :id
UNION SELECT a.node FROM audiences AS a JOIN members AS o ON o.key = a.key WHERE o.id = :id ORDER BY 1
"""


def _of_other(act: Act) -> list[str] | None:
    subject = act.object.id if act.object else act.content.get("on")
    found = [node for (node,) in act.db.execute(_OTHER, {"id": subject})]
    return found or None


def _same(act: Act, whole: list[str] | None) -> list[str] | None:
    """The object's own audience: a change of it goes wherever the object is."""
    if "audience" in act.content and _written(act, act.content["audience"]) != (whole and sorted(whole)):
        raise NotAcceptable(problem("audience", "not-the-object-s"))
    return whole


def _invited(act: Act) -> list[str] | None:
    """The two nodes an invitation is between, both of which must be such that may hold the pitch."""
    whole = _of_object(act)
    chosen = _among(act, _parties(act))
    if whole is not None and not set(chosen) <= {*whole, act.node}:
        raise NotAcceptable(problem("to", "wider-than-object"))
    return chosen


def _thanked(act: Act) -> list[str] | None:
    """The two nodes of the private pledge that thanks name, None if they name none: it is told to nobody else."""
    named = set(act.content.get("to") or ())
    if not named or act.pitch is None:
        return None
    known = of_pitch(act.db, act.viewer, act.pitch.id, _MOST)
    private = [one.row for one in known if one.row.restricted and one.row.id in named]
    if private and len(named) > 1:
        raise NotAcceptable(problem("to", "private-alone"))
    return sorted({act.node, private[0].node}) if private else None


def _among(act: Act, parties: list[str]) -> list[str]:
    said = act.content.get("audience", "parties")
    chosen = parties if said == "parties" else _written(act, said)
    if chosen is None or not set(chosen) <= set(parties):
        raise NotAcceptable(problem("audience", "wider-than-object"))
    return chosen


def _default(act: Act, whole: list[str] | None) -> list[str] | None:
    kind = (
        act.content.get("kind") if act.type == "pledge.offer" else act.pledge.row.kind if act.pledge else None
    )
    if act.type in _AT_HOME:
        return [act.node]
    if default_audience(act.type, kind) == "parties":
        return _parties(act)
    return None if whole is None else sorted({*whole, act.node})


def _written(act: Act, said: Any) -> list[str] | None:
    if said is None or said == "network":
        return None
    if said == "here":
        return [act.node]
    if said == "parties":
        return _parties(act)
    if said == "circle":
        return _circle(act)
    if not isinstance(said, list) or not all(isinstance(node, str) for node in said):
        raise NotAcceptable(problem("audience", "audience", words=", ".join(WORDS)))
    return sorted({*said, act.node})


def _parties(act: Act) -> list[str]:
    """This node and those of whom the record speaks; of an invitation, the node of who is invited."""
    nodes = {str(act.node)}
    if act.type == "invite":
        return sorted(nodes | {act.content["to"].partition("-")[0]})
    if act.pledge:
        nodes.add(act.pledge.row.node)
    if act.pitch:
        nodes.add(act.pitch.node)
    if act.content.get("on"):
        nodes.add(act.content["on"].partition("-")[0])
    return sorted(nodes)


def _circle(act: Act) -> list[str]:
    """The nodes of the members today of the circle this is about (R11)."""
    nodes = [node for circle in _circles_of(act) for node in seats.nodes_of(act.db, circle)]
    if not nodes:
        raise NotAcceptable(problem("audience", "no-circle"))
    return sorted({act.node, *nodes})


def _circles_of(act: Act) -> list[str]:
    """The circle, or the pitch one forms around, that a record speaks of or names, or that what it speaks of is in."""
    eligible = act.content.get("eligible")
    named = [act.content.get("circle"), eligible.get("circle") if isinstance(eligible, dict) else None]
    about = [act.pitch.id] if act.pitch else [act.object.id, act.object.about] if act.object else []
    found = [circle for circle in (*about, *named) if isinstance(circle, str)]
    return next(([circle] for circle in found if seats.is_formed(act.db, circle)), [])


_BOUNDED: Final[Mapping[str, Callable[[Act], list[str] | None]]] = {
    **{kind: _everybody for kind, speaker in SPEAKERS.items() if speaker.organisation},
    "report": _reported,
    "invite": _invited,
}
"""Records whose audience is the domain's to say. Of others a poster chooses among those who may hold the object."""
