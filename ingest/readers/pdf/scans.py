"""Pages of a PDF without a text layer: which they are, and reading them with Tesseract where it is installed.

Knows pictures on pages; `ocr` knows Tesseract.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.readers.extraction import Problem
from ingest.readers.pdf.lines import Line
from ingest.readers.pdf.ocr import DPI, Tesseract, find_tesseract, missing_languages, remedy
from phi_assistant.errors import LoadError, NoText

__all__ = ["Scans", "ranges"]

_STAMP = 40
"""Letters up to which the text layer of a scan may be no more than a stamp: a page number, "scanned with …"."""
_COVERED, _OUTLINES = 0.05, 200
"""Part of a page that pictures cover, and the number of drawn shapes, from which a page may hold words."""
_SCANNED = 0.75
_PIXELS = 50_000_000
"""Of a page as Tesseract gets it: an A2 poster; larger ones are made smaller."""


@dataclass
class Scans:
    """The scanned pages of one document."""

    languages: str
    sign: Callable[[], None]
    """Called after each page."""
    read: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)

    @cached_property
    def tesseract(self) -> Tesseract | None:
        return find_tesseract(self.languages)

    def lines(self, page: pypdfium2.PdfPage, index: int, layer: list[Line] | None) -> list[Line]:
        """The lines of a page whose text layer holds `layer`; None for one that means nothing."""
        lines = layer or []
        letters = _letters(lines)
        if layer is not None and not _is_scan(page, letters):
            return lines
        if self.tesseract is None:
            self.unread.append(index)
            return lines
        try:
            recognised = _recognised(page, self.tesseract)
        except LoadError as exc:
            self.failed[index] = str(exc)
            return lines
        finally:
            self.sign()
        self.read.append(index)
        return recognised if _letters(recognised) > letters else lines

    def problems(self, labels: Sequence[str]) -> Iterator[Problem]:
        for where in ranges(self.unread, labels):
            yield Problem(where, _unread(self.languages))
        for index, reason in self.failed.items():
            yield Problem(labels[index], reason)
        if self.read and self.tesseract and self.tesseract.missing:
            for where in ranges(self.read, labels):
                yield Problem(where, missing_languages(self.tesseract, self.languages))

    def no_text(self) -> LoadError:
        """Why a document whose pages hold no text has none."""
        if self.unread:
            return NoText(_unread(self.languages))
        if self.failed:
            return NoText(f"has no text layer, and {next(iter(self.failed.values()))}")
        if self.read:
            return NoText("has no text layer: it is probably a scan, and Tesseract finds no words in it.")
        return NoText("holds no text: its pages are empty.")


def ranges(indexes: Sequence[int], labels: Sequence[str]) -> Iterator[str]:
    """ "p. 4-6" for pages that follow one another."""
    starts = [index for index in indexes if index - 1 not in indexes]
    ends = [index for index in indexes if index + 1 not in indexes]
    for start, end in zip(sorted(starts), sorted(ends), strict=True):
        yield labels[start] if start == end else f"{labels[start]}-{labels[end].removeprefix('p. ')}"


def _unread(languages: str) -> str:
    return (
        "has no text layer: it is probably a scan. "
        f"Install Tesseract to have it read: {remedy(languages)}, and ingest it again."
    )


def _letters(lines: Sequence[Line]) -> int:
    return sum(map(str.isalnum, "".join(line.text for line in lines)))


def _is_scan(page: pypdfium2.PdfPage, letters: int) -> bool:
    """Whether the words of a page with so many letters may stand in its pictures, or are drawn as shapes."""
    if letters > _STAMP:
        return False
    area, shapes = 0.0, 0
    for each in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH)):
        if each.type == pdfium.FPDF_PAGEOBJ_PATH:
            shapes += 1
        else:
            left, bottom, right, top = each.get_bounds()
            area += (right - left) * (top - bottom)
    covered = area / (page.get_width() * page.get_height() or 1)
    return covered >= _SCANNED if letters else covered >= _COVERED or shapes >= _OUTLINES


def _recognised(page: pypdfium2.PdfPage, tesseract: Tesseract) -> list[Line]:
    inches = page.get_width() * page.get_height() / 72**2
    dpi = int(min(DPI, math.sqrt(_PIXELS / max(inches, 0.01))))
    bitmap = page.render(scale=dpi / 72, grayscale=True)
    try:
        return tesseract.read(bitmap.to_pil().convert("L"), dpi=dpi)
    finally:
        bitmap.close()
