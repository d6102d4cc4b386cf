"""The members' web as one aiohttp application.

Law: every answer, also every error, leaves through here: identified, guarded, with its security headers, in the
reader's language. A request is looked at in this order: origin, who asks, what the token allows, what the role allows,
the handler; what a handler raises becomes a page for people and problem+json (RFC 9457) under ``/api/``.
Source: WEB head, QUALITY "Threats".
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlencode

from aiohttp import web
from argon2 import PasswordHasher

from protocol.errors import Refused, RemoteError
from protocol.records import Problem
from protocol.roles import DESK
from store import account_steps, notices
from store.database import TooSlow
from store.views import care, obligations
from store.views.shapes import ImpactFilters
from web.access import Access, Route
from web.accounts import by_feed_key, identify, nobody
from web.challenges import Challenges
from web.context import CONTEXT, SITE, Context, Handler, Site, anonymous
from web.guards import NO_STORE, host_allowed, origin_allowed, security_headers
from web.i18n import catalogues
from web.kept import KeptDigest, KeptFigures
from web.pages import guides, static
from web.port import Port
from web.problems import error_answer, is_unready, problems_of, status_of
from web.render import HREFS, Renderer
from web.routes import ROUTES
from web.seats import has_seat
from web.throttle import Throttle

LOG: Final = logging.getLogger(__name__)
MAX_FORM: Final = 1024 * 1024  # a form or a record; files stream past this limit
HANDLER_SECONDS: Final = 60  # reading a body and making the answer; streams and files are exempt
SEND_SECONDS: Final = 60  # taking a page
LIVE: Final = "/live"
ANY_NAME: Final = frozenset(
    {"/healthz", "/readyz", "/metrics"}
)  # no content; figures look at the name themselves
MAX_ADDRESS: Final = (
    64 * 1024
)  # bytes of a request's first line: what is longer the HTTP parser refuses by itself
WORKERS: Final = 3  # password hashing takes 64 MiB each: bounded by this
PLACES: Final = ("home", "pitches", "library", "circles", "events")
FOOTER: Final = (
    *("mine", "notifications", "people", "network", "impact", "search", "help", "about"),
    *("accessibility", "privacy", "settings", "desk", "api"),
)
HEADERS: Final = security_headers()


def create_app(
    port: Port, *, hasher: PasswordHasher | None = None, renderer: Renderer | None = None
) -> web.Application:
    """The application of a node's members; reads its files here, so call it before the event loop or in a thread.

    ``hasher`` sets the cost of passwords, ``renderer`` shares compiled templates (tests give both).
    """
    static.load()
    guides.load()
    app = web.Application(client_max_size=MAX_FORM, middlewares=[_answer_errors])
    existing = {route.path for route in ROUTES}
    app[SITE] = Site(
        port=port,
        renderer=renderer or Renderer(catalogues()),
        hasher=hasher or PasswordHasher(),
        workers=ThreadPoolExecutor(WORKERS, thread_name_prefix="web"),
        throttle=Throttle(),
        challenges=Challenges(),
        figures=KeptFigures(port),
        digest=KeptDigest(port),
        sending=Counter(),
        places=tuple(place for place in PLACES if HREFS[place] in existing),
        footer=tuple(place for place in FOOTER if HREFS[place] in existing),
        secure=port.url.startswith("https://"),
        streams={},
    )
    for route in ROUTES:
        _add(app, route)
    app.on_response_prepare.append(_set_headers)
    app.on_startup.append(_prepare)
    app.on_shutdown.append(_end_streams)
    app.on_cleanup.append(_stop_workers)
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """A runner with the limits this application is written for; the node adds its listener and logs nothing private."""
    return web.AppRunner(
        app,
        access_log=None,
        handler_cancellation=True,
        keepalive_timeout=75,
        max_line_size=MAX_ADDRESS,
        lingering_time=5,
        shutdown_timeout=5,
    )


def _add(app: web.Application, route: Route) -> None:
    serve = _serve(route)
    app.router.add_route(route.method, route.path, serve)
    if route.method == "GET" and route.path != LIVE:  # a stream has no end to measure
        app.router.add_route("HEAD", route.path, serve)


def _serve(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        if not route.from_anywhere:
            _check_origin(request)
        context = request[CONTEXT] = await identify(request)
        _check_token(route, context)
        if context.account is not None and not has_seat(request, context.account.id):
            raise Refused("too-often")
        if route.access is Access.FEED:
            context = request[CONTEXT] = await by_feed_key(context)
        handler = _public(route, context)
        if handler is None:
            handler = route.handler
            if (answer := _turned_away(route.access, context)) is not None:
                return answer
        if _may_show_a_page(route, context):
            context.waiting, context.news = await context.read(_head, context)
        await _look_around(route, context)
        async with asyncio.timeout(None if route.slow else HANDLER_SECONDS):
            response = await handler(context)
        if context.queued is not None and not context.programmatic:
            response = context.redirect(f"/queued/{context.queued.id}")
        if not route.slow:
            await _send(request, response)
        return response

    return serve


def _public(route: Route, context: Context) -> Handler | None:
    """Who answers somebody who is not signed in, where this node has public pages."""
    stranger = context.account is None and not context.programmatic
    return route.public if stranger and context.port.public else None


def _head(db: sqlite3.Connection, context: Context) -> tuple[int, int]:
    """What the head of a page counts: what waits on her, and what is new for her."""
    waits = obligations.waiting(db, context.viewer, now=context.now)
    account = context.viewer.account
    return waits, notices.unread(db, account) + account_steps.unread(db, account)


def _may_show_a_page(route: Route, context: Context) -> bool:
    """Whether the answer may have the head of a member's page, also that of a form which comes back."""
    paged = not route.slow and route.access is not Access.FEED
    return paged and context.viewer.member is not None and not context.programmatic


async def _look_around(route: Route, context: Context) -> None:
    """What stewards say about the object an address names. Refused ``hidden-here`` to whom it is not shown."""
    if "{id}" not in route.path or route.access is Access.STEWARD:
        return
    found = await context.read(care.around, context.viewer, context.id())
    if found["unseen"] and found["hidden"] is not None:
        raise Refused("hidden-here", hidden_for=found["hidden"].reason, why=found["hidden"].text)
    context.around = found if context.account is not None else None


async def _send(request: web.Request, response: web.StreamResponse) -> None:
    """Send the answer now, so that who does not read it is dropped; who is gone already is no error of ours."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await response.prepare(request)
            await response.write_eof()
    except (ConnectionError, TimeoutError):
        if request.transport is not None:
            request.transport.abort()


def _check_host(request: web.Request) -> None:
    """A program may leave the header out (HTTP/1.0); no browser does. Watchers of health ask by any name."""
    if request.path in ANY_NAME:
        return
    port, at = request.app[SITE].port, request.get_extra_info("sockname")
    arrived = str(at[0]) if isinstance(at, tuple) else ""
    for said in request.headers.getall("Host", []):
        if not host_allowed(said, arrived, port.hosts):
            raise Refused("other-host", host=said[:120], url=port.url)


def _check_origin(request: web.Request) -> None:
    if origin_allowed(request.method, request.headers, request.host, request.app[SITE].port.url):
        return
    forgot_token = request.path.startswith("/api/") and not request.cookies  # no browser of a member's
    raise Refused("sign-in-needed" if forgot_token else "other-origin")


def _check_token(route: Route, context: Context) -> None:
    """Whether a token, if one was sent, may ask this at all. Refused ``session-needed``, ``token-scope``."""
    if not context.by_token or route.access is Access.ANYONE:
        return
    if route.session:
        raise Refused("session-needed")
    if route.scope not in context.scopes:
        raise Refused("token-scope", scope=route.scope)


def _turned_away(access: Access, context: Context) -> web.Response | None:
    """The answer to who may not ask this, else None."""
    if access is Access.ANYONE:
        return None
    if access is Access.FEED and (context.account or context.port.public):
        return None
    if context.account is None:
        if context.programmatic or access is Access.FEED:
            raise Refused("sign-in-needed")
        return context.to_sign_in()
    role = context.account.role
    if access is Access.OPERATOR and role != "operator":
        raise Refused("operator-only")
    if access is Access.STEWARD and role not in DESK:
        raise Refused("steward-only")
    if access is Access.CARD and context.account.member is None:
        if context.programmatic:
            raise Refused("card-missing")
        return context.redirect(f"/card?{urlencode({'to': context.here})}")
    return None


@web.middleware
async def _answer_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    faults: tuple[Problem, ...]
    headers: dict[str, str]
    unready = False
    try:
        _check_host(request)
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        status, faults = error.status, ()
        headers = {name: error.headers[name] for name in ("Allow", "Retry-After") if name in error.headers}
    except Refused as error:
        status, faults, headers, unready = status_of(error), problems_of(error), {}, is_unready(error)
    except RemoteError:  # an id in an address that is none
        status, faults, headers = 404, (), {}
    except (TimeoutError, TooSlow, sqlite3.OperationalError) as error:
        LOG.warning("request gave up: %s", type(error).__name__, extra={"route": _route_of(request)})
        status, faults, headers = 503, (), {"Retry-After": "5"}
    except Exception as error:
        LOG.exception("request failed", extra={"route": _route_of(request), "error": type(error).__name__})
        status, faults, headers = 500, (), {}
    context = request.get(CONTEXT) or await _astray(request, status)
    return error_answer(context, status, faults, headers, unready=unready)


async def _astray(request: web.Request, status: int) -> Context:
    """Who asked for an address that is none: still signed in, if she is, and told in her language."""
    if status not in (404, 405):
        return anonymous(request)
    try:
        return await identify(request)
    except (Refused, TimeoutError, TooSlow, sqlite3.OperationalError):
        return anonymous(request)


def _route_of(request: web.Request) -> str:
    """The pattern of the address, never the address: that may carry a secret."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "-"


async def _set_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", NO_STORE)  # what may be kept says so itself
    response.headers.popall("Server", None)


async def _prepare(app: web.Application) -> None:
    """What an unknown name is checked against must be there before the first one comes; the figures of Impact soon."""
    site = app[SITE]
    site.figures.begin(ImpactFilters())
    await asyncio.get_running_loop().run_in_executor(site.workers, nobody, site.hasher)


async def _end_streams(app: web.Application) -> None:
    for subscription in list(app[SITE].streams):
        subscription.close()


async def _stop_workers(app: web.Application) -> None:
    await asyncio.to_thread(app[SITE].workers.shutdown)
