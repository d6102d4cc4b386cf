"""How a long-lived process of a node looks after its memory.

Law: set once, at the start. Records come by the thousand and are freed by counting references; looking for cycles among
them every few hundred, as Python does by itself, costs a tenth of the time a node spends on catching up.
"""

from __future__ import annotations

import gc
from typing import Final

YOUNG: Final = 50_000  # containers made and not freed before the next look for cycles: some megabytes


def settle() -> None:
    """Leave what was imported alone for good, and look for cycles seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
