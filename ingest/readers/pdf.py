"""PDF files: one page of Markdown per printed page, labelled as the document numbers them.

Knows files, passwords, page labels, and headers and footers; `pdf_lines` and `pdf_blocks` know a page.
OCR is not done: a document of pictures is reported.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from threading import Lock

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.readers.extraction import Extraction, extraction, first_heading
from ingest.readers.pdf_blocks import Style, markdown_of, style_of
from ingest.readers.pdf_lines import Line, lines_of
from phi_assistant.errors import EncryptedFile, LoadError, NoText

logger = logging.getLogger(__name__)

_PDFIUM = Lock()
"""PDFium may be entered by one thread at a time, whatever the number of documents."""

_DAMAGED = "is damaged: its PDF structure cannot be read. Export or download it again."
_SCANNED = "has no text layer: it is probably a scan. Run it through OCR (for instance `ocrmypdf`), and add the result."
_MARGIN = 0.12
_PAGE_NUMBER = re.compile(r"\W*((page|seite|p\.|s\.) ?)?(\d{1,4}|[ivxlc]{1,7})( ?(/|of|von) ?\d+)?\W*", re.I)


def read_pdf(data: bytes, *, stem: str) -> Extraction:
    with _PDFIUM:
        document = _open(data)
        try:
            return _extract(document, stem=stem)
        finally:
            document.close()


def _open(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as exc:
        if pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD or "password" in str(exc).lower():
            raise EncryptedFile("wants a password to be opened. Save a copy without one, and add that.") from exc
        raise LoadError(_DAMAGED) from exc


def _extract(document: pypdfium2.PdfDocument, *, stem: str) -> Extraction:
    pages = [_lines(document, index) for index in range(len(document))]
    if not any(pages):
        raise _no_text(document)
    _report_blank(pages)
    bodies = _without_furniture(pages, style_of([line for page in pages for line in page]))
    style = style_of([line for body in bodies for line in body])
    texts = [markdown_of(body, style) for body in bodies]
    return extraction(
        zip(_spaced(texts), _labels(document), strict=True),
        titles=(document.get_metadata_value("Title"), first_heading("\n\n".join(texts[:3]))),
        stem=stem,
    )


def _spaced(texts: Sequence[str]) -> list[str]:
    """A blank line after each page but the last, so that no paragraph reaches from one into the next."""
    return [text and text + "\n\n" for text in texts[:-1]] + [texts[-1]]


def _lines(document: pypdfium2.PdfDocument, index: int) -> list[Line]:
    try:
        return lines_of(document[index])
    except pypdfium2.PdfiumError as exc:
        logger.warning("Page %d of a PDF is damaged and was left out: %s", index + 1, exc)
        return []


def _no_text(document: pypdfium2.PdfDocument) -> LoadError:
    try:
        pictures = [page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]) for page in document]
    except pypdfium2.PdfiumError:
        return LoadError(_DAMAGED)
    return NoText(_SCANNED if any(map(any, pictures)) else "holds no text: its pages are empty.")


def _report_blank(pages: Sequence[Sequence[Line]]) -> None:
    if blank := sum(not page for page in pages):
        logger.info("%d of %d pages of a PDF have no text layer", blank, len(pages))


def _labels(document: pypdfium2.PdfDocument) -> Iterator[str]:
    for index in range(len(document)):
        yield f"p. {document.get_page_label(index).strip() or index + 1}"


def _without_furniture(pages: Sequence[Sequence[Line]], style: Style) -> list[list[Line]]:
    """The lines of each page without page numbers, and without what its neighbours' margins repeat."""
    margins = [[line for line in _margin(page) if line.size <= 1.12 * style.body] for page in pages]
    seen = Counter(text for margin in margins for text in {_pattern(line) for line in margin})
    enough = min(max(len(pages), 2), 3)

    def is_furniture(line: Line) -> bool:
        return bool(_PAGE_NUMBER.fullmatch(line.text)) or seen[_pattern(line)] >= enough

    return [
        [line for line in page if not (line in margin and is_furniture(line))]
        for page, margin in zip(pages, margins, strict=True)
    ]


def _margin(page: Sequence[Line]) -> list[Line]:
    """The lines nearest to the upper and lower edge of what is printed; at most two of each."""
    if not page:
        return []
    bottom, top = min(line.bottom for line in page), max(line.top for line in page)
    zone = _MARGIN * (top - bottom)
    inner = sorted(page, key=lambda line: line.bottom)
    low = [line for line in inner[:2] if line.bottom < bottom + zone]
    return low + [line for line in inner[-2:] if line.top > top - zone]


def _pattern(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text)
