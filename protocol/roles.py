"""Roles of the accounts of a node: what each may do there.

Law: a role is known to its node alone; no record carries one. Source: DOMAIN R9.
"""

from __future__ import annotations

from typing import Final

MEMBER: Final = "member"
STEWARD: Final = "steward"
OPERATOR: Final = "operator"
ROLES: Final = (MEMBER, STEWARD, OPERATOR)
"""The role that may do least comes first."""
DESK: Final = (STEWARD, OPERATOR)
"""Roles that look after a node."""
