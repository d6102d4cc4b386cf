"""Check-ins of a pitch and what others saw of them: what the pitch's row keeps of it.

Law: ``applied`` and ``attested`` follow from all check-ins and attests that are here, in whatever order they came: they
are worked out anew whenever one comes, its pitch or its policy comes, or one of the people moves. What is said to fewer
than see the pitch changes nothing of it. Sources: DOMAIN R6, R7, docs/spec/states.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from protocol.ids import NodeId, parse_entry
from protocol.rules.people import Person, is_one_of, turn
from protocol.rules.practice import Answer, attested, by_day, strongest
from store.payloads import Item
from store.rows import entry_key
from store.views import voices
from store.views.ground import Batch, Said, about, listed, said
from store.views.pitch_folding import Working
from store.views.pitch_rows import Policies
from store.views.places import place_in
from store.views.succession import People, number_of

ATTEST: Final = "check_in.attest"


class Practice(NamedTuple):
    """What was said of applying one pitch: the answer that counts by day, the records of check-ins by id, and by
    check-in the last word of each member other than the pitcher."""

    answers: Mapping[int, Answer]
    records: Mapping[str, Said]
    saw: Mapping[str, Sequence[Said]]

    @property
    def applied(self) -> int:
        return strongest(self.answers.values())

    @property
    def attested(self) -> bool:
        words = {id_: [record.content["saw"] for record in made] for id_, made in self.saw.items()}
        return attested(self.answers.values(), words)


def take_attests(batch: Batch, items: list[Item]) -> None:
    """What others saw: of which pitch is asked once everything of the batch is in."""
    voices.take(batch, items)
    batch.witnessed.update(about(item) for item in items)


def touched(batch: Batch) -> set[str]:
    """Pitches of whose check-ins this batch says something, or whose witnesses moved."""
    of_attests = pitches_of(batch.db, batch.witnessed) if batch.witnessed else set()
    return of_attests | {
        id_ for id_, items in batch.steps.items() if any(item.record.type == "check_in" for item in items)
    }


_OF_CHECK_INS: Final = """
SELECT about FROM steps WHERE key IN (SELECT value FROM json_each(?)) AND type = 'check_in'
"""


def pitches_of(db: sqlite3.Connection, check_ins: Iterable[str]) -> set[str]:
    """The pitches these check-ins are of, as far as they are here."""
    keys = [key for id_ in check_ins if (key := entry_key(db, parse_entry(id_))) is not None]
    return {pitch for (pitch,) in db.execute(_OF_CHECK_INS, (listed(keys),))}


_CHECK_INS: Final = """
SELECT about, key FROM steps
WHERE about IN (SELECT value FROM json_each(?)) AND type = 'check_in' AND applies IS NOT -1
"""


def settle(batch: Batch, some: Mapping[str, Working]) -> None:
    """Work out anew what the rows of these pitches keep."""
    keys: dict[str, list[int]] = {id_: [] for id_ in some}
    for id_, key in batch.db.execute(_CHECK_INS, (listed(some),)):
        keys[id_].append(key)
    policies = Policies(batch.db)
    for id_, pitch in some.items():
        pitch.applied = pitch.attested = 0
        if keys[id_]:
            days = policies.at(pitch.node, place_in(id_)).check_ins
            owner = batch.people.person(pitch.node, pitch.state.owner)
            found = _practice(batch.db, batch.people, keys[id_], (owner, pitch.restricted, days))
            pitch.applied, pitch.attested = found.applied, int(found.attested)


def of_pitch(
    db: sqlite3.Connection, people: People, pitch: str, about_it: tuple[Person, bool, Sequence[int]]
) -> Practice:
    """The practice of one pitch; ``about_it`` is its owner, whether it is restricted, the days of its policy."""
    return _practice(db, people, [key for _, key in db.execute(_CHECK_INS, (listed([pitch]),))], about_it)


def _practice(
    db: sqlite3.Connection,
    people: People,
    keys: Sequence[int],
    about_it: tuple[Person, bool, Sequence[int]],
) -> Practice:
    owner, restricted, days = about_it
    made = {
        record.id: (at, record)
        for record in said(db, keys).values()
        if (record.content.get("audience") is not None) == restricted
        and (at := turn(owner, NodeId(record.node), record.content["by"], record.order)) is not None
    }
    answers = by_day(
        days,
        (
            Answer(number_of(at), id_, record.content.get("day"), record.content["applied"])
            for id_, (at, record) in made.items()
        ),
    )
    heard: dict[str, list[Said]] = {}
    for record in voices.on(db, made, ATTEST) if made else ():
        apart = record.content.get("audience") is not None and not restricted
        if not apart and not is_one_of(owner, record.content["by"]):
            heard.setdefault(record.content["check_in"], []).append(record)
    saw = {id_: list(voices.last_words(people, some).values()) for id_, some in heard.items()}
    return Practice(answers, {id_: record for id_, (_, record) in made.items()}, saw)
