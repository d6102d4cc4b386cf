"""Is everything that can be pressed large enough to be met? WCAG 2.2, 2.5.8: 24 × 24 CSS pixels.

    small(page)        each target that is too small, as text; about ten milliseconds

Exceptions of the rule that count here: a link in a sentence (*inline*); a small target whose circle of 24 pixels meets
no other target (*spacing*). A box to tick is met on its label too; a card's title on the whole card.
"""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page

_SMALL: Final = """() => {
  const LEAST = 24, SLACK = 0.5;
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]";
  const shown = (one) => one.checkVisibility({ visibilityProperty: true, checkVisibilityCSS: true })
    && !one.closest("[aria-hidden=true], [inert], .hidden");
  const join = (a, b) => ({ left: Math.min(a.left, b.left), top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom) });
  const place = (one) => {
    const over = getComputedStyle(one, "::after");
    const stretched = over.position === "absolute" && over.content !== "none" && over.top === "0px" && over.bottom === "0px";
    let box = (stretched && one.offsetParent || one).getBoundingClientRect();
    for (const label of one.type === "checkbox" || one.type === "radio" ? one.labels : []) box = join(box, label.getBoundingClientRect());
    return box;
  };
  const inSentence = (one) => {
    if (getComputedStyle(one).display !== "inline") return false;
    let block = one.parentElement;
    while (getComputedStyle(block).display === "inline") block = block.parentElement;
    const around = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    while (around.nextNode()) {
      const words = around.currentNode;
      if (/[\\p{L}\\p{N}]/u.test(words.data) && !words.parentElement.closest(controls + ", .hidden")) return true;
    }
    return false;
  };
  const targets = [...document.querySelectorAll(controls)].filter(shown).map((one) => {
    const box = place(one);
    return { one, box, x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2,
      little: box.right - box.left < LEAST - SLACK || box.bottom - box.top < LEAST - SLACK };
  });
  const near = (a, b) => {
    if (b.one === a.one || b.one.contains(a.one) || a.one.contains(b.one)) return false;
    if (b.little && Math.hypot(a.x - b.x, a.y - b.y) < LEAST - SLACK) return true;
    const apart = Math.hypot(Math.max(b.box.left - a.x, 0, a.x - b.box.right), Math.max(b.box.top - a.y, 0, a.y - b.box.bottom));
    return apart < LEAST / 2 - SLACK && !stretchedOver(b, a);
  };
  const stretchedOver = (b, a) => b.box.left <= a.box.left && b.box.right >= a.box.right && b.box.top <= a.box.top && b.box.bottom >= a.box.bottom;
  return targets.filter((a) => a.little && !inSentence(a.one)).map((a) => [a, targets.find((b) => near(a, b))])
    .filter(([, b]) => b).map(([a, b]) => `${Math.round(a.box.right - a.box.left)} × ${Math.round(a.box.bottom - a.box.top)}: `
      + `${a.one.outerHTML.slice(0, 120)} beside ${b.one.outerHTML.slice(0, 80)}`);
}"""


def small(page: Page) -> list[str]:
    """Targets of the page as it is laid out now that are too small and too near to another."""
    found: list[str] = page.evaluate(_SMALL)
    return found
