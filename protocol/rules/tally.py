"""What the network learns of private pledges: the sum by ask, and nothing else.

Law: no name, no count, no line for an ask no private pledge was ever accepted for. The owner's node publishes
it after each change; the last counts. Source: DOMAIN R12.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from protocol.records.pitches import Ask
from protocol.rules.asks import GIVEN, PledgeFacts, counted


def tally(asks: Iterable[Ask], pledges: Sequence[PledgeFacts]) -> dict[str, dict[str, int]]:
    """{ask key: {accepted, fulfilled}} over private pledges, counted among all accepts in the owner's order."""
    return {ask.key: line for ask in asks if (line := _line(ask, pledges)) is not None}


def _line(ask: Ask, pledges: Sequence[PledgeFacts]) -> dict[str, int] | None:
    here = [pledge for pledge in pledges if pledge.ask == ask.key]
    if not any(pledge.private and pledge.order for pledge in here):
        return None
    parts = [(pledge, part) for pledge, part in counted(ask.quantity, here) if pledge.private]
    return {
        "accepted": sum(part for _, part in parts),
        "fulfilled": sum(part for pledge, part in parts if pledge.state in GIVEN),
    }


def tally_content(pitch: str, asks: Iterable[Ask], pledges: Sequence[PledgeFacts]) -> dict[str, Any] | None:
    """Content of the ``pitch.tally`` due now; None while no private pledge was accepted."""
    sums = tally(asks, pledges)
    return {"type": "pitch.tally", "pitch": pitch, "asks": sums} if sums else None
