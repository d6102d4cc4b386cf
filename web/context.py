"""One request, as a handler sees it: who asks, in which language, at what moment, and the ways to answer.

Law: a handler gets a Context and returns a response; it reads through ``read``, changes through ``write`` or
``publish``, and waits for nothing else. The store's work runs in the store's own threads, never on the loop.
Source: QUALITY "Style" 15, WEB head.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from aiohttp import web
from argon2 import PasswordHasher

from protocol.errors import Refused
from protocol.roles import DESK
from store.accounts import Account
from store.database import Tx
from store.publishing import Author, Published, Queued
from store.views import hiding
from store.views.care import Around
from store.views.shapes import Viewer
from web.bodies import understood
from web.challenges import Challenges
from web.formats import Formats
from web.forms import Form, Posted
from web.guards import bearer_token, cookie_name, safe_target
from web.i18n import LANGUAGE_COOKIE, N_, Language, Message, Text, negotiate
from web.kept import KeptDigest, KeptFigures
from web.port import Port
from web.render import Page, Renderer
from web.throttle import Throttle
from web.topics import Subscription

P = ParamSpec("P")
T = TypeVar("T")

SAID_COOKIE: Final = "barnraise-said"
SAID: Final[Mapping[str, str]] = {
    "published": N_("Published."),
    "saved": N_("Saved."),
    "draft-saved": N_("Your draft is saved on this node. Nobody else sees it."),
    "pledged": N_("Your pledge is made."),
    "withdrawn": N_("Withdrawn."),
    "revised": N_("Revised. The pitcher accepts it anew."),
    "released": N_("Released."),
    "accepted": N_("Pledge accepted."),
    "declined": N_("Pledge declined."),
    "fulfilled": N_("Noted as fulfilled."),
    "confirmed": N_("Confirmed."),
    "commented": N_("Your comment is published."),
    "thanked": N_("Your thanks are published."),
    "card-published": N_("Your card is published. Welcome."),
    "signed-out": N_("You are signed out."),
    "password-changed": N_("Your password is changed. Your other sessions are signed out."),
    "revoked": N_("Revoked."),
    "proved": N_("Confirmed. For ten minutes you can add a passkey or set a password."),
    "passkey-added": N_("Your passkey is added. It signs you in here from now on."),
    "passkey-removed": N_("The passkey is removed. You may also take it off your device."),
    "moved": N_("Your move is published."),
    "retired": N_("Your card is retired."),
    "guest-ended": N_("The guest’s place is ended."),
    "guest-answered": N_("Answered. Who asked sees it on the page they were given."),
    "asked": N_("Your request is on its way."),
    "invited": N_("The invitation is made."),
    "added": N_("Added."),
    "removed": N_("Removed."),
    "address-chosen": N_("The profile of this node says so from now on."),
    "joined": N_("You are in the circle."),
    "left": N_("You have left the circle."),
    "answered": N_("Your answer is published."),
    "unchanged": N_("Nothing was changed, so nothing was published."),
    "voted": N_("Your ballot is cast. Until the poll closes you can cast another; the last one counts."),
    "shared": N_("Said: you have this issue too."),
    "offer-closed": N_("The offer is closed."),
    "reported": N_("Your report is with the stewards. They answer within seven days."),
    "appealed": N_("Your request is with the stewards."),
    "hidden": N_("It is hidden here, and the report is answered."),
    "kept": N_("It stays, and the report is answered."),
    "shown-again": N_("It is shown here again."),
    "labelled": N_("The label is published."),
    "policy-published": N_("The rules are published. Pitches opened from now on follow them."),
    "sent": N_("Sent. Only the two of you can read it."),
    "read": N_("Marked as read."),
    "muted": N_("You hear no more of it. In your settings you can undo that."),
    "unmuted": N_("You hear of it again."),
}
"""What a page may say once after a redirect: the cookie carries the word, never a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What all requests of one application share."""

    port: Port
    renderer: Renderer
    hasher: PasswordHasher
    workers: ThreadPoolExecutor  # password hashing and files: slow work of ours that is not the store's
    throttle: Throttle
    challenges: Challenges
    figures: KeptFigures
    digest: KeptDigest
    sending: Counter[int | None]  # files on their way, by account
    places: tuple[str, ...]
    footer: tuple[str, ...]
    secure: bool
    streams: dict[Subscription, int | None]  # open live streams and whose: closed before the node stops

    @property
    def cookie(self) -> str:
        """Name of the session cookie."""
        return cookie_name(self.port.node, secure=self.secure)

    @property
    def device_cookie(self) -> str:
        """Name of the cookie by which a browser that signed in before is known; it lets nobody in."""
        return f"barnraise-device-{self.port.node}"


SITE: Final = web.AppKey("site", Site)


@dataclass(slots=True, kw_only=True)
class Context:
    """One request.

    ``account`` is None for who is not signed in; ``viewer`` is what queries are asked for; ``said`` the word of SAID
    to show once; ``now`` milliseconds since 1970, the same through the whole request; ``waiting`` how many
    things wait on the member, ``news`` how many notices are unread; ``scopes`` what the token sent may do; ``around``
    what stands around the object the address names, on its page; ``queued`` what was said and waits to be signed.
    """

    request: web.Request
    site: Site
    account: Account | None
    viewer: Viewer
    language: Language
    now: int
    said: str | None = None
    by_token: bool = False
    scopes: tuple[str, ...] = ()
    session: bytes | None = None
    waiting: int = 0
    news: int = 0
    around: Around | None = None
    queued: Queued | None = None

    # What came in

    @property
    def port(self) -> Port:
        return self.site.port

    @property
    def query(self) -> Mapping[str, str]:
        """The query, first value of each name."""
        return self.request.query

    def id(self, name: str = "id") -> str:
        """A part of the path."""
        return self.request.match_info[name]

    def negotiated(self, chosen: str | None) -> Language:
        """The reader's language when her account says ``chosen``."""
        return _language_of(self.request, self.site, chosen)

    def in_language(self, language: Language) -> Context:
        """The same request answered in another language: the switch inside a form."""
        return replace(self, language=language)

    @property
    def here(self) -> str:
        """Path and query to come back to after a detour; the home page after a POST."""
        return self.request.path_qs if self.request.method in ("GET", "HEAD") else "/"

    @property
    def programmatic(self) -> bool:
        """Whether a program asks: errors are problem+json and nobody is sent to another page."""
        return self.by_token or self.request.path.startswith("/api/")

    async def form(self) -> Form:
        """The posted form, files left out (``web.uploads`` reads those). Refused ``form`` for what cannot be read."""
        with understood():
            posted = await self.request.post()
        return Form.posted(cast(Posted, posted))

    @property
    def author(self) -> Author:
        """Who publishes. Refused ``card-missing`` without a published card."""
        if self.account is None or self.account.member is None:
            raise Refused("card-missing")
        return Author(self.account.id, self.account.member, self.account.role)

    # Work

    async def read(
        self, query: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **named: P.kwargs
    ) -> T:
        """``query(db, …)`` in a reader of the store, without what stewards here hide from this reader."""
        viewer = self.viewer
        work = self.port.store.database.read(lambda db: hiding.shown(db, viewer, query(db, *args, **named)))
        return await asyncio.wrap_future(work)

    async def write(self, change: Callable[Concatenate[Tx, P], T], *args: P.args, **named: P.kwargs) -> T:
        """``change(tx, …)`` in the writer of the store; durable when it returns."""
        work = self.port.store.database.write(lambda tx: change(tx, *args, **named))
        return await asyncio.wrap_future(work)

    async def work(self, job: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """A slow job that is not the store's, in a worker thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.site.workers, lambda: job(*args, **named))

    async def publish(self, content: Mapping[str, Any], key: str | None = None) -> Published | Queued:
        """Publish as the member who asks; see Port.publish.

        What waits to be signed is noted in ``queued``: the answer of the request then leads to the page about it.
        """
        return await self.publish_as(self.author, content, key)

    async def publish_as(
        self, author: Author, content: Mapping[str, Any], key: str | None = None
    ) -> Published | Queued:
        """The same for an author whose card is not published yet."""
        made = await self.port.publish(author, content, key)
        if isinstance(made, Queued):
            self.queued = made
        return made

    # Answers

    def page(self, template: str, *, status: int = 200, **values: object) -> web.Response:
        """A page. Templates also see ``said`` (a Message or None), ``viewer``, ``account``, ``around`` and ``now``."""
        said = Message(SAID[self.said]) if self.said is not None and self.said in SAID else None
        html = self.site.renderer.render(
            self.frame(),
            template,
            **{
                "said": said,
                "viewer": self.viewer,
                "account": self.account,
                "now": self.now,
                "around": self.around,
            }
            | values,
        )
        response = web.Response(text=html, status=status, content_type="text/html")
        if self.said:
            response.del_cookie(SAID_COOKIE, path="/")
        return response

    def frame(self) -> Page:
        """What the frame around every page knows."""
        port = self.port
        return Page(
            language=self.language,
            now=dt.datetime.fromtimestamp(self.now / 1000, dt.UTC),
            path=self.request.path_qs,
            organisation=port.name,
            jurisdiction=port.jurisdiction,
            places=self.site.places,
            footer=self._footer,
            member=self.account.name if self.account else None,
            waiting=self.waiting,
            news=self.news,
            inbox=f"inbox:{self.viewer.member}" if self.viewer.member else "",
            show_clock=port.shown_clock is not None,
        )

    @property
    def _footer(self) -> tuple[str, ...]:
        """Places are named to those they open for: the desk to who keeps the node, one's own to who is signed in."""
        closed = set() if self.viewer.role in DESK else {"desk"}
        closed |= set() if self.account else {"mine", "notifications", "settings"}
        return tuple(place for place in self.site.footer if place not in closed)

    def redirect(self, path: str, said: str | None = None) -> web.Response:
        """See other, after something was done; ``said`` is a word of SAID."""
        response = web.Response(status=303, headers={"Location": safe_target(path)})
        if said is not None:
            if said not in SAID:
                raise LookupError(said)
            response.set_cookie(SAID_COOKIE, said, path="/", max_age=60, httponly=True, samesite="Lax")
        return response

    def to_sign_in(self) -> web.Response:
        """Where who is not signed in goes first; comes back here afterwards."""
        return self.redirect(f"/sign-in?{urlencode({'to': self.here})}")

    def plain(self, text: Text | str) -> str:
        """The reader's language of a text, for answers that are not pages."""
        return self.site.renderer.formats(self.frame()).plain(text)

    def say(self, message: Message) -> str:
        """A sentence in the reader's language."""
        return self.formats.say(message)

    @property
    def formats(self) -> Formats:
        """How values are told in the reader's language."""
        return self.site.renderer.formats(self.frame())


CONTEXT: Final = web.RequestKey("context", Context)
Handler = Callable[[Context], Awaitable[web.StreamResponse]]


def anonymous(request: web.Request) -> Context:
    """The context of who has not (yet) been recognised."""
    site = request.app[SITE]
    return Context(
        request=request,
        site=site,
        account=None,
        viewer=Viewer(None, None, site.port.node, "guest"),
        language=_language_of(request, site, None),
        now=site.port.clock(),
        said=request.cookies.get(SAID_COOKIE),
        by_token=bearer_token(request.headers) is not None,
    )


def _language_of(request: web.Request, site: Site, chosen: str | None) -> Language:
    """The reader's language: chosen here, else by her account, else by her browser, else the node's."""
    cookie = request.cookies.get(LANGUAGE_COOKIE)
    return negotiate(cookie, chosen, request.headers.get("Accept-Language"), site.port.language)
