"""Settings of a node: read once from ``node.toml``, from ``BARNRAISE_…`` and from flags, then frozen.

Law: one object, parsed at start, never changed while the process runs; a wrong value is refused by name before
anything is opened. Flags go before the environment, the environment before the file. Source: OPERATIONS.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, NamedTuple

import tomli_w

from protocol.errors import Malformed, Refused
from protocol.invite import parse_address
from protocol.limits import MAX_CONNECTIONS, MAX_DIALLED

FILE: Final = "node.toml"
PREFIX: Final = "BARNRAISE_"


def _setting(default: Any, says: str) -> Any:
    return field(default=default, metadata={"says": says})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting; ``says`` in the metadata of a field is what it trades, shown in docs/operate.md."""

    name: str = _setting("", "what this node is called in logs, discovery and the status line")
    web: str = _setting("127.0.0.1:7400", "where members' pages listen; beyond loopback needs TLS in front")
    peer: str = _setting("0.0.0.0:7401", "where peers connect; a loopback address keeps the node to itself")
    url: str = _setting("", "the address colleagues type; every link is made from it")
    hosts: tuple[str, ...] = _setting(
        (), "further names members' pages may be asked for under, besides that of url; no ports"
    )
    addresses: tuple[str, ...] = _setting(
        (), "HOST:PORT under which peers reach this node, put in invites and in its profile"
    )
    publish_addresses: bool = _setting(
        True, "publish where peers reach this node as invites and the listener show it; false: addresses only"
    )
    dial_private: bool = _setting(
        False, "dial private networks that another node's profile names, also when no peer is in one"
    )
    dial: int = _setting(MAX_DIALLED, "pinned peers dialled at once: more is faster news and more traffic")
    connections: int = _setting(MAX_CONNECTIONS, "sockets of peers at once; half are kept for own dials")
    discovery: bool = _setting(True, "announce and look for neighbours by multicast DNS on the local network")
    proxy: str = _setting("", "HTTP proxy for outbound peer links, http://HOST:PORT; else HTTPS_PROXY counts")
    trusted_proxies: tuple[str, ...] = _setting((), "addresses whose X-Forwarded-For is believed")
    public_pages: bool = _setting(
        False, "pitches, artifacts and events are read by anybody, without people's names"
    )
    member_mib_a_day: int = _setting(256, "MiB of files one member may send within 24 hours")
    members_files_mib: int = _setting(20_480, "MiB all files of members here may take")
    others_files_mib: int = _setting(
        20_480, "MiB of files fetched from other organisations; more are named, not fetched"
    )
    free_mib: int = _setting(
        512, "MiB of disk that stay free: with less, files are neither taken nor fetched"
    )
    mail_host: str = _setting("", "mail server for digests; empty: this node sends no mail")
    mail_port: int = _setting(587, "port of the mail server: 587 with starttls, 465 with tls, 25 without")
    mail_tls: str = _setting("starttls", "starttls, tls or none; none sends the password in the clear")
    mail_user: str = _setting("", "name to sign in at the mail server with; empty: without signing in")
    mail_password_file: str = _setting("", "file with the password; else BARNRAISE_MAIL_PASSWORD counts")
    mail_from: str = _setting("", "address letters come from, such as barnraise@example.ca")
    log_format: str = _setting("text", "text for people, json for machines")
    log_level: str = _setting("info", "debug, info, warning or error; debug names every frame")
    signing_wait: int = _setting(
        5, "seconds after a start to wait for peers that cannot be reached before signing; 60 after a reboot"
    )
    readers: int = _setting(2, "database connections for reading: more pages at once for more memory")


SETTINGS: Final = {item.name: str(item.metadata["says"]) for item in fields(Settings)}
_CHOICES: Final = {
    "log_format": ("text", "json"),
    "log_level": ("debug", "info", "warning", "error"),
    "mail_tls": ("starttls", "tls", "none"),
}
_MAIL_FROM: Final = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)
_ADDRESSES: Final = ("web", "peer", "addresses")
_LEAST: Final = {
    **dict.fromkeys(
        ("member_mib_a_day", "members_files_mib", "others_files_mib", "free_mib", "signing_wait"), 0
    ),
    "dial": 1,
    "connections": 2,
    "readers": 1,
    "mail_port": 1,
}


class Bind(NamedTuple):
    """A listener's address; port 0 lets the system choose."""

    host: str
    port: int


def bind_of(text: str) -> Bind:
    """HOST:PORT of a listener, port 0 allowed. Refused with the text in its parameters."""
    host, _, port = text.rpartition(":")
    if port == "0":
        host, port = parse_address(f"{host}:1")[0], "0"
        return Bind(host, 0)
    return Bind(*parse_address(text))


def _from_text(kind: type, text: str) -> Any:
    if kind is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is bool:
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
    return kind(text)


def _check(name: str, value: Any, default: Any) -> Any:
    """The value if it may stand; ValueError or Malformed otherwise."""
    if isinstance(default, tuple) and isinstance(value, list):
        value = tuple(value)
    if type(value) is not type(default) or (isinstance(value, tuple) and {*map(type, value)} - {str}):
        raise ValueError(type(default).__name__)
    if value not in _CHOICES.get(name, (value,)) or (name in _LEAST and value < _LEAST[name]):
        raise ValueError(value)
    if name == "mail_from" and value and not _MAIL_FROM.fullmatch(value):
        raise ValueError(value)
    if name in _ADDRESSES:
        for address in value if isinstance(value, tuple) else (value,):
            bind_of(address)
    return value


def _merged(layers: list[Mapping[str, Any]]) -> Settings:
    defaults, values = Settings(), {}
    for layer in layers:
        for name, value in layer.items():
            if name not in SETTINGS:
                raise Refused("setting-unknown", field=name, known=", ".join(SETTINGS))
            default = getattr(defaults, name)
            try:
                typed = _from_text(type(default), value) if layer is layers[1] else value
                values[name] = _check(name, typed, default)
            except (ValueError, KeyError, Malformed) as error:
                raise Refused("setting-wrong", field=name, value=str(value), says=SETTINGS[name]) from error
    return Settings(**values)


def load(folder: Path, environ: Mapping[str, str], flags: Mapping[str, Any]) -> Settings:
    """The settings that count in this folder. Refused names the setting that cannot stand.

    ``flags`` of None were not given; environment names are BARNRAISE_ and the setting in capitals.
    """
    path = folder / FILE
    try:
        stored = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused("settings-unreadable", field=FILE, reason=str(error)) from error
    named = {PREFIX + name.upper(): name for name in SETTINGS}
    outer = {named[key]: value for key, value in environ.items() if key in named}
    return _merged([stored, outer, {key: value for key, value in flags.items() if value is not None}])


def save(folder: Path, settings: Settings) -> None:
    """Write what differs from the defaults, so that a later default reaches old folders too."""
    changed = {
        item.name: list(value) if isinstance(value, tuple) else value
        for item in fields(Settings)
        if (value := getattr(settings, item.name)) != item.default
    }
    (folder / FILE).write_text(tomli_w.dumps(changed), "utf-8")
