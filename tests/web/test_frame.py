"""The timber frame says what the asks say (WEB "Navigation")."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from web.frame_svg import HEIGHT, WIDTH, Ask, timber_frame

asks = st.lists(
    st.builds(
        lambda share, must: Ask(share >= 1, must, min(share, 1.0)),
        st.floats(0, 1.5, allow_nan=False),
        st.booleans(),
    ),
    max_size=40,
)


def kinds(pieces: tuple[object, ...]) -> list[str]:
    return [piece.kind for piece in pieces]  # type: ignore[attr-defined]


def test_nothing_asked_is_an_outline() -> None:
    frame = timber_frame([])
    assert not frame.complete and not frame.timbers and frame.outline


def test_complete_it_stands() -> None:
    frame = timber_frame([Ask(True, True, 1), Ask(True, True, 1), Ask(True, False, 1)])
    assert frame.complete and not frame.outline
    assert kinds(frame.timbers).count("rafter") == 2


def test_one_missing_ask_keeps_the_roof_off() -> None:
    frame = timber_frame([Ask(True, True, 1), Ask(True, True, 1), Ask(False, False, 0.9)])
    assert not frame.complete
    assert kinds(frame.timbers).count("rafter") == 2  # the posts carry the rafters already


def test_a_missing_post_keeps_the_rafters_down() -> None:
    frame = timber_frame([Ask(True, True, 1), Ask(False, True, 0.5), Ask(True, False, 1)])
    assert "rafter" not in kinds(frame.timbers) and "plate" not in kinds(frame.timbers)
    assert [piece.part for piece in frame.timbers if piece.kind == "post"] == [False, True]


def test_what_came_early_lies_ready() -> None:
    frame = timber_frame([Ask(False, True, 0), Ask(False, True, 0), Ask(True, False, 1)])
    assert kinds(frame.timbers) == ["pile"]


def test_a_room_weighs_as_much_as_money() -> None:
    assert timber_frame([Ask(True, False, 1), Ask(False, False, 0)]) != timber_frame(
        [Ask(False, False, 0)] * 2
    )


@given(asks)
def test_every_ask_has_one_timber_or_gap(given_asks: list[Ask]) -> None:
    frame = timber_frame(given_asks)
    assert frame.met == sum(ask.met for ask in given_asks) and frame.total == len(given_asks)
    drawn = [k for k in kinds(frame.timbers) if k in ("brace", "girt", "strut", "pile")]
    assert len(drawn) == sum(ask.share > 0 or ask.met for ask in given_asks if not ask.must)
    assert frame.complete == (bool(given_asks) and all(ask.met for ask in given_asks))
    assert frame.complete == (not frame.outline)


@given(asks)
def test_everything_stays_in_the_picture(given_asks: list[Ask]) -> None:
    frame = timber_frame(given_asks)
    for piece in (*frame.timbers, *frame.outline):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", piece.path)]
        assert all(0 <= x <= WIDTH for x in numbers[::2]) and all(0 <= y <= HEIGHT for y in numbers[1::2])
        assert piece.width > 0
