"""`phi-assistant eval` as a user runs it: his own questions, sets with documents, models side by side, gates."""

from __future__ import annotations

import json
import signal

import pytest
from terminal import Shop, stays_one_line
from tiny_phi.models import ANSWER

QUESTIONS = (
    "question;answer;source;answerable\n"
    "How long do I have to return a grinder?;45 days;returns.md;yes\n"
    "When does the shop in Lisbon open?;at nine in the morning;hours.txt;yes\n"
    "Who won the football match in Brazil?;;;no\n"
)


@pytest.fixture(scope="module")
def mine(shop: Shop):
    file = shop.data.parent / "mine.csv"
    file.write_text(QUESTIONS, "utf-8")
    return file


@pytest.fixture(scope="module")
def side_by_side(shop, mine, tiny):
    """The user's questions, asked of two models."""
    report = mine.with_name("report.html")
    model = f"onnx:{tiny.folder('answer')}"
    done = shop.run("eval", mine, "--model", "extractive", "--model", model, "--html", report, "--json")
    return done, model, report


def test_own_questions_are_measured_for_models_side_by_side(side_by_side):
    done, model, _ = side_by_side
    assert done.code == 0
    found = done.json
    assert list(found) == ["set", "questions", "complete", "unread", "retrieval", "models", "gate"]
    assert (found["set"], found["questions"], found["complete"], found["unread"]) == ("mine", 3, True, [])
    assert found["retrieval"]["measures"] == {"ndcg_10": 1, "recall_5": 1, "recall_10": 1, "mrr_10": 1}
    extractive, tiny = found["models"]
    assert (extractive["model"], tiny["model"]) == ("extractive", model)
    assert extractive["measures"]["answer_recall"] == 1
    assert extractive["measures"]["refusals_right"] == tiny["measures"]["refusals_right"] == 1
    assert extractive["measures"]["refusals_wrong"] == 0
    assert extractive["measures"]["citation_recall"] == extractive["measures"]["citation_precision"] == 1
    assert extractive["over"]["f1"] == 2
    assert extractive["verdicts"] == {"right": 3}
    # What the tiny model says stands in no document, so that it is not said.
    assert [each["abstained"] for each in tiny["outcomes"]] == [True, True, True]
    assert tiny["measures"]["prompt_tokens"] > 0
    assert ANSWER not in str(tiny["outcomes"])


def test_progress_is_told_beside_the_result(side_by_side):
    done, model, _ = side_by_side
    assert done.errors.splitlines()[-1] == f"{model}: 3 of 3"


def test_the_report_is_written(side_by_side):
    _, model, report = side_by_side
    html = report.read_text("utf-8")
    assert model in html
    assert "refused, though it should answer" in html


def test_a_person_sees_a_table_and_how_it_went(shop, mine):
    done = shop.run("eval", mine, "--model", "extractive")
    assert (done.code, done.output.splitlines()[0]) == (0, "mine: 3 questions")
    for line in ("extractive: 3 right", "What went wrong, question by question: add --html report.html"):
        assert line in done.output.splitlines()
    assert "refused wrongly" in done.output


def test_a_gate_decides_how_the_command_ends(shop, mine, tmp_path):
    gate = tmp_path / "gate.toml"
    gate.write_text("[gate]\nanswer_recall = 0.9\nrefusals_wrong = 0\n", "utf-8")
    passed = shop.run("eval", mine, "--model", "extractive", "--gate", gate)
    failed = shop.run("eval", mine, "--model", "extractive", "--gate", gate, "--gate", "f1>=0.99", "--json")
    assert passed.code == 0
    assert "passed: answer_recall >= 0.9 (1, extractive)" in passed.output.splitlines()
    assert failed.code == 1
    assert [each["passed"] for each in failed.json["gate"]] == [True, True, False]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--gate", "f2>=1"], "There is no measure 'f2'"),
        (["--model", "phi"], "There is no model 'phi'"),
        (["--html", "no/where/report.html"], "The report cannot be written to"),
        (["--bot", "nobody"], "nobody"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_asked(shop, mine, arguments, said):
    done = shop.run("eval", mine, *arguments)
    assert done.code == 2
    assert said in done.errors
    assert stays_one_line(done)


def test_a_source_that_is_not_in_the_collection_is_refused(shop, tmp_path):
    (tmp_path / "mine.csv").write_text("question,source\nHow long?,retruns.md\n", "utf-8")
    done = shop.run("eval", tmp_path / "mine.csv", "--model", "extractive")
    assert done.code == 2
    assert "Did you mean 'returns.md'?" in done.errors


def test_some_of_many_questions_are_asked_spread_evenly(shop, tmp_path):
    (tmp_path / "many.csv").write_text("question\n" + "".join(f"What is {each}?\n" for each in range(10)), "utf-8")
    for limit, asked in (("3", "1 4 7"), ("9", "1 2 3 4 5 6 7 8 9"), ("11", "1 2 3 4 5 6 7 8 9 10")):
        found = shop.run("eval", tmp_path / "many.csv", "--model", "extractive", "--limit", limit, "--json").json
        assert [each["id"] for each in found["models"][0]["outcomes"]] == asked.split()


CORPUS = [
    {"id": "tea::0", "doc_id": "tea", "text": "Green tea is steeped at 80 degrees for two minutes."},
    {"id": "tea::1", "doc_id": "tea", "text": "Black tea is steeped with boiling water for four minutes."},
    {"id": "cup::0", "doc_id": "cup", "text": "The cups are fired twice in a wood kiln near Mino."},
    {"id": "none", "doc_id": "none", "text": " "},
]
QUERIES = [
    {"id": "a", "question": "How long is green tea steeped?", "answers": ["two minutes"], "relevant_ids": ["tea::0"]},
    {"id": "b", "question": "Where are the cups fired?", "answers": ["near Mino"], "relevant_ids": ["cup::0"]},
]


def test_a_set_with_documents_leaves_the_users_own_alone(shop, tmp_path):
    for kind, rows in (("corpus", CORPUS), ("queries", QUERIES)):
        (tmp_path / f"{kind}.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    before = sorted(path for path in shop.data.rglob("*"))
    done = shop.run("eval", tmp_path, "--model", "extractive", "--json")
    assert done.code == 0
    [model] = done.json["models"]
    assert done.json["retrieval"]["measures"]["recall_5"] == 1
    assert [each["cited"] for each in model["outcomes"]] == [["tea_0.txt"], ["cup_0.txt"]]
    assert len(done.json["unread"]) == 1
    assert done.json["unread"][0].startswith("none.txt: ")
    assert sorted(path for path in shop.data.rglob("*")) == before
    assert shop.run("eval", tmp_path, "--collection", "x").code == 2


def test_an_interrupted_run_reports_what_it_has_and_says_so(shop, tiny, tmp_path):
    file = tmp_path / "many.csv"
    file.write_text("question,answer\n" + "How long do I have to return a grinder?,45 days\n" * 40, "utf-8")
    model = f"onnx:{tiny.folder('slow')}"
    with shop.running("eval", file, "--model", model, "--json") as process:
        for line in process.stderr:
            if line.startswith(f"{model}: 4 of 40"):
                break
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    found = json.loads(output)
    assert found["complete"] is False
    [run] = found["models"]
    assert run["stopped"] == "interrupted"
    assert 4 <= run["asked"] == len(run["outcomes"]) < 40


def test_a_model_that_cannot_be_asked_does_not_take_the_others_with_it(shop, mine):
    done = shop.run("eval", mine, "--model", "extractive", "--model", "onnx:phi-3.5-mini")
    assert done.code == 1
    assert "extractive: 3 right" in done.output.splitlines()
    assert "Not complete: onnx:phi-3.5-mini was asked 0 of 3 questions" in done.output


@pytest.mark.parametrize(
    ("model", "said"),
    [("onnx:phi-3.5-mini", "`phi-assistant models pull phi-3.5-mini`"), ("ollama:phi3.5", "`ollama serve`")],
)
def test_a_model_that_is_not_there_is_said_before_anything_is_searched_for(shop, mine, model, said):
    done = shop.run("eval", mine, "--model", model)
    assert done.code == 1
    assert done.errors.startswith("Error: ")  # no progress before it
    assert said in done.errors


def test_a_bot_is_measured_with_its_own_words(shop, mine):
    (shop.data / "bots").mkdir(exist_ok=True)
    bot = 'persona = "A clerk."\nmodel = "extractive"\nrefusal = "We cannot tell."\n'
    (shop.data / "bots" / "clerk.toml").write_text(bot, "utf-8")
    [model] = shop.run("eval", mine, "--bot", "clerk", "--json").json["models"]
    assert model["model"] == "extractive"
    assert model["outcomes"][2]["answer"].startswith("We cannot tell.")
