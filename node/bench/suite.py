"""Every row, in the order of the table.

Law: one after the other, in a folder that is empty at the start and may be thrown away. Source: QUALITY "Benchmarks".
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from node.bench import attacks, growing, pages, publishing, reconnecting, replicate, verifying
from node.bench.table import Plan, Row, Step

PARTS: Final[Mapping[str, Callable[[Plan, Step], Iterator[Row]]]] = {
    "replicate": replicate.rows,
    "verify": verifying.rows,
    "publish": publishing.rows,
    "reconnect": reconnecting.rows,
    "growing": growing.rows,
    "pages": pages.rows,
    "attacks": attacks.rows,
}
"""What can be measured by itself."""


def measure(plan: Plan, parts: Sequence[str], step: Step) -> Iterator[Row]:
    """The rows of these parts, each as soon as it is known."""
    for name in parts:
        folder = plan.folder / name
        folder.mkdir(parents=True)
        yield from PARTS[name](replace(plan, folder=folder), step)
        shutil.rmtree(folder)
