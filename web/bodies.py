"""What a body that cannot be read ends in: one refusal, whatever its bytes are.

Law: the library that takes forms apart raises whatever its own parts raise (of a charset nobody knows, a part inside a
part, a boundary that is none, a body that ends too soon); a sender hears that the form cannot be read, and the log
hears nothing of what was sent. Source: QUALITY "Style" 10, RFC 7578.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from protocol.errors import Refused

_UNREADABLE: Final = (
    *(HttpProcessingError, web.RequestPayloadError, zlib.error),
    *(ValueError, TypeError, LookupError, AssertionError, RuntimeError),
)


@contextmanager
def understood(code: str = "form") -> Iterator[None]:
    """Around reading a body by the library, and nothing else. Refused with this code for what it cannot read."""
    try:
        yield
    except _UNREADABLE as error:
        raise Refused(code) from error


def whole_text(text: str) -> str:
    """A text whose halves of characters, left by bytes that are no UTF-8, became signs that can be shown and kept."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
