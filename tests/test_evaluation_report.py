"""The report: one HTML file that says everything, with nothing from elsewhere and nothing that a text could run."""

from __future__ import annotations

import re
from datetime import datetime
from html.parser import HTMLParser

from evaluated import REFUSED, answer, evaluation, outcome, question

from phi_assistant.evaluation.gate import bounds_of, check
from phi_assistant.evaluation.report import html_report
from phi_assistant.evaluation.run import ModelRun
from phi_assistant.evaluation.scoring import Ranking

EVIL = '<script>alert("x")</script><img src="http://evil.example/x.png" onerror=alert(1)>'
VOID = {"meta", "rect", "line", "polyline", "br", "link", "img"}


class Page(HTMLParser):
    """Reads a page as a browser would: its tags with their attributes, its text, and whether every tag is closed."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.texts, self.attributes = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *each) for each in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *each) for each in attrs]

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def report(*runs, gates=(), rankings=()):
    made = evaluation(*runs, rankings=rankings)
    html = html_report(made, check(bounds_of(gates), made), made=datetime(2026, 1, 2, 3, 4), version="9.9")
    return Page(html), html


def runs():
    first = (outcome(question(), answer()), outcome(question("And then?"), answer("Forty, perhaps.")))
    second = (outcome(question(), REFUSED), outcome(question("And then?"), None, error="the model has died"))
    return ModelRun("extractive", first), ModelRun("onnx:phi-3.5-mini", second)


def test_the_page_is_whole_and_says_what_was_measured():
    page, html = report(*runs(), gates=["f1>=0.9"], rankings=(Ranking((2,), 1), Ranking((), 1)))
    assert html.startswith("<!doctype html>")
    assert page.open == []
    for said in (
        "Evaluation of mine",
        "2 questions · extractive, onnx:phi-3.5-mini · 2026-01-02 03:04 · phi-assistant 9.9",
        "Gate: failed",
        "nDCG@10",
        "answer F1",
        "whole answer, p95",
        "the model has died",
    ):
        assert said in page.text
    assert page.tags.count("svg") == 2 + 3  # a bar for each model, recall, two of times


def test_a_figure_says_between_what_it_would_lie_with_other_questions():
    given = (outcome(question(), answer()), outcome(question("And then?"), answer("Forty, perhaps.")))
    page, _ = report(ModelRun("extractive", given * 10))
    assert re.search(r"answer recall.*? 0\.500 0\.[123]\d\d–0\.[678]\d\d of 20 ", page.text)
    assert "refused wrongly" in page.text
    assert "0.000 of 20" in page.text  # all alike: nothing is known of others


def test_the_worst_questions_are_there_with_all_that_is_needed_to_act():
    page, _ = report(*runs())
    for said in (
        "1 × shown, but not said as expected",
        "Try another model.",
        "And then?",
        "expected 45 days",
        "stands in returns.md",
        "Forty, perhaps.",
        "cites [1] returns.md",
        "The right place is among the 1 that were consulted.",
        "The answer has 0% of the expected words (F1 0.00).",
        "You have 45 days from delivery. Keep the box.",
        "onnx:phi-3.5-mini: no answer came",
        "Refused: evidence 0.20 is below 0.65.",
    ):
        assert said in page.text


def test_nothing_comes_from_elsewhere_and_no_text_is_run():
    asked = question(EVIL, answers=(EVIL,), source=EVIL)
    page, html = report(ModelRun(EVIL, (outcome(asked, answer(EVIL, found=[(EVIL, EVIL)])), outcome(asked, REFUSED))))
    assert not {"script", "link", "img", "iframe", "object", "base", "a"} & set(page.tags)
    assert not [each for each in page.attributes if each[1] in ("src", "href", "srcset", "xlink:href", "onerror")]
    assert "url(" not in html
    assert "@import" not in html
    assert 'alert("x")' in page.text


def test_a_run_that_was_stopped_is_said_to_be_incomplete():
    first, second = runs()
    page, _ = report(first, ModelRun(second.model, second.outcomes[:1], "interrupted"))
    assert "Not complete: onnx:phi-3.5-mini was asked 1 of 2 questions (interrupted)." in page.text


def test_a_model_that_was_never_asked_leaves_the_page_whole():
    first, _ = runs()
    page, _ = report(first, ModelRun("ollama:phi3.5", (), "there is no server"))
    assert page.open == []
    assert "ollama:phi3.5 was asked 0 of 2 questions (there is no server)" in page.text


def test_where_nothing_is_wrong_nothing_is_listed():
    page, _ = report(ModelRun("fake", (outcome(question(), answer()),)))
    assert "Nothing went wrong." in page.text


def test_the_best_of_several_is_marked_and_nobody_alone():
    page, _ = report(*runs())
    assert "★" in page.text
    page, _ = report(runs()[0])
    assert "★" not in page.text
