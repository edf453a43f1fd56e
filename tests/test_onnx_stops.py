"""Where an answer ends: stop strings, of which nothing is ever said, and loops."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phi_assistant.models.stops import LoopGuard, Stops

LETTERS = "abn "
"""Few, so that stop strings occur and overlap."""

TEXTS = st.text(LETTERS, max_size=40)
STRINGS = st.lists(st.text(LETTERS, min_size=1, max_size=6), min_size=1, max_size=3)


def pieces(text, cuts):
    """The text, cut at these places."""
    places = [0, *sorted({cut % (len(text) + 1) for cut in cuts}), len(text)]
    return [text[start:end] for start, end in pairwise(places)]


def before(text, strings):
    """The text up to where the first stop string begins."""
    return text[: min((at for at in map(text.find, strings) if at >= 0), default=len(text))]


@given(TEXTS, STRINGS, st.lists(st.integers(0, 99), max_size=12))
def test_however_a_text_is_cut_it_ends_before_the_stop_string_that_is_complete_first(text, strings, cuts):
    stops, said = Stops(strings), ""
    for piece in pieces(text, cuts):
        said += stops.take(piece)
        assert not any(each in said for each in strings)
    said += stops.rest()
    assert text.startswith(said)
    assert not any(each in said for each in strings)
    assert stops.found == any(each in text for each in strings)
    if not stops.found:
        assert said == text


@given(TEXTS, st.text(LETTERS, min_size=1, max_size=6), st.lists(st.integers(0, 99), max_size=12))
def test_one_stop_string_cuts_at_the_same_place_however_the_text_comes(text, string, cuts):
    stops = Stops([string])
    said = "".join(map(stops.take, pieces(text, cuts))) + stops.rest()
    assert said == before(text, [string])


def test_nothing_is_held_back_without_need():
    stops = Stops(["STOP"])
    assert stops.take("Go on. S") == "Go on. "
    assert stops.take("un") == "Sun"
    assert stops.take(" ST") == " "
    assert stops.rest() == "ST"


@pytest.mark.parametrize("period", [1, 2, 3, 17, 40])
def test_a_loop_is_noticed_soon(period):
    guard, begun = LoopGuard(), list(range(1000, 1050))
    noticed = [guard.take(each) for each in begun + [at % period for at in range(1000)]].index(True)
    assert noticed <= len(begun) + max(200, 5 * period)


@given(st.integers(2, 30), st.integers(1, 5))
def test_a_list_whose_items_differ_is_no_loop(length, differing):
    guard = LoopGuard()
    items = [[at] * differing + list(range(100, 100 + length)) for at in range(60)]
    assert not any(guard.take(each) for item in items for each in item)


def test_a_rule_of_a_table_is_no_loop():
    guard = LoopGuard()
    assert not any(guard.take(each) for each in [1, 2, 3] + [7] * 100 + [4, 5, 6])
