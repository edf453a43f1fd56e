"""Sentences: where they end, where they do not, and that none of the text is lost."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from phi_assistant.sentences import MAX_CHARS, split_sentences


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


CASES = {
    "Dr. Smith paid $3.50 to J. K. Rowling. She left. ": [
        "Dr. Smith paid $3.50 to J. K. Rowling.",
        "She left.",
    ],
    "Take vitamin C. The dose is 5 mg. E.g. this one.": [
        "Take vitamin C.",
        "The dose is 5 mg.",
        "E.g. this one.",
    ],
    "He lives in the U.S. The law differs.": ["He lives in the U.S.", "The law differs."],
    "The U.S. Government and Acme Inc. Ltd. agreed.": ["The U.S. Government and Acme Inc. Ltd. agreed."],
    "See Fig. 3 and No. 5, p. 7. Then stop!": ["See Fig. 3 and No. 5, p. 7.", "Then stop!"],
    '"Why?" he asked. "No!" Then (see above.) It ended.': [
        '"Why?" he asked.',
        '"No!"',
        "Then (see above.)",
        "It ended.",
    ],
    "Version 2.0.1 is out. Visit www.example.com. Now!": [
        "Version 2.0.1 is out.",
        "Visit www.example.com.",
        "Now!",
    ],
    "# Fees\nThe fee is due.\n- First item\n- Second item. More\n2. Wash it": [
        "# Fees",
        "The fee is due.",
        "- First item",
        "- Second item.",
        "More",
        "2. Wash it",
    ],
    "| Plan | Price |\n|---|---|\n| A. B. | 3. C |\nAfter it.": [
        "| Plan | Price |",
        "|---|---|",
        "| A. B. | 3. C |",
        "After it.",
    ],
    "Opening hours\nWe open at 8 a.m. on Monday.": ["Opening hours", "We open at 8 a.m. on Monday."],
    "A line that was wrapped by hand because the page was\nNarrow enough to need it. Next\none goes on.": [
        "A line that was wrapped by hand because the page was\nNarrow enough to need it.",
        "Next\none goes on.",
    ],
    "你好。今天是星期一！真的吗？是": ["你好。", "今天是星期一！", "真的吗？", "是"],
    "他说「走吧。」然后走了。": ["他说「走吧。」", "然后走了。"],
    "هل أنت هنا؟ نعم. شكرا.": ["هل أنت هنا؟", "نعم.", "شكرا."],
    "यह एक वाक्य है। यह दूसरा है॥ हाँ": ["यह एक वाक्य है।", "यह दूसरा है॥", "हाँ"],
    "Am 3. Oktober 1990 kam es dazu. Im 19. Jahrhundert nicht.": [
        "Am 3. Oktober 1990 kam es dazu.",
        "Im 19. Jahrhundert nicht.",
    ],
    "Он родился в 1990 г. в Москве. Потом уехал.": ["Он родился в 1990 г. в Москве.", "Потом уехал."],
    "¿Qué es? ¡Hola! Bien.": ["¿Qué es?", "¡Hola!", "Bien."],
    "It was shown.[3] Then it rained ... Again.": ["It was shown.[3]", "Then it rained ...", "Again."],
    "Items: • one • two": ["Items:", "• one", "• two"],
    "The index is high . An index of 3 is low .": ["The index is high .", "An index of 3 is low ."],
    "One\r\n\r\nTwo\r\nthree.": ["One", "Two\r\nthree."],
    "The calculator A. A. Michelson came. A dog barked.": [
        "The calculator A. A. Michelson came.",
        "A dog barked.",
    ],
    "Carbon dioxide, or CO\n2 in short, is a gas.": ["Carbon dioxide, or CO\n2 in short, is a gas."],
    "Plan A\n2. Next": ["Plan A", "2. Next"],
    "": [],
    " \n\t ": [],
    "no end": ["no end"],
    "...": ["..."],
}


@pytest.mark.parametrize("text", CASES)
def test_sentences_end_where_a_reader_ends_them(text):
    assert sentences(text) == CASES[text]


@given(st.text("aB1 .!?\n\r|-#•。؟।\"') \u2028\t\f[]:;,", max_size=200))
@example("a. " * 300 + "b" * (MAX_CHARS + 1) + " c, " * 400)
def test_sentences_hold_every_character_that_is_not_blank(text):
    spans = split_sentences(text)
    assert all(start < end for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    inside = {at for start, end in spans for at in range(start, end)}
    assert not [char for at, char in enumerate(text) if at not in inside and not char.isspace()]


@given(st.text(max_size=60))
def test_a_sentence_begins_and_ends_with_a_character(text):
    assert all(sentence == sentence.strip() != "" for sentence in sentences(text))


def test_a_run_without_marks_is_cut_where_it_pauses():
    pieces = sentences("some words in a row, and more; " * 100)
    assert max(map(len, pieces)) <= MAX_CHARS
    assert all(piece.endswith(";") for piece in pieces)


@pytest.mark.parametrize(
    "unit", ["a", "a. ", "A ", "\n", "|", ".", ". ", "a\n", "。", " ", "1. ", "# ", '."', "[1]", ".[1]"]
)
def test_no_text_keeps_it_busy_for_long(unit):
    began = time.perf_counter()
    split_sentences(unit * (200_000 // len(unit)))
    assert time.perf_counter() - began < 30  # two seconds; minutes, where time grew with the square of the length
