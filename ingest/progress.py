"""Progress: a bar with files, chunks and the time left; silence where nobody watches."""

from __future__ import annotations

from types import TracebackType
from typing import Self

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

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()
