"""A slide as every reader of presentations gives it, and the pages that slides become."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from ingest.readers.extraction import Extraction, Problem, extraction
from ingest.readers.options import Options
from phi_assistant.errors import LoadError, NoText

_LONGEST_TITLE = 200
_REPEATS = 3
"""A text on this many slides, and on most of them, belongs to the template."""


_NO_TITLE = re.compile(
    r"(?:(?:pr\S+ )?(?:de |di |do )?power ?point(?:[- ]pr\S+)?|slide|folie|diapositiva?)\s*\d*", re.IGNORECASE
)
"""What PowerPoint calls a deck that nobody gave a title."""


@dataclass(frozen=True, slots=True)
class Slide:
    number: int
    title: str = ""
    blocks: Sequence[str] = ()
    """Paragraphs, lists and tables, in the order in which they are read."""
    margin: Sequence[str] = ()
    """Dates, headers and footers."""
    notes: Sequence[str] = ()
    comments: Sequence[str] = ()
    problem: str = ""

    @property
    def label(self) -> str:
        return f"slide {self.number}"


def pages_of(slides: Iterable[Slide], *, title: str, stem: str, options: Options) -> Extraction:
    iterator = iter(slides)
    taken = list(islice(iterator, options.pages))
    problems = [Problem(slide.label, slide.problem) for slide in taken if slide.problem]
    if next(iterator, None) is not None:
        problems.append(Problem(f"slides after the first {options.pages}", "are more than the limit, and not read."))
    template = _Template.of(taken)
    texts = [template.markdown(slide) for slide in taken]
    if not any(texts):
        if problems:
            raise LoadError(problems[0].reason)
        raise NoText("holds no text: its slides are empty, or hold pictures only.")
    tiled = [
        (f"{text}\n\n" if text and place < len(texts) - 1 else text, slide.label)
        for place, (slide, text) in enumerate(zip(taken, texts, strict=True))
    ]
    first = next((slide.title for slide in taken if slide.title), None)
    return extraction(
        tiled, titles=("" if _NO_TITLE.fullmatch(title.strip()) else title, first), stem=stem, problems=problems
    )


@dataclass(slots=True)
class _Template:
    """What stands on every slide and says nothing about any of them."""

    margins: frozenset[str]
    blocks: frozenset[str]
    seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, slides: Sequence[Slide]) -> _Template:
        margins = Counter(text for slide in slides for text in set(slide.margin))
        blocks = Counter(text for slide in slides for text in set(slide.blocks) if not text.startswith("|"))
        return cls(
            margins=frozenset(text for text, times in margins.items() if times > 1),
            blocks=frozenset(t for t, times in blocks.items() if times >= _REPEATS and times > len(slides) / 2),
        )

    def markdown(self, slide: Slide) -> str:
        """A text box that was copied to every slide is read once; footers that repeat, never."""
        again = self.blocks & self.seen
        self.seen.update(slide.blocks)
        title = " ".join(slide.title.split())
        heading = f"# {title}" if len(title) <= _LONGEST_TITLE else title
        parts = [
            heading if title else "",
            *(block for block in slide.blocks if block not in again),
            *(text for text in slide.margin if text not in self.margins),
            *([f"Notes: {slide.notes[0]}", *slide.notes[1:]] if slide.notes else ()),
            *(f"Comment: {comment}" for comment in slide.comments),
        ]
        return "\n\n".join(filter(None, parts))
