"""The words of OpenDocument elements, as LibreOffice shows them, for sheets and slides."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"

PARAGRAPHS = (f"{TEXT}p", f"{TEXT}h")
_ASIDE = (f"{OFFICE}annotation", f"{TEXT}note", f"{TEXT}ruby-text", f"{DRAW}frame")
_MOST_BLANKS = 100


def paragraph(element: etree._Element) -> str:
    """The words of a paragraph; line breaks stay, notes and frames within it are left out."""
    lines = "".join(_pieces(element)).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def _pieces(element: etree._Element) -> Iterator[str]:
    yield _flat(element.text)
    for child in element:
        if child.tag == f"{TEXT}s":
            yield " " * min(int(child.get(f"{TEXT}c", "1")), _MOST_BLANKS)
        elif child.tag == f"{TEXT}tab":
            yield " "
        elif child.tag == f"{TEXT}line-break":
            yield "\n"
        elif child.tag not in _ASIDE:
            yield from _pieces(child)
        yield _flat(child.tail)


def _flat(text: str | None) -> str:
    return (text or "").replace("\n", " ")


def repeated(element: etree._Element, what: str) -> int:
    """How often a cell, a column or a row stands there: `number-rows-repeated`."""
    return max(int(element.get(f"{TABLE}number-{what}-repeated", "1")), 1)


def spanned(element: etree._Element, what: str) -> int:
    return max(int(element.get(f"{TABLE}number-{what}-spanned", "1")), 1)


def annotation(element: etree._Element) -> str:
    """A comment, without who wrote it and when."""
    return " ".join(filter(None, (paragraph(each) for each in element.iter(*PARAGRAPHS))))


def document_title(meta: etree._Element) -> str:
    return next((each.text or "" for each in meta.iter("{http://purl.org/dc/elements/1.1/}title")), "")
