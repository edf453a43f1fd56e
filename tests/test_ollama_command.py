"""`models pull --backend ollama`, `models list` and `doctor`: what an Ollama server has, gets and holds."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
from raw_ollama import wait_until
from terminal import Shop

from phi_assistant import ChatPhiOllama
from phi_assistant.errors import ModelUnavailable
from phi_assistant.fakes.ollama import Cut, FakeModel, OllamaServer
from phi_assistant.models.errors import ModelDied
from phi_assistant.models.ollama.pull import Progress, pull
from phi_assistant.models.ollama.server import Server

LIBRARY = [FakeModel("phi3.5"), FakeModel("phi4-mini"), FakeModel("phi4", load_s=60)]


@pytest.fixture
def server():
    with OllamaServer([FakeModel("phi4-mini")], library=LIBRARY) as server:
        yield server


@pytest.fixture
def user(server, tmp_path, monkeypatch):
    monkeypatch.setenv("PHI_ASSISTANT_OLLAMA", server.url)
    return Shop(tmp_path, tmp_path / "data", tmp_path / "models")


def test_a_name_of_the_catalogue_is_fetched_under_its_name_there(server, user):
    done = user.run("models", "pull", "phi-3.5-mini", "--backend", "ollama")
    assert (done.code, done.output) == (0, f"phi3.5 is in the Ollama server at {server.url}\n")
    assert ChatPhiOllama(model="phi-3.5-mini", base_url=server.url).invoke("Hello").content


def test_progress_is_told_in_bytes_of_all_layers(server):
    heard: list[Progress] = []
    assert pull("phi-3.5-mini", Server(server.url), heard.append) == "phi3.5"
    assert heard[0] == Progress("pulling manifest", 0, 0)
    assert heard[-1] == Progress("success", LIBRARY[0].size, LIBRARY[0].size)
    assert [each.done for each in heard] == sorted(each.done for each in heard)
    assert any(0 < each.done < each.total for each in heard)


def test_what_cannot_be_fetched_says_why(server, user):
    for name, told in {
        "phi-3.5-moe": "Phi-3.5-MoE-instruct cannot be had for Ollama: not in Ollama's library",
        "phi3.55": "has no model 'phi3.55'. Did you mean phi3.5",
    }.items():
        done = user.run("models", "pull", name, "--backend", "ollama")
        assert done.code == 1
        assert told in done.errors
    assert user.run("models", "pull", "phi3.5", "--backend", "ollama", "--revision", "main").code == 2
    with server.down():
        assert "`ollama serve`" in user.run("models", "pull", "phi3.5", "--backend", "ollama").errors


def test_a_server_without_a_way_out_says_so():
    with OllamaServer() as server, pytest.raises(ModelUnavailable, match=r"no such host.*--backend ollama"):
        pull("phi3.5", Server(server.url))


def test_a_download_that_broke_off_is_no_success(server):
    for after in (10, 200, 500):
        server.fail(Cut(after), path="/api/pull")
        with pytest.raises(ModelDied):
            pull("phi3.5", Server(server.url))


@pytest.mark.slow
def test_ctrl_c_ends_the_download_and_says_how_it_goes_on(server, user):
    command = [sys.executable, "-m", "phi_assistant", "models", "pull", "phi4", "--backend", "ollama"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=user.environment) as running:
        assert wait_until(lambda: "/api/pull" in [each.path for each in server.requests], seconds=30)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "`phi-assistant models pull phi4 --backend ollama` goes on from there" in errors
    assert wait_until(lambda: server.cancelled == 1)


def test_the_list_shows_what_is_in_the_server(server, user):
    page = user.run("models", "list").output
    assert "phi4-mini ✓" in page
    assert "phi3.5 ✓" not in page
    assert f"version 0.32.15 at {server.url}" in page
    told = json.loads(user.run("models", "list", "--json").output)
    assert [each["name"] for each in told["models"] if each["in_server"]] == ["phi-4-mini"]
    assert told["server"]["models"] == {"phi4-mini:latest": LIBRARY[1].size}


def test_the_doctor_shows_the_server_and_what_is_loaded(server, user):
    ChatPhiOllama(model="phi4-mini", base_url=server.url).invoke("Hello")
    page = user.run("doctor").output
    assert f"version 0.32.15 at {server.url}" in page
    assert "phi4-mini:latest: 2.2 GB, loaded (4,096 tokens of context, 2.5 GB of memory)" in page
    told = json.loads(user.run("doctor", "--json").output)["ollama"]
    assert (told["version"], told["problem"]) == ("0.32.15", None)
    assert told["loaded"][0]["context"] == 4096


def test_without_a_server_both_say_how_to_start_one(server, user):
    with server.down():
        for command in ("doctor", "models list"):
            done = user.run(*command.split())
            assert done.code == 0
            assert f"No Ollama server answers at {server.url}" in done.output
            assert "ollama serve" in done.output
        assert json.loads(user.run("doctor", "--json").output)["ollama"]["problem"]


def test_a_wrong_address_is_told_and_keeps_nobody_from_the_rest(user):
    done = user.run("doctor", PHI_ASSISTANT_OLLAMA="ftp://me:hunter2@x")
    assert done.code == 0
    assert "no address of an Ollama server" in done.output
    assert "hunter2" not in done.output
