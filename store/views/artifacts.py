"""What was learned, in the library.

Law: an artifact is what its one record says; what others build on it is found by looking for it, not written on it.
Source: DOMAIN section 3, area *knowledge*.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from protocol.records import BlobRef, read
from protocol.records.knowledge import ArtifactPublish, Author
from store.payloads import Item
from store.views import pitch_rows
from store.views.ground import Batch, Said, as_a, listed, said
from store.views.held import audience_of, held_by
from store.views.listing import Query, decode, encode, limited
from store.views.people import Names, original
from store.views.shapes import (
    Artifact,
    ArtifactFilters,
    ArtifactItem,
    Blob,
    Credit,
    Page,
    Ref,
    Text,
    Viewer,
)
from store.views.texts import Doc, Stems, Texts, doc, texts_in

EXCERPT: Final = 240
"""Characters of a body a list shows."""
_WRITE: Final = """
INSERT INTO artifacts (key, id, node, publisher, age, pitch, restricted) VALUES (?, ?, ?, ?, ?, ?, ?)
"""


def take(batch: Batch, items: list[Item]) -> None:
    """Artifacts published."""
    stems = Stems()
    rows = []
    for item in items:
        record, id_ = as_a(ArtifactPublish, item.record), str(item.entry)
        rows.append(
            (item.key, id_, item.entry.node, record.by, -item.time, record.pitch, int(item.restricted))
        )
        batch.change_facets(item.key, set(), facets(record))
        if not item.restricted:
            batch.change_doc(None, document(item.key, record, stems))
        batch.tx.topics.add(f"artifact:{id_}")
        if record.pitch is not None:
            batch.tx.topics.add(f"pitch:{record.pitch}")
    batch.db.executemany(_WRITE, rows)
    batch.tx.topics.add("library")


def facets(record: ArtifactPublish) -> set[tuple[str, str]]:
    """What the library filters by, and what an artifact derives from."""
    named = {"kind": record.kind, "licence": record.licence, "evidence": record.evidence}
    return {
        *((f"artifact.{facet}", value) for facet, value in named.items() if value),
        *(("artifact.topic", topic) for topic in record.topics),
        *(("artifact.lang", tag.partition("-")[0].lower()) for tag in record.title),
        *(("artifact.source", source) for source in record.derived_from),
    }


def document(key: int, record: ArtifactPublish, stems: Stems) -> Doc:
    """The text an unrestricted artifact is found by."""
    return doc(key, "artifact", list(record.title.items()), other_texts(record), stems)


def other_texts(record: ArtifactPublish) -> Texts:
    """Every text of an artifact but its title, names of files among them."""
    return [*texts_in(record.body), *(("", blob.name) for blob in record.blobs), *texts_in(record.blobs)]


# ── lists and pages ──────────────────────────────────────────────────────────────────────────────────────────


class ArtifactRow(NamedTuple):
    """A row of ``artifacts``, in the order of its columns."""

    key: int
    id: str
    node: str
    publisher: str
    age: int
    pitch: str | None
    restricted: int


_COLUMNS: Final = ", ".join(ArtifactRow._fields)
_FROM: Final = f"SELECT {_COLUMNS} FROM artifacts AS listed WHERE "  # noqa: S608
_ORDER: Final = " AND (age, id) > (:age, :id) ORDER BY age, id LIMIT :limit"
_FIRST: Final = (-(2**62), "")  # before every artifact there is
MAX_SHOWN: Final = 100  # artifacts of one pitch on its page, the newest


def listing(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: ArtifactFilters,
    *,
    now: int,  # every listing takes it
    cursor: str | None = None,
    limit: int = 25,
) -> Page[ArtifactItem]:
    """Artifacts, newest first. Refused("cursor") for a cursor that is not ours."""
    query, size = _query(db, filters), limited(limit)
    age, id_ = decode(cursor, int, str) if cursor else _FIRST
    rows = _rows(db, query, {"age": age, "id": id_, "limit": size + 1})
    shown = rows[:size]
    onward = encode(shown[-1].age, shown[-1].id) if len(rows) > size else None
    return Page(items(db, Names(db, viewer), shown), onward)


def _query(db: sqlite3.Connection, filters: ArtifactFilters) -> Query:
    query = Query(db)
    query.facet("artifact.kind", filters.kind)
    query.facet("artifact.topic", filters.topic)
    query.facet("artifact.licence", filters.licence)
    query.facet("artifact.evidence", filters.evidence)
    query.facet("artifact.lang", filters.lang and filters.lang.partition("-")[0].lower())
    query.equal("node", filters.node)
    query.equal("pitch", filters.pitch)
    query.equal("publisher", filters.member)
    query.words(filters.q, "artifact")
    return query


def _rows(db: sqlite3.Connection, query: Query, values: dict[str, object]) -> list[ArtifactRow]:
    return [ArtifactRow(*row) for row in db.execute(f"{_FROM}{query}{_ORDER}", query.values | values)]


def of_pitch(db: sqlite3.Connection, names: Names, pitch: str) -> list[ArtifactItem]:
    """Artifacts that came of a pitch, newest first."""
    query = _query(db, ArtifactFilters(pitch=pitch))
    return items(db, names, _rows(db, query, {"age": _FIRST[0], "id": "", "limit": MAX_SHOWN}))


def items(db: sqlite3.Connection, names: Names, rows: Sequence[ArtifactRow]) -> list[ArtifactItem]:
    """Rows as list items, in the order given."""
    records = said(db, [row.key for row in rows])
    titles = _pitch_titles(db, {row.pitch for row in rows if row.pitch})
    return [_item(names, row, records[row.key], titles) for row in rows]


def _pitch_titles(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Text]:
    rows = list(pitch_rows.rows(db, ids).values())
    return {id_: state.pitch.title for id_, state in pitch_rows.states(db, rows).items()}


def _item(names: Names, row: ArtifactRow, record: Said, titles: dict[str, Text]) -> ArtifactItem:
    artifact = as_a(ArtifactPublish, read(record.content))
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
        "publisher": names.person(row.publisher),
        "node": row.node,
        "node_name": names.node(row.node),
        "pitch": {"id": row.pitch, "title": titles.get(row.pitch)} if row.pitch else None,
        "fulfils": list(artifact.fulfils),
        "attachments": len(artifact.blobs),
        "restricted": bool(row.restricted),
        "time": record.at,
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


_BY_ID: Final = f"SELECT {_COLUMNS} FROM artifacts WHERE id = ?"  # noqa: S608
_DERIVED: Final = f"""
SELECT {_COLUMNS} FROM artifacts
WHERE key IN (SELECT key FROM facets WHERE facet = 'artifact.source' AND value = ?) ORDER BY age, id LIMIT ?
"""  # noqa: S608
_TITLES: Final = "SELECT key, id FROM artifacts WHERE id IN (SELECT value FROM json_each(?))"


def one(db: sqlite3.Connection, viewer: Viewer, artifact: str, *, now: int) -> Artifact | None:
    """An artifact with its page; None if it is not here."""
    found = db.execute(_BY_ID, (artifact,)).fetchone()
    if found is None:
        return None
    row, names = ArtifactRow(*found), Names(db, viewer)
    record = as_a(ArtifactPublish, read(said(db, [row.key])[row.key].content))
    return {
        **items(db, names, [row])[0],
        "body": record.body,
        "rights": record.rights,
        "blobs": [_blob(db, blob) for blob in record.blobs],
        "sources": _sources(db, record.derived_from),
        "derived": _refs(db, [ArtifactRow(*other) for other in db.execute(_DERIVED, (row.id, MAX_SHOWN))]),
        "review_by": record.review_by,
        "audience": audience_of(db, names, row.key),
        "held_by": held_by(db, names, row.key, row.node, restricted=bool(row.restricted)),
    }


def _blob(db: sqlite3.Connection, blob: BlobRef) -> Blob:
    here = db.execute("SELECT 1 FROM blobs WHERE hash = ? AND complete = 1", (blob.hash,)).fetchone()
    return {
        "hash": blob.hash,
        "size": blob.size,
        "media_type": blob.media_type,
        "name": blob.name,
        "alt": blob.alt,
        "here": here is not None,
    }


def _sources(db: sqlite3.Connection, ids: Sequence[str]) -> list[Ref]:
    keys = {id_: key for key, id_ in db.execute(_TITLES, (listed(ids),))}
    records = said(db, keys.values())
    return [{"id": id_, "title": records[keys[id_]].content["title"] if id_ in keys else None} for id_ in ids]


def _refs(db: sqlite3.Connection, rows: Sequence[ArtifactRow]) -> list[Ref]:
    records = said(db, [row.key for row in rows])
    return [{"id": row.id, "title": records[row.key].content["title"]} for row in rows]
