"""A process of its own for each stack that is measured: it loads once, is asked by lines of JSON, and answers so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

Json = dict[str, Any]


class Child:
    """`python -m MODULE ARGUMENTS…`, which calls `serve`."""

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=Path(__file__).parents[1],
            env={**os.environ, **environment},
        )

    def ask(self, what: str, **arguments: Any) -> Any:
        """What the function of that name returns there. Raises if the process has ended; its traceback is printed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([what, arguments]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise subprocess.CalledProcessError(self._process.wait(), self._process.args)
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


def serve(functions: Mapping[str, Callable[..., Any]]) -> None:
    """Answers until nobody asks any more; whatever is printed meanwhile goes to the errors."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        what, arguments = json.loads(line)
        answers.write(json.dumps(functions[what](**arguments)) + "\n")
        answers.flush()
