"""In which order the shapes of a slide are read.

That of the file, which is what PowerPoint's own reading order shows, save where it contradicts the eye: a shape
that lies above another in the same column, or before it in the same line, comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

_MOST = 200
"""Shapes of a slide that are compared with one another; drawings of more are read as the file has them."""


@dataclass(frozen=True, slots=True)
class Box:
    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of(cls, transform: etree._Element | None) -> Box | None:
        """From `xfrm`; None where it is missing or makes no sense."""
        if transform is None:
            return None
        offset, size = transform.find("{*}off"), transform.find("{*}ext")
        try:
            left, top = int(offset.get("x")), int(offset.get("y"))
            return cls(left, top, left + int(size.get("cx")), top + int(size.get("cy")))
        except (AttributeError, TypeError, ValueError):
            return None

    def precedes(self, other: Box) -> bool:
        if self.left < other.right and other.left < self.right:
            return self.bottom <= other.top and self.top < other.top
        middle = (other.top + other.bottom) / 2
        return self.right <= other.left and self.top < middle < self.bottom


def in_reading_order(boxes: Sequence[Box | None]) -> list[int]:
    """The places of the boxes, in the order in which they are read; those that lie nowhere keep theirs."""
    rest = list(range(len(boxes)))
    if len(rest) > _MOST:
        return rest
    order = []
    while rest:
        free = next((place for place in rest if not _waits(place, rest, boxes)), rest[0])
        rest.remove(free)
        order.append(free)
    return order


def _waits(place: int, rest: Sequence[int], boxes: Sequence[Box | None]) -> bool:
    own = boxes[place]
    return own is not None and any(box.precedes(own) for other in rest if other != place and (box := boxes[other]))
