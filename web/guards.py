"""The pure part of the web's guard: header values and yes-or-no questions.

Law: what a browser may load or send is decided here from strings alone; nothing here knows a session. A request that
changes something must come from a page of ours or carry a token; silence about its origin counts as elsewhere.
Source: WEB head, OPERATIONS ``run`` (cookie name), QUALITY "Threats" (cross-site requests, hostile uploads).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import quote, urlsplit

from protocol.ids import NodeId

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
BLOB_SECURITY_POLICY: Final = (
    "default-src 'none'; media-src 'self'; img-src 'self'; frame-ancestors 'self'; sandbox"
)
NO_STORE: Final = "no-store"  # by no browser and nothing on the way: of whatever is not everybody's
# Viewers of browsers are plugins of theirs: a sandbox or object-src 'none' leaves a grey page. The type is never
# guessed, so what is served under this is shown as a PDF or not at all
PDF_SECURITY_POLICY: Final = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"

# Types a browser shows by itself without running anything; all others are offered as a download
INLINE_TYPES: Final = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/mp4",
        "audio/webm",
        "video/mp4",
        "video/webm",
        "video/ogg",
        "application/pdf",
        "text/plain",
        "text/vtt",
    }
)
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def security_headers() -> dict[str, str]:
    """Headers of every page. The referrer policy keeps ``Origin`` on our own forms."""
    return {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }


def blob_headers(media_type: str, name: str) -> dict[str, str]:
    """Headers under which a member's file is served: sandboxed, its type never guessed, HTML and SVG as downloads."""
    kind = media_type.lower().split(";", 1)[0].strip()
    inline = kind in INLINE_TYPES
    shown = kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"
    policy = PDF_SECURITY_POLICY if kind == "application/pdf" else BLOB_SECURITY_POLICY
    return security_headers() | {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "SAMEORIGIN",
        "Content-Type": f"{shown}; charset=utf-8" if shown.startswith("text/") else shown,
        "Content-Disposition": _disposition("inline" if inline else "attachment", name),
    }


def _disposition(kind: str, name: str) -> str:
    """RFC 6266 with the RFC 8187 form, so that any name travels and none breaks the header."""
    clean = _CONTROL.sub("", name).replace("/", "_").replace("\\", "_")[:120] or "file"
    return f"{kind}; filename*=UTF-8''{quote(clean, safe='')}"


def host_allowed(said: str, arrived: str, hosts: Collection[str]) -> bool:
    """Whether a request's Host is a name this node goes by: one of ``hosts``, this machine, or where it ``arrived``.

    Else a page of somebody else's, whose name leads here now, would be of our origin to a browser (DNS rebinding).
    Ports are not compared: proxies and containers change them, and they are no part of the danger.
    """
    name = host_of(said)
    return name is not None and (name in hosts or name == "localhost" or _is_own(name, arrived))


def host_of(said: str) -> str | None:
    """The name or address in a Host header or an address of a page, without port, brackets and case; None for none."""
    if not said or set(said) & set("@/\\?#, \t"):
        return None
    try:
        found = urlsplit(f"//{said}").hostname or ""
        ascii_name = found if found.isascii() else found.encode("idna").decode()  # as browsers send it
    except ValueError:
        return None
    return ascii_name.removesuffix(".") or None


def _is_own(name: str, arrived: str) -> bool:
    try:
        host, here = ip_address(name), ip_address(arrived.split("%", maxsplit=1)[0] or name)
    except ValueError:
        return False
    return host.is_loopback or host == ((isinstance(here, IPv6Address) and here.ipv4_mapped) or here)


def origin_allowed(method: str, headers: Mapping[str, str], host: str, url: str) -> bool:
    """Whether a request may change something.

    ``headers`` is looked up by canonical names; ``host`` is the request's Host, ``url`` the configured public address.
    A browser that names its site is believed; else its Origin must be this very host and port.
    """
    if method in SAFE_METHODS or bearer_token(headers) is not None:
        return True
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("Origin", "")
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    return parts.netloc.lower() == host.lower() or origin.lower() == _origin_of(url)


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """The token a program sends; a browser never sends one by itself."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def cookie_name(node: NodeId, *, secure: bool) -> str:
    """The session cookie of this node: cookies ignore ports, and two nodes may share a host name."""
    return f"__Host-barnraise-{node}" if secure else f"barnraise-{node}"


def safe_target(target: str | None, otherwise: str = "/") -> str:
    """A path of ours to go on to; whatever could lead a browser elsewhere becomes ``otherwise``."""
    if not target or not target.startswith("/") or target.startswith("//") or len(target) > 2_000:
        return otherwise
    if "\\" in target or _CONTROL.search(target):
        return otherwise
    return target
