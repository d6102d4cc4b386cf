"""Codes that people type, paste and scan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.ids import node_id
from protocol.invite import Invite, format_address, parse_address, parse_invite, render_invite
from protocol.limits import MAX_INVITE_CODE
from tests.kit.wire import NODE, plain

VECTORS = json.loads((Path(__file__).parents[2] / "docs/spec/vectors/invite.json").read_text("utf-8"))

labels = st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z]", fullmatch=True)
hosts = (
    st.lists(labels, min_size=1, max_size=4).map(".".join)
    | st.ip_addresses(v=4).map(str)
    | st.ip_addresses(v=6).filter(lambda address: address.scope_id is None).map(str)
)
ports = st.integers(1, 65_535)
invites = st.builds(
    Invite,
    st.binary(min_size=20, max_size=20).map(node_id),
    hosts,
    ports,
    st.none() | st.binary(min_size=16, max_size=16),
    st.booleans(),
    st.lists(st.tuples(hosts, ports), max_size=8).map(tuple),
)


@given(invites)
def test_a_code_says_what_was_put_in_it_in_either_case(invite: Invite) -> None:
    code = render_invite(invite)
    assert parse_invite(code) == invite
    assert parse_invite(f"\n {code.upper()} ") == invite


@given(hosts, ports)
def test_addresses(host: str, port: int) -> None:
    assert parse_address(format_address(host, port)) == (host, port)


@given(st.text(max_size=80) | invites.map(render_invite), st.data())
def test_any_text_is_an_invite_or_malformed(code: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(code)))
    try:
        invite = parse_invite(code[:at] + data.draw(st.text(max_size=3)) + code[at + 1 :])
    except Malformed:
        return
    assert parse_invite(render_invite(invite)) == invite


@pytest.mark.parametrize("case", [*VECTORS["good"], *VECTORS["loose"]], ids=lambda case: case["code"])
def test_good_vectors(case: dict[str, Any]) -> None:
    assert plain(parse_invite(case["code"])) == case["invite"]


@pytest.mark.parametrize("case", VECTORS["good"], ids=lambda case: case["code"])
def test_one_spelling_is_written(case: dict[str, Any]) -> None:
    assert render_invite(parse_invite(case["code"])) == case["code"]


@pytest.mark.parametrize("case", VECTORS["bad"], ids=lambda case: case["why"])
def test_bad_vectors_say_what_to_do(case: dict[str, str]) -> None:
    with pytest.raises(Malformed) as caught:
        parse_invite(case["code"])
    assert len(str(caught.value).split()) >= 4  # a sentence, not a code


def test_a_code_that_fits_no_square_is_refused_before_it_is_read() -> None:
    with pytest.raises(Malformed):
        parse_invite(f"barnraise://{NODE}@h:1?x={'a' * MAX_INVITE_CODE}")
