"""Every page there is, in French, in both colour schemes: a file of its own, so that the two languages share the time."""

from __future__ import annotations

import pytest

from tests.browser.looking import Rooms, wrong_with_form, wrong_with_page
from tests.browser.spots import FORMS, SPOTS, Spot, name_of

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.mark.parametrize("spot", SPOTS, ids=name_of)
def test_a_page(rooms: Rooms, spot: Spot) -> None:
    wrong = wrong_with_page(rooms, spot, "fr")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("spot", FORMS, ids=name_of)
def test_a_form_sent_empty(rooms: Rooms, spot: Spot) -> None:
    wrong = wrong_with_form(rooms, spot, "fr")
    assert not wrong, "\n".join(wrong)
