"""Pages: frame, formats, both languages, nothing inline (WEB head, "Languages")."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup

from protocol.records import REGISTER, lists
from protocol.records.lists import AUTHOR_ROLES
from tests.web.gallery import NOW, SAMPLES, frames, page, renderer, wrong_form
from web import labels
from web.formats import Formats
from web.forms import parse_amount
from web.i18n import LANGUAGES, Language, Message
from web.render import HREFS, Page, static_addresses, url_with

RENDERER = renderer()


def formats(language: Language) -> Formats:
    return RENDERER.formats(page(language))


def sample(name: str, language: Language) -> str:
    values = {"form": wrong_form()} if name == "form" else {}
    return RENDERER.render(page(language), f"{name}.html", frames=frames(), frame=frames()[8][1], **values)


# The frame of every page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_inline_and_nothing_from_elsewhere(name: str, language: Language) -> None:
    html = sample(name, language)
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)", html)
    assert not re.findall(r'(?:src|<link[^>]*href)="https?:', html)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_ids_are_one_each_and_links_inside_arrive(name: str, language: Language) -> None:
    html = sample(name, language)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for described in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', html):
        assert set(described.split()) <= set(ids)
    for target in re.findall(r'<label for="([^"]+)"', html):
        assert target in ids


def test_the_page_names_its_language_and_offers_the_other() -> None:
    html = sample("list", "fr")
    assert '<html lang="fr">' in html
    assert 'href="/language/en?to=%2Fpitches%2Fabc" lang="en" hreflang="en">English</a>' in html


def test_only_places_that_exist_are_shown() -> None:
    html = RENDERER.render(page("en", "/library", places=("home", "library")), "list.html")
    places = re.search(r'<nav class="places".*?</nav>', html, re.DOTALL)
    assert places and re.findall(r'href="([^"]+)"', places.group()) == ["/", "/library"]
    assert 'href="/library" aria-current="page"' in places.group()


def test_where_the_reader_is() -> None:
    here = page("en", "/pitches/abc?x=1")
    assert [here.current(place) for place in ("home", "pitches", "library")] == ["", "true", ""]
    assert page("en", "/").current("home") == "page"


def test_a_guest_sees_the_way_in_and_no_way_out() -> None:
    html = RENDERER.render(page("en", member=None), "list.html")
    assert 'href="/sign-in"' in html and "/sign-out" not in html and "wait on you" not in html


def test_a_read_clock_is_shown() -> None:
    assert "January 12, 2027" in sample("list", "en")
    assert "reads its time" not in RENDERER.render(page("en", show_clock=False), "list.html")


def test_what_was_done_is_said_once() -> None:
    assert "<p>Published.</p>" in RENDERER.render(page("en"), "list.html", said=Message("Published."))


def test_a_name_that_is_not_there_fails() -> None:
    with pytest.raises(UndefinedError):
        RENDERER.render(page("en"), "errors/error.html")


def test_two_readers_do_not_share_their_language() -> None:
    first = sample("pieces", "en")
    sample("pieces", "fr")
    assert sample("pieces", "en") == first


def test_a_stranger_cannot_write_html() -> None:
    html = RENDERER.render(page("en", organisation={"en": "<script>x</script>"}), "list.html")
    assert "<script>x" not in html and "&lt;script&gt;" in html


def test_static_files_are_named_with_their_content() -> None:
    assert all(
        re.fullmatch(r"/static/[\w.-]+\?v=[0-9a-f]{12}", address) for address in static_addresses().values()
    )
    assert {"barnraise.css", "live.js", "enhance.js", "pitch-form.js", "barn.svg"} <= set(static_addresses())


def test_every_place_has_its_address() -> None:
    assert all(href.startswith("/") for href in HREFS.values())


def test_queries_leave_out_what_is_empty() -> None:
    assert (
        url_with("/pitches", {"q": "a b&c", "topic": ["x", "y"], "state": "", "n": None})
        == "/pitches?q=a+b%26c&amp;topic=x&amp;topic=y"
    )
    assert url_with("/pitches", {"q": ""}) == "/pitches"


def test_the_zone_is_the_readers_then_the_jurisdictions() -> None:
    kwargs = {"language": "en", "now": NOW, "path": "/", "organisation": {"en": "x"}, "jurisdiction": "CA-NS"}
    assert RENDERER.formats(Page(**kwargs)).zone.key == "America/Halifax"  # type: ignore[arg-type]
    assert RENDERER.formats(Page(**kwargs, zone="America/Regina")).zone.key == "America/Regina"  # type: ignore[arg-type]


# Values

EN, FR = formats("en"), formats("fr")


def test_money_keeps_the_currency_and_its_exponent() -> None:
    assert EN.money(61250, "CAD") == "$612.50"
    assert FR.money(61250, "CAD") == "612,50\u00a0$"
    assert EN.money(5000, "JPY") == "JP¥5,000"
    assert EN.quantity(61250, "CAD") == "$612.50"


def test_an_amount_in_a_field_has_the_sign_of_its_reader_and_means_the_same() -> None:
    for typed in ("612.50", "612,50", "1,234.50", "1 234,50", "5000", "1.5", "twelve", ""):
        assert EN.in_field(typed) == typed
        assert FR.in_field(typed) == ("612,50" if typed == "612.50" else typed)
    assert parse_amount(FR.in_field("612.50"), "CAD") == parse_amount("612.50", "CAD") == 61250


def test_numbers() -> None:
    assert [EN.number(value) for value in (0, 999, 1000, -5, 1.5)] == ["0", "999", "1,000", "-5", "1.5"]
    assert [FR.number(value) for value in (0, 999, 1000, 1.5)] == ["0", "999", "1\u00a0000", "1,5"]
    assert EN.percent(0.6) == "60%" and FR.percent(0.6) == "60\u00a0%"


def test_what_is_counted_in_a_sentence_is_written_as_numbers_are() -> None:
    assert "1,250 organisations" in sample("pieces", "en")
    assert "1\u00a0250 organisations" in sample("pieces", "fr")


def test_lists_in_a_sentence_end_with_and_and_links_stay_links() -> None:
    assert EN.join(["a", "b", "c"]) == "a, b and c" and FR.join(["a", "b"]) == "a et b"
    linked = FR.join([Markup('<a href="/x">x</a>'), "<b>"])
    assert isinstance(linked, Markup) and linked == '<a href="/x">x</a> et &lt;b&gt;'
    assert EN.join([]) == ""


def test_the_beginning_of_a_text_is_cut_before_it_is_marked_up() -> None:
    assert EN.gist({"fr": "Deux & *trois* mots"}, None, 12) == '<span lang="fr">Deux &amp; trois…</span>'
    assert EN.gist({"en": "All *of* it"}, None, 12) == "All of it" == EN.gist("All *of* it")
    assert EN.gist("One <b> two", None, 8) == "One &lt;b&gt;…"


def test_quantities_keep_their_unit() -> None:
    assert EN.quantity(1, "person") == "1 person" and EN.quantity(2, "person") == "2 people"
    assert FR.quantity(0, "hour") == "0 heure" and FR.quantity(2, "hour") == "2 heures"
    assert EN.quantity(3, "bolt") == "3 bolt"
    assert EN.progress(36750, 61250, "CAD") == "$367.50 of $612.50"
    assert FR.progress(0, 1, "person") == "0 sur 1 personne"


def test_dates() -> None:
    assert EN.date("2027-02-01") == "February 1, 2027"
    assert FR.date("2027-02-01") == "1er février 2027"
    assert FR.date("2027-02-11") == "11 février 2027"
    assert EN.date("2027-03-09T01:00:00-04:00") == "March 8, 2027"  # the reader lives in Vancouver
    assert EN.date_range("2027-03-09", "2027-03-11") == "Mar 9–11, 2027"
    assert EN.date_range("2027-03-09", "2027-03-09") == "March 9, 2027"
    assert EN.datetime("2027-03-09T09:00:00-04:00", "America/Halifax").startswith("March 9, 2027, 9:00")
    assert EN.date(1798761600000) == EN.date("2027-01-01T00:00:00Z") == "December 31, 2026"


def test_an_hour_stays_on_one_line() -> None:
    assert FR.datetime("2027-03-09T09:05:00-04:00", "America/Halifax").endswith("2027, 09\u00a0h\u00a005 HNA")
    assert " " not in EN.exact("2027-01-12T16:00:00Z").removeprefix("<time ")


def test_no_time_is_finer_than_pages_may_say() -> None:
    moment = "2027-01-12T16:00:00.123456Z"
    for shown in (EN.when(moment), EN.exact(moment)):
        assert 'datetime="2027-01-12T16:00:00.123+00:00"' in shown
    assert 'datetime="2027-01-12"' in EN.when("2027-01-12")


def test_days_away() -> None:
    assert EN.relative("2027-01-12") == "today"
    assert EN.relative("2027-01-13") == "in 1 day"
    assert FR.relative("2027-01-10") == "il y a 2 jours"
    assert EN.relative("2027-01-12T16:00:00Z") == "1 hour ago"
    for instant in ("2027-01-12T16:59:01Z", "2027-01-12T17:00:00Z", "2027-01-12T17:00:59Z"):
        assert EN.relative(instant) == "just now" and FR.relative(instant) == "à l’instant"
    assert EN.relative("2027-01-12T16:59:00Z") == "1 minute ago"
    assert 'datetime="2027-01-12T16:00:00+00:00"' in EN.when("2027-01-12T16:00:00Z")


def test_names() -> None:
    assert (
        EN.jurisdiction("CA-BC") == "British Columbia" and FR.jurisdiction("CA-BC") == "Colombie-Britannique"
    )
    assert FR.jurisdiction("DE") == "Allemagne" and EN.jurisdiction("ZZ-9") == "ZZ-9"
    assert EN.language_name("fr-CA") == "French" and FR.language_name("en") == "anglais"
    assert EN.language_name("???") == "???"
    assert EN.label("time", "need") == "Time" and FR.label("time", "need") == "Temps"
    assert EN.label("moon-dust", "need") == "moon-dust"


@pytest.mark.parametrize("role", AUTHOR_ROLES)
def test_every_role_of_an_author_has_its_label(role: str) -> None:
    assert EN.label(role, "role") != role and FR.label(role, "role") != role


LABELLED = {
    "kind": "need",
    "condition": "state",
    "artifact-kind": "artifact",
    "author-role": "role",
    "node-kind": "node",
    "event-kind": "event",
    "reuse-result": "reuse",
    "idp-part": "cycle",
    "report-reason": "report",
    "erase-reason": "erase",
}


@pytest.mark.parametrize("name", sorted(set(lists.LISTS) - {"unit"}))
def test_every_value_of_an_open_list_has_its_label(name: str) -> None:
    for value in lists.LISTS[name]:
        assert value in labels.LISTS[LABELLED.get(name, name)], value


def test_every_unit_has_its_noun() -> None:
    assert set(lists.UNITS) <= set(labels.UNITS)


UNSEEN = (
    "node.",
    "member.",
    "vouch",
    "unvouch",
    "erase",
    "report",
)  # these happen to no pitch, pledge or circle
STEPS = [kind for kind in REGISTER if not kind.startswith(UNSEEN)]
SAID = [
    {"type": "attest", "what": ["conversation", "no-objection"]},
    {"type": "attest", "what": []},
    *({"type": "check_in", "applied": answer} for answer in labels.APPLIED),
    *({"type": "check_in.attest", "saw": answer} for answer in labels.APPLIED),
    {"type": "circle.role", "role": "member"},
    {"type": "reuse", "result": "did-not-work"},
    {"type": "label", "label": "contains-error"},
]


@pytest.mark.parametrize("step", [*({"type": kind} for kind in STEPS), *SAID], ids=str)
def test_every_step_is_told_in_words_and_with_its_own_sign(step: dict[str, object]) -> None:
    someone = {"shown": "anonymous", "you": False}
    told = {
        language: RENDERER.render(page(language), "step.html", step={"who": someone, "to": "closed"} | step)
        for language in LANGUAGES
    }
    assert told["en"] != told["fr"]
    for words in told.values():
        assert not words.strip().endswith(str(step["type"])) and not words.startswith("none:")


def test_texts_carry_their_language_only_when_it_is_another() -> None:
    assert EN.text({"en": "a & b", "fr": "c"}) == "a &amp; b"
    assert EN.text({"fr": "Quoi ?"}) == '<span lang="fr">Quoi\u202f?</span>'
    assert EN.plain({"fr": "Quoi ?"}) == "Quoi\u202f?"
    assert EN.foreign({"fr": "x"}) == "fr" and EN.foreign({"fr": "x", "en": "y"}) == ""
    assert EN.markdown({"fr": "**x**"}) == '<div class="prose" lang="fr"><p><strong>x</strong></p>\n</div>'
    assert '"' not in EN.text({'en"><x': "y"}).split(">", 1)[0].removeprefix('<span lang="').removesuffix('"')


def test_lists_and_sizes() -> None:
    assert EN.join(["a", "b", "c"]) == "a, b and c" and FR.join(["a", "b"]) == "a et b" and EN.join([]) == ""
    assert EN.filesize(18233) == "18.2 kB" and FR.filesize(2_000_000) == "2 Mo" and EN.filesize(1) == "1 byte"


@given(st.one_of(st.text(max_size=40), st.integers(), st.dates()))
def test_any_moment_is_shown(value: str | int | date) -> None:
    for shown in (EN.date, EN.datetime, EN.relative, FR.when):
        assert isinstance(shown(value), str)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=30), max_size=3))
def test_any_text_is_shown_escaped(field: dict[str, str]) -> None:
    assert not re.search(r"<(?!/?span)", EN.text(field))
    assert EN.foreign(field) == "" or EN.foreign(field) in field
