"""Expected: what a question wants, and where a sentence gives it."""

from __future__ import annotations

import pytest

from phi_assistant.expected import asked_for, given

WANTED = {
    "When does the shop open?": "when",
    "In what year was the firm founded?": "when",
    "Wann öffnet der Laden?": "when",
    "How much is shipping?": "number",
    "What percentage is refunded?": "number",
    "Combien coûte la livraison ?": "number",
    "Who invented the float method?": "who",
    "Which scientist measured it first?": "who",
    "In what city is the workshop?": "where",
    "Where is my order?": "where",
    "Why is the surface speed multiplied by 0.85?": "why",
    "Warum blinkt die Lampe?": "why",
    "Can I return a gift card?": "",
    "": "",
}


@pytest.mark.parametrize("question", WANTED)
def test_a_question_wants_one_kind_of_thing(question):
    assert asked_for(question) == WANTED[question]


GIVEN = [
    ("when", "When did it open?", "It opened on 3 March 2019, a Sunday.", ["3 March 2019", "Sunday"]),
    ("when", "When is the refund paid?", "The refund is paid within 5 days.", ["5 days"]),
    ("when", "When did Rome fall?", "It fell in the 5th century.", ["5th century"]),
    ("number", "How much is it?", "Shipping costs €4.95, or 10 % of the order.", ["€4.95", "10 %"]),
    ("number", "How many parts are there?", "It has three parts.", ["three"]),
    ("who", "Who founded it?", "It was founded by Marie van Dyck in May.", ["Marie van Dyck", "May"]),
    ("who", "Who founded it?", "It was founded by Mara J. Lind.", ["Mara J. Lind"]),
    ("where", "Where is it made?", "It is made in Ellerhaven by hand.", ["Ellerhaven"]),
    ("why", "Why is it locked?", "It locks because of limescale; wait.", ["because of limescale"]),
    ("", "Can I?", "Yes, on 3 March in Rome.", []),
]


@pytest.mark.parametrize(("kind", "question", "sentence", "wanted"), GIVEN)
def test_a_sentence_gives_what_was_asked_for(kind, question, sentence, wanted):
    assert [sentence[start:end] for start, end in given(kind, question, sentence)] == wanted


def test_what_the_question_says_itself_is_no_answer():
    assert given("when", "When in 2019 did it open?", "In 2019 it opened.") == []
    assert given("who", "Who was Marie?", "Marie was a potter.") == []


def test_a_capital_that_only_begins_a_sentence_is_no_name():
    assert given("who", "Who pays?", "Shipping costs extra.") == []
    assert given("who", "Who pays?", "Marie was asked to.") == [(0, 5)]
