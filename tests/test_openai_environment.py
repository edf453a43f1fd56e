"""What is sent to a server that speaks OpenAI's API, and where: what the settings say, and nothing that the environment
holds for OpenAI's own."""

from __future__ import annotations

import asyncio
import json

import pytest
from terminal import Shop

from phi_assistant import Settings
from phi_assistant.errors import ConfigError, PhiAssistantError
from phi_assistant.fakes.ollama import FakeModel, OllamaServer
from phi_assistant.models.openai.chat import ChatOpenAICompatible
from phi_assistant.models.openai.server import base_url, models_of
from phi_assistant.models.specs import best_spec, chat_model

NOWHERE = "http://127.0.0.1:9"
SECRET = "correct-horse"
FOR_OTHERS = {
    "OPENAI_API_KEY": SECRET,
    "OPENAI_ADMIN_KEY": SECRET,
    "OPENAI_ORG_ID": SECRET,
    "OPENAI_ORGANIZATION": SECRET,
    "OPENAI_PROJECT_ID": SECRET,
    "OPENAI_WEBHOOK_SECRET": SECRET,
    "OPENAI_CUSTOM_HEADERS": f"Authorization: Bearer {SECRET}\nX-Mine: {SECRET}",
    "OPENAI_BASE_URL": f"{NOWHERE}/v1",
    "OPENAI_API_BASE": f"{NOWHERE}/v1",
    "OPENAI_PROXY": f"http://me:{SECRET}@127.0.0.1:9",
    "LANGSMITH_API_KEY": SECRET,
    "LANGSMITH_GATEWAY": "true",
    "LANGSMITH_GATEWAY_API_KEY": f"lsv2_{SECRET}",
    "LANGSMITH_GATEWAY_URL": NOWHERE,
}


@pytest.fixture(scope="module")
def running():
    with OllamaServer([FakeModel("phi4-mini", says="Forty-two.")]) as running:
        yield running


@pytest.fixture
def server(running):
    running.requests.clear()
    return running


@pytest.fixture
def for_others(monkeypatch):
    for name, value in FOR_OTHERS.items():
        monkeypatch.setenv(name, value)


def ask(chat):
    """Once from a thread, and once in an event loop."""
    assert chat.invoke("Hello").content == "Forty-two."
    assert asyncio.run(chat.ainvoke("Hello")).content == "Forty-two."


@pytest.mark.usefixtures("for_others")
@pytest.mark.parametrize("key", [None, "battery"])
def test_what_the_environment_holds_for_openai_is_not_sent(server, key):
    settings = Settings.load(openai=server.url, openai_key=key)
    models_of(settings, seconds=5)
    ask(chat_model("openai:phi4-mini", settings))
    assert [each.path for each in server.requests] == ["/v1/models", *["/v1/chat/completions"] * 2]
    sent = json.dumps([(dict(each.headers), each.body.decode()) for each in server.requests])
    assert SECRET not in sent
    assert [each.headers["authorization"] for each in server.requests[1:]] == [f"Bearer {key or 'none'}"] * 2


@pytest.mark.usefixtures("for_others")
def test_nor_where_the_model_is_made_in_python(server):
    ask(ChatOpenAICompatible(model="phi4-mini", base_url=f"{server.url}/v1"))
    assert SECRET not in json.dumps([dict(each.headers) for each in server.requests])


def test_headers_of_ones_own_are_sent(server, for_others):
    ask(ChatOpenAICompatible(model="phi4-mini", base_url=f"{server.url}/v1", default_headers={"X-Team": "blue"}))
    assert [each.headers["x-team"] for each in server.requests] == ["blue"] * 2


def test_where_no_address_is_given_none_is_guessed(server, monkeypatch, tmp_path):
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.setenv(name, f"{server.url}/v1")
    settings = Settings.load(data=tmp_path, ollama=NOWHERE)
    assert best_spec(settings) == "extractive"
    with pytest.raises(ConfigError, match="PHI_ASSISTANT_OPENAI="):
        chat_model("openai:phi4-mini", settings)
    with pytest.raises(ValueError, match="base_url"):
        ChatOpenAICompatible(model="phi4-mini")
    assert not server.requests


def test_a_proxy_for_everything_is_gone_through_by_every_call(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", server.url)
    settings = Settings.load(openai="http://gpu.local:8000")
    chat = chat_model("openai:phi4-mini", settings)
    for use in (
        lambda: models_of(settings, seconds=5),
        lambda: chat.invoke("Hello"),
        lambda: asyncio.run(chat.ainvoke("Hello")),
    ):
        with pytest.raises(PhiAssistantError, match=r"404|no model"):  # of the test server, which is no proxy
            use()
    assert [each.headers["host"] for each in server.requests] == ["gpu.local:8000"] * 3


def test_tokens_are_told_without_fetching_what_openai_counts_with(server):
    """The tests end whoever calls somebody else, and what is fetched once may be there already."""
    with pytest.raises(ConfigError, match="get_num_tokens"):
        chat_model("openai:phi4-mini", Settings.load(openai=server.url)).get_token_ids("Hello")


@pytest.mark.parametrize("key", ["naïve-secret", "my\nsecret", "secret\x00"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(server, key):
    settings = Settings.load(openai=server.url, openai_key=key)
    for use in (lambda: models_of(settings, seconds=5), lambda: chat_model("openai:phi4-mini", settings)):
        with pytest.raises(ConfigError, match="PHI_ASSISTANT_OPENAI_KEY_FILE") as told:
            use()
        assert "secret" not in str(told.value)


def test_blanks_around_a_key_are_none_of_it(server, tmp_path):
    (tmp_path / "key").write_text(" battery \n")
    chat_model("openai:phi4-mini", Settings.load(openai=server.url, openai_key_file=tmp_path / "key")).invoke("Hello")
    assert server.requests[-1].headers["authorization"] == "Bearer battery"


def test_an_address_with_a_password_is_refused_and_the_password_not_shown(tmp_path, monkeypatch):
    given = f"http://me:{SECRET}@gpu:8000/v1"
    with pytest.raises(ConfigError, match=r"…@gpu:8000/v1.*PHI_ASSISTANT_OPENAI_KEY_FILE") as told:
        base_url(Settings.load(openai=given))
    monkeypatch.setenv("PHI_ASSISTANT_OPENAI", given)
    user = Shop(tmp_path, tmp_path / "data", tmp_path / "models")
    shown = [user.run("doctor").output, user.run("doctor", "--json").output, str(told.value)]
    assert all("@gpu:8000/v1" in each and SECRET not in each for each in shown)
