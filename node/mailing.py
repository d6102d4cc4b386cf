"""Digests leave for the mail server the operator named, when they are due by the node's clock.

Law: nothing is sent unless a member asked and there is something to say. A letter is begun as a row before it leaves
and marked after the server took it; where nobody can know whether it did, the same letter goes again under the same
``Message-ID``. A server that is away, slow or unwilling costs this node nothing but a later try. Neither an address nor
a password is ever logged. Source: docs/spec/notices.md, OPERATIONS "Real parts".
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

import aiosmtplib

from node.house import House
from node.logs import event
from store import digests, notices
from store.digests import Reader
from store.views import hiding
from web.digest import Addressee, Sender, compose
from web.i18n import catalogues, is_language
from web.port import Port
from web.render import Renderer

T = TypeVar("T")

LOOK_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 30.0  # for one answer of the server
LETTER_SECONDS: Final = 90.0  # a server that takes longer for a letter is away
QUIT_SECONDS: Final = 5.0  # the letter is taken: whether it says goodbye matters to nobody
MOST: Final = 50  # lines of one letter
PASSWORD: Final = "BARNRAISE_MAIL_PASSWORD"  # noqa: S105 - the name of a variable
AWAY: Final = "no-answer"  # nor will it answer for the next letter
REFUSED: Final = "refused"
_HERS: Final = (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPDataError, aiosmtplib.SMTPNotSupported)
_THEIRS: Final = (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError)
_log: Final = logging.getLogger(__name__)


class Parcel(NamedTuple):
    """A finished letter and how the server is reached."""

    message: EmailMessage
    server: dict[str, Any]


class Mailing:
    """Looks for digests that are due and hands them over."""

    def __init__(self, house: House, port: Port) -> None:
        self._house = house
        self._port = port
        self._renderer: Renderer | None = None

    async def run(self) -> None:
        """Send what is due until cancelled; does nothing where no mail server is named."""
        while self._house.settings.mail_host:
            try:
                await self.once()
            except Exception as error:  # the edge of this task: a letter that cannot be made must not end it
                event(_log, logging.WARNING, "mailing-failed", why=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def once(self) -> int:
        """Send what is due now; how many letters the server took."""
        now, sent, trouble = await asyncio.to_thread(self._house.clock.ms), 0, None
        for reader in await self._read(lambda db: digests.due(db, self._house.node, now)):
            begun = await self._write(lambda tx, reader=reader: digests.begin(tx, reader.digest))
            if begun is None:
                continue
            lines = await self._read(lambda db, reader=reader, begun=begun: _news(db, reader, begun))
            if lines and trouble != AWAY:
                trouble = await self._hand_over(reader, lines, begun)
            await self._note(reader, begun, trouble if lines else None)
            sent += bool(lines) and trouble is None
        return sent

    async def _note(self, reader: Reader, begun: int, trouble: str | None) -> None:
        if trouble is None:
            await self._write(lambda tx: digests.sent(tx, reader.digest, begun))
        else:
            await self._write(lambda tx: digests.failed(tx, reader.digest, trouble))

    async def _read(self, query: Callable[..., T]) -> T:
        return await asyncio.wrap_future(self._house.store.database.read(query))

    async def _write(self, change: Callable[..., T]) -> T:
        return await asyncio.wrap_future(self._house.store.database.write(change))

    async def _hand_over(self, reader: Reader, lines: list[notices.Notice], begun: int) -> str | None:
        """None once the server took it, else a word for why not."""
        try:
            parcel = await asyncio.to_thread(self._pack, reader, lines, begun)
            await _post(parcel)
        except _HERS as error:
            event(_log, logging.WARNING, "mail-refused", why=type(error).__name__)
            return REFUSED
        except _THEIRS as error:
            event(_log, logging.WARNING, "mail-server-away", why=type(error).__name__)
            return AWAY
        return None

    # ── in a thread: templates, certificates and the password are files ──────────────────────────────────────

    def _pack(self, reader: Reader, lines: list[notices.Notice], begun: int) -> Parcel:
        self._renderer = self._renderer or Renderer(catalogues())
        to = Addressee(
            reader.name,
            reader.language if is_language(reader.language) else self._port.language,
            reader.digest.key,
        )
        sender = Sender(self._port.name, self._port.jurisdiction, self._house.url)
        letter = compose(self._renderer, sender, to, lines, most=MOST, now=begun)
        message = self._envelope(reader, begun, to)
        message["Subject"] = letter.subject
        message["List-Unsubscribe"] = f"<{letter.ending}>"
        if letter.ending.startswith("https://"):  # RFC 8058 knows no other
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        message["Content-Language"] = to.language  # last: a body takes the Content- headers before it along
        return Parcel(message, self._server())

    def _envelope(self, reader: Reader, begun: int, to: Addressee) -> EmailMessage:
        settings, name = self._house.settings, self._port.name
        message = EmailMessage()
        message["From"] = Address(
            f"Barnraise · {name.get(to.language) or next(iter(name.values()))}",
            addr_spec=settings.mail_from or f"barnraise@{settings.mail_host}",
        )
        message["To"] = reader.digest.address
        message["Date"] = format_datetime(dt.datetime.fromtimestamp(begun / 1000, dt.UTC))
        message["Message-ID"] = f"<digest-{reader.digest.account}-{begun}@{self._house.node}>"
        message["Auto-Submitted"] = "auto-generated"
        return message

    def _server(self) -> dict[str, Any]:
        settings = self._house.settings
        file = settings.mail_password_file
        password = Path(file).read_text("utf-8").strip() if file else os.environ.get(PASSWORD)
        return {
            "hostname": settings.mail_host,
            "port": settings.mail_port,
            "use_tls": settings.mail_tls == "tls",
            "start_tls": settings.mail_tls == "starttls",
            "tls_context": None if settings.mail_tls == "none" else ssl.create_default_context(),
            "username": settings.mail_user or None,
            "password": password if settings.mail_user else None,
            "local_hostname": urlsplit(self._house.url).hostname,
            "timeout": ANSWER_SECONDS,
        }


def _news(db: Any, reader: Reader, begun: int) -> list[notices.Notice]:
    """What the letter tells, and one line more when there is more."""
    return hiding.shown(db, reader.viewer, notices.unmailed(db, reader.viewer, until=begun, limit=MOST + 1))


async def _post(parcel: Parcel) -> None:
    """Hand a letter over. Returns once the server took it, whatever comes after."""
    client = aiosmtplib.SMTP(**parcel.server)
    try:
        async with asyncio.timeout(LETTER_SECONDS):
            await client.connect()
            await client.send_message(parcel.message)
        with suppress(*_THEIRS):
            await client.quit(timeout=QUIT_SECONDS)
    finally:
        client.close()
