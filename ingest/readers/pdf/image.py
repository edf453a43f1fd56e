"""Pictures of text: photographs, screenshots, scans and faxes of several pages, read with Tesseract.

Knows the formats of pictures; `ocr` knows Tesseract. Without it a picture is reported as having no text layer.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image, ImageOps, ImageSequence

from ingest.readers.extraction import Extraction, Problem, extraction
from ingest.readers.options import DEFAULTS, Options, raising
from ingest.readers.pdf.furniture import written
from ingest.readers.pdf.lines import Line
from ingest.readers.pdf.ocr import Tesseract, find_tesseract, missing_languages, remedy
from phi_assistant.errors import LoadError, NoText

__all__ = ["FORMATS", "page_of", "read_image"]

FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP")
"""As Pillow names them."""

_PIXELS = 200_000_000
_READABLE = 50_000_000
"""Pixels that are given to Tesseract; larger pictures are made smaller."""
_SMALL = 2_000_000
"""Pixels up to which a picture is probably of a screen, whose letters are too small for Tesseract as they are."""


def read_image(data: bytes, *, stem: str, options: Options = DEFAULTS) -> Extraction:
    tesseract = find_tesseract(options.ocr_languages)
    with _opened(data) as picture:
        count = _count(picture, options)
        if tesseract is None:
            command = remedy(options.ocr_languages)
            raise NoText(f"has no text layer: it is a picture. Install Tesseract to have it read: {command}.")
        labels = _labels(count)
        pages, problems = _read(picture, tesseract, labels, options.sign)
    texts = written(pages)
    if not any(texts):
        raise NoText(problems[0].reason if problems else "is a picture in which Tesseract finds no words.")
    if tesseract.missing:
        problems.append(Problem(labels[0] or "the picture", missing_languages(tesseract, options.ocr_languages)))
    ends = [*("\n\n" for _ in texts[1:]), ""]
    parts = [(text and text + end, label) for text, end, label in zip(texts, ends, labels, strict=True)]
    return extraction(parts, titles=(), stem=stem, problems=problems)


def page_of(data: bytes, label: str, options: Options) -> tuple[Image.Image, int, int]:
    """The picture as people see it, or the page of it that has this label; its number and how many there are."""
    with _opened(data) as picture:
        labels = _labels(_count(picture, options))
        number = labels.index(label) if label in labels else 0
        picture.seek(number)
        _check(picture)
        upright = ImageOps.exif_transpose(picture)
        shown = _grey(upright) if _is_deep(upright) else _on_white(upright)
        return shown.convert("RGB"), number + 1, len(labels)


def _labels(count: int) -> list[str]:
    return [f"p. {number}" if count > 1 else "" for number in range(1, count + 1)]


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """Pillow raises what it likes for a damaged picture, and warns of a large one, which is judged here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(BytesIO(data), formats=FORMATS) as picture:
                yield picture
        except LoadError:
            raise
        except Image.DecompressionBombError as exc:
            raise _too_large() from exc
        except Exception as exc:
            raise LoadError("is damaged: the picture cannot be decoded. Save it again.") from exc


def _count(picture: Image.Image, options: Options) -> int:
    """Of its pages. An animation shows one picture, and moves it."""
    _check(picture)
    count = int(getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1
    if count > options.pages:
        raise LoadError(
            f"is too long: it has {count:,} pages, and at most {options.pages:,} are read. "
            f"Split it. {raising('file_pages')}"
        )
    return count


def _check(picture: Image.Image) -> None:
    if picture.width * picture.height > _PIXELS:
        raise _too_large()


def _too_large() -> LoadError:
    return LoadError(f"is too large: it unpacks to more than {_PIXELS // 1_000_000} million pixels. Save it smaller.")


def _read(
    picture: Image.Image, tesseract: Tesseract, labels: list[str], sign: Callable[[], None]
) -> tuple[list[list[Line]], list[Problem]]:
    pages: list[list[Line]] = []
    problems: list[Problem] = []
    for label, page in zip(labels, ImageSequence.Iterator(picture), strict=False):
        _check(page)
        try:
            pages.append(tesseract.read(_prepared(page)))
        except LoadError as exc:
            pages.append([])
            problems.append(Problem(label or "the picture", str(exc)))
        sign()
    return pages, problems


def _prepared(frame: Image.Image) -> Image.Image:
    """Upright, grey, on white, and of a size that Tesseract reads well."""
    grey = _grey(ImageOps.exif_transpose(frame))
    pixels = grey.width * grey.height
    factor = 2.0 if pixels < _SMALL else min(1.0, (_READABLE / pixels) ** 0.5)
    size = (max(1, round(grey.width * factor)), max(1, round(grey.height * factor)))
    return grey if factor == 1.0 else grey.resize(size, Image.Resampling.BICUBIC)


def _grey(frame: Image.Image) -> Image.Image:
    if _is_deep(frame):
        return frame.convert("F").point(lambda value: value / 256 + 0).convert("L")
    return _on_white(frame).convert("L")


def _is_deep(frame: Image.Image) -> bool:
    return frame.mode.startswith(("I", "F"))  # of scanners and cameras of 16 bits


def _on_white(frame: Image.Image) -> Image.Image:
    if "A" not in frame.getbands() and "transparency" not in frame.info:
        return frame
    frame = frame.convert("RGBA")
    white = Image.new("RGBA", frame.size, "white")
    return Image.alpha_composite(white, frame)
