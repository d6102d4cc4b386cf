"""The sentences of the members' web: what the sources say, against what the catalogues hold.

Law: the sources lead. ``python -m tests.kit.catalogue update`` rewrites the French catalogue: new sentences come in
empty, gone ones go out, translations stay; ``… missing`` lists what is still to be translated. Nothing is guessed:
a changed sentence is a new one. Places in the source are not noted, so that moving code changes no catalogue.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).parents[2]
FRENCH: Final = ROOT / "web" / "locale" / "fr" / "LC_MESSAGES" / "barnraise.po"
ENGLISH: Final = ROOT / "web" / "locale" / "en" / "LC_MESSAGES" / "barnraise.po"
KEYWORDS: Final = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "P_": ((1, "c"), 2),
    "NP_": (1, 2),
}
Key = tuple[str | None, str]


def extract() -> Catalog:
    """Every sentence of templates and modules."""
    with (ROOT / "web/locale/babel.cfg").open(encoding="utf-8") as source:
        methods, options = parse_mapping_cfg(source, filename="babel.cfg")
    found = Catalog(domain="barnraise")
    for name, _line, message, _comments, context in extract_from_dir(
        ROOT / "web",
        [(pattern.removeprefix("web/"), method) for pattern, method in methods],
        {pattern.removeprefix("web/"): settings for pattern, settings in options.items()},
        keywords=KEYWORDS,
    ):
        assert name
        found.add(message, context=context)
    return found


def key(message: Message) -> Key:
    """What makes a sentence one: its context and its English (the singular when it is counted)."""
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def read(path: Path) -> Catalog:
    """A catalogue as it is kept."""
    with path.open("rb") as source:
        return read_po(source, locale=path.parts[-3], domain="barnraise")


def messages(catalogue: Catalog) -> dict[Key, Message]:
    """Sentences by key, the header left out."""
    return {key(message): message for message in catalogue if message.id}


def untranslated(catalogue: Catalog) -> list[Message]:
    """Sentences without French, or with French only for one of two numbers."""
    return [message for message in messages(catalogue).values() if not _is_whole(message)]


def _is_whole(message: Message) -> bool:
    forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return len(forms) == (1 if isinstance(message.id, str) else 2) and all(forms)


def update(path: Path) -> int:
    """Bring a catalogue in step with the sources; the number of sentences still without French."""
    held = read(path)
    known = messages(held)
    renewed = Catalog(locale=held.locale, domain="barnraise", header_comment=held.header_comment, fuzzy=False)
    for message in extract():
        if message.id:
            old = known.get(key(message))
            renewed.add(message.id, old.string if old else "", context=message.context, flags=message.flags)
    renewed.mime_headers = held.mime_headers
    with path.open("wb") as target:
        write_po(target, renewed, width=110, no_location=True, sort_output=True, omit_header=False)
    return len(untranslated(renewed))


if __name__ == "__main__":
    if sys.argv[1:] == ["update"]:
        sys.stdout.write(f"{update(FRENCH)} sentences without French in {FRENCH.relative_to(ROOT)}\n")
    elif sys.argv[1:] == ["missing"]:
        for lacking in untranslated(read(FRENCH)):
            sys.stdout.write(f"{lacking.context or ''}\t{lacking.id}\n")
    else:
        raise SystemExit("python -m tests.kit.catalogue update|missing")
