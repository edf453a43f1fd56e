"""Several at once: all are answered, nobody is answered wrongly, and whoever goes leaves nothing running."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import ModelTimeoutError
from tiny_phi import ANSWER, EMOJI, LISTING

from phi_assistant.models.errors import ModelBusy, ModelTimedOut

HELLO = [("human", "Hello")]
ENDLESS = {"max_tokens": 7000, "timeout": 120.0}
LONG = [("human", "Tell me more. " * 700)]


def counted(count):
    """What a model that counts has said after so many tokens."""
    return " ".join(str(number % 400 + 1) for number in range(count))


def becomes_idle(speaker, seconds=10.0):
    """Whether nothing is being answered any more, soon."""
    until = time.monotonic() + seconds
    while speaker.metrics().active + speaker.metrics().waiting:
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


async def until_active(speaker, count=1):
    while (await asyncio.to_thread(speaker.metrics)).active < count:
        await asyncio.sleep(0.01)


def test_a_batch_gives_the_answers_of_single_calls_in_their_order(chat):
    speaker = chat("random", max_tokens=40)
    asked = [[("human", f"Hello, how are you? {number}")] for number in range(10)]
    single = [speaker.invoke(each).content for each in asked]
    assert [answer.content for answer in speaker.batch(asked)] == single
    assert len(set(single)) == 10


async def test_and_so_does_one_from_an_event_loop(chat):
    speaker = chat("random", max_tokens=40)
    asked = [[("human", f"Hello, how are you? {number}")] for number in range(10)]
    together = await speaker.abatch(asked)
    assert [answer.content for answer in together] == [(await speaker.ainvoke(each)).content for each in asked]


def test_a_batch_of_different_lengths_ends_each_in_its_time(chat):
    speaker = chat("counting")
    runs = [speaker.bind(max_tokens=most) for most in (1, 7, 30, 120)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda run: run.invoke(HELLO), runs))
    assert [answer.content for answer in answers] == [counted(most) for most in (1, 7, 30, 120)]
    assert [answer.usage_metadata["output_tokens"] for answer in answers] == [1, 7, 30, 120]


def test_stop_strings_are_heeded_in_a_batch(chat):
    speaker = chat("listing")
    answers = speaker.batch([HELLO] * 4, stop=["three"])
    assert [answer.content for answer in answers] == ["one two "] * 4
    assert {answer.response_metadata["finish_reason"] for answer in answers} == {"stop"}


def test_many_threads_at_once_have_each_their_own_answer(chat):
    expected = {"answer": ANSWER, "emoji": EMOJI, "listing": LISTING, "emoji4": EMOJI}
    speakers = {name: chat(name) for name in expected}

    def ask(number):
        name = list(expected)[number % len(expected)]
        if number % 3 == 0:
            return name, "".join(chunk.content for chunk in speakers[name].stream(HELLO))
        return name, speakers[name].invoke([("human", f"Hello {number}")]).content

    with ThreadPoolExecutor(16) as threads:
        for name, said in threads.map(ask, range(120)):
            assert said == expected[name]
    assert all(becomes_idle(speaker) for speaker in speakers.values())


async def test_long_prompts_and_short_ones_and_grammars_go_together(chat):
    speaker = chat("slow", max_tokens=30)
    kinds = [speaker.ainvoke(LONG), speaker.ainvoke(HELLO), speaker.ainvoke(HELLO, logprobs=True)]
    kinds += [speaker.ainvoke(HELLO, seed=1), speaker.ainvoke(LONG, stop=["9"])]
    answers = await asyncio.gather(*kinds)
    assert [answer.content for answer in answers] == [counted(30)] * 4 + [counted(8) + " "]


async def test_a_newcomer_does_not_wait_for_the_end_of_others(chat):
    speaker = chat("slow", **ENDLESS)
    others = [asyncio.create_task(speaker.ainvoke([("human", f"Hello {number}")])) for number in range(3)]
    await until_active(speaker, 3)
    assert (await speaker.ainvoke(LONG, max_tokens=5)).content == counted(5)
    assert not any(other.done() for other in others)
    for other in others:
        other.cancel()
    await asyncio.wait(others)
    assert becomes_idle(speaker)


@pytest.mark.parametrize("prompt", [HELLO, LONG], ids=["while-writing", "while-reading"])
async def test_cancelling_a_task_stops_the_generation(chat, prompt):
    speaker = chat("slow", **ENDLESS)
    task = asyncio.create_task(speaker.ainvoke(prompt))
    await until_active(speaker)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(becomes_idle, speaker)
    assert (await speaker.ainvoke(HELLO, max_tokens=3)).content == "1 2 3"


async def test_a_timeout_of_asyncio_stops_it_as_well(chat):
    speaker = chat("slow", **ENDLESS)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(speaker.ainvoke(HELLO), 0.3)
    assert await asyncio.to_thread(becomes_idle, speaker)


async def test_cancelling_one_of_a_batch_leaves_the_others(chat):
    speaker = chat("slow", max_tokens=300)
    tasks = [asyncio.create_task(speaker.ainvoke([("human", f"Hello {number}")])) for number in range(4)]
    await until_active(speaker, 4)
    tasks[1].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    assert [answer.content for at, answer in enumerate(results) if at != 1] == [counted(300)] * 3


def test_leaving_a_stream_stops_the_generation(chat):
    speaker = chat("slow", **ENDLESS)
    for chunk in speaker.stream(HELLO):
        if chunk.content:
            break
    assert becomes_idle(speaker)


def test_a_stream_that_nobody_began_to_read_asks_nothing(chat):
    speaker = chat("slow", **ENDLESS)
    before = speaker.metrics().prompt_tokens
    stream = speaker.stream(HELLO)
    del stream
    assert speaker.metrics().prompt_tokens == before


async def test_leaving_an_asynchronous_stream_stops_it(chat):
    speaker = chat("slow", **ENDLESS)
    async with aclosing(speaker.astream(HELLO)) as chunks:
        async for chunk in chunks:
            if chunk.content:
                break
    assert await asyncio.to_thread(becomes_idle, speaker)


def test_a_callback_that_fails_stops_it(chat):
    class Failing(BaseCallbackHandler):
        raise_error = True

        def on_llm_new_token(self, token, **kwargs):
            raise ZeroDivisionError

    speaker = chat("slow", **ENDLESS)
    with pytest.raises(ZeroDivisionError):
        list(speaker.stream(HELLO, config={"callbacks": [Failing()]}))
    assert becomes_idle(speaker)


@pytest.mark.parametrize("prompt", [HELLO, LONG], ids=["while-writing", "while-reading"])
def test_a_call_that_takes_too_long_ends_with_what_was_said(chat, prompt):
    speaker = chat("slow", max_tokens=7000)
    speaker.warm_up()
    with pytest.raises(ModelTimedOut, match=r"0\.3") as raised:
        speaker.invoke(prompt, timeout=0.3)
    assert counted(7000).startswith(raised.value.text)
    assert isinstance(raised.value, ModelTimeoutError)
    assert becomes_idle(speaker)


async def test_and_from_an_event_loop_as_well(chat):
    speaker = chat("slow", max_tokens=7000)
    with pytest.raises(ModelTimedOut) as raised:
        await speaker.ainvoke(HELLO, timeout=0.5)
    assert raised.value.text.startswith("1 2 3")
    assert await asyncio.to_thread(becomes_idle, speaker)


async def test_beyond_a_bounded_queue_one_is_told_that_it_is_busy(chat):
    speaker = chat("slow", **ENDLESS)
    tasks = [asyncio.create_task(speaker.ainvoke([("human", f"Hello {number}")])) for number in range(60)]
    await asyncio.wait(tasks, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(0.5)
    done = {task for task in tasks if task.done()}
    assert len(done) == 60 - 8 - 32
    for task in done:
        with pytest.raises(ModelBusy, match="busy"):
            task.result()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert await asyncio.to_thread(becomes_idle, speaker)
    assert (await speaker.ainvoke(HELLO, max_tokens=2)).content == "1 2"


async def test_more_than_fit_at_once_are_answered_one_after_another(chat):
    speaker = chat("counting", max_tokens=30)
    answers = await speaker.abatch([[("human", f"Hello {number}")] for number in range(25)])
    assert [answer.content for answer in answers] == [counted(30)] * 25


async def test_as_many_as_may_be_answered_and_wait_are_all_answered(chat):
    speaker = chat("counting", max_tokens=10)
    answers = await speaker.abatch([[("human", f"Hello {number}")] for number in range(40)])
    assert [answer.content for answer in answers] == [counted(10)] * 40


def test_little_memory_makes_calls_wait_and_refuses_none(own):
    speaker = own("deep", cache_memory="20 MB")  # of which a conversation takes 17
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda number: speaker.invoke(f"Hello {number}", seed=number), range(12)))
    assert [answer.content for answer in answers] == [ANSWER] * 12
    assert speaker.metrics().cache_bytes <= 20_000_000


async def test_an_event_loop_goes_on_while_a_long_prompt_is_read(chat):
    """How smoothly is for the benchmark; here it only must not stand still."""
    speaker, turns = chat("slow", max_tokens=3), 0
    task = asyncio.create_task(speaker.ainvoke(LONG))
    while not task.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 10


def test_two_event_loops_in_two_threads_use_one_instance(chat):
    speaker, said = chat("listing"), []

    def run():
        said.extend(answer.content for answer in asyncio.run(speaker.abatch([HELLO] * 3)))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert said == [LISTING] * 12
