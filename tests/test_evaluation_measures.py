"""Measures of an evaluation against numbers that were computed by hand."""

from __future__ import annotations

import math

import pytest

from phi_assistant.evaluation.intervals import interval
from phi_assistant.evaluation.measures import f1, held, ndcg, normalised, ranks_of, recall, reciprocal_rank


def test_a_name_counts_where_it_first_stands():
    assert ranks_of(["x", "a", "x", "a", "b"], {"a", "b"}) == (2, 3)
    assert ranks_of([], {"a"}) == ()


def test_ndcg_is_the_gain_divided_by_the_greatest_there_could_be():
    assert ndcg((1,), 1) == 1
    assert ndcg((2,), 1) == pytest.approx(1 / math.log2(3))
    assert ndcg((1, 3), 2) == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3)))
    assert ndcg((11,), 1) == 0
    assert ndcg(tuple(range(1, 11)), 30) == pytest.approx(1)


def test_recall_is_a_share_of_what_the_first_k_can_hold():
    assert recall((1, 7), 2, k=5) == 0.5
    assert recall((1, 2, 3, 4, 5), 14, k=5) == 1
    assert recall((), 3, k=5) == 0


def test_the_reciprocal_rank_is_that_of_the_first():
    assert reciprocal_rank((4, 5)) == 0.25
    assert reciprocal_rank((11,)) == 0
    assert reciprocal_rank(()) == 0


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The “45 days” – from a delivery!", "45 days from delivery"),
        ("An $12.50 fee", "1250 fee"),
        ("theatre and anthem", "theatre and anthem"),
        ("北京。", "北 京"),
        ("", ""),
    ],
)
def test_texts_are_compared_as_squad_does(text, plain):
    assert normalised(text) == plain


def test_f1_counts_words_in_common_with_the_answer_that_fits_best():
    # 3 words said, 2 expected, 2 in common: precision 2/3, recall 1.
    assert f1("within 45 days", ["45 days"]) == pytest.approx(0.8)
    assert f1("within 45 days", ["no", "45 days"]) == pytest.approx(0.8)
    # "days" is said once and expected twice.
    assert f1("days", ["days days"]) == pytest.approx(2 / 3)
    assert f1("nothing", ["45 days"]) == 0
    assert f1("", ["45 days"]) == 0
    assert f1("the", ["a"]) == 1


def test_an_answer_holds_a_share_of_what_is_expected():
    assert held("You have 45 days, it says.", ["45 days from delivery"]) == 0.5
    assert held("You have 45 days, it says.", ["2 weeks", "45 days"]) == 1
    assert held("anything", []) == 0


def means(drawn):
    return drawn.mean(axis=1)


def test_an_interval_is_as_wide_as_so_few_questions_make_it():
    """Of a share that is a half: 1.96 standard errors to either side."""
    few, many = (interval([0.0, 1.0] * (count // 2), means) for count in (100, 400))
    assert few == pytest.approx((0.5 - 1.96 * 0.05, 0.5 + 1.96 * 0.05), abs=0.015)
    assert many == pytest.approx((0.5 - 1.96 * 0.025, 0.5 + 1.96 * 0.025), abs=0.01)
    assert few == interval([0.0, 1.0] * 50, means)


def test_questions_that_all_came_out_alike_tell_nothing_of_others():
    assert interval([1.0] * 30, means) is None
    assert interval([0.3], means) is None


def test_sentences_are_drawn_with_the_answers_that_they_are_of():
    low, high = interval([(0, 1)] * 50 + [(9, 9)] * 50, lambda drawn: drawn[..., 0].sum(1) / drawn[..., 1].sum(1))
    assert low < 0.9 < high
    assert low > 0.8
