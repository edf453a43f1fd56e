"""The words of one OpenDocument paragraph, and what hangs on it: notes, frames, formulas.

Knows what is printed and what is not: comments and hidden text are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from ingest.readers.office.blocks import tidy
from ingest.readers.office.drawings import local
from ingest.readers.office.formulas import linear
from ingest.readers.opendocument.lists import number
from ingest.readers.opendocument.text import DRAW, OFFICE, TEXT

_LEFT_OUT = frozenset(
    [f"{OFFICE}{name}" for name in ("annotation", "annotation-end", "event-listeners")]
    + [f"{TEXT}{name}" for name in ("ruby-text", "script", "hidden-paragraph", "tracked-changes")]
    + [f"{DRAW}{name}" for name in ("image", "plugin", "applet", "glue-point", "enhanced-geometry", "contour-polygon")]
)
_SIGNS = {f"{TEXT}tab": " ", f"{TEXT}line-break": "\n"}
_MOST_BLANKS = 100


@dataclass(slots=True)
class Words:
    """What was found in a paragraph."""

    embedded: Callable[[etree._Element], etree._Element | None]
    """The root of an object that a frame shows: a formula, a chart."""
    pieces: list[str] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    """Text boxes, shapes and objects anchored there."""
    notes: list[etree._Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return tidy("".join(self.pieces))

    def take(self, element: etree._Element) -> None:
        self._put(element.text)
        for part in element:
            self._take(part, part.tag)
            self._put(part.tail)

    def _take(self, part: etree._Element, tag: str) -> None:
        if tag in _SIGNS:
            self.pieces.append(_SIGNS[tag])
        elif tag == f"{TEXT}s":
            self.pieces.append(" " * min(number(part, f"{TEXT}c", 1), _MOST_BLANKS))
        elif tag == f"{TEXT}note":
            self.notes.append(part)
        elif tag == f"{TEXT}hidden-text" and part.get(f"{TEXT}is-hidden") == "true":
            return
        elif tag == f"{DRAW}frame":
            self._frame(part)
        elif tag in (f"{DRAW}g", f"{DRAW}a"):
            self.take(part)
        elif isinstance(tag, str) and tag.startswith(DRAW) and tag not in _LEFT_OUT:
            self.boxes.append(part)
        elif tag not in _LEFT_OUT and isinstance(tag, str):
            self.take(part)

    def _frame(self, frame: etree._Element) -> None:
        for part in frame:
            if part.tag == f"{DRAW}object":
                root = self.embedded(part)
                if local(root) == "math":
                    self.pieces.append(linear(root))
                elif root is not None:
                    self.boxes.append(root)
                return  # what follows is a picture of the object
            if part.tag == f"{DRAW}text-box":
                self.boxes.append(part)

    def _put(self, text: str | None) -> None:
        """A line feed in the source is a blank like any other."""
        if text:
            self.pieces.append(text.replace("\n", " "))
