"""An answer as it is shown: its citations in place, what is not supported marked, what was only looked at apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from phi_assistant.schema import Answer, Chunk, Citation, Hit, Timings, Usage
from ui.answers import card_of, consulted, copied, figures, pieces, readable
from ui.job import STOPPED


def citation(number, quote="Twenty days.", source="leave.md", label="Leave"):
    return Citation(number, source, "Handbook", label, 0, len(quote), quote)


def hit(source, label, position=0):
    return Hit(Chunk(source, position, source, label, (), 0, 5, "words"), 0.5)


def answer(text, *, citations=(), **others):
    return Answer("How long is it?", text, False, None, tuple(citations), (), "extractive", **others)


def drawn(pieces):
    """As a reader sees it: a number in brackets is pressed, what is between stars is marked."""
    return "".join(
        f"[{each['number']}]" if "cites" in each else f"*{each['text']}*" if each["doubtful"] else each["text"]
        for each in pieces
    )


def test_the_numbers_in_the_text_are_those_of_its_citations():
    made = pieces(answer("Twenty days. [1] Or more. [2][1]", citations=[citation(1), citation(2)]))
    assert drawn(made) == "Twenty days. [1] Or more. [2][1]"
    assert [each["cites"] for each in made if "cites" in each] == [0, 1, 0]


def test_signs_of_emphasis_are_not_shown_and_stars_that_are_none_are():
    said = answer("It is **£2.60**, *not* `3`. [1] 2*3*4", citations=[citation(1, "It is **£2.60**.")])
    assert drawn(pieces(said)) == "It is £2.60, not 3. [1] 2*3*4"
    assert copied(said) == "It is £2.60, not 3. [1] 2*3*4\n\n[1] Handbook, Leave: “It is £2.60.”"


def test_what_looks_like_a_number_and_cites_nothing_stays_text():
    assert pieces(answer("See [7] and a[0].", citations=[citation(1)])) == [
        {"text": "See [7] and a[0].", "doubtful": False}
    ]


def test_sentences_that_nothing_supports_are_marked_each_where_it_stands():
    text = "It is free. [1] It is free. Ask Bob."
    made = pieces(answer(text, citations=[citation(1)], unsupported=("Ask Bob.",)))
    assert drawn(made) == "It is free. [1] It is free. *Ask Bob.*"
    notes = card_of(answer(text, unsupported=("Ask Bob.",)))["notes"]
    assert notes == ["Underlined sentences: nothing in the documents was found that supports them."]


def test_a_sentence_that_is_said_twice_is_marked_where_it_was_meant():
    made = pieces(answer("Yes. No. Yes. Maybe.", unsupported=("No.", "Yes.")))
    assert drawn(made) == "Yes. *No.* *Yes.* Maybe."


@pytest.mark.parametrize("text", ["", "One.", "[1]", "  [1]\n\n[2] x", "a [1] [2] b"])
def test_nothing_of_the_text_is_lost(text):
    shown = drawn(pieces(answer(text, citations=[citation(1), citation(2)])))
    assert "".join(shown.split()) == "".join(text.split())


def test_what_was_looked_at_is_not_shown_as_what_the_answer_stands_on():
    hits = (hit("leave.md", "Leave"), hit("pay.md", "Pay"), hit("pay.md", "Pay", 1), hit("pay.md", "Bonus"))
    made = replace(answer("Twenty days. [1]", citations=[citation(1)]), hits=hits)
    assert [(each.chunk.source, each.chunk.label) for each in consulted(made)] == [
        ("pay.md", "Pay"),
        ("pay.md", "Bonus"),
    ]
    shown = card_of(made)
    assert [each["place"] for each in shown["sources"]] == ["Handbook, Leave"]
    assert shown["consulted"] == ["pay.md, Pay", "pay.md, Bonus"]


def test_what_is_copied_says_where_it_stands():
    assert copied(answer("Twenty days. [1]", citations=[citation(1)])) == (
        "Twenty days. [1]\n\n[1] Handbook, Leave: “Twenty days.”"
    )
    assert copied(answer("I do not know.")) == "I do not know."


def test_quotes_are_shown_without_the_signs_of_tables_and_headings():
    assert readable("## Fees\n\n| Country | Price |\n|---|---|\n| Austria | €9.50 |") == (
        "Fees Country · Price Austria · €9.50"
    )
    long = readable("word " * 200)
    assert long.endswith("word …")
    assert len(long) < 290


def test_speed_is_told_where_a_model_wrote():
    wrote = answer("Twenty.", usage=Usage(1500, 40, 1400), timings=Timings(0.1, 1.0, 3.0))
    assert dict(figures(wrote))["Tokens per second"] == "20"
    assert dict(figures(wrote))["First words after"] == "1 s"
    assert dict(figures(wrote))["of these known from before"] == "1,400"
    assert "Tokens per second" not in dict(figures(answer("Twenty.")))


def test_a_stopped_answer_says_that_nobody_has_checked_it():
    stopped = replace(answer("Twenty da"), reason=STOPPED)
    assert card_of(stopped)["notes"] == ["You stopped this answer. What is here was not checked against the documents."]


def test_reading_aloud_leaves_the_numbers_out_and_knows_the_language():
    made = replace(answer("Veinte días. [1]", citations=[citation(1)]), question="¿Cuántos días son?")
    assert (card_of(made)["spoken"], card_of(made)["language"]) == ("Veinte días.", "es")
