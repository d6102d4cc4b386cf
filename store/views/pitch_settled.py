"""A pitch settled: its row as it now is, and what is written beside it.

Law: facets, phases and text are functions of the row and the state behind it, so what was written can be told again and
taken away. Source: DOMAIN section 2, R1, R2, R8, R12.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from protocol.limits import MAX_INT
from protocol.records.pitches import TallyLine
from protocol.rules.asks import AskProgress, asks_progress, order_key, resourced
from protocol.rules.pitches import ENDS, PitchState, clock_state, dump, pitch_facts
from protocol.rules.policies import Policy
from protocol.rules.readiness import is_ready, own_share
from store.views.ground import Batch, compact
from store.views.pitch_folding import Working
from store.views.pitch_rows import COLUMNS, PARTLY, PitchRow, Policies, other_texts, progress_of
from store.views.places import place_in
from store.views.sums import Pledges
from store.views.texts import Doc, Stems, doc


class Tools(NamedTuple):
    """What settling many pitches needs once."""

    policies: Policies
    stems: Stems


def finish(batch: Batch, pitch: Working, pledges: Pledges, tools: Tools) -> PitchRow:
    """The row as it now is, its facets and text changed with it."""
    before, told = pitch.row, _told(pitch)
    share, ready, policy = _judged(batch, pitch, tools)
    progress = asks_progress(pitch.state.asks, pledges.facts, _tally(pitch.tally))
    stands = resourced(progress.values(), beside=pledges.beside)
    applied = pitch.applied >= PARTLY
    facts = pitch_facts(pitch.state, policy, ready=ready, resourced=stands, applied=applied)
    row = PitchRow(
        key=pitch.key,
        id=pitch.id,
        node=pitch.node,
        owner=batch.people.heir(pitch.state.owner),
        age=pitch.age,
        fresh=pitch.fresh,
        restricted=int(pitch.restricted),
        folded=pitch.folded,
        version=pitch.version,
        state=told,
        said=facts.said,
        tallied=pitch.tallied,
        tally=pitch.tally,
        progress=compact(list(progress.values())),
        pledges=pledges.standing,
        formed=int(pledges.formed or pitch.tallied >= 0),
        applied=pitch.applied,
        attested=pitch.attested,
        ready=int(ready),
        resourced=int(stands),
        own_share=None if share is None else int(share),
        needed=_needed(pitch.state, progress, pitch),
        starts=facts.starts,
        ends=facts.ends,
        lapses=facts.lapses or 0,
        closes=facts.closes,
    )
    old = _facets(pitch.before, before, progress_of(before)) if before and pitch.before else set()
    batch.change_facets(row.key, old, _facets(pitch.state, row, progress))
    _retell(batch, pitch, tools.stems)
    return row


def _told(pitch: Working) -> str | None:
    """The column ``state``."""
    if not pitch.revised:
        return None
    if pitch.row is not None and pitch.state is pitch.before:
        return pitch.row.state
    return compact(dump(pitch.state))


def _judged(batch: Batch, pitch: Working, tools: Tools) -> tuple[bool | None, bool, Policy]:
    """Own share, readiness and the policy they were judged by; judged anew only when pitch or policy changed."""
    policy, state, row = tools.policies.at(pitch.node, place_in(pitch.id)), pitch.state, pitch.row
    if row is not None and state is pitch.before and pitch.id not in batch.pitches:
        return None if row.own_share is None else bool(row.own_share), bool(row.ready), policy
    share = own_share(state.pitch.cost, state.asks, state.pitch.own or (), policy).satisfied
    return share, is_ready(state.pitch, policy), policy


def _retell(batch: Batch, pitch: Working, stems: Stems) -> None:
    """Change the text in the index if the pitch says another."""
    before = pitch.before.pitch if pitch.before else None
    if pitch.restricted or pitch.state.pitch is before:
        return
    was = document(pitch.key, pitch.before, stems) if pitch.before else None
    batch.change_doc(was, document(pitch.key, pitch.state, stems))


def _tally(column: str | None) -> dict[str, TallyLine] | None:
    if column is None:
        return None
    return {key: TallyLine.model_validate(line) for key, line in json.loads(column).items()}


def _needed(state: PitchState, progress: Mapping[str, AskProgress], pitch: Working) -> int | None:
    if state.said in ENDS:
        return None
    soonest, _, _ = order_key(state.asks, progress, -pitch.age, pitch.id)
    return None if soonest == MAX_INT else soonest


def _facets(state: PitchState, row: PitchRow, progress: Mapping[str, AskProgress]) -> set[tuple[str, str]]:
    """What lists filter by; a jurisdiction is found by its country too, an ask only while it is not met."""
    pitch = state.pitch
    place = pitch.where.jurisdiction if pitch.where else None
    wanted = () if row.said in ENDS else (ask.kind for ask in state.asks if not progress[ask.key].met)
    return {
        ("pitch.opportunity", pitch.opportunity),
        *((("pitch.facilitator", pitch.facilitator),) if pitch.facilitator else ()),
        *(("pitch.topic", topic) for topic in pitch.topics or ()),
        *(("pitch.jurisdiction", code) for code in ((place, place[:2]) if place else ())),
        *(("pitch.lang", tag.partition("-")[0].lower()) for tag in pitch.title),
        *(("pitch.asks", kind) for kind in wanted),
        *(("pitch.answers", issue) for issue in pitch.answers or ()),
    }


def document(key: int, state: PitchState, stems: Stems) -> Doc:
    """The text an unrestricted pitch is found by."""
    return doc(key, "pitch", list(state.pitch.title.items()), other_texts(state), stems)


def phases_of(row: PitchRow) -> list[tuple[int, int, int, str]]:
    """(key, since, until, state): the states the clock will lead through if nothing else is said."""
    facts = row.facts
    turns = sorted(
        {time for time in (facts.starts, facts.ends, facts.lapses, facts.closes) if time is not None}
    )
    first, last = ALWAYS
    found: list[tuple[int, int, int, str]] = []
    for since, until in zip([first, *turns], [*turns, last], strict=True):
        state = clock_state(facts, since)
        if found and found[-1][3] == state:
            found[-1] = (row.key, found[-1][1], until, state)
        else:
            found.append((row.key, since, until, state))
    return found


ALWAYS: Final = (-(2**62), 2**62)
"""Before and after every time there is."""

_WRITE: Final = (
    f"INSERT INTO pitches ({COLUMNS}) VALUES ({', '.join('?' * len(PitchRow._fields))})"  # noqa: S608
    f" ON CONFLICT (key) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in PitchRow._fields[3:])}"
)


def write(batch: Batch, changed: Sequence[tuple[PitchRow | None, PitchRow]]) -> None:
    """Put (before, after) rows down, and the phases of those whose facts are others now."""
    db = batch.db
    db.executemany(_WRITE, [after for before, after in changed if before != after])
    moved = [after for before, after in changed if before is None or before.facts != after.facts]
    db.executemany("DELETE FROM phases WHERE key = ?", [(row.key,) for row in moved])
    db.executemany(
        "INSERT INTO phases (key, since, until, state) VALUES (?, ?, ?, ?)",
        [phase for row in moved for phase in phases_of(row)],
    )
    batch.tx.topics.update(f"pitch:{after.id}" for _, after in changed)
    batch.seats.update(
        (after.id, owner)
        for before, after in changed
        if before is not None and before.owner != after.owner
        for owner in (before.owner, after.owner)
    )
