"""The page Settings: what is here, what can be had, whether all is well; for owners alone."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from phi_assistant.fakes.ollama import FakeModel, OllamaServer
from ui import resources
from ui.checks import checks


def page(role: str) -> None:
    from ui.person import Person
    from ui.views import settings

    settings.page(Person("browser:one", role))


@pytest.fixture
def server():
    library = [FakeModel("phi3.5"), FakeModel("phi4-mini", load_s=60)]
    with OllamaServer([FakeModel("llama3.2")], library=library) as server:
        yield server


@pytest.fixture
def here(tmp_path, server, monkeypatch, fresh):
    """An empty data folder, and an Ollama server with a model."""
    monkeypatch.setenv("PHI_ASSISTANT_DATA", str(tmp_path))
    monkeypatch.setenv("PHI_ASSISTANT_OLLAMA", server.url)
    return tmp_path


@pytest.fixture
def shown(here):
    """Draws the page for somebody of a role, in a language."""

    def shown(role="owner", language="en"):
        test = AppTest.from_function(page, kwargs={"role": role}, default_timeout=60)
        test.session_state["language"] = language
        test.run()
        assert not test.exception
        return test

    return shown


def texts(test):
    return " ".join(each.value for each in [*test.markdown, *test.caption, *test.info, *test.success])


def test_those_who_ask_see_none_of_it(shown):
    test = shown("asker")
    assert [each.value for each in test.info] == ["Only owners may see this page."]
    assert not test.button


def test_a_model_server_of_the_settings_is_shown_with_what_it_has(here, server, shown, monkeypatch):
    monkeypatch.setenv("PHI_ASSISTANT_OPENAI", server.url)
    said = texts(shown()).replace("\\", "").replace("\u2060", "")
    assert f"On the server at {server.url}, as llama3.2:latest" in said
    found = {each.name: each for each in checks(resources.settings(), resources.stores(), database=resources.database)}
    assert (found["Model server"].state, found["Model server"].found) == (
        "good",
        f"{server.url}/v1 answers, and has llama3.2:latest.",
    )
    with server.down():
        found = {each.name: each for each in checks(resources.settings(), resources.stores(), database=list)}
    assert found["Model server"].state == "broken"
    assert "PHI_ASSISTANT_OPENAI" in found["Model server"].exact


def test_it_shows_what_answers_now_and_offers_what_could(shown):
    test = shown()
    assert "Quotations" in texts(test)
    assert "In the Ollama server, as llama3" in texts(test)
    labels = {each.key: each.label for each in test.button if each.key}
    assert labels["get-onnx-phi-3.5-mini"] == "Download (2.7\u00a0GB)"
    assert labels["get-ollama-phi-3.5-mini"] == "Get with Ollama (2.2\u00a0GB)"


def test_sizes_and_languages_are_written_as_the_reader_writes_them(shown):
    test = shown(language="de")
    labels = {each.key: each.label for each in test.button if each.key}
    assert labels["get-onnx-phi-3.5-mini"] == "Herunterladen (2,7\u00a0GB)"
    assert "3,8 Milliarden Parameter" in texts(test).replace("\\", "")


def test_a_model_is_got_with_ollama_and_then_answers(shown):
    test = shown()
    test.button(key="get-ollama-phi-3.5-mini").click().run()
    while any(each.is_going_on for each in resources.downloads().all()):
        test.run()
    test.run()
    assert any("is here, and answers from now on" in each.value for each in test.success)
    assert resources.models_found()[0] == "ollama:phi3.5:latest"
    assert "get-ollama-phi-3.5-mini" not in {each.key for each in test.button}


def test_a_download_is_stopped_by_a_button_and_its_message_taken_away(shown):
    test = shown()
    test.button(key="get-ollama-phi-4-mini").click().run()
    assert test.button(key="get-ollama-phi-4-mini").disabled
    test.button(key="stop-ollama-phi-4-mini").click().run()
    while any(each.is_going_on for each in resources.downloads().all()):
        test.run()
    test.run()
    assert any("was stopped. What has come is kept" in each.value for each in test.info)
    test.button(key="close-ollama-phi-4-mini").click().run()
    assert not test.info


def test_whether_all_is_well_is_told_with_what_mends_it(shown, here, server):
    test = shown()
    next(each for each in test.button if each.label == "Look now").click().run()
    assert not test.exception
    told = texts(test).replace("\\", "")
    assert "answers, with 1 model." in told
    assert "No models can be downloaded at the moment" in told  # the tests are offline
    with server.down():
        resources.models_found.clear()
        found = {each.name: each for each in checks(resources.settings(), resources.stores(), database=lambda: None)}
    assert (found["Ollama"].state, found["Ollama"].command) == ("missing", "ollama serve")


def test_a_database_that_cannot_be_opened_is_broken_and_says_why(here, fresh, monkeypatch):
    monkeypatch.setenv("PHI_ASSISTANT_DATABASE", f"sqlite:///{here}/none/kept.db")
    (here / "none").write_text("a file where a folder should be")
    found = {each.name: each for each in checks(resources.settings(), resources.stores(), database=resources.database)}
    assert found["Conversations"].state == "broken"
    assert found["Conversations"].exact
