"""The walk through the house names rooms that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_file_named_on_the_walk_exists() -> None:
    text = (ROOT / "docs/life-of-a-record.md").read_text("utf-8")
    named = set(re.findall(r"`((?:protocol|store|web|node)/[a-z_/]*(?:\.py)?)`", text))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_walk_names_the_doors_of_the_log() -> None:
    text = (ROOT / "docs/life-of-a-record.md").read_text("utf-8")
    code = (ROOT / "store/log.py").read_text("utf-8")
    for name in ("append_own", "seal", "ingest"):
        assert f"`{name}`" in text
        assert f"def {name}(" in code
