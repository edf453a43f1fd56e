"""What the test server has loaded: reloads, one answer at a time, the queue, times to live, and clients that leave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from ollama_calls import chat, ps, raw, said, until

from phi_assistant.fakes.ollama import Endless, FakeModel, Load, OllamaServer

ENDLESS = FakeModel("loop", says=Endless(" tick", " tock"), token_s=0.001)
BODY: dict[str, Any] = {"model": "loop", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture(name="server")
def started() -> Iterator[OllamaServer]:
    with OllamaServer([FakeModel("phi3.5"), ENDLESS]) as server:
        yield server


def test_a_model_is_loaded_once(server: OllamaServer):
    for _ in range(3):
        chat(server)
    assert server.loads == [Load("phi3.5:latest", 4096)]
    assert [model["name"] for model in ps(server)] == ["phi3.5:latest"]


def test_a_copy_is_the_same_weights(server: OllamaServer):
    httpx.post(f"{server.url}/api/copy", json={"source": "phi3.5", "destination": "mine"})
    assert chat(server).json()["model"] == "phi3.5"
    assert chat(server, "mine").json()["model"] == "mine"
    assert server.loads == [Load("phi3.5:latest", 4096)]


def test_another_context_length_loads_it_again(server: OllamaServer):
    for num_ctx in (512, 512, 1024, 512):
        chat(server, options={"num_ctx": num_ctx})
    assert [load.context for load in server.loads] == [512, 1024, 512]
    assert [model["context_length"] for model in ps(server)] == [512]


def test_shift_loads_it_again_as_well(server: OllamaServer):
    chat(server)
    chat(server, shift=False)
    chat(server, shift=False)
    assert len(server.loads) == 2


def test_the_context_length_is_that_of_the_request_then_of_the_model_then_of_the_server():
    models = [FakeModel("own", parameters={"num_ctx": 300}), FakeModel("none"), FakeModel("small", context=100)]
    eyes = FakeModel("eyes", capabilities=["completion", "vision"])
    with OllamaServer([*models, eyes], context=200, max_loaded=9) as server:
        for name in ("own", "none", "small"):
            chat(server, name)
        chat(server, "own", options={"num_ctx": 50})
        chat(server, "small", options={"num_ctx": 10**6})
        chat(server, "none", options={"num_ctx": 1})
        chat(server, "eyes", options={"num_ctx": 10})
        assert [load.context for load in server.loads] == [300, 200, 100, 50, 4, 2048]


def test_one_answer_of_a_model_is_written_at_a_time(server: OllamaServer):
    with ThreadPoolExecutor() as pool:
        with httpx.stream("POST", f"{server.url}/api/chat", json=BODY) as first:
            lines = first.iter_lines()
            next(lines)
            second = pool.submit(chat, server, "loop", options={"num_predict": 2})
            other = pool.submit(chat, server, "phi3.5")
            assert other.result().is_success
            until(lambda: len(server.requests) == 3)
            assert (server.active, len(server.prompts), second.done()) == (1, 2, False)
        assert said(second.result()) == " tick tock"


def test_several_are_if_the_server_was_started_so():
    with OllamaServer([ENDLESS], parallel=2) as server:
        socks = [raw(server, "/api/chat", BODY) for _ in range(3)]
        until(lambda: len(server.requests) == 3)
        until(lambda: server.active == 2)
        for sock in socks:
            sock.close()


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_frees_the_place_at_once(server: OllamaServer, stream: bool):
    sock = raw(server, "/api/chat", BODY | {"stream": stream})
    until(lambda: server.active == 1)
    sock.close()
    server.wait_until_idle()
    assert server.cancelled == 1
    assert said(chat(server, "loop", options={"num_predict": 1})) == " tick"


def test_a_client_that_leaves_the_queue_is_forgotten(server: OllamaServer):
    first, second = (raw(server, "/api/chat", BODY) for _ in range(2))
    until(lambda: len(server.requests) == 2)
    until(lambda: server.active == 1)
    second.close()
    until(lambda: server.cancelled == 1)
    first.close()
    server.wait_until_idle()
    assert len(server.prompts) == 1


def test_a_load_that_nobody_waits_for_is_given_up():
    with OllamaServer([FakeModel("slow", load_s=60)]) as server:
        sock = raw(server, "/api/chat", BODY | {"model": "slow"})
        until(lambda: [model["name"] for model in ps(server)] == ["slow:latest"])
        sock.close()
        until(lambda: server.cancelled == 1)
        assert (server.loads, ps(server)) == ([], [])


def test_a_server_that_is_busy_says_so_before_it_has_loaded_but_not_after():
    with OllamaServer([FakeModel("slow", load_s=60), FakeModel("phi3.5")], max_queue=1) as server:
        chat(server)
        socks = [raw(server, "/api/chat", BODY | {"model": "slow"}) for _ in range(3)]
        until(lambda: len(server.requests) == 4)
        refused = chat(server, "slow")
        assert refused.status_code == 503
        assert refused.json()["error"] == "server busy, please try again.  maximum pending requests exceeded"
        for sock in socks:
            sock.close()
        until(lambda: server.cancelled == 3)
        assert chat(server).is_success


def test_requests_to_a_loaded_model_wait_however_many_they_are():
    with OllamaServer([FakeModel("phi3.5", token_s=0.001)], max_queue=1) as server, ThreadPoolExecutor(8) as pool:
        chat(server)
        assert all(answer.is_success for answer in pool.map(lambda _: chat(server), range(16)))


def test_a_time_to_live_ends(server: OllamaServer):
    chat(server, keep_alive=0.05)
    until(lambda: ps(server) == [])
    chat(server, keep_alive="30ms")
    until(lambda: ps(server) == [])
    assert len(server.loads) == 2


def test_a_request_without_one_keeps_the_time_to_live_that_was_said(server: OllamaServer):
    chat(server, keep_alive=-1)
    chat(server)
    assert ps(server)[0]["expires_at"] > "2300"


def test_none_at_all_unloads_after_the_answer(server: OllamaServer):
    assert said(chat(server, keep_alive=0)) == "The answer is forty-two."
    assert ps(server) == []
    chat(server)
    unloaded = httpx.post(f"{server.url}/api/chat", json={"model": "phi3.5", "keep_alive": 0}).json()
    assert (unloaded["done_reason"], ps(server)) == ("unload", [])


def test_a_new_model_takes_the_place_of_the_one_that_is_idle_for_longest():
    names = ["a", "b", "c", "d"]
    with OllamaServer([FakeModel(name) for name in names]) as server:
        for name in (*names[:3], "a", "d"):
            chat(server, name)
        assert sorted(model["name"] for model in ps(server)) == ["a:latest", "c:latest", "d:latest"]


def test_memory_makes_room_or_is_said_to_be_too_small():
    models = [FakeModel("one", memory=6), FakeModel("two", memory=6), FakeModel("huge", memory=60)]
    with OllamaServer(models, memory=10) as server:
        chat(server, "one")
        chat(server, "two")
        assert [model["name"] for model in ps(server)] == ["two:latest"]
        refused = chat(server, "huge")
        assert (refused.status_code, refused.json()["error"][:45]) == (
            500,
            "llama-server reported out-of-memory during st",
        )
        assert chat(server, "one").is_success


def test_a_reload_waits_for_the_answer_that_is_being_written(server: OllamaServer):
    with ThreadPoolExecutor() as pool:
        with httpx.stream("POST", f"{server.url}/api/chat", json=BODY) as first:
            lines = first.iter_lines()
            next(lines)
            second = pool.submit(chat, server, "loop", options={"num_ctx": 64, "num_predict": 1})
            until(lambda: len(server.requests) == 2)
            assert json.loads(next(lines))["message"]["content"] == " tock"
            assert [load.context for load in server.loads] == [4096]
        assert second.result().is_success
    assert [load.context for load in server.loads] == [4096, 64]


def test_nothing_is_left_when_the_server_ends():
    with OllamaServer([ENDLESS]) as server:
        sock = raw(server, "/api/chat", BODY)
        until(lambda: server.active == 1)
        assert server.connections == 1
    while sock.recv(65536):
        pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)
