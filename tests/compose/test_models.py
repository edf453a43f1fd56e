"""Language models beside it: one that an Ollama server fetches, one in a folder that is mounted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from asking import RETURNS, visit
from browsing import answer, ask
from playwright.sync_api import expect
from stack import Stack
from tiny_phi import model

pytestmark = pytest.mark.compose


@contextmanager
def running(project: str, **variables: str) -> Iterator[Stack]:
    stack = Stack(project, variables)
    stack.down()
    try:
        stack.up()
        yield stack
    finally:
        stack.down()


def chosen(page):
    return page.get_by_role("combobox", name=re.compile("Model"))


def test_an_ollama_server_fetches_its_model_answers_and_is_told_of_when_it_goes(person):
    variables = {"PHI_OLLAMA_IMAGE": "phi-test-ollama:latest", "PHI_PORT": "18521", "COMPOSE_PROFILES": "ollama"}
    with running("phi-test-ollama", **variables) as stack:
        assert "2.2 GB of 2.2 GB are here" in stack.compose("logs", "ollama-model")  # how far it was
        page = visit(person(), stack.url())
        expect(chosen(page)).to_have_value(re.compile("Phi-3.5-mini"))
        ask(page, RETURNS)
        expect(page.get_by_text("You have 45").first).to_be_visible()
        stack.compose("kill", "ollama")  # while it writes
        expect(page.get_by_text("The model stopped while it was answering.")).to_be_visible()
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_text("The server of the model cannot be reached at the moment.")).to_be_visible()
        stack.compose("up", "-d", "ollama", "ollama-model")  # ours forgets what it has fetched
        stack.wait()
        page.get_by_role("button", name="Try again").click()
        expect(answer(page)).to_contain_text("45 days from the day of delivery")


def test_a_server_elsewhere_that_speaks_openai_s_api_answers(person, tmp_path):
    """The same server, asked as vLLM or llama.cpp would be, by an image that can."""
    (tmp_path / "key").write_text("correct horse\n")
    variables = {
        "PHI_IMAGE": "phi-test-openai:latest",
        "PHI_ASSISTANT_OPENAI": "http://ollama:11434/v1",
        "PHI_ASSISTANT_OPENAI_KEY_FILE": str(tmp_path / "key"),
        "PHI_ASSISTANT_OLLAMA": "http://127.0.0.1:9",
        "PHI_OLLAMA_IMAGE": "phi-test-ollama:latest",
        "PHI_PORT": "18523",
        "COMPOSE_PROFILES": "ollama",
    }
    with running("phi-test-openai", **variables) as stack:
        assert "openai:phi3.5:latest" in stack.compose("exec", "-T", "ui", "phi-assistant", "doctor")
        page = visit(person(), stack.url())
        expect(chosen(page)).to_have_value(re.compile("Phi-3.5-mini"))
        ask(page, RETURNS)
        expect(answer(page)).to_contain_text("45 days from the day of delivery")
        expect(answer(page)).to_contain_text("openai:phi3.5")


def test_a_model_in_a_folder_that_is_mounted_answers(person, tmp_path):
    folder = tmp_path / "model"
    model("answer").write(folder)
    for each in (tmp_path, folder, *folder.iterdir()):
        each.chmod(0o755)
    variables = {"PHI_ONNX_MODEL": str(folder), "PHI_PORT": "18522", "COMPOSE_PROFILES": "onnx"}
    with running("phi-test-onnx", **variables) as stack:
        page = visit(person(), stack.url())
        expect(chosen(page)).to_have_value(re.compile("phi-onnx"))
        ask(page, RETURNS)
        expect(answer(page)).to_contain_text("onnx:phi-onnx")
        expect(answer(page)).to_contain_text("Your documents do not say")  # no passage bears out what it says
        stack.compose("up", "-d", "onnx-model")  # which is known already, and is no error
        stack.wait()
