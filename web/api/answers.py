"""Answers in JSON, the same way everywhere.

Law: shapes leave as the store made them; all the API adds is the sentence of each missing thing, in the caller's
language. Source: WEB "HTTP API", DOMAIN R2.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from protocol.records import Problem
from store.views.shapes import Page
from web.context import Context
from web.problems import message_in
from web.reasons import reason_of

_MISSING: Final = {"field", "code", "params"}
_REASON: Final = {"code", "params"}


def answer(context: Context, value: object, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.json_response(spoken(context, value), status=status)


def page_answer(page: Page[Any]) -> web.Response:
    """``{items, next}``; rows of lists say nothing that is missing."""
    return web.json_response({"items": page.items, "next": page.next})


def spoken(context: Context, value: Any) -> Any:
    """The value with a ``text`` in every missing thing and every reason of a match."""
    if isinstance(value, dict):
        told = {key: spoken(context, inner) for key, inner in value.items()}
        if value.keys() == _MISSING:
            told["text"] = context.say(message_in(Problem(value["field"], value["code"], value["params"])))
        if value.keys() == _REASON:
            told["text"] = reason_of(context.formats, value["code"], value["params"])
        return told
    if isinstance(value, list | tuple):
        return [spoken(context, inner) for inner in value]
    return value
