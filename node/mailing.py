"""Digests leave for the mail server the operator named, when they are due by the node's clock.

Law: nothing is sent unless a member asked and there is something to say. What was said is marked after the server took
it; a crash in between sends it once more under the same ``Message-ID``. Neither an address nor a password is ever
logged. Source: docs/spec/notices.md, OPERATIONS "Real parts".
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import sqlite3
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import aiosmtplib

from node.house import House
from node.logs import event
from protocol.errors import BarnraiseError
from store import digests, notices
from store.database import Tx
from store.digests import Reader
from store.notices import Notice, Row
from web.digest import Letter, Sender, compose
from web.i18n import Language, catalogues, is_language
from web.port import Port
from web.render import Renderer

T = TypeVar("T")

LOOK_SECONDS: Final = 60.0
SEND_SECONDS: Final = 30.0  # a server that takes longer is away
MOST: Final = 50  # lines of one letter
PASSWORD: Final = "BARNRAISE_MAIL_PASSWORD"  # noqa: S105 - the name of a variable
_log: Final = logging.getLogger(__name__)


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
            except (BarnraiseError, sqlite3.Error) as error:
                event(_log, logging.WARNING, "mailing-failed", why=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def once(self) -> int:
        """Send what is due now; how many letters the server took."""
        house, sent = self._house, 0
        for reader in await self._read(lambda db: digests.due(db, house.node, house.clock.ms())):
            found = await self._read(lambda db, reader=reader: notices.unmailed(db, reader.viewer, MOST))
            trouble = await self._hand_over(reader, [line for _, line in found]) if found else None
            await self._note(reader, [row for row, _ in found], trouble)
            if trouble == "no-answer":  # nor will it answer for the next one
                break
            sent += bool(found) and trouble is None
        return sent

    async def _note(self, reader: Reader, rows: list[Row], trouble: str | None) -> None:
        def note(tx: Tx) -> None:
            if trouble is None:
                digests.sent(tx, reader.digest, rows)
            else:
                digests.failed(tx, reader.digest, trouble)

        await asyncio.wrap_future(self._house.store.database.write(note))

    async def _read(self, query: Callable[..., T]) -> T:
        return await asyncio.wrap_future(self._house.store.database.read(query))

    async def _hand_over(self, reader: Reader, lines: list[Notice]) -> str | None:
        """None once the server took it, else a word for why not."""
        letter, password = await asyncio.to_thread(self._prepare, reader, lines)
        try:
            await aiosmtplib.send(self._message(reader, letter), **self._server(password))
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as error:
            event(_log, logging.WARNING, "mail-refused", why=type(error).__name__)
            return "refused"
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            event(_log, logging.WARNING, "mail-server-away", why=type(error).__name__)
            return "no-answer"
        return None

    def _prepare(self, reader: Reader, lines: list[Notice]) -> tuple[Letter, str | None]:
        """In a thread: templates and the password are files."""
        self._renderer = self._renderer or Renderer(catalogues())
        language: Language = reader.language if is_language(reader.language) else self._port.language
        sender = Sender(self._port.name, self._port.jurisdiction, self._house.url)
        letter = compose(self._renderer, sender, reader.name, language, lines, now=self._house.clock.ms())
        file = self._house.settings.mail_password_file
        password = Path(file).read_text("utf-8").strip() if file else os.environ.get(PASSWORD)
        return letter, password

    def _server(self, password: str | None) -> dict[str, Any]:
        settings = self._house.settings
        return {
            "hostname": settings.mail_host,
            "port": settings.mail_port,
            "use_tls": settings.mail_tls == "tls",
            "start_tls": settings.mail_tls == "starttls",
            "username": settings.mail_user or None,
            "password": password if settings.mail_user else None,
            "local_hostname": urlsplit(self._house.url).hostname,
            "timeout": SEND_SECONDS,
        }

    def _message(self, reader: Reader, letter: Letter) -> EmailMessage:
        node, digest = self._house.node, reader.digest
        message = EmailMessage()
        message["Subject"] = letter.subject
        message["From"] = self._house.settings.mail_from or f"barnraise@{self._house.settings.mail_host}"
        message["To"] = digest.address
        message["Date"] = format_datetime(dt.datetime.fromtimestamp(self._house.clock.ms() / 1000, dt.UTC))
        message["Message-ID"] = f"<digest-{digest.account}-{digest.due}@{node}.barnraise>"
        message["Auto-Submitted"] = "auto-generated"
        message["List-Unsubscribe"] = f"<{letter.settings}>"
        message["Content-Language"] = reader.language
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message
