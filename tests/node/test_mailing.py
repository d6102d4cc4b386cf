"""Digests reach a real mail server on loopback, by a hand clock: when asked for, once, and only when there is news."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import secrets
import ssl
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
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from node import mailing as module
from node.founding import Profile, found
from node.house import House, open_house
from node.mailing import Mailing
from protocol.limits import SALT
from store import accounts, digests, hides
from store.publishing import Author, publish

PITCH = {
    "type": "pitch.open",
    "title": {"en": "A <b>lab</b>", "fr": "Un labo"},
    "why": {"en": "x"},
    "opportunity": "course",
}
KEY = "a-key-of-forty-three-characters------------"
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
async def server(inbox: Inbox, kind: type[SMTP] = SMTP, **options: Any) -> AsyncIterator[int]:
    """A mail server on loopback; gives its port."""
    loop = asyncio.get_running_loop()
    made = await loop.create_server(lambda: kind(inbox, hostname="mail.test", **options), "127.0.0.1", 0)
    try:
        yield made.sockets[0].getsockname()[1]
    finally:
        made.close()
        await made.wait_closed()


def certified(folder: Path) -> ssl.SSLContext:
    """A server's half of TLS for ``localhost``; its certificate lies in ``cert.pem``."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + dt.timedelta(days=1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(*form))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


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
    write(lambda tx: digests.ask(tx, owner.account or 0, "daily", "analyste@example.ca", KEY)).result()
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
    assert first["To"] == "analyste@example.ca"
    assert first["From"].addresses[0].addr_spec == "barn@example.ca"
    assert first["From"].addresses[0].display_name == "Barnraise · Halifax"
    assert first["Subject"] == "Barnraise\u00a0: du nouveau pour vous (1)"
    assert first["Content-Language"] == "fr"
    text, html = (first.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    for part in (text, html):
        assert f"{house.url}/go/{pitch}?seen=yes" in part and "Un labo" in part
        assert f"{house.url}/settings/notifications" in part
        assert "Parce que c’est à vous." in part and "zqsecretwords" not in part
    assert first["List-Unsubscribe"].strip() == f"<{house.url}/letters/{KEY}>"
    assert first["List-Unsubscribe-Post"] is None, "only over https"


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


async def test_a_server_that_is_slow_after_it_took_the_letter_gets_it_once(
    house: House, clock: Path, news: Any
) -> None:
    class Sulky(SMTP):
        async def smtp_QUIT(self, _arg: str) -> None:  # noqa: N802 - aiosmtpd's name
            self.transport.abort()  # type: ignore[union-attr]

    inbox = Inbox()
    async with server(inbox, kind=Sulky) as port:
        mail = mailing(house, port)
        assert await at(clock, "2027-01-02T00:00:01Z", mail) == 1
        assert await at(clock, "2027-01-02T06:00:00Z", mail) == 0
    assert len(inbox.letters) == 1


async def test_a_server_that_never_answers_is_left_and_the_same_letter_goes_later(
    house: House, clock: Path, news: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, peer, pitch = news
    monkeypatch.setattr(module, "LETTER_SECONDS", 0.05)
    mute, inbox = asyncio.Event(), Inbox()

    async def listen(_: Any, writer: asyncio.StreamWriter) -> None:
        await mute.wait()
        writer.close()

    quiet = await asyncio.start_server(listen, "127.0.0.1", 0)
    try:
        assert await at(clock, "2027-01-02T00:00:01Z", mailing(house, quiet.sockets[0].getsockname()[1])) == 0
    finally:
        mute.set()
        quiet.close()
        await quiet.wait_closed()
    wish = await asyncio.to_thread(_wish, house, owner)
    assert (wish.trouble, wish.tries) == ("no-answer", 1)
    monkeypatch.undo()
    await asyncio.to_thread(clock.write_text, "2027-01-02T00:05:00Z")
    await asyncio.to_thread(say, house, peer, {**WORD, "on": pitch})
    async with server(inbox) as port:
        assert await at(clock, "2027-01-02T01:00:00Z", mailing(house, port)) == 1
        assert await at(clock, "2027-01-03T02:00:00Z", mailing(house, port)) == 1
    (first, second) = inbox.letters
    assert first["Message-ID"] == f"<digest-{owner.account}-{wish.letter}@{house.node}>"
    assert [str(one["Subject"])[-3:] for one in (first, second)] == ["(1)", "(1)"], "what came later waits"


async def test_what_only_some_may_read_is_not_repeated_in_a_letter(
    house: House, clock: Path, news: Any
) -> None:
    _, peer, pitch = news
    private = {**WORD, "type": "comment", "on": pitch, "audience": [str(house.node)]}
    await asyncio.to_thread(say, house, peer, private)
    inbox = Inbox()
    async with server(inbox) as port:
        assert await at(clock, "2027-01-02T00:00:01Z", mailing(house, port)) == 1
    for kind in ("plain", "html"):
        text = inbox.letters[0].get_body((kind,)).get_content()  # type: ignore[union-attr]
        assert text.count("Peer") == text.count("Un labo") == 1, "of the open one alone"
        assert "Entre vous et d’autres" in text and "zqsecretwords" not in text


async def test_what_is_hidden_here_is_in_no_letter(house: House, clock: Path, news: Any) -> None:
    owner, peer, _ = news
    other = await asyncio.to_thread(say, house, peer, {**PITCH, "title": {"fr": "zqhiddentitle"}})
    asked = await asyncio.to_thread(say, house, owner, {"type": "comment", "on": other, "text": {"en": "?"}})
    answer = {"type": "comment", "on": other, "text": {"en": "!"}, "reply_to": asked}
    await asyncio.to_thread(say, house, peer, answer)
    why = hides.Why("other", "", peer.account or 0)
    await asyncio.wrap_future(house.store.database.write(lambda tx: hides.hide(tx, other, peer.member, why)))
    inbox = Inbox()
    async with server(inbox) as port:
        assert await at(clock, "2027-01-02T00:00:01Z", mailing(house, port)) == 1
    (letter,) = inbox.letters
    assert "zqhiddentitle" not in letter.as_string() and "(2)" in str(letter["Subject"])


async def test_a_long_letter_tells_the_newest_and_says_so(
    house: House, clock: Path, news: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, peer, pitch = news
    await asyncio.to_thread(say, house, peer, {**WORD, "on": pitch})
    monkeypatch.setattr(module, "MOST", 1)
    inbox = Inbox()
    async with server(inbox) as port:
        mail = mailing(house, port)
        assert await at(clock, "2027-01-02T00:00:01Z", mail) == 1
        assert await at(clock, "2027-01-03T00:00:01Z", mail) == 0, "old news is none"
    assert "il y en a d’autres" in inbox.letters[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.fixture
def proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Options of a server that proves its name; this machine believes it."""
    context = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    return {"tls_context": context, "require_starttls": True}


TLS = {"mail_host": "localhost", "mail_tls": "starttls"}


async def test_over_tls_a_letter_says_how_mail_programs_end_it(
    house: House, clock: Path, news: Any, proof: dict[str, Any]
) -> None:
    house.url = "https://barn.example.ca"
    inbox = Inbox()
    async with server(inbox, **proof) as port:
        assert await at(clock, "2027-01-02T00:00:01Z", mailing(house, port, **TLS)) == 1
    assert inbox.letters[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_nothing_is_handed_to_a_server_that_cannot_prove_its_name(
    house: House, clock: Path, news: Any, proof: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    inbox, guard = Inbox(), Guard()
    async with server(inbox, authenticator=guard, **proof) as port:
        mail = mailing(house, port, **TLS, mail_user="barn")
        monkeypatch.setenv("BARNRAISE_MAIL_PASSWORD", Guard.password)
        assert await at(clock, "2027-01-02T00:00:01Z", mail) == 0
    assert (inbox.letters, guard.tried) == ([], [])


class Guard:
    """Lets one name in and keeps what was tried."""

    password = "zq-mail-password"

    def __init__(self) -> None:
        self.tried: list[tuple[bytes, bytes]] = []

    def __call__(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        self.tried.append((data.login, data.password))
        return AuthResult(success=data.password == self.password.encode(), handled=False)


@pytest.mark.parametrize("kept", ["file", "environment"])
async def test_it_signs_in_with_a_password_that_is_never_logged(  # noqa: PLR0917 - fixtures
    house: House,
    clock: Path,
    news: Any,
    proof: dict[str, Any],
    tmp_path: Path,
    kept: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level("DEBUG")
    file, guard = tmp_path / "password", Guard()

    async def keep(password: str) -> None:
        monkeypatch.setenv("BARNRAISE_MAIL_PASSWORD", password)
        await asyncio.to_thread(file.write_text, f"{password}\n")

    where = {"mail_user": "barn"} | ({"mail_password_file": str(file)} if kept == "file" else {})
    async with server(Inbox(), authenticator=guard, auth_required=True, **proof) as port:
        mail = mailing(house, port, **TLS, **where)
        assert await at(clock, "2027-01-02T00:00:01Z", mail) == 0, "there is none yet"
        await keep("zq-wrong-password")
        assert await at(clock, "2027-01-02T01:00:00Z", mail) == 0, "the server says no"
        await keep(Guard.password)
        assert await at(clock, "2027-01-02T06:00:00Z", mail) == 1
    assert guard.tried[-1] == (b"barn", b"zq-mail-password")
    ours = [one for one in caplog.records if one.name.startswith(("node", "aiosmtplib"))]
    said = "".join(f"{one.getMessage()} {one.__dict__}" for one in ours)
    assert "mail-server-away" in said and "zq-" not in said and "analyste@example.ca" not in said
