"""Digests reach a real mail server on loopback, by a hand clock: when asked for, once, and only when there is news."""

from __future__ import annotations

import asyncio
import email
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from node.founding import Profile, found
from node.house import House, open_house
from node.mailing import Mailing
from protocol.limits import SALT
from store import accounts, digests
from store.publishing import Author, publish

PITCH = {
    "type": "pitch.open",
    "title": {"en": "A <b>lab</b>", "fr": "Un labo"},
    "why": {"en": "x"},
    "opportunity": "course",
}
WORD = {"type": "encourage", "text": {"en": "zqsecretwords"}}


class Inbox:
    """What the server took; ``answer`` is what it says to the next letters."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.letters.append(email.message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return self.answer


@asynccontextmanager
async def server(inbox: Inbox, **options: Any) -> AsyncIterator[int]:
    """A mail server on loopback; gives its port."""
    loop = asyncio.get_running_loop()
    made = await loop.create_server(lambda: SMTP(inbox, hostname="mail.test", **options), "127.0.0.1", 0)
    try:
        yield made.sockets[0].getsockname()[1]
    finally:
        made.close()
        await made.wait_closed()


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    file = tmp_path / "clock"
    file.write_text("2027-01-01T00:00:00Z")
    return file


@pytest.fixture
def house(tmp_path: Path, clock: Path) -> Iterator[House]:
    data = tmp_path / "node"
    found(data, Profile("City of Halifax", "CA-NS", "municipality", None, ("en", "fr")))
    with open_house(data, {}, clock_file=clock) as house:
        yield house


def say(house: House, author: Author, content: dict[str, Any]) -> str:
    own, salt = house.own, secrets.token_bytes(SALT)
    return str(
        house.store.database.write(lambda tx: publish(tx, own, author, content, salt=salt)).result().id
    )


def somebody(house: House, name: str, language: str) -> Author:
    account = house.store.database.write(
        lambda tx: accounts.add(tx, name, language=language, role="member")
    ).result()
    card = say(house, Author(account.id, None, "member"), {"type": "member.introduce", "name": name})
    return Author(account.id, card, "member")


@pytest.fixture
def news(house: House) -> tuple[Author, Author, str]:
    """The owner of a pitch, who reads French and wants a letter every day; a peer; the pitch."""
    owner, peer = somebody(house, "Analyste", "fr"), somebody(house, "Peer", "en")
    pitch = say(house, owner, PITCH)
    write = house.store.database.write
    write(lambda tx: digests.ask(tx, owner.account or 0, "daily", "analyste@example.ca")).result()
    say(house, peer, {**WORD, "on": pitch})
    return owner, peer, pitch


def mailing(house: House, port: int, **settings: Any) -> Mailing:
    named = {"mail_host": "127.0.0.1", "mail_port": port, "mail_tls": "none", "mail_from": "barn@example.ca"}
    house.settings = replace(house.settings, **(named | settings))
    return Mailing(house, SimpleNamespace(name={"en": "Halifax"}, jurisdiction="CA-NS", language="en"))  # type: ignore[arg-type]


async def at(clock: Path, moment: str, mail: Mailing) -> int:
    await asyncio.to_thread(clock.write_text, moment)
    return await mail.once()


async def test_a_letter_comes_when_it_is_due_and_there_is_news(house: House, clock: Path, news: Any) -> None:
    _, peer, pitch = news
    inbox = Inbox()
    async with server(inbox) as port:
        mail = mailing(house, port)
        assert await at(clock, "2027-01-01T23:59:00Z", mail) == 0, "not yet"
        assert await at(clock, "2027-01-02T00:00:01Z", mail) == 1
        assert await at(clock, "2027-01-02T00:01:00Z", mail) == 0, "once"
        assert await at(clock, "2027-01-03T00:01:00Z", mail) == 0, "nothing to say"
        await asyncio.to_thread(say, house, peer, {**WORD, "on": pitch})
        assert await at(clock, "2027-01-03T12:00:00Z", mail) == 0
        assert await at(clock, "2027-01-04T00:00:01Z", mail) == 1
    first, _ = inbox.letters
    assert (first["To"], first["From"]) == ("analyste@example.ca", "barn@example.ca")
    assert first["Subject"] == "Du nouveau pour vous sur Barnraise\u00a0: 1"
    text, html = (first.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    for part in (text, html):
        assert f"{house.url}/go/{pitch}?seen=yes" in part and "Un labo" in part
        assert f"{house.url}/settings/notifications" in part
        assert "Parce que c’est à vous." in part and "zqsecretwords" not in part
    assert f"<{house.url}/settings/notifications>" == first["List-Unsubscribe"]


async def test_what_was_read_is_no_news_and_an_ended_wish_sends_nothing(
    house: House, clock: Path, news: Any
) -> None:
    owner, _, _ = news
    inbox = Inbox()
    async with server(inbox) as port:
        mail = mailing(house, port)
        await asyncio.wrap_future(house.store.database.write(lambda tx: digests.end(tx, owner.account)))
        assert await at(clock, "2027-01-09T00:00:00Z", mail) == 0
    assert inbox.letters == []


async def test_a_crash_after_sending_sends_once_more_under_the_same_id(
    house: House, clock: Path, news: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox()
    async with server(inbox) as port:
        mail = mailing(house, port)

        async def crash(*_: Any) -> None:
            raise asyncio.CancelledError

        with monkeypatch.context() as patch:
            patch.setattr(mail, "_note", crash)
            with pytest.raises(asyncio.CancelledError):
                await at(clock, "2027-01-02T00:00:01Z", mail)
        assert await at(clock, "2027-01-02T00:02:00Z", mail) == 1
        assert await at(clock, "2027-01-02T00:03:00Z", mail) == 0
    first, again = inbox.letters
    assert first["Message-ID"] == again["Message-ID"]


async def test_a_server_that_is_away_or_refuses_is_asked_again_later(
    house: House, clock: Path, news: Any, caplog: pytest.LogCaptureFixture
) -> None:
    owner, _, _ = news
    inbox = Inbox()
    async with server(inbox) as port:
        pass
    mail = mailing(house, port)
    assert await at(clock, "2027-01-02T00:00:01Z", mail) == 0
    assert (await asyncio.to_thread(_wish, house, owner)).trouble == "no-answer"
    async with server(inbox) as port:
        mail = mailing(house, port)
        assert await at(clock, "2027-01-02T00:05:00Z", mail) == 0, "not before ten minutes"
        inbox.answer = "550 no such mailbox"
        assert await at(clock, "2027-01-02T00:10:02Z", mail) == 0
        assert (await asyncio.to_thread(_wish, house, owner)).trouble == "refused"
        inbox.answer = "250 OK"
        assert await at(clock, "2027-01-02T00:20:00Z", mail) == 0, "twenty minutes after the second"
        assert await at(clock, "2027-01-02T00:31:00Z", mail) == 1
    assert (await asyncio.to_thread(_wish, house, owner)).trouble is None
    assert "analyste@example.ca" not in caplog.text


def _wish(house: House, owner: Author) -> Any:
    return house.store.database.read(lambda db: digests.of(db, owner.account or 0)).result()


@pytest.mark.parametrize("kept", ["file", "environment"])
async def test_it_signs_in_with_a_password_that_is_never_logged(
    house: House,
    clock: Path,
    news: Any,
    tmp_path: Path,
    kept: str,
    caplog: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[tuple[bytes, bytes]] = []

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        tried.append((data.login, data.password))
        return AuthResult(success=True)

    where = {"mail_user": "barn"}
    if kept == "file":
        await asyncio.to_thread((tmp_path / "password").write_text, "zq-mail-password\n")
        where["mail_password_file"] = str(tmp_path / "password")
    else:
        monkeypatch.setenv("BARNRAISE_MAIL_PASSWORD", "zq-mail-password")
    async with server(Inbox(), authenticator=check, auth_required=True, auth_require_tls=False) as port:
        assert await at(clock, "2027-01-02T00:00:01Z", mailing(house, port, **where)) == 1
    assert tried == [(b"barn", b"zq-mail-password")]
    assert "zq-mail-password" not in caplog.text
