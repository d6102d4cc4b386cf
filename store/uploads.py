"""Files on their way in, piece after piece, so that a broken line costs one piece and not the whole film.

Law: an unfinished file lies beside the blobs under a name made of who sends it and what it claims to be; choosing the
same file again finds it. Its length is all there is to know: no row, so nothing to disagree with the disk. It counts
for nothing until it is whole and kept as any other file; one nobody goes on with is thrown away.
Source: issue "The members' web" (resumable upload), QUALITY "Threats" (resource exhaustion).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import Refused
from protocol.limits import MAX_BLOB, MIB

PIECE_MOST: Final = 2 * MIB  # of one request: held in memory while it comes
FOLDER: Final = "uploads"  # beside the blobs
EACH_MOST: Final = 8  # unfinished files of one account: half a gigabyte at worst
KEPT_MS: Final = 24 * 3600 * 1000  # an unfinished file nobody went on with
_NAME: Final = re.compile(r"[0-9]{1,18}-[0-9]{1,8}-[0-9a-f]{32}", re.ASCII)
_READ: Final = 256 * 1024


class Part(NamedTuple):
    """An unfinished file: its name, how many bytes are here, of how many."""

    id: str
    here: int
    size: int


def coming(folder: Path, account: int | None = None) -> int:
    """Bytes that unfinished files claim to become, of one account or of all."""
    pattern = "*" if account is None else f"{account}-*"
    return sum(int(path.name.split("-")[1]) for path in folder.glob(pattern) if _NAME.fullmatch(path.name))


def begin(folder: Path, account: int, claims: str, size: int, now: int) -> Part:
    """The unfinished file of this account that ``claims`` (name, type, day) names, new or as far as it came.

    Refused ``blob-empty``, ``blob-too-large``, or ``too-often`` when the account has EACH_MOST others on their way.
    Whether there is room for it is asked before, with what is ``coming``.
    """
    if size < 1:
        raise Refused("blob-empty")
    if size > MAX_BLOB:
        raise Refused("blob-too-large", limit=MAX_BLOB)
    folder.mkdir(parents=True, exist_ok=True)
    throw_away(folder, now)
    name = f"{account}-{size}-{hashlib.sha256(claims.encode()).hexdigest()[:32]}"
    path = folder / name
    if not path.exists():
        if len(list(folder.glob(f"{account}-*"))) >= EACH_MOST:
            raise Refused("too-often")
        path.touch()
        _touched(path, now)
    return Part(name, path.stat().st_size, size)


def append(folder: Path, account: int, name: str, at: int, piece: bytes, *, now: int) -> Part:
    """Add a piece that begins at byte ``at``; one that does not fit on is left out: the answer says where to go on.

    Refused ``not-here`` for a file that is not on its way, or not this account's.
    """
    path, size = _of(folder, account, name)
    with path.open("r+b") as file:
        here = file.seek(0, os.SEEK_END)
        if at == here and here + len(piece) <= size:
            file.write(piece)
            here += len(piece)
    _touched(path, now)
    return Part(name, here, size)


def read(folder: Path, account: int, name: str) -> Iterator[bytes]:
    """The bytes of a file that is whole."""
    path, _ = _of(folder, account, name)
    with path.open("rb") as file:
        while chunk := file.read(_READ):
            yield chunk


def drop(folder: Path, account: int, name: str) -> None:
    """Forget a file, kept by now or given up."""
    path, _ = _of(folder, account, name)
    path.unlink(missing_ok=True)


def _of(folder: Path, account: int, name: str) -> tuple[Path, int]:
    if not _NAME.fullmatch(name) or not name.startswith(f"{account}-") or not (folder / name).exists():
        raise Refused("not-here")
    return folder / name, int(name.split("-")[1])


def _touched(path: Path, now: int) -> None:
    os.utime(path, (now / 1000, now / 1000))


def throw_away(folder: Path, now: int) -> None:
    """Remove what nobody has gone on with for KEPT_MS."""
    if not folder.exists():
        return
    for path in folder.iterdir():
        if _NAME.fullmatch(path.name) and path.stat().st_mtime * 1000 < now - KEPT_MS:
            path.unlink(missing_ok=True)
