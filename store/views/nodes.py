"""Organisations: the list of nodes and the page of one.

Law: a node is shown as soon as its feed is here, nameless until its profile is. Source: WEB "Pages" (People, Network).
"""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from store.views import artifacts, members, pitches, policies
from store.views.listing import Query, decode, encode, limited
from store.views.profiles import addresses, profile_at
from store.views.shapes import (
    ArtifactFilters,
    MemberFilters,
    Node,
    NodeFilters,
    NodeItem,
    Page,
    PitchFilters,
    Viewer,
)

NEWEST: Final = 10
"""Pitches, artifacts and members on a node's page."""

_FROM: Final = """
SELECT listed.node, p.key,
  (SELECT count(*) FROM members AS m WHERE m.node = listed.node),
  (SELECT count(*) FROM pitches AS t WHERE t.node = listed.node),
  (SELECT count(*) FROM objects AS a WHERE a.node = listed.node AND a.area = 'artifact' AND a.ended IS NULL)
FROM (SELECT node FROM feeds UNION SELECT :here) AS listed LEFT JOIN profiles AS p ON p.node = listed.node WHERE
"""
_ORDER: Final = " AND listed.node > :after ORDER BY listed.node LIMIT :limit"


class _Row(NamedTuple):
    node: str
    key: int | None
    members: int
    pitches: int
    artifacts: int


def listing(
    db: sqlite3.Connection,
    viewer: Viewer,
    filters: NodeFilters,
    *,
    now: int,  # every listing takes it
    cursor: str | None = None,
    limit: int = 25,
) -> Page[NodeItem]:
    """Nodes whose feeds are here and this one, by id. Refused("cursor") for a cursor that is not ours."""
    size = limited(limit)
    after = decode(cursor, str)[0] if cursor else ""
    rows = _rows(db, _query(db, viewer, filters), {"after": after, "limit": size + 1})
    shown = rows[:size]
    onward = encode(shown[-1].node) if len(rows) > size else None
    return Page([_item(db, viewer, row) for row in shown], onward)


def _query(db: sqlite3.Connection, viewer: Viewer, filters: NodeFilters) -> Query:
    query = Query(db)
    query.where("1", here=viewer.node)
    query.equal("kind", filters.kind)
    query.equal("level", filters.level)
    if filters.jurisdiction is not None:
        query.where("(jurisdiction = :at OR substr(jurisdiction, 1, 2) = :at)", at=filters.jurisdiction)
    return query


def _rows(db: sqlite3.Connection, query: Query, values: dict[str, object]) -> list[_Row]:
    return [_Row(*row) for row in db.execute(f"{_FROM}{query}{_ORDER}", query.values | values)]


def _item(db: sqlite3.Connection, viewer: Viewer, row: _Row) -> NodeItem:
    profile = profile_at(db, row.key)
    return {
        "node": row.node,
        "name": profile.name if profile else None,
        "kind": profile.kind if profile else None,
        "level": profile.level if profile else None,
        "jurisdiction": profile.jurisdiction if profile else None,
        "languages": list(profile.languages) if profile else [],
        "web": profile.web if profile else None,
        "members": row.members,
        "pitches": row.pitches,
        "artifacts": row.artifacts,
        "here": row.node == viewer.node,
    }


def one(db: sqlite3.Connection, viewer: Viewer, node: str, *, now: int) -> Node | None:
    """A node with its page; None if nothing of it is here."""
    query = _query(db, viewer, NodeFilters())
    query.where("listed.node = :node", node=node)
    found = _rows(db, query, {"after": "", "limit": 1})
    if not found:
        return None
    return {
        **_item(db, viewer, found[0]),
        "addresses": addresses(db, node),
        "policy": policies.latest(db, node),
        "newest_pitches": pitches.newest(db, viewer, PitchFilters(node=node), now=now, limit=NEWEST),
        "newest_artifacts": artifacts.listing(
            db, viewer, ArtifactFilters(node=node), now=now, limit=NEWEST
        ).items,
        "newest_members": members.listing(db, viewer, MemberFilters(node=node), now=now, limit=NEWEST).items,
    }
