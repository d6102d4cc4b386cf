"""What a member brings in and takes along from the shell, on a stopped node and on a running one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kit.nodes import Process, barnraise, exit_code

pytestmark = pytest.mark.processes

ROWS = "title.en;why.en;opportunity\nA course;To learn;course\nNo reason;;course\n"


def test_drafts_come_in_and_everything_goes_out_whether_the_node_runs_or_not(tmp_path: Path) -> None:
    data = tmp_path / "node"
    data.mkdir()
    barnraise(
        "init", "--name", "Ministry", "--jurisdiction", "CA-BC", "--kind", "ministry", "--json", data=data
    )
    barnraise("member", "add", "--name", "Analyst", data=data)
    rows, out = tmp_path / "rows.csv", tmp_path / "export.ndjson"
    rows.write_text("\ufeff" + ROWS, encoding="utf-8")
    code, _, errors = exit_code("import", "--as", "Analyst", str(rows), data=data)
    assert code == 1 and "row 3, why: " in errors
    said = barnraise("import", "--as", "Analyst", "--keep-good", str(rows), data=data)
    assert "1 drafts made." in said and "refused: row 3, why: " in said
    barnraise("export", "--as", "Analyst", "--out", str(out), data=data)
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert lines[-1] == {"kind": "end"} and [line["type"] for line in lines if line["kind"] == "draft"] == [
        "pitch.open"
    ]
    process = Process(data)
    try:
        kept = json.loads(
            barnraise("import", "--as", "Analyst", "--keep-good", "--json", str(rows), data=data)
        )
        assert kept["kept"] == 1 and kept["refused"][0]["params"]["row"] == 3
        told = barnraise("export", "--as", "Analyst", data=data)
    finally:
        process.stop()
    assert [json.loads(line)["kind"] for line in told.splitlines()].count("draft") == 2
