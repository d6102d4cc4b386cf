"""What must hold before a member may say something of a circle or an issue.

Law: who may come, go, keep and restate is asked of the rules that every reader asks later. Source: DOMAIN R11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from protocol.records import NotAcceptable, Problem, Record, problem
from protocol.records.circles import CircleRole, IssueRaise, IssueSame
from protocol.rules.people import is_one_of
from store.acting import Act
from store.views import circle_rows, object_rows, seats
from store.views.circle_keeping import Standing, standing
from store.views.ground import as_a
from store.views.issues import sharers
from store.views.object_rows import ObjectRow
from store.views.people import Names


def _standing(act: Act) -> Standing:
    """How the author stands to the circle the record speaks of. Refused when there is none."""
    wanted = str(act.content["circle"])
    row = circle_rows.rows(act.db, act.people, [wanted]).get(wanted)
    if row is None:
        raise NotAcceptable(problem("circle", "no-circle" if act.pitch else "not-here"))
    return standing(act.db, act.people, row, act.author.member, act.now)


def join(act: Act, record: Record) -> Iterator[Problem]:
    """A member comes in: once, and not into what is over."""
    stands = _standing(act)
    if stands.seat is not None:
        yield problem("circle", "in-already")
    if stands.over:
        yield problem("circle", "circle-over", sunset=stands.row.record.sunset)


def leave(act: Act, record: Record) -> Iterator[Problem]:
    """A member goes out."""
    if _standing(act).seat is None:
        yield problem("circle", "not-in-circle")


def revise(act: Act, record: Record) -> Iterator[Problem]:
    """The owner restates what there is."""
    _standing(act)
    yield from ()


def role(act: Act, record: Record) -> Iterator[Problem]:
    """A steward names one, a member takes a free role, a steward lays hers down."""
    stands, said = _standing(act), as_a(CircleRole, record)
    me = act.author.member
    steward, herself = stands.keeping.is_steward(me), me is not None and act.people.same(said.member, me)
    if said.role == "member":
        if not herself:
            yield problem("member", "own-role-only")
        elif not steward:
            yield problem("role", "not-a-steward")
        return
    heir = act.people.heir(said.member)
    if seats.place_in_circle(act.db, stands.row.id, heir) is None:
        yield problem("member", "not-in-circle")
    if stands.keeping.is_steward(heir):
        yield problem("member", "steward-already")
    elif not steward and not (herself and stands.keeping.may_take(act.now)):
        yield problem("role", "role-kept" if herself else "not-a-steward")


def raise_issue(act: Act, record: Record) -> Iterator[Problem]:
    """An issue in a circle is raised by its members."""
    if as_a(IssueRaise, record).circle is not None and _standing(act).seat is None:
        yield problem("circle", "not-in-circle")


def _issue(act: Act) -> ObjectRow:
    if act.object is None or act.object.area != "issue":
        raise NotAcceptable(problem("issue", "not-here"))
    return act.object


def share(act: Act, record: Record) -> Iterator[Problem]:
    """A member has an issue too: somebody else's, and says so once."""
    row, me = _issue(act), act.author.member
    if act.owner is not None and is_one_of(act.owner, me):
        yield problem("issue", "own-issue")
    if me in sharers(act.db, Names(act.db, act.viewer), row):
        yield problem("issue", "shared-already")


def same(act: Act, record: Record) -> Iterator[Problem]:
    """Two issues that are here, and not one."""
    row, other = _issue(act), as_a(IssueSame, record).as_
    if other == row.id:
        yield problem("as", "itself")
    elif object_rows.find(act.db, act.viewer, other, "issue") is None:
        yield problem("as", "not-here")


CONDITIONS: Final[Mapping[str, Callable[[Act, Any], Iterator[Problem]]]] = {
    "circle.join": join,
    "circle.leave": leave,
    "circle.role": role,
    "circle.revise": revise,
    "issue.raise": raise_issue,
    "issue.share": share,
    "issue.same": same,
}
