"""Words: stems, stop words, and scripts without blanks."""

from __future__ import annotations

import pytest

from phi_assistant.errors import ConfigError
from phi_assistant.words import LANGUAGES, Analyzer, spaced

ENGLISH = Analyzer("en")


def test_a_word_is_found_whatever_its_ending_and_capitals():
    assert ENGLISH.stems("Refunds refunded REFUNDING refund") == ["refund"] * 4


def test_accents_do_not_count():
    assert ENGLISH.stems("Café Zürich") == ENGLISH.stems("cafe zurich")


def test_documents_keep_stop_words_and_questions_drop_them():
    assert ENGLISH.stems("The Who") == ["the", "who"]
    assert ENGLISH.terms("How are refunds paid?") == ["refund", "paid"]


def test_each_term_of_a_question_is_searched_once():
    assert ENGLISH.terms("Refunds, refunds and the refund of refunds?") == ["refund"]


def test_a_question_of_nothing_but_stop_words_is_searched_with_all_of_them():
    assert ENGLISH.content("Who are you?") == []
    assert ENGLISH.terms("Who are you?") == ["who", "are", "you"]


def test_codes_and_numbers_are_words():
    assert ENGLISH.terms("What does E3 mean for TP-2041, 0.85 bar?") == [
        "e3",
        "mean",
        "tp",
        "2041",
        "0",
        "85",
        "bar",
    ]


def test_each_character_of_chinese_is_a_word():
    assert spaced("退货 ok").split() == ["退", "货", "ok"]
    assert ENGLISH.stems("退货政策") == ["退", "货", "政", "策"]
    assert len(ENGLISH.stems("การคืนสินค้า")) > 3


def test_a_word_too_long_to_be_one_is_left_out():
    assert ENGLISH.stems("a " + "x" * 100 + " b") == ["a", "b"]


@pytest.mark.parametrize("text", ["", "  \n", "?!…", "🙂"])
def test_a_text_without_words_has_no_terms(text):
    assert ENGLISH.stems(text) == ENGLISH.terms(text) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_stems_documents_and_questions_alike(language):
    analyzer = Analyzer(language)
    assert set(analyzer.terms("Radio 2024 Problem")) <= set(analyzer.stems("Radio 2024 Problem"))
    assert "2024" in analyzer.terms("Radio 2024 Problem")


def test_german_finds_the_plural():
    german = Analyzer("de")
    assert german.terms("Welche Fristen gelten für die Rückgabe?") == ["frist", "gelt", "ruckgab"]
    assert "frist" in german.stems("Die Frist beträgt 45 Tage.")


def test_a_language_without_a_stemmer_is_refused_with_those_that_have_one():
    with pytest.raises(ConfigError, match=r"'xx'.*ar, da, de"):
        Analyzer("xx")
