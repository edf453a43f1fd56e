"""Answers held against passages: markers where they belong, whoever wrote them, and nothing that was made up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import chunk

from phi_assistant import Embedder
from phi_assistant.fakes import WordLengthEmbeddings
from phi_assistant.grounding import Grounded, ground
from phi_assistant.schema import Passage
from phi_assistant.words import Analyzer

RETURNS = (
    "You can return anything within 45 days of delivery. Refunds go to the card you paid with, within 10 days. "
    "Gift cards cannot be returned."
)
SHIPPING = (
    "Shipping to Germany costs €9.50. Shipping to Austria costs €11.00.\n"
    "Parcels leave our workshop in Graz every Monday at 3 pm.\n\n"
    "| Country | Price |\n|---|--:|\n| Spain | €12.00 |\n| Italy | €14.00 |\n"
)
CARE = "Descale the machine every three months. Error E3 means that the boiler is too hot; let it cool for 20 minutes."

Check = Callable[..., Grounded]


def passages(*texts: str) -> list[Passage]:
    """Passages 1, 2, … from the files 1.md, 2.md, …; each begins at the hundredth character of its file."""
    chunks = [chunk(text, source=f"{number}.md", start=100, title="Help") for number, text in enumerate(texts, 1)]
    return [Passage(number, (each,), each.text, 1.0) for number, each in enumerate(chunks, 1)]


@pytest.fixture(scope="module")
def check(embedder: Embedder) -> Check:
    def checked(text: str, *texts: str, strict: bool = False, question: str = "") -> Grounded:
        shown = passages(*(texts or (RETURNS, SHIPPING, CARE)))
        return ground(text, shown, embedder=embedder, analyzer=Analyzer("en"), strict=strict, question=question)

    return checked


def test_a_marker_appears_where_the_model_wrote_none(check):
    answer = check("You can return everything within 45 days. Shipping to Austria is €11.")
    assert answer.text == "You can return everything within 45 days. [1] Shipping to Austria is €11. [2]"
    assert answer.unsupported == ()


def test_a_wrong_marker_is_corrected(check):
    answer = check("Gift cards cannot be returned [3]. The boiler is too hot at error E3 [7].")
    assert answer.text == "Gift cards cannot be returned. [1] The boiler is too hot at error E3. [3]"


def test_a_quote_stands_in_the_source_where_its_offsets_say(check):
    (citation,) = check("Refunds are paid within 10 days to your card.").citations
    assert citation.source == "1.md"
    assert RETURNS[citation.start - 100 : citation.end - 100] == citation.quote
    assert citation.quote == "Refunds go to the card you paid with, within 10 days."
    assert [citation.quote[start:end] for start, end in citation.marks] == ["10 days"]


def test_a_sentence_from_two_passages_has_two_markers(check):
    answer = check("You can return anything within 45 days of delivery, and shipping to Germany costs €9.50.")
    assert answer.text.endswith("€9.50. [1][2]") or answer.text.endswith("€9.50. [2][1]")
    assert {citation.number for citation in answer.citations} == {1, 2}


def test_two_sentences_of_one_passage_are_two_quotes_with_one_number(check):
    answer = check("Returns are possible within 45 days. Gift cards cannot be returned.")
    assert [citation.number for citation in answer.citations] == [1, 1]
    assert answer.citations[0].quote != answer.citations[1].quote


def test_what_no_passage_says_is_flagged_and_stays(check):
    answer = check("You can return anything within 45 days. Dolphins sleep with one eye open.")
    assert answer.unsupported == ("Dolphins sleep with one eye open.",)
    assert answer.text.endswith("Dolphins sleep with one eye open.")


def test_a_strict_answer_leaves_it_out(check):
    answer = check("You can return anything within 45 days. Dolphins sleep with one eye open.", strict=True)
    assert answer.text == "You can return anything within 45 days. [1]"
    assert answer.unsupported == ("Dolphins sleep with one eye open.",)


def test_a_strict_answer_of_which_nothing_is_left_is_empty(check):
    answer = check("Sure! Dolphins sleep with one eye open. I hope this helps!", strict=True)
    assert answer.text.strip() == ""
    assert answer.citations == ()


CHANGED = {
    "You can return anything within 30 days of delivery.": "30 days",
    "Shipping to Austria costs €9.00.": "€9.00",
    "Parcels leave our workshop in Graz every Tuesday at 3 pm.": "Tuesday",
    "Parcels leave our workshop in Linz every Monday at 3 pm.": "Linz",
    "Parcels leave our workshop in Graz every Monday at 3 am.": "3 am",
    "Error E4 means that the boiler is too hot.": "E4",
    "Refunds go to the card you paid with, see www.evil.example.": "www.evil.example",
}


@pytest.mark.parametrize("text", CHANGED)
def test_a_sentence_with_a_fact_that_stands_nowhere_is_unsupported(check, text):
    answer = check(text)
    assert answer.unsupported == (text,)
    assert [fact.text for fact in answer.statements[0].missing] == [CHANGED[text]]
    assert answer.citations == ()


def test_a_number_that_stands_for_something_else_is_missing(check):
    assert check("Descale the machine every ten months.").unsupported  # ten days there are, of something else
    assert check("You can return anything within 20 days of delivery.").unsupported


def test_a_number_that_stands_in_the_place_of_another_is_missing(check):
    founded = (
        "After the crisis Congress created the Department of Energy in 1977, which buys and stores oil for the army."
    )
    filled = "The first barrels were pumped into salt caverns on the coast in 1975."
    assert not check(founded, f"{founded} {filled}").unsupported
    assert check(founded.replace("1977", "1975"), f"{founded} {filled}").unsupported


def test_a_number_that_numbers_no_list_is_a_fact_though_a_line_begins_with_it(check):
    ozone = "An allotrope of oxygen (O\n3) is usually known as ozone."
    assert not check("3) is usually known as ozone.", ozone).unsupported
    assert check("7) is usually known as ozone.", ozone).unsupported
    steps = "2) descale the machine every three months.\n3) let it cool for 20 minutes."
    assert not check(steps, CARE.replace("three", "3")).unsupported


def test_what_the_question_says_may_be_said(check):
    text = "After 60 days you cannot return it, for returns end after 45 days."
    assert check(text).unsupported
    assert not check(text, question="Can I return it after 60 days?").unsupported


def test_a_made_up_address_is_caught_even_in_courtesy_and_code(check):
    assert check("I hope this helps, see https://evil.example!").unsupported
    assert check("You can return anything.\n\n```\ncurl https://evil.example\n```").unsupported


def test_greetings_questions_and_not_knowing_are_neither_cited_nor_flagged(check):
    text = "Hello! The documents do not say how old it is. Which machine do you have?"
    answer = check(text)
    assert answer.text == text
    assert answer.unsupported == ()
    assert not any(statement.asserts for statement in answer.statements)


MARKDOWN = """Here is how it works:

1. **Returns**: within 45 days of delivery.
2. Shipping to Germany costs €9.50.

| Country | Price |
|---|--:|
| Spain | €12.00 |
| Italy | €19.00 |

## Care

- Descale the machine every three months.

```
let list[1] = 3
```"""


def test_lists_tables_headings_and_code_survive(check):
    answer = check(MARKDOWN)
    assert answer.text == (
        MARKDOWN.replace("of delivery.", "of delivery. [1]")
        .replace("€9.50.", "€9.50. [2]")
        .replace("€12.00 |", "€12.00 [2] |")
        .replace("months.", "months. [3]")
    )
    assert answer.unsupported == ("Italy | €19.00",)


def test_a_strict_answer_loses_whole_lines_and_what_introduced_nothing_else(check):
    text = MARKDOWN.replace("every three months", "with lemonade, dolphins say")
    lines = check(text, strict=True).text.splitlines()
    assert not any("Italy" in line or "lemonade" in line for line in lines)
    assert "| Spain | €12.00 [2] |" in lines
    assert "1. **Returns**: within 45 days of delivery. [1]" in lines
    assert "-" not in [line.strip() for line in lines]


def test_a_strict_answer_drops_a_heading_under_which_nothing_is_left(check):
    text = "# Returns\n\nGift cards cannot be returned.\n\n# Dolphins\n\nDolphins sleep with one eye open.\n"
    assert check(text, strict=True).text.strip() == "# Returns\n\nGift cards cannot be returned. [1]"


def test_a_row_of_a_table_is_read_with_the_names_of_its_columns(check):
    (citation,) = check("The price for Italy is €14.").citations
    assert citation.quote == "| Italy | €14.00 |"


def test_support_is_high_for_what_is_said_and_low_for_what_is_not(check):
    assert check("Gift cards cannot be returned.").support > 0.8
    assert check("Dolphins sleep with one eye open.").support < 0.1
    assert check("Dolphins sleep.", " ").support == 0.0


def test_an_answer_that_was_grounded_stays_as_it_is(check):
    once = check(MARKDOWN).text
    assert check(once).text == once


def test_without_passages_everything_is_unsupported(embedder):
    answer = ground("You can return it.", [], embedder=embedder, analyzer=Analyzer("en"))
    assert answer.unsupported == ("You can return it.",)
    assert ground("", [], embedder=embedder, analyzer=Analyzer("en")).text == ""


def test_german_answers_from_german_passages_are_cited(check):
    german = "Die Garantie beträgt zwei Jahre und beginnt am Tag der Lieferung. Der Versand kostet 1.250,50 Euro."
    answer = check("Der Versand kostet 1250,50 €. Die Garantie beträgt 2 Jahre.", german)
    assert answer.text == "Der Versand kostet 1250,50 €. [1] Die Garantie beträgt 2 Jahre. [1]"
    assert check("Die Garantie beträgt drei Jahre und beginnt am Tag der Lieferung.", german).unsupported


PIECES = [
    "45 days",
    "Gift cards cannot be returned.",
    " [1]",
    "\n- ",
    "\n\n",
    "| a | b |",
    "\n|---|\n",
    "`x[1]`",
    "```\n",
]
TEXTS = st.lists(st.sampled_from([*PIECES, "1. ", "# ", "? ", "Berlin ", "**", "€9.50. ", " ", "a: "]), max_size=14)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(TEXTS, st.booleans())
def test_any_answer_comes_back_with_its_statements_where_they_say(pieces, strict):
    shown, reader = passages(RETURNS, SHIPPING), {"embedder": WordLengthEmbeddings(), "analyzer": Analyzer("en")}
    answer = ground("".join(pieces), shown, strict=strict, **reader)
    for statement in answer.statements:
        assert 0 <= statement.support <= 1
        assert answer.text[statement.start : statement.end] in ("", statement.text)
        assert all(statement.text[fact.start : fact.end] == fact.text for fact in statement.missing)
    numbers = {citation.number for citation in answer.citations}
    assert all(f"[{number}]" in answer.text for number in numbers)
    if not strict:
        assert all(answer.text[each.start : each.end] == each.text for each in answer.statements)


CODES = "E3 means the filter is clogged. E1 means the pump runs dry. Vitamin C prevents scurvy. Vitamin D builds bones."


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("E1 means the filter is clogged.", ["E1"]),
        ("E7 means the filter is clogged.", ["E7"]),  # which the question names
        ("Vitamin D prevents scurvy.", ["D"]),
        ("E3 means the filter is clogged.", []),
        ("E1 means the pump runs dry, and E3 means the filter is clogged.", []),
        ("Vitamin D builds bones.", []),
    ],
)
def test_what_is_said_of_one_code_is_not_true_of_another(check, answer, wrong):
    (statement,) = check(answer, CODES, question="What do E1, E3 and E7 mean?").statements
    assert [fact.text for fact in statement.missing] == wrong
    assert statement.supported is not bool(wrong)
