"""The table of addresses in docs/spec/api.md, made from the routes: ``python -m tests.kit.api_page`` writes it anew."""

from __future__ import annotations

import re
from pathlib import Path

from web.access import Access, Route
from web.routes import ROUTES

PAGE = Path(__file__).parents[2] / "docs/spec/api.md"
WHO = {
    Access.ANYONE: "anyone",
    Access.ACCOUNT: "member",
    Access.CARD: "member with a card",
    Access.FEED: "member or feed key",
    Access.STEWARD: "steward or operator",
    Access.OPERATOR: "operator",
}
_TABLE = re.compile(r"(?<=\| address \| who \| what \|\n\|---\|---\|---\|\n)(?:\|.*\n|ROUTES_TABLE\n)*")


def table() -> str:
    """One row an address and method, in the order of the routes."""
    return "".join(
        f"| `{route.path}`{' (POST)' if route.method == 'POST' else ''} | {_who(route)} | {route.about} |\n"
        for route in ROUTES
        if not route.path.startswith("/api/v1/")
    )


def _who(route: Route) -> str:
    return f"{WHO[route.access]}{', no token' if route.session else ''}"


def written(text: str) -> str:
    """The table as the page has it."""
    found = _TABLE.search(text)
    return found[0] if found else ""


def updated(text: str) -> str:
    """The page with the table as it should be."""
    return _TABLE.sub(lambda _found: table(), text, count=1)


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text("utf-8")), "utf-8")
