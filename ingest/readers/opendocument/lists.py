"""The numbers and bullets of OpenDocument lists and headings, which are computed and not stored.

Knows list styles and the numbering of headings ("outline"); the items come by one after another.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from ingest.readers.office.drawings import local
from ingest.readers.opendocument.text import STYLE, TEXT
from ingest.readers.word.docx_lists import written

OUTLINE = "outline"
"""The name of the list that numbers the headings."""
_FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    """ "1", "a", "I" …; "bullet", or empty where nothing is printed."""
    before: str
    after: str
    shown: int
    """How many levels the number has: 2 for "1.3" """
    start: int


@dataclass(slots=True)
class Lists:
    """The list styles of one document; counts as the items come by."""

    styles: dict[str, dict[int, _Level]]
    counts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def read(cls, roots: Iterable[etree._Element]) -> Lists:
        styles = {}
        for root in roots:
            for style in root.iter(f"{TEXT}list-style"):
                styles[style.get(f"{STYLE}name", "")] = _levels(style)
            for style in root.iter(f"{TEXT}outline-style"):
                styles[OUTLINE] = _levels(style)
        return cls(styles)

    def begin(self, name: str, start: int | None = None, *, depth: int = 1) -> None:
        """A new list of this style, or one of its items that says its own number."""
        if start is None:
            self.counts[name].clear()
        else:
            self.counts[name][depth] = start - 1

    def marker(self, name: str, depth: int) -> str:
        """What stands before the next item at this depth, from 1; a list without a style has bullets."""
        levels, counts = self.styles.get(name, {}), self.counts[name]
        level = levels.get(depth)
        if level is None:
            return "" if name == OUTLINE else "-"
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [each for each in counts if each > depth]:
            del counts[deeper]
        if level.form in ("bullet", ""):
            return "-" if level.form else ""
        return level.before + ".".join(self._numbers(levels, counts, depth)) + level.after

    def _numbers(self, levels: dict[int, _Level], counts: dict[int, int], depth: int) -> Iterable[str]:
        for each in range(max(depth - levels[depth].shown + 1, 1), depth + 1):
            level = levels.get(each, levels[depth])
            if level.form not in ("bullet", ""):
                yield written(counts.get(each, level.start), _FORMS.get(level.form, "decimal"))


def number(element: etree._Element, name: str, otherwise: int) -> int:
    text = element.get(name, "")
    return int(text) if re.fullmatch(r"\d{1,6}", text) else otherwise


def _levels(style: etree._Element) -> dict[int, _Level]:
    return {number(level, f"{TEXT}level", 1): _level(level) for level in style if level.get(f"{TEXT}level")}


def _level(level: etree._Element) -> _Level:
    drawn = local(level) in ("list-level-style-bullet", "list-level-style-image")
    return _Level(
        form="bullet" if drawn else level.get(f"{STYLE}num-format", ""),
        before=level.get(f"{STYLE}num-prefix", ""),
        after=level.get(f"{STYLE}num-suffix", ""),
        shown=number(level, f"{TEXT}display-levels", 1),
        start=number(level, f"{TEXT}start-value", 1),
    )
