"""Where a server is, as people write it; a wrong address is refused, and nothing secret is ever shown."""

from __future__ import annotations

import logging
import pickle

import pytest
from langchain_core.load import dumpd, dumps

from phi_assistant import ChatPhiOllama
from phi_assistant.errors import ConfigError
from phi_assistant.fakes.ollama import BUSY, FORBIDDEN, FakeModel, OllamaServer, Stall, Status
from phi_assistant.models.errors import ChatError
from phi_assistant.models.ollama.address import Address

SECRETS = ("hunter2", "aHVudGVy", "s3cr3t-token", "bWU6aHVudGVyMg==")
"""A password, a token, and what becomes of them on the wire."""


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("myserver", "http://myserver:11434"),
        ("myserver:8080", "http://myserver:8080"),
        ("http://myserver", "http://myserver"),  # as a browser would take it, and Ollama's own client
        ("https://ollama.example.org", "https://ollama.example.org"),
        ("https://example.org/ollama/", "https://example.org/ollama"),
        ("https://example.org:8443/a/b", "https://example.org:8443/a/b"),
        ("192.168.1.5", "http://192.168.1.5:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # where a server listens is no place to call
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("[::]:8080", "http://[::1]:8080"),
        ("[::1]", "http://[::1]:11434"),
        ("http://[2001:db8::7]:80/x", "http://[2001:db8::7]:80/x"),
        ("me:hunter2@myserver", "http://myserver:11434"),
        ("https://me:hunter2@example.org/ollama", "https://example.org/ollama"),
        (" http://localhost:11434 ", "http://localhost:11434"),
        ("host.docker.internal", "http://host.docker.internal:11434"),
        ("my_host:1", "http://my_host:1"),
    ],
)
def test_an_address_is_what_was_written(text, url):
    assert Address.parse(text).url == url
    assert ChatPhiOllama(model="phi3.5", base_url=text).address.url == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "http://",
        "my server",
        "ftp://myserver",
        "unix:///var/run/ollama.sock",
        "http://myserver:port",
        "http://myserver:0",
        "http://myserver:99999",
        "http://-bad-/",
        "http://my server/",
        "http://myserver?model=x",
        "http://myserver#x",
        "http://[::1",
        ":11434",
        "http://a..b",
    ],
)
def test_what_is_none_is_refused_and_never_replaced(text):
    with pytest.raises(ConfigError, match="no address of an Ollama server"):
        Address.parse(text)


def test_credentials_in_an_address_are_sent_decoded():
    assert Address.parse("https://me:p%40ss@example.org").authorization == "Basic bWU6cEBzcw=="
    assert Address.parse("https://me@example.org").authorization == "Basic bWU6"
    assert Address.parse("https://example.org").authorization is None


def test_the_server_is_that_of_the_settings(monkeypatch):
    monkeypatch.setenv("OLLAMA_HOST", "gpu-box")
    assert ChatPhiOllama(model="phi3.5").address.url == "http://gpu-box:11434"
    monkeypatch.setenv("PHI_ASSISTANT_OLLAMA", "https://ours.example.org")
    assert ChatPhiOllama(model="phi3.5").address.url == "https://ours.example.org"
    assert ChatPhiOllama(model="phi3.5", base_url="mine").address.url == "http://mine:11434"


def test_a_copy_may_be_given_another_server():
    with (
        OllamaServer([FakeModel("phi3.5", says="One.")]) as one,
        OllamaServer([FakeModel("phi3.5", says="Two.")]) as two,
    ):
        speaker = ChatPhiOllama(model="phi3.5", base_url=one.url)
        assert speaker.invoke("Hello").content == "One."
        assert speaker.model_copy(update={"base_url": two.url}).invoke("Hello").content == "Two."
        assert speaker.invoke("Hello").content == "One."


def test_a_path_before_the_api_is_kept():
    with OllamaServer([FakeModel("phi3.5")]) as server:
        with pytest.raises(ConfigError, match="without /api or /v1"):
            ChatPhiOllama(model="phi3.5", base_url=f"{server.url}/v1").invoke("Hello")
        assert server.requests[-1].path == "/v1/api/show"


def test_a_key_and_headers_are_sent_and_win_over_the_address():
    with OllamaServer([FakeModel("phi3.5")]) as server:
        url = server.url.replace("http://", "http://me:hunter2@")
        ChatPhiOllama(model="phi3.5", base_url=url, headers={"X-Team": "tutors"}).invoke("Hello")
        assert server.requests[-1].headers["x-team"] == "tutors"
        assert server.requests[-1].headers["authorization"] == "Basic bWU6aHVudGVyMg=="
        ChatPhiOllama(model="phi3.5", base_url=url, api_key="s3cr3t-token").invoke("Hello")
        assert server.requests[-1].headers["authorization"] == "Bearer s3cr3t-token"


def secretive(url):
    return ChatPhiOllama(
        model="phi3.5",
        base_url=url.replace("http://", "http://me:hunter2@"),
        api_key="s3cr3t-token",
        headers={"X-Key": "aHVudGVy"},
        timeout=0.3,
        max_retries=0,
    )


def all_of(exc):
    """Whatever a traceback could show."""
    while exc is not None:
        yield from (str(exc), repr(exc), repr(exc.args))
        exc = exc.__cause__ or exc.__context__


@pytest.mark.parametrize("fault", [None, BUSY, FORBIDDEN, Stall(), Status(401, "no"), Status(500, "bad")])
def test_passwords_and_tokens_are_never_shown(fault, caplog):
    caplog.set_level(logging.DEBUG)
    with OllamaServer([FakeModel("phi3.5")]) as server:
        speaker = secretive(server.url)
        shown = [repr(speaker), str(speaker), repr(speaker.address), repr(dict(speaker._identifying_params))]
        shown += [str(speaker._get_ls_params()), str(dumpd(speaker)), dumps(speaker), speaker._get_llm_string()]
        if fault:
            server.fail(fault)
            with pytest.raises((ChatError, ConfigError)) as told:
                speaker.invoke("Hello")
            shown += all_of(told.value)
        else:
            shown.append(repr(speaker.invoke("Hello")))
    with pytest.raises(ChatError) as told:
        speaker.invoke("Hello")
    shown += [*all_of(told.value), caplog.text]
    assert not [each for each in shown if any(secret in each for secret in SECRETS)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "http://me:hunter2@"},
        {"base_url": "http://me:hun ter2@host"},
        {"base_url": "ftp://me:hunter2@host"},
        {"base_url": "http://host?key=s3cr3t-token"},
        {"base_url": ["http://me:hunter2@host"]},
        {"api_key": ["s3cr3t-token"]},
        {"headers": "s3cr3t-token"},
        {"headers": {"X-Key": ["s3cr3t-token"]}},
    ],
)
def test_not_even_where_they_are_written_wrongly(wrong):
    with pytest.raises(ConfigError) as told:
        ChatPhiOllama(model="phi3.5", **wrong).invoke("Hello")
    assert not any(secret in each for each in all_of(told.value) for secret in SECRETS)


def test_a_pickled_model_keeps_its_key():
    with OllamaServer([FakeModel("phi3.5")]) as server:
        pickle.loads(pickle.dumps(secretive(server.url))).invoke("Hello")
        assert server.requests[-1].headers["authorization"] == "Bearer s3cr3t-token"
