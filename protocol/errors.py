"""Every error the ground floor raises.

    BarnraiseError
    ├── RemoteError        their fault: bytes that came from outside are not what they must be
    │   ├── Malformed      the bytes cannot be read            → ERR "malformed", connection closed
    │   ├── Invalid        a proof or signature does not hold  → ERR "invalid", connection closed
    │   └── Unsupported    well formed, but not known to us    → ERR "unsupported", connection stays
    ├── Refused            a person or program asked for what a rule does not allow; says what to do
    └── LocalError         our fault: misuse by our own code, or a damaged store

A parser raises exactly one family whatever the bytes: RemoteError.
What an error says of itself goes to logs, to tables of verdicts and back to the other side: it names what was due and
never repeats what came. tests/fuzz looks for it.
"""

from __future__ import annotations


class BarnraiseError(Exception):
    """Root of all errors of ours."""


class RemoteError(BarnraiseError):
    """Bytes from outside are not what they must be."""

    code = "malformed"


class Malformed(RemoteError):
    """The bytes cannot be read as what they claim to be."""

    code = "malformed"


class Invalid(RemoteError):
    """Readable, but a proof, hash or signature does not hold."""

    code = "invalid"


class Unsupported(RemoteError):
    """Readable and harmless, of a kind this version does not know."""

    code = "unsupported"


class Refused(BarnraiseError):
    """A rule does not allow what was asked.

    ``code`` is a stable word for programs (translated for people by the web floor), ``field`` the dotted
    path of the input at fault, ``params`` what the translated sentence needs. Field and params may hold what was
    typed: they go back to who typed it; what the error says of itself is its code alone.
    """

    def __init__(self, code: str, *, field: str = "", **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.params = params


class LocalError(BarnraiseError):
    """Our own fault: a call out of order or a store that contradicts itself."""
