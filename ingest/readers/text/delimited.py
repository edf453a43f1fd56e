"""Values divided by commas, semicolons, tabs or bars (.csv, .tsv): the file's own text, with its columns named.

The text is kept line for line, so that what is quoted stands in the file as it is quoted. What divides the
values is told from the rows, not from the ending: half of the world's .csv files have semicolons.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ingest.readers.extraction import Extraction, extraction
from ingest.readers.options import Options
from ingest.readers.text.decoding import decode
from phi_assistant.errors import NoText
from phi_assistant.tables import DELIMITERS, column_name, divided, records

_LOOKED_AT = 100
"""Rows that tell what divides the values; more tell nothing new."""
_SAID = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def read_csv(data: bytes, *, stem: str, options: Options) -> Extraction:
    """The columns are named by the first row that has more than one value: above it stands a title."""
    text = decode(data)
    if not text.strip():
        raise NoText("holds nothing but blanks.")
    rows = _rows(text)
    header = _header_at(rows)
    title = next(filter(None, rows[0])) if header and any(rows[0]) else None
    document = extraction([(text, "")], titles=(title,), stem=stem)
    columns = tuple(map(column_name, rows[header]))
    return replace(document, pages=tuple(replace(page, columns=columns) for page in document.pages))


def _rows(text: str) -> list[list[str]]:
    """The first rows, divided; Excel's own line "sep=;" says how, and is none of them."""
    said = _SAID.match(text)
    lines = [text[start:end] for start, end in records(text[: 1000 * _LOOKED_AT])[: _LOOKED_AT + 1]]
    lines = lines[1:] if said and len(lines) > 1 else lines[:_LOOKED_AT]
    delimiter = said[1] if said and said[1] in DELIMITERS else _delimiter(lines)
    return [divided(line, delimiter) for line in lines]


def _delimiter(lines: Sequence[str]) -> str:
    """The one that divides most rows into the same number of values."""

    def alike(delimiter: str) -> float:
        counts = Counter(len(divided(line, delimiter)) for line in lines)
        width, times = max(counts.items(), key=lambda each: (each[1], each[0]))
        return times / len(lines) if width > 1 else 0.0

    return max(DELIMITERS, key=alike)


def _header_at(rows: Sequence[Sequence[str]]) -> int:
    several = (at for at, row in enumerate(rows) if sum(map(bool, row)) > 1)
    return next(several, 0)
