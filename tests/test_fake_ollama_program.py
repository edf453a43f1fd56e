"""The test server as a program: it says where it is, answers, and ends with Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from phi_assistant import ChatPhiOllama
from phi_assistant.embeddings.ollama import OllamaEmbedder
from phi_assistant.fakes.ollama import OllamaServer
from phi_assistant.fakes.ollama.__main__ import main
from phi_assistant.models.ollama.pull import pull
from phi_assistant.models.ollama.server import Server


def test_it_says_where_it_is_and_answers_until_it_is_ended():
    command = [sys.executable, "-m", "phi_assistant.fakes.ollama", "--port", "0", "--says", "Six.", "phi4-mini"]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root) as server:
        assert server.stdout
        first = server.stdout.readline()
        found = re.search(r"http://\S+(?=:\s)", first)
        try:
            assert found, first
            assert "phi4-mini" in first
            assert ChatPhiOllama(model="phi4-mini", base_url=found[0]).invoke("How many?").content == "Six."
            assert OllamaEmbedder("nomic-embed-text", base_url=found[0]).embed_query("Hello")
            assert pull("phi-3.5-mini", Server(found[0])) == "phi3.5"
            assert ChatPhiOllama(model="phi3.5", base_url=found[0]).invoke("How many?").content == "Six."
        finally:
            server.send_signal(signal.SIGINT)
            _, errors = server.communicate(timeout=20)
    assert (server.returncode, errors) == (0, "")


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]):
    with OllamaServer() as there:
        port = there.url.rpartition(":")[2]
        assert main(["--port", port]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(rf"Nothing can be served at 127\.0\.0\.1:{port} \(.+\)\. .*--port\.\n", told.err)
