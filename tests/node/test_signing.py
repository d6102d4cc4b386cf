"""E0 with real processes: what is published before the peers have answered is kept, and signed when they have."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from store.signed_head import read
from tests.kit.nodes import Process, barnraise, exit_code, processes
from tests.node.test_processes import PITCH, get, init

pytestmark = pytest.mark.processes


def said(process: Process, member: str, title: str, *more: str) -> Any:
    body = json.dumps({**PITCH, "title": {"en": title}}).encode()
    return process.ask("publish", "--as", member, *more, "-", stdin=body)


def test_e0_what_was_said_on_a_stopped_folder_survives_kill_9_and_is_signed_once_the_peer_has_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BARNRAISE_SIGNING_WAIT", "600")
    folders = [init(tmp_path / "a", "Ministry"), init(tmp_path / "b", "City")]
    with processes(folders) as (a, b):
        b.ask("peer", "add", a.ask("peer", "invite", "--at", a.facts["peer"])["code"])
        member = a.ask("member", "add", "--name", "analyst")["id"]
        said(a, member, "one")
        b.until(lambda: b.ask("status")["entries"] == a.ask("status")["entries"], "both hold everything")
        a.stop()
        b.stop()
        queued = [
            json.loads(
                barnraise(
                    "publish", "--as", member, "--json", "-", data=a.data,
                    stdin=json.dumps({**PITCH, "title": {"en": title}}).encode(),
                )
            )["queued"]
            for title in ("two", "three")
        ]  # fmt: skip
        a.come_back()
        status = a.ask("status")
        assert (status["signing"], status["outbox"]) == ("asking-peers", 2)
        a.stop(signal.SIGKILL)
        a.come_back()
        assert a.ask("status")["outbox"] == 2
        assert [one["code"] for one in a.ask("doctor")][:1] != ["not-signing"]
        token = a.ask("token", "create", "--member", member)["token"]
        b.come_back()
        a.until(lambda: a.ask("status")["outbox"] == 0, "the peer has answered")
        ids = [get(a, f"/api/v1/queued/{name}", token)["id"] for name in queued]
        indexes = [int(entry.rsplit("-", 1)[1]) for entry in ids]
        assert indexes == [indexes[0], indexes[0] + 1]
        assert "id" in said(a, member, "four")
        b.until(lambda: b.ask("status")["entries"] == a.ask("status")["entries"], "both hold everything")


def test_e0_a_folder_put_back_from_an_older_copy_fetches_its_own_entries_and_goes_on(tmp_path: Path) -> None:
    folders = [init(tmp_path / "a", "Ministry"), init(tmp_path / "b", "City")]
    with processes(folders) as (a, b):
        b.ask("peer", "add", a.ask("peer", "invite", "--at", a.facts["peer"])["code"])
        member = a.ask("member", "add", "--name", "analyst")["id"]
        said(a, member, "one")
        b.until(lambda: b.ask("status")["entries"] == a.ask("status")["entries"], "both hold everything")
        a.stop()
        shutil.copytree(a.data, tmp_path / "old")
        a.come_back()
        a.until(lambda: a.ask("status")["signing"] == "yes", "the peer has answered")
        two = said(a, member, "two")["id"]
        b.until(lambda: b.ask("status")["entries"] == a.ask("status")["entries"], "both hold everything")
        a.stop()
        b.stop()
        shutil.rmtree(a.data)
        shutil.move(tmp_path / "old", a.data)
        signed = read(a.data / "signed-head")
        assert signed is not None
        path = a.data / "signed-head"
        lines = path.read_text().splitlines()
        path.write_text("\n".join([*lines[:3], lines[3].replace(str(signed.place.ctime), "1000")]) + "\n")  # type: ignore[union-attr]
        three = json.loads(
            barnraise(
                "publish", "--as", member, "--json", "-", data=a.data,
                stdin=json.dumps({**PITCH, "title": {"en": "three"}}).encode(),
            )
        )  # fmt: skip
        assert "queued" in three
        b.come_back()
        a.come_back()
        a.until(lambda: a.command("status")["outbox"] == 0, "signed")
        four = said(a, member, "four")["id"]
        assert int(four.rsplit("-", 1)[1]) == int(two.rsplit("-", 1)[1]) + 2
        b.until(lambda: b.ask("status")["entries"] == a.ask("status")["entries"], "both hold everything")
        assert exit_code("check", data=a.data)[0] == 0
        assert not [one for one in b.ask("doctor") if one["code"].startswith("refused")]
