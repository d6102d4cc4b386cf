"""Files: sent, and read whole or by range.

Law: a file is shown only to who may read a record that refers to it; one nobody refers to yet is known by its hash to
its sender alone. Only a file of an open record may be kept by browsers. It is served sandboxed, its type never guessed,
HTML and SVG as downloads only.
Source: WEB "HTTP API", QUALITY "Threats" (hostile uploads).
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, TypedDict

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

from protocol.entry import parse_header
from protocol.errors import Refused
from protocol.records import problem
from store import blobs
from store.reading import read_entry
from store.views.access import content_in, may_read
from store.views.shapes import Viewer
from web.api.answers import answer
from web.api.documents import Fault
from web.context import Context
from web.guards import NO_STORE, blob_headers
from web.problems import fault_of
from web.uploads import UNKNOWN_TYPE, first_file

_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
FILE_SECONDS: Final = 3600  # 64 MiB at 18 kB/s
FOR_GOOD: Final = "private, max-age=31536000, immutable"  # the name is the hash of the content


class BoundedFile(web.FileResponse):
    """A file that is sent within the time limit; who does not take it is dropped."""

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        """Send it. ConnectionError when it was not taken in time."""
        try:
            async with asyncio.timeout(FILE_SECONDS):
                return await super().prepare(request)
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionAbortedError("a file was not taken in time") from None


class Kept(TypedDict):
    """A file that is kept: name it by ``hash`` in the ``blobs`` of a record.

    ``size`` is that of the file as it is kept. ``taken``: what was taken off a picture first (``location`` ``camera``
    ``author`` ``time`` ``text`` ``thumbnail`` ``other``). ``warnings``: what a file that stays as it is may tell.
    """

    hash: str
    size: int
    media_type: str
    name: str
    taken: list[str]
    warnings: list[Fault]


class Shown(NamedTuple):
    """How a record says a file is to be shown; ``open`` when the whole network may read that record."""

    media_type: str
    name: str
    open: bool = False


async def upload(context: Context) -> web.Response:
    """Keep a file, sent raw with its content type or as the first file of a multipart form."""
    kept = await first_file(context)
    told = Kept(
        hash=kept.hash,
        size=kept.size,
        media_type=kept.media_type,
        name=kept.name,
        taken=list(kept.taken),
        warnings=warnings_of(context, kept.warned),
    )
    return answer(context, told, 201)


def warnings_of(context: Context, codes: Iterable[str]) -> list[Any]:
    """What is said of a file that stays as it is, in the caller's language."""
    return [fault_of(context, problem("", code)) for code in codes]


async def download(context: Context) -> web.StreamResponse:
    """A file, whole or by range; ``?of=`` names the record whose name for it counts."""
    blob = context.id("hash")
    if not _HASH.fullmatch(blob):
        raise Refused("not-here")
    shown = await context.read(shown_as, context.viewer, blob, context.query.get("of"))
    if shown is None:
        raise Refused("not-here")
    headers = blob_headers(shown.media_type, shown.name)
    headers["Cache-Control"] = FOR_GOOD if shown.open else NO_STORE
    return BoundedFile(context.port.store.blobs.path(blob), headers=headers)


def shown_as(db: sqlite3.Connection, viewer: Viewer, blob: str, of: str | None) -> Shown | None:
    """How to show a file to this viewer; None when it is not whole here or not for this viewer."""
    row = blobs.row(db, blob)
    if row is None or not row.complete:
        return None
    referring = blobs.referring(db, blob)
    if not referring:
        return Shown(UNKNOWN_TYPE, "file")
    for entry in sorted(referring, key=lambda entry: str(entry) != of):
        found = read_entry(db, entry)
        if found is not None and isinstance(found.payload, bytes) and may_read(db, viewer, found):
            shown = _said_of(content_in(found) or {}, blob)
            return shown._replace(open=not parse_header(found.header).restricted)
    return None


def _said_of(content: Mapping[str, Any], blob: str) -> Shown:
    for ref in content.get("blobs") or ():
        if ref["hash"] == blob:
            return Shown(ref["media_type"], ref["name"])
    return Shown(UNKNOWN_TYPE, "file")
