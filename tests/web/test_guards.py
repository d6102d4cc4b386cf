"""The pure guard: origins, headers, targets, names (WEB head, QUALITY "Threats")."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.ids import NodeId
from web.guards import (
    CONTENT_SECURITY_POLICY,
    blob_headers,
    cookie_name,
    origin_allowed,
    safe_target,
    security_headers,
)

URL = "https://barn.example.org"
HOST = "127.0.0.1:7400"

CASES = [
    ("GET", {}, True),
    ("HEAD", {"Sec-Fetch-Site": "cross-site"}, True),
    ("POST", {}, False),
    ("POST", {"Sec-Fetch-Site": "same-origin"}, True),
    ("POST", {"Sec-Fetch-Site": "none"}, True),
    ("POST", {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:7400"}, False),
    ("POST", {"Sec-Fetch-Site": "cross-site"}, False),
    ("POST", {"Origin": "http://127.0.0.1:7400"}, True),
    ("POST", {"Origin": "http://127.0.0.1:7401"}, False),
    ("POST", {"Origin": "http://127.0.0.1"}, False),
    ("POST", {"Origin": "https://barn.example.org"}, True),
    ("POST", {"Origin": "http://barn.example.org"}, False),
    ("POST", {"Origin": "https://barn.example.org.evil.example"}, False),
    ("POST", {"Origin": "null"}, False),
    ("POST", {"Origin": "https://evil.example"}, False),
    ("POST", {"Origin": "https://evil.example", "Authorization": "Bearer abc"}, True),
    ("POST", {"Origin": "https://evil.example", "Authorization": "Basic abc"}, False),
    ("POST", {"Authorization": "Bearer "}, False),
    ("DELETE", {"Origin": "https://evil.example"}, False),
]


@pytest.mark.parametrize(("method", "headers", "allowed"), CASES)
def test_only_our_own_pages_change_something(method: str, headers: dict[str, str], allowed: bool) -> None:
    assert origin_allowed(method, headers, HOST, URL) is allowed


TARGETS = [
    ("/pitches?q=1", "/pitches?q=1"),
    (None, "/"),
    ("", "/"),
    ("//evil.example", "/"),
    ("/\\evil.example", "/"),
    ("https://evil.example", "/"),
    ("javascript:alert(1)", "/"),
    ("/a\r\nSet-Cookie: x", "/"),
    ("/\t/evil.example", "/"),
    ("/" + "a" * 3000, "/"),
]


@pytest.mark.parametrize(("target", "expected"), TARGETS)
def test_no_way_leads_elsewhere(target: str | None, expected: str) -> None:
    assert safe_target(target) == expected


@given(st.text(max_size=60))
def test_any_target_stays_here(target: str) -> None:
    assert re.fullmatch(r"/(?![/\\])[^\\\x00-\x1f\x7f]*", safe_target(target))


def test_nothing_runs_inline() -> None:
    policy = security_headers()["Content-Security-Policy"]
    assert policy == CONTENT_SECURITY_POLICY
    assert "unsafe" not in policy and "default-src 'self'" in policy and "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript", "x", "a/b\r\nc"]
)
def test_what_could_run_is_a_download(kind: str) -> None:
    headers = blob_headers(kind, "file.html")
    assert headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in headers["Content-Security-Policy"]
    assert not re.search(r"[\r\n]", "".join(headers.values()))


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "application/pdf", "TEXT/PLAIN; charset=x"])
def test_what_only_shows_is_shown(kind: str) -> None:
    assert blob_headers(kind, "a")["Content-Disposition"].startswith("inline;")


@given(st.text(max_size=200))
def test_any_file_name_travels_in_one_header_line(name: str) -> None:
    value = blob_headers("image/png", name.encode("utf-8", "replace").decode())["Content-Disposition"]
    assert value.isascii() and not re.search(r"[\x00-\x1f\"/\\]", value)


def test_two_nodes_of_one_host_keep_their_sessions_apart() -> None:
    one, other = NodeId("a" * 32), NodeId("b" * 32)
    assert cookie_name(one, secure=False) != cookie_name(other, secure=False)
    assert cookie_name(one, secure=True) == f"__Host-barnraise-{one}"
