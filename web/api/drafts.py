"""Drafts of the caller: brought in from a file, listed, read.

Law: a draft is its member's alone and is published by nobody but her, by ``POST /records``. A file is kept whole or not
at all unless she asks for the good rows; every fault is named with its row. Source: WEB "HTTP API", DOMAIN R13.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypedDict

from aiohttp import web
from pydantic import Field

from protocol.errors import Refused
from protocol.ids import parse_int
from store import drafts, importing
from store.drafts import Draft
from store.importing import CONTENT
from store.table_files import BYTES_MOST
from store.views.shapes import Page, Text
from web.api.answers import answer, page_answer
from web.api.call import Call
from web.api.documents import Fault
from web.api.queries import Listing, Query, parse
from web.context import Context
from web.forms import Form
from web.i18n import LANGUAGES, N_
from web.pages.pitch_fields import read_pitch
from web.pages.writing import zone_of
from web.problems import fault_of
from web.uploads import form_with_bytes


class DraftItem(TypedDict):
    """A draft: ``kind`` is the record type it will become, ``title`` as far as there is one."""

    id: int
    kind: str
    title: Text
    updated: int


class DraftAnswer(DraftItem):
    """A draft with what it says so far, to be sent to ``POST /records`` when it is done."""

    content: dict[str, Any]


class Imported(TypedDict):
    """Drafts that were made; ``refused``: what is wrong with rows left out; ``warnings`` refuse nothing."""

    kept: int
    drafts: list[int]
    refused: list[Fault]
    warnings: list[Fault]


class ImportQuery(Query):
    keep: (
        Annotated[Literal["good"], Field(description="keep the good rows though others are wrong")] | None
    ) = None


def _account(context: Context) -> int:
    if context.viewer.account is None:
        raise Refused("sign-in-needed")
    return context.viewer.account


async def bring_in(context: Context) -> web.Response:
    """Make drafts of the rows of a file."""
    query, account = parse(ImportQuery, context.query), _account(context)
    _, data = await form_with_bytes(context, BYTES_MOST)
    kept = await context.write(importing.bring_in, account, data, keep_good=query.keep is not None)
    told = {
        "kept": len(kept.drafts),
        "drafts": kept.drafts,
        "refused": [fault_of(context, fault) for fault in kept.faults],
        "warnings": [fault_of(context, fault) for fault in kept.warnings],
    }
    return answer(context, told, 201)


async def listing(context: Context) -> web.Response:
    """Drafts of the caller, the one touched last first."""
    query = parse(Listing, context.query)
    found, onward = await context.read(drafts.page, _account(context), cursor=query.cursor, limit=query.limit)
    return page_answer(Page([item(draft) for draft in found], onward))


async def one(context: Context) -> web.Response:
    """A draft of the caller."""
    number = parse_int(context.id())
    found = await context.read(drafts.one, _account(context), number)
    if found is None:
        raise Refused("not-here")
    return answer(context, DraftAnswer(**item(found), content=_content(context, found)))


def item(draft: Draft) -> DraftItem:
    """A draft as lists show it."""
    return DraftItem(id=draft.id, kind=draft.kind, title=title_of(draft), updated=draft.updated)


def title_of(draft: Draft) -> Text:
    """Its title, name or question as far as there is one."""
    if CONTENT in draft.body:
        content = draft.body[CONTENT]
        return next((content[name] for name in ("title", "name", "question", "text") if name in content), {})
    return {tag: items[0] for tag in LANGUAGES if (items := draft.body.get(f"title.{tag}"))}


def _content(context: Context, draft: Draft) -> dict[str, Any]:
    """What a draft says as a record would; what a form cannot make sense of yet is left out."""
    if CONTENT in draft.body:
        content: dict[str, Any] = draft.body[CONTENT]
        return content
    form = Form({name: list(items) for name, items in draft.body.items()})
    return {"type": draft.kind, **read_pitch(form, zone_of(form, "when.zone", context), context.now)}


CALLS: Final = (
    Call(
        "GET",
        "/drafts",
        listing,
        N_("The caller's drafts, the one touched last first."),
        DraftItem,
        True,
        Listing,
    ),
    Call("GET", "/drafts/{id}", one, N_("One draft of the caller."), DraftAnswer, problems=(404,)),
    Call(
        "POST",
        "/drafts/import",
        bring_in,
        N_("Make drafts of the rows of a file: a JSON array, JSON Lines or CSV; nothing is published."),
        Imported,
        query=ImportQuery,
        status=201,
        body="rows",
        problems=(400, 403, 413),
    ),
)
