"""One call of the HTTP API: its line in the table.

Law: an area's calls stand with its handlers and are joined in ``web.api.calls``. Source: WEB "HTTP API".
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from web.access import Access
from web.api.queries import NoQuery, Query
from web.context import Handler

BASE: Final = "/api/v1"


class Call(NamedTuple):
    """One call. ``answer`` is the shape of the answer, ``many`` whether it comes as {items, next}.

    ``media`` is what is answered when that is not JSON, ``also`` what a caller may ask for besides; ``body`` what is
    sent: ``record``, ``file``, ``rows`` (a file of them) or nothing; ``problems`` the statuses it may refuse with
    besides 401, 422 and 503, and 400 where there is a cursor; ``waits`` the shape of a 202.
    """

    method: str
    path: str
    handler: Handler
    about: str
    answer: Any = None
    many: bool = False
    query: type[Query] = NoQuery
    status: int = 200
    media: str = "application/json"
    also: str = ""
    body: str = ""
    problems: tuple[int, ...] = ()
    waits: Any = None
    access: Access = Access.ACCOUNT
    slow: bool = False

    @property
    def address(self) -> str:
        return f"{BASE}{self.path}"
