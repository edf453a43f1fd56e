"""Lines of a PDF page: its characters put together, in the order in which they are read.

Knows runs of characters and boxes; knows nothing of paragraphs, headings or tables (see `pdf_blocks`).

Written because kreuzberg 4.10 makes headings of body lines, finds tables in running prose (a contents
page, Arabic paragraphs), and none in a ruled table; citations would have pointed at invented headings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from statistics import median

import pypdfium2

from ingest.readers.pdf.characters import Piece, Run, runs_of
from ingest.readers.pdf.letters import clean, mended
from ingest.readers.pdf.lines import CELL_GAP, Cell, Line, merged
from ingest.readers.pdf.reading_order import in_reading_order

__all__ = ["lines_of"]

_UNREADABLE = re.compile("[\x00\x01\x03-\x1f\ufffd\ue000-\uf8ff]")
_TELLING = 100
"""Letters from which on a page's vowels can be counted."""


def lines_of(page: pypdfium2.PdfPage) -> list[Line] | None:
    """The lines of a page; None where it has a text layer that means nothing."""
    textpage = page.get_textpage()
    try:
        runs = list(runs_of(textpage))
    finally:
        textpage.close()
    return None if _is_broken(runs) else merged(in_reading_order(list(_lines(runs))))


def _lines(runs: Sequence[Run]) -> Iterator[Line]:
    upright = _angle(runs)
    turned = []
    for run in runs:
        if (line := _line(run)) is None:
            continue
        if run.angle == upright:
            yield line
        else:
            turned.append(replace(line, aside=True))
    yield from turned


def _angle(runs: Iterable[Run]) -> int | None:
    """The angle of most of the text: pages are turned, and drawn on their side."""
    letters: Counter[int | None] = Counter()
    for run in runs:
        letters[run.angle] += sum(len(piece.text) for piece in run.pieces)
    return letters.most_common(1)[0][0] if letters else 0


def _line(run: Run) -> Line | None:
    """None where the run is blank once control characters are taken out."""
    pieces = mended(run.pieces, run.size)
    inked = [each for each in pieces if not each.text.isspace()]
    cells = [cell for part in _split(pieces, gap=CELL_GAP * run.size) if (cell := _cell(part)).text]
    if not cells:
        return None
    bottom, top = median([each.bottom for each in inked]), median([each.top for each in inked])
    return Line(tuple(cells), size=run.size, bold=run.bold, bottom=bottom, top=top)


def _split(pieces: list[Piece], *, gap: float) -> Iterator[list[Piece]]:
    part: list[Piece] = []
    end: float | None = None
    for piece in pieces:
        if not piece.text.isspace():
            if end is not None and piece.left - end > gap:
                yield part
                part = []
            end = piece.right
        part.append(piece)
    yield part


def _cell(pieces: list[Piece]) -> Cell:
    inked = [each for each in pieces if not each.text.isspace()] or pieces
    return Cell(
        clean("".join([each.text for each in pieces])),
        left=min([each.left for each in inked]),
        right=max([each.right for each in inked]),
    )


def _is_broken(runs: Sequence[Run]) -> bool:
    """Whether the letters are not those that are printed: the document does not say which they are.

    Often it says nothing and they are right all the same; numbers of glyphs read as letters have few vowels.
    """
    text = "".join([each.text for run in runs for each in run.pieces if not each.text.isspace()])
    if 2 * len(_UNREADABLE.findall(text)) > len(text):
        return True
    unmapped = "".join([each.text for run in runs if not run.mapped for each in run.pieces]).lower()
    letters = [each for each in unmapped if each.isascii() and each.isalpha()]
    vowels = sum(each in "aeiouy" for each in letters)
    return 2 * len(unmapped) > len(text) and len(letters) > _TELLING and vowels < 0.2 * len(letters)
