"""What stands on every page and is not part of the text: page numbers, running headers and footers.

Knows printed lines, of PDF pages or scanned ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ingest.readers.pdf.blocks import Style, markdown_of, style_of
from ingest.readers.pdf.lines import Line

__all__ = ["written"]

_MARGIN = 0.12
_PAGE_NUMBER = re.compile(r"\W*((page|seite|p\.|s\.) ?)?(\d{1,4}|[ivxlc]{1,7})( ?(/|of|von) ?\d+)?\W*", re.I)
_AT_THE_ENDS = re.compile(r"^((page|seite) )?#\W+|\W+((page|seite) )?#$", re.I)
_HEADING, _LARGEST = 1.12, 1.6
"""Font sizes of body text from which a line may be a heading, and from which it is no running header."""
_WORDS = re.compile(r"[^\W\d_]{2,}")


def written(pages: Sequence[Sequence[Line]]) -> list[str]:
    """The Markdown of each page."""
    bodies = _without_furniture(pages, style_of([line for page in pages for line in page]))
    style = style_of([line for body in bodies for line in body])
    return [markdown_of(body, style) for body in bodies]


def _without_furniture(pages: Sequence[Sequence[Line]], style: Style) -> list[list[Line]]:
    """The lines of each page without page numbers, and without what its neighbours' margins repeat."""
    margins = [_margin(page, style) for page in pages]
    seen = Counter(text for margin in margins for text in {_pattern(line) for line in margin})
    enough = min(max(len(pages), 2), 3)
    # The title of a few slides in a row may be the same; left and right pages may have headers of their own.
    enough_if_large = max(3, 0.6 * len(pages)) if len(pages) < 10 else max(5, len(pages) / 4)

    def is_furniture(line: Line) -> bool:
        often = seen[_pattern(line)] >= (enough if _is_small(line, style) else enough_if_large)
        return often or _is_page_number(line)

    bodies = [
        [line for line in page if not (line in margin and is_furniture(line))]
        for page, margin in zip(pages, margins, strict=True)
    ]
    if 2 * sum(map(bool, bodies)) >= sum(map(bool, pages)) and not _are_copies(bodies):
        return bodies
    # Tickets, labels, certificates, an invoice and its copy: pages that are alike say little else.
    return [
        [line for line in page if not (line in margin and _is_page_number(line))]
        for page, margin in zip(pages, margins, strict=True)
    ]


def _are_copies(pages: Sequence[Sequence[Line]]) -> bool:
    """Most of what stands on them stands on another one as well."""
    on = Counter(text for page in pages for text in {line.text for line in page})
    lines = [line for page in pages for line in page]
    return 2 * sum(on[line.text] > 1 for line in lines) > len(lines)


def _margin(page: Sequence[Line], style: Style) -> list[Line]:
    """The lines nearest to the upper and lower edge of what is printed, at most two of each, and watermarks."""
    aside, lines = [line for line in page if line.aside], [line for line in page if not line.aside]
    if not lines:
        return aside
    bottom, top = min(line.bottom for line in lines), max(line.top for line in lines)
    zone = _MARGIN * (top - bottom)
    inner = sorted(lines, key=lambda line: line.bottom)
    low = [line for line in inner[:2] if line.bottom < bottom + zone]
    edges = low + [line for line in inner[-2:] if line.top > top - zone]
    return aside + [line for line in edges if _is_small(line, style) or _may_run(line, style)]


def _is_small(line: Line, style: Style) -> bool:
    return line.aside or line.size <= _HEADING * style.body


def _may_run(line: Line, style: Style) -> bool:
    """A larger line that names no part of this page alone: "Chapter 3" does, by its number."""
    words = _WORDS.findall(line.text)
    named = len(words) > 2 or not re.search(r"\d", line.text)
    return line.size <= _LARGEST * style.body and (_is_page_number(line) or named)


def _is_page_number(line: Line) -> bool:
    return not line.aside and bool(_PAGE_NUMBER.fullmatch(line.text))


def _pattern(line: Line) -> str:
    """What is the same on every page, wherever the number of the page stands."""
    return _AT_THE_ENDS.sub("", re.sub(r"\d+", "#", line.text))
