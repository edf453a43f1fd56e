"""The order in which the lines of a page are read: column by column, each from the top.

Documents nearly always draw their lines in that order, and know better than geometry what belongs together;
the order is only changed where it is evidently another one: drawn row by row across columns, or at random.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from ingest.readers.pdf.letters import right_to_left
from ingest.readers.pdf.lines import Line, overlap

__all__ = ["in_reading_order", "placed"]

_FEW = 15
"""Up to so many lines, one of them out of place is enough to sort them."""
_COLUMN = 5
"""Lines that make a column, rather than a note beside the text."""
_FAR = 3.0
"""Font sizes; a step of so many upwards is not one within a formula."""
_PROSE = 20
"""Letters of an ordinary line of a column; cells of tables have fewer."""


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    upright = [line for line in lines if not line.aside]
    aside = [line for line in lines if line.aside]
    back = _steps_back(upright)
    if _is_jumbled(upright, back) or _is_row_by_row(upright):
        cells = [replace(line, cells=(cell,)) for line in upright for cell in line.cells]
        return [*_ordered(cells), *aside]
    return [*_lifted(upright, back), *aside] if len(back) == 1 else list(lines)


def placed(lines: Sequence[Line], added: Iterable[Line]) -> list[Line]:
    """The lines with others where they stand: beside a line, or after the nearest one above."""
    whole = list(lines)
    for line in sorted(added, key=lambda each: (-each.top, each.left)):
        beside = [at for at, other in enumerate(whole) if not other.aside and overlap(line, other)]
        if beside:
            nearest = min(beside, key=lambda at: _distance(line, whole[at]))
            whole[nearest] = _with(whole[nearest], line)
        else:
            whole.insert(_after(line, whole), line)
    return whole


def _distance(line: Line, other: Line) -> float:
    return max(other.left - line.right, line.left - other.right)


def _with(line: Line, added: Line) -> Line:
    """One line of both, in one cell: a form is no table."""
    cells = sorted((*line.cells, *added.cells), key=lambda cell: cell.left)
    text = " ".join(cell.text for cell in cells)
    whole = replace(cells[0], text=text, right=max(cell.right for cell in cells))
    return replace(line, cells=(whole,))


def _after(line: Line, lines: Sequence[Line]) -> int:
    """After the nearest line above; one that is not straight above counts as further away."""
    above = [
        (other.bottom - line.top + (0.0 if _shared(line, other) > 0 else 4 * line.size), at + 1)
        for at, other in enumerate(lines)
        if not other.aside and other.bottom >= line.top - 0.5 * line.size
    ]
    return min(above)[1] if above else 0


def _shared(line: Line, other: Line) -> float:
    return min(line.right, other.right) - max(line.left, other.left)


def _steps_back(lines: Sequence[Line]) -> list[int]:
    """Where the order goes back up: within a column, or into one that is read before."""
    turned = 2 * sum(right_to_left(line.text) for line in lines) > len(lines)
    return [
        at
        for at, (line, after) in enumerate(pairwise(lines), start=1)
        if _rises(line, after, lines) and (_is_within(line, after) or _is_before(line, after, turned))
    ]


def _rises(line: Line, after: Line, lines: Sequence[Line]) -> bool:
    """Formulas and the words of figures go up and down all the time; running text does not."""
    letters = sorted((len(line.text), len(after.text)))
    rise = (after.bottom - line.top) / line.size
    prose = letters[0] >= _PROSE or (letters[1] >= _PROSE and rise > _FAR)
    return rise > -0.2 and (prose or len(lines) <= _FEW)


def _is_within(line: Line, after: Line) -> bool:
    return _shared(line, after) > 0.3 * min(_width(line), _width(after))


def _is_before(line: Line, after: Line, turned: bool) -> bool:
    return after.left >= line.right if turned else after.right <= line.left


def _is_jumbled(lines: Sequence[Line], back: Sequence[int]) -> bool:
    if len(back) == 1:
        before, after = lines[: back[0]], lines[back[0] :]
        swapped = min(len(before), len(after)) >= _COLUMN and not _is_within(before[-1], after[0])
        return swapped or len(lines) <= _FEW
    return len(back) > len(lines) // 50


def _lifted(lines: Sequence[Line], back: Sequence[int]) -> list[Line]:
    """A title or a header that was drawn last comes first."""
    body, rest = lines[: back[0]], lines[back[0] :]
    if min(line.bottom for line in rest) >= max(line.top for line in body):
        return [*rest, *body]
    return list(lines)


def _width(line: Line) -> float:
    return line.right - line.left


def _is_row_by_row(lines: Sequence[Line]) -> bool:
    """Whether two columns were drawn line beside line, and look like a table."""
    across = [line for line in lines if len(line.cells) == 2]
    if len(across) < max(4, 0.3 * len(lines)):
        return False
    gutter = median([(line.cells[0].right + line.cells[1].left) / 2 for line in across])
    cut = [line for line in across if line.cells[0].right < gutter < line.cells[1].left]
    return len(cut) >= 0.8 * len(across) and _is_prose(cut)


def _is_prose(rows: Sequence[Line]) -> bool:
    """Whether both sides are running text: long lines, most of them as long as their column is wide."""
    for side in (0, 1):
        cells = [row.cells[side] for row in rows]
        widths = sorted(cell.right - cell.left for cell in cells)
        if median([len(cell.text) for cell in cells]) < _PROSE or widths[len(widths) // 3] < 0.75 * widths[-1]:
            return False
    return True


def _ordered(lines: Sequence[Line]) -> Iterator[Line]:
    """Between two lines that run across the gutter, first what is left of it, then what is right."""
    gutter = _gutter(lines)
    if gutter is None:
        yield from (line for row in _rows(lines) for line in row)
        return
    band: list[Line] = []
    for row in _rows(lines):
        if any(line.left < gutter < line.right for line in row):
            yield from _columns(band, gutter)
            yield from row
            band = []
        else:
            band += row
    yield from _columns(band, gutter)


def _columns(band: Sequence[Line], gutter: float) -> Iterator[Line]:
    yield from _ordered([line for line in band if line.right <= gutter])
    yield from _ordered([line for line in band if line.right > gutter])


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where the fewest lines run across, with at least a quarter of the page on either side."""
    best, fewest = None, len(lines) / 4
    for left in {line.left for line in lines}:
        at = left - 0.01
        across = sum(line.left < at < line.right for line in lines)
        before = sum(line.right <= at for line in lines)
        after = len(lines) - across - before
        enough = min(before, after) >= max(3, len(lines) / 4)
        if across < fewest and enough and _are_columns(lines, at):
            best, fewest = at, across
    return best


def _are_columns(lines: Sequence[Line], gutter: float) -> bool:
    """Running text on either side, or lines that do not stand beside one another as those of a table do."""
    before = [line for line in lines if line.right <= gutter]
    after = [line for line in lines if line.left >= gutter]
    if min(median([len(line.text) for line in side]) for side in (before, after)) >= _PROSE:
        return True
    return 2 * sum(any(overlap(line, other) for other in after) for line in before) < len(before)


def _rows(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """From the top; what stands at one height, from the left."""
    row: list[Line] = []
    for line in sorted(lines, key=lambda each: -each.top):
        if row and not overlap(row[0], line):
            yield sorted(row, key=lambda each: each.left)
            row = []
        row.append(line)
    if row:
        yield sorted(row, key=lambda each: each.left)
