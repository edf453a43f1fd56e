"""Spreadsheets (.xlsx, .xls, .ods): a page for each sheet, its tables as tables, its cells as a person sees them.

Hidden sheets are left out: nobody can turn to them, and they mostly hold what lists choose from. Where all are
hidden, all are read. Hidden rows and columns are read: a filter or an outline hides them for the moment.
"""

from __future__ import annotations

from ingest.readers.damages import told
from ingest.readers.extraction import Extraction
from ingest.readers.office.packages import open_package
from ingest.readers.office.parts import Parts
from ingest.readers.opendocument.text import document_title
from ingest.readers.options import Options
from ingest.readers.sheets.ods import ods_sheets
from ingest.readers.sheets.sheets import pages_of
from ingest.readers.sheets.xls import xls_sheets
from ingest.readers.sheets.xlsx import xlsx_sheets


def read_xlsx(data: bytes, *, stem: str, options: Options) -> Extraction:
    with open_package(data, options) as package, told():
        parts = Parts(package)
        return pages_of(xlsx_sheets(parts), title=parts.title(), stem=stem, options=options)


def read_xls(data: bytes, *, stem: str, options: Options) -> Extraction:
    with told():
        return pages_of(xls_sheets(data), title="", stem=stem, options=options)


def read_ods(data: bytes, *, stem: str, options: Options) -> Extraction:
    with open_package(data, options) as package, told():
        title = document_title(package.xml("meta.xml")) if "meta.xml" in package else ""
        return pages_of(ods_sheets(package), title=title, stem=stem, options=options)
