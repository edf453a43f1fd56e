"""The test server says what a real Ollama 0.32.15 said: each recorded exchange, byte for byte but for times and ids."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from ollama_wire import Exchange, embedder, models, recorded

from phi_assistant.fakes.ollama import OllamaServer

FIRST = recorded("transcript.txt")
CONTEXT = recorded("transcript2.txt") + recorded("transcript3.txt")
EMBEDDING = recorded("transcript4.txt")


@pytest.fixture(scope="module")
def first() -> Iterator[httpx.Client]:
    """As it was when the first recording began: three models had been used."""
    with OllamaServer(models(), version="0.0.0") as server, httpx.Client(base_url=server.url) as client:
        for name, alive in (("phi3-stop", "320s"), ("phi3-loop", "310s"), ("tiny-phi3", "100s")):
            client.post("/api/chat", json={"model": name, "keep_alive": alive})
        yield client


@pytest.fixture(scope="module")
def others() -> Iterator[httpx.Client]:
    with OllamaServer([*models(), embedder()]) as server, httpx.Client(base_url=server.url) as client:
        yield client


def test_every_exchange_of_the_recordings_is_replayed():
    assert (len(FIRST), len(CONTEXT), len(EMBEDDING)) == (83, 22, 10)


@pytest.mark.parametrize("exchange", FIRST, ids=str)
def test_the_endpoints_answer_as_recorded(first: httpx.Client, exchange: Exchange):
    replay(first, exchange)


@pytest.mark.parametrize("exchange", CONTEXT, ids=str)
def test_prompts_and_answers_beyond_the_context_are_treated_as_recorded(others: httpx.Client, exchange: Exchange):
    replay(others, exchange)


@pytest.mark.parametrize("exchange", EMBEDDING, ids=str)
def test_an_embedder_answers_as_recorded(others: httpx.Client, exchange: Exchange):
    replay(others, exchange)


def replay(client: httpx.Client, exchange: Exchange) -> None:
    answer = client.request(exchange.method, exchange.path, content=exchange.body)
    assert answer.status_code == exchange.status
    assert answer.headers.get("content-type") == exchange.kind
    if exchange.chunked is not None:
        assert (answer.headers.get("transfer-encoding") == "chunked") == exchange.chunked
        assert ("content-length" in answer.headers) != exchange.chunked
    if exchange.count is not None:
        assert answer.text.removesuffix("\n").count("\n") + 1 == exchange.count
    compare(answer.text, exchange)


def compare(body: str, exchange: Exchange) -> None:
    """As far as it was recorded."""
    pieces, text = exchange.pieces(), exchange.counterpart(body)
    if exchange.cut or len(pieces) > 1:
        assert text[: len(pieces[0])] == pieces[0]
        assert text[-len(pieces[-1]) :] == pieces[-1] or exchange.cut
    else:
        assert text == pieces[0]
