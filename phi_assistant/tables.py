"""Rows of tables, read out so that each cell finds its header.

Knows the pipes of Markdown tables and the rows of .csv files; knows nothing of chunks but their text and their
last heading, which holds the column names where a long table was cut, and for every chunk of a .csv file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import zip_longest

DELIMITERS = ("\t", ";", "|", ",")
"""Of the values in a .csv file; the less likely one is to occur within a value, the earlier it comes."""

_COLUMNS = "Columns: "
_QUOTED = r'"(?:[^"]|""){0,8000}+"(?=[\t;|,\r\n]|\Z)'
_RECORD = re.compile(rf"(?:(?:(?<=[\t;|,\n])|\A){_QUOTED}|[^\n])+")
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
    return named(cells(row), header)


def named(values: Sequence[str], header: Sequence[str]) -> str:
    """The values of a row, each after its column's name; those beyond the header without one."""
    pairs = zip_longest(header[: len(values)], (" ".join(value.split()) for value in values), fillvalue="")
    return "; ".join(f"{name}: {value}" if name and name != value else value for name, value in pairs if value)


def columns_heading(columns: Sequence[str]) -> str:
    """The column names of a .csv file as a heading of its chunks."""
    return _COLUMNS + " | ".join(columns)


def columns_of(headings: Sequence[str]) -> list[str]:
    """The column names in the last heading of a chunk; none where it is not of a .csv file."""
    last = headings[-1] if headings else ""
    return last.removeprefix(_COLUMNS).split(" | ") if last.startswith(_COLUMNS) else []


def column_name(value: str) -> str:
    """A value of the first row, made fit to stand in a heading."""
    return " ".join(value.replace("|", "/").split())


def records(text: str) -> list[tuple[int, int]]:
    """The rows of a .csv file that are not blank: a quoted value may go on over several lines."""
    return [match.span() for match in _RECORD.finditer(text) if match[0].strip()]


def fields(record: str, count: int) -> list[str]:
    """The values of one row, divided so that there are as many as there are columns, or nearly."""
    return min((divided(record, mark) for mark in DELIMITERS), key=lambda values: abs(len(values) - count))


def divided(record: str, delimiter: str) -> list[str]:
    try:
        return [value.strip() for row in csv.reader([record], delimiter=delimiter) for value in row]
    except csv.Error:  # a value beyond what the module takes for one
        return record.split(delimiter)
