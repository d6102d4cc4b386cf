"""R13: what forms warn about, in both languages, and what they leave alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.rules.markings import contacts, luhn, markings, markings_of


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("PROTECTED B", [("protected", "PROTECTED B")]),
        ("This is Protected B.", [("protected", "Protected B")]),
        ("PROTÉGÉ B", [("protected", "PROTÉGÉ B")]),
        ("document protégé B, à ne pas diffuser", [("protected", "protégé B")]),
        ("PROTEGE B", [("protected", "PROTEGE B")]),
        ("PROTE\u0301GE\u0301 B", [("protected", "PROTE\u0301GE\u0301 B")]),
        ("PROTÉGÉE\u00a0C", [("protected", "PROTÉGÉE\u00a0C")]),
        ("PROTECTED-A", [("protected", "PROTECTED-A")]),
        ("protected b", [("protected", "protected b")]),
        ("SIN 046 454 286", [("sin", "046 454 286")]),
        ("NAS : 046-454-286.", [("sin", "046-454-286")]),
        ("046454286", [("sin", "046454286")]),
        ("046 454 286 2027", [("sin", "046 454 286")]),
        ("card 4111 1111 1111 1111 please", [("card", "4111 1111 1111 1111")]),
        ("378282246310005", [("card", "378282246310005")]),
        ("PROTÉGÉ B: 046\u00a0454\u00a0286", [("protected", "PROTÉGÉ B"), ("sin", "046\u00a0454\u00a0286")]),
    ],
)
def test_what_is_seen(text: str, seen: list[tuple[str, str]]) -> None:
    assert [(mark.code, text[mark.start : mark.end]) for mark in markings(text)] == seen


@pytest.mark.parametrize(
    "text",
    [
        "a protected area",
        "protected a whole valley",
        "a protected bike lane",
        "le lac est protégé à jamais",
        "unprotected Bay",
        "PROTECTED BY LAW",
        "Les droits sont protégés",
        "046 454 287",
        "604 555 0123",
        "+1 604 555-0123",
        "4111 1111 1111 1112",
        "9111111111111111",
        "12046454286",
        "0464542861",
        "046 454 286 000 $",
        "1 046 454 286",
        "046454286.50",
        "v046454286",
        "2027-03-09",
        "",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    assert markings(text) == ()


@pytest.mark.parametrize(
    ("digits", "right"),
    [
        ("0", True),
        ("18", True),
        ("17", False),
        ("79927398713", True),
        ("79927398710", False),
        ("046454286", True),
    ],
)
def test_luhn(digits: str, right: bool) -> None:
    assert luhn(digits) is right


@given(st.text("0123456789", min_size=1, max_size=20), st.integers(0, 19), st.integers(1, 9))
def test_luhn_sees_every_single_slip(digits: str, place: int, slip: int) -> None:
    place %= len(digits)
    slipped = digits[:place] + str((int(digits[place]) + slip) % 10) + digits[place + 1 :]
    assert not (luhn(digits) and luhn(slipped))


@given(st.text(st.sampled_from("0123456789 -ABprotecedPROTÉG.,"), max_size=60))
def test_spans_lie_in_the_text(text: str) -> None:
    for mark in markings(text):
        assert 0 <= mark.start < mark.end <= len(text)
        assert not text[mark.start].isspace()


def test_markings_name_the_field() -> None:
    content = {
        "type": "comment",
        "text": {"en": "fine", "fr": "PROTÉGÉ B"},
        "asks": [{"text": {"en": "046 454 286"}}],
        "n": 46454286,
    }
    assert [(path, mark.code) for path, mark in markings_of(content)] == [
        ("text.fr", "protected"),
        ("asks.0.text.en", "sin"),
    ]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("write to maria.silva@gov.bc.ca please", [("email", "maria.silva@gov.bc.ca")]),
        ("<x@y.org>, bob+z@y.org.", [("email", "x@y.org"), ("email", "bob+z@y.org")]),
        ("courriel:Émile.Côté@québec.ca", [("email", "Émile.Côté@québec.ca")]),
        ("mailto:jo@x.org", [("email", "mailto:jo@x.org")]),
        ("604 555 0123", [("phone", "604 555 0123")]),
        ("call +1 604 555-0123.", [("phone", "+1 604 555-0123")]),
        ("(604) 555-0123, 604.555.0199", [("phone", "(604) 555-0123"), ("phone", "604.555.0199")]),
        ("1-800-555-0199", [("phone", "1-800-555-0199")]),
        ("514\u00a0555\u20110123 poste 4", [("phone", "514\u00a0555\u20110123")]),
        ("tel:+16045550123 / +33 1 23 45 67 89", [("phone", "+16045550123"), ("phone", "+33 1 23 45 67 89")]),
    ],
)
def test_b5_somebody_s_address_or_number_is_seen(text: str, seen: list[tuple[str, str]]) -> None:
    """B5: texts with an e-mail address or phone number of somebody else get no warning."""
    assert [(mark.code, text[mark.start : mark.end]) for mark in contacts(text)] == seen
    assert [(mark.code, path) for path, mark in markings_of({"text": {"en": text}})] == [
        (code, "text.en") for code, _ in seen
    ]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "info@gov.bc.ca",
            "renseignements@quebec.ca",
            "a@b",
            "@amira@social.example",
            "x @ y.org",
            "10 @ 4.50",
        ),
        *("https://x.org/604-555-0123", "2027-03-09", "9:30-10:30", "122 500 1234 $", "978-0-306-40615-7"),
        *("046 454 286", "4111 1111 1111 1111", "+12 345 678 $", "604-555-01234", "6045550123", "v1.2.3", ""),
    ],
)
def test_b5_what_reaches_nobody_is_left_alone(text: str) -> None:
    """B5: an office's mailbox, an address of a page, an amount, a date are nobody's."""
    assert contacts(text) == ()


@given(st.text(st.sampled_from("jo@x.org-+()0123456789 "), max_size=80))
def test_b5_contacts_lie_in_the_text(text: str) -> None:
    """B5: whatever is typed, a warning says where it stands."""
    assert all(0 <= mark.start < mark.end <= len(text) for mark in contacts(text))
