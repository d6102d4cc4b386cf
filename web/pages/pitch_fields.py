"""A pitch from its form to its record.

Law: pure functions. What a reader typed is never changed, only read; rows left empty do not count, and the others are
numbered as the record will number them, so that a refusal finds its field. Keys of asks and activities are kept, new
ones never repeat an old one. Source: DOMAIN section 3 ``pitch.open``, R1, R2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from protocol.records.base import CURRENCY_SHAPE
from protocol.records.lists import AVENUES, KINDS, LICENCES, MONEY, OPPORTUNITIES, TOPICS
from web.forms import Form
from web.i18n import N_
from web.pages.writing import bare, moment

ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "asks": ("kind", "text.en", "text.fr", "quantity"),
    "own": ("kind", "text.en", "text.fr", "quantity"),
    "sharing": ("avenue", "audience.en", "audience.fr", "due"),
    "resources": ("text.en", "text.fr", "url"),
}
"""What makes a row of each list count: one of these typed."""
BENEFITS: Final = ("self", "peers", "organisation")
PLAN: Final = ("practice", "where", "who", "signal", "obstacles", "help")
OPENING: Final = ("title", "why", "opportunity")
OPTIONAL: Final = (
    "topics", "facilitator", "when", "where", "barrier", "benefits", "asks", "own", "cost", "sharing",
    "application", "resources", "window", "answers",
)  # fmt: skip
DEFAULT_CURRENCY: Final = "CAD"
DEFAULT_UNIT: Final = "hour"
_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def compact(form: Form) -> None:
    """Number the rows that count 0, 1, 2 … and forget the others."""
    for prefix, telling in ROWS.items():
        kept = [
            row for row in form.rows(prefix) if any(form.typed(f"{prefix}.{row}.{name}") for name in telling)
        ]
        moved = {
            f"{prefix}.{number}.{key.removeprefix(f'{prefix}.{row}.')}": items
            for number, row in enumerate(kept)
            for key, items in form.values.items()
            if key.startswith(f"{prefix}.{row}.")
        }
        others = {key: items for key, items in form.values.items() if not key.startswith(f"{prefix}.")}
        form.values = others | moved


def row_count(form: Form, prefix: str) -> int:
    """How many rows of a list are typed, after ``compact``."""
    return max(form.rows(prefix), default=-1) + 1


def read_pitch(form: Form, zone: str, now: int, used: Iterable[str] = ()) -> dict[str, Any]:
    """The fields of a pitch as typed, empty ones left out. ``used``: keys that may not be given anew."""
    currency = currency_of(form)
    asks = _asks(form, currency, now, set(used))
    content = {
        "title": form.bilingual("title", required=True, longest=200),
        "why": form.bilingual("why", required=True, longest=4000),
        "opportunity": form.choice("opportunity", OPPORTUNITIES, required=True),
        "topics": form.choices("topics", TOPICS),
        "answers": list(dict.fromkeys(entry for entry in form.all("answers") if entry)),
        "facilitator": form.line("facilitator"),
        "when": _when(form, zone),
        "where": _where(form),
        "barrier": form.bilingual("barrier", longest=4000),
        "benefits": bare({name: form.bilingual(f"benefits.{name}", longest=4000) for name in BENEFITS}),
        "asks": asks,
        "own": [_own(form, row) for row in form.rows("own")],
        "cost": _cost(form, currency, sum(ask.get("quantity", 0) for ask in asks if ask["kind"] == MONEY)),
        "sharing": _sharing(form, now, set(used)),
        "application": _application(form),
        "resources": [_resource(form, row) for row in form.rows("resources")],
        "window": bare({"opens": form.date("window.opens"), "closes": form.date("window.closes")}),
    }
    return bare(content)


def currency_of(form: Form) -> str:
    """The currency typed, else Canadian dollars; what is no currency is noted."""
    typed = form.line("cost.currency").upper() or DEFAULT_CURRENCY
    if CURRENCY_SHAPE.fullmatch(typed):
        return typed
    form.wrong("cost.currency", N_("Use an ISO 4217 currency, the same throughout, such as CAD."))
    return DEFAULT_CURRENCY


def _when(form: Form, zone: str) -> dict[str, Any]:
    when = bare({"start": moment(form, "when.start", zone), "end": moment(form, "when.end", zone)})
    if when.get("start") and when.get("end") and when["end"][:10] < when["start"][:10]:
        form.wrong("when.end", N_("The end comes before the start."))
    return when | {"zone": zone} if when else {}


def _where(form: Form) -> dict[str, Any]:
    where = bare(
        {
            "place": form.line("where.place", longest=200),
            "jurisdiction": form.line("where.jurisdiction").upper(),
        }
    )
    online = form.ticked("where.online")
    return where | {"online": online} if where or online else {}


def _asks(form: Form, currency: str, now: int, used: set[str]) -> list[dict[str, Any]]:
    taken = used | {form.typed(f"asks.{row}.key") for row in form.rows("asks")}
    return [_ask(form, row, currency, now, taken) for row in form.rows("asks")]


def _ask(form: Form, row: int, currency: str, now: int, taken: set[str]) -> dict[str, Any]:
    at = f"asks.{row}"
    kind = form.choice(f"{at}.kind", KINDS, required=True)
    money = kind == MONEY
    ask = bare(
        {
            "key": _key(form.typed(f"{at}.key"), kind or "ask", now, taken),
            "kind": kind or "other",
            "text": form.bilingual(f"{at}.text", required=True, longest=4000),
            "quantity": _quantity(form, f"{at}.quantity", money, currency),
            "unit": currency if money else form.line(f"{at}.unit") or DEFAULT_UNIT,
            "needed_by": form.date(f"{at}.needed_by"),
        }
    )
    return ask | {"must": form.ticked(f"{at}.must"), "split": form.ticked(f"{at}.split")}


def _quantity(form: Form, name: str, money: bool, currency: str) -> int | None:
    value = form.money(name, currency, required=True) if money else form.integer(name, required=True, least=1)
    if money and value == 0:
        form.wrong(name, N_("Use an amount, such as 612.50 or 612,50."))
    return value


def _key(typed: str, base: str, now: int, taken: set[str]) -> str:
    """The key a row has, else a new one made of its kind."""
    if typed:
        return typed
    key, number = base[:20], 2
    while key in taken:
        key = f"{base[:20]}-{number}" if number < 10 else f"{base[:20]}-{_short(now)}-{number}"
        number += 1
    taken.add(key)
    return key


def _short(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _BASE36[rest] + digits
    return digits


def _own(form: Form, row: int) -> dict[str, Any]:
    at = f"own.{row}"
    return {
        "kind": form.choice(f"{at}.kind", [kind for kind in KINDS if kind != MONEY]) or "time",
        "text": form.bilingual(f"{at}.text", required=True, longest=4000),
        "quantity": form.integer(f"{at}.quantity", required=True) or 0,
        "unit": form.line(f"{at}.unit") or DEFAULT_UNIT,
    }


def _cost(form: Form, currency: str, asked: int) -> dict[str, Any]:
    """The sums; a total left empty is the sum of its parts."""
    if not asked and not any(form.typed(f"cost.{name}") for name in ("own", "employer", "total")):
        return {}
    own, employer = form.money("cost.own", currency) or 0, form.money("cost.employer", currency) or 0
    total = form.money("cost.total", currency)
    return {
        "currency": currency,
        "total": own + employer + asked if total is None else total,
        "own": own,
        "employer": employer,
    }


def _sharing(form: Form, now: int, used: set[str]) -> list[dict[str, Any]]:
    taken = used | {form.typed(f"sharing.{row}.key") for row in form.rows("sharing")}
    return [_activity(form, f"sharing.{row}", now, taken) for row in form.rows("sharing")]


def _activity(form: Form, at: str, now: int, taken: set[str]) -> dict[str, Any]:
    avenue = form.choice(f"{at}.avenue", AVENUES)
    activity = {
        "key": _key(form.typed(f"{at}.key"), avenue or "sharing", now, taken),
        "avenue": avenue,
        "audience": form.bilingual(f"{at}.audience", longest=4000),
        "due": form.date(f"{at}.due"),
    }
    return bare(activity)


def _application(form: Form) -> dict[str, Any]:
    texts = {name: form.bilingual(f"application.{name}", longest=4000) for name in PLAN}
    return bare({**texts, "first_date": form.date("application.first_date")})


def _resource(form: Form, row: int) -> dict[str, Any]:
    at = f"resources.{row}"
    resource = {
        "text": form.bilingual(f"{at}.text", required=True, longest=4000),
        "url": form.line(f"{at}.url", longest=2000),
        "licence": form.choice(f"{at}.licence", LICENCES),
    }
    return bare(resource)
