"""What was learned, in the library.

Law: an artifact is what its owner says; what others build on it is found by looking for it, not written on it. One that
was withdrawn leaves the lists, and its page says so.
Source: DOMAIN section 3, area *knowledge*.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from protocol.limits import MAX_KEY
from protocol.records import BlobRef
from protocol.records.knowledge import ArtifactPublish, Author
from protocol.rules.moments import lasts_until
from store.views import object_rows, pitch_rows, reuses, talk, translations
from store.views import versions as told
from store.views.ground import PLEDGE_FACET, as_a, said
from store.views.held import audience_of, held_by
from store.views.listing import Query
from store.views.object_rows import COLUMNS, ObjectRow, find, newest, query_of
from store.views.objects import Area
from store.views.people import Names, original
from store.views.shapes import (
    Artifact,
    ArtifactCan,
    ArtifactFilters,
    ArtifactItem,
    Blob,
    Credit,
    Page,
    Ref,
    Text,
    Viewer,
    Withdrawn,
)
from store.views.texts import Texts, texts_in

EXCERPT: Final = 240
"""Characters of a body a list shows."""


def facets(record: ArtifactPublish) -> set[tuple[str, str]]:
    """What the library filters by, and what an artifact derives from."""
    named = {"kind": record.kind, "licence": record.licence, "evidence": record.evidence}
    return {
        *((f"artifact.{facet}", value) for facet, value in named.items() if value),
        *(("artifact.topic", topic) for topic in record.topics),
        *(("artifact.lang", tag.partition("-")[0].lower()) for tag in record.title),
        *(("artifact.source", source) for source in record.derived_from),
        *((PLEDGE_FACET, named) for named in record.fulfils if len(named) > MAX_KEY),
    }


def other_texts(record: ArtifactPublish) -> Texts:
    """Every text of an artifact but its title, names of files among them."""
    return [*texts_in(record.body), *(("", blob.name) for blob in record.blobs), *texts_in(record.blobs)]


AREA: Final = Area(
    name="artifact",
    topic="library",
    opens="artifact.publish",
    revises="artifact.revise",
    ends="artifact.withdraw",
    about=lambda record: record.pitch,
    due=lambda record: lasts_until(record.review_by) if record.review_by else None,
    facets=facets,
    texts=lambda record: (list(record.title.items()), other_texts(record)),
)


# ── lists and pages ──────────────────────────────────────────────────────────────────────────────────────────


COUNTED: Final = 200  # artifacts whose values are counted beside the filters: one page of records read
_AT: Final = """
node IN (SELECT node FROM profiles WHERE jurisdiction = :at OR substr(jurisdiction, 1, 2) = :at)
"""
MAX_SHOWN: Final = 100  # artifacts of one pitch on its page, the newest


def listing(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: ArtifactFilters,
    *,
    now: int,
    cursor: str | None = None,
    limit: int = 25,
) -> Page[ArtifactItem]:
    """Artifacts, newest first. Refused("cursor") for a cursor that is not ours."""
    query = _query(db, viewer, filters)
    if filters.review == "due":
        query.where("due IS NOT NULL AND due <= :now", now=now)
    rows, onward = newest(db, query, cursor, limit)
    return Page(items(db, Names(db, viewer), rows), onward)


def _query(db: sqlite3.Connection, viewer: Viewer, filters: ArtifactFilters) -> Query:
    query = query_of(db, viewer, "artifact")
    query.where("ended IS NULL")
    query.facet("artifact.kind", filters.kind)
    query.facet("artifact.topic", filters.topic)
    query.facet("artifact.licence", filters.licence)
    query.facet("artifact.evidence", filters.evidence)
    query.facet("artifact.lang", filters.lang and filters.lang.partition("-")[0].lower())
    query.equal("node", filters.node)
    query.equal("about", filters.pitch)
    query.equal("owner", filters.member)
    if filters.jurisdiction is not None:
        query.where(_AT, at=filters.jurisdiction)
    query.words(filters.q, "artifact")
    return query


def counts(
    db: sqlite3.Connection, viewer: Viewer, filters: ArtifactFilters, *, now: int
) -> dict[str, dict[str, int]] | None:
    """How many of the artifacts that fit have each value, by the filter that asks for it; None when more than
    COUNTED fit: counting them would cost more than the list itself.
    """
    query = _query(db, viewer, filters)
    if filters.review == "due":
        query.where("due IS NOT NULL AND due <= :now", now=now)
    rows, onward = newest(db, query, None, COUNTED)
    if onward is not None:
        return None
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for record in object_rows.records(db, rows).values():
        for facet, value in facets(as_a(ArtifactPublish, record)):
            found[facet.partition(".")[2]][value] += 1
    for node, count in Counter(row.node for row in rows).items():
        for code in _codes(db, node):
            found["jurisdiction"][code] += count
    return {name: dict(values) for name, values in found.items()}


def _codes(db: sqlite3.Connection, node: str) -> set[str]:
    """The place of an organisation and the country it lies in."""
    row = db.execute("SELECT jurisdiction FROM profiles WHERE node = ?", (node,)).fetchone()
    return {row[0], row[0][:2]} if row and row[0] else set()


def of_pitch(db: sqlite3.Connection, names: Names, pitch: str) -> list[ArtifactItem]:
    """Artifacts that came of a pitch, newest first."""
    rows, _ = newest(db, _query(db, names.viewer, ArtifactFilters(pitch=pitch)), None, MAX_SHOWN)
    return items(db, names, rows)


def items(db: sqlite3.Connection, names: Names, rows: Sequence[ObjectRow]) -> list[ArtifactItem]:
    """Rows as list items, in the order given."""
    first, now = said(db, [row.key for row in rows]), object_rows.records(db, rows)
    titles = _pitch_titles(db, {row.about for row in rows if row.about})
    return [_item(names, row, as_a(ArtifactPublish, now[row.id]), first[row.key].at, titles) for row in rows]


def _pitch_titles(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Text]:
    rows = list(pitch_rows.rows(db, ids).values())
    return {id_: state.pitch.title for id_, state in pitch_rows.states(db, rows).items()}


def _item(
    names: Names, row: ObjectRow, artifact: ArtifactPublish, time: int, titles: dict[str, Text]
) -> ArtifactItem:
    return {
        "id": row.id,
        "kind": artifact.kind,
        "title": artifact.title,
        "excerpt": _excerpt(artifact.body),
        "lang": original(artifact.lang, artifact.title),
        "licence": artifact.licence,
        "evidence": artifact.evidence,
        "topics": list(artifact.topics),
        "authors": [_credit(names, author) for author in artifact.authors],
        "publisher": names.person(row.owner),
        "node": row.node,
        "node_name": names.node(row.node),
        "pitch": {"id": row.about, "title": titles.get(row.about)} if row.about else None,
        "fulfils": list(artifact.fulfils),
        "attachments": len(artifact.blobs),
        "restricted": bool(row.restricted),
        "time": time,
    }


def _excerpt(body: Text | None) -> Text | None:
    if body is None:
        return None
    return {
        tag: text if len(text) <= EXCERPT else text[:EXCERPT].rstrip() + "…" for tag, text in body.items()
    }


def _credit(names: Names, author: Author) -> Credit:
    name = author.name or (names.name(author.member) if author.member else None)
    return {"member": author.member, "name": name, "role": author.role}


_DERIVED: Final = f"""
SELECT {COLUMNS} FROM objects
WHERE key IN (SELECT key FROM facets WHERE facet = 'artifact.source' AND value = ?) ORDER BY fresh, id LIMIT ?
"""  # noqa: S608


def one(db: sqlite3.Connection, viewer: Viewer, artifact: str, *, now: int) -> Artifact | None:
    """An artifact with its page; None if it is not here."""
    row, names = find(db, viewer, artifact, "artifact"), Names(db, viewer)
    if row is None:
        return None
    record = as_a(ArtifactPublish, object_rows.records(db, [row])[row.id])
    versions = told.versions(db, row.id)
    return {
        **items(db, names, [row])[0],
        "body": record.body,
        "rights": record.rights,
        "blobs": [_blob(db, blob) for blob in record.blobs],
        "sources": _sources(db, record.derived_from),
        "derived": _refs(db, [ObjectRow(*other) for other in db.execute(_DERIVED, (row.id, MAX_SHOWN))]),
        "review_by": record.review_by,
        "review": None if row.due is None else "review-due" if now >= row.due else "current",
        "withdrawn": _withdrawn(db, row),
        "version": row.version,
        "versions": told.listed(versions),
        "reused_by": reuses.of_artifact(db, names, row),
        "translations": translations.of_versions(db, names, versions),
        "comments": talk.count_on(db, viewer, row.id),
        "audience": audience_of(db, names, row.key),
        "held_by": held_by(db, names, row.key, row.node, restricted=bool(row.restricted), files=record.blobs),
        "can": _can(viewer, row),
    }


def _withdrawn(db: sqlite3.Connection, row: ObjectRow) -> Withdrawn | None:
    end = told.one(db, row.ended) if row.ended else None
    if end is None:
        return None
    return {
        "id": end.id,
        "time": end.at,
        "reason": end.content.get("reason"),
        "note": end.content.get("note"),
    }


def _can(viewer: Viewer, row: ObjectRow) -> ArtifactCan:
    is_member, stands = viewer.member is not None, row.ended is None
    hers = is_member and viewer.member == row.owner and stands
    return {
        "revise": hers,
        "withdraw": hers,
        "reuse": is_member and stands,
        "translate": is_member and stands,
        "comment": is_member,
    }


_WHOLE: Final = "SELECT 1 FROM blobs WHERE hash = ? AND size = ? AND complete = 1"


def _blob(db: sqlite3.Connection, blob: BlobRef) -> Blob:
    here = db.execute(_WHOLE, (blob.hash, blob.size)).fetchone()
    return {
        "hash": blob.hash,
        "size": blob.size,
        "media_type": blob.media_type,
        "name": blob.name,
        "alt": blob.alt,
        "transcript": blob.transcript,
        "here": here is not None,
    }


def _sources(db: sqlite3.Connection, ids: Sequence[str]) -> list[Ref]:
    titles = {ref["id"]: ref["title"] for ref in _refs(db, list(object_rows.rows(db, ids).values()))}
    return [{"id": id_, "title": titles.get(id_)} for id_ in ids]


def _refs(db: sqlite3.Connection, rows: Sequence[ObjectRow]) -> list[Ref]:
    records = object_rows.records(db, [row for row in rows if row.area == "artifact"])
    return [{"id": id_, "title": as_a(ArtifactPublish, record).title} for id_, record in records.items()]
