"""What a prompt remembers of a conversation when there is no more room."""

from __future__ import annotations

from phi_assistant.remembering import SHORT, condensed, remembered, tokens_of
from phi_assistant.schema import Turn
from phi_assistant.words import Analyzer

ENGLISH = Analyzer("en")
QUESTION = Turn("user", "How long does the pump last?", prompt="<passages>…</passages> How long does the pump last?")


def words(text):
    return len(text.split())


def essence(text):
    return condensed([QUESTION, Turn("assistant", text)], ENGLISH)[1].text


def test_a_question_is_left_as_it_was_typed():
    assert condensed([QUESTION], ENGLISH) == [Turn("user", "How long does the pump last?")]


def test_a_short_answer_is_kept_whole_without_numbers_of_passages_that_are_gone():
    assert essence("The pump lasts ten years. [3] It is made of brass. [4]") == (
        "The pump lasts ten years. It is made of brass."
    )


def test_of_a_long_one_the_sentences_that_answered_are_kept_whole():
    chatter = "Thank you for asking about our lovely machines, which we have built by hand since the spring of 1962. "
    answer = "The pump lasts ten years. [3]"
    beside = (
        "The boiler is made of brass and the handle of beech, both from the valley where we have our workshop. [4] "
    )
    kept = essence(chatter * 2 + beside + answer)
    assert kept.endswith(f"{beside.replace(' [4] ', '')} The pump lasts ten years.")
    assert kept.count(chatter.strip()) == 1
    assert len(essence(chatter * 30 + answer)) <= SHORT
    assert "The pump lasts ten years." in essence(chatter * 30 + answer)


def test_one_endless_sentence_is_cut_between_words():
    text = essence("pump " * 120)
    assert len(text) <= SHORT + 2
    assert text.endswith("pump …")


def test_condensing_twice_is_condensing_once():
    once = condensed([QUESTION, Turn("assistant", "The pump lasts ten years. [1] " * 40)], ENGLISH)
    assert condensed(once, ENGLISH) == once


def test_turns_stay_to_the_letter_until_there_is_no_room_and_then_change_once():
    history = []
    before: tuple[Turn, ...] = ()
    changes = 0
    for number in range(12):
        history += [
            Turn("user", f"Question {number}?", prompt="passage " * 100),
            Turn("assistant", f"Answer {number}. [1]"),
        ]
        now = remembered(history, room=700, count=words, analyzer=ENGLISH)
        assert tokens_of(now, words) <= 700
        assert now[-1].text.startswith(f"Answer {number}.")
        changes += now[: len(before)] != before
        before = now
    assert 1 <= changes <= 3


def test_what_is_left_begins_with_a_question():
    history = [Turn("user", "word " * 90), Turn("assistant", "It is brass."), Turn("user", "Why?")]
    assert remembered(history, room=60, count=words, analyzer=ENGLISH) == (history[-1],)
