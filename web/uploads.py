"""Files a member sends.

Law: a file streams through a bounded buffer to disk, never whole through memory; every read has a time limit; what it
is called and claims to be is only ever data. It counts once its bytes are synced and its row is written.
Source: WEB "HTTP API" (blobs), QUALITY "Threats" (resource exhaustion, path traversal).
"""

from __future__ import annotations

import asyncio
import re
import secrets
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Final, NamedTuple, TypeVar, cast

from aiohttp import BodyPartReader, web

from protocol.errors import Refused
from protocol.limits import KIB, MAX_BLOB, MAX_ITEMS, MAX_LINE, MIB
from protocol.records.base import MEDIA_TYPE
from store import room
from store.blobs import Kept
from store.room import Room
from web.bodies import understood, whole_text
from web.context import Context
from web.forms import Form
from web.problems import message_of, problems_of
from web.throttle import UPLOAD_ACCOUNT

T = TypeVar("T")

CHUNK: Final = 256 * KIB
READ_SECONDS: Final = 30  # a sender that sends nothing for this long is gone
IN_MEMORY: Final = MIB  # a smaller file touches the disk once only
FORM_MOST: Final = 2 * MIB  # all fields of a form with files
SENDING_EACH: Final = 4  # files of one account on their way at once
SENDING_MOST: Final = 32  # of all: 2 GiB of disk at worst while they come
FIELDS_MOST: Final = 1_000
UNKNOWN_TYPE: Final = "application/octet-stream"
_TYPE: Final = re.compile(MEDIA_TYPE)
_NOT_IN_NAMES: Final = re.compile(r"[/\\\x00-\x1f\x7f]")


class Upload(NamedTuple):
    """A file that is kept: the form field it came by, its blob id and size, what it claims to be and its name.

    ``taken`` and ``warned`` as in ``store.blobs.Kept``.
    """

    field: str
    hash: str
    size: int
    media_type: str
    name: str
    taken: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()


async def form_with_files(context: Context) -> tuple[Form, list[Upload]]:
    """A posted form, multipart or not: its fields, and its files kept. Empty file fields are left out.

    A picture that is refused for what it tells is noted on the form, so that nothing typed is lost.
    """
    if not context.request.content_type.startswith("multipart/"):
        return await context.form(), []
    form, files = Form(), []
    size = 0
    async for part in _parts(context.request):
        if part.filename:
            try:
                files.append(await _keep_part(context, part))
            except Refused as error:
                if error.code != "photo-data":
                    raise
                why = message_of(problems_of(error)[0])
                form.wrong(part.name or "", why.id, **why.params)
            if len(files) > MAX_ITEMS:
                raise Refused("too-many", field=part.name or "", max_length=MAX_ITEMS)
        elif part.name:
            typed = await _field(part, FORM_MOST - size)
            size += len(typed) + len(part.name)
            form.values.setdefault(whole_text(part.name), []).append(
                typed.replace("\r\n", "\n").replace("\r", "\n")
            )
    return form, files


async def first_file(context: Context) -> Upload:
    """The one file of a raw or multipart request. Refused ``file-missing`` when there is none."""
    request = context.request
    if not request.content_type.startswith("multipart/"):
        name = request.query.get("name", "")
        return await keep(
            context, within_time(request.content.iter_chunked(CHUNK)), "", request.content_type, name
        )
    async for part in _parts(request):
        if part.filename:
            return await _keep_part(context, part)
    raise Refused("file-missing")


async def form_with_bytes(context: Context, most: int) -> tuple[Form, bytes]:
    """The one file of a raw or multipart request, whole in memory, and the fields beside it.

    Refused ``file-missing`` when there is none, ``file-too-large`` beyond ``most`` bytes.
    """
    request = context.request
    if not request.content_type.startswith("multipart/"):
        return Form(), await _whole(request.content.iter_chunked(CHUNK), most)
    form, found = Form(), None
    async for part in _parts(request):
        if part.filename and found is None:
            found = await _whole(_chunks_of(part), most)
        elif part.name and not part.filename:
            form.values.setdefault(whole_text(part.name), []).append(await _field(part, MAX_LINE))
    if not found:
        raise Refused("file-missing", field="file")
    return form, found


async def _whole(chunks: AsyncIterator[bytes], most: int) -> bytes:
    found = bytearray()
    async for chunk in within_time(chunks):
        found += chunk
        if len(found) > most:
            raise Refused("file-too-large", field="file", most=most // MIB)
    if not found:
        raise Refused("file-missing", field="file")
    return bytes(found)


async def keep(
    context: Context, chunks: AsyncIterator[bytes], field: str, media_type: str, name: str
) -> Upload:
    """Keep a file under its hash, if there is room for it.

    Refused ``too-often``, ``blob-empty``, ``blob-too-large``, and as store.room says.
    """
    account = context.viewer.account
    if account is None:
        raise Refused("sign-in-needed")
    if not context.site.throttle.allow("upload", str(account), UPLOAD_ACCOUNT, context.now):
        raise Refused("too-often")
    store = context.port.store
    await context.read(_has_room, store.room, account, context.request.content_length or 0, context.now)
    async with sending(context):
        spool = await context.work(_spool, store.blobs.folder)
        try:
            await _fill(context, spool, chunks)
            kept = await context.work(_keep, context, spool)
        finally:
            await context.work(spool.close)
    await context.write(room.add, store.room, store.blobs, kept, account)
    return Upload(
        field, kept.hash, kept.size, media_type_of(media_type), name_of(name), kept.taken, kept.warned
    )


def _has_room(db: sqlite3.Connection, bounds: Room, account: int, said: int, now: int) -> None:
    """Before a byte is read: what the request says it is long bounds its file."""
    bounds.for_member(db, account, min(said, MAX_BLOB), now)


def _spool(folder: Path) -> IO[bytes]:
    """Where a file lies while it comes: on the disk it is for, so that its room is looked at where it counts."""
    folder.mkdir(parents=True, exist_ok=True)
    return cast(IO[bytes], tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(folder)))


@asynccontextmanager
async def sending(context: Context) -> AsyncIterator[None]:
    """A file on its way: so many of an account and of all at once. Refused ``too-often`` beyond them."""
    on_their_way, account = context.site.sending, context.viewer.account
    if on_their_way[account] >= SENDING_EACH or on_their_way.total() >= SENDING_MOST:
        raise Refused("too-often")
    on_their_way[account] += 1
    try:
        yield
    finally:
        on_their_way[account] -= 1
        if not on_their_way[account]:
            del on_their_way[account]


async def _fill(context: Context, spool: IO[bytes], chunks: AsyncIterator[bytes]) -> None:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_BLOB:
            raise Refused("blob-too-large", limit=MAX_BLOB)
        await context.work(spool.write, chunk)


def _keep(context: Context, spool: IO[bytes]) -> Kept:
    spool.seek(0)
    return context.port.store.blobs.keep(_read(spool), secrets.token_hex(8))


def _read(spool: IO[bytes]) -> Iterator[bytes]:
    while chunk := spool.read(CHUNK):
        yield chunk


async def _parts(request: web.Request) -> AsyncIterator[BodyPartReader]:
    """The parts of a form, one after the other; parts inside parts are none of a browser's.

    Refused ``form`` for what is no multipart at all.
    """
    reader = await _understood(request.multipart())
    for _ in range(FIELDS_MOST):
        async with asyncio.timeout(READ_SECONDS):
            part = await _understood(reader.next())
        if part is None:
            return
        if not isinstance(part, BodyPartReader):
            break
        with understood():  # a name in a charset nobody knows
            _ = part.name, part.filename
        yield part
    raise Refused("form")


async def _understood(read: Awaitable[T]) -> T:
    with understood():
        return await read


async def _field(part: BodyPartReader, room: int) -> str:
    found = bytearray()
    async for chunk in within_time(_chunks_of(part)):
        found += chunk
        if len(found) > room:
            raise Refused("form")
    return found.decode("utf-8", "replace")


async def _keep_part(context: Context, part: BodyPartReader) -> Upload:
    media_type = part.headers.get("Content-Type", UNKNOWN_TYPE)
    return await keep(
        context, within_time(_chunks_of(part)), part.name or "", media_type, part.filename or ""
    )


async def _chunks_of(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(CHUNK):
        yield chunk


async def within_time(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks, each within the time limit. Refused ``form`` for a body that breaks off or is packed wrongly."""
    while True:
        async with asyncio.timeout(READ_SECONDS):
            chunk = await _understood(anext(chunks, None))
        if chunk is None:
            return
        yield chunk


def media_type_of(claimed: str) -> str:
    """The media type a file claims to be; UNKNOWN_TYPE for what is none."""
    kind = claimed.partition(";")[0].strip().lower()
    return kind if _TYPE.fullmatch(kind) else UNKNOWN_TYPE


def name_of(claimed: str) -> str:
    """The last part of the name a file claims, without what a record's file name may not hold."""
    last = re.split(r"[/\\]", whole_text(claimed))[-1]
    return _NOT_IN_NAMES.sub("", last).strip()[:MAX_LINE] or "file"
