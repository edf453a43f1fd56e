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

__all__ = ["FORMATS", "read_image"]

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
        labels = [f"p. {number}" if count > 1 else "" for number in range(1, count + 1)]
        pages, problems = _read(picture, tesseract, labels, options.sign)
    texts = written(pages)
    if not any(texts):
        raise NoText(problems[0].reason if problems else "is a picture in which Tesseract finds no words.")
    if tesseract.missing:
        problems.append(Problem(labels[0] or "the picture", missing_languages(tesseract, options.ocr_languages)))
    ends = [*("\n\n" for _ in texts[1:]), ""]
    parts = [(text and text + end, label) for text, end, label in zip(texts, ends, labels, strict=True)]
    return extraction(parts, titles=(), stem=stem, problems=problems)


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
    for label, frame in zip(labels, ImageSequence.Iterator(picture), strict=False):
        _check(frame)
        try:
            pages.append(tesseract.read(_prepared(frame)))
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
    if frame.mode.startswith(("I", "F")):  # scanners and cameras of 16 bits
        return frame.convert("F").point(lambda value: value / 256 + 0).convert("L")
    if "A" in frame.getbands() or "transparency" in frame.info:
        frame = frame.convert("RGBA")
        white = Image.new("RGBA", frame.size, "white")
        return Image.alpha_composite(white, frame).convert("L")
    return frame.convert("L")
