"""Draws the pages of a PDF, with the words of quotes marked on them, or a picture as it is. A program of its own:
`original.py` runs it.

A file comes from anywhere, and PDFium is C++: what it does to this process costs a picture and nothing else. What is
drawn is what was read for the answer, byte for byte, or nothing.
"""

from __future__ import annotations

import ctypes
import hashlib
import io
import json
import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageChops, ImageDraw

from ingest.readers.options import Options
from ingest.readers.pdf.image import page_of
from ingest.readers.pdf.opening import label_of, opened
from ingest.sources.files import contents
from phi_assistant.errors import LoadError
from ui.viewing.aligning import aligned, share, spans

WIDE = 1400
"""Pixels of a page's width, for two on a pixel of most screens."""
_TALLEST = 4000
_QUOTE, _MARK = (255, 240, 160), (255, 208, 74)
"""Of a felt pen; what is printed stays as dark as it was."""
_MARGIN = 1.5
"""Points around the words."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Found:
    """A sheet, and the page that it is."""

    index: int
    quote: list[tuple[int, int]]
    marks: list[tuple[int, int]]


def main() -> None:
    """Reads what is wanted from the standard input, and writes the pictures to the standard output."""
    wanted = json.load(sys.stdin)
    _confine(wanted["memory"])
    try:
        print(json.dumps({"pages": list(_pages(wanted))}))
    except (LoadError, pypdfium2.PdfiumError, MemoryError, ValueError) as exc:
        print(json.dumps({"reason": str(exc) or type(exc).__name__}))


def _confine(memory: int) -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _pages(wanted: dict[str, Any]) -> Iterator[dict[str, Any]]:
    path = Path(wanted["path"])
    data = contents(path, path.parent, most=wanted["size"])
    if hashlib.sha256(data).hexdigest() != wanted["digest"]:
        raise LoadError("is not the file any more that was read.")
    options = Options(pages=wanted["count"], passwords=tuple(wanted["passwords"]))
    if wanted["kind"] == "image":
        yield from (_shown(data, sheet["label"], options) for sheet in wanted["sheets"])
        return
    with opened(data, options) as document:
        document.init_forms()
        for sheet in wanted["sheets"]:
            if found := _found(document, sheet):
                yield _drawn(document, found, sheet["label"])


def _found(document: pypdfium2.PdfDocument, sheet: dict[str, Any]) -> _Found | None:
    """The page of a sheet; of several with the same label the one that has most of its words."""
    alike = [index for index in range(len(document)) if label_of(document, index) == sheet["label"]]
    best: tuple[float, _Found] | None = None
    for index in alike:
        textpage = document[index].get_textpage()
        places = aligned(sheet["quote"], _text(textpage), before=sheet["before"])
        marks = [places[at] for start, end in sheet["marks"] for at in range(start, end)]
        there = share(places, sheet["quote"])
        if best is None or there > best[0]:
            best = there, _Found(index, spans(places), spans(marks))
    return best[1] if best else None


def _text(textpage: pypdfium2.PdfTextPage) -> str:
    """A character for each that PDFium counts."""
    code, handle = pdfium.FPDFText_GetUnicode, textpage.raw
    return "".join([chr(code(handle, at)) for at in range(textpage.count_chars())])


def _drawn(document: pypdfium2.PdfDocument, found: _Found, label: str) -> dict[str, Any]:
    page = document[found.index]
    width, height = page.get_size()
    scale = min(WIDE / width, _TALLEST / height)
    picture = page.render(scale=scale, fill_color=(255, 255, 255, 255)).to_pil().convert("RGB")
    pen, textpage = Image.new("RGB", picture.size, "white"), page.get_textpage()
    for stretches, colour in ((found.quote, _QUOTE), (found.marks, _MARK)):
        for box in _boxes(textpage, stretches):
            ImageDraw.Draw(pen).rectangle(_on_picture(page, box, picture.size), fill=colour)
    picture = ImageChops.multiply(picture, pen)
    return _told(picture, label, found.index + 1, len(document), is_marked=bool(found.quote))


def _shown(data: bytes, label: str, options: Options) -> dict[str, Any]:
    """A picture, or a page of a fax; the words on it are known, and not where they are."""
    picture, number, count = page_of(data, label, options)
    picture.thumbnail((WIDE, _TALLEST))
    return _told(picture, label, number, count, is_marked=False)


def _told(picture: Image.Image, label: str, number: int, count: int, *, is_marked: bool) -> dict[str, Any]:
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=False)
    png = b64encode(written.getvalue()).decode("ascii")
    return {"label": label, "number": number, "of": count, "is_marked": is_marked, "png": png}


def _boxes(textpage: pypdfium2.PdfTextPage, stretches: Iterable[tuple[int, int]]) -> Iterator[Box]:
    """Left, bottom, right and top, a box for each line, in points."""
    for start, end in stretches:
        for number in range(textpage.count_rects(start, end - start)):
            left, bottom, right, top = textpage.get_rect(number)
            yield left - _MARGIN, bottom - _MARGIN, right + _MARGIN, top + _MARGIN


def _on_picture(page: pypdfium2.PdfPage, box: Box, size: tuple[int, int]) -> Box:
    """The same in pixels from the upper left corner, however the page is turned and cropped."""
    corners = [_pixel(page, x, y, size) for x, y in ((box[0], box[1]), (box[2], box[3]))]
    (x, y), (x2, y2) = corners
    return min(x, x2), min(y, y2), max(x, x2), max(y, y2)


def _pixel(page: pypdfium2.PdfPage, x: float, y: float, size: tuple[int, int]) -> tuple[int, int]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
    return across.value, down.value
