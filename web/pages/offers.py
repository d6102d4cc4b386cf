"""Standing offers: what members give to whoever needs it, and the asks of today that fit one.

Law: an offer is its giver's, stands half a year at most unless she names a day, and lapses without harm. A pledge that
comes of it begins with what the offer says. Source: DOMAIN section 3 ``offer.stand``, R16.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from protocol.ids import parse_entry
from protocol.records.lists import KINDS, MONEY, REASONS, TOPICS
from store.views import matches, offers
from store.views.shapes import Match, Offer, OfferFilters
from web.context import Context
from web.forms import Form, Mark
from web.labels import SUBDIVISIONS
from web.pages.writing import (
    ONCE,
    WRITE,
    bare,
    fresh_key,
    marks,
    others_here,
    publish,
    settle,
    tags_of,
)

GIVEN: Final = tuple(kind for kind in KINDS if kind != MONEY)  # money is pledged to a pitch, never held out
CHOICES: Final = {"kind": GIVEN, "topic": TOPICS, "jurisdiction": tuple(SUBDIVISIONS)}
Q_MOST: Final = 200
MATCHES: Final = 50  # asks that fit any of hers; those of one offer are among them


async def listing(context: Context) -> web.StreamResponse:
    """Offers that stand, all or those that fit the filters; the reader's own, also past ones."""
    mine = bool(context.query.get("mine"))
    chosen = {name: value for name in CHOICES if (value := context.query.get(name, "")) in CHOICES[name]}
    if words := " ".join(context.query.get("q", "").split())[:Q_MOST]:
        chosen["q"] = words
    filters = OfferFilters(**chosen, mine=mine, open=None if mine else True)
    found = await context.read(
        offers.listing,
        context.viewer,
        filters,
        now=context.now,
        cursor=context.query.get("cursor") or None,
    )
    return context.page(
        "offers/list.html",
        items=found.items,
        next=found.next,
        chosen=chosen,
        mine=mine,
        filters=Form.of(chosen),
        kinds=GIVEN,
        subdivisions=tuple(SUBDIVISIONS),
    )


async def new(context: Context) -> web.StreamResponse:
    """The form of an offer."""
    kind = context.query.get("kind", "")
    return await _form_page(context, Form.of({"kind": kind, "unit": "hour", ONCE: fresh_key()}))


async def stand(context: Context) -> web.StreamResponse:
    """Publish it, or show the form again."""
    form = await context.form()
    if form.typed("do").startswith("write-"):
        form.values[WRITE] = [form.typed("do").removeprefix("write-")]
    if form.switch:
        return await _form_page(context.in_language(form.switch), form)
    if form.typed("do"):
        return await _form_page(context, form)
    content = _read(form)
    found = [] if form.errors else marks(form, content)
    if form.errors or found:
        return await _form_page(context, form, found)
    made = await publish(context, form, content)
    if made is None:
        return await _form_page(context, form)
    return context.redirect(f"/offers/{made.id}", said="published")


def _read(form: Form) -> dict[str, Any]:
    kind = form.choice("kind", GIVEN, required=True)
    text = form.bilingual("text", required=True, longest=2000)
    quantity = form.integer("quantity", least=1)
    return bare(
        {
            "type": "offer.stand",
            "kind": kind,
            "text": text,
            "quantity": quantity,
            "unit": form.line("unit") if quantity else "",
            "topics": form.choices("topics", TOPICS),
            "jurisdiction": form.choice("jurisdiction", CHOICES["jurisdiction"]),
            "until": form.date("until"),
        }
    )


async def _form_page(context: Context, form: Form, found: list[Mark] | None = None) -> web.Response:
    tags = tags_of(form, context.language)
    settle(form, tags)
    return context.page(
        "offers/form.html",
        status=422 if form.errors or found else 200,
        form=form,
        tags=tags,
        kinds=GIVEN,
        subdivisions=tuple(SUBDIVISIONS),
        marks=found or [],
        holders=await others_here(context),
    )


async def show(context: Context) -> web.StreamResponse:
    """One offer."""
    return await _offer_page(context, await offer_of(context, context.id()), Form())


async def offer_of(context: Context, entry: str) -> Offer:
    """A standing offer by its id. 404 when it is not here or not for this reader."""
    found = await context.read(offers.one, context.viewer, str(parse_entry(entry)), now=context.now)
    if found is None:
        raise web.HTTPNotFound
    return found


async def _offer_page(context: Context, offer: Offer, form: Form, status: int = 200) -> web.Response:
    return context.page(
        "offers/show.html",
        status=status,
        offer=offer,
        form=form,
        fitting=await _fitting(context, offer),
        link=f"{context.port.url}/go/{offer['id']}",
    )


async def _fitting(context: Context, offer: Offer) -> list[Match]:
    """Asks of today that fit an offer of the reader's that stands."""
    if not offer["giver"]["you"] or offer["state"] != "open":
        return []
    found = await context.read(matches.of_viewer, context.viewer, now=context.now, limit=MATCHES)
    # a pitch whose words are hidden here comes without a title
    return [match for match in found if match["ask"]["kind"] == offer["kind"] and match["pitch"].get("title")]


async def close(context: Context) -> web.StreamResponse:
    """End an offer of one's own."""
    offer, form = await offer_of(context, context.id()), await context.form()
    if form.switch:
        return await _offer_page(context.in_language(form.switch), offer, form)
    content = {"type": "offer.close", "offer": offer["id"], "reason": form.choice("reason", REASONS)}
    if form.errors or await publish(context, form, bare(content), {"offer": ""}) is None:
        return await _offer_page(context, offer, form, status=422)
    return context.redirect(f"/offers/{offer['id']}", said="offer-closed")
