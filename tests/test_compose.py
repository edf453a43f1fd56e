"""The compose file, as Compose understands it, in every profile: what is published, limited, checked and documented."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from phi_assistant.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE, EXAMPLE = ROOT / "docker-compose.yml", ROOT / ".env.example"
ALWAYS = {"ui", "chroma", "ingest"}
ADDED = {
    "": set(),
    "ollama": {"ollama", "ollama-model"},
    "onnx": {"onnx-model"},
    "postgres": {"postgres"},
    "ollama,onnx,postgres": {"ollama", "ollama-model", "onnx-model", "postgres"},
}
ONCE = {"ingest", "ollama-model", "onnx-model", "volumes"}
FOREIGN = {"ollama", "postgres"}


def has_compose() -> bool:
    docker = shutil.which("docker")
    return docker is not None and not subprocess.run([docker, "compose", "version"], capture_output=True).returncode


pytestmark = pytest.mark.skipif(not has_compose(), reason="the plugin docker compose is not installed")


def composed(**variables: str) -> dict[str, Any]:
    """The whole file with these variables, and nothing of this machine's own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_CONFIG") if name in os.environ}
    done = subprocess.run(
        ["docker", "compose", "--env-file", os.devnull, "-f", str(COMPOSE), "config", "--format", "json"],
        capture_output=True,
        text=True,
        env=kept | variables,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def everything() -> dict[str, Any]:
    """All services of all profiles."""
    services: dict[str, Any] = composed(COMPOSE_PROFILES="*")["services"]
    assert ADDED["ollama,onnx,postgres"] | ALWAYS | {"volumes"} == set(services)
    return services


@pytest.mark.parametrize("profiles", ADDED)
def test_a_profile_brings_its_services_and_no_others(profiles):
    assert set(composed(COMPOSE_PROFILES=profiles)["services"]) == ALWAYS | ADDED[profiles]


def test_nothing_is_published_but_the_front_end_and_that_on_this_machine_alone(everything):
    published = {name: service["ports"] for name, service in everything.items() if "ports" in service}
    assert set(published) == {"ui"}
    [port] = published["ui"]
    assert (port["host_ip"], port["published"], port["target"]) == ("127.0.0.1", "8501", 8501)
    assert everything["ui"]["environment"]["PHI_ASSISTANT_PUBLISHED"] == "127.0.0.1"


def test_the_front_end_is_told_of_the_address_at_which_it_is_published():
    ui = composed(PHI_ADDRESS="0.0.0.0")["services"]["ui"]
    assert ui["ports"][0]["host_ip"] == ui["environment"]["PHI_ASSISTANT_PUBLISHED"] == "0.0.0.0"


def test_vectors_and_conversations_are_in_a_network_that_leads_nowhere(everything):
    assert composed()["networks"]["inner"]["internal"] is True
    assert {name: set(everything[name]["networks"]) for name in ("chroma", "postgres")} == {
        "chroma": {"inner"},
        "postgres": {"inner"},
    }


def test_our_own_containers_may_write_to_their_volumes_and_do_little_else(everything):
    for name in everything.keys() - FOREIGN:
        service = everything[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert (service.get("user"), bool(service.get("cap_add"))) == (
            ("root", True) if name == "volumes" else (None, False)
        )
    assert re.search(r"^USER phi$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)


def test_every_service_has_a_limit_of_memory_and_is_checked_or_runs_once(everything):
    for name, service in everything.items():
        assert int(service["mem_limit"]) > 0
        if name in ONCE:
            assert service["restart"] == "no"
        else:
            assert service["restart"] == "unless-stopped"
            assert service["healthcheck"]["test"][0] == "CMD"
            assert service["healthcheck"]["test"][1] in ("python", "pg_isready", "ollama")  # nowhere is there a curl


def test_who_needs_another_waits_until_it_is_well(everything):
    waits = {name: service["depends_on"] for name, service in everything.items() if "depends_on" in service}
    assert {name: set(needed) for name, needed in waits.items()} == {
        "ui": {"chroma", "postgres"},
        "ingest": {"chroma", "ui"},
        "onnx-model": {"ui"},
        "ollama-model": {"ollama"},
    }
    conditions = {(name, each["condition"]) for needed in waits.values() for name, each in needed.items()}
    assert conditions == {
        *((name, "service_healthy") for name in ("chroma", "postgres", "ollama")),
        ("ui", "service_started"),  # which has filled the volume of models by then
    }


def test_a_folder_of_documents_that_is_not_there_is_not_made(everything):
    for name in ("ui", "ingest"):
        [documents] = [each for each in everything[name]["volumes"] if each["target"] == "/documents"]
        assert documents["read_only"] is True
        assert documents["bind"].get("create_host_path", False) is False


def test_a_secret_is_a_file_and_no_variable_holds_one(tmp_path):
    (tmp_path / "password").write_text("correct horse")
    without = composed()
    assert {secret["file"] for secret in without["secrets"].values()} == {os.devnull}
    environment = without["services"]["ui"]["environment"]
    assert (environment["PHI_ASSISTANT_PASSWORD_FILE"], "PHI_ASSISTANT_PASSWORD" in environment) == ("", False)
    found = composed(PHI_ASSISTANT_PASSWORD_FILE=str(tmp_path / "password"))
    assert found["secrets"]["password"]["file"] == str(tmp_path / "password")
    assert found["services"]["ui"]["environment"]["PHI_ASSISTANT_PASSWORD_FILE"] == "/run/secrets/password"
    assert "correct horse" not in json.dumps(found)


def test_whatever_can_be_set_is_passed_on_but_what_the_image_decides(everything):
    given = {
        name: {each.removeprefix("PHI_ASSISTANT_").lower() for each in everything[name]["environment"]}
        for name in ("ui", "ingest")
    }
    assert given["ingest"] < given["ui"]
    assert set(Settings.model_fields) - given["ui"] == {
        "data",
        "models",
        "password",
        "owner_password",
        "openai_key",
        "wait",
    }
    assert given["ui"] <= set(Settings.model_fields)


def test_ollama_is_run_as_its_image_wants_it(everything):
    server = everything["ollama"]
    assert server["image"] == "ollama/ollama:0.32.15"
    assert server["healthcheck"]["test"] == ["CMD", "ollama", "list"]
    assert [volume["target"] for volume in server["volumes"]] == ["/root/.ollama"]
    assert not {"command", "entrypoint", "environment"} & {key for key in server if server[key]}  # the image's own


def test_every_variable_is_documented_with_what_it_is_by_default():
    used = dict(re.findall(r"\$\{(\w+)(?::[-+]([^}]*))?\}", COMPOSE.read_text("utf-8")))
    passed = re.findall(r"^ +(PHI_ASSISTANT_\w+):$", COMPOSE.read_text("utf-8"), re.MULTILINE)
    documented = dict(re.findall(r"^#(\w+)=(.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE))
    assert used.keys() | set(passed) | {"COMPOSE_PROFILES"} == documented.keys()
    for name, default in used.items():
        if default and not default.startswith("/") and default != "none":
            assert documented[name] == default


def test_the_example_is_read_by_compose_with_every_line_in_force(tmp_path):
    lines = [
        line.removeprefix("#") if re.match(r"#\w+=", line) else line for line in EXAMPLE.read_text("utf-8").split("\n")
    ]
    given = dict(line.split("=", 1) for line in lines if re.match(r"\w+=.", line))
    services = composed(**given)["services"]
    environment = services["ui"]["environment"]
    assert environment["PHI_ASSISTANT_DATABASE"] == "postgresql://phi@postgres/phi"
    assert environment["PHI_ASSISTANT_FILE_MEMORY"] == "2 GB"
