"""A stack of containers under a name and on ports of its own, as `docker compose` starts it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOON_S = 180.0


@dataclass
class Stack:
    """What these variables make of the compose file."""

    project: str
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str, check: bool = True) -> str:
        """What a command says, with the stack as the one that is meant; its whole output is the error if it fails."""
        own = {"COMPOSE_PROJECT_NAME": self.project, "COMPOSE_DISABLE_ENV_FILE": "1"}
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **own, **self.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert not check or done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
        return done.stdout

    def compose(self, *arguments: str, check: bool = True) -> str:
        return self.run("docker", "compose", *arguments, check=check)

    def up(self, *flags: str) -> None:
        """Starts it, and waits until all that go on running are well and all that run once have ended well."""
        self.compose("up", "-d", "--no-build", *flags)
        self.wait()

    def wait(self) -> None:
        until = time.monotonic() + SOON_S
        while waiting := [each for each in self.containers() if not _is_well(each)]:
            assert time.monotonic() < until, f"{waiting}\n{self.compose('logs', '--tail', '40')}"
            time.sleep(0.5)

    def containers(self) -> list[dict[str, Any]]:
        lines = self.compose("ps", "-a", "--format", "json").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def url(self, number: int = 1) -> str:
        """Of one of its front ends."""
        return "http://" + self.compose("port", "--index", str(number), "ui", "8501").strip()

    def kill(self, service: str) -> None:
        """Ends the program in the first container of a service, as a crash does; Docker starts the container again."""
        before, until = self.restarts(service), time.monotonic() + SOON_S
        self.compose("exec", "-T", service, "sh", "-c", "kill -9 -1", check=False)
        while self.restarts(service) == before:
            assert time.monotonic() < until
            time.sleep(0.1)

    def restarts(self, service: str) -> int:
        """How often Docker has started containers of a service again."""
        ids = self.compose("ps", "-a", "-q", service).split()
        return sum(map(int, self.run("docker", "inspect", "-f", "{{.RestartCount}}", *ids).split()))

    def down(self) -> None:
        """Deletes it with all that is in it."""
        self.compose("--profile", "*", "down", "--volumes", "--timeout", "5")


def _is_well(container: dict[str, Any]) -> bool:
    if container["State"] == "exited":
        assert container["ExitCode"] == 0, container
        return True
    return container["Health"] == "healthy"
