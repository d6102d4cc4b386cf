"""The calls of the HTTP API, one line each: the routes, the OpenAPI document and the readable page come from it.

Law: what is not listed here is not an API. Source: WEB "HTTP API".
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from store.views.entries import EntryAnswer
from store.views.shapes import (
    Artifact,
    ArtifactItem,
    Member,
    MemberItem,
    Node,
    NodeItem,
    Pitch,
    PitchItem,
    Pledge,
    PledgeItem,
)
from web.access import Access, Route
from web.api import (
    blobs,
    circles,
    drafts,
    entries,
    events,
    exports,
    impact,
    knowledge,
    lists,
    matches,
    network,
    offers,
    polls,
    queued,
    records,
)
from web.api.call import Call
from web.api.documents import describe
from web.api.queries import (
    ArtifactQuery,
    ChangesQuery,
    CommentQuery,
    Listing,
    MemberQuery,
    NodeQuery,
    PitchQuery,
    PledgeQuery,
    SearchQuery,
)
from web.context import Context
from web.i18n import N_


async def openapi_json(context: Context) -> web.Response:
    """The description of all calls."""
    info = {"title": "Barnraise", "version": context.port.version, "description": ABOUT}
    return web.json_response(DOCUMENT | {"info": info, "servers": [{"url": context.port.url}]})


CALLS: Final[tuple[Call, ...]] = (
    Call(
        "POST",
        "/records",
        records.publish,
        N_("Publish a record; answered once it is durable and signed."),
        records.Made,
        waits=records.Waits,
        status=201,
        body="record",
        problems=(400, 403, 413, 415),
    ),
    Call(
        "GET",
        "/pitches",
        lists.pitch_list,
        N_("Pitches; open must-asks needed soonest first."),
        PitchItem,
        True,
        PitchQuery,
    ),
    Call(
        "GET",
        "/pitches/{id}",
        lists.pitch,
        N_("One pitch, with all the caller may see of it."),
        Pitch,
        problems=(404,),
    ),
    Call(
        "GET", "/pledges", lists.pledge_list, N_("Pledges the caller may see."), PledgeItem, True, PledgeQuery
    ),
    Call("GET", "/pledges/{id}", lists.pledge, N_("One pledge."), Pledge, problems=(404,)),
    *circles.CALLS,
    *offers.CALLS,
    *events.CALLS,
    *matches.CALLS,
    *knowledge.CALLS,
    *polls.CALLS,
    *impact.CALLS,
    Call(
        "GET",
        "/artifacts",
        lists.artifact_list,
        N_("Artifacts of the library."),
        ArtifactItem,
        True,
        ArtifactQuery,
    ),
    Call("GET", "/artifacts/{id}", lists.artifact, N_("One artifact."), Artifact, problems=(404,)),
    Call("GET", "/people", lists.people_list, N_("Members' cards."), MemberItem, True, MemberQuery),
    Call("GET", "/people/{id}", lists.person, N_("One member's card and work."), Member, problems=(404,)),
    Call("GET", "/nodes", lists.node_list, N_("Organisations."), NodeItem, True, NodeQuery),
    Call("GET", "/nodes/{id}", lists.node, N_("One organisation."), Node, problems=(404,)),
    Call(
        "GET",
        "/comments",
        lists.comments,
        N_("Comments on an object, oldest first."),
        lists.Comments,
        query=CommentQuery,
    ),
    Call(
        "GET",
        "/waiting",
        lists.waiting,
        N_("What waits on the caller, and what the caller waits for."),
        lists.Waiting,
    ),
    Call(
        "GET",
        "/search",
        lists.search,
        N_("Ranked hits; a fragment is [text, is it a match]."),
        lists.Hits,
        query=SearchQuery,
    ),
    Call(
        "GET",
        "/entries/{id}",
        entries.entry,
        N_("One entry of the log."),
        EntryAnswer,
        problems=(404,),
    ),
    Call(
        "GET",
        "/entries/{id}/receipt",
        entries.receipt,
        N_("Its receipt, which verifies offline."),
        media="text/plain",
        problems=(404,),
    ),
    Call(
        "GET",
        "/changes",
        entries.changes,
        N_("Entries in the order they came, for integrations."),
        entries.Changes,
        query=ChangesQuery,
    ),
    Call(
        "GET",
        "/state_hash",
        entries.state_hash,
        N_("Hash of all that is shown and shared."),
        entries.StateHash,
    ),
    Call(
        "GET",
        "/network",
        network.network,
        N_("Neighbours, logs, gaps and knocks."),
        network.NetworkAnswer,
        query=Listing,
    ),
    Call(
        "POST",
        "/blobs",
        blobs.upload,
        N_("Keep a file, raw or multipart, to be named by a record; read it at /blobs/{hash}."),
        blobs.Kept,
        status=201,
        body="file",
        problems=(400, 413, 429, 507),
        slow=True,
    ),
    *drafts.CALLS,
    *queued.CALLS,
    *exports.CALLS,
    Call(
        "GET",
        "/openapi.json",
        openapi_json,
        N_("This description as OpenAPI 3.1."),
        dict[str, Any],
        access=Access.ANYONE,
    ),
)

ABOUT: Final = (
    "Reads and publishes as the member whose token it is, within its scopes (read, publish, admin). "
    "Texts are {language tag: text}, times milliseconds since 1970, dates YYYY-MM-DD, money minor units. "
    "Errors are RFC 9457 problem+json naming each field."
)
DOCUMENT: Final = describe(CALLS)
ROUTES: Final[tuple[Route, ...]] = tuple(
    Route(call.method, call.address, call.handler, call.access, call.about, call.slow) for call in CALLS
)
