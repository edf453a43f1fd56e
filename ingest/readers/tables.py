"""Markdown tables, written the same way whatever format they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count, product

_LARGEST = 100_000
"""Cells of a table once its spans are spread: a few bytes of a page can ask for any number of them."""


def pipe_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of equal length, the first of them as the head; empty rows are left out."""
    written = [_row(row) for row in rows if any(cell.strip() for cell in row)]
    return "\n".join([written[0], _row(["---"] * len(rows[0])), *written[1:]]) if written else ""


def spread(rows: Sequence[Iterable[tuple[str, int, int]]]) -> list[list[str]]:
    """From each cell's (text, columns, rows) to rows of equal length, its text in all that it spans.

    No rows where they would be too many to hold.
    """
    taken: dict[tuple[int, int], str] = {}
    for y, row in enumerate(rows):
        free = (x for x in count() if (y, x) not in taken)
        for text, columns, down in row:
            x = next(free)
            if columns * min(down, len(rows) - y) + len(taken) > _LARGEST:
                return []
            taken |= dict.fromkeys(product(range(y, min(y + down, len(rows))), range(x, x + columns)), text)
    width = max((x + 1 for _, x in taken), default=0)
    height = len(rows) if width * len(rows) <= _LARGEST else 0
    return [[taken.get((y, x), "") for x in range(width)] for y in range(height)]


def _row(cells: Sequence[str]) -> str:
    """A bar within a cell is escaped, the only escape in our texts: it would begin another cell."""
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
