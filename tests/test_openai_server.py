"""Where a server is that speaks OpenAI's API, what it has, and that its models come first where one is named."""

from __future__ import annotations

import json
import sys

import pytest
from terminal import Shop

from phi_assistant import Settings
from phi_assistant.errors import ConfigError, MissingExtra, ModelUnavailable
from phi_assistant.fakes.ollama import FakeModel, OllamaServer, Status
from phi_assistant.models.errors import ModelAway
from phi_assistant.models.openai.server import base_url, models_of
from phi_assistant.models.specs import best_spec, chat_model, check_there, found

NOWHERE = "http://127.0.0.1:9"
MODELS = (
    FakeModel("llama3.2"),
    FakeModel("phi4-mini"),
    FakeModel("nomic-embed-text", capabilities=("embedding",)),
)


@pytest.fixture(scope="module")
def server():
    with OllamaServer(MODELS) as server:
        yield server


@pytest.fixture
def settings(server, tmp_path):
    return Settings.load(data=tmp_path, ollama=NOWHERE, openai=server.url)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://gpu:8000/v1", "http://gpu:8000/v1"),
        ("http://gpu:8000/v1/", "http://gpu:8000/v1"),
        ("http://gpu:8000", "http://gpu:8000/v1"),
        ("gpu:8000", "http://gpu:8000/v1"),
        ("https://gpu.example/llm/openai", "https://gpu.example/llm/openai"),
    ],
)
def test_an_address_is_understood_as_people_write_it(given, meant):
    assert base_url(Settings.load(openai=given)) == meant


@pytest.mark.parametrize("given", ["ftp://gpu", "http://", "http://gpu:port"])
def test_an_address_that_cannot_be_is_refused(given):
    with pytest.raises(ConfigError, match=r"'openai' cannot be .*http://HOST:8000/v1"):
        base_url(Settings.load(openai=given))


def test_it_says_what_it_has_and_embedders_are_left_out(settings):
    assert sorted(models_of(settings, seconds=5)) == ["llama3.2:latest", "phi4-mini:latest"]


def test_its_models_come_first_and_of_those_the_family(settings, server):
    assert best_spec(settings) == "openai:phi4-mini:latest"
    assert found(settings)[:3] == ["openai:phi4-mini:latest", "openai:llama3.2:latest", "extractive"]


def test_where_it_does_not_answer_others_do(settings):
    away = settings.model_copy(update={"openai": NOWHERE})
    assert found(away) == ["extractive"]
    with pytest.raises(ModelAway, match=rf"{NOWHERE}/v1 .*PHI_ASSISTANT_OPENAI"):
        check_there("openai:phi4-mini", away)


def test_one_that_lets_nobody_in_is_told_to_whoever_chose_no_model(settings, server):
    server.fail(Status(401, "no"), Status(401, "no"), path="/v1/models")
    with pytest.raises(ConfigError, match="PHI_ASSISTANT_OPENAI_KEY_FILE"):
        best_spec(settings)
    assert found(settings) == ["extractive"]  # a list for people, who see the reason beside it


def test_without_its_package_nothing_of_it_is_offered(settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    with pytest.raises(MissingExtra, match="PHI_EXTRAS=openai"):
        best_spec(settings)
    assert found(settings) == ["extractive"]


def test_a_model_is_looked_for_before_it_is_asked(settings):
    check_there("openai:phi4-mini:latest", settings)
    check_there("openai:phi4-mini", settings)
    with pytest.raises(ModelUnavailable, match=r"no model 'phi4-min'\. It has phi4-mini:latest"):
        check_there("openai:phi4-min", settings)


def test_without_an_address_a_model_of_it_is_refused_with_what_to_set(settings):
    with pytest.raises(ConfigError, match="PHI_ASSISTANT_OPENAI=http://HOST:8000/v1"):
        chat_model("openai:phi4-mini", settings.model_copy(update={"openai": None}))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Status(401, "no"), "PHI_ASSISTANT_OPENAI_KEY_FILE"),
        (Status(404, "no"), "with its path in PHI_ASSISTANT_OPENAI"),
    ],
)
def test_what_is_wrong_with_it_is_said(settings, server, fault, said):
    server.fail(fault, path="/v1/models")
    with pytest.raises(ConfigError, match=said):
        models_of(settings, seconds=5)


def test_something_that_is_no_such_server(settings, server):
    with pytest.raises(ConfigError, match="does not list models"):
        models_of(settings.model_copy(update={"openai": f"{server.url}/api"}), seconds=5)


def test_it_answers_from_the_documents_and_the_doctor_knows_it(server, tmp_path, monkeypatch):
    """From the terminal, with the setting alone."""
    says = "You have 45 days to return an item. [1]"
    with OllamaServer([FakeModel("phi4-mini", says=says)]) as server:
        monkeypatch.setenv("PHI_ASSISTANT_OPENAI", server.url)
        user = Shop(tmp_path, tmp_path / "data", tmp_path / "models")
        (tmp_path / "papers").mkdir()
        (tmp_path / "papers" / "returns.md").write_text("# Returns\n\nYou have 45 days to return an item.")
        assert user.run("ingest", "papers").code == 0
        answer = json.loads(user.run("ask", "How many days do I have to return an item?", "--json").output)
        assert answer["answer"].startswith("You have 45 days to return an item.")
        assert answer["model"] == "openai:phi4-mini:latest"
        doctor = user.run("doctor").output
        assert f"At {server.url}\n  phi4-mini:latest: phi-assistant ask --model openai:phi4-mini:latest" in doctor
        assert json.loads(user.run("doctor", "--json").output)["openai"]["models"] == ["phi4-mini:latest"]
    assert "No server answers" in user.run("doctor").output
