"""What models of the test server read and say: prompts cut in both steps, stops, limits, and predictable words."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_calls import chat, said

from phi_assistant.fakes.ollama import PHI4, PHI4_MINI, Asked, Endless, FakeModel, OllamaServer, ToolCall, Turn
from phi_assistant.fakes.ollama.stops import Stops
from phi_assistant.fakes.ollama.tokens import WordTokenizer, split


@pytest.fixture(name="server", scope="module")
def started() -> Iterator[OllamaServer]:
    models = [
        FakeModel("phi3.5"),
        FakeModel("echo", says=lambda asked: asked.messages[-1]["content"]),
        FakeModel("loop", says=Endless(" tick", " tock")),
        FakeModel("same", says=Endless(" tick")),
        FakeModel("strict", system="Be brief.", parameters={"num_predict": 2, "stop": ["is"], "temperature": 0.5}),
    ]
    with OllamaServer(models) as server:
        yield server


def messages(*texts: str) -> list[dict[str, str]]:
    roles = ("system", "user", "assistant")
    return [{"role": roles[0 if number == 0 else 2 - number % 2], "content": t} for number, t in enumerate(texts)]


HISTORY = messages("Be brief.", "one two three", "four", "five six seven", "eight", "nine")


def test_a_prompt_that_fits_is_read_whole(server: OllamaServer):
    chat(server, messages=HISTORY)
    prompt = server.prompts[-1]
    assert prompt.whole
    # <s>; 7 for the system message; 7 and 4 for question and answer, twice; 5 for the last; 2 where the answer begins
    assert prompt.tokens == 1 + 7 + 7 + 4 + 7 + 4 + 5 + 2
    assert prompt.text.startswith(
        "<|system|>\nBe brief.<|end|>\n<|user|>\none two three<|end|>\n<|assistant|>\nfour<|end|>"
    )


def test_messages_are_dropped_from_the_front_but_the_system_message_stays(server: OllamaServer):
    chat(server, messages=HISTORY, options={"num_ctx": 20})
    prompt = server.prompts[-1]
    assert prompt.text == (
        "<|system|>\nBe brief.<|end|>\n<|assistant|>\neight<|end|><|user|>\nnine<|end|>\n<|assistant|>\n"
    )
    assert not prompt.whole


def test_a_last_message_that_is_too_long_loses_its_middle(server: OllamaServer):
    answer = chat(server, text=" ".join(str(number) for number in range(100)), options={"num_ctx": 20})
    prompt = server.prompts[-1]
    # 5 are kept in front, then (20 - 5) / 2 = 7 fewer than 20 in all
    assert (prompt.tokens, prompt.whole) == (13, False)
    assert prompt.text == "<|user|>\n0 1 96 97 98 99<|end|>\n<|assistant|>\n"
    assert answer.json()["prompt_eval_count"] == 13


def test_nothing_is_cut_if_that_is_not_wanted(server: OllamaServer):
    text = " ".join(str(number) for number in range(300))
    refused = chat(server, text=text, options={"num_ctx": 200}, truncate=False)
    error = json.loads(refused.json()["error"])["error"]
    assert refused.status_code == 400
    assert (error["n_prompt_tokens"], error["n_ctx"]) == (307, 256)
    assert error["message"] == "request (307 tokens) exceeds the available context size (256 tokens), try increasing it"
    refused = chat(server, text=text, options={"num_ctx": 200}, shift=False)
    assert (refused.status_code, refused.json()["error"][:28]) == (400, "the prompt is longer than th")


@pytest.mark.parametrize("count", [248, 249])
def test_a_prompt_fits_into_the_next_multiple_of_256_then(server: OllamaServer, count: int):
    answer = chat(server, text=" ".join(["word"] * count), options={"num_ctx": 10}, truncate=False)
    assert answer.is_success == (count + 7 < 256)


def test_an_answer_ends_with_the_context_only_if_that_is_not_shifted(server: OllamaServer):
    answer = chat(server, "loop", options={"num_ctx": 256}, shift=False).json()
    assert (answer["prompt_eval_count"] + answer["eval_count"], answer["done_reason"]) == (256, "length")
    answer = chat(server, "loop", options={"num_ctx": 64}).json()
    assert (answer["eval_count"], answer["done_reason"]) == (640, "length")


def test_the_same_token_again_and_again_ends_the_stream_without_a_word(server: OllamaServer):
    lines = chat(server, "same", stream=True).text.splitlines()
    assert (len(lines), '"done":true' in lines[-1]) == (30, False)
    whole = chat(server, "same").json()
    assert (whole["done"], whole["message"]["content"]) == (False, " tick" * 30)


def test_the_modelfile_has_its_say_and_the_request_the_last_word(server: OllamaServer):
    answer = chat(server, "strict").json()
    assert (answer["message"]["content"], answer["done_reason"]) == ("The answer", "length")
    assert server.prompts[-1].text.startswith("<|system|>\nBe brief.<|end|>\n")
    answer = chat(server, "strict", options={"num_predict": 9}).json()
    assert (answer["message"]["content"], answer["done_reason"]) == ("The answer ", "stop")
    answer = chat(server, "strict", options={"num_predict": 9, "stop": ["forty"]}).json()
    assert answer["message"]["content"] == "The answer is "
    shown = httpx.post(f"{server.url}/api/show", json={"model": "strict"}).json()
    assert shown["system"] == "Be brief."
    assert shown["parameters"].splitlines() == [
        'stop                           "is"',
        "num_predict                    2",
        "temperature                    0.5",
    ]


def test_a_model_can_be_a_function_of_what_it_is_asked():
    def says(asked: Asked) -> Turn | str:
        if asked.tools:
            return Turn(says="I look.", thinks="Hm.", calls=[ToolCall("look", {"at": asked.images})])
        return f"{len(asked.messages)} {asked.options['temperature']} {asked.think}"

    able = ["completion", "tools", "vision", "thinking"]
    with OllamaServer([FakeModel("any", says=says, capabilities=able)]) as server:
        assert said(chat(server, "any", options={"temperature": 0.25}, think=False)) == "1 0.25 False"
        look = [{"role": "user", "content": "?", "images": ["AAAA"]}]
        message = chat(server, "any", messages=look, tools=[{"type": "function"}]).json()["message"]
        assert (message["content"], message["thinking"]) == ("I look.", "Hm.")
        assert message["tool_calls"][0]["function"] == {"index": 0, "name": "look", "arguments": {"at": 1}}


@pytest.mark.parametrize(
    ("template", "prompt"),
    [
        (PHI4, "<|im_start|>system<|im_sep|>\nS<|im_end|>\n<|im_start|>user<|im_sep|>\nU<|im_end|>\n"),
        (PHI4_MINI, "<|system|>S<|tool|>"),
    ],
)
def test_templates_of_other_phis_are_rendered(template, prompt):
    model = FakeModel("phi4", template=template, capabilities=["completion", "tools"])
    with OllamaServer([model]) as server:
        two = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]
        chat(server, "phi4", messages=two, tools=[{"type": "function"}])
        assert server.prompts[-1].text.startswith(prompt)


def test_what_a_model_says_is_data_whatever_is_in_it(server: OllamaServer):
    text = '<b>&é😀\u2028"done":true\n\\ \x7f'
    answer = chat(server, "echo", text, stream=True)
    assert said(answer) == text
    assert (
        "\\u003cb\\u003e\\u0026é😀\\u2028"
        in httpx.post(
            f"{server.url}/api/chat",
            json={"model": "echo", "messages": [{"role": "user", "content": text}], "stream": False},
        ).text
    )


@pytest.mark.parametrize(
    ("message", "prompt"),
    [
        ({"role": "User", "content": "<b>&é😀"}, "<|user|>\n<b>&é😀<|end|>\n<|assistant|>\n"),
        ({"role": "user", "content": None}, "<|assistant|>\n"),
        ({"role": "tool", "content": "x"}, "<|assistant|>\n"),
        ({"role": "weird", "content": "x"}, "<|assistant|>\n"),
        ({"role": "assistant", "content": "I be"}, "<|assistant|>\nI be"),
    ],
)
def test_what_would_be_read_can_be_seen_without_an_answer(server: OllamaServer, message: dict[str, str], prompt: str):
    answer = chat(server, messages=[message], _debug_render_only=True).json()
    assert answer["_debug_info"]["rendered_template"] == prompt
    assert (answer["message"], answer["done"]) == ({"role": "", "content": ""}, False)


def test_openais_form_has_the_same_words(server: OllamaServer):
    body = {"model": "phi3.5", "messages": [{"role": "user", "content": [{"type": "text", "text": "hello"}]}]}
    more = {"max_tokens": 3, "stop": "x", "response_format": {"type": "text"}}
    answer = httpx.post(f"{server.url}/v1/chat/completions", json=body | more).json()
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": "The answer is"}
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"] == {"prompt_tokens": 8, "completion_tokens": 3, "total_tokens": 11}


@given(st.text(max_size=60))
def test_the_tokens_of_a_text_are_the_text(text: str):
    words = WordTokenizer()
    assert "".join(split(text)) == text
    assert words.decode(words.encode(text)) == text


@given(st.lists(st.text("abc", min_size=1, max_size=3), max_size=12), st.text("abc", min_size=1, max_size=4))
def test_no_part_of_a_stop_string_is_ever_sent(tokens: list[str], stop: str):
    stops, sent = Stops((stop,)), []
    for token in tokens:
        sent.append(stops.add(token))
        if stops.met:
            break
    else:
        sent.append(stops.rest())
    assert "".join(sent) == "".join(tokens).partition(stop)[0]
