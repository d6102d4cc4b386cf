"""Issues: what members need an answer to; raised, shared, found to be one, answered by pitches.

Law: nobody owns an issue's weight: that others have it too, and that two are one, are said by members and shown
as said. Source: WEB "Pages" (circles), DOMAIN section 3, area *circles*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from aiohttp import web

from protocol.errors import Malformed
from protocol.ids import parse_entry
from protocol.records.lists import TOPICS
from store.views import circles, issue_page, issues, talk
from store.views.shapes import CircleFilters, Issue, IssueFilters, Text
from web.context import Context
from web.forms import Form, Mark
from web.i18n import N_
from web.pages.polls import polls_about, thing_of
from web.pages.writing import (
    ONCE,
    WRITE,
    bare,
    fresh_key,
    marks,
    others_here,
    publish,
    said,
    settle,
    tags_of,
)

Q_MOST: Final = 200
OFFERED: Final = 20  # issues a pitch is offered to answer, the newest
SHOWN: Final = 50  # circles offered, and issues another may be the same as


async def listing(context: Context) -> web.StreamResponse:
    """All issues, or those that fit the filters."""
    chosen = {"topic": value} if (value := context.query.get("topic", "")) in TOPICS else {}
    circle = await thing_of(context, _entry(context.query.get("circle", "")))
    if circle is not None:
        chosen["circle"] = circle.id
    if words := " ".join(context.query.get("q", "").split())[:Q_MOST]:
        chosen["q"] = words
    found = await context.read(
        issues.listing,
        context.viewer,
        IssueFilters(**chosen),
        now=context.now,
        cursor=context.query.get("cursor") or None,
    )
    return context.page(
        "issues/list.html",
        items=found.items,
        next=found.next,
        chosen=chosen,
        circle=circle,
        filters=Form.of(chosen),
    )


def _entry(typed: str) -> str | None:
    """An entry id, also when the address of its page was typed; None for what is neither."""
    try:
        return str(parse_entry(typed.strip().rstrip("/").rpartition("/")[2]))
    except Malformed:
        return None


# ── a new one ────────────────────────────────────────────────────────────────────────────────────────────────


async def new(context: Context) -> web.StreamResponse:
    """The form; in a circle when the address names one."""
    circle = context.request.match_info.get("id") or context.query.get("circle", "")
    if circle and await thing_of(context, _entry(circle)) is None:
        raise web.HTTPNotFound
    return await _form_page(context, Form.of({"circle": circle, ONCE: fresh_key()}))


async def raise_issue(context: Context) -> web.StreamResponse:
    """Publish it, or show the form again."""
    form = await context.form()
    if form.typed("do").startswith("write-"):
        form.values[WRITE] = [form.typed("do").removeprefix("write-")]
    if form.switch:
        return await _form_page(context.in_language(form.switch), form)
    if form.typed("do"):
        return await _form_page(context, form)
    content = bare(
        {
            "type": "issue.raise",
            "circle": form.line("circle"),
            "title": form.bilingual("title", required=True, longest=300),
            "text": form.bilingual("text", longest=4000),
            "topics": form.choices("topics", TOPICS),
        }
    )
    found = [] if form.errors else marks(form, content)
    if form.errors or found:
        return await _form_page(context, form, found)
    made = await publish(context, form, content)
    if made is None:
        return await _form_page(context, form)
    return context.redirect(f"/issues/{made.id}", said="published")


async def _form_page(context: Context, form: Form, found: list[Mark] | None = None) -> web.Response:
    tags = tags_of(form, context.language)
    settle(form, tags)
    return context.page(
        "issues/form.html",
        status=422 if form.errors or found else 200,
        form=form,
        tags=tags,
        circle=await thing_of(context, _entry(form.typed("circle"))),
        circles=await _circles(context),
        marks=found or [],
        holders=await others_here(context),
    )


async def to_answer(context: Context, chosen: list[str]) -> list[tuple[str, str]]:
    """Issues a pitch may say it answers: the newest, and those it names already; (id, title)."""
    page = await context.read(issues.listing, context.viewer, IssueFilters(), now=context.now, limit=OFFERED)
    told = {item["id"]: context.formats.plain(item["title"], item["lang"]) for item in page.items}
    for entry in filter(None, map(_entry, chosen[:OFFERED])):
        named = await thing_of(context, entry) if entry not in told else None
        if named is not None:
            told[entry] = context.formats.plain(named.name, named.lang)
    return list(told.items())


async def _circles(context: Context) -> list[tuple[str, Text]]:
    """The circles the reader is in."""
    page = await context.read(
        circles.listing, context.viewer, CircleFilters(mine=True), now=context.now, limit=SHOWN
    )
    return [(item["id"], item["name"]) for item in page.items]


# ── one issue ────────────────────────────────────────────────────────────────────────────────────────────────


async def show(context: Context) -> web.StreamResponse:
    """One issue."""
    return await _issue_page(context, await _issue_of(context), Form())


async def _issue_of(context: Context) -> Issue:
    wanted = str(parse_entry(context.id()))
    found = await context.read(issue_page.one, context.viewer, wanted, now=context.now)
    if found is None:
        raise web.HTTPNotFound
    return found


async def _issue_page(context: Context, issue: Issue, form: Form, status: int = 200) -> web.Response:
    circle = issue["circle"]["id"] if issue["circle"] else None
    near = await context.read(
        issues.listing, context.viewer, IssueFilters(circle=circle), now=context.now, limit=SHOWN
    )
    known = {issue["id"], *(one["id"] for one in issue["same"])}
    return context.page(
        "issues/show.html",
        status=status,
        issue=issue,
        form=form,
        others=[item for item in near.items if item["id"] not in known],
        polls=await polls_about(context, issue["id"]),
        comments=await context.read(talk.comments_on, context.viewer, issue["id"]),
        link=f"{context.port.url}/go/{issue['id']}",
    )


class IssueStep(NamedTuple):
    """How a form becomes a word about an issue: type, its field for the issue, what is said afterwards, the content."""

    type: str
    field: str
    said: str
    read: Callable[[Form], dict[str, Any]]


def _same(form: Form) -> dict[str, Any]:
    entry = _entry(form.typed("address") or form.typed("as"))
    if entry is None:
        form.wrong("as", N_("Choose an issue, or give the address of its page."))
    return {"as": entry or ""}


STEPS: Final[Mapping[str, IssueStep]] = {
    "share": IssueStep("issue.share", "issue", "shared", lambda _form: {}),
    "same": IssueStep("issue.same", "issue", "published", _same),
    "comment": IssueStep(
        "comment", "on", "commented", lambda form: {"text": said(form, "comment", required=True)}
    ),
}


async def take(context: Context) -> web.StreamResponse:
    """Take the step the address names."""
    step = STEPS.get(context.id("step"))
    if step is None:
        raise web.HTTPNotFound
    issue, form = await _issue_of(context), await context.form()
    if form.switch:
        return await _issue_page(context.in_language(form.switch), issue, form)
    content = bare({"type": step.type, step.field: issue["id"], **step.read(form)})
    names = {"issue": "", "on": "", "text": "comment"}
    if form.errors or await publish(context, form, content, names) is None:
        return await _issue_page(context, issue, form, status=422)
    return context.redirect(f"/issues/{issue['id']}", said=step.said)
