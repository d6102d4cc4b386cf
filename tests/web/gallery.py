"""A living sample: every piece of the look on one page each, in both languages.

``python -m tests.web.gallery DIR`` writes the pages and the static files to DIR, to be opened in a browser.
"""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import ChoiceLoader, FileSystemLoader
from multidict import MultiDict

from web.forms import Form
from web.frame_svg import Ask, timber_frame
from web.i18n import LANGUAGES, Language, catalogues
from web.render import Page, Renderer

HERE = Path(__file__).parent
NOW = datetime(2027, 1, 12, 17, 0, tzinfo=UTC)
SAMPLES = ("pitch", "list", "form", "pieces", "frames")


def page(language: Language, path: str = "/pitches/abc", **changes: object) -> Page:
    """A reader signed in at a ministry."""
    values: dict[str, object] = {
        "language": language,
        "now": NOW,
        "path": path,
        "organisation": {"en": "Ministry of Jobs", "fr": "Ministère de l’Emploi"},
        "jurisdiction": "CA-BC",
        "zone": "America/Vancouver",
        "places": ("home", "pitches", "library", "circles", "events"),
        "footer": ("network", "search", "help", "about", "settings"),
        "member": "Policy analyst, Victoria",
        "waiting": 3,
        "show_clock": True,
    }
    return Page(**(values | changes))  # type: ignore[arg-type]


def renderer() -> Renderer:
    """A renderer that also finds the sample pages."""
    made = Renderer(catalogues())
    own = made._environment.loader
    assert own is not None
    made._environment.loader = ChoiceLoader([own, FileSystemLoader(HERE / "gallery_templates")])
    return made


def wrong_form() -> Form:
    """A form sent back with errors."""
    data = MultiDict(
        {
            "title.en": "Service design lab, Halifax",
            "asks.0.quantity": "lots",
            "cost.own": "612,50",
            "kind": "time",
        }
    )
    form = Form.posted(data)
    form.bilingual("why", required=True)
    form.money("asks.0.quantity", "CAD")
    form.date("when.end", required=True)
    form.choices("topics", {"data"}, required=True)
    return form


def frames() -> list[tuple[str, object]]:
    """Frames of many shapes."""

    def asks(musts: str, others: str) -> list[Ask]:
        share = {"y": 1.0, "h": 0.55, "n": 0.0}
        return [Ask(c == "y", True, share[c]) for c in musts] + [
            Ask(c == "y", False, share[c]) for c in others
        ]

    shapes = [
        "/",
        "n/",
        "h/",
        "y/",
        "nh/y",
        "yn/y",
        "yy/n",
        "yy/y",
        "yyy/yhn",
        "yyhny/yyyn",
        "yyyyy/yyyyy",
        "/yhn",
        "/yyy",
        "yhnyhnyhny/yhnyhnyhny",
        "nnnnn/",
        "yyyyyyyyyyyyyyyyyyyy/",
        "/yyyyyyyyyyyyyyyyhhnn",
        "yy/yyyhnyyyy",
        "hhh/hhhhhh",
        "yyyy/yyyyyyyyyyyyyyyyyyyyyyy",
    ]
    return [(shape, timber_frame(asks(*shape.split("/")))) for shape in shapes]


def write(folder: Path) -> None:
    """All samples in both languages, with the static files beside them."""
    made = renderer()
    static = Path(__file__).parents[2] / "web" / "static"
    shutil.copytree(static, folder / "static", dirs_exist_ok=True)
    for language in LANGUAGES:
        for sample in SAMPLES:
            values = {"form": wrong_form()} if sample == "form" else {}
            html = made.render(
                page(language), f"{sample}.html", frames=frames(), frame=frames()[8][1], **values
            )
            (folder / f"{sample}-{language}.html").write_text(
                html.replace('"/static/', '"static/'), encoding="utf-8"
            )


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    write(target)
