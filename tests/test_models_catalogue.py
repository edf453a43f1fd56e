"""The catalogue of the Phi family: names as people type them, and facts that belong together."""

from __future__ import annotations

import pytest

from phi_assistant.models.catalogue import InOllama, Missing, OnHub, catalogue, lookup, near


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("phi-3.5-mini", "phi-3.5-mini"),
        ("phi3.5", "phi-3.5-mini"),
        ("Phi-3.5-mini-instruct", "phi-3.5-mini"),
        ("microsoft/Phi-3.5-mini-instruct-onnx", "phi-3.5-mini"),
        ("Phi 3.5 mini", "phi-3.5-mini"),
        ("phi_3.5_mini", "phi-3.5-mini"),
        ("phi3", "phi-3-mini-4k"),
        ("phi3:mini", "phi-3-mini-4k"),
        ("phi3:medium-128k", "phi-3-medium-128k"),
        ("microsoft/Phi-3-medium-4k-instruct-onnx-cpu", "phi-3-medium-4k"),
        ("microsoft/Phi-3-vision-128k-instruct-onnx-cpu", "phi-3-vision-128k"),
        ("phi-3-vision", "phi-3-vision-128k"),
        ("phi4", "phi-4"),
        ("phi4:latest", "phi-4"),
        ("microsoft/phi-4", "phi-4"),
        ("phi4-mini", "phi-4-mini"),
        ("phi4-reasoning:plus", "phi-4-reasoning-plus"),
        ("Phi-3.5-MoE-instruct", "phi-3.5-moe"),
    ],
)
def test_a_model_is_found_by_whatever_it_is_called_elsewhere(typed, name):
    found = lookup(typed)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("typed", ["", "phi", "phi-5", "llama3", "phi-3.5-mini/../x"])
def test_what_is_no_name_of_the_family_is_not_found(typed):
    assert lookup(typed) is None


def test_a_mistake_is_answered_with_near_names():
    assert near("phi-3.5-mni")[0] == "phi-3.5-mini"
    assert near("phi4-resoning")[0] == "phi-4-reasoning"
    assert near("my-tutr", others=["my-tutor"]) == ["my-tutor"]
    assert near("zebra") == []


def test_every_name_means_one_model():
    for model in catalogue():
        for name in (model.name, model.title, *model.aliases):
            assert lookup(name) is model
        if isinstance(model.ollama, InOllama):
            assert lookup(model.ollama.name) is model
        if isinstance(model.onnx, OnHub):
            assert lookup(model.onnx.repository) is model


def test_the_whole_family_is_there_with_its_facts():
    names = [model.name for model in catalogue()]
    assert len(names) == len(set(names)) == 16
    for model in catalogue():
        assert model.licence == "MIT"
        assert "en" in model.languages
        assert model.context >= 4096
        assert 3 < model.parameters < 50
        if isinstance(model.onnx, OnHub):
            # int4 weights: half a byte a parameter, and what is not quantised
            assert 0.5 < model.onnx.size / (model.parameters * 1e9) < 1.5
            assert 0.6 < model.onnx.memory / model.onnx.size < 1.4
            assert model.onnx.folder.rpartition("/")[2].startswith("cpu-int4")


def test_what_reads_pictures_elsewhere_is_told_to_read_text_only():
    names = {model.name for model in catalogue() if isinstance(model.onnx, OnHub) and model.onnx.text_only}
    assert names == {"phi-3-vision-128k", "phi-3.5-vision"}


def test_what_cannot_be_had_says_why():
    missing = {model.name for model in catalogue() if isinstance(model.onnx, Missing)}
    assert missing == {"phi-3-small-8k", "phi-3-small-128k", "phi-3.5-moe", "phi-4-multimodal"}
    small = lookup("phi-3-small")
    assert small is not None
    assert small.onnx == Missing("ONNX files for GPUs only")
    assert "models pull phi-3.5-mini" in small.elsewhere
