"""Model specs: who answers, by name or because it is the best that is here."""

from __future__ import annotations

import shutil

import pytest

from phi_assistant import ChatPhiOllama, ChatPhiOnnx, Settings
from phi_assistant.errors import ConfigError
from phi_assistant.models.specs import best_spec, chat_model

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def settings(tmp_path):
    return Settings.load(data=tmp_path, ollama=NOWHERE)


def test_a_spec_names_its_backend_and_its_model(settings, tiny):
    onnx = chat_model(f"onnx:{tiny.folder('answer')}", settings)
    ollama = chat_model("ollama:phi3.5:latest", settings)
    assert isinstance(onnx, ChatPhiOnnx)
    assert isinstance(ollama, ChatPhiOllama)
    assert (ollama.model, ollama.base_url) == ("phi3.5:latest", NOWHERE)


@pytest.mark.parametrize("spec", ["phi:9", "onnx:", "gpt-4", ""])
def test_a_spec_that_names_none_is_refused_with_the_forms_that_do(settings, spec):
    with pytest.raises(ConfigError, match=r"`onnx:NAME` \(see `phi-assistant models list`\)"):
        chat_model(spec, settings)


def test_without_a_model_the_documents_are_quoted(settings):
    assert best_spec(settings) == "extractive"


def test_a_downloaded_model_is_the_best(settings, tiny):
    shutil.copytree(tiny.folder("answer"), settings.models_folder / "onnx" / "phi-3.5-mini")
    assert best_spec(settings) == "onnx:phi-3.5-mini"


def test_of_several_the_newest_small_one_for_text_is_taken(settings, tiny):
    for name in ("phi-3-mini-4k", "phi-3.5-mini", "phi-3.5-vision", "phi-4"):
        shutil.copytree(tiny.folder("answer"), settings.models_folder / "onnx" / name)
    assert best_spec(settings) == "onnx:phi-3.5-mini"


def test_a_model_that_is_not_whole_is_none(settings, tiny):
    folder = settings.models_folder / "onnx" / "phi-3.5-mini"
    shutil.copytree(tiny.folder("answer"), folder)
    (folder / "model.onnx.data").unlink()
    assert best_spec(settings) == "extractive"
