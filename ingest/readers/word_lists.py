"""The numbers and bullets of Word lists, which Word computes and does not store in the text.

Knows numbering.xml, styles.xml and the paragraphs that refer to them. Needed because kreuzberg 4.10 flattens
nested lists, counts their items through, and does not see lists made by a style ("List Bullet").
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, fromstring

ITEM = "\ufdd8"
"""Stands before a digit for the depth and the marker of a list item; a noncharacter, in no real text."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHANGED = re.compile(r"<w:pPrChange\b.*?</w:pPrChange>", re.DOTALL)
_PROPERTIES = re.compile(r"<w:pPr>(?:(?!</w:pPr>).)*</w:pPr>", re.DOTALL)
_STYLE = re.compile(r'<w:pStyle w:val="([^"]*)"\s*/>')
_NUMBERING = re.compile(r"<w:numPr\s*/>|<w:numPr>.*?</w:numPr>", re.DOTALL)
_VALUE = r'<w:{} w:val="(\d+)"'


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    """Word's name for it: "decimal", "lowerLetter", "bullet" …"""
    pattern: str
    """What is printed: "%1.%2)" is the number of this level after that of the level above."""
    start: int


@dataclass(slots=True)
class Lists:
    """The lists of one document; counts as the paragraphs come by."""

    levels: dict[str, dict[int, _Level]]
    """By list ("numId") and depth."""
    styles: dict[str, tuple[str, int]]
    """The list and depth of each paragraph style that has them."""
    counts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def read(cls, numbering: bytes, styles: bytes) -> Lists:
        return cls(levels=_levels(numbering), styles=_styles(styles))

    def marked(self, document: str) -> str:
        """The document with each item's marker as its first words."""
        return _PROPERTIES.sub(self._mark, _CHANGED.sub("", document))

    def _mark(self, properties: re.Match[str]) -> str:
        own, style = _NUMBERING.search(properties[0]), _STYLE.search(properties[0])
        key, depth = self.styles.get(style[1], ("0", 0)) if style else ("0", 0)
        if own:
            key, depth = _value(own[0], "numId", key), int(_value(own[0], "ilvl", str(depth)))
        if depth not in self.levels.get(key, {}):
            return properties[0]
        marker, rest = self._marker(key, depth), _NUMBERING.sub("", properties[0])
        words = f'<w:r><w:t xml:space="preserve">{ITEM}{min(depth, 9)}{marker} </w:t></w:r>'
        return rest + words if marker else rest

    def _marker(self, key: str, depth: int) -> str:
        """Empty where Word prints none, as before most headings."""
        levels, counts = self.levels[key], self.counts[key]
        counts[depth] = counts.get(depth, levels[depth].start - 1) + 1
        for deeper in [level for level in counts if level > depth]:
            del counts[deeper]
        if levels[depth].form == "bullet":
            return "-"

        def number(match: re.Match[str]) -> str:
            level = levels.get(int(match[1]) - 1, levels[depth])
            return _written(counts.get(int(match[1]) - 1, level.start), level.form)

        return "" if levels[depth].form == "none" else re.sub(r"%(\d)", number, levels[depth].pattern)


def _value(numbering: str, name: str, default: str) -> str:
    match = re.search(_VALUE.format(name), numbering)
    return match[1] if match else default


def _levels(numbering: bytes) -> dict[str, dict[int, _Level]]:
    if not numbering:
        return {}
    root = fromstring(numbering)
    abstract = {_of(kind, "abstractNumId"): kind for kind in root.iter(f"{_W}abstractNum")}
    lists: dict[str, dict[int, _Level]] = {}
    for number in root.iter(f"{_W}num"):
        kind = abstract.get(_child(number, "abstractNumId"))
        if kind is not None:
            levels = [*kind.iter(f"{_W}lvl"), *number.iter(f"{_W}lvl")]
            lists[_of(number, "numId")] = {int(_of(level, "ilvl") or 0): _level(level) for level in levels}
    return lists


def _level(level: Element) -> _Level:
    return _Level(
        form=_child(level, "numFmt") or "decimal",
        pattern=_child(level, "lvlText").replace("&", "").replace("<", ""),
        start=int(_child(level, "start") or 1),
    )


def _styles(styles: bytes) -> dict[str, tuple[str, int]]:
    found = {}
    for style in fromstring(styles).iter(f"{_W}style") if styles else ():
        numbering = style.find(f"{_W}pPr/{_W}numPr")
        if numbering is not None:
            found[_of(style, "styleId")] = _child(numbering, "numId"), int(_child(numbering, "ilvl") or 0)
    return found


def _of(element: Element, name: str) -> str:
    return element.get(f"{_W}{name}", "")


def _child(element: Element, name: str) -> str:
    child = element.find(f"{_W}{name}")
    return _of(child, "val") if child is not None else ""


def _written(number: int, form: str) -> str:
    if form.endswith("Letter") and number > 0:
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters if form.startswith("lower") else letters.upper()
    if form.endswith("Roman") and 0 < number < 4000:
        return _roman(number) if form.startswith("lower") else _roman(number).upper()
    return str(number)


def _roman(number: int) -> str:
    values = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)
    signs = ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i")
    text = ""
    for value, sign in zip(values, signs, strict=True):
        text += sign * (number // value)
        number %= value
    return text
