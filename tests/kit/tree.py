"""What a screen reader is told: Chromium's accessibility tree of a page, and what must hold of it on every page.

    ear = Ear(page)
    ear.faults(say)            everything wrong in the tree; ``say`` gives a sentence in the page's language
    ear.announced()            what the polite status region says now

The tree is compared with the page: a control that is shown and is not in the tree, comes in another order, or whose
state in the tree is not the one the HTML says, is a fault. Works where scripts are off: the browser is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Page

CONTROLS: Final = frozenset(
    [
        "link",
        "button",
        "textbox",
        "searchbox",
        "combobox",
        "listbox",
        "checkbox",
        "radio",
        "radiogroup",
        "switch",
        "slider",
        "spinbutton",
        "DisclosureTriangle",
        "Date",
        "DateTime",
        "InputTime",
    ]
)
CLOSED: Final = CONTROLS - {"radiogroup"} | {"Video", "Audio"}  # what is inside belongs to the browser
ROLELESS: Final = frozenset({"generic", "none", "StaticText"})
NAMED: Final = frozenset(
    {"navigation", "complementary", "region", "search", "image", "radiogroup", "progressbar"}
)
WORDED: Final = frozenset(
    {"combobox", "listbox", "Date", "DateTime", "InputTime"}
)  # Chromium tells no “required” of them
STATES: Final = ("required", "invalid", "checked", "expanded", "disabled")

# The order of WEB "Look": what is missing (1), what can I do now (2), who is in (3), what happened (4); by headings.
ANSWERS: Final[Mapping[str, Mapping[str, int]]] = {
    "pitches": {
        "What is still missing": 1,
        "What was asked for": 1,
        "Your next steps": 2,
        "Pledges": 3,
        "Who is in": 3,
        "What happened": 4,
    },
    "pledges": {
        "Your answer": 2,
        "When you have given it": 2,
        "Did it come?": 2,
        "Give the return you promised": 2,
        "Was your return met?": 2,
        "What was agreed": 3,
        "The two parties": 3,
        "What happened": 4,
    },
    "library": {"Use it": 2, "Who reused it": 3, "Versions": 4},
    "events": {
        "What is still missing": 1,
        "How did it go?": 2,
        "Will you come?": 2,
        "You hold this event": 2,
        "Come": 2,
        "Who comes": 3,
    },
    "circles": {"What is still missing": 1, "What you can do": 2, "Who is in": 3, "What happened": 4},
    "polls": {"Your ballot": 2, "Result": 3},
    "issues": {"Who has it too": 2, "They have it too": 3, "Pitches that answer it": 4},
    "offers": {"Asks that fit today": 2, "Close the offer": 2, "What came of it": 4},
}
_OBJECT: Final = re.compile(rf"/({'|'.join(ANSWERS)})/[a-z0-9]+-\d+-\d+")

_SHOWN: Final = """() => {
  const shown = (one) => one.checkVisibility({ visibilityProperty: true, checkVisibilityCSS: true })
    && !one.closest("[aria-hidden=true], [inert]");
  const is = (one, name) => one.getAttribute(name) === "true";
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=radiogroup]";
  const told = (error) => [...document.querySelectorAll(`[aria-describedby~="${CSS.escape(error.id)}"]`)]
    .some((one) => is(one, "aria-invalid") && one.matches(controls));
  return {
    controls: [...document.querySelectorAll(controls)].filter(shown).map((one) => ({
      html: one.outerHTML.slice(0, 160),
      required: Boolean(one.required) || is(one, "aria-required"),
      invalid: is(one, "aria-invalid"),
      checked: ["checkbox", "radio"].includes(one.type) ? one.checked : false,
      expanded: one.tagName === "SUMMARY" ? one.parentElement.open : is(one, "aria-expanded"),
      disabled: Boolean(one.disabled),
      described: one.hasAttribute("aria-describedby"),
    })),
    untold: [...document.querySelectorAll("main .error[id]")].filter(shown).filter((one) => !told(one))
      .map((one) => one.outerHTML.slice(0, 160)),
    dangling: [...document.querySelectorAll("#errors a")].map((one) => one.getAttribute("href"))
      .filter((href) => !document.querySelector(href)),
    scripted: document.activeElement?.id === "errors",
  };
}"""


class Node(NamedTuple):
    """One thing in the tree; ``inside``: the roles around it, outermost first."""

    role: str
    name: str
    description: str
    states: Mapping[str, Any]
    inside: tuple[str, ...]


class Ear:
    """Listens to one page. Costs some tens of milliseconds each time, more for longer pages."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._session = page.context.new_cdp_session(page)

    def nodes(self) -> list[Node]:
        """The tree in reading order, without what it ignores."""
        found = {node["nodeId"]: node for node in self._session.send("Accessibility.getFullAXTree")["nodes"]}
        root = next(node for node in found.values() if "parentId" not in node)
        return list(_walk(root, found, ()))

    def announced(self) -> str:
        """What the status region says now."""
        return " ".join(
            node.name for node in self.nodes() if node.role == "StaticText" and "status" in node.inside
        )

    def faults(self, say: Callable[[str], str]) -> list[str]:
        """Everything that is wrong with the page in the tree."""
        nodes, shown = self.nodes(), self.page.evaluate(_SHOWN)
        path = urlsplit(self.page.url).path
        wrong = [
            *_landmarks(nodes),
            *_headings(nodes),
            *_names(nodes),
            *_controls(nodes, shown["controls"], say),
            *_errors(nodes, shown, say),
            *_order(nodes, path, say),
        ]
        return [f"{path}: {one}" for one in wrong]


def _walk(node: Mapping[str, Any], found: Mapping[str, Any], inside: tuple[str, ...]) -> Iterator[Node]:
    role = node["role"]["value"] if "role" in node else "none"
    if not node["ignored"]:
        states = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
        name, description = (node.get(key, {}).get("value") or "" for key in ("name", "description"))
        yield Node(role, name.strip(), description.strip(), states, inside)
        inside = (*inside, role)
    for child in node.get("childIds", ()):
        if child in found:
            yield from _walk(found[child], found, inside)


def _landmarks(nodes: list[Node]) -> Iterator[str]:
    count = Counter(node.role for node in nodes)
    for role in ("main", "banner", "contentinfo", "status"):
        if count[role] != 1:
            yield f"{count[role]} of {role}"
    for role, many in Counter(
        (node.role, node.name) for node in nodes if node.role in NAMED - {"image"}
    ).items():
        if many > 1 and role[0] == "navigation":
            yield f"{many} of {role[0]} are called “{role[1]}”"
    for node in nodes:
        if node.states.get("live", "off") != "off" and node.role not in {"status", "alert"}:
            yield f"{node.role} “{node.name}” speaks besides the status region"
        if node.role == "status" and node.states.get("live") != "polite":
            yield "the status region is not polite"


def _headings(nodes: list[Node]) -> Iterator[str]:
    levels = [(node.states["level"], node.name) for node in nodes if node.role == "heading"]
    first = [name for level, name in levels if level == 1]
    if len(first) != 1:
        yield f"{len(first)} headings of level 1"
    for (above, _), (level, name) in pairwise([(1, ""), *levels]):
        if level > above + 1:
            yield f"heading “{name}” skips from level {above} to {level}"
        if not name:
            yield f"an empty heading of level {level}"


def _names(nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        ours = not CLOSED & set(node.inside)
        if node.role in NAMED and not node.name and ours:
            yield f"{node.role} without a name"
        if node.states.get("focusable") and ours and node.role in ROLELESS:
            yield f"“{node.name}” takes focus and has no role"


def _controls(nodes: list[Node], shown: list[dict[str, Any]], say: Callable[[str], str]) -> Iterator[str]:
    told = [node for node in nodes if node.role in CONTROLS and not CLOSED & set(node.inside)]
    if len(told) != len(shown):
        yield f"{len(shown)} controls are shown, {len(told)} are in the tree: {_first_apart(told, shown)}"
        return
    for node, one in zip(told, shown, strict=True):
        if not node.name:
            yield f"{node.role} without a name: {one['html']}"
        if one["required"] and node.role in WORDED and say("required") not in node.name:
            yield f"{node.role} “{node.name}” does not say that it is required"
        for state in STATES:
            if _true(node.states.get(state)) != one[state] and not (
                state == "required" and node.role in WORDED
            ):
                yield f"{node.role} “{node.name}” is {state} in {'the page' if one[state] else 'the tree'} only"
        if one["described"] and not node.description:
            yield f"{node.role} “{node.name}” has lost its description"


def _first_apart(told: list[Node], shown: list[dict[str, Any]]) -> str:
    for node, one in zip(told, shown, strict=False):
        plain = re.sub(r"\s+", " ", re.sub("<[^>]*>", "", one["html"])).strip()
        if (
            plain
            and not one["html"].startswith(("<input", "<select", "<textarea"))
            and plain[:12] not in node.name
        ):
            return f"“{node.name}” stands for {one['html']}"
    return " · ".join(node.name for node in told[len(shown) :]) or str(shown[len(told) :][:1])


def _errors(nodes: list[Node], shown: Mapping[str, Any], say: Callable[[str], str]) -> Iterator[str]:
    said = nodes[0].name.startswith(say("Error:"))
    summary = [node for node in nodes if node.role == "alert" and node.states.get("focusable")]
    if said != bool(summary):
        yield (
            "the title says “Error” and no summary does"
            if said
            else "a summary of errors and no “Error” in the title"
        )
    yield from (f"no field is invalid and described by {html}" for html in shown["untold"])
    yield from (f"the summary leads to {target}, which is not there" for target in shown["dangling"])
    if shown["scripted"] and not any(node.states.get("focused") for node in summary):
        yield "the summary of errors has focus and the tree does not say so"


def _order(nodes: list[Node], path: str, say: Callable[[str], str]) -> Iterator[str]:
    found = _OBJECT.fullmatch(path)
    if not found:
        return
    ranks = {say(heading): rank for heading, rank in ANSWERS[found[1]].items()}
    met = [
        (ranks.get(node.name, 0), node.name)
        for node in nodes
        if node.role == "heading" and node.states["level"] == 2
    ]
    for (before, earlier), (after, later) in pairwise([one for one in met if one[0]]):
        if after < before:
            yield f"“{later}” comes after “{earlier}”"


def _true(state: object) -> bool:
    return state in (True, "true")
