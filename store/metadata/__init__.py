"""What a file tells beside what it shows: where a photo was taken and who took it, who wrote a document.

Law: pictures are copied segment by segment without such segments; what is shown is never made anew, and a picture
without them stays byte for byte. Orientation and colour profile stay. A picture that cannot be rewritten so and carries
such data is refused; documents and films are left as they are and warned about. Whatever the bytes, reading them ends
in ``Odd`` at worst: then the file stays as it is and that is said too. Source: docs/decisions/0013.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, NamedTuple

from protocol.errors import Refused
from protocol.limits import KIB
from store.metadata import boxes, documents, gif, jpeg, png, tiff, webp
from store.metadata.parts import Found, Odd, Source, Span

__all__ = ["TAKEN", "WARNED", "Look", "look"]

TAKEN: Final = ("location", "camera", "author", "time", "text", "thumbnail", "other")
"""What may be taken off a picture, in the order it is told."""
WARNED: Final = ("file-author", "file-location", "file-unread")
"""What is said of a file that stays as it is."""
UNREAD: Final = "file-unread"
_CHUNK: Final = 256 * KIB
_KINDS: Final[tuple[tuple[Callable[[bytes], bool], Callable[[Source], Found]], ...]] = (
    (jpeg.begins, jpeg.look),
    (png.begins, png.look),
    (webp.begins, webp.look),
    (gif.begins, gif.look),
    (tiff.begins, tiff.look),
    (boxes.begins, boxes.look),
    (documents.begins, documents.look),
)


class Look(NamedTuple):
    """What was seen: codes of TAKEN and WARNED, and the parts the file is to consist of; None: it stays as it is."""

    taken: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    parts: tuple[Span | bytes, ...] | None = None

    def chunks(self, file: BinaryIO) -> Iterator[bytes]:
        """The bytes of the file as it is to be kept."""
        for part in self.parts or ():
            if isinstance(part, bytes):
                yield part
                continue
            file.seek(part.start)
            left = part.end - part.start
            while left and (data := file.read(min(left, _CHUNK))):
                left -= len(data)
                yield data


def look(file: BinaryIO) -> Look:
    """Look a file through from its beginning. Refused ``photo-data`` for a picture whose data cannot be taken off."""
    source = Source(file)
    head = source.at(0, 64)
    for begins, kind in _KINDS:
        if begins(head):
            try:
                found = kind(source)
            except Odd:
                return Look(warned=(UNREAD,))
            return _judged(found)
    return Look()


def _judged(found: Found) -> Look:
    taken = tuple(code for code in TAKEN if code in found.taken)
    warned = tuple(code for code in WARNED if code in found.warned)
    if taken and found.parts is None:
        raise Refused("photo-data")
    return Look(taken, warned, tuple(found.parts) if taken and found.parts is not None else None)
