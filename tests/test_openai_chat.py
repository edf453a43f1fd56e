"""A chat model of a server that speaks OpenAI's API: it answers, loses no word silently, and says what went wrong."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from phi_assistant import Settings
from phi_assistant.errors import ConfigError, ModelUnavailable
from phi_assistant.fakes.ollama import BUSY, Cut, ErrorLine, FakeModel, NoDone, OllamaServer, Reset, Status
from phi_assistant.models.errors import ModelAway, ModelBusy, ModelDied, ModelFailed, PromptTooLong
from phi_assistant.models.openai.chat import ChatOpenAICompatible
from phi_assistant.models.specs import chat_model

PATH = "/v1/chat/completions"
MODELS = (
    FakeModel("phi4-mini", says="The answer is forty-two."),
    FakeModel("tagged", says="<think>Six times seven.</think>\n\nForty-two."),
    FakeModel("thinks", thinks="Six times seven.", says="Forty-two.", capabilities=("completion", "thinking")),
    FakeModel("breaks-off", says="<think>Six times"),
)
VLLM = (
    '{"error": {"message": "This model\'s maximum context length is 4096 tokens. However, you requested 5000 tokens '
    '(4488 in the messages, 512 in the completion).", "type": "BadRequestError", "code": 400}}'
)
LLAMA = (
    '{"error": {"code": 400, "message": "the request exceeds the available context size, try increasing it", '
    '"type": "exceed_context_size_error", "n_prompt_tokens": 5000, "n_ctx": 4096}}'
)


@pytest.fixture(scope="module")
def running():
    with OllamaServer(MODELS) as running:
        yield running


@pytest.fixture
def server(running):
    running.requests.clear()
    return running


def chat(server, model="phi4-mini", **settings):
    return chat_model(f"openai:{model}", Settings.load(openai=server.url, **settings))


def impatient(server):
    """One that tries nothing again."""
    return ChatOpenAICompatible(model="phi4-mini", base_url=f"{server.url}/v1", api_key="none", max_retries=0)


def test_it_answers_whole_and_piece_by_piece(server):
    whole = chat(server).invoke("What is the answer?")
    assert whole.content == "The answer is forty-two."
    pieces = list(chat(server).stream("What is the answer?"))
    assert len([piece for piece in pieces if piece.content]) > 1
    assert "".join(piece.content for piece in pieces) == whole.content
    assert pieces[-1].response_metadata or any(piece.response_metadata for piece in pieces)
    assert whole.usage_metadata["output_tokens"] > 1


def test_one_instance_serves_one_event_loop_after_the_other(server):
    speaker = chat(server)

    async def ask():
        return [piece.content async for piece in speaker.astream("What is the answer?")]

    for _ in range(2):
        assert "".join(asyncio.run(ask())) == "The answer is forty-two."
        assert asyncio.run(speaker.ainvoke("Hello")).content == "The answer is forty-two."


def test_the_server_is_asked_as_every_one_of_them_understands(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "for somebody else")
    chat(server).invoke([HumanMessage("Hello")])
    sent = server.requests[-1]
    assert sent.path == PATH
    assert sent.json.items() >= {"model": "phi4-mini", "temperature": 0.0, "max_tokens": 512, "stream": True}.items()
    assert sent.headers["authorization"] == "Bearer none"


def test_the_key_is_that_of_the_settings(server, tmp_path):
    (tmp_path / "key").write_text("correct horse\n")
    chat(server, openai_key_file=tmp_path / "key").invoke("Hello")
    assert server.requests[-1].headers["authorization"] == "Bearer correct horse"
    chat(server, openai_key="battery").invoke("Hello")
    assert server.requests[-1].headers["authorization"] == "Bearer battery"


@pytest.mark.parametrize("model", ["tagged", "thinks"])
def test_what_a_model_thinks_is_told_from_what_it_says(server, model):
    answer = chat(server, model).invoke("What is the answer?")
    assert answer.content == "Forty-two."
    assert answer.additional_kwargs["reasoning_content"] == "Six times seven."


def test_thoughts_that_never_end_are_no_answer(server):
    answer = chat(server, "breaks-off").invoke("What is the answer?")
    assert (answer.content, answer.additional_kwargs["reasoning_content"]) == ("", "Six times")


def test_tokens_are_estimated_without_a_tokenizer(server):
    assert chat(server).get_num_tokens("Forty-two.") == 4
    assert chat(server).get_num_tokens_from_messages([HumanMessage("Forty-two.")]) == 12
    assert not server.requests


def test_an_answer_has_the_form_that_is_asked_for():
    class Colour(BaseModel):
        """A colour."""

        name: str

    with OllamaServer([FakeModel("phi4-mini", says='{"name": "red"}')]) as server:
        assert chat(server).with_structured_output(Colour).invoke("Which?") == Colour(name="red")


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (Reset(), ModelAway, "No server answers at .*PHI_ASSISTANT_OPENAI"),
        (BUSY, ModelBusy, "is busy .*server busy"),
        (Status(429, "slow down"), ModelBusy, "is busy .*slow down"),
        (Status(401, "no key"), ConfigError, "PHI_ASSISTANT_OPENAI_KEY_FILE"),
        (Status(400, "no such option"), ConfigError, "cannot do what was asked: .*no such option"),
        (Status(500, "out of luck"), ModelFailed, "out of luck"),
        (Status(307, ""), ModelFailed, "status 307"),
    ],
)
def test_what_goes_wrong_before_the_first_word_says_what_repairs_it(server, fault, error, said):
    server.fail(fault, path=PATH)
    with pytest.raises(error, match=said):
        impatient(server).invoke("Hello")
    server.fail(fault, path=PATH)
    with pytest.raises(error, match=said):
        asyncio.run(impatient(server).ainvoke("Hello"))


@pytest.mark.parametrize("fault", [Cut(900), NoDone(lines=2), ErrorLine(lines=2)])
def test_an_answer_without_its_end_is_an_error_that_has_what_came(server, fault):
    server.fail(fault, path=PATH)
    with pytest.raises(ModelDied, match="broke off") as told:
        list(chat(server).stream("Hello"))
    assert told.value.text
    assert "The answer is forty-two.".startswith(told.value.text)


@pytest.mark.parametrize("body", [VLLM, LLAMA])
def test_a_prompt_that_is_too_long_is_told_with_its_length(server, body):
    server.fail(Status(400, body), path=PATH)
    with pytest.raises(PromptTooLong, match="PHI_ASSISTANT_CONTEXT_TOKENS") as told:
        chat(server).invoke("Hello")
    assert (told.value.tokens, told.value.limit) == (5000, 4096)


def test_a_model_that_is_not_there(server):
    with pytest.raises(ModelUnavailable, match=r"has no model 'gpt-4'"):
        chat(server, "gpt-4").invoke("Hello")


def test_a_server_that_is_not_there(server):
    with server.down(), pytest.raises(ModelAway, match="refused"):
        impatient(server).invoke("Hello")


def test_what_may_pass_is_tried_again(server):
    server.fail(Status(503, "loading"), path=PATH)
    assert chat(server).invoke("Hello").content


def test_without_its_package_it_says_how_to_get_it():
    code = "import sys; sys.modules['langchain_openai'] = None; import phi_assistant.models.openai.chat"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert 'pip install "phi-assistant[openai]"' in done.stderr
    assert "PHI_EXTRAS=openai" in done.stderr
