"""A reader without a mouse: everything is reached and done with Tab, Shift+Tab, Enter, Space, arrows and letters.

    reader = desk.reader(node, member, hands=KeyReader, window=(320, 256))

The journeys are the same as any reader's. Besides, every stop of the keyboard is looked at: its focus shows, it is in
the window and nothing lies over it; no stop holds the keyboard; the first stop of a page leads to its content.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from playwright.sync_api import Locator

from tests.kit.browser import Reader

STOPS: Final = 400  # more presses of Tab than any page has stops
PARTS: Final = 6  # stops within one control: year, month, day, hour, minute, calendar

_ON_BODY: Final = (
    "() => (!document.activeElement || document.activeElement === document.body) && !location.hash"
)
_WHERE: Final = """(target) => {
  const at = document.activeElement;
  if (at === target || (target.type === "radio" && at.type === "radio" && at.name === target.name && at.form === target.form)) return 0;
  return at.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING ? 1 : -1;
}"""
_STOP: Final = """() => {
  const stop = document.activeElement;
  if (!stop || stop === document.body) return { html: "", wrong: null };
  const html = stop.outerHTML.slice(0, 200);
  const style = getComputedStyle(stop);
  const clear = style.outlineColor === "transparent" || /, 0\\)$/.test(style.outlineColor);
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2 || clear)
    return { html, wrong: "focus does not show" };
  const within = (low, high, end) => (Math.max(low, 0) + Math.min(high, end)) / 2;
  const met = [...stop.getClientRects()].filter((box) => box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth);
  if (!met.length) return { html, wrong: "it is not in the window" };
  const over = met.map((box) => document.elementFromPoint(within(box.left, box.right, innerWidth), within(box.top, box.bottom, innerHeight)));
  const free = over.some((one) => one && (stop.contains(one) || one.closest("label")?.control === stop));
  return { html, wrong: free ? null : `it lies under ${over[0]?.outerHTML.slice(0, 120)}` };
}"""


class KeyReader(Reader):
    """Somebody at a keyboard."""

    def reach(self, target: Locator) -> Locator:
        """Tab to it, forward or back. AssertionError if the keyboard does not get there or a stop on the way is bad."""
        if self.page.evaluate(_ON_BODY):
            self._go_to_content()
        held, last = 0, ""
        for _ in range(STOPS):
            way = target.evaluate(_WHERE)
            if way == 0:
                return target
            at = self.step("Tab" if way > 0 else "Shift+Tab")
            held, last = (held + 1 if at == last else 0), at
            assert held < PARTS, f"the keyboard is held by {at}"
        raise AssertionError(f"the keyboard does not reach {target}")

    def step(self, key: str) -> str:
        """One press of Tab or Shift+Tab; the stop it comes to."""
        self.page.keyboard.press(key)
        stop: dict[str, Any] = self.page.evaluate(_STOP)
        assert stop["wrong"] is None, f"{stop['wrong']}: {stop['html']} on {self.page.url}"
        return str(stop["html"])

    def _go_to_content(self) -> None:
        first = self.step("Tab")
        assert 'class="skip"' in first, f"the first stop is {first}"
        self.page.keyboard.press("Enter")
        self.page.wait_for_function("() => document.activeElement.id === 'main'")

    def _use(self, target: Locator) -> None:
        self.page.keyboard.press("Enter")

    def _unfold(self, summary: Locator) -> None:
        self.reach(summary)
        self.page.keyboard.press("Space")

    def _tick(self, box: Locator) -> None:
        self.reach(box)
        for _ in range(STOPS):
            if box.evaluate("box => box === document.activeElement"):
                break
            self.page.keyboard.press("ArrowDown")
        if not box.is_checked():
            self.page.keyboard.press("Space")
        assert box.is_checked()

    def _choose(self, field: Locator, value: str) -> None:
        self.reach(field)
        apart = field.evaluate(
            "(field, value) => [...field.options].findIndex((one) => one.value === value) - field.selectedIndex",
            value,
        )
        for _ in range(abs(apart)):
            self.page.keyboard.press("ArrowDown" if apart > 0 else "ArrowUp")
        assert field.input_value() == value

    def _write(self, field: Locator, value: str) -> None:
        self.reach(field)
        if field.get_attribute("type") == "date":
            self._write_date(field, dt.date.fromisoformat(value))
        else:
            self.page.keyboard.press("ControlOrMeta+A")
            self.page.keyboard.type(value)
        assert field.input_value() == value

    def _write_date(self, field: Locator, day: dt.date) -> None:
        """Type a day in the order in which this browser shows its parts."""
        for parts in ("%m%d%Y", "%Y>%m%d", "%d%m%Y"):
            for key in day.strftime(parts):
                self.page.keyboard.press("ArrowRight" if key == ">" else key)
            if field.input_value() == day.isoformat():
                return
            for _ in range(PARTS):
                self.page.keyboard.press("Backspace")
                self.page.keyboard.press("ArrowLeft")
