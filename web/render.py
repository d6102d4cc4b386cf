"""Templates to pages.

Law: one environment, compiled once, escaping everything, failing on any name that is not there. A template sees the
values it is handed and ``page``; its filters speak the reader's language, zone and moment, also inside macros.
Source: WEB head and "Languages".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from gettext import NullTranslations
from importlib.resources import files
from typing import Final, cast
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from web import zones
from web.formats import Formats, is_currency
from web.i18n import LANGUAGES, Language, Text
from web.labels import LISTS, ZONES

STATIC_PREFIX: Final = "/static/"
HREFS: Final[Mapping[str, str]] = {
    "home": "/",
    "pitches": "/pitches",
    "library": "/library",
    "circles": "/circles",
    "events": "/events",
    "mine": "/mine",
    "notifications": "/notifications",
    "people": "/people",
    "network": "/network",
    "impact": "/impact",
    "search": "/search",
    "help": "/help",
    "about": "/about",
    "accessibility": "/accessibility",
    "privacy": "/privacy",
    "settings": "/settings",
    "api": "/api",
    "desk": "/desk",
}
FILTERS: Final = (
    "label",
    "text",
    "plain",
    "markdown",
    "foreign",
    "gist",
    "number",
    "percent",
    "money",
    "in_field",
    "quantity",
    "progress",
    "filesize",
    "join_words",
    "date",
    "datetime",
    "date_range",
    "span",
    "relative",
    "when",
    "exact",
    "language_name",
    "jurisdiction",
    "currency_name",
    "say",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page knows of its reader and its node.

    ``path`` is path and query of this page, kept by the language switch. ``zone`` is an IANA name, else that of the
    jurisdiction. ``places`` and ``footer`` name the places that exist (keys of HREFS). ``member`` is the name shown for
    who is signed in, ``waiting`` how many things wait on her, ``news`` how many notices she has not read, ``inbox`` the
    topic that says there are more. ``show_clock`` says that the time comes from a file.
    """

    language: Language
    now: datetime
    path: str
    organisation: Text
    jurisdiction: str = ""
    zone: str = ""
    places: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    member: str | None = None
    waiting: int = 0
    news: int = 0
    inbox: str = ""
    show_clock: bool = False

    @property
    def other(self) -> Language:
        """The language the switch leads to."""
        return "fr" if self.language == "en" else "en"

    @property
    def switch(self) -> str:
        """Address of this page in the other language."""
        return f"/language/{self.other}?{urlencode({'to': self.path})}"

    @property
    def colon(self) -> str:
        """What stands between a name and what is said of it, where no sentence does: French keeps it off the name."""
        return "\u00a0: " if self.language == "fr" else ": "

    def current(self, place: str) -> str:
        """``aria-current`` of a place in the navigation: ``page`` on it, ``true`` below it, else empty."""
        path, href = self.path.partition("?")[0], HREFS[place]
        if path == href:
            return "page"
        return "true" if href != "/" and path.startswith(f"{href}/") else ""


class Renderer:
    """The one template environment of a process."""

    def __init__(self, catalogues: Mapping[Language, NullTranslations]) -> None:
        self._catalogues = catalogues
        self._formats: ContextVar[Formats] = ContextVar("formats")
        self._sentences: dict[tuple[Language, str, bool], Markup] = {}  # as many as the templates have
        self._environment = self._build()
        for name in self._environment.list_templates():
            self._environment.get_template(name)
        for language, catalogue in catalogues.items():  # read now: no request waits for a file
            Formats(language, catalogue, zones.zone("UTC"), datetime(1970, 1, 1, tzinfo=UTC)).datetime(0)

    def render(self, page: Page, template: str, **values: object) -> str:
        """The finished HTML of ``template`` for the reader of ``page``."""
        token = self._formats.set(self.formats(page))
        try:
            return self._environment.get_template(template).render(page=page, **values)
        finally:
            self._formats.reset(token)

    def formats(self, page: Page) -> Formats:
        """The reader's way of writing values, for what is written outside templates (mail, feeds, errors)."""
        return Formats(
            page.language,
            self._catalogues[page.language],
            zones.zone(page.zone or ZONES.get(page.jurisdiction, "UTC")),
            page.now,
        )

    def _build(self) -> Environment:
        environment = Environment(
            loader=PackageLoader("web"),
            bytecode_cache=FileSystemBytecodeCache(),  # compiled once a machine, in a folder only its user may enter
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            lambda message: self._formats.get().gettext(message),
            lambda one, many, count: self._formats.get().ngettext(one, many, count),
            newstyle=True,
            pgettext=lambda context, message: self._formats.get().pgettext(context, message),
            npgettext=lambda context, one, many, count: self._formats.get().npgettext(
                context, one, many, count
            ),
        )
        environment.globals["_"] = self._said
        environment.globals["ngettext"] = self._counted(
            cast(Callable[..., object], environment.globals["ngettext"])
        )
        environment.filters |= {name: self._filter(name) for name in FILTERS}
        environment.tests["currency"] = is_currency
        environment.globals |= {
            "hrefs": HREFS,
            "languages": LANGUAGES,
            "labels": lambda name: [(value, self._formats.get().label(value, name)) for value in LISTS[name]],
            "static": static_addresses().__getitem__,
            "url_with": url_with,
        }
        return environment

    def _said(self, message: str, /, **named: object) -> Markup:
        """What Jinja's own ``_`` says, faster: a sentence is looked up, and finished if it names nothing, once."""
        formats = self._formats.get()
        key = (formats.language, message, bool(named))
        found = self._sentences.get(key)
        if found is None:
            ours = Markup(formats.gettext(message))  # noqa: S704 - a sentence of the interface
            found = self._sentences[key] = ours if named else ours % {}
        return found % named if named else found

    def _counted(self, say: Callable[..., object]) -> Callable[..., object]:
        """Counted sentences whose ``%(num)s`` is written as numbers are."""

        @pass_context
        def ngettext(context: Context, one: str, many: str, num: int, /, **named: object) -> object:
            return say(context, one, many, num, **{"num": self._formats.get().number(num), **named})

        return ngettext

    def _filter(self, name: str) -> Callable[..., object]:
        method = "join" if name == "join_words" else name

        @pass_context  # so that no filter is folded into the template while one reader's language is set
        def speak(_context: Context, *arguments: object, **named: object) -> object:
            return getattr(self._formats.get(), method)(*arguments, **named)

        return speak


def static_addresses() -> Mapping[str, str]:
    """File name → address with a tag of its content, so that browsers may keep it for good."""
    addresses = {}
    for item in (files("web") / "static").iterdir():
        if item.is_file():
            tag = hashlib.sha256(item.read_bytes()).hexdigest()[:12]
            addresses[item.name] = f"{STATIC_PREFIX}{quote(item.name)}?v={tag}"
    return addresses


def url_with(path: str, values: Mapping[str, object]) -> Markup:
    """``path`` with a query of the values that are not empty; lists repeat their key."""
    query = urlencode(
        [(key, value) for key, value in values.items() if value not in ("", None, [], ())], doseq=True
    )
    return Markup("{}?{}").format(path, query) if query else Markup("{}").format(path)
