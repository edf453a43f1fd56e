"""PDF files: one page of Markdown per printed page, labelled as the document numbers them.

Knows what a document is made of: printed pages, scanned ones, what was written onto them, attachments.
`pdf_lines` and `pdf_blocks` know a page, `furniture` what all pages share, `ocr` scans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pypdfium2

from ingest.readers.extraction import Extraction, Problem, extraction, first_heading
from ingest.readers.options import DEFAULTS, Options
from ingest.readers.pdf.attachments import attachments_of, read_attachments
from ingest.readers.pdf.damage import damaged_pages
from ingest.readers.pdf.furniture import written
from ingest.readers.pdf.lines import Line
from ingest.readers.pdf.notes import notes_of, prepare_forms
from ingest.readers.pdf.opening import DAMAGED, label_of, opened
from ingest.readers.pdf.reading_order import placed
from ingest.readers.pdf.scans import Scans, ranges
from ingest.readers.pdf.text_lines import lines_of
from phi_assistant.errors import LoadError

__all__ = ["read_pdf"]

_DAMAGED_PAGE = "is damaged: what could be read of it may be wrong or incomplete. Export the document again."


def read_pdf(
    data: bytes,
    *,
    stem: str,
    options: Options = DEFAULTS,
    inner: Callable[[str, bytes], Extraction] | None = None,
) -> Extraction:
    """`inner` reads an attachment by its name; without it attachments are passed over."""
    scans, damaged = Scans(options.ocr_languages, options.sign), damaged_pages(data)
    with opened(data, options) as document:
        problems = prepare_forms(document)
        title = document.get_metadata_value("Title")
        labels = [label_of(document, index) for index in range(len(document))]
        pages = [_lines(document, index, scans, damaged) for index in range(len(document))]
        attachments, lost = attachments_of(document, limit=options.unpacked) if inner else ([], [])
    attached, inside = read_attachments(attachments, inner) if inner else ([], [])
    texts = written(pages)
    if not any(texts) and not attached:
        raise LoadError(DAMAGED) if damaged or b"startxref" not in data else scans.no_text()
    return extraction(
        [*_parted(texts, labels, last=not attached), *attached],
        titles=(title, first_heading("\n\n".join(texts[:3]))),
        stem=stem,
        problems=[*_damaged(damaged, labels), *scans.problems(labels), *problems, *lost, *inside],
    )


def _lines(document: pypdfium2.PdfDocument, index: int, scans: Scans, damaged: set[int]) -> list[Line]:
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        damaged.add(index)
        return []
    try:
        lines = scans.lines(page, index, lines_of(page))
        return placed(lines, notes_of(page, lines))
    except pypdfium2.PdfiumError:
        damaged.add(index)
        return []
    finally:
        page.close()


def _damaged(indexes: set[int], labels: Sequence[str]) -> Iterator[Problem]:
    for where in ranges(sorted(indexes), labels):
        yield Problem(where, _DAMAGED_PAGE)


def _parted(texts: Sequence[str], labels: Sequence[str], *, last: bool) -> list[tuple[str, str]]:
    """A blank line after each page but the last, so that no paragraph reaches from one into the next."""
    ends = [*("\n\n" for _ in texts[1:]), "" if last else "\n\n"]
    return [(text and text + end, label) for text, end, label in zip(texts, ends, labels, strict=True)]
