"""The README's code blocks do what they say."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from phi_assistant.fakes.ollama import FakeModel, OllamaServer

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
SETUP, TESTS, *SHELL = [code.strip() for kind, code in BLOCKS if kind == "bash"]
PYTHON = [code for kind, code in BLOCKS if kind == "python"]


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory, models) -> dict[str, str]:
    """A user with the embedder, and without any language model."""
    data = tmp_path_factory.mktemp("readme")
    return {**os.environ, "PHI_ASSISTANT_DATA": str(data), "PHI_ASSISTANT_MODELS": str(models)}


@pytest.fixture(scope="module")
def ollama() -> Iterator[str]:
    """The address of a server with a chat model and an embedder."""
    embedder = FakeModel("nomic-embed-text", capabilities=["embedding"])
    with OllamaServer([FakeModel("phi3.5"), embedder]) as server:
        yield server.url


@pytest.fixture(scope="module")
def with_model(surroundings, ollama, tmp_path_factory, models, tiny) -> dict[str, str]:
    """The same, later, with a language model, which is tiny and always says the same, and an Ollama server."""
    here = tmp_path_factory.mktemp("models")
    shutil.copytree(models / "all-minilm-l6-v2", here / "all-minilm-l6-v2")
    shutil.copytree(tiny.folder("closing"), here / "onnx" / "phi-3.5-mini")
    return {**surroundings, "PHI_ASSISTANT_MODELS": str(here), "PHI_ASSISTANT_OLLAMA": ollama}


def run(command: list[str], surroundings: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def phi_assistant(arguments: str) -> list[str]:
    return [sys.executable, "-m", "phi_assistant", *shlex.split(arguments)]


@pytest.fixture(scope="module")
def demo(surroundings) -> str:
    """What the first command prints; the install before it is what CI does."""
    command = SETUP.rsplit("&& .venv/bin/phi-assistant ", 1)[1]
    return run(phi_assistant(command), surroundings)


def test_the_two_commands_are_one_line_each_and_install_with_the_constraints():
    for command in (SETUP, TESTS):
        assert "\n" not in command
        assert "pip install -q -c constraints.txt -e" in command
    assert TESTS.endswith(".venv/bin/pytest -n logical")


def test_the_demo_answers_as_the_readme_shows(demo):
    shown = next(code for kind, code in BLOCKS if kind == "text" and code.startswith("> "))
    for line in shown.splitlines():
        sentence = line.split("[")[0].removesuffix("…").strip()
        assert sentence in " ".join(demo.split())


def test_the_demo_refuses_one_question_of_six(demo):
    assert demo.count("\n> ") == 6
    assert demo.count("Your documents do not say.") == 1


def test_the_command_that_the_demo_suggests_can_be_pasted(demo, surroundings):
    command = demo.split("Ask your own question: ")[1].splitlines()[0]
    assert "invoice" in run(phi_assistant(command.removeprefix("phi-assistant ")), surroundings)


def test_every_shell_command_runs(demo, surroundings):
    for line in "\n".join(SHELL).splitlines():
        assert run(phi_assistant(line.removeprefix("phi-assistant ")), surroundings)


@pytest.mark.parametrize("code", PYTHON)
def test_every_python_block_runs(code, demo, with_model):
    assert run([sys.executable, "-c", code], with_model)


def test_a_model_that_is_here_answers_and_without_one_the_documents_are_quoted(demo, with_model):
    ask = "ask --collection demo-support 'Can I pay by invoice?' --json"
    asked = [json.loads(run(phi_assistant(each), with_model)) for each in (ask, f"{ask} --model extractive")]
    assert [answer["model"] for answer in asked] == ["onnx:phi-3.5-mini", "extractive"]


def test_the_settings_shown_are_settings(surroundings, tmp_path):
    (tmp_path / "settings.toml").write_text(next(code for kind, code in BLOCKS if kind == "toml"), "utf-8")
    assert run(phi_assistant(f"doctor --config {tmp_path / 'settings.toml'}"), surroundings)


def test_every_room_named_exists():
    named = re.findall(
        r"`((?:phi_assistant|ingest|demo|tests|benchmarks)[\w/.]*)`", (ROOT / "README.md").read_text("utf-8")
    )
    assert named
    assert all((ROOT / name).exists() for name in named)
