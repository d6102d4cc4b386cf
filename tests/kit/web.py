"""A node for page tests: a real store in a temporary folder behind the port, no sockets to peers, a hand clock.

    house = House.open(tmp_path)                    a node; its profile is published
    amira = house.member("Policy analyst")          an account with a card (Member)
    pitch = house.publish_now(amira, {...})         outside an event loop: Published
    async with visit(house) as site:                a test server and a client of it
        browser = site.browser(amira)               signed in, sends Origin like a browser; keeps cookies of its own
        program = site.program(amira)               a bearer token
        page = await browser.get("/pitches")        Answer: status, text, headers, json()
    house.carry(other)                              everything of ``house`` that ``other`` may have, as a peer would

Everything is made from small numbers, so every run makes the same bytes.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import ClientSession, ClientTimeout, CookieJar, FormData
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher

from protocol.crypto import Ed25519Signer, sha256
from protocol.frame_types import KeyringNotes, Want
from protocol.ids import Feed, NodeId
from protocol.keyring import incept
from protocol.scopes import SCOPES
from store import accounts, keyrings, signed_head, tokens
from store.database import Tx
from store.own import Own
from store.publishing import Author, Published, close_polls, publish, tally
from store.reading import feed_states
from store.store import SIGNED_HEAD, Store
from store.views.shapes import Viewer
from web.accounts import hash_secret
from web.app import create_app
from web.guards import host_of
from web.i18n import LANGUAGE_COOKIE, Language, catalogues
from web.port import OwnAddress, PeerAdded, PeerStatus
from web.render import Renderer
from web.topics import Hub, Subscription

LIGHT = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NOW = 1_797_854_400_000  # 2026-12-21T12:00:00Z
PASSWORD = "four unrelated brown words"
SECONDS = 20  # a test that waits longer has hung
DAY = 24 * 3600 * 1000


class Member(NamedTuple):
    """An account of a house; ``member`` is the id of its card, None without one."""

    account: int
    name: str
    member: str | None
    role: str

    @property
    def author(self) -> Author:
        return Author(self.account, self.member, self.role)


class House:
    """A node as its members' web sees it: implements ``web.port.Port``."""

    def __init__(
        self, store: Store, name: Mapping[str, str], jurisdiction: str, language: Language, url: str
    ) -> None:
        self.store = store
        self.node: NodeId = store.own.node
        self.name = name
        self.jurisdiction = jurisdiction
        self.language: Language = language
        self.url = url
        self.version = "0.1.0"
        self.shown_clock: str | None = None
        self.now = NOW
        self.healthy = True
        self.mails = False
        self.public = False
        self.proxies: tuple[str, ...] = ()
        self.hub = Hub()
        self.peer_list: list[PeerStatus] = []
        self.addresses: list[OwnAddress] = []
        self.invites: list[tuple[str | None, bool]] = []
        self.added: list[str] = []
        self.removed: list[NodeId] = []
        self.secrets = 0  # made for browsers and programs, over all visits
        self._made = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        number: int = 1,
        name: Mapping[str, str] | None = None,
        jurisdiction: str = "CA-BC",
        language: Language = "en",
        url: str = "http://localhost:7400",
        kind: str = "ministry",
        web: str | None = None,
    ) -> House:
        """A fresh node; houses of one test differ by ``number``. Its profile is published."""
        name = name or {"en": "Ministry of Citizens' Services", "fr": "Ministère des Services aux citoyens"}
        house = cls._of(folder / f"house-{number}", _own(number), name, jurisdiction, language, url)
        profile = {
            "type": "node.profile",
            "name": dict(name),
            "jurisdiction": jurisdiction,
            "kind": kind,
            "languages": ["en", "fr"],
        }
        house.publish_now(None, profile | ({"web": web} if web else {}))
        return house

    @classmethod
    def _of(cls, folder: Path, own: Own, *told: Any) -> House:
        clock = _Clock()
        store = Store.open(folder, own, clock)
        house = clock.house = cls(store, *told)
        store.database.on_commit = house._committed
        store.database.before_commit.insert(0, lambda tx: tally(tx, store.own, house.salt))
        store.database.before_commit.insert(0, lambda tx: close_polls(tx, store.own, house.salt))
        return house

    def copied(self, folder: Path) -> House:
        """This house, closed before, as it would be had it been made in ``folder``."""
        there = folder / self.store.folder.name
        shutil.copytree(self.store.folder, there)
        signed = signed_head.read(there / SIGNED_HEAD)
        assert signed is not None
        signed_head.write(
            there / SIGNED_HEAD, signed
        )  # the copy takes the place of a world that is not used again
        copy = self._of(there, self.store.own, self.name, self.jurisdiction, self.language, self.url)
        copy.now, copy.peer_list, copy._made = self.now, list(self.peer_list), self._made
        copy.addresses = list(self.addresses)
        return copy

    def close(self) -> None:
        self.store.close()

    # Port

    def clock(self) -> int:
        return self.now

    async def publish(
        self, author: Author, content: Mapping[str, Any], idempotency_key: str | None = None
    ) -> Published:
        return await asyncio.wrap_future(self._publish(author, content, idempotency_key))

    def peers(self) -> list[PeerStatus]:
        return self.peer_list

    async def invite_peer(self, at: str | None, tls: bool) -> str:
        self.invites.append((at, tls))
        return "barn-invite-code"

    async def add_peer(self, code: str) -> PeerAdded:
        self.added.append(code)
        return PeerAdded(self.node, None)

    async def remove_peer(self, node: NodeId) -> None:
        self.removed.append(node)

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset({host_of(self.url.partition("://")[2]) or "", "barn.example.org"})

    async def own_addresses(self) -> list[OwnAddress]:
        return self.addresses

    async def publish_address(self, address: str, publish: bool) -> None:
        self.addresses = [
            one._replace(published=publish, withheld=not publish) if one.address == address else one
            for one in self.addresses
        ]

    def subscribe(self, concerns: Callable[[str], bool]) -> Subscription:
        return self.hub.subscribe(concerns)

    def metrics(self) -> str:
        return "# TYPE barnraise_entries gauge\nbarnraise_entries 1\n"

    def health(self) -> Mapping[str, Any]:
        return {"healthy": self.healthy}

    # Arranging a test, outside an event loop

    def member(self, name: str, role: str = "member", *, card: bool = True, **fields: Any) -> Member:
        """An account; with ``card`` also its card, ``fields`` of which may be given."""
        account = self.write_now(lambda tx: accounts.add(tx, name, language="en", role=role))
        member = Member(account.id, name, None, role)
        if not card:
            return member
        made = self.publish_now(member, {"type": "member.introduce", "name": name, **fields})
        return member._replace(member=str(made.id))

    def publish_now(
        self, who: Member | None, content: Mapping[str, Any], key: str | None = None
    ) -> Published:
        """Publish and wait; ``who`` None is the node itself."""
        author = who.author if who else Author(None, None, "operator")
        return self._publish(author, content, key).result()

    def write_now(self, change: Any) -> Any:
        """Run a job in the writer and wait."""
        return self.store.database.write(change).result()

    def read_now(self, query: Any, *args: Any, **named: Any) -> Any:
        """Run a query in a reader and wait."""
        return self.store.database.read(lambda db: query(db, *args, **named)).result()

    def link(
        self, secret: str, kind: str = "member-invite", *, role: str = "member", account: int | None = None
    ) -> str:
        """The path of a one-time link."""
        expires = self.now + 7 * DAY
        self.write_now(
            lambda tx: accounts.add_link(
                tx, hash_secret(secret), kind, expires=expires, role=role, account=account
            )
        )
        return f"/join/{secret}"

    def carry(self, other: House) -> None:
        """Give another house all it may have of this one's log, as a peer would."""
        feeds: dict[Feed, Any] = self.read_now(feed_states)
        for feed, state in feeds.items():
            notes = self.read_now(keyrings.notes_of, feed.node)
            other.store.receive(KeyringNotes(feed.node, notes), self.node).result()
            held = other.read_now(feed_states).get(feed)
            start = held.size if held else 0
            request: Any = Want(feed, start, state.size) if start < state.size else None
            while request is not None:
                frames, request = self.store.answer(request, other.node).result()
                for frame in frames:
                    other.store.receive(frame, self.node).result()

    def viewer(self, who: Member | None) -> Viewer:
        """Who looks, for queries."""
        return (
            Viewer(who.account, who.member, self.node, who.role)
            if who
            else Viewer(None, None, self.node, "guest")
        )

    def later(self, milliseconds: int) -> None:
        """Move the hand clock."""
        self.now += milliseconds

    def listen(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Hand topics of commits to the pages of this loop."""
        self._loop = loop

    def salt(self) -> bytes:
        """16 bytes no other record of this house has."""
        self._made += 1
        return sha256(b"salt %d" % self._made)[:16]

    def _publish(self, author: Author, content: Mapping[str, Any], key: str | None) -> Any:
        salt = self.salt()
        return self.store.database.write(
            lambda tx: publish(tx, self.store.own, author, dict(content), salt=salt, idempotency_key=key)
        )

    def _committed(self, _events: list[object], topics: set[str]) -> None:
        if self._loop is not None and topics:
            self._loop.call_soon_threadsafe(self.hub.announce, frozenset(topics))


class _Clock:
    """The hand clock of a house, there before the house is."""

    house: House | None = None

    def __call__(self) -> int:
        return self.house.now if self.house else NOW


def _own(number: int) -> Own:
    signer = Ed25519Signer.from_seed(sha256(b"house %d feed" % number))
    others = [Ed25519Signer.from_seed(sha256(b"house %d key %d" % (number, n))).public for n in range(4)]
    keyring = incept(signer, others[0], 2, others[1:])
    return Own(keyring.node, Feed(keyring.node, 0), signer, keyring)


# ── visiting it ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, read whole."""

    status: int
    text: str
    body: bytes
    headers: Mapping[str, str]
    url: str

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


class Browser:
    """A client with cookies of its own (or a token) that follows no redirect by itself."""

    def __init__(self, base: str, session: ClientSession, headers: Mapping[str, str]) -> None:
        self.base = base
        self.session = session
        self.headers = headers

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        headers = {**self.headers, **options.pop("headers", {})}
        sent = {name: value for name, value in headers.items() if value is not None}
        async with self.session.request(
            method, self.base + path, allow_redirects=False, headers=sent, **options
        ) as response:
            body = await response.read()
            return Answer(response.status, body.decode("utf-8", "replace"), body, response.headers, path)

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.ask("GET", path, **options)

    async def post(self, path: str, data: Any = None, **options: Any) -> Answer:
        """Post a form (a mapping, pairs, or FormData with files) or, with ``json=``, a JSON body."""
        if isinstance(data, Mapping):
            data = FormData([(name, value) for name, value in data.items()])
        return await self.ask("POST", path, data=data, **options)

    async def follow(self, answer: Answer) -> Answer:
        """The page a redirect leads to; a page itself stays."""
        while answer.status in (302, 303):
            answer = await self.get(answer.location)
        return answer


class Site:
    """A running application of a house."""

    def __init__(self, house: House, server: TestServer) -> None:
        self.house = house
        self.server = server
        self.base = str(server.make_url("")).rstrip("/")
        self._sessions: list[ClientSession] = []

    async def browser(self, who: Member | None = None, *, language: Language | None = None) -> Browser:
        """A browser, signed in as ``who``; None: nobody. ``language`` is chosen in it, else the account's counts."""
        cookies: dict[str, str] = {LANGUAGE_COOKIE: language} if language else {}
        if who is not None:
            secret = self._secret()
            expires = self.house.now + 30 * DAY

            def begin(tx: Tx) -> None:
                accounts.begin_session(tx, who.account, hash_secret(secret), expires=expires, agent="a test")

            await asyncio.wrap_future(self.house.store.database.write(begin))
            cookies[f"barnraise-{self.house.node}"] = secret
        origin = {"Origin": self.base, "Sec-Fetch-Site": "same-origin", "Accept-Language": language or "en"}
        return self._client(origin, cookies)

    async def program(self, who: Member, scopes: Sequence[str] = SCOPES) -> Browser:
        """A program with a token of ``who``, by default one that may do everything a token may."""
        secret = self._secret()

        def add(tx: Tx) -> None:
            tokens.add(tx, who.account, hash_secret(secret), "a test", scopes=scopes)

        await asyncio.wrap_future(self.house.store.database.write(add))
        return self._client({"Authorization": f"Bearer {secret}", "Accept-Language": "en"}, {})

    def stranger(self, **headers: str) -> Browser:
        """A client that sends nothing by itself."""
        return self._client(headers, {})

    def _client(self, headers: Mapping[str, str], cookies: dict[str, str]) -> Browser:
        session = ClientSession(cookie_jar=CookieJar(unsafe=True), timeout=ClientTimeout(SECONDS))
        if cookies:
            session.cookie_jar.update_cookies(cookies, self.server.make_url("/"))
        self._sessions.append(session)
        return Browser(self.base, session, headers)

    def _secret(self) -> str:
        self.house.secrets += 1
        return f"secret-{self.house.secrets}"

    async def close(self) -> None:
        for session in self._sessions:
            await session.close()


@cache
def renderer() -> Renderer:
    """Templates compiled once for all tests."""
    return Renderer(catalogues())


@asynccontextmanager
async def visit(house: House, render: Renderer | None = None) -> AsyncIterator[Site]:
    """The application of a house on a loopback port, for the time of the block; ``render``: pages told another way."""
    house.listen(asyncio.get_running_loop())
    house.hub = Hub()
    app = await asyncio.to_thread(lambda: create_app(house, hasher=LIGHT, renderer=render or renderer()))
    server = TestServer(app)
    await server.start_server()
    site = Site(house, server)
    try:
        yield site
    finally:
        house.hub.close()
        await site.close()
        await server.close()
        house.listen(None)
