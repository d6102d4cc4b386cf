"""Every target over its seeds, over what was found once, and over seeded changes of both; and the check itself."""

from __future__ import annotations

import base64
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote_from_bytes

import pytest

from protocol.errors import Malformed
from tests.fuzz.law import Quoted, Target, listening, obey, quoted
from tests.fuzz.mutate import mutations
from tests.fuzz.seeds import request
from tests.fuzz.targets import FOUND, TARGETS, kept

CHANGED = 150
"""Changed inputs of each target: a second or two in all."""


@pytest.mark.filterwarnings(
    "ignore:Unclosed file:ResourceWarning"
)  # of a form that breaks off, by the library
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_give_values_or_the_one_family_and_quote_nothing(name: str) -> None:
    target = TARGETS[name]
    known = [*target.seeds(), *kept(name), b"", b"\0", b"\xff" * 40]
    with listening() as heard:
        for data in (*known, *mutations(known, CHANGED, seed=len(name))):
            try:
                obey(target, data, heard)
            except Exception as error:
                error.add_note(f"{name}: {data!r}")
                raise


def as_body(words: bytes) -> bytes:
    """A form with one field that holds these words."""
    return b"\0" + request("application/x-www-form-urlencoded", f"a={quote_from_bytes(words)}".encode())


SIGNS = (
    "a",
    "1",
    " ",
    "\n",
    "\t",
    ".",
    "-",
    "_",
    "/",
    "\\",
    "%",
    "&a",
    "=",
    ";",
    ",",
    '"',
    "'",
    "{",
    "[",
    "![",
    "(",
    "<",
    "*",
    "`",
    "é",
    "\u0301",
    "|",
    "a ",
    "1 ",
    "\0",
    "a@",
)
LONG = 30_000
LONG_OF = {"markdown": 3_000}  # square by its nature, within what a body may be long
SELECTED = {"names": 8, "questions": 12, "handshakes": 6, "passkeys": 2}
"""Targets whose first byte says by which of so many doors the rest comes in."""


@pytest.mark.parametrize("name", [name for name in TARGETS if name not in ("handshakes", "payloads")])
def test_a_long_run_of_any_sign_costs_what_its_length_costs(name: str) -> None:
    """Four seconds of computing for thirty kilobytes is a hang: an expression that goes back over what it has seen."""
    target = TARGETS[name]
    for sign in SIGNS:
        for door in range(SELECTED.get(name, 1)):
            words = b"1" + (sign * (LONG_OF.get(name, LONG) // len(sign))).encode() + b"x"
            data = bytes((door,)) + words if name in SELECTED else words
            with limited(4), suppress(*target.family):
                target.run(as_body(words) if name == "bodies" else data)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """TimeoutError after so many seconds of computing, whatever else the machine does meanwhile."""

    def over(_signal: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_what_was_found_belongs_to_a_target() -> None:
    assert {path.name for path in FOUND.glob("*")} <= set(TARGETS)


# ── the check ────────────────────────────────────────────────────────────────────────────────────────────────

SECRET = "Élodie ne veut pas être nommée"
RAW = SECRET.encode()


def _says(text: str) -> Target:
    def run(_data: bytes) -> None:
        raise Malformed(text)

    return Target("planted", run, (Malformed,), list)


@pytest.mark.parametrize(
    "text",
    [
        f"not a name: {SECRET}",
        f"not a name: {SECRET!r}",
        f"not a name: {RAW!r}",
        f"not a name: {SECRET.upper()}",
        f"not a name: {SECRET[3:15]}",
        f"not a name: {SECRET!a}",
        f"not a name: {RAW.hex()}",
        f"not a name: {base64.b64encode(RAW).decode()}",
        f"not a name: {base64.urlsafe_b64encode(RAW).decode()}",
        f"not a name: {base64.b32encode(RAW).decode().lower()}",
        "not a name: Élodie-ne-veut-pas",
    ],
)
def test_a_planted_quote_is_noticed_in_every_spelling(text: str) -> None:
    with listening() as heard, pytest.raises(Quoted):
        obey(_says(text), b"before " + RAW + b" after", heard)


@pytest.mark.parametrize(
    "data",
    [
        RAW,
        SECRET.encode("latin-1"),
        b'{"a":"\\u00c9lodie ne veut pas"}',
        b"a=%C3%89lodie+ne+veut+pas",
        base64.b64encode(b"kept: " + RAW),
        base64.b64encode(b"notes " + base64.b64encode(b"xx" + RAW)),
        RAW.hex().encode(),
    ],
)
def test_a_quote_is_noticed_however_the_input_packs_it(data: bytes) -> None:
    assert quoted(f"not a name: {SECRET}", data) is not None


def test_what_is_logged_returned_or_in_a_traceback_counts_as_told() -> None:
    log = logging.getLogger("tests.fuzz.planted")

    def in_a_field(_data: bytes) -> None:
        log.debug("planted", extra={"fields": {"why": SECRET}})

    def in_a_traceback(_data: bytes) -> None:
        try:
            raise ValueError(SECRET)
        except ValueError:
            log.exception("planted")

    def returned(_data: bytes) -> str:
        return SECRET

    for run in (in_a_field, in_a_traceback, returned):
        with listening() as heard, pytest.raises(Quoted):
            obey(Target("planted", run, (), list), RAW, heard)


def test_what_a_target_may_not_raise_goes_through() -> None:
    def run(_data: bytes) -> None:
        raise KeyError("a")

    with listening() as heard, pytest.raises(KeyError):
        obey(Target("planted", run, (Malformed,), list), b"", heard)


def test_paths_and_sentences_put_together_by_the_product_are_its_own() -> None:
    assert (
        quoted("poll.open: eligible.nodes.1: node-id", b'"eligible":{"nodes":[1]},"type":"poll.open"') is None
    )
    assert (
        quoted("a receipt begins with c2sp.org/tlog-proof@v1, extra", b"x c2sp.org/tlog-proof@v1 extra")
        is None
    )
    assert quoted("poll.open: who.leaves.the.ministry: node-id", b"who.leaves.the.ministry") is not None


def test_the_words_of_the_product_are_its_own() -> None:
    told = "a receipt begins with c2sp.org/tlog-proof@v1, extra and index"
    assert quoted(told, b"c2sp.org/tlog-proof@v1\nextra") is None
    assert quoted(f"{told} {SECRET}", b"c2sp.org/tlog-proof@v1\n" + RAW) is not None
    assert (
        quoted("eleven char", b"eleven char") is None and quoted("twelve chars", b"twelve chars") is not None
    )
