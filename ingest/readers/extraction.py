"""What every reader returns: the text of one document, its pages and its title.

Knows what makes a title fit to be shown; knows no file format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ingest.headings import markdown_headings
from phi_assistant.schema import Page

_NO_TITLE = re.compile(
    r"(microsoft (word|powerpoint|excel) - .*|word document|untitled.*|unknown|\(anonymous\)|document ?\d*"
    r"|dokument ?\d*|title|.*\.(docx?|pdf|indd|tex|dvi|qxd|rtf|odt|html?)|(table of )?contents|\W*)",
    re.IGNORECASE,
)
_LONGEST_TITLE = 150

ONLY_PICTURES = (
    "has no text layer: it holds pictures only, or nothing. Save it as a PDF: the pages of one are read by Tesseract, "
    "where that is installed."
)
"""Said of a document whose format has no pages that could be read from a picture."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a document that could not be read, while the rest was."""

    where: str
    """ "p. 4-6", or the name of an attachment or of a file in an archive."""
    reason: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text of one document."""

    title: str
    """The document's own title; else its first heading; else the name of its file made readable."""
    pages: tuple[Page, ...]
    """At least one; they tile `text`: each begins where the one before it ends."""
    problems: tuple[Problem, ...] = ()

    @property
    def text(self) -> str:
        return "".join(page.text for page in self.pages)


def extraction(
    pages: Iterable[tuple[str, str]],
    *,
    titles: Iterable[str | None],
    stem: str,
    problems: Iterable[Problem] = (),
) -> Extraction:
    """From (text, label) of each page and the candidates for a title, best first."""
    loose = (Page(text=text, label=label, start=0) for text, label in pages)
    return Extraction(title=_title(titles) or readable(stem), pages=tiled(loose), problems=tuple(problems))


def tiled(pages: Iterable[Page]) -> tuple[Page, ...]:
    """The same pages, each beginning where the one before it ends."""
    placed: list[Page] = []
    start = 0
    for page in pages:
        placed.append(replace(page, start=start))
        start += len(page.text)
    return tuple(placed)


def first_heading(markdown: str) -> str | None:
    return next((heading for _, heading in markdown_headings(markdown)), None)


def readable(stem: str) -> str:
    """ "gift-cards" is "gift cards", "report-2024-05-01" is "report 2024-05-01"."""
    return re.sub(r"(?<!\d)[-_]+|[-_]+(?!\d)", " ", stem).strip() or stem


def _title(candidates: Iterable[str | None]) -> str:
    for candidate in candidates:
        title = " ".join((candidate or "").split())
        if title and len(title) <= _LONGEST_TITLE and not _NO_TITLE.fullmatch(title):
            return title
    return ""
