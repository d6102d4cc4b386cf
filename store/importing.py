"""Drafts brought in from a file: judged row by row as records are, kept as drafts, published by nobody.

Law: a row is asked what the model of its type asks; whether it may be published and is ready is asked when it is
published. Either every row is kept or none, unless she asks for the good ones. Source: DOMAIN section 3, R13.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

from protocol.entry import dump_json
from protocol.errors import Refused
from protocol.limits import MAX_ENVELOPE, SALT
from protocol.records import REGISTER, NotAcceptable, Problem, problem, write
from protocol.rules.markings import markings_of
from store import drafts
from store.database import Tx
from store.table_files import Row, rows_of

DRAFTED: Final = (
    *("pitch.open", "artifact.publish", "event.schedule", "offer.stand"),
    *("issue.raise", "poll.open", "circle.found"),
)
"""Types that say something by themselves, so that a draft of one makes sense."""
CONTENT: Final = "content"
"""The key under which the body of a draft holds a record's content; a form's own has none."""
_NOBODY: Final = "a" * 32 + "-0-0"  # stands for whoever will publish it
_NOT_HERE: Final = ("by", "audience", "private")
"""What is said when it is published, not in a file."""
_ROOM: Final = MAX_ENVELOPE - SALT - 512  # what the node adds when it signs


class RowsRefused(NotAcceptable):
    """Nothing was kept: every fault, each with its row in ``params``."""

    def __init__(self, faults: tuple[Problem, ...]) -> None:
        super().__init__(*faults)
        self.code = "rows"


class Kept(NamedTuple):
    """Numbers of the drafts made, what was wrong with the rows left out, and what R13 warns about."""

    drafts: list[int]
    faults: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def bring_in(tx: Tx, account: int, data: bytes, *, keep_good: bool) -> Kept:
    """Make drafts of the rows of a file. RowsRefused with every fault unless ``keep_good``; Refused if it is none."""
    good: list[dict[str, Any]] = []
    faults: list[Problem] = []
    warnings: list[Problem] = []
    for row in rows_of(data, kinds_at, DRAFTED[0]):
        found = _judge(row)
        faults += (_of_row(fault, row) for fault in found)
        if not found:
            good.append(row.content)
            warnings += (_of_row(problem(path, seen.code), row) for path, seen in markings_of(row.content))
    if faults and not keep_good:
        raise RowsRefused(tuple(faults))
    if drafts.count(tx.db, account) + len(good) > drafts.MOST:
        raise Refused("too-many-drafts", field="file", most=drafts.MOST)
    made = [drafts.save(tx, account, content["type"], {CONTENT: content}) for content in good]
    return Kept(made, tuple(faults), tuple(warnings))


def _of_row(fault: Problem, row: Row) -> Problem:
    return fault._replace(params={**fault.params, "row": row.number})


def _judge(row: Row) -> tuple[Problem, ...]:
    """Everything that is wrong with a row, as far as a draft can be judged."""
    if row.problems:
        return row.problems
    content = row.content
    content.setdefault("type", DRAFTED[0])
    if content["type"] not in DRAFTED:
        return (problem("type", "not-a-draft", types=", ".join(DRAFTED)),)
    if said := [name for name in _NOT_HERE if name in content]:
        return tuple(problem(name, "when-published") for name in said)
    try:
        write({**content, "by": _NOBODY})
    except NotAcceptable as error:
        return error.problems
    return (problem("", "record-too-long"),) if len(dump_json(content)) > _ROOM else ()


# ── what may stand in a column ───────────────────────────────────────────────────────────────────────────────


@cache
def kinds_at(kind: str, column: str) -> frozenset[str]:
    """The JSON types that may stand at a dotted path; ``words`` where that is a list of plain texts."""
    model = REGISTER.get(kind)
    if model is None:
        return frozenset()
    schema = model.model_json_schema()
    at = _spread(schema, schema.get("$defs", {}))
    for step in column.split("."):
        at = [inner for one in at for inner in _below(one, step, schema.get("$defs", {}))]
    types = {str(one["type"]) for one in at if "type" in one}
    words = any(one.get("items", {}).get("type") == "string" for one in at)
    return frozenset({*types, "words"} if words else types)


def _spread(schema: dict[str, Any], named: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema as the plain ones it stands for."""
    if "$ref" in schema:
        return _spread(named[schema["$ref"].rpartition("/")[2]], named)
    if "anyOf" in schema:
        return [plain for one in schema["anyOf"] for plain in _spread(one, named)]
    return [schema]


def _below(schema: dict[str, Any], step: str, named: dict[str, Any]) -> list[dict[str, Any]]:
    inner = schema.get("properties", {}).get(step)
    others = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")]
    found = [inner] if inner is not None else [one for one in others if isinstance(one, dict)]
    return [plain for one in found for plain in _spread(one, named)]
