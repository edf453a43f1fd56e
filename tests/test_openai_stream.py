"""What comes from a server that speaks OpenAI's API, piece by piece: ended at once by who leaves, asked for once, and
read as this package reads every answer."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from langchain_core.messages import HumanMessage
from pydantic import BaseModel
from raw_ollama import wait_until

from phi_assistant.fakes.ollama import Endless, FakeModel, Fault, OllamaServer, Stall
from phi_assistant.models.errors import ModelDied, ModelFailed, ModelTimedOut
from phi_assistant.models.openai.chat import ChatOpenAICompatible

PATH = "/v1/chat/completions"
MODELS = (FakeModel("phi4-mini", says="Forty-two."), FakeModel("endless", says=Endless(" tick"), token_s=0.01))


class Events(Fault):
    """These events instead of an answer; after a None nothing comes but signs of life."""

    def __init__(self, *events):
        self._events = events

    async def spoil(self, app, scope, receive, send, connection):
        kind = (b"content-type", b"text/event-stream")
        await send({"type": "http.response.start", "status": 200, "headers": [kind]})
        for event in self._events:
            while event is None:
                await send({"type": "http.response.body", "body": b": here\n\n", "more_body": True})
                await asyncio.sleep(0.05)
            data = event if isinstance(event, bytes) else json.dumps(event).encode()
            await send({"type": "http.response.body", "body": b"data: " + data + b"\n\n", "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def event(end=None, **delta):
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": end}
    return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "phi4-mini", "choices": [choice]}


END = (event("stop"), b"[DONE]")


@pytest.fixture(scope="module")
def running():
    with OllamaServer(MODELS, parallel=4) as running:
        yield running


@pytest.fixture
def server(running):
    running.wait_until_idle()
    running.requests.clear()
    return running


def chat(server, model="phi4-mini", **given):
    return ChatOpenAICompatible(model=model, base_url=f"{server.url}/v1", max_tokens=100_000, **given)


def both(chat):
    """`invoke` from a thread, and in an event loop."""
    return [lambda: chat.invoke("Hello"), lambda: asyncio.run(chat.ainvoke("Hello"))]


def test_who_leaves_ends_the_answer_at_once(server):
    before, pieces = server.cancelled, chat(server, "endless").stream("Hello")
    next(pieces)
    pieces.close()
    assert wait_until(lambda: server.cancelled == before + 1 and not server.connections)


def test_who_leaves_in_an_event_loop_ends_the_answer_before_it_goes_on(server):
    before = server.cancelled

    async def leave():
        pieces = chat(server, "endless")._astream([HumanMessage("Hello")])
        await anext(pieces)
        await pieces.aclose()
        assert wait_until(lambda: server.cancelled == before + 1)  # nothing else runs in this loop meanwhile

    asyncio.run(leave())


def test_a_task_that_is_cancelled_ends_its_answer(server):
    before = server.cancelled

    async def cancel():
        task = asyncio.create_task(chat(server, "endless").ainvoke("Hello"))
        while not server.active:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert wait_until(lambda: server.cancelled == before + 1)


@pytest.mark.parametrize("fault", [Stall(), Stall(lines=2), Events(event(content="Forty"), None)])
def test_who_has_waited_for_too_long_does_not_have_it_done_again(server, fault):
    for ask in both(chat(server, timeout=0.3, stream_chunk_timeout=0.3))[isinstance(fault, Events) :]:
        server.requests.clear()
        server.fail(fault, path=PATH)
        with pytest.raises(ModelTimedOut, match="nothing more for too long"):
            ask()
        time.sleep(0.5)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"error": {"message": "the engine died", "code": 500}}, "the engine died"),
        (b"{half", "property name"),
        (b"\xff", "utf-8"),
    ],
)
def test_what_cannot_be_read_is_an_error(server, event, said):
    for ask in both(chat(server, max_retries=0)):
        server.fail(Events({"choices": [{"index": 0, "delta": {"content": "Forty"}}]}, event), path=PATH)
        with pytest.raises(ModelDied, match=f"broke off .*{said}") as told:
            ask()
        assert told.value.text == "Forty"
        server.fail(Events(event), path=PATH)
        with pytest.raises(ModelFailed, match=said):
            ask()


def test_thoughts_that_have_come_are_not_asked_for_again(server):
    for ask in both(chat(server)):
        server.requests.clear()
        server.fail(Events(event(reasoning_content="Six times")), path=PATH)
        with pytest.raises(ModelDied, match="broke off"):
            ask()
        assert len(server.requests) == 1


def test_what_was_held_back_is_told_to_callbacks_as_well(server):
    class Heard:
        text = ""

        def on_llm_new_token(self, token, **given):
            self.text += token

    heard = Heard()
    server.fail(Events(event(content="Less is <th"), *END), path=PATH)
    server.fail(Events(event(content="<th"), *END), path=PATH)
    for whole in ("Less is <th", "<th"):
        heard.text = ""
        pieces = chat(server)._stream([HumanMessage("Hello")], run_manager=heard)
        assert "".join(piece.text for piece in pieces) == heard.text == whole


def test_probabilities_are_those_of_the_server(server):
    some = {"content": [{"token": "Forty", "logprob": -0.1, "bytes": None, "top_logprobs": []}]}
    first = event(content="Forty")
    first["choices"][0]["logprobs"] = some
    server.fail(Events(first, *END), path=PATH)
    answer = chat(server, logprobs=True, top_logprobs=2).invoke("Hello")
    assert [each["token"] for each in answer.response_metadata["logprobs"]["content"]] == ["Forty"]
    assert server.requests[-1].json.items() >= {"logprobs": True, "top_logprobs": 2}.items()


class City(BaseModel):
    """A city."""

    name: str


def test_a_form_is_asked_for_and_thoughts_are_no_part_of_it(server):
    server.fail(Events(event(content='<think>Caesar.</think>{"name": "Rome"}'), *END), path=PATH)
    assert chat(server).with_structured_output(City).invoke("Which?") == City(name="Rome")
    asked = server.requests[-1].json["response_format"]
    assert (asked["type"], asked["json_schema"]["schema"]["required"]) == ("json_schema", ["name"])


def test_an_answer_that_has_not_the_form_is_told(server):
    server.fail(Events(event(content="Rome, of course."), *END), path=PATH)
    answer = chat(server).with_structured_output(City, include_raw=True).invoke("Which?")
    assert (answer["raw"].content, answer["parsed"]) == ("Rome, of course.", None)
    assert "Rome, of course." in str(answer["parsing_error"])


def test_an_answer_ends_before_what_is_to_stop_it(server):
    assert chat(server).invoke("Hello", stop=["-two"]).content == "Forty"
    assert server.requests[-1].json["stop"] == ["-two"]


def test_a_picture_is_sent_as_every_one_of_them_takes_it(server):
    chat(server).invoke([HumanMessage([{"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}])])
    [part] = server.requests[-1].json["messages"][0]["content"]
    assert part == {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


def test_half_a_character_does_not_keep_a_question_from_being_asked(server):
    assert chat(server).invoke([HumanMessage("A file ends in \ud83d")]).content == "Forty-two."
    assert server.requests[-1].json["messages"][0]["content"] == "A file ends in ?"
