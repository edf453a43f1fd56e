"""What is sent: the prompt whole or not at all, and nothing that this model cannot do."""

from __future__ import annotations

import base64
import json
from functools import reduce
from operator import add

import pytest
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage, ChatMessage, HumanMessage, RemoveMessage, SystemMessage, ToolMessage
from raw_ollama import HEAD, RawOllama, chunked, line

from phi_assistant import ChatPhiOllama
from phi_assistant.errors import ConfigError
from phi_assistant.fakes.ollama import PHI4_MINI, FakeModel, OllamaServer, ToolCall, Turn
from phi_assistant.models.errors import ModelDied, PromptTooLong
from phi_assistant.models.ollama.facts import Facts

PNG = base64.b64encode(b"\x89PNG no real picture").decode()
CALL = '{"name": "look_up", "arguments": {"word": "grinder"}}'
TOOLS = ["completion", "tools"]


def look_up(word: str) -> str:
    """Looks a word up."""
    return word


def serve(*models, **more):
    return OllamaServer(models or [FakeModel("phi3.5")], **more)


def chat(server, model="phi3.5", **options):
    return ChatPhiOllama(model=model, base_url=server.url, **options)


def chats(server):
    """What was sent to /api/chat."""
    return [each.json for each in server.requests if each.path == "/api/chat"]


def whole(answer):
    """The thoughts and the words."""
    return answer.additional_kwargs.get("reasoning_content", ""), answer.content


# The prompt


def test_the_server_is_told_to_cut_nothing_and_every_answer_has_an_end():
    with serve() as server:
        chat(server, max_tokens=100_000).invoke("Hello")
        (sent,) = chats(server)
        assert (sent["truncate"], sent["shift"]) == (False, False)
        assert sent["options"]["num_predict"] == sent["options"]["num_ctx"] == 4096


def test_the_context_is_chosen_once_and_the_model_loaded_once():
    with serve(FakeModel("phi3.5", context=131_072)) as server:
        for speaker in (chat(server), chat(server, max_tokens=20), chat(server).bind(temperature=0.5, stop=["x"])):
            speaker.invoke("Hello")
            speaker.invoke("word " * 4000)
        assert len(server.loads) == 1
        assert len({each["options"]["num_ctx"] for each in chats(server)}) == 1
        assert [each.path for each in server.requests].count("/api/show") == 1


def test_a_context_that_is_loaded_already_is_kept():
    with serve(FakeModel("phi3.5", context=131_072)) as server:
        ChatPhiOllama(model="phi3.5", base_url=server.url, context_length=6000).invoke("Hello")
        other = ChatPhiOllama(model="phi3.5", base_url=server.url, headers={"x-other": "a program of its own"})
        assert other.invoke("Hello").content
        assert [each.context for each in server.loads] == [6000]


@pytest.mark.parametrize(
    ("wanted", "trained", "set_", "loaded", "chosen"),
    [
        (None, 131_072, None, None, 8192),  # what retrieval and a conversation take
        (None, 4096, None, None, 4096),  # never more than it was trained for
        (100_000, 131_072, None, None, 100_000),
        (100_000, 4096, None, None, 4096),
        (None, 131_072, 16_384, None, 16_384),  # what its Modelfile says
        (3000, 131_072, 16_384, None, 3000),
        (None, 131_072, None, 4096, 4096),  # another one would load it anew
        (None, 131_072, None, 512, 8192),  # which is too little to work with
        (None, 0, None, None, 8192),  # a server that does not say
    ],
)
def test_the_context_that_is_chosen(wanted, trained, set_, loaded, chosen):
    facts = Facts(frozenset({"completion"}), trained, (), set_, 0)
    assert facts.context(wanted, loaded=loaded, is_here=False) == chosen


def test_on_this_machine_the_context_fits_into_the_memory_there_is():
    facts = Facts(frozenset({"completion"}), 131_072, (), None, token_bytes=10**9)
    assert facts.context(None, loaded=None, is_here=True) == 2048
    assert facts.context(None, loaded=None, is_here=False) == 8192


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("one two three. " * 1200, 2050),  # from the middle, to half of the context
        ("word " * 5000, 2050),
        ("eins zwei drei vier " * 2000, 4096),  # from the end, to the whole context
    ],
)
def test_a_server_that_cuts_all_the_same_is_noticed(text, read):
    """Versions from before `truncate` did, and tell it in one number only."""
    end = line(done=True, done_reason="stop", prompt_eval_count=read, eval_count=2)
    with RawOllama([HEAD + chunked(line("Yes."), end)]) as raw:
        with pytest.raises(ContextOverflowError) as told:
            ChatPhiOllama(model="phi3.5", base_url=raw.url).invoke([SystemMessage("Be exact."), HumanMessage(text)])
        assert isinstance(told.value, PromptTooLong)
        assert told.value.text == "Yes."


@pytest.mark.parametrize("text", ["=" * 60_000, "word " * 2500, "   \n" * 9000])
def test_a_prompt_of_few_tokens_is_no_cut_one(text):
    end = line(done=True, done_reason="stop", prompt_eval_count=2050, eval_count=2)
    with RawOllama([HEAD + chunked(line("Yes."), end)]) as raw:
        assert ChatPhiOllama(model="phi3.5", base_url=raw.url).invoke(text).content == "Yes."


def test_a_dropped_beginning_is_noticed():
    read = line(done=True, done_reason="stop", prompt_eval_count=12, eval_count=2)
    with RawOllama([HEAD + chunked(line("Yes."), read)]) as raw, pytest.raises(PromptTooLong):
        ChatPhiOllama(model="phi3.5", base_url=raw.url).invoke(
            [SystemMessage("Know: " + "fact, " * 500), ("human", "?")]
        )


def test_stop_strings_of_a_call_do_not_switch_off_those_of_the_model():
    with serve(FakeModel("phi3.5", says=["Yes", ".", "<|end|>", "\n", "<|user|>", "And"])) as server:
        assert chat(server).invoke("Hello", stop=["never"]).content == "Yes."
        assert {"never", "<|end|>", "<|user|>"} <= set(chats(server)[0]["options"]["stop"])
        chat(server).invoke("Hello")
        assert "stop" not in chats(server)[1]["options"]


def test_every_kind_of_message_has_its_role():
    with serve() as server:
        chat(server).invoke([SystemMessage("a"), HumanMessage("b"), AIMessage("c"), ChatMessage("d", role="critic")])
        assert [each["role"] for each in chats(server)[0]["messages"]] == ["system", "user", "assistant", "critic"]
        with pytest.raises(ConfigError, match="RemoveMessage"):
            chat(server).invoke([RemoveMessage(id="1")])


# What a model can do


def test_tools_for_a_model_without_them_are_refused_before_anything_is_sent():
    with serve() as server:
        with pytest.raises(ConfigError, match=r"no tools.*tool_choice"):
            chat(server).bind_tools([look_up]).invoke("Hello")
        with pytest.raises(ConfigError, match="no thinking"):
            chat(server, think=True).invoke("Hello")
        with pytest.raises(ConfigError, match="no vision"):
            chat(server).invoke([HumanMessage([{"type": "image", "base64": PNG, "mime_type": "image/png"}])])
        assert not chats(server)
        assert chat(server, think=False).invoke("Hello").content


def test_a_model_that_only_embeds_writes_no_answers():
    with (
        serve(FakeModel("nomic-embed-text", capabilities=["embedding"])) as server,
        pytest.raises(ConfigError, match="writes no answers"),
    ):
        chat(server, "nomic-embed-text").invoke("Hello")


def test_a_model_that_was_made_anew_is_looked_at_anew():
    with serve() as server:
        speaker = chat(server).bind_tools([look_up])
        with pytest.raises(ConfigError):
            speaker.invoke("Hello")
        server._machine.shelf.put(*_named(FakeModel("phi3.5", capabilities=TOOLS)))
        assert speaker.invoke("Hello").content


def _named(model):
    from phi_assistant.fakes.ollama.names import Name

    return Name.parse(model.name), model


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
        {"type": "image_url", "image_url": f"data:image/png;base64,{PNG}"},
        {"type": "image", "base64": PNG, "mime_type": "image/png"},
        {"type": "image", "source_type": "base64", "data": PNG, "mime_type": "image/png"},
    ],
)
def test_pictures_are_sent_beside_the_text(block):
    seen = []
    model = FakeModel(
        "llava", says=lambda asked: seen.append(asked.images) or "A cat.", capabilities=["completion", "vision"]
    )
    with serve(model) as server:
        assert chat(server, "llava").invoke([HumanMessage([{"type": "text", "text": "What?"}, block])]).content
        assert chats(server)[0]["messages"] == [{"role": "user", "content": "What?", "images": [PNG]}]
        assert seen == [1]


def test_bytes_are_a_picture_too():
    with serve(FakeModel("llava", capabilities=["completion", "vision"])) as server:
        block = {"type": "image", "data": base64.b64decode(PNG), "mime_type": "image/png", "source_type": "base64"}
        chat(server, "llava").invoke([HumanMessage([block])])
        assert chats(server)[0]["messages"][0]["images"] == [PNG]


# Thinking


@pytest.mark.parametrize("think", [True, "high"])
def test_thoughts_that_the_server_parts_are_kept_apart(think):
    model = FakeModel("qwen3", says="Four.", thinks="Two and two.", capabilities=["completion", "thinking"])
    with serve(model) as server:
        speaker = chat(server, "qwen3", think=think)
        for answer in (speaker.invoke("2+2?"), reduce(add, speaker.stream("2+2?"))):
            assert whole(answer) == ("Two and two.", "Four.")
            assert {"reasoning", "text"} == {block["type"] for block in answer.content_blocks}
        assert chats(server)[0]["think"] == think
        assert whole(chat(server, "qwen3", think=False).invoke("2+2?")) == ("", "Four.")


@pytest.mark.parametrize(
    ("said", "thoughts", "text"),
    [
        ("<think>\nTwo and two.\n</think>\n\nFour.", "\nTwo and two.\n", "Four."),
        ("\n<think>Hm</think>Four <b>", "Hm", "Four <b>"),
        ("<think>Endless", "Endless", ""),
        ("<thin air", "", "<thin air"),
        ("Four. <think> is a word", "", "Four. <think> is a word"),
        ("<", "", "<"),
        ("", "", ""),
    ],
)
def test_thoughts_that_a_model_writes_into_its_answer_are_parted_here(said, thoughts, text):
    for tokens in (list(said), [said]):
        with serve(FakeModel("phi4-reasoning", says=tokens)) as server:
            answers = [chat(server, "phi4-reasoning").invoke("2+2?")]
            answers.append(reduce(add, chat(server, "phi4-reasoning").stream("2+2?")))
            assert [whole(answer) for answer in answers] == [(thoughts, text)] * 2


def test_thoughts_go_back_to_a_model_that_thinks():
    with serve(FakeModel("qwen3", capabilities=["completion", "thinking"]), FakeModel("phi3.5")) as server:
        history = [HumanMessage("a"), AIMessage("b", additional_kwargs={"reasoning_content": "c"}), HumanMessage("d")]
        for model in ("qwen3", "phi3.5"):
            chat(server, model).invoke(history)
        assert [sent["messages"][1].get("thinking") for sent in chats(server)] == ["c", None]


# Tools


@pytest.mark.parametrize(
    "said",
    [
        CALL,
        f"[{CALL}]",
        f"\n {CALL}\n",
        f"<|tool_call|>[{CALL}]<|/tool_call|>",
        '{"name": "look_up", "parameters": {"word": "grinder"}}',
        '{"name": "look_up", "arguments": "{\\"word\\": \\"grinder\\"}"}',
    ],
)
@pytest.mark.parametrize("cut", [True, False])
def test_a_call_that_a_model_writes_into_its_text_is_read(said, cut):
    model = FakeModel("phi4-mini", says=list(said) if cut else [said], capabilities=TOOLS, template=PHI4_MINI)
    with serve(model) as server:
        bound = chat(server, "phi4-mini").bind_tools([look_up])
        for answer in (bound.invoke("Hello"), reduce(add, bound.stream("Hello"))):
            (call,) = answer.tool_calls
            assert (call["name"], call["args"]) == ("look_up", {"word": "grinder"})
            assert answer.content.strip() == ""
            assert answer.response_metadata["finish_reason"] == "tool_calls"


@pytest.mark.parametrize(
    "said", ["{curly} words", '{"name": "other", "arguments": {}}', "[1, 2]", '{"a": 1}', "[]", "{"]
)
def test_what_only_looks_like_a_call_is_text(said):
    with serve(FakeModel("phi4-mini", says=list(said), capabilities=TOOLS)) as server:
        answer = chat(server, "phi4-mini").bind_tools([look_up]).invoke("Hello")
        assert (answer.content, answer.tool_calls) == (said, [])
        assert answer.response_metadata["finish_reason"] == "stop"


def test_words_and_calls_go_together():
    model = FakeModel(
        "phi4-mini",
        says=lambda asked: Turn("Let me see.", calls=[ToolCall("look_up", {"word": "a"})]),
        capabilities=TOOLS,
    )
    with serve(model) as server:
        answer = chat(server, "phi4-mini").bind_tools([look_up]).invoke("Hello")
        assert (answer.content, answer.tool_calls[0]["args"]) == ("Let me see.", {"word": "a"})
        result = ToolMessage("It grinds.", tool_call_id=answer.tool_calls[0]["id"])
        chat(server, "phi4-mini").bind_tools([look_up]).invoke([HumanMessage("Hello"), answer, result])
        assert chats(server)[-1]["messages"][-1]["tool_name"] == "look_up"


@pytest.mark.parametrize("capabilities", [["completion"], TOOLS])
def test_a_call_that_must_be_made_is_kept_within_its_schema(capabilities):
    with serve(FakeModel("phi3.5", capabilities=capabilities)) as server:
        answer = chat(server).bind_tools([look_up], tool_choice="any").invoke("Hello")
        assert answer.tool_calls[0]["name"] == "look_up"
        (sent,) = chats(server)
        assert sent["format"]["properties"]["name"] == {"const": "look_up"}
        assert "tools" not in sent
        assert "Looks a word up." in sent["messages"][-1]["content"]
        assert json.loads(json.dumps(sent["format"])) == sent["format"]


def test_a_call_that_was_cut_is_not_made():
    with serve(FakeModel("phi3.5", says=CALL)) as server:
        answer = chat(server, max_tokens=6).bind_tools([look_up], tool_choice="any").invoke("Hello")
        assert answer.tool_calls == []
        assert answer.response_metadata["finish_reason"] in ("length", "tool_calls")


def test_the_schema_is_shown_to_the_model_and_kept_by_the_server():
    schema = {
        "title": "Ticket",
        "type": "object",
        "properties": {"urgent": {"type": "boolean"}},
        "required": ["urgent"],
    }
    with serve() as server:
        assert chat(server).with_structured_output(schema).invoke("Help!") == {"urgent": True}
        assert chat(server).with_structured_output(schema, method="json_mode").invoke("Help!") == {}
        first, second = chats(server)
        assert first["format"]["properties"] == {"urgent": {"type": "boolean"}}
        assert '"urgent"' in first["messages"][-1]["content"]
        assert second["format"] in ("json", {"type": "object"})


def test_a_reply_of_loading_alone_is_asked_again():
    loaded = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "load"}
    body = (json.dumps(loaded) + "\n").encode()
    with RawOllama([HEAD + chunked(body)]) as raw:
        with pytest.raises(ModelDied, match="said nothing"):
            ChatPhiOllama(model="phi3.5", base_url=raw.url, max_retries=2).invoke("Hello")
        assert raw.chats == 3
