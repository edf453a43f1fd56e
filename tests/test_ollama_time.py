"""Time: every call ends within its timeout, queues included, and what may pass is tried again before the first word."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from raw_ollama import HEAD, RawOllama, chunked, line, wait_until

from phi_assistant import ChatPhiOllama
from phi_assistant.errors import ConfigError, ModelUnavailable
from phi_assistant.fakes.ollama import (
    BUSY,
    CANCELED,
    DIED,
    FORBIDDEN,
    OUT_OF_MEMORY,
    Cut,
    Endless,
    ErrorLine,
    FakeModel,
    OllamaServer,
    Refused,
    Reset,
    Slow,
    Stall,
    Status,
)
from phi_assistant.models.errors import ModelAway, ModelBusy, ModelDied, ModelFailed, ModelTimedOut
from phi_assistant.models.ollama.server import state_at_once

SAID = "The answer is forty-two."
MODELS = [
    FakeModel("phi3.5", says=SAID),
    FakeModel("slow", says=SAID, token_s=0.02),
    FakeModel("endless", says=Endless(" tick", " tack", " tock"), token_s=0.01),
    FakeModel("phi4", says=SAID),
]


@pytest.fixture
def server():
    with OllamaServer(MODELS) as server:
        yield server


def chat(server, model="phi3.5", **options):
    return ChatPhiOllama(model=model, base_url=server.url, **options)


def tries(server):
    return [each.path for each in server.requests].count("/api/chat")


async def from_loop(speaker):
    return [chunk async for chunk in speaker.astream("Hello")]


WAYS = {
    "invoke": lambda speaker: speaker.invoke("Hello"),
    "stream": lambda speaker: list(speaker.stream("Hello")),
    "ainvoke": lambda speaker: asyncio.run(speaker.ainvoke("Hello")),
    "astream": lambda speaker: asyncio.run(from_loop(speaker)),
}
every_way = pytest.mark.parametrize("way", WAYS)


# Deadlines


@every_way
@pytest.mark.parametrize("lines", [0, 1, 4])
def test_a_server_that_stalls_ends_in_time(server, way, lines):
    server.fail(Stall(lines))
    with pytest.raises(ModelTimedOut, match=r"0\.4 seconds.*`timeout`") as told:
        WAYS[way](chat(server, timeout=0.4))
    assert SAID.startswith(told.value.text)
    assert bool(told.value.text) is bool(lines)
    server.wait_until_idle()


@every_way
def test_a_server_that_sends_a_line_now_and_then_ends_in_time(server, way):
    server.fail(Slow(0.05))
    with pytest.raises(ModelTimedOut) as told:
        WAYS[way](chat(server, "endless", timeout=0.5, max_tokens=4000))
    assert " tick tack tock".startswith(told.value.text[:10])
    server.wait_until_idle()


@every_way
def test_a_server_that_sends_a_byte_now_and_then_ends_in_time(way):
    body = chunked(line(" word"), line(" word" * 1000))
    pieces = [HEAD, *(body[at : at + 1] for at in range(len(body)))]
    with RawOllama(pieces, pause=0.02) as raw, pytest.raises(ModelTimedOut):
        WAYS[way](ChatPhiOllama(model="phi3.5", base_url=raw.url, timeout=0.5))


@every_way
def test_headers_that_come_a_byte_now_and_then_end_in_time(way):
    head = HEAD.replace(b"\r\n\r\n", b"\r\nX-Slow: " + b"a" * 1000)
    with RawOllama([head[at : at + 1] for at in range(len(head))], pause=0.02) as raw:
        for _ in range(2):  # over a new connection, and over one that may have been used
            with pytest.raises(ModelTimedOut):
                WAYS[way](ChatPhiOllama(model="phi3.5", base_url=raw.url, timeout=0.4))


@every_way
def test_the_error_of_a_server_that_does_not_end_it_ends_in_time(way):
    head = b"HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\n{"
    with RawOllama([head], stays=True) as raw, pytest.raises(ModelTimedOut):
        WAYS[way](ChatPhiOllama(model="phi3.5", base_url=raw.url, timeout=0.3))


def test_a_model_that_takes_long_to_load_is_waited_for_within_the_timeout():
    with OllamaServer([FakeModel("phi3.5", load_s=0.3), FakeModel("phi4", load_s=30)]) as server:
        answer = chat(server).invoke("Hello")
        assert answer.content
        assert answer.response_metadata["timings"]["load_s"] >= 0.3
        with pytest.raises(ModelTimedOut):
            chat(server, "phi4", timeout=0.3).invoke("Hello")


def test_a_timeout_of_none_is_for_ever(server):
    assert chat(server, timeout=None).invoke("Hello").content == SAID
    assert asyncio.run(chat(server, timeout=None).ainvoke("Hello")).content == SAID


# Queues


def test_requests_queue_within_their_timeouts(server):
    """One model answers one after the other; the last one waits for all before it."""
    speaker = chat(server, "slow", timeout=60)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(speaker.invoke, ["Hello"] * 8))
    assert [answer.content for answer in answers] == [SAID] * 8
    waited = sorted(answer.response_metadata["timings"]["queue_s"] for answer in answers)
    assert waited[-1] > waited[0]


async def test_and_so_they_do_in_an_event_loop(server):
    answers = await chat(server, "slow").abatch(["Hello"] * 8)
    assert [answer.content for answer in answers] == [SAID] * 8


def test_whoever_cannot_wait_is_told_and_leaves_the_others_alone(server):
    patient = chat(server, "endless", max_tokens=150)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(patient.invoke, "Hello")
        assert wait_until(lambda: server.active)
        with pytest.raises(ModelTimedOut, match="waiting for others included"):
            chat(server, "endless", timeout=0.3).invoke("Hello")
        assert first.result().usage_metadata["output_tokens"] == 150


# Trying again


@every_way
@pytest.mark.parametrize(
    "fault", [BUSY, DIED, CANCELED, Reset(), Cut(0), ErrorLine(lines=0), Status(502, "Bad Gateway")]
)
def test_what_may_pass_is_tried_again(server, way, fault):
    server.fail(fault)
    WAYS[way](chat(server))
    assert tries(server) == 2


@pytest.mark.parametrize(
    ("fault", "error", "told"),
    [
        (BUSY, ModelBusy, "busy"),
        (DIED, ModelDied, "broke off"),
        (Reset(), ModelDied, "reset"),
    ],
)
def test_but_not_for_ever(server, fault, error, told):
    server.fail(*[fault] * 3)
    with pytest.raises(error, match=told):
        chat(server, max_retries=1).invoke("Hello")
    assert tries(server) == 2


@every_way
@pytest.mark.parametrize("fault", [ErrorLine(lines=1), Cut(200), Reset(200)])
def test_never_after_the_first_word(server, way, fault):
    server.fail(fault)
    with pytest.raises(ModelDied):
        WAYS[way](chat(server, max_retries=5))
    assert tries(server) == 1


@pytest.mark.parametrize(
    ("fault", "error", "told"),
    [
        (FORBIDDEN, ConfigError, r"refuses calls under this host name.*OLLAMA_HOST"),
        (Status(401, "unauthorized"), ConfigError, "api_key"),
        (Status(405, "method not allowed"), ConfigError, "no Ollama server"),
        (Status(404, "page not found"), ConfigError, "no Ollama server"),
        (Status(400, "top_k must be a number"), ConfigError, "top_k must be a number"),
        (Status(500, 'option "num_ctx" must be of type integer'), ConfigError, "num_ctx"),
        (Status(500, "it is too hot"), ModelFailed, "it is too hot"),
        (Status(404, "model 'phi3.5' not found"), ModelUnavailable, r"`ollama pull phi3\.5`"),
    ],
)
def test_what_would_fail_again_is_not_tried_again(server, fault, error, told):
    server.fail(fault)
    with pytest.raises(error, match=told):
        chat(server).invoke("Hello")
    assert tries(server) == 1


def test_out_of_memory_names_a_smaller_phi(server):
    for model, smaller in (
        ("phi4", r"ollama pull phi4-mini-reasoning|ollama pull phi3:medium"),
        ("phi3.5", "context_length=2048"),
    ):
        server.fail(OUT_OF_MEMORY)
        with pytest.raises(ModelFailed, match=smaller) as told:
            chat(server, model).invoke("Hello")
        assert f"ollama pull {model}`" not in str(told.value)


def test_a_server_that_comes_back_soon_is_noticed_by_nobody(server):
    assert chat(server).invoke("Hello").content == SAID
    server.fail(Refused(0.1))
    assert chat(server).invoke("Hello").content == SAID


@every_way
def test_where_no_server_is_the_command_that_starts_one_is_told(server, way):
    with server.down(), pytest.raises(ModelAway, match=r"`ollama serve`.*base_url"):
        WAYS[way](chat(server, max_retries=0))
    with pytest.raises(ModelAway, match="nobody-is-called-so"):
        WAYS[way](ChatPhiOllama(model="phi3.5", base_url="http://nobody-is-called-so.invalid:1", max_retries=0))


def test_a_pause_that_would_be_too_late_is_not_begun(server):
    server.fail(BUSY, BUSY, BUSY)
    with pytest.raises(ModelBusy):
        chat(server, timeout=0.2, max_retries=10).invoke("Hello")


def test_a_runner_that_died_is_loaded_again_with_the_same_context():
    with OllamaServer([FakeModel("phi3.5", context=131_072)]) as server:
        speaker = chat(server)
        speaker.invoke("Hello")
        server.fail(DIED)
        speaker.invoke("Hello")
        assert len({each.json["options"]["num_ctx"] for each in server.requests if each.path == "/api/chat"}) == 1


# Nothing left over


def test_sockets_are_closed_with_the_last_that_uses_them(server):
    first, second = chat(server), chat(server)
    for each in (first, second):
        each.invoke("Hello")
    assert server.connections == 1  # one for all of the same server
    first.close()
    assert second.invoke("Hello").content == SAID
    second.close()
    assert wait_until(lambda: server.connections == 0)
    assert first.invoke("Hello").content == SAID


def test_closing_one_does_not_end_the_answer_of_another(server):
    first, second = chat(server, "slow"), chat(server, "slow")
    stream = first.stream("Hello")
    text = next(stream).content
    second.invoke("Hello", model="phi3.5")
    second.close()
    first.close()
    assert text + "".join(chunk.content for chunk in stream) == SAID


@every_way
@pytest.mark.parametrize("fault", [None, Stall(2), Cut(100), BUSY])
def test_no_socket_no_task_and_no_warning_is_left(server, way, fault):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        speaker = chat(server, timeout=0.5)
        if fault:
            server.fail(fault)
        with contextlib.suppress(ModelDied, ModelTimedOut):
            WAYS[way](speaker)
        del speaker
        gc.collect()
        assert wait_until(lambda: server.connections == 0)
    assert not [each for each in caught if issubclass(each.category, ResourceWarning)]


async def test_thousands_of_instances_in_one_event_loop_share_a_client(server):
    for _ in range(30):
        assert (await chat(server).ainvoke("Hello")).content == SAID
    assert server.connections == 1


async def test_and_with_a_key_for_each_user_there_are_a_few(server):
    for number in range(30):
        assert (await chat(server, api_key=f"user-{number}").ainvoke("Hello")).content == SAID
    gc.collect()
    await asyncio.sleep(0.1)
    assert server.connections <= 8


def test_two_streams_of_one_thread_have_each_their_own_timeout(server):
    long, short = chat(server, "slow", timeout=60), chat(server, "endless", timeout=0.4, max_tokens=4000)
    stream = long.stream("Hello")
    text = next(stream).content
    with pytest.raises(ModelTimedOut):
        list(short.stream("Hello"))
    assert text + "".join(chunk.content for chunk in stream) == SAID


def test_timeouts_need_no_thread(server):
    before = threading.active_count()
    for _ in range(3):
        chat(server).invoke("Hello")
    assert threading.active_count() == before


if hasattr(os, "fork"):

    def test_a_forked_process_keeps_its_timeouts(server):
        speaker = chat(server)
        speaker.invoke("Hello")
        server.fail(Stall())
        read, write = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads is what is tested
            child = os.fork()
        if not child:
            try:
                speaker.close()
                chat(server, timeout=0.5).invoke("Hello")
            except ModelTimedOut:
                os.write(write, b"in time")
            finally:
                os._exit(0)
        os.close(write)
        assert os.read(read, 100) == b"in time"
        os.waitpid(child, 0)


def test_a_server_that_says_nothing_of_itself_is_told_as_that(server):
    server.fail(Stall(), path="/api/version")
    with pytest.raises(ModelTimedOut, match=rf"server at {server.url} did not answer within 0\.3 seconds"):
        state_at_once(server.url, seconds=0.3)
