"""The fact gate: what stands in a text, however it is written, and what was made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phi_assistant.grounding.facts import Shown, facts_in
from phi_assistant.grounding.vocabulary import language_of
from phi_assistant.words import Analyzer

ANALYZER = Analyzer("en")


def missing(answer: str, *shown: str) -> list[str]:
    """The facts of the answer that stand in none of these texts."""
    texts = Shown(shown, ANALYZER)
    return [fact.text for fact in facts_in(answer, language_of(answer)) if not texts.holders(fact)]


SAME = [
    ("You have 1,000 days.", "You have one thousand days."),
    ("It has 1000 pages.", "It has 1,000 pages."),
    ("It has 1 000 pages.", "It has 1,000 pages."),
    ("It has 25 pages.", "It has twenty-five pages."),
    ("It took two hundred and five days.", "It took 205 days."),
    ("1.5 million people live there.", "1,500,000 people live there."),
    ("It seats 5k people.", "It seats 5,000 people."),
    ("It costs €5.", "It costs 5 euros."),
    ("It costs EUR 5.", "It costs five euros."),
    ("It costs $9.50.", "The price is 9.50 dollars."),
    ("It is 14 %.", "It is 14 percent."),
    ("Half of them came.", "50% of them came."),
    ("It takes 1 hour.", "It takes an hour."),
    ("It takes 5 days.", "It is a 5-day course."),
    ("You have 14 calendar days.", "You have 14 days."),
    ("It takes 10 to 15 days.", "It takes 10–15 days."),
    ("It starts at 3 pm.", "It starts at 15:00."),
    ("It starts at 15:30.", "It starts at 3:30 p.m."),
    ("It is open from 9 to 5 pm.", "It is open from 9 am to 5 pm."),
    ("It closes at noon.", "It closes at 12:00."),
    ("On March 3rd it began.", "It began on 3 March 2024."),
    ("On 2024-03-03 it began.", "It began on March 3, 2024."),
    ("On the third of March it began.", "It began on March 3."),
    ("It began on 12/31/2023.", "It began on December 31, 2023."),
    ("In the 19th century it began.", "It began in the nineteenth century."),
    ("We use Phi-3.5 for it.", "We use Phi 3.5 for it."),
    ("The error is e3 here.", "The error E3 is shown."),
    ("We met NASA there.", "The National Aeronautics and Space Administration was there."),
    ("It is in Italy.", "An Italian town."),
    ("It is José's house.", "The house of Jose."),
    ("The Normans came.", "A Norman came."),
    ("Read www.shop.example today.", "See https://shop.example/help for help."),
    ("Write to Help@Shop.example today.", "Our address is help@shop.example."),
    ("It is open from Monday to Friday.", "Open Mon–Fri."),
    ("Wir öffnen montags.", "We open every Monday."),
    ("Abren los lunes.", "They open on Mondays."),
    ("It is open 24/7.", "It is open day and night."),
    ("Das kostet 1.234,50 Euro und ist nicht neu.", "It costs €1,234.50."),
    ("Der Vertrag endet am 3. März 2024.", "The contract ends on March 3, 2024."),
    ("Sie haben einundzwanzig Tage.", "Sie haben 21 Tage."),
    ("Der Laden öffnet um 15 Uhr.", "The shop opens at 3 pm."),
    ("El plazo es de treinta y uno días.", "El plazo es de 31 días."),
    ("El curso empieza el 3 de marzo de 2024.", "The course begins on 3 March 2024."),
    ("La tienda cierra a las 3 de la tarde.", "The shop closes at 15:00."),
    ("Nagsimula ito noong ika-3 ng Marso 2024.", "It began on March 3, 2024."),
    ("Mayroon kang dalawang araw para sa mga ito.", "You have 2 days."),
]


@pytest.mark.parametrize(("answer", "shown"), SAME)
def test_what_is_written_otherwise_stands(answer, shown):
    assert missing(answer, shown) == []


CHANGED = [
    ("You have 14 days.", "You have 15 days.", "14 days"),
    ("You have fourteen days.", "You have 15 days.", "fourteen days"),
    ("You have two weeks.", "You have 14 days.", "two weeks"),  # true, but worked out
    ("It costs $5.", "It costs €5.", "$5"),
    ("It costs 1.234 Euro und ist nicht neu.", "It costs €1.23.", "1.234 Euro"),
    ("It is 12 %.", "It takes 12 days.", "12 %"),
    ("It takes 12 days.", "It takes 10 to 15 days.", "12 days"),
    ("It starts at 3 pm.", "It starts at 3 am.", "3 pm"),
    ("It began on March 4.", "It began on March 3.", "March 4"),
    ("It began on March 3, 2023.", "It began on March 3, 2024.", "March 3, 2023"),
    ("It began in April.", "It began in May.", "April"),
    ("It opens on Monday.", "It opens on Tuesday.", "Monday"),
    ("The error is E3 here.", "The error E4 is shown.", "E3"),
    ("We use Phi-3.5 for it.", "We use Phi 3 and 5 for it.", "Phi-3.5"),
    ("Form FL-600 is needed.", "Form FL-610 is needed.", "FL-600"),
    ("It holds vitamin C.", "It holds vitamin D.", "C"),
    ("It is in Berlin.", "It is in Paris.", "Berlin"),
    ("Berlin is large.", "Paris is large.", "Berlin"),
    ("Read https://evil.example now.", "Read https://shop.example now.", "https://evil.example"),
    ("Read https://shop.example/x now.", "Read https://shop.example now.", "https://shop.example/x"),
    ("Read [this](https://evil.example).", "Read this.", "https://evil.example"),
    ("Read evil.ru/x now.", "Read shop.example now.", "evil.ru/x"),
    ("Read ftp://evil.example now.", "Read it now.", "ftp://evil.example"),
    ("Click [here](javascript:steal).", "Click here.", "javascript:steal"),
    ("Wir öffnen dienstags.", "We open every Monday.", "dienstags"),
    ("Write to help@evil.example now.", "Write to help@shop.example.", "help@evil.example"),
    ("Run `rm --force` first.", "Run `rm` first.", "rm --force"),
    ("Der Vertrag endet am 4. März.", "Der Vertrag endet am 3. März.", "4. März"),
    ("Sie trafen Angela Merkel dort.", "Sie trafen Angela Schmidt dort.", "Merkel"),
]


@pytest.mark.parametrize(("answer", "shown", "fact"), CHANGED)
def test_what_was_changed_is_missing(answer, shown, fact):
    assert missing(answer, shown) == [fact]


NO_FACTS = [
    "First, open the lid.",
    "One of them is open.",
    "Refunds are paid at once.",
    "Unfortunately, returns take time.",
    "You may march on.",
    "It is e.g. in readme.md or main.py.",
    "1) Open it. 2) Close it.",
    "Step 3: open the lid.",
    "Die Rückgabe der Ware ist nicht nötig.",
    "**Open The Lid:** do it with care.",
]


@pytest.mark.parametrize("text", NO_FACTS)
def test_words_that_only_look_like_facts_need_no_passage(text):
    assert missing(text, "Nothing.") == []


def test_a_short_form_in_brackets_that_the_answer_explains_is_no_name():
    assert missing("It is called polycystic ovarian syndrome (PCOS).", "Nothing.") == []
    assert missing("It is called polycystic ovarian syndrome (NASA).", "Nothing.") == ["NASA"]


def test_a_fact_knows_where_it_stands():
    text = "On March 3rd it costs $5 in Berlin, see www.shop.example or help@shop.example, code E3."
    for fact in facts_in(text, "en"):
        assert text[fact.start : fact.end] == fact.text
    assert [fact.kind for fact in facts_in(text, "en")] == ["date", "number", "name", "url", "email", "code"]


def test_a_fact_is_held_by_the_very_text_it_stands_in():
    fact = facts_in("It takes 14 days.", "en")[0]
    assert Shown(["It takes 3 days.", "It takes 14 days.", "14 days it is."], ANALYZER).holders(fact) == {1, 2}


@given(
    st.text(alphabet=st.sampled_from("aB1.,- $€%:/@'`*[](3pmMarch)\n½ñ"), max_size=80),
    st.sampled_from(["", "en", "de", "es", "tl"]),
)
def test_any_text_can_be_read_and_holds_the_facts_it_states_itself(text, language):
    for fact in facts_in(text, language):
        assert text[fact.start : fact.end] == fact.text
        assert fact.text
