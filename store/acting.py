"""Who acts on what: the author of a record to be made and the objects it speaks of, as they are here and now.

Law: an object the author may not see is not here. Source: DOMAIN R9, R10, R12.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from protocol.ids import NodeId
from protocol.records import NotAcceptable, problem
from protocol.rules.ownership import Party
from protocol.rules.pitches import PitchState
from store.views import pitch_rows
from store.views.people import Names
from store.views.pitch_rows import PitchRow
from store.views.pledge_items import Known
from store.views.pledge_page import find
from store.views.shapes import Viewer
from store.views.talk import comments_on


class Author(NamedTuple):
    """Who publishes: an account, the card it published (None: none yet), and its role."""

    account: int | None
    member: str | None
    role: str


class Act(NamedTuple):
    """A record about to be made: its content so far, and what it speaks of.

    ``pitch`` and ``state`` are those of ``pledge`` where it speaks of a pledge. ``now`` is POSIX ms. ``giver``: the
    author made the pledge, named or not.
    """

    db: sqlite3.Connection
    node: NodeId
    author: Author
    content: Mapping[str, Any]
    now: int
    pitch: PitchRow | None = None
    state: PitchState | None = None
    pledge: Known | None = None
    giver: bool = False

    @property
    def type(self) -> str:
        return str(self.content["type"])

    @property
    def viewer(self) -> Viewer:
        """The author as one who looks."""
        return Viewer(self.author.account, self.author.member, self.node, self.author.role)

    @property
    def owners(self) -> Party | None:
        """The owner of the pitch."""
        return Party(NodeId(self.pitch.node), self.pitch.owner) if self.pitch else None

    @property
    def givers(self) -> Party | None:
        """The giver of the pledge."""
        return Party(NodeId(self.pledge.row.node), self.pledge.row.giver) if self.pledge else None


def act(db: sqlite3.Connection, node: NodeId, author: Author, content: Mapping[str, Any], now: int) -> Act:
    """The act a content asks for. NotAcceptable("not-here") when it speaks of what is not here for its author."""
    plain = Act(db, node, author, content, now)
    field = next((field for field in _LOOKED_UP if content.get(field)), None)
    if field is None:
        return plain
    found = next((found for look in _LOOKED_UP[field] if (found := look(plain, content[field]))), None)
    if found is None:
        raise NotAcceptable(problem(field, "not-here"))
    return found


def _pledge(plain: Act, subject: str) -> Act | None:
    pledge = find(plain.db, plain.viewer, subject)
    if pledge is None:
        return None
    mine = Names(plain.db, plain.viewer).giver(subject, pledge.said.content)["you"]
    return plain._replace(pitch=pledge.pitch, state=pledge.state, pledge=pledge, giver=mine)


def _pitch(plain: Act, subject: str) -> Act | None:
    pitch = pitch_rows.rows(plain.db, [subject]).get(subject)
    return plain._replace(pitch=pitch, state=pitch_rows.state_of(plain.db, pitch)) if pitch else None


_HERE: Final = "SELECT 1 FROM artifacts WHERE id = ? UNION ALL SELECT 1 FROM members WHERE id = ?"


def _other(plain: Act, subject: str) -> Act | None:
    """Something that is neither pitch nor pledge, but may be commented on."""
    return plain if plain.db.execute(_HERE, (subject, subject)).fetchone() else None


_LOOKED_UP: Final[Mapping[str, tuple[Callable[[Act, str], Act | None], ...]]] = {
    "pledge": (_pledge,),
    "pitch": (_pitch,),
    "on": (_pledge, _pitch, _other),
}
"""The fields that name what a record speaks of, and what may stand in them."""


def is_comment_on(act_: Act, comment: str, subject: str) -> bool:
    """Whether a comment the author may see is on an object."""
    return any(said["id"] == comment for said in comments_on(act_.db, act_.viewer, subject))
