"""The `ollama` client's own calls, sync and async, understand the test server as they do the real one."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import ollama
import pytest

from phi_assistant.fakes.ollama import PHI4_MINI, FakeModel, OllamaServer, ToolCall

HELLO = [{"role": "user", "content": "hello"}]
TIMES = r"datetime\.datetime\([^()]*(\([^()]*\))?\)|'\d{4}-\d\d-\d\dT[^']*Z'|(?<=_duration': )\d+|call_\w+"
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}

Call = Callable[[Any], Any]
CALLS: dict[str, Call] = {
    "list": lambda client: client.list(),
    "show": lambda client: client.show("phi3.5"),
    "chat": lambda client: client.chat("phi3.5", HELLO),
    "chat, streamed": lambda client: client.chat("phi3.5", HELLO, stream=True),
    "chat, log-probabilities": lambda client: client.chat("phi3.5", HELLO, logprobs=True, top_logprobs=2),
    "chat, thinking": lambda client: client.chat("thinker", HELLO, think=True),
    "chat, thinking, streamed": lambda client: client.chat("thinker", HELLO, think="high", stream=True),
    "chat, tools": lambda client: client.chat("phi4-mini", HELLO, tools=[WEATHER]),
    "chat, tools, streamed": lambda client: client.chat("phi4-mini", HELLO, tools=[WEATHER], stream=True),
    "chat, images": lambda client: client.chat("seer", [{"role": "user", "content": "?", "images": [b"\x89PNG"]}]),
    "chat, schema": lambda client: client.chat("phi3.5", HELLO, format={"properties": {"a": {"type": "string"}}}),
    "generate": lambda client: client.generate("phi3.5", "hello"),
    "generate, streamed": lambda client: client.generate("phi3.5", "hello", stream=True),
    "generate, raw": lambda client: client.generate("phi3.5", "hello", raw=True),
    "generate, keep_alive": lambda client: client.generate("phi3.5", "hello", keep_alive="10m"),
    "embed": lambda client: client.embed("minilm", ["a cat", "sat"]),
    "embed, dimensions": lambda client: client.embed("minilm", "a cat sat", dimensions=3),
    "embeddings": lambda client: client.embeddings("minilm", "a cat"),
    "pull": lambda client: client.pull("phi4"),
    "pull, streamed": lambda client: client.pull("phi4", stream=True),
    "copy": lambda client: client.copy("phi3.5", "mine"),
    "delete": lambda client: client.delete("spare"),
    "unknown model": lambda client: client.chat("nope", HELLO),
    "unknown model, streamed": lambda client: client.generate("nope", "hello", stream=True),
    "unknown model, shown": lambda client: client.show("nope"),
    "unknown model, pulled": lambda client: client.pull("nope", stream=True),
    "unknown model, deleted": lambda client: client.delete("nope"),
    "no tools": lambda client: client.chat("phi3.5", HELLO, tools=[WEATHER]),
    "no thinking": lambda client: client.chat("phi3.5", HELLO, think=True),
    "no embedding": lambda client: client.embed("phi3.5", "hello"),
    "wrong option": lambda client: client.chat("phi3.5", HELLO, options={"num_ctx": "many"}),
}


MODELS = [
    FakeModel("phi3.5"),
    FakeModel("spare"),
    FakeModel("thinker", thinks="Well, well.", capabilities=["completion", "thinking"]),
    FakeModel(
        "phi4-mini",
        template=PHI4_MINI,
        capabilities=["completion", "tools"],
        calls=[ToolCall("weather", {"city": "Zürich"}), ToolCall("weather", {"city": "<Bern>"})],
    ),
    FakeModel("seer", capabilities=["completion", "vision"]),
    FakeModel("minilm", capabilities=["embedding"]),
]
LIBRARY = [FakeModel("phi4", says="A larger one.")]


@pytest.fixture(name="server")
def started() -> Iterator[OllamaServer]:
    with OllamaServer(MODELS, library=LIBRARY) as server:
        yield server


def outcome(call: Call, client: ollama.Client) -> str:
    """What it returned, or every part of it, or the error; without times."""
    try:
        found = call(client)
        return told(list(found) if inspect.isgenerator(found) else [found])
    except ollama.ResponseError as exc:
        return f"{exc.status_code} {exc.error}"


async def async_outcome(call: Call, client: ollama.AsyncClient) -> str:
    try:
        found = await call(client)
        return told([part async for part in found] if isinstance(found, AsyncIterator) else [found])
    except ollama.ResponseError as exc:
        return f"{exc.status_code} {exc.error}"


def told(parts: list[Any]) -> str:
    return re.sub(TIMES, "…", str([part.model_dump(exclude_none=True) for part in parts]))


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_both_clients_are_told_the_same(server: OllamaServer, call: Call):
    with OllamaServer(MODELS, library=LIBRARY) as other:
        assert outcome(call, ollama.Client(server.url)) == await async_outcome(call, ollama.AsyncClient(other.url))


def test_the_models_that_are_here_are_listed_newest_first(server: OllamaServer):
    listed = ollama.Client(server.url).list().models
    assert [model.model for model in listed][-2:] == ["spare:latest", "phi3.5:latest"]
    assert listed[-1].details is not None
    assert (listed[-1].size, listed[-1].details.parameter_size) == (2_176_178_913, "3.8B")


def test_what_a_model_is_can_be_seen(server: OllamaServer):
    shown = ollama.Client(server.url).show("phi4-mini")
    assert shown.capabilities == ["completion", "tools"]
    assert shown.modelinfo is not None
    assert shown.modelinfo["phi3.context_length"] == 4096
    assert '"<|end|>"' in (shown.parameters or "")


def test_an_answer_is_counted_in_words(server: OllamaServer):
    answer = ollama.Client(server.url).chat("phi3.5", HELLO)
    assert answer.message.content == "The answer is forty-two."
    # <s>, <|user|>, a newline, hello, <|end|>, a newline, <|assistant|>, a newline
    assert answer.prompt_eval_count == 8
    # The, answer, is, forty, -, two, a point, and the end
    assert answer.eval_count == 8
    assert (answer.done, answer.done_reason) == (True, "stop")


def test_a_streamed_answer_is_the_same_in_pieces(server: OllamaServer):
    parts = list(ollama.Client(server.url).chat("phi3.5", HELLO, stream=True))
    assert [part.message.content for part in parts] == ["The", " answer", " is", " forty", "-", "two", ".", ""]
    assert [part.done for part in parts] == [False] * 7 + [True]


def test_thoughts_come_before_the_answer_and_apart_from_it(server: OllamaServer):
    client = ollama.Client(server.url)
    answer = client.chat("thinker", HELLO, think=True)
    assert (answer.message.thinking, answer.message.content) == ("Well, well.", "The answer is forty-two.")
    assert client.chat("thinker", HELLO).message.thinking == "Well, well."
    assert client.chat("thinker", HELLO, think=False).message.thinking is None


def test_tools_are_called_until_one_has_answered(server: OllamaServer):
    client = ollama.Client(server.url)
    message = client.chat("phi4-mini", HELLO, tools=[WEATHER]).message
    assert message.content == ""
    assert [call.function.arguments for call in message.tool_calls or ()] == [{"city": "Zürich"}, {"city": "<Bern>"}]
    history = [*HELLO, message, {"role": "tool", "tool_name": "weather", "content": "Rain."}]
    assert client.chat("phi4-mini", history, tools=[WEATHER]).message.content == "The answer is forty-two."
    assert "<|tool_call|>" in server.prompts[-1].text
    assert "<|tool|>Rain." in server.prompts[-1].text


def test_a_schema_is_filled_with_what_the_model_says(server: OllamaServer):
    schema = {
        "type": "object",
        "$defs": {"Unit": {"enum": ["cm", "m"]}},
        "properties": {
            "text": {"type": "string", "maxLength": 10},
            "numbers": {"type": "array", "items": {"type": "integer", "minimum": 2}, "minItems": 2},
            "unit": {"$ref": "#/$defs/Unit"},
            "sure": {"type": "boolean"},
            "perhaps": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        },
    }
    answer = ollama.Client(server.url).chat("phi3.5", HELLO, format=schema).message.content
    assert answer == '{"text": "The answer", "numbers": [2, 2], "unit": "cm", "sure": true, "perhaps": null}'
    assert (
        ollama.Client(server.url).chat("phi3.5", HELLO, format="json").message.content
        == '{"answer": "The answer is forty-two."}'
    )


def test_vectors_have_length_one_whatever_their_dimensions(server: OllamaServer):
    found = ollama.Client(server.url).embed("minilm", ["a cat sat", "a"], dimensions=3)
    assert found.embeddings == [[pytest.approx(0.4472136), 0, pytest.approx(0.8944272)], [1, 0, 0]]
    assert found.prompt_eval_count == 5 + 3


def test_a_model_is_pulled_layer_by_layer_and_then_there(server: OllamaServer):
    client = ollama.Client(server.url)
    parts = list(client.pull("phi4", stream=True))
    assert [part.status for part in parts if part.digest is None] == [
        "pulling manifest",
        "verifying sha256 digest",
        "writing manifest",
        "success",
    ]
    weights = [part for part in parts if part.digest == parts[1].digest]
    assert [part.completed for part in weights][:2] == [None, weights[-1].total // 5]  # type: ignore[operator]
    assert weights[-1].completed == weights[-1].total
    assert client.chat("phi4", HELLO).message.content == "A larger one."
    again = list(client.pull("phi4", stream=True))
    assert [part.completed for part in again if part.digest] == [part.total for part in again if part.digest]


def test_copies_and_deletions_are_seen(server: OllamaServer):
    client = ollama.Client(server.url)
    client.copy("phi3.5", "someone/mine:v2")
    assert client.list().models[0].model == "someone/mine:v2"
    client.delete("someone/mine:v2")
    with pytest.raises(ollama.ResponseError, match="model 'someone/mine:v2' not found"):
        client.chat("someone/mine:v2", HELLO)


def test_a_context_that_was_given_back_is_read_again(server: OllamaServer):
    client = ollama.Client(server.url)
    first = client.generate("phi3.5", "hello")
    client.generate("phi3.5", "again", context=first.context)
    assert server.prompts[-1].text == (
        "<|user|>\nhello<|end|>\n<|assistant|>\nThe answer is forty-two.<|user|>\nagain<|end|>\n<|assistant|>\n"
    )
