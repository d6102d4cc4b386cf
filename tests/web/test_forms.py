"""Forms keep what was typed and say what is wrong (WEB "Live parts", "Languages")."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from tests.web.gallery import page, renderer
from web.forms import Form, parse_amount, typed_amount

AMOUNTS = [
    ("612.50", "CAD", 61250),
    ("612,50", "CAD", 61250),
    ("1,234.50", "CAD", 123450),
    ("1 234,50 $", "CAD", 123450),
    ("1\u00a0234,50\u00a0$", "CAD", 123450),
    ("$1,234", "CAD", 123400),
    ("1,234,567.89", "CAD", 123456789),
    ("CAD 12", "CAD", 1200),
    ("0.5", "CAD", 50),
    ("5000", "JPY", 5000),
    ("5 000", "JPY", 5000),
    ("1.234", "KWD", 1234),
]


@pytest.mark.parametrize(("typed", "currency", "minor"), AMOUNTS)
def test_amounts_as_either_language_writes_them(typed: str, currency: str, minor: int) -> None:
    assert parse_amount(typed, currency) == minor


@pytest.mark.parametrize("typed", ["lots", "-5", "1.005", "1e5", "12.3.4", "", "٣", "9" * 20, "$", "1,2,3"])
def test_other_words_are_no_amount(typed: str) -> None:
    with pytest.raises(ValueError):
        parse_amount(typed, "CAD")


@given(st.integers(0, 10**12), st.sampled_from(["CAD", "JPY", "KWD"]))
def test_an_amount_filled_in_reads_the_same(minor: int, currency: str) -> None:
    assert parse_amount(typed_amount(minor, currency), currency) == minor


@given(st.text(max_size=40))
def test_any_typing_is_kept_and_never_breaks(typed: str) -> None:
    form = Form.posted(MultiDict({"x": typed}))
    form.line("x")
    form.integer("x")
    form.money("x", "CAD")
    form.date("x")
    form.moment("x", "America/Halifax")
    form.choice("x", {"a"})
    assert form.typed("x") == typed.replace("\r\n", "\n").replace("\r", "\n")


def test_fields_read_as_they_mean() -> None:
    form = Form.posted(
        MultiDict(
            [
                ("title", "  A   title "), ("why.en", "Because\r\nso"), ("why.fr", " "), ("topics", "data"),
                ("topics", "policy"), ("own", "612,50"), ("start", "2027-02-01"), ("hours", "1 200"),
                ("at", "2027-03-09T09:00"), ("must", "yes"), ("kind", "time"),
            ]
        )
    )  # fmt: skip
    assert form.line("title") == "A title"
    assert form.bilingual("why", required=True) == {"en": "Because\nso"}
    assert form.choices("topics", {"data", "policy"}) == ["data", "policy"]
    assert form.money("own", "CAD") == 61250
    assert form.date("start") == "2027-02-01"
    assert form.integer("hours") == 1200
    assert form.moment("at", "America/Halifax") == "2027-03-09T09:00:00-04:00"
    assert form.ticked("must") and not form.ticked("other")
    assert form.choice("kind", {"time"}, required=True) == "time"
    assert not form.errors


REQUIRED = [
    lambda form: form.line("x", required=True),
    lambda form: form.bilingual("x", required=True),
    lambda form: form.choice("x", {"a"}, required=True),
    lambda form: form.choices("x", {"a"}, required=True),
    lambda form: form.integer("x", required=True),
    lambda form: form.money("x", "CAD", required=True),
    lambda form: form.date("x", required=True),
    lambda form: form.secret("x"),
]


@pytest.mark.parametrize("read", REQUIRED)
def test_what_is_required_and_absent_is_an_error_at_its_field(read) -> None:  # type: ignore[no-untyped-def]
    form = Form()
    read(form)
    assert list(form.errors) == ["x"]


def test_values_outside_the_list_are_not_taken() -> None:
    form = Form.posted(MultiDict([("kind", "gold"), ("topics", "data"), ("topics", "gold")]))
    assert form.choice("kind", {"time"}) == ""
    assert form.choices("topics", {"data"}) == ["data"]
    assert set(form.errors) == {"kind", "topics"}


def test_a_form_is_filled_from_a_record() -> None:
    form = Form.of(
        {
            "title": {"en": "A"},
            "asks": [{"kind": "time", "must": True, "split": False}],
            "topics": ["a", "b"],
            "none": None,
        }
    )
    assert form.typed("title.en") == "A"
    assert (
        form.typed("asks.0.kind") == "time" and form.ticked("asks.0.must") and not form.ticked("asks.0.split")
    )
    assert form.all("topics") == ["a", "b"] and form.typed("none") == ""


def test_rows_that_hold_something() -> None:
    form = Form.posted(
        MultiDict([("asks.0.kind", ""), ("asks.2.kind", "time"), ("asks.10.kind", "x"), ("asks.x.kind", "y")])
    )
    assert form.rows("asks") == [2, 10]


def test_the_language_switch_inside_a_form() -> None:
    assert Form.posted(MultiDict({"language": "fr"})).switch == "fr"
    assert Form.posted(MultiDict({"language": "xx"})).switch is None


# On the page


def shown(form: Form, language: str = "en") -> str:
    return renderer().render(page(language), "form.html", form=form)  # type: ignore[arg-type]


def test_errors_stand_first_and_link_to_their_fields() -> None:
    form = Form.posted(MultiDict({"when.end": "soon", "title.en": '<b>"x"</b>'}))
    form.date("when.end")
    html = shown(form)
    assert "<title>Error: " in html
    assert html.index('id="errors"') < html.index("<h1>") and html.index("<main") < html.index('id="errors"')
    assert '<a href="#f-when-end">End: Use a date as year-month-day' in html
    assert 'id="f-when-end"' in html and 'aria-describedby="f-when-end-error" aria-invalid="true"' in html
    assert 'value="soon"' in html
    assert 'value="&lt;b&gt;&#34;x&#34;&lt;/b&gt;"' in html


def test_the_title_begins_with_error_in_french() -> None:
    form = Form()
    form.line("title.en", required=True)
    assert "<title>Erreur\u00a0: " in shown(form, "fr")


def test_a_form_without_errors_has_no_summary() -> None:
    html = shown(Form())
    assert 'id="errors"' not in html and "<title>Error" not in html


def test_an_error_of_no_field_is_said_without_a_link() -> None:
    form = Form()
    form.wrong("", "Fill this in.")
    assert "<li>Fill this in.</li>" in shown(form)


def test_passwords_are_never_shown_again() -> None:
    assert "hunter" not in shown(Form.posted(MultiDict({"password": "hunter"})))


def test_errors_are_summed_up_in_the_order_of_their_fields() -> None:
    form = Form()
    for name in ("last", "first", ""):
        form.wrong(name, "Fill this in.")
    form.labels.update({"first": "Title", "between": "Why", "last": "Kind"})
    assert [name for name, _ in form.errors_in_order()] == ["", "first", "last"]


def test_a_password_of_a_book_is_refused_before_it_is_looked_through() -> None:
    form = Form(values={"password": ["ab" * 100_000]})
    form.secret("password", shortest=12)
    assert form.error("password") is not None


def test_what_is_longer_than_any_amount_is_none() -> None:
    """Blanks inside it were gone over again from each of them: ten thousand took seconds, a form's worth for ever."""
    with pytest.raises(ValueError):
        parse_amount("1" + " " * 200_000 + "x", "CAD")
