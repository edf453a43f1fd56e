"""From the printed lines of a PDF page to Markdown: headings, paragraphs, lists, tables.

Knows lines and the typography of their document (`Style`); knows nothing of files or of PDFium.
A block is a paragraph, a heading, a list item or a whole table; none contains a blank line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.readers.pdf.hyphens import break_joined, words_of
from ingest.readers.pdf.letters import right_to_left
from ingest.readers.pdf.lines import HYPHEN, Line
from ingest.readers.pdf.tables import table_at

_SIGN = re.compile(r"[•◦‣▪■●○∙]\s+(?=\S)")
_BULLET = re.compile(r"[•◦‣▪■●○∙·–\-*]\s+(?=\S)")
_NUMBER = re.compile(r"(\d{1,3}[.)]|\d{1,2}(\.\d{1,2})+[.):]|\([a-zA-Z\d]{1,4}\)|[a-zA-Z][.)]|[ivx]{1,4}[.)])\s+(?=\S)")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE_END = (".", "!", "?", ":", "”", '"', "。")
_TITLE_LENGTH = 160
_LEVELS = 6


@dataclass(frozen=True, slots=True)
class Style:
    """What is usual in one document, so that what is not can be told."""

    body: float
    """Size of most of the text."""
    pitch: float
    """From one baseline to the next within a paragraph."""
    larger: tuple[float, ...]
    """Sizes of headings, largest first."""
    bold_body: bool
    words: Counter[str]
    """Every word and hyphenated word of the document, in lower case: what a line-end hyphen is judged by."""

    def level(self, line: Line) -> int:
        """Of the heading that this line is; 0 for none."""
        if not _WORD.search(line.text) or len(line.text) > _TITLE_LENGTH or len(line.cells) > 2:
            return 0
        if _is_display(line, self.body):
            rank = sum(line.size < 0.93 * size for size in self.larger)
            return min(rank + 1, _LEVELS)
        if line.bold and not self.bold_body and line.size >= 0.95 * self.body and not _runs_in(line.text):
            return min(len(self.larger) + 1, _LEVELS)
        return 0


def style_of(lines: Sequence[Line]) -> Style:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    body = (sizes.most_common(1)[0][0] if sizes else 0.0) or 1.0
    bold = sum(len(line.text) for line in lines if line.bold)
    return Style(
        body=body,
        pitch=_pitch(lines, body),
        larger=tuple(_distinct(line.size for line in lines if _is_display(line, body))),
        bold_body=2 * bold > sizes.total(),
        words=words_of(line.text for line in lines),
    )


def markdown_of(lines: Sequence[Line], style: Style) -> str:
    """The Markdown of one page, in reading order: a blank line between blocks, none between list items."""
    blocks = list(_blocks(lines, style))
    gaps = ["\n" if _marker(a) and _marker(b) else "\n\n" for a, b in pairwise(blocks)]
    return "".join(block + gap for block, gap in zip(blocks, [*gaps, ""], strict=False))


def _blocks(lines: Sequence[Line], style: Style) -> Iterator[str]:
    index, width = 0, _width(lines)
    while index < len(lines):
        if table := table_at(lines, index):
            yield table.markdown
            index += table.length
            continue
        block = _block(lines, index, style, width=width)
        yield _markdown(block, style, width=width)
        index += len(block)


def _block(lines: Sequence[Line], start: int, style: Style, *, width: float) -> list[Line]:
    block = [lines[start]]
    for index in range(start + 1, len(lines)):
        if _breaks(block, lines[index], style, width=width) or table_at(lines, index):
            break
        block.append(lines[index])
    return block


def _breaks(block: list[Line], after: Line, style: Style, *, width: float) -> bool:
    """Whether a new block begins with this line."""
    last = block[-1]
    if style.level(last) or style.level(after):
        heading = style.level(last) == style.level(after) and last.size == after.size
        return not heading or last.bottom - after.bottom > 1.4 * last.size
    fall = last.bottom - after.bottom
    ends = last.text.endswith(_SENTENCE_END)
    reach = block[0].right - last.left if right_to_left(last.text) else last.right - block[0].left
    short = reach < 0.8 * width
    if _SIGN.match(after.text) or (_marker(after.text) and (ends or short or _marker(block[0].text))):
        return True
    if fall < 0:  # the next column, or a box beside the text: a sentence may go on there
        return ends or not after.text[0].islower()
    if fall > 1.3 * style.pitch * last.size / style.body or abs(after.size - last.size) > 0.15 * style.body:
        return True
    indented = after.left > last.left + 0.8 * style.body and not _marker(block[0].text)
    return ends and (short or indented)


def _markdown(block: list[Line], style: Style, *, width: float) -> str:
    text = block[0].text
    for line, after in pairwise(block):
        text = _join(text, after.text, style, broken=_is_broken(line, width))
    text = text.replace(HYPHEN, "-").replace("\xad", "")
    if level := style.level(block[0]):
        return "#" * level + " " + text.replace("\n", " ")
    return _BULLET.sub("- ", text, count=1) if _BULLET.match(text) else text


def _join(text: str, after: str, style: Style, *, broken: bool) -> str:
    """Two lines of a paragraph; a line much shorter than its neighbours keeps its line break."""
    return break_joined(text, after, style.words) or text + ("\n" if broken else " ") + after


def _is_broken(line: Line, width: float) -> bool:
    return line.right - line.left < 0.5 * width or "…" in line.text


def _marker(text: str) -> bool:
    return bool(_BULLET.match(text) or _NUMBER.match(text))


def _runs_in(text: str) -> bool:
    """Bold words that begin or end a sentence of the text rather than name a section."""
    return text.endswith((".", ",", ";", HYPHEN)) or text[0].islower() or bool(_BULLET.match(text))


def _is_display(line: Line, body: float) -> bool:
    large = 1.12 * body < line.size < 10 * body  # beyond that it is a watermark or a mistake of the writer
    return large and bool(_WORD.search(line.text)) and len(line.text) <= _TITLE_LENGTH


def _distinct(sizes: Iterable[float]) -> Iterator[float]:
    """Largest first; sizes within a few percent of each other are one level of heading."""
    last = float("inf")
    for size in sorted(sizes, reverse=True):
        if size < 0.93 * last:
            last = size
            yield size


def _pitch(lines: Sequence[Line], body: float) -> float:
    falls = [a.bottom - b.bottom for a, b in pairwise(lines) if a.size == b.size == body]
    return median([fall for fall in falls if 0 < fall < 2.5 * body] or [1.2 * body])


def _width(lines: Sequence[Line]) -> float:
    """Of a full line of this page: three lines in four are not longer."""
    widths = sorted(line.right - line.left for line in lines)
    return widths[len(widths) * 3 // 4] if widths else 0.0
