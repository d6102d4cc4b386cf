"""The guide from an idea to *applied* is true: it asks two real nodes before it says anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 300  # seconds: a lid on a test that hangs, never what decides it
CLAIMS = (
    "one cent is lacking",
    "the own share is satisfied to the cent",
    "everybody sees that the money is there, by the tally",
    "Halifax Regional Municipality counts two who come and one who may",
    "its giver says: partly",
    "applied, attested by a peer of the other organisation",
    "somebody new joined the circle and raised the next issue",
    "records, each proved by its receipt",
)


@pytest.mark.processes
def test_the_guide_runs_to_its_end_and_every_claim_holds(tmp_path: Path) -> None:
    script = ROOT / "docs/guide/idea_to_applied.py"
    line = [sys.executable, str(script), "--keep", str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr
    held = [said for said in done.stdout.splitlines() if said.startswith("  ✓ ")]
    for claim in CLAIMS:
        assert any(claim in said for said in held), claim
