"""What must hold whatever the bytes are: values or the one documented family of errors, and nothing is quoted.

Law: a target is a function of bytes; what it raises, what it returns as told and what is logged meanwhile holds no run
of RUN characters of its input. Both sides are looked at in every reading somebody could turn back: as text, unescaped,
from base64, base32, hex and percent signs, without case, and with everything but letters and digits left out. Excepted
is only what the source of the product itself says, word by word, outside its documentation.
"""

from __future__ import annotations

import ast
import base64
import binascii
import logging
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from node.logs import quieten
from protocol.records import _NAMES, REGISTER

RUN: Final = 12
"""Characters of the input, one after the other, that may not stand in what is told."""
DEPTH: Final = 2  # a receipt is base64 of notes that hold base64
FLOORS: Final = ("protocol", "store", "web", "node")
_ROOT: Final = Path(__file__).parents[2]
_PATH: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_PACKED: Final = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_BASE32: Final = re.compile(rb"[A-Za-z2-7]{20,}")
_HEX: Final = re.compile(rb"(?:[0-9A-Fa-f]{2}){12,}")
_ESCAPE: Final = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_CONTROLS: Final = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}
_PUNCTUATION: Final = re.compile(r"[\W_]+")
_TOKEN: Final = re.compile(r"\w+(?:[.@/:-]+\w+)*")


class Target(NamedTuple):
    """One door: what it does with bytes, what it may raise, and inputs to begin with.

    ``run`` returns what the product would tell of these bytes (to an operator, in a table), None for nothing.
    """

    name: str
    run: Callable[[bytes], str | None]
    family: tuple[type[Exception], ...]
    seeds: Callable[[], Iterable[bytes]]


class Quoted(AssertionError):
    """Something told holds a piece of the input."""


class Heard(logging.Handler):
    """Everything that is logged, each line with its fields and its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        self.lines.append(f"{self.format(record)} {fields}")


@contextmanager
def listening() -> Iterator[Heard]:
    """Hears every logger of the process down to DEBUG, and every warning that the program lets through."""
    heard, root = Heard(), logging.getLogger()
    before = root.level
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        quieten()
        logging.captureWarnings(True)
        try:
            yield heard
        finally:
            logging.captureWarnings(False)
            root.setLevel(before)
            root.removeHandler(heard)


def obey(target: Target, data: bytes, heard: Heard) -> None:
    """Run a target. What it may not raise goes through; Quoted if something told holds a piece of ``data``."""
    heard.lines.clear()
    told: list[str] = []
    try:
        said = target.run(data)
    except target.family as error:
        told += [str(error), *map(str, error.args)]
    else:
        told += [said] if said else []
    for text in (*told, *heard.lines):
        if (piece := quoted(text, data)) is not None:
            raise Quoted(f"{target.name} tells {piece!r} of its input: {text[:400]!r}")


# ── the check ────────────────────────────────────────────────────────────────────────────────────────────────


def quoted(text: str, data: bytes) -> str | None:
    """A run of the input that stands in a text and that the product does not say by itself; None if there is none."""
    plain, squeezed = _pieces(text)
    if not plain and not squeezed:
        return None
    sent = readings(data)
    for pieces, way in ((plain, _bare), (squeezed, _squeezed)):
        haystack = "\0".join(map(way, sent)) if pieces else ""
        for piece in pieces:
            if piece in haystack:
                return piece
    return None


@lru_cache(10_000)
def _pieces(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every run of a text, as it is and squeezed, that the product does not say by itself. Most texts have none."""
    told = readings(text.encode("utf-8", "surrogatepass")) if len(text) >= RUN else set()
    rests = [rest for reading in told for rest in _without_own_sentences(reading.casefold())]
    plain = (run for rest in rests for run in _runs(rest))
    squeezed = (run for rest in rests for way in _without_own_words(rest) for run in _runs(way))
    return tuple(dict.fromkeys(plain)), tuple(dict.fromkeys(squeezed))


def _without_own_sentences(text: str) -> list[str]:
    """What stands between texts of the product (a run long or longer) and paths of its fields."""
    for said in _sentences():
        if said in text:
            text = text.replace(said, "\0")
    return _PATH.sub(lambda path: "\0" if _is_own(path[0]) else path[0], text).split("\0")


def _is_own(path: str) -> bool:
    return path in REGISTER or all(
        step in _NAMES or (step.isdigit() and len(step) < 4) for step in path.split(".")
    )


def _runs(text: str) -> Iterator[str]:
    for at in range(len(text) - RUN + 1):
        if (run := text[at : at + RUN]) not in _own_runs():
            yield run


def _bare(text: str) -> str:
    return text.casefold()


def _squeezed(text: str) -> str:
    return _PUNCTUATION.sub("", text.casefold())


def _without_own_words(text: str) -> Iterator[str]:
    """Stretches between words of the product, everything but letters and digits left out."""
    stretch = ""
    for word in _TOKEN.findall(text):
        if word in _words():
            yield stretch
            stretch = ""
        else:
            stretch += _squeezed(word)
    yield stretch


def readings(data: bytes, depth: int = DEPTH) -> set[str]:
    """Bytes as text, in every way somebody who sees them could read them."""
    found = {data.decode("latin-1"), data.decode("utf-8", "replace")}
    for inner in _inner(data) if depth else ():
        found |= readings(inner, depth - 1)
    return found


def _inner(data: bytes) -> Iterator[bytes]:
    if b"\\" in data:
        yield _ESCAPE.sub(_unescaped, data)
        yield _ESCAPE.sub(_unescaped_as_bytes, data)
    if b"%" in data or b"+" in data:
        yield unquote_to_bytes(data.replace(b"+", b" "))
    for packed in _HEX.findall(data):
        yield bytes.fromhex(packed.decode())
    for packed in _BASE32.findall(data):
        yield base64.b32decode(packed[: len(packed) // 8 * 8].upper())
    for packed in _PACKED.findall(data):
        try:
            yield base64.b64decode(packed[: len(packed) // 4 * 4].translate(_URL_SAFE))
        except binascii.Error:
            continue


_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1] or found[2]
    if code:
        return chr(int(code, 16)).encode("utf-8", "surrogatepass")
    return _CONTROLS.get(found[3], found[3])


def _unescaped_as_bytes(found: re.Match[bytes]) -> bytes:
    """As ``repr`` of bytes is read: ``\\xc3\\xa9`` is two bytes, not two letters."""
    return bytes((int(found[2], 16),)) if found[2] else _unescaped(found)


@cache
def vocabulary() -> str:
    """Every text and every name in the source of the product, its documentation left out."""
    said = {text for path in _sources() for text in _texts(ast.parse(path.read_text("utf-8")))}
    said |= {text.encode("utf-8", "surrogatepass").decode("latin-1") for text in said}  # as bytes are read
    return "\0".join(sorted(text.casefold() for text in said))


@cache
def _sentences() -> tuple[str, ...]:
    """Texts of the product that are a run long or longer, the longest first."""
    return tuple(
        sorted({said for said in vocabulary().split("\0") if len(said) >= RUN}, key=len, reverse=True)
    )


@cache
def _own_runs() -> frozenset[str]:
    said = vocabulary()
    return frozenset(said[at : at + RUN] for at in range(len(said) - RUN + 1))


@cache
def _words() -> frozenset[str]:
    return frozenset(_TOKEN.findall(vocabulary()))


def _sources() -> Iterator[Path]:
    for floor in FLOORS:
        yield from sorted((_ROOT / floor).rglob("*.py"))


def _texts(tree: ast.Module) -> Iterator[str]:
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() as text) if id(node) not in prose:
                yield text
            case ast.Constant(value=bytes() as raw):
                yield raw.decode("latin-1")
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
