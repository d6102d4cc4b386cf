"""Settings, the clock and the form of log lines."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from node import logs
from node.clock import FileClock, SystemClock, open_clock
from node.config import SETTINGS, Settings, bind_of, load, save
from protocol.errors import Malformed, Refused
from protocol.ids import short
from tests.kit.nodes import logging_to


def test_flags_go_before_environment_before_file(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_text('web = "127.0.0.1:1"\npeer = "127.0.0.1:1"\nurl = "http://a"\n')
    found = load(
        tmp_path,
        {"BARNRAISE_PEER": "127.0.0.1:2", "BARNRAISE_URL": "http://b"},
        {"url": "http://c", "web": None},
    )
    assert (found.web, found.peer, found.url) == ("127.0.0.1:1", "127.0.0.1:2", "http://c")


def test_every_kind_of_value_from_the_environment(tmp_path: Path) -> None:
    outer = {
        "BARNRAISE_DISCOVERY": "no",
        "BARNRAISE_DIAL": "3",
        "BARNRAISE_ADDRESSES": "a.example:7401, [2001:db8::1]:7401",
        "BARNRAISE_DATA": "/elsewhere",
    }
    found = load(tmp_path, outer, {})
    assert (found.discovery, found.dial) == (False, 3)
    assert found.addresses == ("a.example:7401", "[2001:db8::1]:7401")


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        ("colour = 1", "colour", "setting-unknown"),
        ('dial = "many"', "dial", "setting-wrong"),
        ("dial = 0", "dial", "setting-wrong"),
        ("dial = true", "dial", "setting-wrong"),
        ('web = "nowhere"', "web", "setting-wrong"),
        ('addresses = ["nowhere"]', "addresses", "setting-wrong"),
        ("addresses = [1]", "addresses", "setting-wrong"),
        ('log_format = "xml"', "log_format", "setting-wrong"),
        ("web = ", "node.toml", "settings-unreadable"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(tmp_path: Path, text: str, field: str, code: str) -> None:
    (tmp_path / "node.toml").write_text(text)
    with pytest.raises(Refused) as caught:
        load(tmp_path, {}, {})
    assert (caught.value.field, caught.value.code) == (field, code)


def test_a_wrong_environment_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        load(tmp_path, {"BARNRAISE_DISCOVERY": "perhaps"}, {})
    assert caught.value.field == "discovery"


def test_saved_settings_come_back_and_defaults_are_not_written(tmp_path: Path) -> None:
    settings = Settings(name="Ministère", addresses=("node.example.ca:7401",), discovery=False)
    save(tmp_path, settings)
    assert load(tmp_path, {}, {}) == settings
    assert "peer" not in (tmp_path / "node.toml").read_text()


def test_settings_are_frozen_and_each_says_what_it_trades() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().dial = 1  # type: ignore[misc]
    assert set(SETTINGS) == {item.name for item in fields(Settings)}
    assert all(len(says) > 20 for says in SETTINGS.values())


def test_port_nought_is_for_listeners_only() -> None:
    assert bind_of("127.0.0.1:0") == ("127.0.0.1", 0)
    assert bind_of("[::1]:0") == ("::1", 0)
    with pytest.raises(Malformed):
        bind_of("127.0.0.1:99999")


def test_file_clock_follows_its_file(tmp_path: Path) -> None:
    path = tmp_path / "now"
    path.write_text("2027-02-01T09:30:00-05:00\n")
    clock = open_clock(path)
    assert clock.ms() == 1_801_492_200_000
    assert clock.shown == "2027-02-01T09:30:00-05:00"
    path.write_text("2027-02-01T14:30:01Z\n")
    os.utime(path, ns=(1, 1))
    assert clock.ms() == 1_801_492_201_000
    path.write_text("half a mom")
    assert clock.ms() == 1_801_492_201_000, "a file caught in the middle of a change keeps the last instant"


@pytest.mark.parametrize("text", ["", "yesterday", "2027-02-01", "2027-02-01T09:30:00"])
def test_file_without_an_instant_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "now"
    path.write_text(text)
    with pytest.raises(Refused, match="clock-unreadable"):
        FileClock(path)


def test_system_clock_shows_nothing() -> None:
    clock = SystemClock()
    assert clock.shown is None
    assert clock.ms() > 1_700_000_000_000
    assert clock.monotonic() <= clock.monotonic()


def _lines(form: str, capsys: pytest.CaptureFixture[str], data: Path) -> list[str]:
    with logging_to(data, form):
        logger = logging.getLogger("node.somewhere")
        logs.event(logger, logging.INFO, "connected", node=short("abcdefghijklmnop"), dialled=True)
        logs.event(logger, logging.DEBUG, "not shown")
    shown = capsys.readouterr().err
    assert (data / "log" / "node.log").read_text("utf-8") == shown
    return shown.splitlines()


def test_lines_for_machines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (line,) = _lines("json", capsys, tmp_path)
    assert json.loads(line) == {
        "at": "2027-01-15T08:00:00.000+00:00",
        "level": "info",
        "event": "connected",
        "node": "abcdefgh",
        "dialled": True,
    }


def test_lines_for_people(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert _lines("text", capsys, tmp_path) == [
        "2027-01-15T08:00:00.000+00:00 info    connected node=abcdefgh dialled=True"
    ]


def test_short_ids_keep_what_tells_entries_apart() -> None:
    assert short("q" * 32 + "-0-17") == "qqqqqqqq-0-17"
