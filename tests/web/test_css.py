"""The stylesheet: small, own, legible in both schemes (WEB "Look")."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from web.pages import static

STATIC = Path(__file__).parents[2] / "web" / "static"
CSS = (STATIC / "barnraise.css").read_text(encoding="utf-8")

TEXT_PAIRS = [
    ("ink", "paper"), ("ink", "surface"), ("ink", "sunken"), ("ink", "sky-soft"), ("ink", "field-soft"),
    ("ink", "timber-soft"), ("ink", "alarm-soft"), ("muted", "paper"), ("muted", "surface"), ("muted", "sunken"),
    ("timber", "paper"), ("timber", "surface"), ("timber-deep", "timber-soft"), ("on-timber", "timber"),
    ("on-timber", "timber-deep"), ("field", "surface"), ("field", "paper"), ("field", "field-soft"),
    ("on-field", "field"), ("sky", "paper"), ("sky", "surface"), ("sky", "sunken"), ("sky", "sky-soft"),
    ("sky", "field-soft"), ("sky", "timber-soft"), ("sky", "alarm-soft"), ("alarm", "paper"), ("alarm", "surface"),
    ("alarm", "alarm-soft"), ("paper", "ink"),
]  # fmt: skip
CONTROL_PAIRS = [
    ("edge", "surface"),
    ("edge", "paper"),
    ("edge", "sunken"),
    ("timber", "timber-soft"),
    ("field", "surface"),
]


def tokens(scheme: str) -> dict[str, str]:
    """Colour tokens of a scheme: the dark set stands on the light one."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", light))
    return found | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", dark)) if scheme == "dark" else found


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_knows_black_and_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_stands_out(scheme: str, text: str, ground: str) -> None:
    found = tokens(scheme)
    assert contrast(found[text], found[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("line", "ground"), CONTROL_PAIRS)
def test_controls_stand_out(scheme: str, line: str, ground: str) -> None:
    found = tokens(scheme)
    assert contrast(found[line], found[ground]) >= 3


def test_both_schemes_set_the_same_colours() -> None:
    dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[1]
    assert set(re.findall(r"--([a-z-]+): #", dark)) == set(tokens("light"))


def test_it_is_small_as_served() -> None:
    body, media_type = static.load()["barnraise.css"]
    assert media_type == "text/css"
    assert len(body) < 30_000


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("/* why */\n.a { color: red; margin: 0 1px }\n", ".a{color:red;margin:0 1px}"),
        ('.a::after { content: " /* ; {  } */  " }', '.a::after{content:" /* ; {  } */  "}'),
        (r'.a::after { content: "say \" : , " }', r'.a::after{content:"say \" : , "}'),
        (".a :hover > b, .a:not(i, u) + b { --x: 1px }", ".a :hover > b,.a:not(i,u) + b{--x:1px}"),
        ("@media (width >= 62rem) and (x: y) {\n  b { inset: calc(-1 * var(--s) - 7px) }\n}",
         "@media (width >= 62rem) and (x:y){b{inset:calc(-1 * var(--s) - 7px)}}"),
        ("a /* one */ b { font: 1rem/1.5 x /* two */ }", "a b{font:1rem/1.5 x}"),
        ("a[title='  b  '] { x: y }", "a[title='  b  ']{x:y}"),
    ],
)  # fmt: skip
def test_what_is_served_says_what_was_written(written: str, served: str) -> None:
    assert static.tight(written) == served
    assert static.tight(served) == served


def test_no_string_or_rule_of_the_stylesheet_is_lost() -> None:
    served = static.load()["barnraise.css"][0].decode()
    plain = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    assert re.findall(r'"[^"]*"', served) == re.findall(r'"[^"]*"', plain)
    assert re.sub(r"\s", "", served) == re.sub(r"\s", "", plain)


def test_nothing_is_fetched() -> None:
    assert "url(" not in CSS and "@import" not in CSS


def test_braces_balance() -> None:
    assert CSS.count("{") == CSS.count("}")


def test_every_variable_used_is_defined() -> None:
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", CSS))
    assert used <= set(re.findall(r"--([a-z0-9-]+):", CSS))


def test_directions_are_logical() -> None:
    assert not re.findall(
        r"(?:margin|padding|border|inset)-(?:left|right|top|bottom)|[ {;](?:left|right|top|bottom|width|height):",
        CSS,
    )


def test_motion_asks_first() -> None:
    rules = re.sub(
        r"@media \(prefers-reduced-motion: no-preference\) \{.*?\n  \}\n", "", CSS, flags=re.DOTALL
    )
    assert not re.findall(r"(?:transition|animation)\s*:", rules)


def test_scripts_load_nothing_from_elsewhere() -> None:
    for script in STATIC.glob("*.js"):
        assert not re.findall(
            r"https?://|import\s*\(|\beval\b|innerHTML", script.read_text(encoding="utf-8")
        ), script
