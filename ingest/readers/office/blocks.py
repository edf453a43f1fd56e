"""Written documents as blocks: headings, paragraphs, list items, tables and notes, and those as Markdown.

Knows how blocks are written down; knows no file format. Nothing is escaped and there is no emphasis, because
sentences are quoted as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.readers.tables import pipe_table

_DEEPEST = 6
_LONGEST_HEADING = 300
"""Characters; beyond, a whole paragraph was given the style of a heading."""
_BLANKS = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n[ \n]*")
_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop|rubrik|заголовок) ?([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(r"toc ?\d|(?:contents|verzeichnis|index) ?\d|table of figures", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_PAGE_WORDS = frozenset(
    "page of p pg pp seite von s página pagina de di sur strona z sida av side af van stránka stran sayfa sivu "
    "strana oldal σελίδα από стр страница из сторінка trang 第 页 頁 共 页共 頁共 ページ 쪽 페이지 "
    "صفحة من עמוד מתוך".split()
)
"""What stands beside the numbers of a line that says which page this is, and nothing else."""


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, list item or table."""

    text: str
    heading: int = 0
    """The level of a heading, from 1; 0 for everything else."""
    depth: int = 0
    """How deep in lists it stands, from 1; 0 outside of them."""
    marker: str = ""
    """What stands before an item: "-", "2.1"; empty for further paragraphs of one."""
    note: bool = False
    """A footnote or endnote: it is moved to the end of its section."""
    words: str = ""
    """Of a table, what it says where it stands within the cell of another one."""

    @property
    def written(self) -> str:
        if self.heading and len(self.text) <= _LONGEST_HEADING:
            return f"{'#' * min(self.heading, _DEEPEST)} {_beside(self.marker, _flat(self.text))}"
        if self.depth:
            indent = "  " * (min(self.depth, 10) - 1)
            text = _beside(self.marker, self.text) if self.marker else f"  {self.text}"
            return indent + text.replace("\n", f"\n{indent}  ")
        return _beside(self.marker, self.text)


def markdown(blocks: Iterable[Block]) -> str:
    """Blocks parted by a blank line; the items of a list are neighbouring lines."""
    filled = [block for block in _with_notes_last(blocks) if block.text]
    gaps = ["\n" if above.depth and below.depth else "\n\n" for above, below in pairwise(filled)]
    return "".join(block.written + gap for block, gap in zip(filled, [*gaps, ""], strict=False))


def tidy(text: str) -> str:
    """Single blanks; line breaks stay, blank lines and what stands at the edges do not."""
    return _BREAKS.sub("\n", _BLANKS.sub(" ", text.replace("\ufeff", ""))).strip()


def table(rows: Sequence[Sequence[str]], cells: Iterable[Iterable[Block]]) -> Iterator[Block]:
    """From rows of any length, in which spans are spread, and what stands in each cell.

    One that has a single column, or headings in it, only arranges the page: what it holds follows as it stands.
    """
    inside = [list(cell) for cell in cells]
    blocks = [block for cell in inside for block in cell]
    width = max(map(len, rows), default=0)
    if width < 2 or any(block.heading and block.text for block in blocks):
        yield from (block for block in blocks if not block.note)
    else:
        written = pipe_table([[*row, *[""] * (width - len(row))] for row in rows])
        yield Block(written, words=" ".join(filter(None, map(cell_text, inside))))
    yield from (block for block in blocks if block.note)


def cell_text(blocks: Iterable[Block]) -> str:
    """What stands in a cell, in one line."""
    texts = (block.words or block.written for block in blocks if block.text and not block.note)
    return _flat(" ".join(texts))


def named_level(style: str) -> int:
    """The level of the headings whose style has this name; 0 where it is no style of headings."""
    heading = _HEADING.fullmatch(style)
    return int(heading[1]) if heading else int(style.lower() == "title")


def lists_contents(style: str) -> bool:
    """The style of lines in the table of contents: what they say stands in the document as headings."""
    return bool(_CONTENTS.fullmatch(style))


def once(blocks: Iterable[Block]) -> list[Block]:
    """Headers and footers: what each page repeats stands there once, and page numbers do not at all."""
    found = {block.text: Block(block.text) for block in blocks if not _counts_pages(block.text)}
    return list(found.values())


def _counts_pages(text: str) -> bool:
    words = _WORD.findall(text.lower())
    return all(word in _PAGE_WORDS or not word.strip("ivx") for word in words)


def _with_notes_last(blocks: Iterable[Block]) -> Iterator[Block]:
    notes: list[Block] = []
    for block in blocks:
        if block.note:
            notes.append(block)
            continue
        if block.heading:
            yield from notes
            notes = []
        yield block
    yield from notes


def _beside(marker: str, text: str) -> str:
    return f"{marker} {text}" if marker else text


def _flat(text: str) -> str:
    return " ".join(text.split())
