"""`phi-assistant models pull`, against a server that speaks the Hub's protocol, run as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hub_server import Hub, Repo, serving
from pulls import (
    FILES,
    FOLDER,
    NAME,
    PROGRESS,
    REPOSITORY,
    TIMES,
    WEIGHTS,
    is_whole,
    pull,
    pulling,
    refused,
    variables,
)
from terminal import Shop
from tiny_phi import ANSWER

from phi_assistant.models.folders import find, inventory
from phi_assistant.models.onnx import ChatPhiOnnx


@pytest.fixture
def hub() -> Iterator[Hub]:
    files = {f"{FOLDER}/{name}": data for name, data in FILES.items()}
    others = {"README.md": b"# Phi", "gpu/gpu-int4/model.onnx.data": WEIGHTS, "gpu/gpu-int4/genai_config.json": b"{}"}
    with serving(Hub({REPOSITORY: Repo({**files, **others})})) as started:
        yield started


@pytest.fixture
def user(tmp_path: Path) -> Shop:
    """Somebody without any model."""
    (tmp_path / "docs").mkdir()
    return Shop(tmp_path / "docs", tmp_path / "data", tmp_path / "models")


def test_a_pull_brings_the_processor_folder_whole_and_nothing_else(hub, user):
    done = pull(hub, user)
    assert done.code == 0
    assert done.output.startswith(
        f"{NAME} is here: 3.0 MB in {user.models / 'onnx' / NAME} ({REPOSITORY} at 0123456789ab"
    )
    assert is_whole(user)
    [here] = inventory(user.models)
    assert (here.name, here.origin, here.flaw) == (NAME, "pulled", None)
    assert sorted(file.name for file in here.folder.iterdir()) == sorted([*FILES, "phi-assistant.json"])
    kinds = {asked.path.split("/")[1 if asked.path.startswith(("/api/", "/cdn/")) else 3] for asked in hub.asked}
    assert kinds == {"api", "resolve", "cdn"}
    assert [asked.path for asked in hub.asked if asked.path.startswith("/api/")] == [f"/api/models/{REPOSITORY}"]
    assert not any("gpu" in asked.path or "README" in asked.path for asked in hub.asked)


def test_the_hub_is_not_told_what_else_is_installed(hub, user):
    pull(hub, user)
    assert all("phi-assistant/" in asked.agent and "torch" not in asked.agent for asked in hub.asked if asked.agent)
    assert any(asked.agent for asked in hub.asked)


def test_where_there_is_no_terminal_each_file_has_a_line(hub, user):
    told = pull(hub, user).errors.splitlines(keepends=True)
    assert all(PROGRESS.fullmatch(line) for line in told)
    assert [name for name in FILES if f"0 bytes of 3.0 MB are here, now {name}\n" in told] == ["tokenizer.json"]
    assert {line.rpartition(" ")[2].strip() for line in told} == set(FILES)
    assert pull(hub, user).errors == ""  # it is here already


def test_what_is_read_for_its_text_alone_says_so_before_anything_is_fetched(hub, user):
    done = pull(hub, user, "phi-3.5-vision")
    assert done.errors.startswith("phi-3.5-vision: text only. ")
    assert "does not let us read 'microsoft/Phi-3.5-vision-instruct-onnx'" in done.errors


def test_the_revision_is_pinned_and_written_down(hub, user):
    pull(hub, user)
    manifest = json.loads((user.models / "onnx" / NAME / "phi-assistant.json").read_text("utf-8"))
    commit = hub.repos[REPOSITORY].commit
    assert (manifest["repository"], manifest["folder"], manifest["revision"]) == (REPOSITORY, FOLDER, commit)
    assert all(f"/resolve/{commit}/" in asked.path for asked in hub.asked if "/resolve/" in asked.path)


def test_a_model_that_is_here_is_not_asked_for_again(hub, user):
    pull(hub, user)
    hub.asked.clear()
    done = pull(hub, user, "Phi-3.5-mini-instruct", HF_HUB_OFFLINE="1")
    assert done.code == 0
    assert hub.asked == []


def test_another_revision_takes_the_place_of_the_first(hub, user):
    pull(hub, user)
    newer = {**hub.repos[REPOSITORY].files, f"{FOLDER}/model.onnx.data": WEIGHTS[::-1]}
    hub.repos[REPOSITORY] = Repo(newer, commit="f" * 40)
    assert pull(hub, user).code == 0
    assert is_whole(user)  # what is here is not changed unasked
    assert pull(hub, user, NAME, "--revision", "main").code == 0
    assert (find(NAME, user.models) / "model.onnx.data").read_bytes() == WEIGHTS[::-1]
    hub.asked.clear()
    assert pull(hub, user, NAME, "--revision", "main").code == 0
    assert hub.ranges("model.onnx.data") == []
    assert len(inventory(user.models)) == 1


def test_a_line_that_breaks_is_taken_up_where_it_broke(hub, user):
    hub.cuts["model.onnx.data"] = [1_000_000, 500_000]
    assert pull(hub, user).code == 0
    first, second, third = hub.ranges("model.onnx.data")
    assert (first, second, third) == (None, "bytes=1000000-", "bytes=1500000-")
    assert is_whole(user)


def test_a_pull_that_was_cut_goes_on_where_it_stopped(hub, user):
    hub.cuts["model.onnx.data"] = [1_000_000] + [0] * (TIMES + 1)
    said = refused(pull(hub, user), user)
    assert "cannot be reached" in said
    assert "kept" in said
    hub.asked.clear()
    assert pull(hub, user).code == 0
    assert hub.ranges("model.onnx.data") == ["bytes=1000000-"]
    assert hub.ranges("model.onnx") == []  # the others were here
    assert [asked.path for asked in hub.asked if asked.path.startswith("/api/")] == []  # of the same revision
    assert is_whole(user)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_a_pull_that_is_killed_loses_nothing_that_had_come(hub, user, sign):
    hub.stalls["model.onnx.data"] = 2_000_000
    with pulling(hub, user) as child:
        assert hub.stalled.wait(30)
        part = user.models / "onnx" / f"{NAME}.part" / "model.onnx.data"
        while not part.exists() or part.stat().st_size < 2_000_000:
            assert child.poll() is None
        child.send_signal(sign)
        _, errors = child.communicate(timeout=30)
    if sign == signal.SIGINT:
        assert child.returncode == 130
        *progress, said = errors.splitlines(keepends=True)
        assert all(PROGRESS.fullmatch(line) for line in progress)
        assert said == f"Interrupted. What has come is kept: `phi-assistant models pull {NAME}` goes on from there.\n"
    listed = user.run("models", "list").output
    assert (
        f"cannot be used: its download was interrupted, 2.0 MB of 3.0 MB are here; phi-assistant models pull {NAME}"
        in listed
    )
    hub.asked.clear()
    assert pull(hub, user).code == 0
    assert hub.ranges("model.onnx.data") == ["bytes=2000000-"]
    assert is_whole(user)


def test_two_pulls_at_once_take_turns(hub, user):
    hub.stalls["model.onnx.data"] = 1_000_000
    with pulling(hub, user) as first:
        assert hub.stalled.wait(30)
        with pulling(hub, user) as second:
            assert second.stderr is not None
            assert second.stderr.readline() == f"Another process is downloading {NAME}: waiting for it.\n"
            hub.go.set()
            for child in (first, second):
                output, _ = child.communicate(timeout=30)
                assert output.startswith(f"{NAME} is here")
    assert hub.ranges("model.onnx.data") == [None]
    assert is_whole(user)


def test_a_file_with_a_wrong_checksum_is_fetched_anew_once(hub, user):
    hub.wrong = {"model.onnx.data": 1, "tokenizer.json": 1}
    assert pull(hub, user).code == 0
    assert hub.ranges("model.onnx.data") == [None, None]
    assert is_whole(user)


def test_a_file_that_stays_wrong_is_refused(hub, user):
    hub.wrong["model.onnx.data"] = 99
    said = refused(pull(hub, user), user)
    assert "model.onnx.data" in said
    assert "another checksum" in said
    assert len(hub.ranges("model.onnx.data")) == 2


def test_a_damaged_model_gets_back_what_it_lacks(hub, user):
    pull(hub, user)
    hub.asked.clear()
    (user.models / "onnx" / NAME / "model.onnx").unlink()
    told = user.run("models", "list").output
    assert f"cannot be used: model.onnx is missing; phi-assistant models pull {NAME}" in told
    assert pull(hub, user).code == 0
    assert hub.ranges("model.onnx") == [None]
    assert hub.ranges("model.onnx.data") == []
    assert is_whole(user)


def test_a_model_that_was_pulled_answers(hub, user, tiny):
    model = {f"{FOLDER}/{file.name}": file.read_bytes() for file in tiny.folder("answer").iterdir()}
    hub.repos[REPOSITORY] = Repo(model)
    assert pull(hub, user).code == 0
    with closing(ChatPhiOnnx(model="phi3.5", models=user.models)) as chat:
        assert chat.invoke("What is the answer?").content == ANSWER


def test_the_server_is_one_that_the_hubs_own_library_downloads_from(hub, user, tmp_path):
    code = (
        "import sys; from huggingface_hub import snapshot_download; "
        f"print(snapshot_download('{REPOSITORY}', allow_patterns='{FOLDER}/*', local_dir=sys.argv[1]))"
    )
    environment = {**os.environ, **variables(hub, user), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "copy"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert {name: (tmp_path / "copy" / FOLDER / name).read_bytes() for name in FILES} == FILES
