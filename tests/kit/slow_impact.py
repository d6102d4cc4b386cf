"""The figures of Impact, worked out slowly from the whole log, by the letter of docs/spec/states.md."""

from __future__ import annotations

from statistics import median
from typing import Any

from tests.kit.slow_life import OVER, TAKEN, Pitch, Slow

DEFAULT = 5
Things = list[tuple[Any, str]]
"""(group, person) of each thing counted."""


def impact(slow: Slow, node: str, jurisdiction: str | None, topic: str | None) -> dict[str, Any]:
    """All figures of the lives that ``tests.kit.lives`` makes, as ``node`` tells them."""
    policies = [record.content["min_group"] for record in slow.of("node.policy") if record.node == node]
    small = policies[-1] if policies else DEFAULT
    pitches = [
        pitch
        for pitch in slow.pitches.values()
        if _in(pitch.place, jurisdiction) and (topic is None or topic in pitch.now.get("topics", ()))
    ]
    public = [pledge for pledge in slow.pledges if pledge.pitch in pitches and not pledge.hidden]
    taken = [pledge for pledge in public if pledge.said in TAKEN]
    uses = _uses(slow, jurisdiction, topic)
    asks: Things = [
        ("met" if ask["key"] in pitch.met else "open", pitch.owner) for pitch in pitches for ask in pitch.asks
    ]
    returns: Things = [
        ({"promised": "open", "delivered": "open"}.get(pledge.returned, pledge.returned), pledge.pitch.owner)
        for pledge in taken
        if pledge.returned != "none"
    ]
    outcomes: Things = [(came, pitch.owner) for pitch in pitches if (came := _outcome(pitch))]
    where: Things = [("within" if source == target else "across", who) for source, target, who, _ in uses]
    told_where = _breakdown(small, where, ["within", "across", "unknown"])
    across_hidden = any(group["group"] == "across" and group["suppressed"] for group in told_where["groups"])
    return {
        "min_group": small,
        "asks": _breakdown(small, asks, ["met", "open"]),
        "returns": _breakdown(small, returns, ["met", "partly", "not", "no-answer", "overdue", "open"]),
        "first_artifact": _first_artifact(small, slow, pitches),
        "outcomes": _breakdown(
            small,
            outcomes,
            [
                *("applied-attested", "applied-self-reported", "partly-applied", "not-applied"),
                *("no-answer", "lapsed", "withdrawn", "cancelled"),
            ],
        ),
        "reuse": _breakdown(small, [(result, who) for _, _, who, result in uses], []),
        "reuse_where": told_where,
        "pledge_flows": _flows(
            small,
            [(slow.place(p.record.node), p.pitch.place, p.giver or p.record.node) for p in taken],
            hidden=False,
        ),
        "reuse_flows": _flows(
            small, [(source, target, who) for source, target, who, _ in uses], hidden=across_hidden
        ),
        "gap": _gap(small, slow, pitches, jurisdiction, topic),
    }


def _in(place: str, wanted: str | None) -> bool:
    return wanted in (None, place, place[:2])


def _few(small: int, things: Things) -> bool:
    """Something, but less than five things or of less than five people."""
    return bool(things) and (len(things) < small or len({who for _, who in things}) < small)


def _round(small: int, things: Things) -> int:
    """To so many times the smallest group that fewer people cannot account for the step."""
    persons = sorted(
        ([who for _, who in things].count(one) for one in {who for _, who in things}), reverse=True
    )
    step = small
    while step <= sum(persons[: small - 1]):
        step += small
    return int(len(things) / step + 0.5) * step


def _figure(value: float | None, hidden: bool) -> dict[str, Any]:
    return {"value": None if hidden else value, "suppressed": hidden}


def _hide(small: int, groups: dict[Any, Things], everything: Things) -> tuple[bool, set[Any]]:
    """(the total is hidden, the groups hidden): the smallest others follow until nothing can be subtracted."""
    hidden = {name for name, things in groups.items() if _few(small, things)}
    if _few(small, everything):
        return True, hidden
    while hidden and (len(hidden) == 1 or sum(len(groups[name]) for name in hidden) < small):
        left = [name for name in groups if name not in hidden]
        if not left:
            return True, hidden

        def size(name: Any) -> tuple[bool, int, int, Any]:
            things = groups[name]
            return not things, len(things), len({who for _, who in things}), name

        hidden.add(min(left, key=size))
    return False, hidden


def _breakdown(small: int, things: Things, names: list[str]) -> dict[str, Any]:
    order = [*names, *sorted({name for name, _ in things} - set(names))]
    groups = {name: [one for one in things if one[0] == name] for name in order}
    total_hidden, hidden = _hide(small, groups, things)
    return {
        "total": _figure(_round(small, things), total_hidden),
        "groups": [
            {
                "group": name,
                **_figure(_round(small, groups[name]), name in hidden),
                "share": _share(
                    _round(small, groups[name]), _round(small, things), total_hidden or name in hidden
                ),
            }
            for name in order
        ],
    }


def _share(part: int, whole: int, hidden: bool) -> int | None:
    return None if hidden or whole == 0 else min(100, int(100 * part / whole + 0.5 + 1e-9))


def _flows(small: int, moves: list[tuple[str, str, str]], *, hidden: bool) -> dict[str, Any]:
    things: Things = [((source, target), who) for source, target, who in moves if source != target]
    groups = {
        pair: [one for one in things if one[0] == pair] for pair in sorted({pair for pair, _ in things})
    }
    total_hidden, cells = _hide(small, {" ".join(pair): made for pair, made in groups.items()}, things)
    return {
        "total": _figure(_round(small, things), total_hidden or hidden),
        "items": [
            {
                "from": pair[0],
                "to": pair[1],
                **_figure(_round(small, made), " ".join(pair) in cells),
                "share": _share(
                    _round(small, made),
                    _round(small, things),
                    total_hidden or hidden or " ".join(pair) in cells,
                ),
            }
            for pair, made in groups.items()
        ],
    }


def _standing_artifacts(slow: Slow) -> list[Any]:
    def stands(record: Any) -> bool:
        return not slow.said_by(slow.today(record.by), "artifact.withdraw", artifact=record.id)

    return [record for record in slow.of("artifact.publish") if stands(record)]


def _first_artifact(small: int, slow: Slow, pitches: list[Pitch]) -> dict[str, Any]:
    found: Things = []
    for pitch in pitches:
        hers = [
            record.time
            for record in _standing_artifacts(slow)
            if record.content.get("pitch") == pitch.id and slow.today(record.by) == pitch.owner
        ]
        if hers and pitch.end is not None and pitch.state in ("sharing", "applied", "closed"):
            found.append((max(0, min(hers) - pitch.end) // 86_400_000, pitch.owner))
    value = float(median(days for days, _ in found)) if found else None
    return _figure(value, _few(small, found))


def _outcome(pitch: Pitch) -> str | None:
    if pitch.state in ("withdrawn", "cancelled", "lapsed"):
        return pitch.state
    if pitch.state not in ("applied", "closed"):
        return None
    if pitch.applied is None:
        return "no-answer" if pitch.resourced or pitch.ahead else "lapsed"
    if pitch.applied == "yes":
        return "applied-attested" if pitch.attested else "applied-self-reported"
    return {"partly": "partly-applied", "no": "not-applied"}[pitch.applied]


def _uses(slow: Slow, jurisdiction: str | None, topic: str | None) -> list[tuple[str, str, str, str]]:
    """(from, to, who, result) of each use of an artifact that stands."""
    found = []
    for artifact in _standing_artifacts(slow):
        source = slow.place(artifact.node)
        if _in(source, jurisdiction) and (topic is None or topic in artifact.content["topics"]):
            for use in slow.of("reuse", artifact=artifact.id):
                found.append((source, slow.place(use.node), slow.today(str(use.by)), use.content["result"]))
    return found


def _gap(
    small: int, slow: Slow, pitches: list[Pitch], jurisdiction: str | None, topic: str | None
) -> list[dict[str, Any]]:
    asked = {
        (ask["kind"], pitch.id, pitch.owner)
        for pitch in pitches
        if pitch.state not in OVER
        for ask in pitch.asks
        if ask["key"] not in pitch.met
    }
    offered = set()
    for card in (one for one in slow.of("member.introduce") if one.id not in slow.moves):
        place = card.content.get("jurisdiction") or slow.place(card.node)
        topics = {one for line in card.content["offers"] for one in line["topics"]}
        if _in(place, jurisdiction) and (topic is None or topic in topics):
            offered |= {(line["kind"], card.id) for line in card.content["offers"]}
    for stand in slow.of("offer.stand"):
        until = stand.content.get("until")
        due = slow.ends(until) if until else stand.time + 180 * 86_400_000
        closed = slow.said_by(slow.today(str(stand.by)), "offer.close", offer=stand.id)
        if closed or slow.now >= due or (topic is not None and topic not in stand.content["topics"]):
            continue
        if _in(stand.content["jurisdiction"], jurisdiction):
            offered.add((stand.content["kind"], slow.today(str(stand.by))))
    found = []
    for kind in sorted({one[0] for one in asked} | {kind for kind, _ in offered}):
        wants: Things = [(kind, owner) for named, _, owner in asked if named == kind]
        gives: Things = [(kind, who) for named, who in offered if named == kind]
        told = (("asked", wants), ("offered", gives))
        found.append(
            {"kind": kind, **{name: _figure(_round(small, made), _few(small, made)) for name, made in told}}
        )
    return found
