"""Pitches: the list, and one pitch with everything this reader may see of it.

Law: the order of the list is the same on every node and for every reader (R8), and the page says it in words. What may
be done is what ``can`` of the shape names, nothing else. Source: WEB "Pages", DOMAIN R8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from protocol.ids import parse_entry
from protocol.records.lists import KINDS, LEVELS, OPPORTUNITIES, TOPICS
from protocol.rules.asks import TAKEN
from store.views import members, pitches, talk
from store.views.shapes import PITCH_STATES, Person, Pitch, PitchFilters, PitchItem
from web.context import Context
from web.forms import Form
from web.frame_svg import Ask, FrameSvg, timber_frame
from web.i18n import LANGUAGES
from web.labels import SUBDIVISIONS
from web.pages.organisations import narrowed_to
from web.pages.polls import polls_about, thing_of
from web.pages.thanking import thanks_for_all

CHOICES: Final = {
    "state": PITCH_STATES,
    "asks": KINDS,
    "opportunity": OPPORTUNITIES,
    "topic": TOPICS,
    "jurisdiction": tuple(SUBDIVISIONS),
    "level": LEVELS,
    "lang": LANGUAGES,
}
KINDS_MATCHED: Final = 5  # kinds of one card looked for at once
MATCHES: Final = 10  # pitches shown for each
Q_MOST: Final = 200


async def listing(context: Context) -> web.StreamResponse:
    """All pitches, or those that fit the filters."""
    if context.query.get("give"):
        return await _what_can_i_give(context)
    chosen = chosen_of(context)
    mine = bool(context.query.get("mine"))
    found = await context.read(
        pitches.listing,
        context.viewer,
        PitchFilters(**chosen, mine=mine),
        now=context.now,
        cursor=context.query.get("cursor") or None,
    )
    view = "mine" if mine else "all"
    return _list_page(context, view, chosen, [(item, None) for item in found.items], found.next)


def chosen_of(context: Context) -> dict[str, str]:
    """The filters that are set, by name; a value that is not of the list is no filter."""
    chosen = {name: context.query.get(name, "") for name in CHOICES}
    kept = {name: value for name, value in chosen.items() if value in CHOICES[name]}
    words = " ".join(context.query.get("q", "").split())[:Q_MOST]
    return kept | narrowed_to(context) | ({"q": words} if words else {})


async def _what_can_i_give(context: Context) -> web.Response:
    """Pitches that ask for what the reader's card offers, each with the kind it is shown for."""
    found: dict[str, tuple[PitchItem, str]] = {}
    for kind in await _kinds_offered(context):
        page = await context.read(
            pitches.listing, context.viewer, PitchFilters(asks=kind), now=context.now, limit=MATCHES
        )
        for item in page.items:
            if not item["owner"]["you"]:
                found.setdefault(item["id"], (item, kind))
    return _list_page(context, "give", {}, list(found.values()), None)


async def _kinds_offered(context: Context) -> list[str]:
    member = context.viewer.member
    card = await context.read(members.one, context.viewer, member, now=context.now) if member else None
    offers = card["offers"] if card else []
    return list(dict.fromkeys(str(offer["kind"]) for offer in offers))[:KINDS_MATCHED]


def _list_page(
    context: Context,
    view: str,
    chosen: dict[str, str],
    shown: Sequence[tuple[PitchItem, str | None]],
    following: str | None,
) -> web.Response:
    return context.page(
        "pitches/list.html",
        view=view,
        chosen=chosen,
        filters=Form.of(chosen),
        shown=shown,
        next=following,
        first=not context.query.get("cursor"),
        subdivisions=tuple(SUBDIVISIONS),
    )


async def show(context: Context) -> web.StreamResponse:
    """One pitch."""
    return await pitch_page(context, await pitch_of(context), Form())


async def pitch_of(context: Context) -> Pitch:
    """The pitch in the address, as this reader sees it. 404 when it is not here or not for her."""
    wanted = str(parse_entry(context.id()))
    found = await context.read(pitches.one, context.viewer, wanted, now=context.now)
    if found is None:
        raise web.HTTPNotFound
    return found


async def pitch_page(context: Context, pitch: Pitch, form: Form, status: int = 200) -> web.Response:
    """The page of a pitch; ``form`` holds what was typed into one of its forms and came back."""
    comments = await context.read(talk.comments_on, context.viewer, pitch["id"])
    if pitch["can"]["thank"] and "thanks" not in form.values:
        form.values |= {"thanks": [thanks_for_all(pitch, context.formats)], "thanks_in": [context.language]}
    return context.page(
        "pitches/show.html",
        status=status,
        pitch=pitch,
        form=form,
        comments=comments,
        polls=await polls_about(context, pitch["id"]),
        answered=[await thing_of(context, issue) for issue in pitch["answers"]],
        apply_within=pitch["policy"]["apply_within"],
        frame=frame_of(pitch),
        askable=askable(pitch),
        link=f"{context.port.url}/go/{pitch['id']}",
    )


def askable(pitch: Pitch) -> list[Person]:
    """Whom the owner may ask what they saw: who gave by name, carries it further, or facilitates it."""
    given = [item["giver"] for item in pitch["pledges"] if item["state"] in TAKEN and not item["restricted"]]
    named = [pitch["facilitator"]] if pitch["facilitator"] else []
    people = {one["id"]: one for one in (*named, *given, *pitch["catalysts"]) if one["id"] and not one["you"]}
    return list(people.values())


def frame_of(pitch: Pitch) -> FrameSvg:
    """The pitch as a timber frame: every ask one timber."""
    return timber_frame(
        [Ask(ask["met"], ask["must"], ask["accepted"] / max(ask["quantity"], 1)) for ask in pitch["asks"]]
    )
