"""The guides: the same in both languages, with pictures that are there, naming commands that exist."""

from __future__ import annotations

import re
from importlib.resources import files

import click
import pytest

from node.cli import main
from tests.kit.html import Page
from tests.kit.web import House, visit
from web.pages.guides import HEIGHT, WIDTH, Name, guide

NAMES: tuple[Name, ...] = ("member", "operator")
STATIC = files("web") / "static"


def source(name: str, language: str) -> str:
    return (files("web") / "guides" / f"{name}.{language}.md").read_text("utf-8")


def outline(text: str) -> list[str]:
    """What kind of line each is: heading, item, row, picture, command."""
    marks = re.findall(r"^(#+ |- |\d+\. |\||!\[|    )", text, re.MULTILINE)
    return [re.sub(r"\d+", "1", mark) for mark in marks]


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_parts(name: Name) -> None:
    assert outline(source(name, "en")) == outline(source(name, "fr"))
    pictures = [[part.picture.partition(".")[0] for part in guide(name, tag)] for tag in ("en", "fr")]
    assert pictures[0] == pictures[1]
    assert any(pictures[0])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_pictures_are_there_and_as_large_as_said(name: Name, language: str) -> None:
    shown = [part.picture for part in guide(name, language) if part.picture]  # type: ignore[arg-type]
    for picture in shown:
        data = (STATIC / picture).read_bytes()
        assert (data[:4], data[8:16]) == (b"RIFF", b"WEBPVP8X")
        size = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        assert tuple(size) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_commands_exist(language: str) -> None:
    named = re.findall(r"barnraise ([a-z]+)(?: ([a-z]+))?", source("operator", language))
    assert len(named) > 6
    for command, inner in named:
        found = main.get_command(click.Context(main), command)
        assert found is not None
        assert not isinstance(found, click.Group) or inner in found.commands


async def test_anybody_may_read_them(house: House) -> None:
    async with visit(house) as site:
        browser = await site.browser()
        for name in NAMES:
            page = await browser.ask("GET", f"/help/{name}s")
            assert page.status == 200
            assert page.text.count("<img") == sum(bool(part.picture) for part in guide(name, "en"))
            assert len(page.text) < 30_000
        assert {"/help/members", "/help/operators"} <= set(
            Page((await browser.ask("GET", "/help")).text).links
        )
