"""Rows of Markdown tables, read out so that each cell finds its header.

Knows pipes; knows nothing of chunks but their text and their last heading, which holds the column names where
a long table was cut.
"""

from __future__ import annotations

import re

_RULE = re.compile(r"\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?$")


def is_row(line: str) -> bool:
    return line.lstrip().startswith("|")


def is_rule(line: str) -> bool:
    """The line between the header of a table and its body: "|---|---|"."""
    return bool(_RULE.match(line.strip()))


def cells(row: str) -> list[str]:
    r"""The cells of a row; `\|` is a pipe within one."""
    return [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def header_above(text: str, at: int) -> list[str]:
    """The column names of the table whose row begins at `at`; empty where the text does not hold them."""
    above = text[:at].split("\n")[:-1]
    for number in range(len(above) - 1, 0, -1):
        if not is_row(above[number]):
            return []
        if is_rule(above[number]):
            return cells(above[number - 1])
    return []


def read_out(row: str, header: list[str]) -> str:
    """ "Country: Austria; price: €9.50": the cells of a row, each after its column's name."""
    named = zip(header, cells(row), strict=False) if header else (("", cell) for cell in cells(row))
    return "; ".join(f"{name}: {cell}" if name and name != cell else cell for name, cell in named if cell)
