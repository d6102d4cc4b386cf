"""Looks at finished pages: is the mark-up sound, has every control a name, does every reference lead somewhere.

``faults(html)`` lists what is wrong; ``Page(html)`` finds texts, links, forms and what their fields hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
DRAWN = frozenset(["path", "circle", "line", "rect"])
CLOSES_ITSELF = VOID | DRAWN
CONTROLS = frozenset({"input", "select", "textarea"})
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "list")


@dataclass
class Element:
    """A start tag: its attributes, the elements it stands in, the text inside."""

    tag: str
    attributes: dict[str, str]
    path: tuple[Element, ...]
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)


class Page(HTMLParser):
    """A page as a list of elements in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.elements: list[Element] = []
        self.wrong: list[str] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        self.wrong += [f"<{element.tag}> is never closed" for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.wrong += [f"<{tag}> has {name} twice" for name in set(names) if names.count(name) > 1]
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in CLOSES_ITSELF:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in CLOSES_ITSELF:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            inside = self._open[-1].tag if self._open else "nothing"
            self.wrong.append(f"</{tag}> inside <{inside}>")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.words.append(data)

    def all(self, tag: str, **wanted: str) -> list[Element]:
        """Elements of a tag whose attributes are as wanted (``class_`` for class)."""
        return [
            element
            for element in self.elements
            if element.tag == tag
            and all(
                element.get(name.rstrip("_").replace("_", "-")) == value for name, value in wanted.items()
            )
        ]

    @property
    def text(self) -> str:
        """Everything a reader sees, in order."""
        body = self.all("body")
        return body[0].text if body else ""

    @property
    def title(self) -> str:
        return self.all("title")[0].text

    @property
    def links(self) -> list[str]:
        return [element.get("href") for element in self.all("a")]

    def form(self, action: str) -> dict[str, str]:
        """What the form with this action sends when nothing is changed (the last of a repeated name)."""
        sent: dict[str, str] = {}
        for element in self.elements:
            if not any(outer.tag == "form" and outer.get("action") == action for outer in element.path):
                continue
            name = element.get("name")
            if element.tag == "input" and element.get("type") in ("checkbox", "radio"):
                if "checked" in element.attributes:
                    sent[name] = element.get("value")
            elif element.tag == "input" and element.get("type") != "file":
                sent[name] = element.get("value")
            elif element.tag == "textarea":
                sent[name] = "".join(element.words).removeprefix("\n")
            elif element.tag == "select":
                sent[name] = self._chosen(element)
        return {name: value for name, value in sent.items() if name}

    def _chosen(self, select: Element) -> str:
        options = [option for option in self.all("option") if select in option.path]
        chosen = [option for option in options if "selected" in option.attributes]
        return (chosen or options)[0].get("value") if options else ""


def faults(html: str) -> list[str]:
    """What is wrong with a page: nesting, ids, names of controls, references, headings, inline script or style."""
    page = Page(html)
    ids = [element.get("id") for element in page.elements if "id" in element.attributes]
    found = [*page.wrong, *(f"id {name!r} twice" for name in set(ids) if ids.count(name) > 1)]
    labelled = {element.get("for") for element in page.all("label")}
    for element in page.elements:
        for name in REFERENCES:
            found += [
                f"{element.tag}[{name}] leads to no {word!r}"
                for word in element.get(name).split()
                if word not in ids
            ]
        if "style" in element.attributes or any(name.startswith("on") for name in element.attributes):
            found.append(f"<{element.tag}> carries style or script")
        if element.tag == "script" and not element.get("src").startswith("/static/"):
            found.append("a script of its own")
        if element.tag in CONTROLS and not _named(element, labelled):
            found.append(f"{element.tag} {element.get('name')!r} has no label")
        if element.tag == "form" and any(outer.tag == "form" for outer in element.path):
            found.append("a form in a form")
        found += _misplaced(element)
    if len(page.all("h1")) != 1:
        found.append(f"{len(page.all('h1'))} h1")
    if len(page.all("main")) != 1 or not page.all("html")[0].get("lang"):
        found.append("no main or no language")
    return found


INSIDE = {
    "li": {"ul", "ol"}, "dt": {"dl", "div"}, "dd": {"dl", "div"}, "tr": {"thead", "tbody", "tfoot"}, "td": {"tr"},
    "th": {"tr"}, "option": {"select", "datalist", "optgroup"}, "legend": {"fieldset"}, "caption": {"table"},
    "summary": {"details"}, "figcaption": {"figure"},
}  # fmt: skip
"""What may stand in nothing but these."""
HOLDS = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "tr": {"td", "th"},
    "select": {"option", "optgroup"},
}
"""What may hold nothing but these."""
BLOCKS = {
    "p",
    "div",
    "ul",
    "ol",
    "dl",
    "table",
    "form",
    "section",
    "article",
    "h1",
    "h2",
    "h3",
    "h4",
    "pre",
    "blockquote",
}
PHRASES = {
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "span",
    "button",
    "label",
    "summary",
    "strong",
    "em",
    "small",
    "dt",
} - {"dt"}
"""What may hold no block."""
TYPED = {"text", "search", "email", "password", "tel", "url", "number"}
"""The types of input that may have a placeholder."""
PRESSED = {"a", "button", "label"}
NEEDED = {
    "img": ("alt", "src"),
    "a": ("href",),
    "form": ("action",),
    "progress": ("max",),
    "time": ("datetime",),
}


def _misplaced(element: Element) -> list[str]:
    """What is wrong with where an element stands and what it must say."""
    found = [
        f"<{element.tag}> without {name}"
        for name in NEEDED.get(element.tag, ())
        if name not in element.attributes
    ]
    outer = element.path[-1].tag if element.path else ""
    if element.tag in INSIDE and outer not in INSIDE[element.tag]:
        found.append(f"<{element.tag}> in <{outer}>")
    if outer in HOLDS and element.tag not in HOLDS[outer] | {"script", "template"}:
        found.append(f"<{element.tag}> in <{outer}>")
    if element.tag in BLOCKS and outer in PHRASES:
        found.append(f"<{element.tag}> in <{outer}>")
    if outer == "option":
        found.append(f"<{element.tag}> in <option>")
    if element.tag == "time" and re.search(r"\.\d{4}", element.get("datetime")):
        found.append("a time finer than a thousandth of a second")
    if element.tag == "input" and "placeholder" in element.attributes and element.get("type") not in TYPED:
        found.append(f"a placeholder in a field of type {element.get('type')}")
    if element.tag in {"a", "button"} and any(around.tag in PRESSED - {"label"} for around in element.path):
        found.append(f"<{element.tag}> in something that is pressed")
    return found


def _named(element: Element, labelled: set[str]) -> bool:
    return (
        element.get("type") == "hidden" or "aria-label" in element.attributes or element.get("id") in labelled
    )
