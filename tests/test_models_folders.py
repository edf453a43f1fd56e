"""Model folders: found by name and by path, added and removed, and told when they are damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import onnx
import pytest
from onnx.external_data_helper import convert_model_to_external_data
from terminal import Shop, stays_one_line
from tiny_phi import TinyModels

from phi_assistant.errors import ConfigError, ModelUnavailable
from phi_assistant.models.folders import find, inventory
from phi_assistant.models.keeping import add, remove


@pytest.fixture
def copied(tiny: TinyModels, tmp_path: Path) -> Path:
    """A repository of the Hub, copied: the model is somewhere in it, its weights in a file beside the graph."""
    folder = tmp_path / "Phi-4-mini-instruct-onnx" / "cpu_and_mobile" / "cpu-int4"
    shutil.copytree(tiny.folder("answer"), folder)
    graph = onnx.load(folder / "model.onnx")
    for file in folder.glob("model.onnx*"):
        file.unlink()
    convert_model_to_external_data(graph, location="model.onnx.data", size_threshold=0)
    onnx.save(graph, folder / "model.onnx")
    return folder


@pytest.fixture
def user(tmp_path: Path) -> Shop:
    (tmp_path / "docs").mkdir()
    return Shop(tmp_path / "docs", tmp_path / "data", tmp_path / "models")


def refusal(model: str | Path, models: Path) -> str:
    with pytest.raises(ModelUnavailable) as caught:
        find(str(model), models)
    return str(caught.value)


def test_a_folder_is_found_by_its_path_and_by_that_of_the_copy_it_is_in(copied, tmp_path, monkeypatch):
    for path in (copied, copied.parent, copied.parents[1]):
        assert find(str(path), tmp_path / "models") == copied
    monkeypatch.chdir(tmp_path)
    assert find("Phi-4-mini-instruct-onnx/cpu_and_mobile", tmp_path / "models") == copied


def test_of_several_models_in_a_folder_one_must_be_named(copied, tmp_path):
    shutil.copytree(copied, copied.parent / "cpu-int8")
    said = refusal(copied.parents[1], tmp_path)
    assert "There are 2 models" in said
    assert all(str(copied.parent / name) in said for name in ("cpu-int4", "cpu-int8"))


def test_a_folder_without_a_model_is_said_to_have_none(tmp_path):
    assert "There is no model of ONNX Runtime GenAI" in refusal(tmp_path, tmp_path)
    (tmp_path / "a.txt").write_text("a", "utf-8")
    assert "There is no model of ONNX Runtime GenAI" in refusal(tmp_path / "a.txt", tmp_path)


@pytest.mark.parametrize("typed", ["", "zebra", "a" * 5000, "~nobody-of-this-name/model", "a\0b"])
def test_what_is_neither_a_name_nor_a_path_is_said_to_be_neither(typed, tmp_path):
    said = refusal(typed, tmp_path)
    assert said.startswith("There is no model ")
    assert "`phi-assistant models list`" in said


@pytest.mark.parametrize("typed", ["phi-3.5-mini", "phi3.5", "microsoft/Phi-3.5-mini-instruct-onnx"])
def test_a_model_that_is_not_here_comes_with_the_command_that_fetches_it(typed, tmp_path):
    said = refusal(typed, tmp_path)
    assert "'phi-3.5-mini' is not on this machine" in said
    assert "(2.7 GB): `phi-assistant models pull phi-3.5-mini`" in said


def test_a_mistyped_name_comes_with_near_names_and_with_what_is_here(copied, tmp_path):
    add(copied, tmp_path / "models", name="our-tutor")
    said = refusal("our-tutr", tmp_path / "models")
    assert "Did you mean 'our-tutor'?" in said
    assert "Here are: our-tutor." in said
    assert "'phi-3.5-mini'" in refusal("phi-3.5-mni", tmp_path / "models")


def test_a_model_that_has_no_files_for_processors_says_where_else_it_is(tmp_path):
    assert "(ONNX files for GPUs only)" in refusal("phi-3-small", tmp_path)
    assert "(no ONNX files published)" in refusal("Phi-3.5-MoE-instruct", tmp_path)


def spoil(folder: Path, how: str) -> None:
    weights = folder / "model.onnx.data"
    match how:
        case "weights gone":
            weights.unlink()
        case "weights cut":
            weights.write_bytes(weights.read_bytes()[:-1000])
        case "weights a pointer":
            weights.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 1\n")
        case "graph a pointer":
            (folder / "model.onnx").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
        case "graph cut":
            (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:-7])
        case "graph gone":
            (folder / "model.onnx").unlink()
        case "tokenizer gone":
            (folder / "tokenizer.json").unlink()
        case "configuration no JSON":
            (folder / "genai_config.json").write_text('{"model": ', "utf-8")
        case "configuration a list":
            (folder / "genai_config.json").write_text("[]", "utf-8")
        case "configuration names nothing":
            (folder / "genai_config.json").write_text('{"model": {}}', "utf-8")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("weights gone", "model.onnx.data, the weights of model.onnx, is missing"),
        ("weights cut", "model.onnx.data has "),
        ("weights a pointer", "model.onnx.data has 66 bytes and should have at least "),
        ("graph a pointer", "model.onnx is only a pointer of Git LFS"),
        ("graph cut", "model.onnx is damaged"),
        ("graph gone", "model.onnx is missing"),
        ("tokenizer gone", "tokenizer.json is missing"),
        ("configuration no JSON", "genai_config.json is not JSON"),
        ("configuration a list", "genai_config.json is not a JSON object"),
        ("configuration names nothing", "genai_config.json names no model file"),
    ],
)
def test_a_damaged_folder_says_what_is_wrong_and_how_to_mend_it(copied, tmp_path, how, said):
    find(str(copied), tmp_path / "models")  # it was whole a moment ago
    spoil(copied, how)
    assert said in refusal(copied, tmp_path / "models")
    assert "phi-assistant models pull" in refusal(copied, tmp_path / "models")


def test_a_folder_that_is_added_is_found_by_its_name_and_stays_where_it_is(copied, tmp_path):
    models = tmp_path / "models"
    assert add(copied.parents[1], models, name="tutor").folder == copied
    assert find("tutor", models) == copied
    assert not list(models.rglob("*.onnx*"))
    assert remove("tutor", models).folder == copied
    assert copied.is_dir()
    assert inventory(models) == []


def test_without_a_name_it_gets_that_of_the_catalogue_or_its_own(copied, tiny, tmp_path):
    assert add(copied, tmp_path / "models").name == "phi-4-mini"
    assert find("phi4-mini", tmp_path / "models") == copied
    assert add(tiny.folder("answer"), tmp_path / "models").name == "answer"


def test_a_name_that_is_taken_or_impossible_is_refused(copied, tiny, tmp_path):
    add(copied, tmp_path / "models", name="tutor")
    add(copied, tmp_path / "models", name="tutor")  # the same once more is no mistake
    with pytest.raises(ConfigError, match=r"The name 'tutor' is taken by .* `phi-assistant models remove tutor`"):
        add(tiny.folder("answer"), tmp_path / "models", name="tutor")
    for name in ("../tutor", "", "a" * 65, "a/b", "tutor.part"):
        with pytest.raises(ConfigError, match="cannot be called"):
            add(copied, tmp_path / "models", name=name)


def test_what_cannot_be_used_cannot_be_added(copied, tmp_path):
    spoil(copied, "weights gone")
    with pytest.raises(ModelUnavailable, match=r"model.onnx.data, the weights of model.onnx, is missing"):
        add(copied, tmp_path / "models")


def test_an_added_folder_that_is_gone_is_said_to_be_gone(copied, tmp_path):
    add(copied, tmp_path / "models", name="tutor")
    shutil.rmtree(copied)
    assert "its folder is gone" in refusal("tutor", tmp_path / "models")


def test_a_folder_that_was_put_among_the_downloads_by_hand_is_a_model(copied, tmp_path):
    shutil.copytree(copied, tmp_path / "models" / "onnx" / "phi-3.5-mini")
    assert find("phi3.5", tmp_path / "models") == tmp_path / "models" / "onnx" / "phi-3.5-mini"


def test_a_list_of_added_folders_that_is_no_list_is_said(tmp_path):
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "added.json").write_text("[", "utf-8")
    assert "`phi-assistant models add PATH`" in refusal("phi-3.5-mini", tmp_path)


def test_a_place_where_nothing_can_be_written_is_said(copied, tmp_path):
    (tmp_path / "models").write_text("a file, not a folder", "utf-8")
    with pytest.raises(ModelUnavailable, match=r"Nothing can be written to .* set PHI_ASSISTANT_MODELS"):
        add(copied, tmp_path / "models")


# The command


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
    licence = ["Licence"] if columns == "120" else []
    assert header == ["Model", "Size", "Context", *licence, "Languages", "ONNX", "Ollama"]
    assert len(rows) == 15
    assert next(row for row in rows if row[0] == "phi-4-mini") == [
        *("phi-4-mini", "3.8B", "128k"),
        *(["MIT"] if licence else []),
        *("en", "+", "22", "4.9", "GB", "phi4-mini"),
    ]
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
    assert list(listed) == ["models", "here", "folder"]
    [mini] = [model for model in listed["models"] if model["name"] == "phi-4-mini"]
    assert mini["here"] is True
    assert (mini["parameters"], mini["context"], mini["licence"]) == (3_800_000_000, 131_072, "MIT")
    assert mini["ollama"] == {"name": "phi4-mini", "size": 2_500_000_000}
    assert mini["onnx"]["repository"] == "microsoft/Phi-4-mini-instruct-onnx"
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
    assert all(measured.json[speed] > 0 for speed in ("load_s", "memory", "reading", "writing"))
    assert all(measured.json[wait] > 0 for wait in ("first_token_cold", "first_token_warm"))


def test_what_was_measured_is_shown_to_people(tiny, user):
    done = user.run("models", "bench", tiny.folder("counting"))
    assert done.code == 0
    assert [line.split()[0] for line in done.output.splitlines()[1:4]] == ["reading", "writing", "first"]
    assert "after a follow-up of" in done.output


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
