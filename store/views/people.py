"""How people and organisations appear beside what they did.

Law: who is not named is not named: the store tells the one who asks only whether it is herself. Looked up once a query.
Source: DOMAIN section 3, "Not named means not signed".
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any, Literal

from store.views.shapes import NodeRef, Person, Text, Viewer
from store.views.succession import People

Show = Literal["named", "organisation", "anonymous"]


class Names:
    """Names of members and nodes, remembered for the length of one query."""

    def __init__(self, db: sqlite3.Connection, viewer: Viewer) -> None:
        self._db = db
        self.viewer = viewer
        self.people = People(db)
        self._nodes: dict[str, Text | None] = {}
        self._members: dict[str, str | None] = {}

    def node(self, node: str) -> Text | None:
        """The name of an organisation, None while its profile is not here."""
        if node not in self._nodes:
            row = self._db.execute("SELECT name FROM profiles WHERE node = ?", (node,)).fetchone()
            self._nodes[node] = json.loads(row[0]) if row else None
        return self._nodes[node]

    def ref(self, node: str) -> NodeRef:
        """A node with its name."""
        return {"node": node, "name": self.node(node)}

    def name(self, member: str) -> str | None:
        """The name on a member's card, None while it is not here."""
        if member not in self._members:
            row = self._db.execute("SELECT name FROM members WHERE id = ?", (member,)).fetchone()
            self._members[member] = row[0] if row else None
        return self._members[member]

    def person(self, member: str) -> Person:
        """A member by name."""
        node = member.partition("-")[0]
        return {
            "shown": "named",
            "id": member,
            "name": self.name(member),
            "node": node,
            "node_name": self.node(node),
            "you": self.is_viewer(member),
        }

    def is_viewer(self, member: str | None) -> bool:
        """Whether a card is the viewer's, also one she had at another node."""
        mine = self.viewer.member
        return mine is not None and member is not None and self.people.same(member, mine)

    def unnamed(self, show: Show, node: str, *, you: bool) -> Person:
        """Somebody of a node who is not named: "a member of …" or "someone"."""
        known = node if show == "organisation" else None
        return {
            "shown": "organisation" if known else "anonymous",
            "id": None,
            "name": None,
            "node": known,
            "node_name": self.node(known) if known else None,
            "you": you,
        }

    def giver(self, entry: str, content: Mapping[str, Any]) -> Person:
        """The giver of a pledge, given its offer's content: as she wished to be shown."""
        if content.get("by"):
            return self.person(content["by"])
        show: Show = "anonymous" if content.get("show") == "anonymous" else "organisation"
        return self.unnamed(show, entry.partition("-")[0], you=self.is_behind(entry))

    def is_behind(self, entry: str) -> bool:
        """Whether the viewer made a record that names nobody."""
        row = self._db.execute("SELECT member FROM unnamed WHERE entry = ?", (entry,)).fetchone()
        return row is not None and self.viewer.member is not None and row[0] == self.viewer.member


def original(content_lang: str | None, text: Mapping[str, str]) -> str:
    """The language something was written in: what it says, else the first as written."""
    return content_lang or next(iter(text))
