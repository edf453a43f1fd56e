"""Model folders: found by name and by path, added and removed, and told when they are damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from model_folders import copy_of_repository, spoil
from tiny_phi import TinyModels
from tiny_phi.pictures import with_pictures

from phi_assistant.errors import ConfigError, ModelUnavailable
from phi_assistant.models.folders import find, inventory
from phi_assistant.models.keeping import add, remove


@pytest.fixture
def copied(tiny: TinyModels, tmp_path: Path) -> Path:
    return copy_of_repository(tiny, tmp_path)


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


def test_of_many_models_in_a_folder_five_are_named(tiny, tmp_path):
    for number in range(7):
        shutil.copytree(tiny.folder("answer"), tmp_path / "all" / f"model-{number}")
    first, *others = refusal(tmp_path / "all", tmp_path).splitlines()
    assert "There are more than 5 models" in first
    assert len(others) == 5


@pytest.mark.parametrize("typed", ["", " "])
def test_an_empty_name_is_said_to_be_none(typed, tmp_path):
    assert refusal(typed, tmp_path).startswith("No model was named.")


@pytest.mark.parametrize("typed", ["zebra", "a" * 5000, "~nobody-of-this-name/model", "a\0b"])
def test_what_is_neither_a_name_nor_a_path_is_said_to_be_neither(typed, tmp_path):
    said = refusal(typed, tmp_path)
    assert said.startswith("There is no model ")
    assert ", and no folder of that name." in said
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


def test_a_model_of_pictures_and_texts_is_whole_in_three_graphs(tiny, tmp_path):
    folder = with_pictures(tiny.own("answer", tmp_path))
    assert add(folder, tmp_path / "models", name="seeing").flaw is None
    (folder / "vision.onnx").unlink()
    assert "vision.onnx is missing" in refusal("seeing", tmp_path / "models")


def test_a_model_that_has_no_files_for_processors_says_where_else_it_is(tmp_path):
    assert "(ONNX files for GPUs only)" in refusal("phi-3-small", tmp_path)
    assert "(no ONNX files published)" in refusal("Phi-3.5-MoE-instruct", tmp_path)


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
        ("tokenizer is none", "tokenizer.json is no tokenizer ("),
        ("template gone", "it has no chat template"),
        ("template broken", "its chat template is damaged ("),
        ("template refuses", "its chat template refuses a plain question (system first)"),
        ("settings no JSON", "tokenizer_config.json is not JSON"),
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


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("weights gone", "model.onnx.data, the weights of model.onnx, is missing"),
        ("template gone", "it has no chat template"),
    ],
)
def test_what_cannot_be_used_cannot_be_added(copied, tmp_path, how, said):
    spoil(copied, how)
    with pytest.raises(ModelUnavailable, match=said):
        add(copied, tmp_path / "models")


def test_an_added_folder_that_is_gone_is_said_to_be_gone(copied, tmp_path):
    add(copied, tmp_path / "models", name="tutor")
    shutil.rmtree(copied)
    said = refusal("tutor", tmp_path / "models")
    assert "its folder is gone" in said
    assert f"Put {copied} back, or forget it: `phi-assistant models remove tutor`" in said
    with pytest.raises(ModelUnavailable, match="There is no folder"):
        add(copied, tmp_path / "models")


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
