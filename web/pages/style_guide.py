"""The look of these pages, shown with the pieces they are made of.

Law: nothing here is a picture of a piece, everything is the piece: the tokens are read from the stylesheet as it is
served, the rest are the macros every page uses. Source: WEB "Look".
"""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple

from aiohttp import web

from web.context import Context
from web.forms import Form
from web.frame_svg import Ask, FrameSvg, timber_frame
from web.i18n import N_
from web.pages import static

ROOT_PX: Final = 16
_ROOT: Final = re.compile(r":root\{(.*?)\}", re.DOTALL)
_TOKEN: Final = re.compile(r"--([a-z0-9-]+):([^;}]+)")
_SPACE: Final = re.compile(r"s\d")
_SIZES: Final = ("small", "text", "step-1", "step-2", "step-3")
_SHARES: Final = MappingProxyType({"y": 1.0, "h": 0.55, "n": 0.0})
FRAMES: Final = (
    ("nn/n", N_("Nothing is pledged yet")),
    ("hn/y", N_("One post is half pledged; a brace lies ready")),
    ("yn/y", N_("One of two posts stands")),
    ("yy/nh", N_("Every must-have is met: the rafters are up")),
    ("yy/yy", N_("Every ask is met: the roof is on")),
    ("yyhny/yyyn", N_("Many asks")),
)
"""Must-asks and other asks of a pitch: y met, h half pledged, n not; and what the picture says."""


class Tokens(NamedTuple):
    """What the stylesheet sets: (name, light, dark) of colours, (name, value) of sizes, (name, value, px) of spaces."""

    colours: list[tuple[str, str, str]]
    sizes: list[tuple[str, str]]
    spaces: list[tuple[str, str, float]]


@cache
def tokens() -> Tokens:
    """The tokens of the stylesheet as it is served."""
    served = static.load()["barnraise.css"][0].decode()
    light, dark = (dict(_TOKEN.findall(block)) for block in _ROOT.findall(served)[:2])
    return Tokens(
        colours=[(name, value, dark[name]) for name, value in light.items() if value.startswith("#")],
        sizes=[(name, light[name]) for name in _SIZES],
        spaces=[(name, value, _px(value)) for name, value in light.items() if _SPACE.fullmatch(name)],
    )


def _px(rem: str) -> float:
    return float(rem.removesuffix("rem")) * ROOT_PX


def wrong_form() -> Form:
    """A form that came back with errors."""
    form = Form.of({"title": {"fr": "Labo de design"}, "amount": "612,50 ou plus", "kind": "time"})
    form.bilingual("why", required=True)
    form.money("amount", "CAD")
    form.date("end", required=True)
    return form


def _frame(shape: str) -> FrameSvg:
    musts, others = shape.split("/")
    asks = [(kind, True) for kind in musts] + [(kind, False) for kind in others]
    return timber_frame([Ask(kind == "y", must, _SHARES[kind]) for kind, must in asks])


async def show(context: Context) -> web.StreamResponse:
    """Tokens, pieces, forms and pictures."""
    return context.page(
        "help/style.html",
        tokens=tokens(),
        frames=[(_frame(shape), words) for shape, words in FRAMES],
        sample=wrong_form(),
    )
