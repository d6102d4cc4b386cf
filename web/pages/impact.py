"""Impact: what came of it all, in figures and pictures.

Law: nothing of a person; a small group is suppressed and the page says so; every picture has its table, every table its
file. Sources: WEB "Pages" (impact), DOMAIN R7, R15.
"""

from __future__ import annotations

import re
from typing import Any, Final

from aiohttp import web

from protocol.records.lists import TOPICS
from store.views.shapes import Breakdown, Flows, Impact, ImpactFilters
from web.api.impact import table
from web.charts import bars, flows
from web.context import Context
from web.forms import Form
from web.kept import Counted
from web.labels import SUBDIVISIONS

_MONTH: Final = re.compile(r"(19|2\d)\d\d-(0[1-9]|1[0-2])", re.ASCII)
TABLES: Final = ("outcomes", "asks", "returns", "reuse", "reuse_where", "pledge_flows", "reuse_flows", "gap")
FILTERS: Final = ("jurisdiction", "topic", "from", "to")


def _chosen(context: Context) -> dict[str, str]:
    """The filters that are set and make sense; any other is left out, as one not given."""
    typed = {name: context.query.get(name, "") for name in FILTERS}
    known = {
        "jurisdiction": typed["jurisdiction"] in SUBDIVISIONS,
        "topic": typed["topic"] in TOPICS,
        "from": _MONTH.fullmatch(typed["from"]) is not None,
        "to": _MONTH.fullmatch(typed["to"]) is not None,
    }
    return {name: value for name, value in typed.items() if known[name]}


async def _figures(context: Context, chosen: dict[str, str]) -> Counted:
    return await context.site.figures.get(ImpactFilters(*(chosen.get(name) for name in FILTERS)))


async def show(context: Context) -> web.StreamResponse:
    """The page."""
    chosen = _chosen(context)
    counted = await _figures(context, chosen)
    return context.page(
        "impact/impact.html",
        found=counted.figures,
        at=counted.at,
        pictures=_pictures(counted.figures),
        chosen=chosen,
        filters=Form.of(chosen),
        subdivisions=tuple(SUBDIVISIONS),
    )


def _pictures(found: Impact) -> dict[str, Any]:
    parts: dict[str, Breakdown] = {
        name: found[name] for name in ("outcomes", "asks", "returns", "reuse", "reuse_where")
    }
    moves: dict[str, Flows] = {"pledge_flows": found["pledge_flows"], "reuse_flows": found["reuse_flows"]}
    drawn: dict[str, Any] = {
        name: bars([(group["group"], group["value"]) for group in part["groups"]])
        for name, part in parts.items()
    }
    for name, part in moves.items():
        drawn[name] = flows((flow["from"], flow["to"], flow["value"]) for flow in part["items"])
    return drawn


async def as_file(context: Context) -> web.StreamResponse:
    """One table of the page, or all of them, as comma-separated values."""
    wanted = context.query.get("table", "")
    if wanted and wanted not in TABLES:
        raise web.HTTPNotFound
    head, *lines = table((await _figures(context, _chosen(context))).figures).splitlines(keepends=True)
    kept = [
        line
        for line in lines
        if not wanted or line.startswith((f"{wanted},", f"{wanted}_asked,", f"{wanted}_offered,"))
    ]
    name = f"impact-{wanted.replace('_', '-')}" if wanted else "impact"
    return web.Response(
        text="".join([head, *kept]),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
