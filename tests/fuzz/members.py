"""Doors that take what members and browsers send: any bytes give values or a refusal that says what to do.

Law: bodies come through the HTTP parser that the listener uses, as a stream that ends; what is beside the parsing (the
store, workers, the throttle) stands still.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import sqlite3
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from functools import cache
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import Mock, patch
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser

from protocol.errors import Refused, RemoteError
from protocol.records import BlobRef, NotAcceptable, write
from protocol.rules.markings import markings_of
from store import metadata
from store.accounts import Account
from store.blobs import Kept
from store.importing import DRAFTED, kinds_at
from store.passkeys import Passkey
from store.table_files import BYTES_MOST, rows_of
from store.views import listing, texts
from tests.fuzz import seeds
from tests.fuzz.law import Target
from tests.fuzz.peers import text_of
from web import accounts, passkeys, uploads, zones
from web.api import queries
from web.api.records import body_object
from web.app import MAX_FORM
from web.challenges import Challenge
from web.context import Context
from web.formats import parse_moment
from web.forms import Form, parse_amount
from web.guards import blob_headers, origin_allowed, safe_target
from web.i18n import negotiate
from web.live import watched
from web.markdown import plain_words, render_markdown
from web.pages.settings import browser_of
from web.problems import note, problems_of, sentence_of, status_of

parse_amount("1", "CAD")  # tables of currencies and zones are read from disk once, before any loop runs
zones.zones()
_NODE: Final = "a" * 32


# ── files and records ────────────────────────────────────────────────────────────────────────────────────────


def tables(data: bytes) -> None:
    """Every row is told: what it says, or what is wrong with it in a sentence there is."""
    for row in rows_of(data, kinds_at, DRAFTED[0]):
        for fault in row.problems:
            sentence_of(fault)
        if not row.problems:
            _judge({"type": DRAFTED[0], **row.content, "by": f"{_NODE}-0-0"})


def _judge(content: dict[str, Any]) -> None:
    try:
        write(content)
    except NotAcceptable as error:
        for fault in error.problems:
            sentence_of(fault)
        return
    list(markings_of(content))


def files(data: bytes) -> None:
    """What a file tells is taken off; what is left tells nothing more, and looking again changes nothing."""
    file = io.BytesIO(data)
    seen = metadata.look(file)
    if seen.parts is not None:
        kept = b"".join(seen.chunks(file))
        again = metadata.look(io.BytesIO(kept))
        assert again.taken == () and again.parts is None, again


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def _run(work: Coroutine[Any, Any, None]) -> None:
    _loop().run_until_complete(work)


class _Files:
    """Takes files and keeps nothing but their hash."""

    folder = SimpleNamespace(mkdir=lambda **_: None)  # smaller files never touch it

    @staticmethod
    def keep(chunks: Iterable[bytes], _name: str) -> Kept:
        digest, size = hashlib.sha256(), 0
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
        if not size:
            raise Refused("blob-empty")
        return Kept(digest.hexdigest(), size, (digest.digest(),))


class _Context(SimpleNamespace):
    """What reading a body needs of a context."""

    async def form(self) -> Form:
        return await Context.form(self)  # type: ignore[arg-type]

    async def work(self, job: Any, *given: Any) -> Any:
        return job(*given)

    async def write(self, _change: Any, *_given: Any) -> None:
        return None

    async def read(self, _query: Any, *_given: Any) -> Any:
        return _KNOWN


_KNOWN = (
    Passkey(b"i", 1, b"h", b"\xa0", 0, "", False, 0, None),
    Account(1, "a", "en", "member", None, False, False, 0, 0),
)


def _context(request: web.Request | None) -> Any:
    allow = SimpleNamespace(allow=lambda *_: True)
    port = SimpleNamespace(
        url=seeds.ORIGIN, proxies=("192.0.2.1",), store=SimpleNamespace(blobs=_Files(), room=None)
    )
    viewer = SimpleNamespace(account=1, member=None)
    site = SimpleNamespace(throttle=allow, sending=Counter(), cookie="c", port=port)
    return _Context(request=request, viewer=viewer, site=site, port=port, now=0)


def _requests(data: bytes) -> Iterator[web.Request]:
    """The requests in some bytes, as the listener makes them; what its parser refuses it answers itself."""
    protocol = BaseProtocol(_loop())
    parser = HttpRequestParser(
        protocol,
        _loop(),
        2**16,
        max_line_size=8190,
        max_field_size=8190,
        payload_exception=web.RequestPayloadError,
    )
    try:
        messages, _, _ = parser.feed_data(data)
        parser.feed_eof()
    except HttpProcessingError:
        return
    for message, payload in messages[:1]:
        if not payload.is_eof() and payload.exception() is None:
            payload.feed_eof()
        yield web.Request(
            message,
            payload,
            _PROTOCOL,
            Mock(),
            Mock(),
            _loop(),
            client_max_size=MAX_FORM,
            host="n.example.ca",
            remote="192.0.2.1",
            scheme="http",
        )


_PROTOCOL = Mock(max_line_size=8190, max_field_size=8190, max_headers=128)


def bodies(data: bytes) -> None:
    """The first byte says by which door a request comes in; the form it makes is read by every kind of field."""
    for request in _requests(data[1:]):
        _run(_DOORS[data[0] % len(_DOORS)](_context(request)))


async def _form(context: Any) -> None:
    _look(await context.form())


async def _with_files(context: Any) -> None:
    form, files = await uploads.form_with_files(context)
    _look(form)
    for file in files:
        _stands_in_a_record(file)


async def _first_file(context: Any) -> None:
    _stands_in_a_record(await uploads.first_file(context))


async def _with_bytes(context: Any) -> None:
    form, data = await uploads.form_with_bytes(context, BYTES_MOST)
    _look(form)
    tables(data)


async def _object(context: Any) -> None:
    _judge(await body_object(context))


_DOORS: Final = (_form, _with_files, _first_file, _with_bytes, _object)


def _stands_in_a_record(file: uploads.Upload) -> None:
    BlobRef.model_validate(
        {"hash": file.hash, "size": file.size, "media_type": file.media_type, "name": file.name}
    )
    _one_line(blob_headers(file.media_type, file.name))


def _one_line(headers: dict[str, str]) -> None:
    assert not any(sign in value for value in headers.values() for sign in "\r\n\0")


def _look(form: Form) -> None:
    """Every field as every kind: a form notes what is wrong and never raises; what was typed can be shown again."""
    for name in list(form.values)[:20]:
        form.line(name), form.text(name), form.secret(name), form.bilingual(name), form.integer(name)
        form.money(name, "CAD"), form.date(name), form.moment(name, "America/Vancouver"), form.ticked(name)
        form.choice(name, ("a",)), form.choices(name, ("a",)), form.rows(name.partition(".")[0])
        form.typed(name).encode()
    form.errors_in_order()


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────


_SAFE: Final = frozenset({"http", "https", "mailto", ""})


class _Harmless(HTMLParser):
    """Nothing of a rendered text runs, and nothing is fetched from elsewhere."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in (
            "script",
            "style",
            "iframe",
            "object",
            "embed",
            "svg",
            "math",
            "form",
            "base",
            "link",
        ), tag
        for name, value in attrs:
            assert not name.startswith("on") and name not in ("style", "srcdoc", "srcset"), name
            assert name != "src" or (value or "").startswith("/blobs/"), value
            assert name != "href" or urlsplit((value or "").strip()).scheme in _SAFE, value


def markdown(data: bytes) -> None:
    """HTML that is harmless, and one line for the beginning in a list."""
    text = text_of(data)
    for tag in ("en", "fr"):
        _Harmless().feed(str(render_markdown(text, tag)))
    assert "\n" not in plain_words(text)


@cache
def _index() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.execute(
        "CREATE VIRTUAL TABLE search USING fts5 (kind, title, words, title_stems, stems, content = '')"
    )
    return db


def _searched(text: str) -> None:
    for kind in (None, "pitch"):
        expression = texts.match(text, kind)
        if expression is not None:
            _index().execute("SELECT rowid FROM search WHERE search MATCH ?", (expression,)).fetchall()


_QUERIES: Final = tuple(
    model for model in vars(queries).values() if isinstance(model, type) and issubclass(model, queries.Query)
)


def _parameters(text: str) -> None:
    for model in _QUERIES:
        try:
            queries.parse(model, dict(parse_qsl(text)))
        except NotAcceptable as error:
            for fault in error.problems:
                sentence_of(fault)


def _served_as(text: str) -> None:
    claimed, _, name = text.partition("|")
    _one_line(blob_headers(uploads.media_type_of(claimed), uploads.name_of(name)))


def _came_from(text: str) -> None:
    headers = dict(zip(("Origin", "Sec-Fetch-Site", "Authorization"), text.split("|"), strict=False))
    origin_allowed("POST", headers, text, seeds.ORIGIN)


def _amount(text: str) -> None:
    with suppress(ValueError):
        assert parse_amount(text, "CAD") >= 0


def _leads_here(text: str) -> None:
    assert safe_target(text).startswith("/")


def _address(text: str) -> None:
    headers = Mock(getall=lambda *_: [text])
    request = Mock(remote="192.0.2.1", headers=headers, app={accounts.SITE: _context(None).site})
    assert "\n" not in accounts.remote_address(request)


_QUESTIONS: Final[tuple[Callable[[str], object], ...]] = (
    *(
        lambda text: listing.decode(text, int, int, str),
        _parameters,
        lambda text: watched([text]),
        _leads_here,
    ),
    *(
        lambda text: negotiate(text, None, text, "en"),
        _served_as,
        _came_from,
        _address,
        _amount,
        parse_moment,
    ),
    *(_searched, browser_of),
)


def questions(data: bytes) -> None:
    """Everything small that a browser or program says: cursors, parameters, topics, headers, numbers, moments."""
    _QUESTIONS[(data[0] if data else 0) % len(_QUESTIONS)](text_of(data[1:]))


def keys_of_devices(data: bytes) -> None:
    """The answer of a device, to be kept or to sign in with; the refusal is the same whatever is wrong."""
    text = text_of(data[1:])
    with patch("web.passkeys._taken", lambda *_: Challenge(seeds.CHALLENGE, b"h", "", b"", 1)):
        if data and data[0] % 2:
            _run(_sign_in(text))
        else:
            passkeys.made(_context(None), text, passkeys.JOIN, b"")


async def _sign_in(text: str) -> None:
    await passkeys.signed_in(_context(None), text)


def told(error: Refused) -> None:
    """A refusal can be said: it has a status, a sentence for each fault, and a place on a form."""
    assert 400 <= status_of(error) < 500
    for fault in problems_of(error):
        sentence_of(fault)
    note(Form(), error)


def _telling(run: Any) -> Any:
    def ran(data: bytes) -> None:
        try:
            run(data)
        except Refused as error:
            told(error)
            raise

    return ran


_MEMBER: Final = (Refused, RemoteError)

TARGETS: Iterable[Target] = (
    Target("tables", _telling(tables), _MEMBER, seeds.tables),
    Target("files", _telling(files), _MEMBER, seeds.files),
    Target("bodies", _telling(bodies), (*_MEMBER, web.HTTPException), seeds.bodies),
    Target("markdown", markdown, (), seeds.markdown),
    Target("questions", _telling(questions), _MEMBER, seeds.questions),
    Target("passkeys", _telling(keys_of_devices), _MEMBER, seeds.passkeys),
)
