"""Excel workbooks of before 2007 (.xls), read with xlrd: the sheets that a person sees, as they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import xlrd

from ingest.readers.office.number_formats import general, shown
from ingest.readers.sheets.grid import Grid
from ingest.readers.sheets.sheets import Sheet
from phi_assistant.errors import EncryptedFile, LoadError

_DAMAGED = "is damaged: it is cut short or altered. Open it in Excel, save it again as .xlsx, and add that."


def xls_sheets(data: bytes) -> Iterator[Sheet]:
    book = _opened(data)
    shown_ones = [number for number in range(book.nsheets) if not book.sheet_by_index(number).visibility]
    for number in shown_ones or range(book.nsheets):
        sheet = book.sheet_by_index(number)
        notes = (
            (row, column, " ".join(note.text.split())) for (row, column), note in sorted(sheet.cell_note_map.items())
        )
        remarks = tuple(f"Note on {xlrd.cellname(row, column)}: {text}" for row, column, text in notes if text)
        yield Sheet(sheet.name, _grid(book, sheet), remarks)


def _opened(data: bytes) -> xlrd.Book:
    try:
        return xlrd.open_workbook(file_contents=data, formatting_info=True, ragged_rows=True, logfile=StringIO())
    except xlrd.XLRDError as exc:
        if "encrypted" in str(exc):
            raise EncryptedFile("wants a password to be opened. Save a copy without one, and add that.") from exc
        raise LoadError(_DAMAGED) from exc
    except Exception as exc:  # whatever its parser stumbles over: it checks next to nothing of a damaged file
        raise LoadError(_DAMAGED) from exc


def _grid(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> Grid:
    grid = Grid()
    for row in range(sheet.nrows):
        cells = ((column, _text(book, cell)) for column, cell in enumerate(sheet.row(row)) if cell.value != "")
        grid.add(row, cells)
    for top, bottom, left, right in sheet.merged_cells:
        grid.merge(top, left, bottom - 1, right - 1)
    return grid


def _text(book: xlrd.Book, cell: xlrd.sheet.Cell) -> str:
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#ERROR!"))
    if cell.ctype not in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return str(cell.value)
    try:
        code = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
        return shown(cell.value, code, since_1904=bool(book.datemode))
    except (LookupError, TypeError, ArithmeticError):
        return general(cell.value)
