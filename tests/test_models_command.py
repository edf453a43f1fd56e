"""`phi-assistant models`, as users run it: what it lists, and what it says when it adds, removes and measures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from model_folders import copy_of_repository, spoil
from terminal import Shop, stays_one_line
from tiny_phi import TinyModels


@pytest.fixture
def copied(tiny: TinyModels, tmp_path: Path) -> Path:
    return copy_of_repository(tiny, tmp_path)


@pytest.fixture
def user(tmp_path: Path) -> Shop:
    (tmp_path / "docs").mkdir()
    return Shop(tmp_path / "docs", tmp_path / "data", tmp_path / "models")


@pytest.mark.parametrize("command", ["list", "pull", "add", "remove", "bench"])
def test_each_part_of_the_command_has_help_that_names_its_flags(user, command):
    done = user.run("models", command, "--help")
    assert (done.code, done.errors) == (0, "")
    assert done.output.startswith(f"Usage: phi-assistant models {command}")
    assert all(flag in done.output for flag in ("--data", "--config", "--debug"))


def test_adding_says_that_nothing_is_copied(copied, user):
    done = user.run("models", "add", copied.parents[1], "--name", "tutor")
    assert (done.code, done.errors) == (0, "")
    assert f"tutor is {copied} (" in done.output
    assert "not copied" in done.output


def test_removing_asks_says_what_it_frees_and_leaves_added_folders_alone(copied, user):
    pulled = user.models / "onnx" / "phi-3.5-mini"
    shutil.copytree(copied, pulled)
    user.run("models", "add", copied, "--name", "tutor")

    asked = user.run("models", "remove", "phi3.5", typed="n\n")
    assert (asked.code, asked.output) == (
        1,
        f"Delete phi-3.5-mini, {size(pulled)} in {pulled}? [y/N]: Nothing was changed.\n",
    )
    assert pulled.is_dir()

    done = user.run("models", "remove", "phi3.5", "--yes")
    assert (done.code, done.output) == (0, f"phi-3.5-mini is deleted: {freed(asked.output)} are free again.\n")
    assert not pulled.exists()

    assert user.run("models", "remove", "tutor", typed="y\n").output.endswith(f"tutor is forgotten; {copied} stays.\n")
    assert copied.is_dir()
    assert user.run("models", "list", "--json").json["here"] == []


def size(folder: Path) -> str:
    from rich.filesize import decimal

    return decimal(sum(file.stat().st_size for file in folder.iterdir()))


def freed(question: str) -> str:
    return question.split(", ")[1].split(" in ")[0]


def test_removing_what_is_not_here_says_what_is(copied, user):
    user.run("models", "add", copied, "--name", "tutor")
    done = user.run("models", "remove", "phi-4", "--yes")
    assert done.code == 1
    assert stays_one_line(done)
    assert "The model 'phi-4' is not on this machine. Here are: tutor." in done.errors


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_list_fits_the_terminal_and_shows_the_whole_family(user, columns):
    done = user.run("models", "list", COLUMNS=columns)
    assert done.code == 0
    table = done.output.split("\n\n")[0].splitlines()
    assert max(map(len, table)) <= int(columns)
    header, *rows = [line.split() for line in table]
    wide = columns == "120"
    assert header == [
        *("Model", "Parameters", "Context", "Download", "Memory", "Ollama"),
        *(("Licence", "Languages") if wide else ()),
    ]
    assert len(rows) == 16
    assert next(row for row in rows if row[0] == "phi-4-mini") == [
        *("phi-4-mini", "3.8B", "128k"),
        *(("(4k", "at", "once)") if wide else ()),
        *("4.9", "GB", "3.8", "GB", "phi4-mini"),
        *(("MIT", "en", "+", "22") if wide else ()),
    ]
    assert "Context 128k: prompt and answer have 4,096 tokens together" in done.output
    assert "phi-3-vision-128k, phi-3.5-vision: text only" in done.output
    assert "phi-4-multimodal: also ar, cs, " in done.output
    assert "Licence MIT: all of them." in done.output
    assert "phi-3-small-8k, phi-3-small-128k, phi-4-multimodal: ONNX files for GPUs only" in done.output
    assert "None is here yet" in done.output


def test_the_list_marks_what_is_here(copied, user):
    user.run("models", "add", copied)
    told = user.run("models", "list").output
    assert "✓ phi-4-mini" in told
    assert f"  phi-4-mini: {size(copied)}, added, at {copied}" in told
    spoil(copied, "weights gone")
    told = user.run("models", "list").output
    assert "! phi-4-mini" in told
    assert (
        "    cannot be used: model.onnx.data, the weights of model.onnx, is missing; phi-assistant models remove"
        in told
    )


def test_the_list_for_programs_holds_the_facts_and_what_is_here(copied, user):
    user.run("models", "add", copied)
    listed = user.run("models", "list", "--json").json
    assert list(listed) == ["models", "here", "folder", "server"]
    [mini] = [model for model in listed["models"] if model["name"] == "phi-4-mini"]
    assert mini["here"] is True
    assert (mini["parameters"], mini["context"], mini["licence"]) == (3_800_000_000, 131_072, "MIT")
    assert mini["ollama"] == {"name": "phi4-mini", "size": 2_500_000_000}
    assert mini["onnx"]["repository"] == "microsoft/Phi-4-mini-instruct-onnx"
    assert (mini["onnx"]["token_memory"], mini["onnx"]["window"]) == (262_144, 4096)
    assert [model["name"] for model in listed["models"] if model["onnx"] and model["onnx"]["text_only"]] == [
        "phi-3-vision-128k",
        "phi-3.5-vision",
    ]
    [moe] = [model for model in listed["models"] if model["name"] == "phi-3.5-moe"]
    assert (moe["onnx"], moe["here"], moe["missing"]["onnx"]) == (None, False, "no ONNX files published")
    [here] = listed["here"]
    assert list(here) == ["name", "folder", "origin", "source", "size", "flaw"]
    assert (here["name"], here["folder"], here["origin"], here["flaw"]) == ("phi-4-mini", str(copied), "added", None)


def test_a_model_is_measured_on_this_machine(tiny, user):
    user.run("models", "add", tiny.folder("counting"))
    measured = user.run("models", "bench", "counting", "--json")
    assert (measured.code, measured.errors) == (0, "")
    assert measured.json["model"] == "counting"
    assert 0 < measured.json["follow_up_tokens"] < 100 < measured.json["prompt_tokens"]
    assert all(measured.json[speed] > 0 for speed in ("load_s", "memory", "token_memory", "reading", "writing"))
    assert all(measured.json[wait] > 0 for wait in ("first_token_cold", "first_token_warm"))


def test_what_was_measured_is_shown_to_people(tiny, user):
    done = user.run("models", "bench", tiny.folder("counting"))
    assert done.code == 0
    assert [line.split()[0] for line in done.output.splitlines()[1:5]] == ["memory", "reading", "writing", "first"]
    assert "after a follow-up of" in done.output


def test_a_model_that_says_little_is_not_measured_at_writing(tiny, user):
    assert (
        "  writing      its answers are too short to measure\n"
        in user.run("models", "bench", tiny.folder("answer")).output
    )
    assert user.run("models", "bench", tiny.folder("answer"), "--json").json["writing"] is None


def test_a_model_that_is_not_here_cannot_be_measured(user):
    done = user.run("models", "bench", "phi-4")
    assert done.code == 1
    assert stays_one_line(done)
    assert "`phi-assistant models pull phi-4`" in done.errors


def test_doctor_shows_the_models_that_are_here(copied, user):
    user.run("models", "add", copied, "--name", "tutor")
    told = user.run("doctor").output
    assert "onnxruntime-genai 0.18" in told
    assert f"  tutor: ready ({size(copied)}, on ONNX Runtime)" in told
    seen = json.loads(user.run("doctor", "--json").output)
    assert seen["models"] == ["extractive", "onnx:tutor"]
    spoil(copied, "weights gone")
    assert "  tutor: cannot be used: model.onnx.data, the weights" in user.run("doctor").output
    assert json.loads(user.run("doctor", "--json").output)["models"] == ["extractive"]
