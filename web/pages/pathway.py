"""The learning pathway: what a member works on, turn by turn: experience, reflection, concept, experiment.

Law: hers alone unless she says otherwise; what is missing in a turn is an offer, never a reproach. Made to be printed
and taken to a conversation. Source: WEB "Pages" (my barn), DOMAIN section 3 ("idp", "here").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from protocol.records.lists import IDP_PARTS
from store.views import artifacts, idps, pitches, pledges
from store.views.shapes import ArtifactFilters, IdpSkill, PitchFilters, PledgeFilters
from web.context import Context
from web.forms import Choice, Form, Mark
from web.i18n import LANGUAGES, Text
from web.pages.writing import ONCE, bare, fresh_key, marks, publish, rewritten, settle, tags_of

AUDIENCES: Final = ("here", "network")
CYCLES: Final = 1_000
REFERS_MOST: Final = 25  # of each kind offered to refer to


async def show(context: Context) -> web.StreamResponse:
    """The pathway, and a form for its next step; the address may name skill, turn and part."""
    asked = {name: context.query.get(name, "") for name in ("cycle", "part")}
    skill = context.query.get("skill", "")[:200]
    tag = context.query.get("lang", context.language)
    filled = {"audience": "here", "cycle": asked["cycle"] or "1", "part": asked["part"], ONCE: fresh_key()}
    form = Form.of(
        filled | ({f"skill.{tag if tag in LANGUAGES else context.language}": skill} if skill else {})
    )
    return await _page(context, form, opened=bool(skill))


async def add(context: Context) -> web.StreamResponse:
    """Add a step."""
    form = await context.form()
    if again := rewritten(context, form):
        return await _page(again, form, opened=True)
    references = await _references(context)
    content = bare(
        {
            "type": "idp",
            "skill": form.bilingual("skill", required=True, longest=200),
            "cycle": form.integer("cycle", required=True, least=1, most=CYCLES),
            "part": form.choice("part", IDP_PARTS, required=True),
            "text": form.bilingual("text", longest=8_000),
            "refers": form.choices("refers", references),
            "audience": form.choice("audience", AUDIENCES, required=True),
        }
    )
    found = [] if form.errors else marks(form, content)
    if form.errors or found or await publish(context, form, content) is None:
        return await _page(context, form, 422, found, opened=True)
    return context.redirect("/mine/pathway", said="saved")


async def _references(context: Context) -> Mapping[str, Text | None]:
    """What a step may build on: her pitches, what she pledged, what she wrote; by id, with titles."""
    viewer, now = context.viewer, context.now
    if viewer.member is None:
        return {}
    own = await context.read(pitches.listing, viewer, PitchFilters(mine=True), now=now, limit=REFERS_MOST)
    given = await context.read(
        pledges.listing, viewer, PledgeFilters(role="giver"), now=now, limit=REFERS_MOST
    )
    wrote = await context.read(
        artifacts.listing, viewer, ArtifactFilters(member=viewer.member), now=now, limit=REFERS_MOST
    )
    found: dict[str, Text | None] = {item["id"]: item["title"] for item in own.items}
    found |= {item["id"]: item["pitch_title"] for item in given.items}
    return found | {item["id"]: item["title"] for item in wrote.items}


def _turns(skills: list[IdpSkill]) -> list[dict[str, Any]]:
    """Skills as the page shows them: each turn with all four parts, the ones not said yet left open."""
    return [
        {
            **skill,
            "next": max(cycle["cycle"] for cycle in skill["cycles"]) + 1,
            "cycles": [
                {
                    **cycle,
                    "open": [
                        part for part in IDP_PARTS if part not in {one["part"] for one in cycle["chain"]}
                    ],
                }
                for cycle in skill["cycles"]
            ],
        }
        for skill in skills
    ]


async def _page(
    context: Context,
    form: Form,
    status: int = 200,
    found: list[Mark] | None = None,
    *,
    opened: bool = False,
) -> web.Response:
    tags = tags_of(form, context.language)
    settle(form, tags)
    plan = await context.read(idps.plan, context.viewer)
    references = await _references(context)
    return context.page(
        "mine/pathway.html",
        status=status,
        form=form,
        tags=tags,
        marks=found or [],
        skills=_turns(plan),
        opened=opened or not plan,
        references=[Choice(id_, context.plain(title) if title else id_) for id_, title in references.items()],
    )
