"""What every chat model of ours does, whatever is behind it: `class TestMine(ChatContract)` with two fixtures.

`chat(name, **options)` makes one by the name of a model that does what that one of `tiny_phi` does; `active(speaker)`
says how many answers are being written for it.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import reduce
from operator import add
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import ContextOverflowError, ModelTimeoutError
from langchain_core.load import dumpd
from langchain_core.messages import AIMessage, HumanMessage
from pydantic import BaseModel
from tiny_phi import ANSWER, EMOJI, LISTING

from phi_assistant.errors import ConfigError, ModelUnavailable, PhiAssistantError
from phi_assistant.models.base import ChatPhi
from phi_assistant.models.errors import ModelTimedOut, PromptTooLong

HELLO = [("human", "Hello")]
SENTENCES = {"answer": ANSWER, "emoji": EMOJI, "listing": LISTING}
TIMINGS = {"queue_s", "prompt_s", "first_token_s", "total_s", "tokens_per_s"}
TOLD = ("finish_reason", "model_name", "model_provider", "timings")

Chat = Callable[..., ChatPhi]
Active = Callable[[ChatPhi], int]


class Ticket(BaseModel):
    """What somebody wants."""

    product: str
    urgent: bool


def look_up(word: str) -> str:
    """Looks a word up."""
    return word


def text_of(chunks):
    return "".join(chunk.content for chunk in chunks)


async def from_loop(chunks):
    return [chunk async for chunk in chunks]


def counted(count: int) -> str:
    """What a model that counts has said after so many tokens."""
    return " ".join(str(number % 400 + 1) for number in range(count))


def becomes_idle(speaker: ChatPhi, active: Active, seconds: float = 10.0) -> bool:
    """Whether nothing is being answered any more, soon."""
    until = time.monotonic() + seconds
    while active(speaker):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


class ChatContract:
    """Told once for all of them."""

    provider: str

    # An answer

    @pytest.mark.parametrize("name", SENTENCES)
    def test_the_sentence_of_the_model_is_the_answer(self, chat: Chat, name):
        answer = chat(name).invoke("Hello")
        assert isinstance(answer, AIMessage)
        assert answer.content == SENTENCES[name]
        assert answer.response_metadata["finish_reason"] == "stop"

    @pytest.mark.parametrize("name", SENTENCES)
    @pytest.mark.parametrize("options", [{}, {"max_tokens": 3}, {"stop": ["four", "here"]}, {"logprobs": True}])
    async def test_whole_in_pieces_and_from_an_event_loop_it_is_the_same(self, chat: Chat, name, options):
        speaker = chat(name, **options)
        whole = speaker.invoke(HELLO)
        ways = [
            await speaker.ainvoke(HELLO),
            reduce(add, speaker.stream(HELLO)),
            reduce(add, await from_loop(speaker.astream(HELLO))),
            speaker.batch([HELLO])[0],
            (await speaker.abatch([HELLO]))[0],
        ]
        for other in ways:
            assert other.content == whole.content
            for key in ("finish_reason", "model_name", "model_provider", "logprobs"):
                assert other.response_metadata.get(key) == whole.response_metadata.get(key), key
            for key in ("input_tokens", "output_tokens"):
                assert other.usage_metadata[key] == whole.usage_metadata[key]

    def test_it_comes_in_pieces_and_what_is_told_of_it_comes_once(self, chat: Chat):
        chunks = list(chat("slow").stream(HELLO, max_tokens=200))
        assert len([chunk for chunk in chunks if chunk.content]) > 2
        for told in TOLD:
            assert len([chunk for chunk in chunks if told in chunk.response_metadata]) == 1, told
        assert len([chunk for chunk in chunks if chunk.usage_metadata]) == 1
        assert [chunk.chunk_position for chunk in chunks if chunk.chunk_position] == ["last"]
        assert len({chunk.id for chunk in chunks}) == 1

    def test_the_model_and_the_seconds_are_told(self, chat: Chat):
        speaker = chat("slow", max_tokens=50)
        told = speaker.invoke(HELLO).response_metadata
        assert (told["model_name"], told["model_provider"]) == (speaker.model, self.provider)
        assert set(told["timings"]) >= TIMINGS
        assert 0 <= told["timings"]["prompt_s"] <= told["timings"]["first_token_s"] <= told["timings"]["total_s"]
        assert told["timings"]["tokens_per_s"] > 0

    def test_usage_is_counted(self, chat: Chat):
        short, long = (chat("answer").invoke(text).usage_metadata for text in ("Hello", "Hello you there"))
        assert long["input_tokens"] > short["input_tokens"] > 0
        assert short["output_tokens"] >= 7
        assert short["total_tokens"] == short["input_tokens"] + short["output_tokens"]

    @pytest.mark.parametrize("most", [1, 2, 5])
    def test_an_answer_that_was_cut_says_so(self, chat: Chat, most):
        answer = chat("counting").invoke(HELLO, max_tokens=most)
        assert answer.content == counted(most)
        assert answer.response_metadata["finish_reason"] == "length"
        assert answer.usage_metadata["output_tokens"] == most

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(start=st.integers(0, len(LISTING) - 1), length=st.integers(1, 12))
    def test_a_stop_string_ends_the_answer_before_it_and_none_of_it_is_said(self, chat: Chat, start, length):
        stop = LISTING[start : start + length]
        chunks = list(chat("listing").stream(HELLO, stop=[stop]))
        expected = LISTING[: LISTING.index(stop)]
        assert text_of(chunks) == expected
        assert all(expected.startswith(text_of(chunks[: at + 1])) for at in range(len(chunks)))
        assert reduce(add, chunks).response_metadata["finish_reason"] == "stop"

    def test_the_first_of_several_stop_strings_counts(self, chat: Chat):
        assert chat("listing").invoke(HELLO, stop=["six", "three f", "four"]).content == "one two "

    def test_an_answer_that_runs_in_circles_is_ended_and_says_so(self, chat: Chat, active: Active):
        speaker = chat("loop", max_tokens=3000)
        answer = speaker.invoke(HELLO)
        assert answer.response_metadata["finish_reason"] == "repetition"
        assert answer.content.startswith("Again and again and again")
        assert answer.usage_metadata["output_tokens"] < 400
        assert becomes_idle(speaker, active)

    def test_there_is_a_probability_for_every_token_and_its_bytes_are_the_text(self, chat: Chat):
        answer = chat("answer").invoke(HELLO, logprobs=True, top_logprobs=2)
        tokens = answer.response_metadata["logprobs"]["content"]
        assert b"".join(bytes(token["bytes"]) for token in tokens).decode().removesuffix("<|end|>").strip() == ANSWER
        assert all(set(token) == {"token", "bytes", "logprob", "top_logprobs"} for token in tokens)
        assert all(len(token["top_logprobs"]) == 2 for token in tokens)
        assert "logprobs" not in chat("answer").invoke(HELLO).response_metadata

    def test_callbacks_hear_every_piece(self, chat: Chat):
        class Heard(BaseCallbackHandler):
            def __init__(self):
                self.pieces = []

            def on_llm_new_token(self, token, **kwargs):
                self.pieces.append(token)

        for ask in ("invoke", "stream"):
            heard = Heard()
            answer = getattr(chat("listing", streaming=True), ask)(HELLO, config={"callbacks": [heard]})
            if ask == "stream":
                answer = reduce(add, answer)
            assert "".join(heard.pieces) == answer.content == LISTING

    def test_an_event_loop_that_has_ended_does_not_matter_to_the_next(self, chat: Chat):
        speaker = chat("answer")
        for _ in range(3):
            assert asyncio.run(speaker.ainvoke(HELLO)).content == ANSWER

    def test_messages_of_blocks_are_read_as_their_text(self, chat: Chat):
        blocks = HumanMessage([{"type": "text", "text": "Hello"}, {"type": "text", "text": ", how are you?"}])
        read = [
            chat("answer").invoke([each]).usage_metadata["input_tokens"] for each in (blocks, "Hello, how are you?")
        ]
        assert abs(read[0] - read[1]) <= 2

    def test_a_picture_is_refused_with_a_reason(self, chat: Chat):
        picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
        with pytest.raises(PhiAssistantError, match=r"image|vision"):
            chat("answer").invoke([HumanMessage([{"type": "text", "text": "What is it?"}, picture])])

    @pytest.mark.parametrize(
        "text", ["", " ", "half \ud83d", "\ud83d\ude42", "a\u2028b\u0085c\x00d", "<|end|>\n<|user|>"]
    )
    def test_any_text_can_be_asked(self, chat: Chat, text):
        assert chat("answer").invoke([("system", text), ("human", f"Hello {text}")]).content == ANSWER

    # What can be set

    def test_every_option_can_be_given_with_the_constructor_and_with_a_call(self, chat: Chat):
        options: dict[str, Any] = {
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 20,
            "repetition_penalty": 1.1,
            "seed": 7,
            "max_tokens": 3,
            "stop": ["four"],
            "timeout": 60.0,
            "logprobs": True,
            "top_logprobs": 2,
        }
        constructed = chat("counting", **options).invoke("Hello")
        called = chat("counting").invoke("Hello", **options)
        assert constructed.content == called.content == "1 2 3"
        assert len(called.response_metadata["logprobs"]["content"]) == 3

    def test_what_a_call_says_wins(self, chat: Chat):
        said = chat("counting", max_tokens=3, stop=["2"]).invoke("Hello", max_tokens=5, stop=["4"])
        assert said.content == "1 2 3 "
        assert chat("counting").bind(max_tokens=2).invoke("Hello").content == "1 2"

    @pytest.mark.parametrize(("wrong", "right"), [("max_token", "max_tokens"), ("temprature", "temperature")])
    async def test_an_unknown_argument_names_the_nearest(self, chat: Chat, wrong, right):
        speaker = chat("answer")
        for use in (
            lambda: chat("answer", **{wrong: 1}),
            lambda: speaker.invoke("Hello", **{wrong: 1}),
            lambda: next(speaker.stream("Hello", **{wrong: 1})),
        ):
            with pytest.raises(ConfigError, match=f"{wrong}.*{right}"):
                use()
        with pytest.raises(ConfigError, match=f"{wrong}.*{right}"):
            await speaker.ainvoke("Hello", **{wrong: 1})

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("temperature", -1),
            ("temperature", "hot"),
            ("top_p", 0),
            ("top_k", -1),
            ("max_tokens", 0),
            ("repetition_penalty", 0),
            ("timeout", 0),
            ("top_logprobs", 1000),
            ("stop", [1]),
        ],
    )
    def test_a_value_that_cannot_be_is_refused(self, chat: Chat, name, value):
        with pytest.raises(ConfigError, match=name):
            chat("answer", **{name: value})
        with pytest.raises(ConfigError, match=name):
            chat("answer").invoke("Hello", **{name: value})

    def test_everything_that_an_answer_depends_on_identifies_a_model(self, chat: Chat):
        base = chat("answer")._identifying_params
        for name, value in {
            "temperature": 0.5,
            "top_p": 0.5,
            "top_k": 5,
            "repetition_penalty": 1.5,
            "seed": 1,
            "max_tokens": 5,
            "stop": ["x"],
            "logprobs": True,
            "context_length": 1000,
        }.items():
            assert chat("answer", **{name: value})._identifying_params != base, name
        assert chat("emoji")._identifying_params != base

    def test_a_cache_of_answers_keeps_models_and_options_apart(self, chat: Chat):
        cache = InMemoryCache()
        assert chat("answer", cache=cache).invoke("Hello").content == ANSWER
        assert chat("listing", cache=cache).invoke("Hello").content == LISTING
        assert chat("counting", cache=cache, max_tokens=2).invoke("Hello").content == "1 2"
        assert chat("counting", cache=cache).invoke("Hello", max_tokens=3).content == "1 2 3"
        assert chat("listing", cache=cache).invoke("Hello", stop=["three"]).content == "one two "
        again = chat("answer", cache=cache).invoke("Hello")
        assert again.content == ANSWER
        assert again.usage_metadata["total_cost"] == 0  # what LangChain writes into an answer of the cache

    def test_a_copy_and_a_pickled_one_answer_as_before(self, chat: Chat):
        speaker = chat("counting", max_tokens=3)
        speaker.invoke("Hello")
        assert speaker.model_copy(update={"max_tokens": 2}).invoke("Hello").content == "1 2"
        copy = pickle.loads(pickle.dumps(speaker))
        assert copy.invoke("Hello").content == "1 2 3"
        assert copy._identifying_params == speaker._identifying_params

    def test_a_call_and_a_copy_may_name_another_model(self, chat: Chat):
        speaker, other = chat("answer"), chat("listing").model
        named = speaker.invoke("Hello", model=other)
        assert (named.content, named.response_metadata["model_name"]) == (LISTING, other)
        assert speaker.model_copy(update={"model": other}).invoke("Hello").content == LISTING
        assert speaker.invoke("Hello").content == ANSWER
        with pytest.raises(ModelUnavailable, match="no-such-model"):
            speaker.invoke("Hello", model="no-such-model")

    def test_the_configuration_as_json_makes_the_same_model(self, chat: Chat):
        speaker = chat("counting", max_tokens=3, stop=["9"])
        again = type(speaker)(**json.loads(json.dumps(speaker.model_dump(mode="json", exclude_defaults=True))))
        assert again._identifying_params == speaker._identifying_params
        assert again.invoke("Hello").content == "1 2 3"

    def test_langchain_and_tracing_can_describe_it(self, chat: Chat):
        speaker = chat("answer", temperature=0.5, max_tokens=9, stop=["x"])
        described = dumpd(speaker)
        assert described["type"] == "not_implemented"  # as every class outside LangChain's own list should be
        assert described["id"][-1] == type(speaker).__name__
        params = speaker._get_ls_params()
        assert (params["ls_model_name"], params["ls_provider"]) == (speaker.model, speaker._llm_type)
        assert (params["ls_temperature"], params["ls_max_tokens"], params["ls_stop"]) == (0.5, 9, ["x"])
        assert speaker._get_ls_params(temperature=0.9)["ls_temperature"] == 0.9

    def test_the_profile_says_what_fits_and_what_it_can_do(self, chat: Chat):
        profile = chat("answer", context_length=1000).profile
        assert profile["max_input_tokens"] == 1000 - 128  # which are kept for an answer
        assert profile["structured_output"] is profile["tool_choice"] is True
        assert chat("answer").profile["max_input_tokens"] > 1000

    # What goes wrong

    async def test_a_call_that_takes_too_long_is_ended_and_carries_what_was_said(self, chat: Chat, active: Active):
        speaker = chat("slow", max_tokens=4000)
        speaker.invoke(HELLO, max_tokens=1)  # loaded
        with pytest.raises(ModelTimedOut) as whole:
            speaker.invoke(HELLO, timeout=0.3)
        with pytest.raises(ModelTimeoutError) as awaited:
            await speaker.ainvoke(HELLO, timeout=0.3)
        for each in (whole, awaited):
            assert each.value.text
            assert counted(400).startswith(each.value.text)
        assert becomes_idle(speaker, active)

    async def test_a_prompt_that_does_not_fit_is_refused_with_both_numbers(self, chat: Chat):
        speaker = chat("answer")
        for ask in (lambda: speaker.invoke("word " * 9000), lambda: next(speaker.stream("word " * 9000))):
            with pytest.raises(PromptTooLong) as told:
                ask()
            assert isinstance(told.value, ContextOverflowError)
            assert told.value.tokens >= 9000 > told.value.limit
            assert f"{told.value.tokens:,}" in str(told.value)
            assert f"{told.value.limit:,}" in str(told.value)
        with pytest.raises(PromptTooLong):
            await speaker.ainvoke("word " * 9000)
        assert speaker.invoke(HELLO).content == ANSWER

    # Several at once

    def test_many_threads_at_once_have_each_their_own_answer(self, chat: Chat, active: Active):
        speakers = {name: chat(name) for name in SENTENCES}

        def ask(number):
            name = list(SENTENCES)[number % len(SENTENCES)]
            if number % 2:
                return name, text_of(speakers[name].stream(HELLO))
            return name, speakers[name].invoke([("human", f"Hello {number}")]).content

        with ThreadPoolExecutor(16) as threads:
            for name, said in threads.map(ask, range(60)):
                assert said == SENTENCES[name]
        assert all(becomes_idle(speaker, active) for speaker in speakers.values())

    async def test_a_batch_gives_each_its_own_answer_in_its_order(self, chat: Chat):
        speaker = chat("answer")
        asked = [[("human", "Hello " * number)] for number in range(1, 8)]
        for answers in (speaker.batch(asked), await speaker.abatch(asked)):
            read = [answer.usage_metadata["input_tokens"] for answer in answers]
            assert read == sorted(set(read))

    def test_leaving_a_stream_ends_the_answer(self, chat: Chat, active: Active):
        speaker = chat("slow", max_tokens=4000)
        stream = speaker.stream(HELLO)
        assert next(stream).content
        stream.close()
        assert becomes_idle(speaker, active)
        assert speaker.invoke(HELLO, max_tokens=2).content == "1 2"

    async def test_cancelling_a_task_ends_the_answer(self, chat: Chat, active: Active):
        speaker = chat("slow", max_tokens=4000)
        await speaker.ainvoke(HELLO, max_tokens=1)
        task = asyncio.create_task(speaker.ainvoke(HELLO))
        while not await asyncio.to_thread(active, speaker):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(becomes_idle, speaker, active)

    async def test_leaving_a_stream_of_an_event_loop_ends_the_answer(self, chat: Chat, active: Active):
        speaker = chat("slow", max_tokens=4000)
        async with aclosing(speaker.astream(HELLO)) as stream:
            async for _ in stream:
                break
        assert await asyncio.to_thread(becomes_idle, speaker, active)
        assert (await speaker.ainvoke(HELLO, max_tokens=2)).content == "1 2"

    # Schemas and tools

    @pytest.mark.parametrize("method", ["json_schema", "function_calling"])
    async def test_structured_output_is_of_the_class(self, chat: Chat, method):
        structured = chat("closing").with_structured_output(Ticket, method=method)
        assert isinstance(structured.invoke("My grinder smokes"), Ticket)
        assert isinstance(await structured.ainvoke("My grinder smokes"), Ticket)
        assert list(structured.stream("My grinder smokes"))[-1].model_dump().keys() == {
            "product",
            "urgent",
        }

    def test_structured_output_can_be_a_dict_and_carry_the_answer_it_was_read_from(self, chat: Chat):
        found = chat("closing").with_structured_output(Ticket.model_json_schema(), include_raw=True).invoke("Help!")
        assert set(found["parsed"]) == {"product", "urgent"}
        assert json.loads(found["raw"].content) == found["parsed"]
        assert found["parsing_error"] is None

    def test_a_stop_string_leaves_no_half_of_a_schema(self, chat: Chat):
        structured = chat("closing", stop=['"', ","]).with_structured_output(Ticket)
        assert isinstance(structured.invoke("Help!"), Ticket)

    @pytest.mark.parametrize("choice", ["look_up", "any", {"type": "function", "function": {"name": "look_up"}}])
    async def test_a_call_that_was_asked_for_is_made(self, chat: Chat, choice):
        bound = chat("closing").bind_tools([look_up], tool_choice=choice)
        for answer in (bound.invoke(HELLO), await bound.ainvoke(HELLO), reduce(add, bound.stream(HELLO))):
            (call,) = answer.tool_calls
            assert call["name"] == "look_up"
            assert isinstance(call["args"]["word"], str)
            assert call["id"]
            assert answer.response_metadata["finish_reason"] == "tool_calls"

    def test_tools_that_may_not_be_called_are_not(self, chat: Chat):
        answer = chat("answer").bind_tools([look_up], tool_choice="none").invoke(HELLO)
        assert (answer.content, answer.tool_calls) == (ANSWER, [])
