"""Gates: numbers that must be reached, written out or in a file."""

from __future__ import annotations

import pytest
from evaluated import REFUSED, answer, evaluation, outcome, question

from phi_assistant.errors import ConfigError
from phi_assistant.evaluation.gate import bounds_of, check
from phi_assistant.evaluation.run import ModelRun
from phi_assistant.evaluation.scoring import Ranking

GOOD = ModelRun("good", (outcome(question(), answer()),))
SECOND = (Ranking((2,), 1),)
BAD = ModelRun("bad", (outcome(question(), REFUSED),))


def checked(*gates, runs=(GOOD, BAD), rankings=SECOND):
    return [
        (str(each.bound), each.model, each.passed)
        for each in check(bounds_of(gates), evaluation(*runs, rankings=rankings))
    ]


def test_each_bound_is_held_against_each_model():
    assert checked("answer_recall>=0.4, refusals_wrong <= .05") == [
        ("answer_recall >= 0.4", "good", True),
        ("answer_recall >= 0.4", "bad", False),
        ("refusals_wrong <= 0.05", "good", True),
        ("refusals_wrong <= 0.05", "bad", False),
    ]


def test_retrieval_is_the_same_for_all_models():
    assert checked("mrr_10>=0.5", "mrr_10>0.5", "recall_5<1") == [
        ("mrr_10 >= 0.5", "", True),
        ("mrr_10 > 0.5", "", False),
        ("recall_5 < 1", "", False),
    ]


def test_what_the_set_cannot_measure_is_not_reached():
    [found] = check(bounds_of(["refusals_right>=0"]), evaluation(GOOD))
    assert not found.passed
    assert str(found) == "failed: refusals_right >= 0 (this set cannot measure it, good)"


def test_a_file_says_the_least_of_what_should_be_high_and_the_most_of_the_rest(tmp_path):
    file = tmp_path / "gate.toml"
    file.write_text('[gate]\nf1 = 0.4\nrefusals_wrong = 0\ntotal_p95_s = "<5"\n', "utf-8")
    assert [str(bound) for bound in bounds_of([str(file)])] == ["f1 >= 0.4", "refusals_wrong <= 0", "total_p95_s < 5"]


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("f2>=0.4", "no measure 'f2' for a gate. Did you mean 'f1'.*Known are ndcg_10, recall_5, .*completion_tokens"),
        ("f1=>0.4", "'f1=>0.4' cannot be read"),
        ("f1>=much", "'f1>=much' cannot be read"),
        ("f1", "'f1' cannot be read as a file"),
    ],
)
def test_what_is_no_gate_is_refused(gate, said):
    with pytest.raises(ConfigError, match=said):
        bounds_of([gate])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f1 = 0.4", r"no table \[gate\]"),
        ("[gate]", r"no table \[gate\]"),
        ("[gate]\nf2 = 0.4", "no measure 'f2'"),
        ("[gate]\nf1 = true", "cannot be True"),
        ('[gate]\nf1 = "0.4"', "cannot be read"),
        ("[gate", "cannot be read as a file"),
    ],
)
def test_a_file_that_is_no_gate_is_refused(tmp_path, text, said):
    file = tmp_path / "gate.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=said):
        bounds_of([str(file)])
