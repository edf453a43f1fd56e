"""Downloads that go on while nobody looks: told, stopped, gone on with, and failed in words."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from front import ROOT
from hub_server import Hub, Repo, serving
from pulls import FILES, FOLDER, REPOSITORY

from phi_assistant.fakes.ollama import Cut, FakeModel, OllamaServer
from phi_assistant.models.folders import inventory
from phi_assistant.models.ollama.server import Server
from phi_assistant.settings import Settings
from ui.downloads import Download, Downloads

SOON_S = 30


@pytest.fixture
def server():
    """A server that gets one model at once, and another in the time that a stop needs."""
    library = [FakeModel("phi3.5"), FakeModel("phi4-mini", load_s=60)]
    with OllamaServer([], library=library) as server:
        yield server


@pytest.fixture
def came():
    """What was told when a model had come."""
    return []


@pytest.fixture
def downloads(server, came, tmp_path):
    return Downloads(Settings.load(data=tmp_path, ollama=server.url), on_done=lambda: came.append("one"))


def until(true):
    """Waits until something is so."""
    end = time.monotonic() + SOON_S
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    assert true()


def ended(downloads, name) -> Download:
    until(lambda: not downloads.of(name, "ollama").is_going_on)
    return downloads.of(name, "ollama")


def test_a_model_comes_while_nobody_looks_and_the_pages_are_told(downloads, server, came):
    downloads.start("phi-3.5-mini", "ollama")
    done = ended(downloads, "phi-3.5-mini")
    assert (done.state, done.share, done.error) == ("done", 1.0, None)
    until(lambda: came == ["one"])
    assert list(Server(server.url).state().models) == ["phi3.5:latest"]


def test_one_that_is_going_on_is_not_begun_twice_and_can_be_stopped(downloads, came):
    downloads.start("phi-4-mini", "ollama")
    until(lambda: downloads.of("phi-4-mini", "ollama").total)
    downloads.start("phi-4-mini", "ollama")
    assert len(downloads.all()) == 1
    downloads.dismiss("phi-4-mini", "ollama")
    assert len(downloads.all()) == 1
    downloads.stop("phi-4-mini", "ollama")
    assert ended(downloads, "phi-4-mini").state == "stopped"
    assert came == []
    downloads.dismiss("phi-4-mini", "ollama")
    assert downloads.all() == []


def test_one_that_failed_says_why_and_can_be_begun_again(downloads, server):
    server.fail(Cut(0), path="/api/pull")
    downloads.start("phi-3.5-mini", "ollama")
    failed = ended(downloads, "phi-3.5-mini")
    assert failed.state == "failed"
    assert "what has come is kept" in str(failed.error) or "again" in str(failed.error)
    downloads.start("phi-3.5-mini", "ollama")
    assert ended(downloads, "phi-3.5-mini").state == "done"


def test_what_cannot_be_had_is_told_with_what_to_do(downloads):
    downloads.start("phi-3.5-moe", "ollama")
    assert "phi-assistant models list" in str(ended(downloads, "phi-3.5-moe").error)
    downloads.start("no-such-model", "onnx")
    until(lambda: not downloads.of("no-such-model", "onnx").is_going_on)
    assert "no model 'no-such-model'" in str(downloads.of("no-such-model", "onnx").error)


def test_how_long_it_still_takes_is_told_when_it_can_be_known():
    assert Download("m", "onnx").seconds_left is None
    assert Download("m", "onnx", done=50, total=100, speed=10.0).seconds_left == 5.0
    assert Download("m", "onnx", done=120, total=100).share == 1.0


PROGRAM = """
import sys, time
from phi_assistant.settings import Settings
from ui.downloads import Downloads
downloads, model = Downloads(Settings.load()), ("phi-3.5-mini", "onnx")
for line in sys.stdin:
    getattr(downloads, line.strip())(*model)
    while line.strip() == "stop" and downloads.of(*model).state == "running": time.sleep(0.01)
    print(downloads.of(*model).state, flush=True)
while downloads.of(*model).is_going_on: time.sleep(0.01)
print(downloads.of(*model).state, downloads.of(*model).share, flush=True)
"""


def program(hub, folder):
    """A program that does with a download what it is told to; it ends when the download has."""
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0", "HF_HOME": str(folder / "hf")}
    environment |= {"PHI_ASSISTANT_DATA": str(folder), "HF_TOKEN": ""}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_a_download_from_the_hub_goes_on_where_it_was_stopped(tmp_path):
    files = {f"{FOLDER}/{name}": data for name, data in FILES.items()}
    with serving(Hub({REPOSITORY: Repo(files)}, stalls={"model.onnx.data": 2_000_000})) as hub:
        first = program(hub, tmp_path)
        first.stdin.write("start\n")
        first.stdin.flush()
        assert hub.stalled.wait(SOON_S)
        first.stdin.write("stop\n")
        first.stdin.flush()
        assert [first.stdout.readline().strip() for _ in range(2)] == ["running", "stopping"]
        hub.go.set()
        assert first.communicate(timeout=SOON_S)[0].startswith("stopped")
        again = program(hub, tmp_path).communicate("start\n", timeout=SOON_S)[0]
        assert again.splitlines()[-1] == "done 1.0"
        begun, resumed = hub.ranges("model.onnx.data")
    assert begun is None
    assert int(resumed.removeprefix("bytes=").removesuffix("-")) > 0
    assert [(here.name, here.flaw) for here in inventory(tmp_path / "models")] == [("phi-3.5-mini", None)]
