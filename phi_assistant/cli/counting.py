"""How many of how many are done: a bar on a terminal, a line at every tenth elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Count = Callable[[int, int], None]
"""Told how many are done, and how many of them failed."""


@contextmanager
def counting(what: str, total: int) -> Iterator[Count]:
    """Shows on stderr what it is told, so that stdout holds the result alone."""
    from rich.console import Console

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        yield _lines(what, total, console.print)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task(what, total=total, failed="")

        def count(done: int, failed: int) -> None:
            bars.update(task, completed=done, failed=f"{failed} failed" if failed else "")

        yield count


def _lines(what: str, total: int, say: Callable[..., None]) -> Count:
    """Says something whenever another tenth is done."""

    def count(done: int, failed: int) -> None:
        if 10 * done // total > 10 * (done - 1) // total:
            say(f"{what}: {done:,} of {total:,}{f', {failed} failed' if failed else ''}", markup=False)

    return count
