"""What a sentence of an answer must have behind it, and what it need not."""

from __future__ import annotations

import pytest

from phi_assistant.grounding.claims import asserts

NOTHING = [
    "Hello!",
    "Guten Tag!",
    "You're welcome!",
    "Thank you for your question.",
    "Sure!",
    "I hope this helps!",
    "If you have any more questions, feel free to ask.",
    "Let me know if I can help with anything else.",
    "Is there anything else?",
    "Which model do you have?",
    "Here is how it works:",
    "To return a parcel, follow these steps:",
    "I don't know.",
    "I do not have specific information on that.",
    "The documents do not say.",
    "The documents do not mention how long the warranty lasts.",
    "There is no information about prices in the provided documents.",
    "Die Dokumente sagen dazu nichts.",
    "Los documentos no lo dicen.",
    "Hindi ko alam.",
]
SOMETHING = [
    "You can return it within 45 days.",
    "We do not have gift cards.",
    "Batteries are not included.",
    "The warranty does not cover damage by water.",
    "The documents do not mention Spain, but shipping to Italy is free.",
    "Shipping to Italy is free, but the documents do not mention Spain.",
    "Yes, you can.",
    "No, gift cards cannot be returned.",
    "Thank the workshop by paying €5.",
    "Sure, gift cards can be returned.",
    "Thanks to its pump, it heats quickly.",
    "You are welcome to return it.",
    "Take care of the boiler by descaling it.",
    "If you need help with the machine, you can ask the workshop.",
    "Gerne nehmen wir Ihre Maschine zurück.",
    "Si tiene una garantía, puede devolverla.",
    "Sie können es zurückgeben.",
]


@pytest.mark.parametrize("sentence", NOTHING)
def test_courtesy_questions_and_not_knowing_assert_nothing(sentence):
    assert not asserts(sentence)


@pytest.mark.parametrize("sentence", SOMETHING)
def test_what_says_something_of_the_subject_is_a_claim(sentence):
    assert asserts(sentence)
