"""How far the asks of a pitch are met, and where the pitch stands in lists (R8, R12).

Law: every ask weighs the same whatever its kind; quantities stay in their unit and are never added across
asks. Accepted never exceeds asked: the owner's accepts count in order, what exceeds waits. What nobody but the
parties may see enters only as the owner's tally. Source: DOMAIN sections 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from protocol.limits import MAX_INT
from protocol.records.pitches import Ask, TallyLine
from protocol.rules.moments import lasts_until
from protocol.rules.policies import Order

TAKEN: Final = frozenset({"accepted", "fulfilled", "confirmed", "disputed"})
GIVEN: Final = frozenset({"fulfilled", "confirmed"})


class PledgeFacts(NamedTuple):
    """What progress needs of one pledge. ``accepted`` is the quantity of the accept in force, ``order`` its
    place in the owner's feed; ``private``: for the parties only, so public sums know it by the tally."""

    ask: str | None
    offered: int
    state: str
    accepted: int = 0
    order: Order | None = None
    private: bool = False


class AskProgress(NamedTuple):
    """One ask, in ``unit``. ``waiting``: accepted beyond what was asked."""

    key: str
    unit: str
    quantity: int
    must: bool
    offered: int
    accepted: int
    fulfilled: int
    waiting: int
    met: bool

    @property
    def remaining(self) -> int:
        return self.quantity - self.accepted


def counted(quantity: int, pledges: Iterable[PledgeFacts]) -> list[tuple[PledgeFacts, int]]:
    """Each accepted pledge with the part of it that counts towards ``quantity``, in the owner's order."""
    left, found = quantity, []
    taken = (pledge for pledge in pledges if pledge.state in TAKEN)
    for pledge in sorted(taken, key=lambda pledge: pledge.order or (0, 0)):
        part = min(left, pledge.accepted)
        left -= part
        found.append((pledge, part))
    return found


def asks_progress(
    asks: Iterable[Ask], pledges: Sequence[PledgeFacts], tally: Mapping[str, TallyLine] | None = None
) -> dict[str, AskProgress]:
    """Progress by ask: public accepts + tally, the same on every node. Private pledges given are passed over."""
    public = [pledge for pledge in pledges if not pledge.private]
    return {
        ask.key: _progress(ask, [p for p in public if p.ask == ask.key], (tally or {}).get(ask.key))
        for ask in asks
    }


def _progress(ask: Ask, pledges: list[PledgeFacts], tally: TallyLine | None) -> AskProgress:
    counts = counted(ask.quantity, pledges)
    accepted = sum(part for _, part in counts) + (tally.accepted if tally else 0)
    fulfilled = sum(part for pledge, part in counts if pledge.state in GIVEN) + (
        tally.fulfilled if tally else 0
    )
    offered = sum(p.offered for p in pledges if p.state == "offered" or p.state in TAKEN)
    excess = sum(pledge.accepted - part for pledge, part in counts) + max(0, accepted - ask.quantity)
    accepted = min(accepted, ask.quantity)
    return AskProgress(
        key=ask.key,
        unit=ask.unit,
        quantity=ask.quantity,
        must=ask.must,
        offered=offered + (tally.accepted if tally else 0),
        accepted=accepted,
        fulfilled=min(fulfilled, accepted),
        waiting=excess,
        met=accepted == ask.quantity,
    )


def resourced(progress: Iterable[AskProgress], *, beside: bool = False) -> bool:
    """Every must-ask met and one pledge accepted; ``beside``: one that names no ask was."""
    asks = list(progress)
    return all(ask.met for ask in asks if ask.must) and (beside or any(ask.accepted for ask in asks))


def order_key(
    asks: Iterable[Ask], progress: Mapping[str, AskProgress], opened: int, pitch: str
) -> tuple[int, int, str]:
    """R8, the same on every node: open must-asks by ``needed_by``, soonest first, then newest, then by id."""
    dates = [
        lasts_until(ask.needed_by) for ask in asks if ask.must and ask.needed_by and not progress[ask.key].met
    ]
    return min(dates, default=MAX_INT), -opened, pitch
