"""Pitches and pledges touched by a batch, settled together: each is a condition of the other.

Law: once a batch, in this order: pitches take in what their owners said, pledges what both parties did, then pitches
add their pledges up. Nothing is looked at that the batch did not touch. Source: DOMAIN section 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from protocol.ids import NodeId
from protocol.records import Record
from protocol.records.pitches import PitchTally
from protocol.records.pledges import PledgeOffer
from protocol.rules.ownership import when_said
from protocol.rules.people import Person
from store.payloads import Item
from store.views import pitch_folding, pitch_rows, pitch_settled, pledge_rows, pledge_settled, practice, sums
from store.views.ground import APPLIES, STRANGER, Batch, Said, as_a, compact, heard, listed
from store.views.pitch_folding import FOLDED, Working
from store.views.pitch_rows import PitchRow
from store.views.pledge_rows import PledgeRow
from store.views.pledge_settled import Pitch
from store.views.pledge_steps import STEPS
from store.views.succession import number_of
from store.views.texts import Stems

ADDED: Final = frozenset({"pitch.update", "thanks", "pitch.tally", "check_in"})
"""Steps that stand beside a pitch and change none of its fields."""
_BESIDE: Final = frozenset({"thanks"})
"""What may be said to fewer than those who see the pitch: it changes nothing of it."""


def take_pitches(batch: Batch, items: list[Item]) -> None:
    """Pitches opened."""
    batch.opened.update((str(item.entry), item) for item in items)


def take_pledges(batch: Batch, items: list[Item]) -> None:
    """Pledges offered."""
    batch.offered.update((str(item.entry), item) for item in items)
    named = ((as_a(PledgeOffer, item.record).offer, item.key) for item in items)
    batch.facets.update(("pledge.offer", offer, key) for offer, key in named if offer)


def take_pledge_steps(batch: Batch, items: list[Item]) -> None:
    """What a party does about a pledge."""
    batch.take_steps(items)


def settle(batch: Batch) -> None:
    """Work out every pitch and pledge the batch touches."""
    touched = batch.steps or batch.pitches or batch.pledges or batch.anew or batch.witnessed
    if not (batch.opened or batch.offered or touched):
        return
    pitches = _pitches(batch)
    changed = _pledges(batch, pitches)
    _add_up(batch, pitches, changed)


# ── pitches take in what their owners said ───────────────────────────────────────────────────────────────────


def _pitches(batch: Batch) -> dict[str, Working]:
    """Pitches opened or changed in this batch, with all that their owners said."""
    spoken, practised = _spoken(batch, FOLDED | ADDED), practice.touched(batch) | batch.pitches
    here = pitch_rows.rows(batch.db, (spoken | practised | batch.anew) - batch.opened.keys())
    again = resume(batch, [row for row in here.values() if row.id in batch.anew])
    here = {id_: row for id_, row in here.items() if id_ not in again}
    tallies = {row.id: tally for row in here.values() if (tally := _judge_added(batch, row))}
    folds = {row.id for row in here.values() if _folding(batch, row.id)}
    found = resume(batch, [row for row in here.values() if row.id in folds | practised | tallies.keys()])
    for id_, pitch in found.items():
        pitch.tallied, pitch.tally = tallies.get(id_, (pitch.tallied, pitch.tally))
        pitch_folding.fold_new(batch, pitch, _folding(batch, id_))
    first = _from_the_first(batch, again | _opened(batch))
    practice.settle(batch, first | {id_: found[id_] for id_ in practised & found.keys()})
    return found | first


def resume(batch: Batch, rows: list[PitchRow]) -> dict[str, Working]:
    """Pitches as their rows left them."""
    states = pitch_rows.states(batch.db, rows)
    return {row.id: pitch_folding.resumed(row, states[row.id]) for row in rows}


def _folding(batch: Batch, pitch: str) -> list[Item]:
    return [item for item in batch.steps.get(pitch, ()) if item.record.type in FOLDED]


def _judge_added(batch: Batch, row: PitchRow) -> tuple[int, str] | None:
    """Judge what this batch adds to a pitch; (turn, sums) of the tally that counts from now on, if there is one."""
    owner, tally = batch.people.person(row.node, row.owner), None
    last = row.tallied
    for item in batch.steps.get(row.id, ()):
        if item.record.type not in ADDED:
            continue
        at = _added(batch, heard(item), item.record, item.restricted, (owner, row.restricted))
        if at is not None and isinstance(item.record, PitchTally) and at > last:
            last, tally = at, _sums(item.record)
    return None if tally is None else (last, tally)


def _added(
    batch: Batch, said_: Said, record: Record, restricted: bool, pitch: tuple[Person, int]
) -> int | None:
    """The turn of what the owner adds to her pitch; None when it does not apply."""
    owner, hidden = pitch
    fits = bool(restricted) == bool(hidden) or (bool(restricted) and record.type in _BESIDE)
    at = when_said(record, NodeId(said_.node), said_.order, owner=owner) if fits else None
    why = "not by the owner" if fits else "its audience is not the pitch's"
    batch.judged.append((STRANGER if at is None else APPLIES, said_.key, f"{record.type}: {why}"))
    return None if at is None else number_of(at)


def _sums(record: PitchTally) -> str:
    return compact({ask: line.model_dump() for ask, line in record.asks.items()})


_WAITING: Final = """
SELECT about, key, type, restricted FROM steps
WHERE about IN (SELECT value FROM json_each(?)) AND applies IS NOT -1 ORDER BY key
"""


def _opened(batch: Batch) -> dict[str, Working]:
    """Pitches new here. What an owner who moved said of them before they came was taken for a stranger's."""
    found = {id_: pitch_folding.opened(item) for id_, item in batch.opened.items()}
    if batch.people.moved:
        moved = {id_ for id_, one in found.items() if len(batch.people.person(one.node, one.state.owner)) > 1}
        batch.recall(moved, "pitch")
        batch.recall([id_ for (id_,) in batch.db.execute(_OF_PITCHES, (listed(moved),))], "pledge")
    return found


def _from_the_first(batch: Batch, found: dict[str, Working]) -> dict[str, Working]:
    """Pitches with all that was ever said about them."""
    for pitch in found.values():
        pitch.tallied, pitch.tally = -1, None
    waiting: dict[str, dict[int, tuple[str, int]]] = {}
    for subject, key, kind, restricted in batch.db.execute(_WAITING, (listed(found),)):
        waiting.setdefault(subject, {})[key] = (kind, restricted)
    told = batch.told(found, _keys_of(waiting.values(), ADDED))
    for id_, steps in waiting.items():
        if any(kind in FOLDED for kind, _ in steps.values()):
            pitch_folding.fold_anew(batch, found[id_])
        added = [key for key, (kind, _) in steps.items() if kind in ADDED and key in told]
        _added_before(batch, found[id_], [(*told[key], steps[key][1]) for key in added])
    return found


def _keys_of(waiting: Iterable[Mapping[int, tuple[str, int]]], types: frozenset[str]) -> list[int]:
    return [key for steps in waiting for key, (kind, _) in steps.items() if kind in types]


def _added_before(batch: Batch, pitch: Working, steps: Iterable[tuple[Said, Record, int]]) -> None:
    owner = batch.people.person(pitch.node, pitch.state.owner)
    for step, record, hidden in steps:
        at = _added(batch, step, record, bool(hidden), (owner, pitch.restricted))
        if at is not None and isinstance(record, PitchTally) and at > pitch.tallied:
            pitch.tallied, pitch.tally = at, _sums(record)


# ── pledges take in what both parties did ────────────────────────────────────────────────────────────────────


def _pledges(batch: Batch, pitches: Mapping[str, Working]) -> list[PledgeRow]:
    """The pledges that are not what they were, written down."""
    touched = (_of(batch, pitches) | batch.pledges) - batch.offered.keys()
    before = _spoken_of(batch) | pledge_rows.rows(batch.db, touched)
    now = before | {id_: pledge_rows.new_row(item) for id_, item in batch.offered.items()}
    settled = pledge_settled.settle(
        batch, now, _conditions(batch, pitches, {row.pitch for row in now.values()})
    )
    changed = [row for row in settled if before.get(row.id) != row]
    pledge_rows.write(batch, changed)
    batch.seats.update(
        (row.pitch, row.giver)
        for new in changed
        for row in (new, before.get(new.id))
        if row is not None and row.giver is not None and row.turn >= 0
    )
    return changed


def _spoken(batch: Batch, types: frozenset[str]) -> set[str]:
    """Ids of what records of these types are about."""
    return {
        subject for subject, items in batch.steps.items() if any(item.record.type in types for item in items)
    }


def _spoken_of(batch: Batch) -> dict[str, PledgeRow]:
    """Pledges here that a party's node speaks of. One of which only strangers speak is not looked at."""
    found = pledge_rows.rows(batch.db, _spoken(batch, STEPS) - batch.offered.keys())
    return {id_: row for id_, row in found.items() if _by_party(batch, row)}


def _by_party(batch: Batch, row: PledgeRow) -> bool:
    if row.id in batch.pledges:
        return True  # a party has moved: asked when it is settled, which it is anyway
    nodes = pledge_settled.parties(batch, row)
    items = [item for item in batch.steps[row.id] if item.record.type in STEPS]
    strangers = [item for item in items if item.entry.node not in nodes]
    batch.judged += [(STRANGER, item.key, f"{item.record.type}: not by a party's node") for item in strangers]
    return len(strangers) < len(items)


_OF_PITCHES: Final = "SELECT id FROM pledges WHERE pitch IN (SELECT value FROM json_each(?))"


def _of(batch: Batch, pitches: Mapping[str, Working]) -> set[str]:
    """Pledges of pitches that have come or were given up in this batch."""
    moved = [
        id_
        for id_, pitch in pitches.items()
        if pitch.row is None or id_ in batch.anew or pitch.released != _released(pitch.row)
    ]
    return {id_ for (id_,) in batch.db.execute(_OF_PITCHES, (listed(moved),))} if moved else set()


def _released(row: PitchRow) -> bool:
    return row.said in ("withdrawn", "cancelled")


def _conditions(batch: Batch, pitches: Mapping[str, Working], ids: Iterable[str]) -> dict[str, Pitch]:
    """What pledges need to know of their pitches; those not here are left out."""
    found = {id_: pitches[id_] for id_ in ids if id_ in pitches}
    people = batch.people
    conditions = {
        id_: Pitch(
            people.person(pitch.node, pitch.state.owner),
            batch.audience(pitch.key, pitch.restricted),
            pitch.released,
        )
        for id_, pitch in found.items()
    }
    for id_, row in pitch_rows.rows(batch.db, set(ids) - found.keys()).items():
        audience = batch.audience(row.key, bool(row.restricted))
        conditions[id_] = Pitch(people.person(row.node, row.owner), audience, _released(row))
    return conditions


# ── pitches add their pledges up ─────────────────────────────────────────────────────────────────────────────


def _add_up(batch: Batch, pitches: dict[str, Working], changed: list[PledgeRow]) -> None:
    counting = {row.pitch for row in changed if not row.private} - pitches.keys()
    pitches |= resume(batch, list(pitch_rows.rows(batch.db, counting).values()))
    added = sums.pledges_of(
        batch.db,
        pitches,
        lambda pitch, ask, kind, unit: pitch_rows.fitting(pitches[pitch].state, ask, kind, unit),
    )
    tools = pitch_settled.Tools(pitch_rows.Policies(batch.db), Stems())
    written = []
    recounted: list[tuple[int, int]] = []
    for id_, pitch in pitches.items():
        pledges = added.get(id_, sums.NONE)
        written.append((pitch.row, pitch_settled.finish(batch, pitch, pledges, tools)))
        recounted += sums.recounted(pitch.state.asks, pledges)
    pitch_settled.write(batch, written)
    batch.db.executemany("UPDATE pledges SET accepted = ? WHERE key = ?", recounted)
    if written:
        batch.tx.topics.add("pitches")
