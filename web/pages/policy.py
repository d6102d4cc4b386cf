"""The rules of an organisation: what its next pitches are opened under, and what they were before.

Law: a policy is published whole; each number says where it departs from the default, and by whom that was decided.
Pitches already open keep theirs. Source: DOMAIN section 1, WEB "Pages" (policy editor).
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from protocol.rules.policies import DEFAULT
from store.views import care, policies
from web.context import Context
from web.forms import Form
from web.i18n import N_
from web.pages.writing import bare, publish

NUMBERS: Final = (
    ("own_share", 0, 100),
    ("apply_within", 1, 365),
    ("share_within", 1, 365),
    ("min_group", 2, 1000),
)


async def show(context: Context) -> web.StreamResponse:
    """The policy in force, its versions, and the form of the next."""
    now = await context.read(policies.latest, context.port.node)
    filled = {name: value for name, value in now.items() if name != "check_ins"}
    form = Form.of(filled | {"check_ins": ", ".join(str(day) for day in now["check_ins"])})
    return await _page(context, form)


async def _page(
    context: Context, form: Form, status: int = 200, shown: dict[str, Any] | None = None
) -> web.Response:
    return context.page(
        "desk/policy.html",
        status=status,
        form=form,
        now_in_force=await context.read(policies.latest, context.port.node),
        versions=await context.read(care.policy_versions, context.port.node),
        defaults=DEFAULT,
        preview=shown,
    )


async def publish_policy(context: Context) -> web.StreamResponse:
    """Show in words what a policy would say, or publish it."""
    form = await context.form()
    if form.switch:
        return await _page(context.in_language(form.switch), form)
    content = _content(form)
    if form.errors:
        return await _page(context, form, 422)
    if form.typed("do") != "publish":
        return await _page(context, form, shown=content)
    if await publish(context, form, content) is None:
        return await _page(context, form, 422)
    return context.redirect("/desk/policy", said="policy-published")


def _content(form: Form) -> dict[str, Any]:
    numbers = {
        name: form.integer(name, required=True, least=least, most=most) for name, least, most in NUMBERS
    }
    return {
        "type": "node.policy",
        **numbers,
        "check_ins": _days(form),
        **bare(
            {
                "time_instead": form.integer("time_instead", least=1, most=2000),
                "tally_every": form.integer("tally_every", least=0, most=168),
                "decided_by": form.line("decided_by"),
                "text": form.bilingual("text"),
            }
        ),
    }


def _days(form: Form) -> list[int]:
    typed = form.line("check_ins", required=True).replace(",", " ").split()
    days = [int(day) for day in typed if day.isascii() and day.isdigit() and len(day) < 5]
    if len(days) != len(typed) or days != sorted(set(days)):
        form.wrong(
            "check_ins", N_("Use days after the end, each later than the one before, such as 30, 90, 180.")
        )
    return days
