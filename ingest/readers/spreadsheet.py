"""Spreadsheets (.xlsx, .xls, .ods): a page for each sheet, its tables as tables, its cells as a person sees them.

Hidden sheets are left out: nobody can turn to them, and they mostly hold what lists choose from. Where all are
hidden, all are read. Hidden rows and columns are read: a filter or an outline hides them for the moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ingest.readers.extraction import Extraction
from ingest.readers.odf_text import document_title
from ingest.readers.ods_sheets import ods_sheets
from ingest.readers.options import Options
from ingest.readers.packages import open_package
from ingest.readers.parts import Parts
from ingest.readers.sheets import DAMAGES, pages_of
from ingest.readers.xls_sheets import xls_sheets
from ingest.readers.xlsx_sheets import xlsx_sheets
from phi_assistant.errors import LoadError

_DAMAGED = "is damaged: it is cut short or altered. Open it in the program that wrote it, save it again, and add that."


def read_xlsx(data: bytes, *, stem: str, options: Options) -> Extraction:
    with open_package(data, options) as package, _told():
        parts = Parts(package)
        return pages_of(xlsx_sheets(parts), title=parts.title(), stem=stem, options=options)


def read_xls(data: bytes, *, stem: str, options: Options) -> Extraction:
    with _told():
        return pages_of(xls_sheets(data), title="", stem=stem, options=options)


def read_ods(data: bytes, *, stem: str, options: Options) -> Extraction:
    with open_package(data, options) as package, _told():
        title = document_title(package.xml("meta.xml")) if "meta.xml" in package else ""
        return pages_of(ods_sheets(package), title=title, stem=stem, options=options)


@contextmanager
def _told() -> Iterator[None]:
    """What other libraries raise for damaged files, as ours."""
    try:
        yield
    except LoadError:
        raise
    except DAMAGES as exc:
        raise LoadError(_DAMAGED) from exc
