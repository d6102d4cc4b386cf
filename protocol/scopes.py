"""Scopes of a token: what a program may do as its member.

Law: a token never does more than its scopes say, nor more than its member may. Source: WEB "HTTP API".
"""

from __future__ import annotations

from typing import Final

READ: Final = "read"
PUBLISH: Final = "publish"
ADMIN: Final = "admin"
SCOPES: Final = (READ, PUBLISH, ADMIN)
"""Read what the member may read; publish, draft and upload as the member; work at the desk, but for accounts."""
USUAL: Final = (READ, PUBLISH)
"""What a token gets when nothing is said."""
DAYS: Final = 365
"""How long it lasts when nothing is said."""
DAYS_MOST: Final = 3_650
