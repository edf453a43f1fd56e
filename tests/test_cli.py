"""The command line: the JSON that programs rely on, one clear line for every mistake, and what a person sees."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from terminal import DOCUMENTS, Done, Shop, stays_one_line

from phi_assistant import open_store

ROOT = Path(__file__).parents[1]
# What programs rely on

HIT = ["source", "title", "label", "start", "end", "score", "text"]
CITATION = ["number", "source", "title", "label", "start", "end", "quote", "marks"]
ANSWER = ["id", "answer", "abstained", "citations", "hits", "unsupported", "model", "usage", "left_out", "timings"]


def test_ingest_prints_one_object_and_nothing_else(shop):
    [done] = shop.ingested
    assert (done.code, done.errors) == (0, "")
    report = done.json
    assert list(report) == ["added", "updated", "unchanged", "removed", "failed", "incomplete", "chunks", "seconds"]
    assert report | {"seconds": 0} == {
        "added": 3,
        "updated": 0,
        "unchanged": 0,
        "removed": 0,
        "failed": [],
        "incomplete": [],
        "chunks": 4,
        "seconds": 0,
    }


def test_search_prints_hits_best_first_with_their_places(shop):
    hits = shop.run("search", "Can I return a gift card?", "--json").json
    assert len(hits) == 4
    assert all(list(hit) == HIT for hit in hits)
    assert (hits[0]["source"], hits[0]["title"], hits[0]["label"]) == ("returns.md", "Returns", "Gift cards")
    assert {hit["source"] for hit in hits} == set(DOCUMENTS)
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert all(shop.text(hit["source"])[hit["start"] : hit["end"]] == hit["text"] for hit in hits)


def test_ask_prints_an_answer_with_its_citations_and_what_was_consulted(shop):
    answer = shop.run("ask", "How long do I have to return a grinder?", "--json").json
    assert list(answer) == ANSWER
    assert answer["answer"] == "You have 45 days from delivery to return a grinder. [1]"
    assert (answer["id"], answer["abstained"], answer["unsupported"], answer["model"]) == (
        None,
        False,
        [],
        "extractive",
    )
    [citation] = answer["citations"]
    assert list(citation) == CITATION
    assert (citation["number"], citation["source"], citation["label"]) == (1, "returns.md", "How long you have")
    assert shop.text("returns.md")[citation["start"] : citation["end"]] == citation["quote"]
    assert "45" in [citation["quote"][start:end] for start, end in citation["marks"]]
    assert all(list(hit) == HIT for hit in answer["hits"])
    assert answer["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "cached_tokens": 0}
    assert list(answer["timings"]) == ["retrieval_s", "first_token_s", "total_s"]
    assert 0 < answer["timings"]["retrieval_s"] <= answer["timings"]["first_token_s"] <= answer["timings"]["total_s"]


GIFT = [{"role": "user", "text": "How long do I have to return a grinder?"}, {"role": "assistant", "text": "45 days."}]
BATCH = [
    {"id": "a", "question": "How long do I have to return a grinder?"},
    {"id": 2, "question": "and for gift cards?", "history": GIFT},
    {"id": None, "question": "When does the shop in Lisbon open?", "history": None},
    {"question": "When does the shop in Lisbon\u2028open?"},
    {"id": {"x": 1}, "question": "Who won the football match in Brazil?"},
]
BATCH_IDS = ["a", 2, None, 4, {"x": 1}]
"""Where there is none, the number of the line."""

BROKEN = [
    "no JSON",
    '{"id": "no question"}',
    '{"id": "null", "question": null}',
    '{"id": "empty", "question": " "}',
    '{"id": "half", "question": "\\ud800"}',
    '{"id": "turn", "question": "x", "history": [{"role": "user", "text": 5}]}',
    '["a list"]',
]
BROKEN_IDS = [None, "no question", "null", "empty", "half", "turn", None]


def json_lines(*lines: dict[str, Any] | str) -> str:
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    return "".join(f"{text}\n" for text in texts)


@pytest.fixture(scope="module")
def answered(shop: Shop) -> Done:
    return shop.run("ask", "--batch", "-", typed=json_lines(*BATCH, "", *BROKEN))


@pytest.fixture(scope="module")
def searched(shop: Shop) -> Done:
    return shop.run("search", "--batch", "-", "-k", "1", typed=json_lines(*BATCH, "", *BROKEN))


def test_a_batch_of_questions_gives_one_line_for_each_with_its_id(answered):
    answers = answered.lines[: len(BATCH)]
    assert [answer["id"] for answer in answers] == BATCH_IDS
    assert [answer["abstained"] for answer in answers] == [False, False, False, False, True]
    assert all(list(answer) == ANSWER for answer in answers[:-1])
    assert [answer["citations"][0]["label"] for answer in answers[:2]] == ["How long you have", "Gift cards"]
    assert answers[2]["answer"].startswith("Our shop in Lisbon opens at nine in the morning. [1]")


def test_an_answer_that_abstains_has_a_reason_and_no_citations(answered):
    *_, given, refused = answered.lines[: len(BATCH)]
    assert (refused["answer"], refused["citations"]) == ("Your documents do not say.", [])
    assert refused["reason"].startswith("evidence 0.")
    assert len(refused["hits"]) == 4
    assert "reason" not in given


def test_a_batch_of_searches_gives_the_hits_of_each(searched):
    lines = searched.lines[: len(BATCH)]
    assert [list(line) for line in lines] == [["id", "hits"]] * len(BATCH)
    assert [line["id"] for line in lines] == BATCH_IDS
    assert [line["hits"][0]["label"] for line in lines[:2]] == ["How long you have", "Gift cards"]
    assert all(len(line["hits"]) == 1 and list(line["hits"][0]) == HIT for line in lines)


@pytest.mark.parametrize("command", ["answered", "searched"])
def test_a_bad_line_is_an_error_in_its_place(command, request):
    done = request.getfixturevalue(command)
    assert (done.code, done.errors) == (1, "")
    bad = done.lines[len(BATCH) :]
    assert [line["id"] for line in bad] == BROKEN_IDS
    assert all(list(line) == ["id", "error"] for line in bad)
    assert bad[0]["error"].startswith('Line 6 is not {"id": …, "question": "…"')
    assert bad[3]["error"].startswith("The question is empty.")


def test_whoever_is_not_the_user_counts_as_the_assistant(shop, tmp_path):
    def asked(*roles: str) -> dict[str, Any]:
        said = ["What else do you sell?", "You could buy a gift card."]
        history = [{"role": role, "text": text} for role, text in zip(roles, said, strict=False)]
        return {"question": "When can I return it?", "history": history}

    lines = json_lines(asked("user"), asked("user", "assistant"), asked("user", "agent"))
    (tmp_path / "batch.jsonl").write_text("\ufeff" + lines, "utf-8")  # with a byte order mark, as some write it
    done = shop.run("search", "--batch", tmp_path / "batch.jsonl")
    assert (done.code, done.errors) == (0, "")
    user, assistant, agent = ([hit["score"] for hit in line["hits"]] for line in done.lines)
    assert user != assistant == agent


# What a person sees

EXTRACTIVE = "Answers are sentences of the documents as they stand: no language model writes them."


def test_a_person_sees_the_answer_and_its_source_with_the_quote(shop):
    done = shop.run("ask", "How long do I have to return a grinder?")
    assert (done.code, done.errors) == (0, "")
    assert done.output.splitlines() == [
        "You have 45 days from delivery to return a grinder. [1]",
        "  [1] Returns, How long you have (returns.md)",
        "      “You have 45 days from delivery to return a grinder.”",
        f"  {EXTRACTIVE}",
    ]


def test_a_person_is_told_which_model_writes(shop, tiny):
    model = f"onnx:{tiny.folder('answer')}"
    asked = shop.run("ask", "How long do I have to return a grinder?", "--model", model)
    assert asked.output.endswith(f"\n  Answers are written by {model}.\n")
    assert f"\nAnswers are written by {model}.\n" in shop.run("chat", "--no-keep", "--model", model).output


def test_a_question_that_the_documents_do_not_answer_is_refused_with_the_nearest_sources(shop):
    done = shop.run("ask", "Who won the football match in Brazil?")
    assert (done.code, done.errors) == (0, "")
    refusal, nearest, _ = done.output.splitlines()
    assert refusal == "Your documents do not say."
    assert nearest.startswith("  Nearest: ")
    assert nearest.count("; ") == 2


def test_search_lists_places_and_passages_in_utf8_whatever_the_locale(shop):
    done = shop.run("search", "Is the box complete, as it came?", "-k", "1", PYTHONIOENCODING="ascii", LC_ALL="C")
    place, passage = done.output.splitlines()
    assert place.startswith("1. Returns, How long you have (returns.md)  ")
    assert passage.endswith("The box – “as it came” – must be complete.")


def test_chat_understands_follow_ups_and_a_refusal_does_not_stick(shop):
    typed = [
        "Who won the football match in Brazil?",
        "How long do I have to return a grinder?",
        "",
        "and for gift cards?",
        "When does the shop in Lisbon open?",
        "x" * 9000,
        "/quit",
        "How long do I have to return a grinder?",
    ]
    done = shop.run("chat", typed="\n".join(typed))
    assert (done.code, done.errors) == (0, "")
    place, who, *lines = done.output.splitlines()
    assert place.startswith("Kept in ")
    assert who == EXTRACTIVE
    said = [line for line in lines if not line.startswith("  ")]
    assert said[0] == "Your documents do not say."
    assert said[1] == "You have 45 days from delivery to return a grinder. [1]"
    assert said[2].startswith("A gift card can be returned within 14 days, if nothing was spent from it. [1]")
    assert said[3].startswith("Our shop in Lisbon opens at nine in the morning. [1]")
    assert said[4].startswith("The question has 9,000 characters")
    assert len(said) == 5


def test_chat_ends_when_the_input_ends(shop):
    assert shop.run("chat", "--no-keep") == Done(0, f"Nothing that is said now is kept.\n{EXTRACTIVE}\n", "")


def test_doctor_shows_what_there_is_and_what_to_run_next(shop):
    page = shop.run("doctor").output
    assert f"Documents in {shop.data}" in page
    assert "documents: 3 sources, 4 chunks (onnx:all-minilm-l6-v2, en); both indexes agree" in page
    assert "answers from evidence 0." in page
    assert f"Conversations in {shop.data / 'conversations.db'}" in page
    assert page.endswith("Next: phi-assistant chat --collection documents\n")


def test_doctor_tells_programs_the_same(shop):
    health = shop.run("doctor", "--json").json
    assert {
        "python",
        "packages",
        "extras",
        "data",
        "chroma",
        "embedder_built",
        "models",
        "collections",
        "conversations",
        "next",
    } <= set(health)
    [collection] = health["collections"]
    assert (collection["name"], collection["sources"], collection["chunks"]) == ("documents", 3, 4)
    assert (collection["problem"], collection["indexes_agree"]) == (None, True)
    assert set(collection["threshold"]) == {"value", "answered", "asked", "chunks"}
    assert health["next"] == "phi-assistant chat --collection documents"


def test_doctor_of_an_empty_data_folder_says_how_to_fill_it(shop, tmp_path):
    done = shop.run("doctor", "--data", tmp_path / "none")
    assert done.code == 0
    assert "  none yet\nConversations in " in done.output
    assert done.output.endswith("  none yet: phi-assistant chat begins one\nNext: phi-assistant ingest FOLDER\n")


@pytest.mark.parametrize("command", ["demo", "ingest", "ask", "chat", "search", "reindex", "serve", "doctor"])
def test_every_command_has_help_that_names_its_flags(shop, command):
    done = shop.run(command, "--help")
    assert (done.code, done.errors) == (0, "")
    assert done.output.startswith(f"Usage: phi-assistant {command}")
    assert "--data" in done.output
    assert "--debug" in done.output


def test_every_command_on_conversations_has_help(shop):
    page = shop.run("conversations", "--help").output
    commands = [line.split()[0] for line in page.split("Commands:\n")[1].split("\n\n")[0].splitlines()]
    assert commands == ["list", "search", "show", "export", "rename", "delete"]
    for command in commands:
        done = shop.run("conversations", command, "--help")
        assert (done.code, "--data" in done.output, "--debug" in done.output) == (0, True, True)


def test_the_help_lists_every_command(shop):
    page = shop.run("--help").output
    assert [line.split()[0] for line in page.split("Commands:")[1].splitlines() if line.strip()] == [
        "demo",
        "ingest",
        "ask",
        "chat",
        "search",
        "new-bot",
        "eval",
        "reindex",
        "serve",
        "ui",
        "doctor",
        "conversations",
        "models",
    ]


# Progress


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_a_terminal_shows_files_and_chunks_while_a_run_goes_on(shop, tmp_path):
    import pty

    watcher, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ingest", str(shop.docs), "--data", str(tmp_path / "data")],
        env={**shop.environment, "TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=terminal,
    )
    os.close(terminal)
    shown = b""
    while part := read(watcher):
        shown += part
    output, _ = process.communicate()
    os.close(watcher)
    assert "Ingesting" in shown.decode()
    assert "3/3" in shown.decode()
    assert "files, 4 chunks" in shown.decode()
    assert output.decode().startswith("3 added, ")


def read(terminal: int) -> bytes:
    """What was written to a terminal; Linux says that nobody has it open any more by an error."""
    try:
        return os.read(terminal, 1000)
    except OSError:
        return b""


# Mistakes


@pytest.mark.parametrize(
    ("code", "arguments", "message"),
    [
        (1, ["ingest", "none"], "There is no file or folder 'none', so nothing was ingested."),
        (1, ["ask", ""], "The question is empty. Ask something: `phi-assistant ask"),
        (1, ["ask", "x" * 100_000], "The question has 100,000 characters, and at most 8,000 can be searched for."),
        (2, ["ask", "x", "--model", "phi:9"], "There is no model 'phi:9'"),
        (2, ["search", "x", "-k", "0"], "The setting 'hits' cannot be 0"),
        (2, ["search", "x", "--collection", "../x"], "The setting 'collection' cannot be '../x'"),
        (2, ["ingest", ".", "--collection", "x", "--embedder", "word2vec"], "'word2vec' names no embedder."),
        (
            1,
            ["ingest", ".", "--embedder", "sentence-transformers:x"],
            "`phi-assistant reindex --collection documents --embedder",
        ),
        (2, ["ingest", ".", "--collection", "x", "--language", "xx"], "no stemmer"),
        (
            2,
            ["ingest", ".", "--ocr-languages", "eng,deu"],
            "'ocr_languages' cannot be 'eng,deu': it must be names joined",
        ),
        (2, ["ingest", ".", "--password-file", "none"], "The file of passwords none cannot be read: No such file"),
        (2, ["ingest", ".", "--loader-arg", "a=b"], "Add `--loader package.module:Class`."),
        (2, ["ingest", "--loader", "CSVLoader"], "Write `--loader package.module:Class`"),
        (1, ["ask", "x", "--collection", "others"], "`phi-assistant ingest FOLDER --collection others`."),
        (2, ["ask", "--batch", "none.jsonl"], "The batch 'none.jsonl' cannot be read: "),
        (2, ["doctor", "--config", "none.toml"], "The settings file none.toml cannot be read: "),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_that_says_what_to_do(shop, code, arguments, message):
    done = shop.run(*arguments)
    assert (done.code, done.output) == (code, "")
    assert stays_one_line(done), done.errors
    assert done.errors.startswith("Error: ")
    assert message in done.errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask"], "give a question, or --batch FILE"),
        (["search", "x", "--colection", "y"], "No such option: --colection (Possible options: --collection)"),
        (["ingest", ".", "--rebiuld"], "No such option: --rebiuld (Possible options: --rebuild)"),
        (["ingest"], "Name a folder or a file"),
        (["serach", "x"], "No such command 'serach'"),
    ],
)
def test_a_wrong_flag_shows_the_usage(shop, arguments, message):
    done = shop.run(*arguments)
    assert (done.code, done.output) == (2, "")
    assert done.errors.startswith("Usage: phi-assistant ")
    assert message in done.errors
    assert "Traceback" not in done.errors


def test_a_setting_that_nobody_knows_is_told_the_nearest(shop, tmp_path):
    (tmp_path / "settings.toml").write_text('colection = "x"', "utf-8")
    in_file = shop.run("ask", "x", "--config", tmp_path / "settings.toml")
    in_environment = shop.run("ask", "x", PHI_ASSISTANT_COLECTION="x")
    assert in_file.code == in_environment.code == 2
    assert in_file.errors.endswith("Did you mean 'collection'?\n")
    assert in_environment.errors.endswith("Did you mean 'PHI_ASSISTANT_COLLECTION'?\n")
    assert stays_one_line(in_file)
    assert stays_one_line(in_environment)


def test_a_folder_without_files_is_one_clear_error(shop, tmp_path):
    done = shop.run("ingest", tmp_path)
    assert done.code == 1
    assert stays_one_line(done)
    assert f"There is no file in '{tmp_path}', so nothing was ingested." in done.errors


@pytest.mark.parametrize("name", ["none", "empty"])
def test_a_path_without_a_file_begins_no_collection(shop, tmp_path, name):
    (tmp_path / "empty").mkdir()
    done = shop.run("ingest", tmp_path / name, "--data", tmp_path / "data")
    assert (done.code, stays_one_line(done)) == (1, True)
    assert not (tmp_path / "data" / "collections").exists()


def test_a_store_of_a_newer_version_is_refused_and_left_alone(shop, tmp_path):
    shutil.copytree(shop.data, tmp_path / "data")
    with open_store(tmp_path / "data" / "collections" / "documents") as store:
        store.set_note("schema", "99")
    done = shop.run("ingest", ".", "--data", tmp_path / "data")
    assert done.code == 1
    assert stays_one_line(done)
    assert "`pip install --upgrade phi-assistant`" in done.errors
    assert "format 99" in shop.run("doctor", "--data", tmp_path / "data").output


def test_files_that_cannot_be_read_are_rows_of_the_report_and_the_rest_is_stored(shop, tmp_path):
    locked = FPDF()
    locked.set_encryption(owner_password="owner", user_password="user")
    locked.add_page()
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "locked.pdf").write_bytes(bytes(locked.output()))
    (docs / "empty.docx").touch()
    (docs / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (docs / "good.md").write_text("The shop opens at nine.", "utf-8")
    done = shop.run("ingest", docs, "--data", tmp_path / "data")
    assert done.code == 1
    assert done.output.startswith("1 added, 0 updated, 0 unchanged, 0 removed, 3 failed: 1 chunks in ")
    assert [line.split(": ")[0] for line in done.errors.splitlines()] == ["empty.docx", "film.mp4", "locked.pdf"]
    report = shop.run("ingest", docs, "--data", tmp_path / "data", "--json")
    assert (report.code, report.errors) == (1, "")
    assert report.json["unchanged"] == 1
    assert [list(row) for row in report.json["failed"]] == [["source", "reason"]] * 3
    assert report.json["failed"][0] == {"source": "empty.docx", "reason": "is empty."}


def test_parts_that_cannot_be_read_are_reported_and_the_rest_is_stored(shop, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    with zipfile.ZipFile(docs / "parts.zip", "w") as archive:
        archive.writestr("good.md", "The shop opens at nine.")
        archive.writestr("../film.md", "It leads out.")
        archive.writestr("film.mp4", b"\0\0\0\x18ftypmp42")
    done = shop.run("ingest", docs, "--data", tmp_path / "data")
    assert done.code == 0
    assert done.output.startswith("1 added, 0 updated, 0 unchanged, 0 removed, 0 failed, 1 incomplete: 1 chunks in ")
    lines = done.errors.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [["parts.zip", "../film.md"], ["parts.zip", "film.mp4"]]
    assert all(line.endswith(". The rest is stored.") for line in lines)
    again = shop.run("ingest", docs, "--data", tmp_path / "data", "--json").json
    assert (again["unchanged"], again["failed"]) == (1, [])
    assert [(row["source"], row["reason"].split(": ")[0]) for row in again["incomplete"]] == [
        ("parts.zip", "../film.md"),
        ("parts.zip", "film.mp4"),
    ]


def test_limits_are_settings(shop, tmp_path):
    (tmp_path / "a.txt").write_text("The shop opens at nine. " * 100, "utf-8")
    variables = {"PHI_ASSISTANT_FILE_BYTES": "2 kB", "PHI_ASSISTANT_DATA": str(tmp_path / "data")}
    large = shop.run("ingest", tmp_path / "a.txt", **variables)
    assert "a.txt: is too large: 2.4 kB, and 2 kB are taken from one file." in large.errors
    long = shop.run(
        "ingest", tmp_path / "a.txt", PHI_ASSISTANT_FILE_TEXT="99", PHI_ASSISTANT_DATA=str(tmp_path / "data")
    )
    assert "a.txt: holds 2,400 characters of text, and 99 are taken from one file." in long.errors


def test_the_help_of_ingest_names_what_it_takes(shop):
    done = shop.run("ingest", "--help")
    assert (done.code, done.errors) == (0, "")
    for flag in ("--rebuild", "--ocr-languages", "--password", "--password-file", "--loader", "--loader-arg", "--json"):
        assert f"  {flag}" in done.output
    assert "file_seconds" in done.output


@pytest.mark.parametrize("command", [["ask", ""], ["ingest", "none"]])
def test_debug_shows_the_traceback(shop, command):
    done = shop.run(*command, "--debug")
    assert done.code == 1
    assert "Traceback (most recent call last):" in done.errors
    assert done.errors.splitlines()[-1].startswith("Error: ")


# Only the library is installed


@pytest.mark.parametrize("command", [["demo"], ["ingest", "."]])
def test_without_the_checkout_demo_and_ingest_say_how_to_get_it(shop, tmp_path, command):
    """Without `site` (-S) no editable install is found: there are the dependencies, and a copy of the library."""
    shutil.copytree(ROOT / "phi_assistant", tmp_path / "installed" / "phi_assistant")
    path = os.pathsep.join([str(tmp_path / "installed"), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    done = subprocess.run(
        [sys.executable, "-S", "-m", "phi_assistant", *command],
        cwd=tmp_path,
        env={**shop.environment, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "not part of the installed package. Get the whole project" in done.stderr
    assert "pip install -e" in done.stderr
