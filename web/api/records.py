"""``POST /api/v1/records``: the one call that says something.

Law: the body is a record's content without ``by``; who speaks is who sent the token. The answer comes after the record
is durable and signed, or durable and waiting to be signed. A refusal lists everything that is wrong, each with its
field. Source: WEB "HTTP API".
"""

from __future__ import annotations

import re
from typing import Any, Final, TypedDict

from aiohttp import web

from protocol.entry import parse_json
from protocol.errors import Malformed, Refused
from protocol.records import problem
from protocol.rules.markings import markings_of
from store import blobs
from store.publishing import Author, Queued
from web.api.documents import Fault
from web.bodies import understood
from web.context import Context
from web.problems import fault_of

KEY: Final = re.compile(r"[\x21-\x7e]{1,100}", re.ASCII)


class Made(TypedDict):
    """A record that is durable and signed: its id, type, the size and root of the signed head that covers it.

    ``warnings``: what R13 would ask about, each with its field; it refuses nothing.
    """

    id: str
    type: str
    size: int
    root: str
    warnings: list[Fault]


class Waits(TypedDict):
    """A record that is kept and waits until this node may sign: ``GET /queued/{queued}`` tells what becomes of it."""

    queued: str
    type: str


async def publish(context: Context) -> web.Response:
    """Publish a record."""
    content = await body_object(context)
    if context.account is None:
        raise Refused("sign-in-needed")
    author = Author(context.account.id, context.account.member, context.account.role)
    published = await context.port.publish(author, content, _key(context))
    if isinstance(published, Queued):
        waits = Waits(queued=published.id, type=published.type)
        return web.json_response(waits, status=202, headers={"Location": f"/api/v1/queued/{published.id}"})
    made = Made(
        id=str(published.id),
        type=published.type,
        size=published.size,
        root=published.root.hex(),
        warnings=await _warnings(context, content),
    )
    return web.json_response(made, status=201, headers={"Location": f"/api/v1/entries/{published.id}"})


async def _warnings(context: Context, content: dict[str, Any]) -> list[Any]:
    """What R13 would ask about in what leaves the node: its texts, and the files it names."""
    leaves = {name: value for name, value in content.items() if name != "private"}
    named = [one["hash"] for one in leaves.get("blobs") or ()]
    files = await context.read(blobs.notes, named) if named else {}
    seen = [problem(path, marking.code) for path, marking in markings_of(leaves)]
    seen += [
        problem(f"blobs.{named.index(blob)}", code) for blob, found in files.items() for code in found.warned
    ]
    return [fault_of(context, one) for one in seen]


def _key(context: Context) -> str | None:
    key = context.request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        raise Refused("idempotency-key")
    return key


async def body_object(context: Context) -> dict[str, Any]:
    """The JSON object posted, read as strictly as records are. Refused ``media-type-expected``, ``json``."""
    if context.request.content_type != "application/json":
        raise Refused("media-type-expected", expected="application/json")
    with understood("json"):
        body = await context.request.read()
    try:
        return parse_json(body)
    except Malformed as error:
        raise Refused("json") from error
