"""What may keep a model from being pulled: said in words, with what to do; what has come is kept."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import Hub, Repo, serving
from pulls import (
    FILES,
    FOLDER,
    NAME,
    REPOSITORY,
    WEIGHTS,
    is_whole,
    pull,
    refused,
    variables,
)
from terminal import Done, Shop

from phi_assistant.models.folders import inventory


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


def test_a_server_that_is_busy_is_asked_again(hub, user):
    hub.statuses = {"/api/models/": [503], "/cdn/": [503, 429]}
    assert pull(hub, user).code == 0
    assert is_whole(user)


def test_a_server_that_stays_busy_is_given_up(hub, user):
    hub.statuses["/api/models/"] = [503] * 9
    assert "HTTP 503" in refused(pull(hub, user), user)


def test_a_repository_that_is_gone_is_said_to_be_gone(hub, user):
    hub.repos.clear()
    assert "is gone (HTTP 404)" in refused(pull(hub, user, HF_TOKEN="hf_mine"), user)
    assert "HTTP 401" in refused(pull(hub, user), user)


def test_a_file_that_is_listed_and_not_there_is_said(hub, user):
    hub.statuses["/resolve/"] = [404]
    assert "(HTTP 404)" in refused(pull(hub, user), user)


def test_a_folder_that_has_moved_is_said_with_what_there_is(hub, user):
    hub.repos[REPOSITORY] = Repo({"gpu/gpu-int4/genai_config.json": b"{}"})
    said = refused(pull(hub, user), user)
    assert FOLDER in said
    assert "It has gpu/gpu-int4." in said


def test_a_revision_that_is_not_there_is_said(hub, user):
    assert "no such revision" in refused(pull(hub, user, NAME, "--revision", "v9"), user)


def test_a_gated_repository_wants_a_token_which_the_cdn_does_not_see(hub, user):
    hub.repos[REPOSITORY].token = "hf_mine"
    said = refused(pull(hub, user), user)
    assert "HTTP 401" in said
    assert "hf auth login" in said
    hub.asked.clear()
    assert pull(hub, user, HF_TOKEN="hf_mine").code == 0
    assert is_whole(user)
    for asked in hub.asked:
        assert asked.authorization == (None if asked.path.startswith("/cdn/") else "Bearer hf_mine")


def test_without_a_network_that_is_said_at_once(user):
    nowhere = Hub(port=9)
    said = refused(pull(nowhere, user), user)
    assert "http://127.0.0.1:9 cannot be reached" in said
    assert "HTTPS_PROXY" in said
    assert inventory(user.models) == []


def test_what_is_not_the_hub_is_said_not_to_be(hub, user):
    hub.statuses["/api/models/"] = [200]
    assert "is not the Hugging Face Hub" in refused(pull(hub, user), user)


def test_an_offline_user_is_told_of_the_switch(hub, user):
    said = refused(pull(hub, user, HF_HUB_OFFLINE="1"), user)
    assert "HF_HUB_OFFLINE is set" in said
    assert hub.asked == []


def test_a_disk_that_is_too_small_is_said_with_both_numbers_before_anything_is_fetched(hub, user):
    class Enormous(bytes):
        def __len__(self) -> int:
            return 4 * 10**18

    hub.repos[REPOSITORY].files[f"{FOLDER}/model.onnx.data"] = Enormous(WEIGHTS)
    said = refused(pull(hub, user), user)
    assert "4.0 EB are needed" in said
    assert inventory(user.models) == []
    assert "GB free" in said or "MB free" in said or "TB free" in said
    assert not any("/resolve/" in asked.path for asked in hub.asked)


def test_a_disk_that_becomes_full_keeps_what_has_come(hub, user):
    code = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
sys.argv = ["phi-assistant", "models", "pull", "{NAME}"]
from phi_assistant.cli.app import main
main()
"""
    environment = {**user.environment, **variables(hub, user)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    said = refused(Done(done.returncode, done.stdout, done.stderr), user)
    assert "model.onnx.data cannot be written" in said
    hub.asked.clear()
    assert pull(hub, user).code == 0
    [asked] = hub.ranges("model.onnx.data")
    assert asked is not None
    assert is_whole(user)


def test_a_name_that_is_mistyped_is_answered_with_the_nearest(hub, user):
    assert "Did you mean 'phi-3.5-mini'" in refused(pull(hub, user, "phi-3.5-mni"), user)


def test_an_empty_name_is_said_to_be_none(hub, user):
    assert "No model was named." in refused(pull(hub, user, ""), user)


def test_a_model_without_files_for_processors_says_where_else_it_is(hub, user):
    assert "(ONNX files for GPUs only)" in refused(pull(hub, user, "phi-4-multimodal"), user)
    assert hub.asked == []


def test_a_path_that_leads_out_of_the_folder_is_refused(hub, user):
    hub.repos[REPOSITORY].files[f"{FOLDER}/../../../evil.json"] = b"{}"
    assert "cannot be stored" in refused(pull(hub, user), user)
