"""Everything open waits on somebody, until a day, and ends without harm when nothing comes (R16).

Law: the table of R16 is data, ``TABLE``; whatever lists what waits, reminds of it or shows that it ended goes by it.
How long pledges and returns wait is said in ``protocol.rules.pledges``, once. Source: DOMAIN R16.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from protocol.rules.moments import DAY
from protocol.rules.pledges import ANSWER_DAYS

INVITE_DAYS: Final = 30
STANDING_DAYS: Final = 180
"""A standing offer that names no day stands half a year."""
CHECK_IN_DAYS: Final = 30
"""After a check-in was due its answer is no longer waited for."""
CARE_DAYS: Final = 7
"""A steward answers a report or a request for erasure within a week."""

OVERDUE: Final = "overdue"
"""The one ``then`` that ends nothing: what was promised stays promised."""
TO_OPERATOR: Final = "shown-to-operator"


class Row(NamedTuple):
    """A row of R16. ``what`` is to be done by ``on``; ``then``: what it is called when the day has passed.

    ``grace``: ms after the day due before ``then``.
    """

    what: str
    on: str
    then: str
    grace: int = 0

    @property
    def ends(self) -> bool:
        """Whether nobody is waited on any more after ``then``."""
        return self.then not in (OVERDUE, TO_OPERATOR)


TABLE: Final[Mapping[str, Row]] = {
    "pledge-offered": Row("accept", "pitcher", "lapsed"),
    "pledge-accepted": Row("fulfil", "giver", "lapsed", ANSWER_DAYS * DAY),
    "pledge-disputed": Row("fulfil", "giver", OVERDUE),
    "pledge-fulfilled": Row("confirm", "pitcher", "not-confirmed"),
    "return-promised": Row("deliver-return", "pitcher", OVERDUE),
    "return-delivered": Row("confirm-return", "giver", "no-answer"),
    "facilitator-asked": Row("attest", "asked", "not-attested"),
    "attest-asked": Row("attest-check-in", "asked", "not-attested"),
    "sharing-promised": Row("share", "pitcher", OVERDUE),
    "sharing-to-report": Row("report-sharing", "pitcher", OVERDUE),
    "first-artifact": Row("write-artifact", "pitcher", OVERDUE),
    "check-in-due": Row("check-in", "pitcher", "no-answer", CHECK_IN_DAYS * DAY),
    "invited": Row("answer-invite", "invited", "lapsed"),
    "offer-standing": Row("renew-offer", "giver", "lapsed"),
    "reported": Row("answer-report", "steward", TO_OPERATOR),
    "erasure-requested": Row("answer-erasure", "steward", TO_OPERATOR),
}
"""The rows of R16 by why something waits. A disputed pledge is an accepted one that is to be given again: it has no day
of its own, and stays until one side speaks.
"""

DAYS: Final[Mapping[str, int]] = {
    "facilitator-asked": ANSWER_DAYS,
    "attest-asked": ANSWER_DAYS,
    "invited": INVITE_DAYS,
    "offer-standing": STANDING_DAYS,
    "reported": CARE_DAYS,
    "erasure-requested": CARE_DAYS,
}
"""Days something waits from when it was asked, where no other date says."""


class Due(NamedTuple):
    """One open thing: why it waits (a key of TABLE), until when (None: no day) and since when, in ms."""

    reason: str
    until: int | None
    since: int

    @property
    def what(self) -> str:
        return TABLE[self.reason].what

    def overdue(self, now: int) -> bool:
        """Whether its day has passed."""
        return self.until is not None and now >= self.until

    def waits(self, now: int) -> bool:
        """Whether somebody is still waited on."""
        row = TABLE[self.reason]
        return not row.ends or self.until is None or now < self.until + row.grace


def asked(reason: str, since: int) -> Due:
    """Something asked of somebody at a time, with the days it waits."""
    return Due(reason, since + DAYS[reason] * DAY, since)


NEXT: Final[Mapping[str, str]] = {
    "offered": "pledge-offered",
    "accepted": "pledge-accepted",
    "disputed": "pledge-disputed",
    "fulfilled": "pledge-fulfilled",
}
"""Why a pledge in a state waits."""
NEXT_RETURN: Final[Mapping[str, str]] = {
    "promised": "return-promised",
    "overdue": "return-promised",
    "delivered": "return-delivered",
}
"""Why a return in a state waits; it does once the pledge was fulfilled."""
