"""Every address of the members' web, on one page.

Law: an address not listed here does not exist; each line says who may ask and what it is for, and the documents are
tested against it. Handlers live in ``pages/<area>`` and ``api/<area>``; the calls of the HTTP API are lines of
``api/calls``. Source: WEB "Routes" and "HTTP API".
"""

from __future__ import annotations

from typing import Final

from web import live
from web.access import Access, Route
from web.api import blobs, calls, entries
from web.pages import api, card, go, health, settings, sign_in, static

ANYONE, ACCOUNT, CARD, OPERATOR = Access.ANYONE, Access.ACCOUNT, Access.CARD, Access.OPERATOR

ROUTES: Final[tuple[Route, ...]] = (
    # in and out
    Route("GET", "/sign-in", sign_in.show, ANYONE, "sign in with name and password"),
    Route("POST", "/sign-in", sign_in.sign_in, ANYONE, "sign in with name and password"),
    Route("POST", "/sign-out", sign_in.sign_out, ANYONE, "end this session"),
    Route("GET", "/join/{token}", sign_in.show_join, ANYONE, "what an invitation or one-time link opens"),
    Route("POST", "/join/{token}", sign_in.join, ANYONE, "use an invitation or one-time link"),
    Route("GET", "/card", card.show, ACCOUNT, "the card a member publishes, and who will hold it"),
    Route("POST", "/card", card.publish, ACCOUNT, "publish the card"),
    Route("GET", "/settings", settings.show, ACCOUNT, "language, password, sessions and tokens"),
    Route("POST", "/settings/language", settings.set_language, ACCOUNT, "language of the account"),
    Route("POST", "/settings/password", settings.set_password, ACCOUNT, "change the password"),
    Route("POST", "/settings/sessions", settings.end_sessions, ACCOUNT, "sign out other browsers"),
    Route("POST", "/settings/tokens", settings.make_token, ACCOUNT, "make a token for a program"),
    Route("POST", "/settings/tokens/revoke", settings.revoke_token, ACCOUNT, "revoke a token"),
    Route("GET", "/language/{lang}", settings.switch_language, ANYONE, "show pages in the other language"),
    # links from elsewhere
    Route("GET", "/go/{id}", go.go, ANYONE, "the page of an object by its id alone"),
    Route("GET", "/entries/{id}/receipt", entries.receipt, ACCOUNT, "the receipt of an entry as a text file"),
    Route("GET", "/blobs/{hash}", blobs.download, ACCOUNT, "a file, whole or by range", slow=True),
    # live and machines
    Route("GET", "/live", live.stream, ACCOUNT, "server-sent events: topics that changed", slow=True),
    Route("GET", "/healthz", health.healthz, ANYONE, "whether the node is well"),
    Route("GET", "/metrics", health.metrics, ANYONE, "Prometheus text, for loopback or an operator's token"),
    Route("GET", "/static/{name}", static.show, ANYONE, "style, scripts and pictures of the pages"),
    Route("GET", "/api", api.show, ANYONE, "what programs can do, readable"),
    *calls.ROUTES,
)
