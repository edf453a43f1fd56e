"""How far a download is: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.console import Console

_CHECKING = "checking "
"""What is done after a file has come; a moment, and of no interest in a log."""


class Progress(Protocol):
    """What is done, in words, and how many bytes of how many are there."""

    @property
    def step(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...


Watch = Callable[[Progress], Any]


@contextmanager
def watching() -> Iterator[Watch]:
    """Shows what it is told on stderr, so that stdout holds the result alone."""
    from rich.console import Console

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if console.is_terminal:
        with _bar(console) as watch:
            yield watch
    else:
        yield _Lines(console)


class _Lines:
    """A line when a file begins, and one at every tenth of the whole."""

    def __init__(self, console: Console) -> None:
        self._console, self._step, self._tenth = console, "", 0

    def __call__(self, progress: Progress) -> None:
        from rich.filesize import decimal

        step, tenth = progress.step, 10 * progress.done // (progress.total or 1)
        if not step or step.startswith(_CHECKING) or (step, tenth) == (self._step, self._tenth):
            return
        self._step, self._tenth = step, tenth
        here = f"{decimal(progress.done)} of {decimal(progress.total)} are here, now " if progress.total else ""
        self._console.print(f"{here}{step}", markup=False)


@contextmanager
def _bar(console: Console) -> Iterator[Watch]:
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console, transient=True) as bars:
        task = bars.add_task("")

        def watch(progress: Progress) -> None:
            bars.update(task, description=progress.step[:30], completed=progress.done, total=progress.total or None)

        yield watch
