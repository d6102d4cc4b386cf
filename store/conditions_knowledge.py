"""What must hold before a member says something of an artifact, a comment, or a text in another language.

Law: the same as in ``store.conditions``, of which this is the part about knowledge and talk. Source: DOMAIN sections 2
("Sharing", "Translations") and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from protocol.errors import Refused
from protocol.limits import MAX_KEY
from protocol.records import REGISTER, Problem, Record, problem
from protocol.records.knowledge import ArtifactPublish, ArtifactRevise, Translation
from protocol.records.talk import Comment
from protocol.rules.asks import TAKEN
from protocol.rules.objects import revised
from protocol.rules.pitches import PitchState
from protocol.rules.pledges import CASE_STUDY
from store.acting import Act, is_comment_on
from store.views import object_rows, pitch_rows, translations, versions
from store.views.ground import as_a
from store.views.object_rows import ObjectRow
from store.views.pledge_page import find

_BLOB: Final = "SELECT 1 FROM blobs WHERE hash = ? AND size = ? AND complete = 1"


def _artifact(act: Act, record: Record) -> Iterator[Problem]:
    artifact = as_a(ArtifactPublish, record)
    yield from _files(act, artifact)
    yield from _fulfils(act, artifact, act.state)


def _files(act: Act, artifact: ArtifactPublish) -> Iterator[Problem]:
    for at, blob in enumerate(artifact.blobs):
        if act.db.execute(_BLOB, (blob.hash, blob.size)).fetchone() is None:
            yield problem(f"blobs.{at}.hash", "not-here")


def _fulfils(act: Act, artifact: ArtifactPublish, pitch: PitchState | None) -> Iterator[Problem]:
    """Keys are of the pitch it came of; entry ids are of her own case-study pledges."""
    keys = {activity.key for activity in pitch.sharing} if pitch else set()
    if pitch is None and any(len(named) <= MAX_KEY for named in artifact.fulfils):
        yield problem("pitch", "missing")
        return
    for at, named in enumerate(artifact.fulfils):
        if len(named) > MAX_KEY:
            yield from _case_study(act, f"fulfils.{at}", named, hidden=artifact.audience is not None)
        elif named not in keys:
            yield problem(f"fulfils.{at}", "key-unknown", key=named)


def _case_study(act: Act, field: str, pledge: str, *, hidden: bool) -> Iterator[Problem]:
    known = find(act.db, act.viewer, pledge)
    if known is None:
        yield problem(field, "not-here")
        return
    row, me = known.row, act.author.member
    hers = row.giver is not None and me is not None and act.people.same(row.giver, me)
    if not hers or row.kind != CASE_STUDY or row.state not in TAKEN:
        yield problem(field, "not-a-case-study")
    elif bool(row.restricted) != hidden:
        yield problem(field, "wider-than-object" if row.restricted else "not-the-object-s")


def _object(act: Act) -> ObjectRow:
    if act.object is None:
        raise Refused("not-here", field="artifact")
    return act.object


def _standing(act: Act, _record: Record) -> Iterator[Problem]:
    if _object(act).ended is not None:
        yield problem("artifact", "withdrawn")


def _revise(act: Act, record: Record) -> Iterator[Problem]:
    row = _object(act)
    yield from _standing(act, record)
    before = object_rows.records(act.db, [row])[row.id]
    artifact = as_a(ArtifactPublish, revised(before, as_a(ArtifactRevise, record)))
    if "blobs" in record.model_fields_set:
        yield from _files(act, artifact)
    if record.model_fields_set.isdisjoint({"pitch", "fulfils"}):
        return
    pitch = pitch_rows.rows(act.db, [artifact.pitch]).get(artifact.pitch) if artifact.pitch else None
    if artifact.pitch and pitch is None:
        yield problem("pitch", "not-here")
        return
    if pitch and pitch.restricted and not row.restricted:
        yield problem("pitch", "wider-than-object")
    yield from _fulfils(act, artifact, pitch_rows.state_of(act.db, pitch) if pitch else None)


def _translation(act: Act, record: Record) -> Iterator[Problem]:
    translation = as_a(Translation, record)
    said = versions.one(act.db, translation.of)
    kind = str(said.content["type"]) if said else ""
    subject = REGISTER[kind].SUBJECT if kind in versions.REVISES else None
    of = str(said.content[subject]) if said and subject else translation.of
    texts = translations.texts_at(act.db, of, translation.of)
    if texts is None:
        yield problem("of", "not-here")
        return
    yield from (
        problem(f"texts.{field}", "no-such-text") for field in translation.texts if field not in texts
    )


def _comment(act: Act, record: Record) -> Iterator[Problem]:
    comment = as_a(Comment, record)
    if comment.reply_to is not None and not is_comment_on(act, comment.reply_to, comment.on):
        yield problem("reply_to", "not-here")


def _still_said(act: Act, _record: Record) -> Iterator[Problem]:
    if act.comment is not None and act.comment.ended is not None:
        yield problem("comment", "withdrawn")


CONDITIONS: Final[Mapping[str, Callable[[Act, Any], Iterator[Problem]]]] = {
    "artifact.publish": _artifact,
    "artifact.revise": _revise,
    "artifact.withdraw": _standing,
    "reuse": _standing,
    "translation": _translation,
    "comment": _comment,
    "comment.revise": _still_said,
    "comment.withdraw": _still_said,
}
