"""The figures of Impact, as JSON and as a table. Source: WEB "HTTP API", DOMAIN R15."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field

from protocol.records.base import DATE
from store.views.shapes import Breakdown, Figure, Flows, Impact, ImpactFilters
from web.api.answers import answer
from web.api.call import Call
from web.api.queries import Query, Word, parse
from web.context import Context
from web.i18n import N_

Date = Annotated[str, Field(pattern=DATE)]
COLUMNS: Final = ("figure", "group", "from", "to", "value", "suppressed", "share")
_BREAKDOWNS: Final = ("asks", "returns", "outcomes", "reuse", "reuse_where")
_FLOWS: Final = ("pledge_flows", "reuse_flows")


class ImpactQuery(Query):
    jurisdiction: Annotated[Word, Field(description="ISO 3166 code")] | None = None
    topic: Word | None = None
    since: Annotated[Date | None, Field(alias="from", description="a day of the first month")] = None
    until: Annotated[Date | None, Field(alias="to", description="a day of the last month")] = None
    format: Annotated[Literal["json", "csv"], Field(description="or Accept: text/csv")] = "json"


async def figures(context: Context) -> web.Response:
    """What came of it all; nothing of a person, no small group."""
    query = parse(ImpactQuery, context.query)
    filters = ImpactFilters(query.jurisdiction, query.topic, query.since, query.until)
    found = (await context.site.figures.get(filters)).figures
    if query.format == "csv" or "text/csv" in context.request.headers.get("Accept", ""):
        return web.Response(
            text=table(found),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": 'attachment; filename="impact.csv"'},
        )
    return answer(context, found)


def table(found: Impact) -> str:
    """The figures as comma-separated values (RFC 4180), one a line; suppressed ones are empty."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    writer.writerows(_lines(found))
    return lines.getvalue()


def _lines(found: Impact) -> Iterator[tuple[object, ...]]:
    yield "min_group", "", "", "", found["min_group"], "no", ""
    for name in _BREAKDOWNS:
        breakdown: Breakdown = found[name]
        yield _line(name, breakdown["total"])
        for group in breakdown["groups"]:
            yield _line(name, group, group=group["group"], share=group["share"])
    yield _line("first_artifact", found["first_artifact"])
    for name in _FLOWS:
        flows: Flows = found[name]  # type: ignore[literal-required]
        yield _line(name, flows["total"])
        for flow in flows["items"]:
            value: Figure = {"value": flow["value"], "suppressed": flow["suppressed"]}
            yield _line(name, value, between=(flow["from"], flow["to"]), share=flow["share"])
    for gap in found["gap"]:
        yield _line("gap_asked", gap["asked"], group=gap["kind"])
        yield _line("gap_offered", gap["offered"], group=gap["kind"])


def _line(
    name: str,
    figure: Figure,
    *,
    group: str = "",
    between: tuple[str, str] = ("", ""),
    share: int | None = None,
) -> tuple[object, ...]:
    value = "" if figure["value"] is None else figure["value"]
    suppressed = "yes" if figure["suppressed"] else "no"
    return name, _safe(group), *between, value, suppressed, "" if share is None else share


def _safe(text: str) -> str:
    """Text no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


CALLS: Final[tuple[Call, ...]] = (
    Call(
        "GET",
        "/impact",
        figures,
        N_("Figures of what came of it; small groups are suppressed."),
        Impact,
        query=ImpactQuery,
        also="text/csv",
    ),
)
