"""Drafts of thanks: what each gave, and what it led to.

Law: pure functions of the page as the thanking owner sees it; a draft only begins a form, nothing is published of
itself. Public thanks name no private pledge. Source: WEB "Pages" (pitch), DOMAIN R7.
"""

from __future__ import annotations

from collections.abc import Iterable

from protocol.rules.asks import TAKEN
from store.views.shapes import Pitch, PledgeItem
from web.formats import Formats
from web.i18n import N_, Message


def thanks_for_all(pitch: Pitch, formats: Formats) -> str:
    """What a thanks to everybody begins with: a line for each public gift, then what came of it."""
    given = [item for item in pitch["pledges"] if item["state"] in TAKEN and not item["restricted"]]
    lines = [
        formats.say(
            Message(N_("- %(who)s: %(gift)s"), {"who": _giver(item, formats), "gift": _gift(item, formats)})
        )
        for item in given
    ]
    opening = formats.say(Message(N_("Thank you to everybody who gave to this.")))
    return "\n".join([opening, *([""] if lines else []), *lines, *_led_to(pitch, formats)])


def thanks_for_one(pitch: Pitch, pledge: PledgeItem, formats: Formats) -> str:
    """What a thanks for one pledge begins with."""
    words = formats.say(
        Message(N_("Thank you for what you gave: %(gift)s."), {"gift": _gift(pledge, formats)})
    )
    return "\n".join([words, *_led_to(pitch, formats)])


def _giver(item: PledgeItem, formats: Formats) -> str:
    giver = item["giver"]
    if giver["shown"] == "named" and giver["name"]:
        return giver["name"]
    if giver["shown"] == "organisation" and giver["node_name"]:
        organisation = formats.plain(giver["node_name"])
        return formats.say(Message(N_("A member of %(organisation)s"), {"organisation": organisation}))
    return formats.say(Message(N_("Someone")))


def _gift(item: PledgeItem, formats: Formats) -> str:
    amount = formats.quantity(item["quantity"], item["unit"])
    kind = formats.label(item["kind"], "need")
    return f"{kind}, {amount}"


def _led_to(pitch: Pitch, formats: Formats) -> Iterable[str]:
    """What came of the pitch so far: write-ups, and whether it is applied."""
    came = [f"- {formats.plain(item['title'], item['lang'])}" for item in pitch["artifacts"]]
    plan = (pitch["application"] or {}).get("practice")
    if plan and any(item["applied"] in ("yes", "partly") for item in pitch["check_ins"]):
        practice = formats.plain(plan, pitch["lang"])
        came.append("- " + formats.say(Message(N_("It is applied: %(practice)s"), {"practice": practice})))
    return ["", formats.say(Message(N_("What it led to:"))), *came] if came else []
