"""Why an ask may be one for the reader, in words.

Law: every code of ``protocol.rules.matching`` has its sentence here. Source: WEB "HTTP API" matches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from web.formats import Formats
from web.i18n import N_, Day, Labelled, Message

SENTENCES: Final[Mapping[str, str]] = {
    "kind": N_("You offer what is asked for: %(kind)s."),
    "topics": N_("You share the topic: %(topics)s."),
    "language": N_("You work in its language: %(languages)s."),
    "jurisdiction": N_("It is in your jurisdiction: %(jurisdiction)s."),
    "level": N_("It is at your level of government: %(level)s."),
    "soon": N_("It is needed soon, by %(date)s."),
    "circle": N_("You are in a circle together."),
}


def reason_of(formats: Formats, code: str, params: Mapping[str, Any]) -> str:
    """The sentence of one reason, in the reader's language."""
    return formats.say(
        Message(SENTENCES[code], {name: _told(formats, name, params[name]) for name in params})
    )


def _told(formats: Formats, name: str, value: Any) -> object:
    """A parameter as people read it: labels of open lists, languages and jurisdictions by name, days as days."""
    if name == "topics":
        return formats.join([formats.label(topic, "topic") for topic in value])
    if name == "languages":
        return formats.join([formats.language_name(tag) for tag in value])
    if name == "jurisdiction":
        return formats.jurisdiction(str(value))
    if name == "date":
        return Day(str(value))
    return Labelled(str(value), _LISTS[name]) if name in _LISTS else value


_LISTS: Final = {"kind": "need", "level": "level"}
