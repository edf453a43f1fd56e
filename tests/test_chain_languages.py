"""The language of a question, in which it is answered or refused."""

from __future__ import annotations

import pytest

from phi_assistant import Assistant, ExtractiveAnswerer
from phi_assistant.bots import find
from phi_assistant.bots.opening import refusing, system_of
from phi_assistant.fakes import FakeChat
from phi_assistant.generative import ChatAnswerer
from phi_assistant.languages import NAMES, REFUSALS, refused, spoken

QUESTIONS = {
    "How long do I have to return something?": "en",
    "and for gift cards?": "en",
    "Wie lange kann ich etwas zurückgeben?": "de",
    "Gibt es Rabatt?": "de",
    "¿Cuánto cuesta el envío?": "es",
    "Cuanto tarda el envio a la peninsula?": "es",
    "Magkano ang pagpapadala?": "tl",
    "Quelle est la durée de la garantie ?": "fr",
    "Quanto tempo ho per restituire?": "it",
    "Hoe lang is de garantie?": "nl",
    "Qual o prazo de devolução?": "pt",
    "Сколько стоит доставка?": "ru",
    "返品できますか": "ja",
    "退货需要多长时间？": "zh",
    "كم تستغرق عملية الإرجاع؟": "ar",
    "Скільки часу я маю, щоб повернути товар?": "uk",
    "چقدر برای برگرداندن وقت دارم؟": "fa",
    "مجھے واپس کرنے کے لیے کتنا وقت ہے؟": "ur",
    "Колико времена имам за враћање, љубазни?": "",  # Serbian, which has no name here
    "E3?": "",
    "warranty pump duration": "",
    "": "",
}


@pytest.mark.parametrize(("question", "language"), QUESTIONS.items())
def test_a_language_is_named_where_it_is_clear(question, language):
    assert spoken(question) == language


def test_every_language_that_is_told_has_a_name():
    assert {language for language in QUESTIONS.values() if language} <= set(NAMES)
    assert set(REFUSALS) <= set(NAMES)


@pytest.mark.parametrize("language", REFUSALS)
def test_a_refusal_is_in_a_language_that_is_known_as_its_own(language):
    assert spoken(REFUSALS[language]) == language


def test_the_model_is_told_the_language_of_the_question_last(demo):
    chat = FakeChat(says=["?"])
    asking = ChatAnswerer(chat, demo)
    for question, name in {"Was bedeutet der Fehler E3?": "German", "¿Qué significa el error E3?": "Spanish"}.items():
        reading = demo_reading(demo, question)
        assert asking.prompt(reading).messages()[-1].content.endswith(f"Write in {name}.")


def demo_reading(demo, question):
    from phi_assistant.finding import find as look

    return look(question, (), demo).reading


def test_a_bot_answers_in_its_own_languages():
    bot = find("support").model_copy(update={"languages": ("es", "en")})
    assert "Spanish, English" in system_of(bot)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Wer hat 1998 die Weltmeisterschaft gewonnen?", REFUSALS["de"]),
        ("¿Quién ganó el mundial de 1998?", REFUSALS["es"]),
        ("Sino ang nanalo sa mundial noong 1998?", REFUSALS["tl"]),
        ("Qui a gagné la coupe du monde en 1998 ?", REFUSALS["fr"]),
        ("1998 Dünya Kupası'nı kim kazandı?", REFUSALS["en"]),
        ("Who won the world cup in 1998?", REFUSALS["en"]),
    ],
)
def test_a_refusal_is_in_the_language_of_the_question(demo, question, text):
    answer = Assistant(demo, ExtractiveAnswerer(demo.store.analyzer)).ask(question)
    assert answer.abstained
    assert answer.text == refused(question) == text


def test_so_is_that_of_a_bot_which_says_nothing_else(tmp_path):
    bot = find("support").model_copy(update={"refusal": type(find("support")).model_fields["refusal"].default})
    assert refusing(bot)("Wer hat das gewonnen?").startswith(REFUSALS["de"])
