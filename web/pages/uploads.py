"""Files sent piece after piece by the script of a form: begun or gone on with, and kept when whole.

Law: the form works without this (multipart, at once); a piece is bounded in bytes and time; what is kept is the same
blob either way. Two pieces at one place are never written twice: the answer says where to go on.
Source: issue "The members' web" (attachments with progress and resumable upload).
"""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path

from aiohttp import web

from protocol.errors import Refused
from store import blobs, room, uploads
from store.room import Room
from web.context import Context
from web.problems import message_of, problems_of
from web.throttle import UPLOAD_ACCOUNT
from web.uploads import CHUNK, media_type_of, name_of, sending, within_time


def _folder(context: Context) -> Path:
    return context.port.store.blobs.folder.parent / uploads.FOLDER


def _account(context: Context) -> int:
    if context.viewer.account is None:
        raise web.HTTPForbidden
    return context.viewer.account


async def begin(context: Context) -> web.StreamResponse:
    """A form of name, size, type and day; answers ``{id, here, size}``: send the bytes from ``here`` on."""
    form, account = await context.form(), _account(context)
    if not context.site.throttle.allow("upload", str(account), UPLOAD_ACCOUNT, context.now):
        raise Refused("too-often")
    claims = "\n".join(form.typed(name) for name in ("name", "type", "day"))
    size = form.integer("size") or 0
    others = await context.work(uploads.coming, _folder(context), account)
    await context.read(_has_room, context.port.store.room, account, size, context.now, others)
    part = await context.work(uploads.begin, _folder(context), account, claims, size, context.now)
    return web.json_response(part._asdict())


async def go_on(context: Context) -> web.StreamResponse:
    """One piece, from ``?at=`` on; answers as ``begin``, and with the hash of the file once it is whole."""
    at, account, name = context.query.get("at", ""), _account(context), context.id("upload")
    if not (at.isascii() and at.isdigit() and len(at) < 10):
        raise Refused("number", field="at")
    await context.work(context.port.store.room.for_files)
    async with sending(context):
        return await _go_on(context, account, name, int(at))


async def _go_on(context: Context, account: int, name: str, at: int) -> web.StreamResponse:
    piece = await _piece(context)
    part = await context.work(uploads.append, _folder(context), account, name, at, piece, now=context.now)
    if part.here < part.size:
        return web.json_response(part._asdict())
    try:
        kept = await context.work(_keep, context, account, name)
        await context.write(room.add, context.port.store.room, context.port.store.blobs, kept, account)
    except Refused as error:
        if error.code != "photo-data":
            raise
        return web.json_response({"refused": context.say(message_of(problems_of(error)[0]))}, status=422)
    finally:
        await context.work(uploads.drop, _folder(context), account, name)
    told = {
        "hash": kept.hash,
        "size": kept.size,
        "notes": _notes(context, kept),
        "media_type": media_type_of(context.query.get("type", "")),
        "name": name_of(context.query.get("name", "")),
    }
    return web.json_response(part._asdict() | told)


def _has_room(  # noqa: PLR0917 - what a file is weighed with
    db: sqlite3.Connection, bounds: Room, account: int, size: int, now: int, coming: int
) -> None:
    bounds.for_member(db, account, size, now, coming)


def _notes(context: Context, kept: blobs.Kept) -> str:
    """What the form shows beside the file, as HTML of ours."""
    html = context.site.renderer.render(context.frame(), "library/note_of_file.html", note=kept)
    return html.strip()


async def _piece(context: Context) -> bytes:
    found = bytearray()
    async for chunk in within_time(context.request.content.iter_chunked(CHUNK)):
        found += chunk
        if len(found) > uploads.PIECE_MOST:
            raise Refused("blob-too-large", limit=uploads.PIECE_MOST)
    return bytes(found)


def _keep(context: Context, account: int, name: str) -> blobs.Kept:
    chunks = uploads.read(_folder(context), account, name)
    return context.port.store.blobs.keep(chunks, secrets.token_hex(8))
