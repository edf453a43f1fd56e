"""Progress: for people a bar with files, chunks and the time left, and silence where nobody watches; for programs a
line of JSON for each step."""

from __future__ import annotations

import json
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

if TYPE_CHECKING:
    from ingest.pipeline import Step


class Bar:
    """Shown on the error stream while a run goes on, if that is a terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bars = Bars(
            SpinnerColumn(),  # turns while one large file is read, and nothing can be counted
            TextColumn("Ingesting"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("files, {task.fields[chunks]:,} chunks"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bars.add_task("", total=None, chunks=0, visible=False)
        self._chunks = 0

    def begin(self, files: int) -> None:
        self._bars.update(self._task, total=files, visible=True)

    def advance(self, files: int, chunks: int) -> None:
        self._chunks += chunks
        self._bars.update(self._task, advance=files, chunks=self._chunks)

    def note(self, source: str, step: Step, reason: str = "") -> None:
        """A bar has no room for single files; the report names those that failed."""

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()


class Lines:
    """Printed to the output stream: {"event": "stored", "source": "faq.md"}; the report comes last, as another."""

    def __init__(self) -> None:
        self._lock = Lock()

    def begin(self, files: int) -> None:
        self._print({"event": "begin", "files": files})

    def advance(self, files: int, chunks: int) -> None:
        self._print({"event": "advance", "files": files, "chunks": chunks})

    def note(self, source: str, step: Step, reason: str = "") -> None:
        self._print({"event": step, "source": source, **({"reason": reason} if reason else {})})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left to be done."""

    def _print(self, event: dict[str, object]) -> None:
        with self._lock:
            print(json.dumps(event, ensure_ascii=False), flush=True)
