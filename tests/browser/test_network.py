"""A record is seen travelling: the open page of a young object and the network page tell by themselves who has it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import samples
from tests.browser.line import Line
from tests.kit.browser import PATIENCE, Desk
from tests.kit.organisations import until

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_a_record_is_seen_travelling(desk: Desk, line: Line) -> None:
    near = line.b.node
    owner = line.a.member("Carrier")
    reader = desk.reader(line.a, owner.member)
    reader.go("/network")
    reader.comes(f'#ours-list [data-item="{near}"]')
    pitch = owner.say("pitch.open", **samples.pitch("On its way"))
    page = reader.another(f"/pitches/{pitch}")
    page.locator("#held summary").click()
    step = page.locator("#held li.yes", has=page.locator(f'a[href="/organisations/{near}"]'))
    expect(step.locator("time")).to_be_visible(timeout=PATIENCE)
    size = int(pitch.rpartition("-")[2]) + 1
    row = reader.page.locator(f'#ours-list [data-item="{near}"]')
    expect(row).to_contain_text(f"{size} of {size}", timeout=PATIENCE)
    way = until(lambda: (owner.get(f"/pitches/{pitch}") or {}).get("held_by"), "the pitch is read")
    assert [leg["how"] for leg in way["travel"]][:2] == ["here", "told"]
