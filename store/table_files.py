"""Rows of a file somebody brings from elsewhere: a JSON array, JSON Lines, or CSV as spreadsheets save it.

Law: pure; a row is told with its number and either what it says or what is wrong with it, and no row hides another.
Rows are numbered as an editor or a spreadsheet shows them: in CSV the header is row 1, in an array the first object.
A column is a dotted path (``title.en``); a list stands as JSON in its cell, a list of words also with commas.
Source: RFC 4180, RFC 8259, DOMAIN section 3 "Text fields".
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from protocol.entry import parse_json
from protocol.errors import Malformed, Refused
from protocol.records import Problem, problem

ROWS_MOST: Final = 1_000  # more is not a form's worth of drafts, and one answer could not list its faults
BYTES_MOST: Final = 2 * 1024 * 1024  # a thousand rows of two languages
_DELIMITERS: Final = (";", ",", "\t")
_COLUMN: Final = re.compile(r"[a-z_]{1,32}(?:\.[A-Za-z0-9_-]{1,35}){0,3}", re.ASCII)
_YES_NO: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("yes", "true", "oui", "vrai", "1"), True),
    **dict.fromkeys(("no", "false", "non", "faux", "0"), False),
}
Kinds = Callable[[str, str], frozenset[str]]
"""The JSON types that may stand at a dotted path of a record type; none where there is no such field."""


class Row(NamedTuple):
    """One row: its number, what it says, and what cannot be read of it."""

    number: int
    content: dict[str, Any]
    problems: tuple[Problem, ...] = ()


def rows_of(data: bytes, kinds: Kinds, default: str) -> list[Row]:
    """The rows of a file; ``default`` is the type of a CSV row that names none. Refused if it is no such file."""
    if len(data) > BYTES_MOST:
        raise Refused("file-too-large", field="file", most=BYTES_MOST // 1024 // 1024)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("not-utf-8", field="file") from None
    read = {"[": _array, "{": _lines}.get(text.lstrip()[:1])
    rows: list[Row] = []
    for row in read(text) if read else _table(text, kinds, default):
        rows.append(row)
        if len(rows) > ROWS_MOST:
            raise Refused("too-many-rows", field="file", most=ROWS_MOST)
    if not rows:
        raise Refused("no-rows", field="file")
    return rows


def _array(text: str) -> Iterator[Row]:
    try:
        found = parse_json(b'{"rows":%s}' % text.encode())["rows"]
    except Malformed:
        raise Refused("rows-json", field="file") from None
    for number, content in enumerate(found, 1):
        if isinstance(content, dict):
            yield Row(number, content)
        else:
            yield Row(number, {}, (problem("", "body-object"),))


def _lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield Row(number, parse_json(line.encode()))
        except Malformed:
            yield Row(number, {}, (problem("", "row-json"),))


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _table(text: str, kinds: Kinds, default: str) -> Iterator[Row]:
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    cells = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = _header(next(cells, []))
        for number, row in enumerate(cells, 2):
            if any(cell.strip() for cell in row):
                yield _row(number, header, row, kinds, default)
    except csv.Error:
        raise Refused("csv", field="file", line=cells.line_num) from None


def _header(names: list[str]) -> list[str]:
    """The columns. Refused for one that is no field, stands twice, or is a part of another."""
    columns = [name.strip() for name in names]
    while columns and not columns[-1]:
        columns.pop()
    for at, name in enumerate(columns):
        if not _COLUMN.fullmatch(name) or name.startswith("type."):  # a type is one word, in every row
            raise Refused("column-unknown", field=name[:64])
        if any(other == name or other.startswith(f"{name}.") for other in columns[:at] + columns[at + 1 :]):
            raise Refused("column-twice", field=name)
    return columns


def _row(number: int, header: list[str], cells: list[str], kinds: Kinds, default: str) -> Row:
    named = dict(zip(header, cells, strict=False))
    kind = named.pop("type", "").strip() or default
    content: dict[str, Any] = {"type": kind}
    problems = [problem("", "cells")] if any(cell.strip() for cell in cells[len(header) :]) else []
    for column, cell in named.items():
        if not cell.strip():
            continue
        try:
            _put(content, column.split("."), _value(cell, kinds(kind, column)))
        except Malformed:
            problems.append(problem(column, "cell-json"))
    return Row(number, content, tuple(problems))


def _put(content: dict[str, Any], path: list[str], value: object) -> None:
    for step in path[:-1]:
        content = content.setdefault(step, {})
    content[path[-1]] = value


def _value(cell: str, types: frozenset[str]) -> object:
    """What a cell says where these types may stand; text where it does not fit, which the model then refuses."""
    said = cell.strip()
    if "integer" in types and re.fullmatch(r"-?[0-9]{1,15}", said, re.ASCII):
        return int(said)
    if "boolean" in types:
        return _YES_NO.get(said.lower(), said)
    if types & {"array", "object"} and said[0] in "[{":
        return parse_json(b'{"cell":%s}' % said.encode())["cell"]
    if "words" in types:
        return [word for part in said.split(",") if (word := part.strip())]
    return cell.replace("\r\n", "\n").replace("\r", "\n") if "string" in types else said
