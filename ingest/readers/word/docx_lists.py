"""The numbers and bullets of Word lists, which Word computes and does not store in the text.

Knows numbering.xml and how Word counts; the paragraphs that refer to it come by one after another.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from lxml import etree

from ingest.readers.word.docx_styles import Styles, child, integer, numbered, style_id, value

_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Level:
    """How the items of one depth are marked."""

    form: str
    """Word's name for it: "decimal", "lowerLetter", "bullet" …"""
    pattern: str
    """What is printed: "%1.%2)" is the number of this level after that of the level above."""
    start: int = 1
    style: str = ""
    """The paragraph style that is tied to this depth."""


@dataclass(frozen=True, slots=True)
class List:
    """One list, as paragraphs name it; several may count on through one another."""

    family: str
    """Lists of one family share their counts."""
    levels: dict[int, Level]
    restarts: dict[int, int] = field(default_factory=dict)
    """Where the count begins anew with this list, by depth."""


@dataclass(slots=True)
class Lists:
    """The lists of one document; counts as the paragraphs come by."""

    known: dict[str, List]
    counts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    begun: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def read(cls, numbering: etree._Element | None) -> Lists:
        return cls(_lists(numbering) if numbering is not None else {})

    def place(self, properties: etree._Element | None, styles: Styles) -> tuple[str, int] | None:
        """The list and the depth, from 0, of a paragraph; none where it belongs to no list."""
        style = style_id(properties)
        key, depth = numbered(properties)
        inherited, inherited_depth = styles.numbering(style)
        key = inherited if key is None else key
        if key not in self.known:
            return None
        levels = self.known[key].levels
        if depth is None:
            tied = (each for each, level in levels.items() if level.style and level.style == style)
            depth = next(tied, inherited_depth or 0)
        return (key, depth) if depth in levels else None

    def marker(self, key: str, depth: int) -> str:
        """What stands before the next item; empty where Word prints nothing, as before most headings."""
        known, counts = self.known[key], self.counts[self.known[key].family]
        if (key, depth) not in self.begun:
            self.begun.add((key, depth))
            if depth in known.restarts:
                counts[depth] = known.restarts[depth] - 1
        level = known.levels[depth]
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [each for each in counts if each > depth]:
            del counts[deeper]
        if level.form == "bullet":
            return "-"

        def number(match: re.Match[str]) -> str:
            above = int(match[1]) - 1
            found = known.levels.get(above, level)
            return written(counts.get(above, found.start), found.form)

        return "" if level.form == "none" else re.sub(r"%([1-9])", number, level.pattern).strip()


def _lists(numbering: etree._Element) -> dict[str, List]:
    abstract = {value(kind, "abstractNumId"): kind for kind in numbering.iterfind("{*}abstractNum")}
    styles = {key: value(child(kind, "styleLink"), "val") for key, kind in abstract.items()}
    by_style = {style: key for key, style in styles.items() if style}
    lists: dict[str, List] = {}
    for number in numbering.iterfind("{*}num"):
        family = value(child(number, "abstractNumId"), "val")
        if family in abstract:
            # A list made by a list style is described where the style is.
            family = by_style.get(value(child(abstract[family], "numStyleLink"), "val"), family)
            lists[value(number, "numId")] = _list(family, abstract[family], number)
    return lists


def _list(family: str, kind: etree._Element, number: etree._Element) -> List:
    overrides = {_depth_of(each, "ilvl"): each for each in number.iterfind("{*}lvlOverride")}
    levels = [*kind.iterfind("{*}lvl"), *number.iterfind("{*}lvlOverride/{*}lvl")]
    starts = {depth: integer(each, "startOverride") for depth, each in overrides.items()}
    return List(
        family=family,
        levels={_depth_of(level, "ilvl"): _level(level) for level in levels},
        restarts={depth: start for depth, start in starts.items() if start is not None},
    )


def _depth_of(element: etree._Element, name: str) -> int:
    text = value(element, name)
    return min(int(text), _DEEPEST) if text.isdecimal() else 0


def _level(level: etree._Element) -> Level:
    start = integer(level, "start")
    return Level(
        form=value(child(level, "numFmt"), "val") or "decimal",
        pattern=value(child(level, "lvlText"), "val"),
        start=1 if start is None else start,
        style=value(child(level, "pStyle"), "val"),
    )


def written(number: int, form: str) -> str:
    """A number as Word prints it: "decimal", "lowerLetter", "upperRoman", "decimalZero" …"""
    if form.endswith("Letter") and 0 < number < 1000:
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters if form.startswith("lower") else letters.upper()
    if form.endswith("Roman") and 0 < number < 4000:
        return _roman(number) if form.startswith("lower") else _roman(number).upper()
    return f"{number:02}" if form == "decimalZero" else str(number)


def _roman(number: int) -> str:
    values = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)
    signs = ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i")
    text = ""
    for worth, sign in zip(values, signs, strict=True):
        text += sign * (number // worth)
        number %= worth
    return text
