"""Thirteen defects that were found in langchain-ollama 1.1.0, each by its number; none of them is here.

`../shared/reference/langchain-and-chroma.md` has the list; what is tested at length elsewhere is touched only.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from phi_assistant import ChatPhiOllama, open_embedder
from phi_assistant.errors import ConfigError, ModelUnavailable
from phi_assistant.fakes.ollama import BUSY, FakeModel, NoDone, OllamaServer, Stall, ToolCall
from phi_assistant.models.errors import ModelDied, ModelTimedOut

MODELS = [
    FakeModel("phi3.5", says="The answer is forty-two."),
    FakeModel("phi4-mini", says="No.", capabilities=["completion", "tools"]),
    FakeModel("llava", says="A cat.", capabilities=["completion", "vision"]),
    FakeModel("nomic-embed-text", capabilities=["embedding"]),
]


@pytest.fixture
def server():
    with OllamaServer(MODELS) as server:
        yield server


def chat(server, model="phi3.5", **options):
    return ChatPhiOllama(model=model, base_url=server.url, **options)


def chats(server):
    """What was sent to /api/chat."""
    return [each.json for each in server.requests if each.path == "/api/chat"]


def test_1_a_cache_does_not_give_the_answer_of_another_model(server):
    cache = InMemoryCache()
    assert chat(server, cache=cache).invoke("Hello").content == "The answer is forty-two."
    assert chat(server, "phi4-mini", cache=cache).invoke("Hello").content == "No."
    with OllamaServer([FakeModel("phi3.5", says="Elsewhere.")]) as other:
        assert chat(other, cache=cache).invoke("Hello").content == "Elsewhere."


def test_2_a_stream_that_ends_without_done_is_no_success(server):
    server.fail(NoDone())
    with pytest.raises(ModelDied, match="without its last line") as told:
        chat(server).invoke("Hello")
    assert told.value.text == "The answer is forty-two."


def test_3_sampling_may_be_given_with_a_call(server):
    chat(server).invoke("Hello", temperature=0.5, top_k=3, seed=7, max_tokens=9)
    options = chats(server)[0]["options"]
    assert options.items() >= {"temperature": 0.5, "top_k": 3, "seed": 7, "num_predict": 9}.items()


def test_4_there_is_a_timeout_and_what_may_pass_is_tried_again(server):
    assert chat(server).timeout
    server.fail(Stall())
    with pytest.raises(ModelTimedOut):
        chat(server).invoke("Hello", timeout=0.2)
    server.fail(BUSY, BUSY)
    assert chat(server).invoke("Hello").content == "The answer is forty-two."


def test_5_one_instance_serves_one_event_loop_after_the_other(server):
    speaker = chat(server)
    for _ in range(2):
        assert asyncio.run(speaker.ainvoke("Hello")).content == "The answer is forty-two."


def test_6_an_address_without_a_port_is_that_of_its_host():
    assert ChatPhiOllama(model="phi3.5", base_url="myserver").address.url == "http://myserver:11434"
    with pytest.raises(ConfigError, match="no address"):
        ChatPhiOllama(model="phi3.5", base_url="my server").invoke("Hello")


def test_7_what_was_given_is_not_changed(server):
    headers = {"X-Team": "tutors"}
    url = server.url.replace("http://", "http://me:secret@")
    speaker = ChatPhiOllama(model="phi3.5", base_url=url, headers=headers)
    messages = [HumanMessage("Hello")]
    speaker.with_structured_output({"title": "a", "type": "object", "properties": {}}).invoke(messages)
    assert headers == {"X-Team": "tutors"}
    assert messages == [HumanMessage("Hello")]
    assert server.requests[-1].headers["authorization"] == "Basic bWU6c2VjcmV0"


def test_8_neither_a_path_nor_an_address_is_followed(server, tmp_path):
    (tmp_path / "secret.png").write_text("secret")
    for place in (tmp_path / "secret.png", "http://127.0.0.1:1/cat.png", "file:///etc/passwd"):
        for block in (
            {"type": "image_url", "image_url": str(place)},
            {"type": "image_url", "image_url": {"url": str(place)}},
            {"type": "image", "url": str(place)},
            {"type": "image", "base64": str(place), "mime_type": "image/png"},
        ):
            with pytest.raises(ConfigError, match=r"not followed|damaged"):
                chat(server, "llava").invoke([HumanMessage([block])])
    assert not chats(server)


def test_9_a_tool_that_must_be_called_is_and_its_result_is_sent_with_its_name(server):
    def look_up(word: str) -> str:
        """Looks up."""
        return word

    for model in ("phi3.5", "phi4-mini"):
        (call,) = chat(server, model).bind_tools([look_up], tool_choice="look_up").invoke("Hello").tool_calls
        assert call["name"] == "look_up"
    called = AIMessage("", tool_calls=[{"name": "look_up", "args": {"word": "grinder"}, "id": "call_1"}])
    chat(server).invoke([HumanMessage("Hello"), called, ToolMessage("It grinds.", tool_call_id="call_1")])
    assistant, tool = chats(server)[-1]["messages"][1:]
    assert assistant["tool_calls"] == [
        {"id": "call_1", "function": {"name": "look_up", "arguments": {"word": "grinder"}}}
    ]
    assert tool == {"role": "tool", "content": "It grinds.", "tool_name": "look_up", "tool_call_id": "call_1"}


def test_10_tracing_is_told_the_model_of_the_call(server):
    assert chat(server)._get_ls_params(model="phi4-mini")["ls_model_name"] == "phi4-mini"


def test_11_stop_may_be_given_twice_and_lists_of_text_are_their_text(server):
    speaker = chat(server, stop=["answer"])
    assert speaker.invoke("Hello", stop=["forty"]).content == "The answer is "
    speaker.invoke([HumanMessage([{"type": "text", "text": "Hello"}, " you"])])
    assert chats(server)[-1]["messages"] == [{"role": "user", "content": "Hello you"}]
    assert speaker.profile["max_input_tokens"]
    assert speaker.get_num_tokens("Hello, how are you?") > 5
    assert speaker.get_num_tokens_from_messages([HumanMessage("Hello, how are you?")]) > 5
    with pytest.raises(ConfigError, match="estimate"):
        speaker.get_token_ids("Hello")


def test_11_constructing_costs_next_to_nothing_and_loads_no_client():
    code = (
        "import sys; from phi_assistant import ChatPhiOllama; ChatPhiOllama(model='phi3.5');"
        "import json; print(json.dumps([name for name in ('transformers', 'torch') if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_12_a_name_that_only_begins_like_a_model_is_none(server):
    with pytest.raises(ModelUnavailable, match=r"'phi3'.*phi3\.5:latest.*ollama pull phi3"):
        chat(server, "phi3").invoke("Hello")
    with pytest.raises(ModelUnavailable, match=r"'phi3\.5:14b'"):
        chat(server, "phi3.5:14b").invoke("Hello")


def test_13_embeddings_come_in_batches_with_prefixes_and_are_not_cut(server, tmp_path):
    embedder = open_embedder("ollama:nomic-embed-text", models=tmp_path, ollama=server.url)
    assert len(embedder.embed_documents(["text"] * 500)) == 500
    embedder.embed_query("text")
    sent = [each.json for each in server.requests if each.path == "/api/embed"]
    assert max(len(each["input"]) for each in sent) <= 100
    assert (sent[0]["input"][0], sent[-1]["input"]) == ("search_document: text", ["search_query: text"])
    assert all(each["truncate"] is False for each in sent)


@pytest.mark.parametrize("keep_alive", ["10m", 60, -1, 0])
def test_13_keep_alive_may_be_a_number_or_a_text(server, keep_alive):
    assert chat(server, keep_alive=keep_alive).invoke("Hello").content == "The answer is forty-two."
    assert chats(server)[-1]["keep_alive"] == keep_alive


def test_a_call_of_a_tool_in_its_own_field_is_read(server):
    calls = [ToolCall("look_up", {"word": "a"}), ToolCall("look_up", {"word": "b"})]
    with OllamaServer([FakeModel("phi4-mini", calls=calls, capabilities=["completion", "tools"])]) as other:

        def look_up(word: str) -> str:
            """Looks up."""
            return word

        answer = chat(other, "phi4-mini").bind_tools([look_up]).invoke("Hello")
        assert [each["args"]["word"] for each in answer.tool_calls] == ["a", "b"]
        assert len({each["id"] for each in answer.tool_calls}) == 2
        assert answer.response_metadata["finish_reason"] == "tool_calls"
