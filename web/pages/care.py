"""The desk's care: reports to decide, what is hidden here, appeals to answer, labels.

Law: every decision carries words, which who is concerned reads; hiding here touches no other node and no record. A
label is signed by its steward and published like any record. Nobody decides in their own
cause. Source: WEB "Pages" (steward desk), DOMAIN R14, R16.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from protocol.errors import Refused
from store import hides, own_cause
from store.database import Tx
from store.hides import Hide, Why
from store.views import care
from store.views.care import Report, Thing
from store.views.shapes import Viewer
from web.context import Context
from web.forms import Form
from web.labels import LABEL, REPORT
from web.pages.writing import bare, publish, said

DECISIONS: Final = ("hide", "keep")


async def show(context: Context) -> web.StreamResponse:
    """Reports and what is hidden here."""
    found = await context.read(hides.listing)
    return context.page(
        "desk/care.html",
        reports=await context.read(care.reports, context.viewer, now=context.now),
        hidden=[(one, await _about(context, one.entry)) for one in found],
    )


async def _about(context: Context, entry: str) -> Thing | None:
    return await context.read(care.readable, context.viewer, entry)


async def _report(context: Context) -> Report:
    found = await context.read(care.report_of, context.viewer, context.id("report"), now=context.now)
    if found is None:
        raise Refused("not-here")
    return found


async def show_report(context: Context) -> web.StreamResponse:
    """One report, and the form that decides it."""
    return await _report_page(context, await _report(context), Form())


async def _report_page(context: Context, report: Report, form: Form, status: int = 200) -> web.Response:
    own = await context.read(own_cause.is_own, context.viewer, report["about"]["id"], report["id"])
    return context.page("desk/report.html", status=status, report=report, form=form, own=own)


async def decide(context: Context) -> web.StreamResponse:
    """Hide what was reported, or keep it, and say why."""
    report, form = await _report(context), await context.form()
    if form.switch:
        return await _report_page(context.in_language(form.switch), report, form)
    decision = form.choice("decision", DECISIONS, required=True)
    words = form.text("words", required=True, longest=hides.LONGEST)
    if form.errors:
        return await _report_page(context, report, form, 422)
    why = Why(report["reason"], words, context.viewer.account or 0)
    await context.write(_decide, context.viewer, report, decision, why)
    return context.redirect("/desk/care", said="hidden" if decision == "hide" else "kept")


def _decide(tx: Tx, viewer: Viewer, report: Report, decision: str, why: Why) -> None:
    own_cause.ask(tx.db, viewer, report["about"]["id"], report["id"])
    if decision == "hide":
        _hide(tx, viewer, report["about"]["id"], why)
    hides.decide(tx, report["id"], decision, why.text, why.account)


def _hide(tx: Tx, viewer: Viewer, entry: str, why: Why) -> None:
    own_cause.ask(tx.db, viewer, entry)
    hides.hide(tx, entry, care.author_of(tx.db, entry), why)


def _answer(tx: Tx, viewer: Viewer, entry: str, again: str, words: str) -> None:
    own_cause.ask(tx.db, viewer, entry)
    (hides.lift if again == "show" else hides.stay)(tx, entry, words)


async def show_object(context: Context) -> web.StreamResponse:
    """What the desk can do about one thing: hide it or show it again, answer its author, label it."""
    return await _object_page(context, Form())


async def _object_page(context: Context, form: Form, status: int = 200) -> web.Response:
    entry = context.id("object")
    about = await _about(context, entry)
    if about is None:
        raise Refused("not-here")
    around = await context.read(care.around, context.viewer, entry)
    own = await context.read(own_cause.is_own, context.viewer, entry)
    return context.page("desk/object.html", status=status, about=about, near=around, form=form, own=own)


async def hide(context: Context) -> web.StreamResponse:
    """Hide one thing here, without a report."""
    form = await context.form()
    if form.switch:
        return await _object_page(context.in_language(form.switch), form)
    reason = form.choice("reason", REPORT, required=True)
    words = form.text("words", required=True, longest=hides.LONGEST)
    entry = context.id("object")
    if form.errors or await _about(context, entry) is None:
        return await _object_page(context, form, 422)
    await context.write(_hide, context.viewer, entry, Why(reason, words, context.viewer.account or 0))
    return context.redirect(f"/desk/objects/{entry}", said="saved")


async def answer(context: Context) -> web.StreamResponse:
    """Answer an appeal, or show something again without one."""
    form, entry = await context.form(), context.id("object")
    if form.switch:
        return await _object_page(context.in_language(form.switch), form)
    again = form.choice("again", ("show", "stay"), required=True)
    words = form.text("answer", required=True, longest=hides.LONGEST)
    found: Hide | None = await context.read(hides.one, entry)
    if form.errors or found is None:
        return await _object_page(context, form, 422)
    await context.write(_answer, context.viewer, entry, again, words)
    return context.redirect(f"/desk/objects/{entry}", said="shown-again" if again == "show" else "saved")


async def label(context: Context) -> web.StreamResponse:
    """Publish a label."""
    form, entry = await context.form(), context.id("object")
    if form.switch:
        return await _object_page(context.in_language(form.switch), form)
    chosen = form.choice("label", LABEL, required=True)
    content = {"type": "label", "on": entry, "label": chosen, "text": said(form, "text")}
    if form.errors or await publish(context, form, bare(content)) is None:
        return await _object_page(context, form, 422)
    return context.redirect(f"/desk/objects/{entry}", said="labelled")
