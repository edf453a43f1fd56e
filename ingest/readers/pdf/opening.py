"""Opening a PDF: its passwords, its limits, and what is said of one that does not open.

Knows how passwords are written in the PDFs of different years; knows nothing of pages.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.readers.office.passwords import locked
from ingest.readers.options import Options, raising
from phi_assistant.errors import LoadError

__all__ = ["DAMAGED", "label_of", "opened"]

DAMAGED = "is damaged: its PDF structure cannot be read. Export or download it again."

_PDFIUM = RLock()
"""PDFium may be entered by one thread at a time, whatever the number of documents."""


@contextmanager
def opened(data: bytes, options: Options) -> Iterator[pypdfium2.PdfDocument]:
    with _PDFIUM:
        document = _unlocked(data, options)
        try:
            if len(document) > options.pages:
                raise LoadError(
                    f"is too long: it has {len(document):,} pages, and at most {options.pages:,} are read. "
                    f"Split it. {raising('file_pages')}"
                )
            yield document
        except pypdfium2.PdfiumError as exc:
            raise LoadError(DAMAGED) from exc
        finally:
            document.close()


def label_of(document: pypdfium2.PdfDocument, index: int) -> str:
    """What a reader turns to: "p. iv", as the document numbers its pages, else "p. 4"."""
    return f"p. {document.get_page_label(index).strip() or index + 1}"


def _unlocked(data: bytes, options: Options) -> pypdfium2.PdfDocument:
    for password in ("", *(form for given in options.passwords for form in _forms(given))):
        try:
            return pypdfium2.PdfDocument(data, password=password)
        except pypdfium2.PdfiumError as exc:
            if pdfium.FPDF_GetLastError() != pdfium.FPDF_ERR_PASSWORD and "password" not in str(exc).lower():
                raise LoadError(DAMAGED) from exc
    raise locked(options.passwords)


def _forms(password: str) -> list[str]:
    """As typed, as PDF 2.0 prepares it, and as older programs wrote it: in the bytes of cp1252 or UTF-8."""
    forms = [password, unicodedata.normalize("NFKC", password)]
    for encoding in ("cp1252", "utf-8"):
        forms.append(password.encode(encoding, "replace").decode("latin-1"))
    return [form for form in dict.fromkeys(forms) if "\0" not in form]
