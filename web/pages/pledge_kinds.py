"""What is asked about each kind of thing one can give.

Law: a pledge is a text and a quantity; what a kind asks besides becomes lines of that text, in its language, so that
every node reads it, also one that does not know the kind. Source: DOMAIN section 3 ``pledge.offer`` and its open list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from web.context import Context
from web.forms import Form
from web.i18n import LANGUAGES, N_, Message, is_language

DETAIL_MOST: Final = 300


class Kind(NamedTuple):
    """The hint beside the text, the unit it is counted in, and further questions: field → label."""

    hint: str
    unit: str = "hour"
    details: Mapping[str, str] = {}


OTHERS: Final = Kind(N_("What you know or have, and when you have time."))
KINDS: Final[Mapping[str, Kind]] = {
    "money": Kind(N_("A word to the pitcher, if you wish. Never account numbers.")),
    "time": Kind(
        N_("What you would do with it."),
        details={"when": N_("When you have it"), "how": N_("In person or online")},
    ),
    "expertise": Kind(N_("In what, and where you learned it."), details={"when": N_("When you have time")}),
    "review": Kind(
        N_("What you look at, and with which eyes."),
        details={"language": N_("In which language"), "within": N_("Within how many days")},
    ),
    "mentoring": Kind(
        N_("On what, and how you two would meet."), "session", {"when": N_("How often, for how long")}
    ),
    "coaching": Kind(
        N_("On what, and how you two would meet."), "session", {"when": N_("How often, for how long")}
    ),
    "shadowing": Kind(N_("Whose work, where, and what there is to see."), "day", {"when": N_("Which days")}),
    "introduction": Kind(
        N_(
            "What connects you. No name or address of the third person here: you arrange that in the talk between"
            " you two, once that person agrees."
        ),
        "person",
    ),
    "case-study": Kind(
        N_("What it is about. You give it by publishing it in the library."), "piece", {"when": N_("By when")}
    ),
    "data": Kind(
        N_("What it covers. Nothing about persons."),
        "piece",
        {"licence": N_("Under which licence"), "shape": N_("In which format")},
    ),
    "venue": Kind(
        N_("What kind of room it is."),
        "day",
        {
            "place": N_("Where it is"),
            "seats": N_("How many it holds"),
            "access": N_("Accessible without steps"),
        },
    ),
    "equipment": Kind(
        N_("What it is."), "piece", {"when": N_("From when until when"), "where": N_("Where it is picked up")}
    ),
    "seat": Kind(N_("At what, and what comes with it."), "seat", {"when": N_("Which days")}),
    "travel-help": Kind(
        N_("A ride, a bed, a desk."), "day", {"when": N_("Which days"), "where": N_("From where to where")}
    ),
    "backfill": Kind(N_("Which work you take over."), "day", {"managers": N_("Whether both managers know")}),
    "facilitation": Kind(
        N_("Of what, and for how many people."),
        "session",
        {"language": N_("In which language"), "how": N_("In person or online")},
    ),
    "speaker": Kind(
        N_("On what."), "session", {"language": N_("In which language"), "how": N_("In person or online")}
    ),
    "promotion": Kind(N_("To whom you can carry it, and how.")),
    "translation": Kind(
        N_("What you translate."),
        details={"pair": N_("From which language into which"), "words": N_("How many words")},
    ),
    "accessibility": Kind(
        N_("What you look at: a form, a document, a room."), details={"with": N_("With which tools or aids")}
    ),
    "testing": Kind(
        N_("What you test, alone or with others."),
        details={"when": N_("When you have time"), "how": N_("In person or online")},
    ),
}


def kind_of(kind: str) -> Kind:
    """What is asked about a kind; of one not known here, what is asked about any."""
    return KINDS.get(kind, OTHERS)


def detailed(context: Context, form: Form, kind: str, text: Mapping[str, str]) -> dict[str, str]:
    """The text with a line for each question answered, in the language the text is written in."""
    tag = next(iter(text), form.choice("text_in", LANGUAGES) or context.language)
    told = list(_lines(context, form, kind, tag))
    return {tag: "\n".join([*([text[tag], ""] if text.get(tag) else []), *told])} if told else dict(text)


def _lines(context: Context, form: Form, kind: str, tag: str) -> Iterator[str]:
    formats = context.in_language(tag).formats if is_language(tag) else context.formats
    for name, label in kind_of(kind).details.items():
        if answer := form.line(f"detail.{name}", longest=DETAIL_MOST):
            question = formats.say(Message(label))
            line = formats.say(
                Message(N_("- %(question)s: %(answer)s"), {"question": question, "answer": answer})
            )
            yield line.replace("\u00a0", " ").replace("\u202f", " ")  # set again wherever it is shown
