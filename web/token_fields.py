"""What a member can say of a token to be made: which scopes, until when.

Law: nobody gives a token more than they have. Source: WEB "HTTP API".
"""

from __future__ import annotations

from typing import Final

from protocol.roles import DESK
from protocol.scopes import SCOPES, USUAL
from store.accounts import Account

ENDS: Final = ("30", "90", "365")
"""Days a token may last."""


def scopes_of(account: Account) -> tuple[str, ...]:
    """The scopes a member can give: the desk's only to who works there."""
    return SCOPES if account.role in DESK else USUAL
