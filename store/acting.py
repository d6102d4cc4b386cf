"""Who acts on what: the author of a record to be made and the objects it speaks of, as they are here and now.

Law: an object the author may not see is not here. Source: DOMAIN R9, R10, R12.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from protocol.ids import NodeId, parse_entry
from protocol.records import REGISTER, NotAcceptable, problem
from protocol.rules.people import Person, is_one_of
from protocol.rules.pitches import PitchState
from store.rows import entry_key
from store.views import object_rows, pitch_rows, versions
from store.views.access import is_author, is_open
from store.views.comment_rows import CommentRow, row_of
from store.views.ground import Said
from store.views.object_rows import ObjectRow
from store.views.people import Names
from store.views.pitch_rows import PitchRow
from store.views.pledge_items import Known
from store.views.pledge_page import find
from store.views.shapes import Viewer
from store.views.succession import People
from store.views.talk import comments_on


class Author(NamedTuple):
    """Who publishes: an account, the card it published (None: none yet), and its role."""

    account: int | None
    member: str | None
    role: str


class Act(NamedTuple):
    """A record about to be made: its content so far, and what it speaks of.

    ``pitch`` and ``state`` are those of ``pledge`` where it speaks of a pledge. ``now`` is POSIX ms. ``gave``: the
    author made the pledge, named or not. ``object`` is what it speaks of when that is neither pitch nor pledge;
    ``comment`` a comment, which the author ``wrote`` or not; ``step`` a step of any of these, itself spoken of.
    """

    db: sqlite3.Connection
    people: People
    node: NodeId
    author: Author
    content: Mapping[str, Any]
    now: int
    pitch: PitchRow | None = None
    state: PitchState | None = None
    pledge: Known | None = None
    gave: bool = False
    object: ObjectRow | None = None
    comment: CommentRow | None = None
    wrote: bool = False
    step: Said | None = None

    @property
    def type(self) -> str:
        return str(self.content["type"])

    @property
    def viewer(self) -> Viewer:
        """The author as one who looks."""
        return Viewer(self.author.account, self.author.member, self.node, self.author.role)

    @property
    def owner(self) -> Person | None:
        """Who owns what the record speaks of: the pitch, or the object."""
        if self.comment and "comment" in self.content:
            home = str(self.content["comment"]).partition("-")[0]
            return self.people.person(home, self.comment.author)
        if self.pitch:
            return self.people.person(self.pitch.node, self.pitch.owner)
        return self.people.person(self.object.node, self.object.owner) if self.object else None

    @property
    def owns(self) -> bool:
        """Whether the author is that owner."""
        return self.owner is not None and is_one_of(self.owner, self.author.member)

    @property
    def giver(self) -> Person | None:
        """The giver of the pledge."""
        return self.people.person(self.pledge.row.node, self.pledge.row.giver) if self.pledge else None


def act(db: sqlite3.Connection, node: NodeId, author: Author, content: Mapping[str, Any], now: int) -> Act:
    """The act a content asks for. NotAcceptable("not-here") when it speaks of what is not here for its author."""
    plain = Act(db, People(db), node, author, content, now)
    field = REGISTER[str(content["type"])].SUBJECT
    if field is None or field not in _LOOKED_UP or not content.get(field):
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
    return plain._replace(pitch=pledge.pitch, state=pledge.state, pledge=pledge, gave=mine)


def _pitch(plain: Act, subject: str) -> Act | None:
    pitch = pitch_rows.rows(plain.db, [subject]).get(subject)
    return plain._replace(pitch=pitch, state=pitch_rows.state_of(plain.db, pitch)) if pitch else None


_MEMBER: Final = "SELECT 1 FROM members WHERE id = ?"


def _member(plain: Act, subject: str) -> Act | None:
    return plain if plain.db.execute(_MEMBER, (subject,)).fetchone() else None


def _object(plain: Act, subject: str) -> Act | None:
    row = object_rows.find(plain.db, plain.viewer, subject)
    return plain._replace(object=row) if row else None


_CHECK_IN: Final = "SELECT about FROM steps WHERE key = ? AND type = 'check_in' AND applies = 1"


def _check_in(plain: Act, subject: str) -> Act | None:
    """The pitch a check-in is of."""
    key = entry_key(plain.db, parse_entry(subject))
    row = plain.db.execute(_CHECK_IN, (key,)).fetchone()
    return _pitch(plain, row[0]) if row else None


def _comment(plain: Act, subject: str) -> Act | None:
    row, record = row_of(plain.db, subject), versions.one(plain.db, subject)
    if row is None or record is None or not is_open(plain.db, plain.viewer, record):
        return None
    wrote = is_author(plain.db, plain.viewer, subject, record.content)
    return plain._replace(comment=row, wrote=wrote)


_STEP: Final = "SELECT about FROM steps WHERE key = ? AND applies = 1"


def _step(plain: Act, subject: str) -> Act | None:
    """A step in effect, with the object it is about; one of somebody's own words with nothing more."""
    record = versions.one(plain.db, subject)
    about = plain.db.execute(_STEP, (record.key,)).fetchone() if record else None
    if record is None or about is None or not is_open(plain.db, plain.viewer, record):
        return None
    found = next((found for look in (*_OBJECTS, _step) if (found := look(plain, about[0]))), None)
    return found._replace(step=record) if found else None


_Look = Callable[[Act, str], Act | None]
_OBJECTS: Final[tuple[_Look, ...]] = (_pledge, _pitch, _object, _member)
_LOOKED_UP: Final[Mapping[str | None, tuple[_Look, ...]]] = {
    "pledge": (_pledge,),
    "pitch": (_pitch,),
    "circle": (_object, _pitch),
    "subject": (_pitch, _object),
    "check_in": (_check_in,),
    "on": (*_OBJECTS, _step),
    "comment": (_comment,),
    "of": (*_OBJECTS, _comment, _step),
    **dict.fromkeys(("artifact", "event", "issue", "poll", "offer"), (_object,)),
}
"""What may stand in the field that names what a record speaks of."""


def is_comment_on(act_: Act, comment: str, subject: str) -> bool:
    """Whether a comment the author may see is on an object."""
    return any(said["id"] == comment for said in comments_on(act_.db, act_.viewer, subject))
