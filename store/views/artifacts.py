"""What was learned, in the library.

Law: an artifact is what its one record says; what others build on it is found by looking for it, not written on it.
Source: DOMAIN section 3, area *knowledge*.
"""

from __future__ import annotations

from typing import Final

from protocol.records.knowledge import ArtifactPublish
from store.payloads import Item
from store.views.ground import Batch, as_a
from store.views.texts import Doc, Stems, doc, texts_in

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
    words = [*texts_in(record.body), *(("", blob.name) for blob in record.blobs), *texts_in(record.blobs)]
    return doc(key, "artifact", list(record.title.items()), words, stems)
