"""A user at a terminal: documents, a data folder, and `phi-assistant` run as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import warm

from ingest.load import load_bytes

DOCUMENTS = {
    "returns.md": "# Returns\r\n\r\n## How long you have\r\n\r\nYou have 45 days from delivery to return a grinder. "
    "The box – “as it came” – must be complete.\r\n\r\n## Gift cards\r\n\r\n"
    "A gift card can be returned within 14 days, if nothing was spent from it.\r\n",
    "visit/hours.txt": "Our shop in Lisbon opens at nine in the morning. It closes at six in the evening, and at ten "
    "on Thursdays.\n\nDogs are welcome.\n",
    "payment.html": "<title>Paying</title><h1>Paying</h1><p>You can pay by card, by invoice or with a gift card.",
}


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        return json.loads(self.output)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.splitlines()]


@dataclass(frozen=True)
class Shop:
    """A user with documents, a data folder and a terminal; `ingested` is what the first ingestion said."""

    docs: Path
    data: Path
    models: Path
    ingested: list[Done] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PHI_ASSISTANT_DATA": str(self.data), "PHI_ASSISTANT_MODELS": str(self.models)}

    def run(self, *arguments: str | Path, typed: str = "", **variables: str) -> Done:
        """`phi-assistant` with these arguments, in the folder of the documents."""
        variables = {**self.environment, **variables}
        code, output, errors = warm.run(
            list(map(str, arguments)), folder=self.docs, variables=variables, typed=typed.encode()
        )
        return Done(code, output.decode(), errors.decode())

    def running(self, *arguments: str | Path) -> AbstractContextManager[subprocess.Popen[str]]:
        """`phi-assistant` with these arguments; killed at the end of the block."""
        return self._process("-m", "phi_assistant", *arguments)

    def python(self, code: str, *arguments: str | Path) -> AbstractContextManager[subprocess.Popen[str]]:
        """Other code of this user's; killed at the end of the block."""
        return self._process("-c", code, *arguments)

    @contextmanager
    def _process(self, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=self.docs,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    def text(self, source: str) -> str:
        """The extracted text of a source; of a .txt or .md file, all of it."""
        if source.endswith((".txt", ".md")):
            return (self.docs / source).read_bytes().decode()
        return load_bytes((self.docs / source).read_bytes(), name=source).text


def stays_one_line(done: Done) -> bool:
    return done.errors.count("\n") == 1 and "Traceback" not in done.errors
