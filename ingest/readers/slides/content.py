"""What was found on a slide so far, whatever program wrote it: a title, what stands in the margin, and the rest.

Knows where shapes lie; knows nothing of formats.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.readers.slides.shape_order import Box, in_reading_order


@dataclass(slots=True)
class Content:
    title: str = ""
    placed: list[tuple[Box | None, list[str]]] = field(default_factory=list)
    """Where each shape lies, and the blocks of text in it."""
    margin: list[str] = field(default_factory=list)

    @property
    def blocks(self) -> list[str]:
        """In the order in which they are read."""
        order = in_reading_order([box for box, _ in self.placed])
        return [block for place in order for block in self.placed[place][1]]

    def take_group(self, inner: Content, box: Box | None) -> None:
        """Shapes that lie together are read together."""
        self.title, self.margin = self.title or inner.title, self.margin + inner.margin
        self.placed.append((box, inner.blocks))
