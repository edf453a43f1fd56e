"""A user who pulls a model from a Hub on this machine, and what that Hub has."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from hub_server import Hub
from terminal import Done, Shop, stays_one_line

from phi_assistant.models.folders import find, inventory

NAME = "phi-3.5-mini"
REPOSITORY = "microsoft/Phi-3.5-mini-instruct-onnx"
FOLDER = "cpu_and_mobile/cpu-int4-awq-block-128-acc-level-4"
SIZE = 3_000_000
WEIGHTS = random.Random(7).randbytes(SIZE)
FILES = {
    "genai_config.json": b'{"model": {"type": "phi3", "decoder": {"filename": "model.onnx"}}}',
    "tokenizer.json": b'{"model": {}}',
    "tokenizer_config.json": b'{"chat_template": "{{ messages }}"}',
    "model.onnx": WEIGHTS[:20_000],
    "model.onnx.data": WEIGHTS,
}
PROGRESS = re.compile(r"[\d.]+ (bytes|kB|MB) of 3\.0 MB are here, now (" + "|".join(map(re.escape, FILES)) + r")\n")
"""What is said on the way, where there is no terminal."""
TIMES = 4
"""How often a file is asked for again when nothing comes at all."""


def variables(hub: Hub, user: Shop) -> dict[str, str]:
    return {"HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0", "HF_HOME": str(user.data / "hf"), "HF_TOKEN": ""}


def pull(hub: Hub, user: Shop, *arguments: str, **more: str) -> Done:
    return user.run("models", "pull", *(arguments or [NAME]), **{**variables(hub, user), **more})


@contextmanager
def pulling(hub: Hub, user: Shop) -> Iterator[subprocess.Popen[str]]:
    """A pull that goes on in the background."""
    command = [sys.executable, "-m", "phi_assistant", "models", "pull", NAME]
    environment = {**user.environment, **variables(hub, user)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


def is_whole(user: Shop) -> bool:
    folder = find(NAME, user.models)
    return {name: (folder / name).read_bytes() for name in FILES} == FILES


def refused(done: Done, user: Shop) -> str:
    """What is said to a user who did not get the model; nothing is found under its name."""
    assert done.code == 1
    assert done.output == ""
    *progress, said = done.errors.splitlines(keepends=True)
    assert all(PROGRESS.fullmatch(line) for line in progress)
    assert stays_one_line(replace(done, errors=said))
    assert not any(here.flaw is None for here in inventory(user.models))
    return said
