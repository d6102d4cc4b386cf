"""Which version this is, as the installed package says.

Law: the number stands once, in pyproject.toml.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

VERSION: Final = version("barnraise")
